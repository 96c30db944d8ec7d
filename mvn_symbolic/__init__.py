"""Derive the Gaussian reparameterization trick and all that follows from one symbolic source; render, generate, verify.

The public face: every name below is importable from here, and loaded when it is first used, so that importing
the package, or a generated module in it, costs nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: caption -> public name -> (module, name there); the page of the documentation has them in this order.
_GROUPS = {
    "Results": {
        "derive": ("catalogue.registry", "derive"),
        "list_derivations": ("catalogue.registry", "list_derivations"),
        "Setting": ("catalogue.setting", "Setting"),
        "log_prob": ("catalogue.closed_forms", "log_prob"),
        "entropy": ("catalogue.closed_forms", "entropy"),
        "kl_divergence": ("catalogue.closed_forms", "kl_divergence"),
        "gaussian_family": ("catalogue.families", "gaussian_family"),
    },
    "Symbols": {
        "symbol": ("notation.table", "symbol"),
        "k": ("notation.symbols", "k"),
        "scalar": ("notation.symbols", "scalar"),
        "positive_scalar": ("notation.symbols", "positive_scalar"),
        "share": ("notation.shares", "share"),
        "Vector": ("notation.symbols", "Vector"),
        "PositiveVector": ("notation.symbols", "PositiveVector"),
        "Noise": ("notation.symbols", "Noise"),
        "GeneralMatrix": ("notation.symbols", "GeneralMatrix"),
        "FullRowRank": ("notation.symbols", "FullRowRank"),
        "LowerTriangular": ("notation.symbols", "LowerTriangular"),
        "DiagonalMatrix": ("notation.symbols", "DiagonalMatrix"),
        "SymmetricMatrix": ("notation.symbols", "SymmetricMatrix"),
        "OrthogonalMatrix": ("notation.symbols", "OrthogonalMatrix"),
        "PositiveDefinite": ("notation.symbols", "PositiveDefinite"),
        "Let": ("notation.symbols", "Let"),
        "ScalarFunction": ("notation.operators", "ScalarFunction"),
    },
    "Nodes": {
        "LogDet": ("notation.nodes", "LogDet"),
        "Inner": ("notation.nodes", "Inner"),
        "Total": ("notation.nodes", "Total"),
        "Tril": ("notation.nodes", "Tril"),
        "Cholesky": ("notation.nodes", "Cholesky"),
        "SquareRoot": ("notation.roots", "SquareRoot"),
        "Lyapunov": ("notation.roots", "Lyapunov"),
        "DiagPart": ("notation.nodes", "DiagPart"),
        "DiagMat": ("notation.nodes", "DiagMat"),
        "Placed": ("notation.placed", "Placed"),
        "Picked": ("notation.placed", "Picked"),
        "Vec": ("notation.vectorised", "Vec"),
        "Vech": ("notation.vectorised", "Vech"),
        "UnitVector": ("notation.entries", "UnitVector"),
        "elementwise": ("notation.nodes", "elementwise"),
        "squared_norm": ("notation.nodes", "squared_norm"),
        "softplus": ("notation.functions", "softplus"),
        "sigmoid": ("notation.functions", "sigmoid"),
    },
    "Laws and questions": {
        "Law": ("notation.laws", "Law"),
        "KL": ("notation.laws", "KL"),
        "Entropy": ("notation.laws", "Entropy"),
        "LogDensity": ("notation.laws", "LogDensity"),
        "Covariance": ("notation.laws", "Covariance"),
        "expectation_of": ("notation.laws", "expectation_of"),
        "gradient_of": ("notation.operators", "gradient_of"),
        "Jacobian": ("notation.operators", "Jacobian"),
        "Hessian": ("notation.operators", "Hessian"),
    },
    "Calculus": {
        "grad": ("calculus", "gradient"),
        "differential": ("calculus", "differential"),
        "tangent_of": ("notation.symbols", "tangent_of"),
        "second_differential": ("calculus", "second_differential"),
        "hessian": ("calculus", "hessian"),
        "hvp": ("calculus", "hvp"),
        "jacobian": ("calculus", "jacobian"),
        "vjp": ("calculus", "vjp"),
        "expectation": ("calculus", "expectation"),
        "normalize": ("calculus", "normalize"),
        "equal": ("calculus", "equal"),
        "fold": ("calculus", "fold"),
        "unfold": ("calculus", "unfold"),
        "vec_form": ("calculus.vectorise", "vec_form"),
        "explicit": ("meaning.explicit", "explicit"),
    },
    "Derivations": {
        "Line": ("derivation.line", "Line"),
        "Rule": ("derivation.line", "Rule"),
        "Chain": ("derivation.model", "Chain"),
        "Derivation": ("derivation.model", "Derivation"),
        "Premise": ("derivation.model", "Premise"),
        "Equation": ("derivation.model", "Equation"),
        "judged": ("derivation.line", "judged"),
        "gradients_of": ("derivation.gradients", "gradients_of"),
    },
    "Rules for their steps": {
        "collect": ("derivation.rules", "collect"),
        "complete_norms": ("derivation.stable", "complete_norms"),
        "insert": ("derivation.rules", "insert"),
        "give_names": ("derivation.rules", "give_names"),
        "moments": ("derivation.rules", "moments"),
        "resolve_diagonal": ("derivation.rules", "resolve_diagonal"),
    },
    "Formulas and code": {
        "latex": ("notation.latex", "latex"),
        "function": ("codegen.standalone", "function"),
        "generate": ("codegen.standalone", "generate"),
        "Given": ("derivation.arguments", "Given"),
    },
    "Errors": {
        "MVNSymbolicError": ("errors", "MVNSymbolicError"),
    },
}
_PUBLIC = {name: where for group in _GROUPS.values() for name, where in group.items()}

__all__ = ["__version__", "verify", *_PUBLIC]  # noqa: PLE0604 - the keys are strings


def __getattr__(name: str) -> Any:
    if name == "verify":
        return import_module("mvn_symbolic.verify")
    if name in _PUBLIC:
        module, attribute = _PUBLIC[name]
        return getattr(import_module(f"mvn_symbolic.{module}"), attribute)
    raise AttributeError(f"module 'mvn_symbolic' has no attribute {name!r}; public names are in mvn_symbolic.__all__")


def __dir__() -> list[str]:
    return sorted(__all__)
