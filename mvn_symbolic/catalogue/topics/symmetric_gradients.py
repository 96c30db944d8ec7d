"""Floor 5, functions: gradients by a symmetric matrix.

Lives here: names. May not live here: a formula; it comes from a derivation.
"""

from __future__ import annotations

from mvn_symbolic.catalogue.symmetric import ENTRIES, FREE, SLOPE
from mvn_symbolic.catalogue.topic import Result, Topic
from mvn_symbolic.derivation.arguments import Given, Input
from mvn_symbolic.notation.symbols import tangent_of
from mvn_symbolic.notation.table import symbol

__all__ = ["TOPIC"]

_SYMMETRIC = Input("symmetric", SLOPE, meaning="the symmetric G with df = <G, dS> for symmetric dS")
_COVARIANCE = symbol("covariance_matrix")
_CHANGE = Given("direction", tangent_of(_COVARIANCE), meaning="symmetric direction in which the matrix moves")
_FREE = Input("free", FREE, meaning="derivatives by all entries as if they were independent")

TOPIC = Topic(
    "symmetric_gradients",
    "Gradients by a symmetric matrix, from one convention to another.",
    (
        Result(
            "lower_from_symmetric",
            "symmetric_gradients",
            "grad_lower_T",
            (_SYMMETRIC,),
            "Derivatives by the entries of the lower triangle, of the symmetric gradient.",
        ),
        Result(
            "symmetric_from_lower",
            "symmetric_gradients",
            "grad_from_lower_covariance_matrix",
            (Input("lower", ENTRIES, meaning="derivatives by the entries of the lower triangle"),),
            "Symmetric gradient, of the derivatives by the entries of the lower triangle.",
        ),
        Result(
            "symmetric_from_free",
            "symmetric_gradients",
            "grad_free_covariance_matrix",
            (_FREE,),
            "Symmetric gradient, of derivatives by all entries as if they were independent.",
        ),
        Result(
            "lower_from_free",
            "symmetric_gradients",
            "grad_free_lower_T",
            (_FREE,),
            "Derivatives by the entries of the lower triangle, of those by all entries as if independent.",
        ),
        Result(
            "log_det_change",
            "symmetric_gradients",
            "differential_log_det_covariance_matrix",
            (_COVARIANCE, _CHANGE),
            "How the log determinant of a positive-definite matrix changes.",
        ),
        Result(
            "log_det_symmetric",
            "symmetric_gradients",
            "grad_log_det_covariance_matrix",
            (_COVARIANCE,),
            "Gradient of the log determinant in the symmetric convention: the inverse.",
        ),
        Result(
            "log_det_lower",
            "symmetric_gradients",
            "log_det_lower",
            (_COVARIANCE,),
            "Derivatives of the log determinant by the entries of the lower triangle.",
        ),
        Result(
            "inverse_change",
            "symmetric_gradients",
            "inverse",
            (_COVARIANCE, _CHANGE),
            "How the inverse of a positive-definite matrix changes.",
        ),
    ),
)
