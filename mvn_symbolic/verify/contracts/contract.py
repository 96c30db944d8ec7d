"""Lives here: what an author promised about a function, with its vocabulary, checked where it is written down.
May not live here: numbers, calls of the function, judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mvn_symbolic.discovery import backend_names
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.verify.contracts.aliases import hint, meant
from mvn_symbolic.verify.contracts.fields import check_numbers, check_roles, check_use, words_of
from mvn_symbolic.verify.contracts.joint import OPEN, OpenAxis, settled_axis
from mvn_symbolic.verify.contracts.layout import DENSE, DIAGONAL, QUANTITIES, quantity_of, roles_of

if TYPE_CHECKING:
    from mvn_symbolic.verify.contracts.symbolic.promise import Promise

REDUCTIONS: Final = ("none", "per_sample", "sum", "batch_mean", "mean", "masked_mean")
VALUES: Final = tuple(QUANTITIES)
SAMPLERS: Final = ("sample", "rsample", "estimate_kl_standard_normal", "estimate_kl_divergence", "estimate_entropy")
PAIRS: Final = ("pair",)
ANY: Final = "any"
"""Of a pair: the reduction is found out."""
VJPS: Final = ("vjp_cholesky", "vjp_rsample")
RETURNS: Final = {"value": "", "gradient": "grad_", "surrogate": "surrogate_"}
"""What is done with a quantity, and the prefix that says the same."""
EXPRESSION: Final = "expression"
"""The quantity of a contract that was given a symbolic expression."""
PREFIXES: Final = ("surrogate_", "grad_", "neg_")
"""In this order from the left, so that there is the gradient of a negative log density."""


def _one_of(argument: str, value: Any, known: tuple[str, ...], advice: str) -> str:
    name = meant(argument, value)
    if name not in known:
        raise ArgumentError(
            f"`{argument}` must be one of {', '.join(known)}; got {value!r}. {hint(argument, value) or advice}"
        )
    return name


def _with_prefix(name: str, returns: str) -> str:
    """Return a quantity with the prefix that says what is returned."""
    if not returns:
        return name
    prefix = RETURNS[_one_of("returns", returns, tuple(RETURNS), "Name what comes back.")]
    has = next((p for p in RETURNS.values() if p and name.startswith(p)), "")
    if has and has != prefix:
        raise ArgumentError(f"`returns` must agree with the quantity {name!r}; got {returns!r}. Leave one of them out.")
    plain = name in SAMPLERS + PAIRS + VJPS
    if plain and prefix:
        raise ArgumentError(f"`returns` must be value for {name}; got {returns!r}. Leave it out.")
    return name if has or plain else prefix + name


def _quantity(value: str) -> str:
    said, rest = "", meant("quantity", value)
    for prefix in PREFIXES:
        if rest.startswith(prefix):
            said += prefix
            rest = meant("quantity", rest.removeprefix(prefix))
    plain = rest in SAMPLERS + PAIRS + VJPS and not said
    if not plain and rest not in VALUES:
        raise ArgumentError(
            f"`quantity` must be one of {', '.join(VALUES + SAMPLERS + PAIRS + VJPS)}, or one of the first "
            f"{len(VALUES)} with the prefix {', '.join(PREFIXES)}; got {value!r}. "
            f"{hint('quantity', rest) or 'Name what the function returns.'}"
        )
    return said + rest


@dataclass(frozen=True)
class Contract:
    """What a function promises: a quantity of Gaussian laws, how they are given, and what is done to the result.

    Parameters
    ----------
    quantity : str or Expr
        A symbolic expression in the public language, such as ``KL(p, q)``: its symbols are the arguments, and their
        shapes and structures those of the symbols. Or a name:
        ``kl_standard_normal``, ``kl_divergence``, ``log_prob``, ``entropy``, ``log_det``, ``std``; each with ``neg_``,
        ``grad_`` (a tuple of gradients by the arguments, written by hand) or ``surrogate_`` (only its autograd
        gradient matters); ``sample``, ``rsample``, ``vjp_cholesky``, ``vjp_rsample``, ``pair``; Monte
        Carlo estimates ``estimate_kl_standard_normal``, ``estimate_kl_divergence``, ``estimate_entropy``.
    parameterization : str or pair of str
        ``var``, ``std``, ``logstd``, ``logvar``, ``rho`` (softplus of it is the standard deviation), ``packed`` (mean
        and log-variance side by side in one tensor), ``scale_tril``, ``scale_unit_tril`` (diag(scale) unit_tril),
        ``log_cholesky`` (a packed triangle), ``covariance``, ``precision``, ``low_rank``. A pair gives that of
        p and of q.
    arguments : tuple of str, optional
        The role of each positional argument, from `Contract.roles`; by default read from the argument names, and where
        these say nothing: p's mean and scale, q's, then value, eps. Of an expression: the names of its symbols.
    reduction : str
        ``none`` (one number per coordinate), ``per_sample``, ``sum``, ``batch_mean``, ``mean`` (of all numbers) or
        ``masked_mean`` (the sum divided by that of the mask: of numbers, or of samples). By default
        ``per_sample``; ``none`` for an expression that is a vector or matrix. Of a ``pair``, by default ``any``: it is
        found out and reported.
    event_ndim : int
        How many of the last axes are one event; at most 5.
    batch_ndim : int
        How many axes before them are a batch; at most 5.
    sign : int
        1, or -1 where the function returns minus the quantity.
    scale : float
        A factor in front of the quantity: beta of a loss.
    direction : str
        ``forward`` is KL(p || q) with p's arguments first; ``reverse`` is KL(q || p) with the same arguments.
    up_to_constant : bool
        Only differences between values are promised.
    noise : str, optional
        ``argument``, ``global`` (drawn inside) or ``generator``.
    draws : int
        Number of draws of a sampler or estimator.
    convention : str
        Of a hand-written gradient by a symmetric matrix: ``symmetric``, ``lower``, ``upper`` or ``free``.
    backend : str
        ``torch``, ``numpy`` or ``jax``.
    gradient : bool
        Whether autograd through the function is promised.
    mask : str, optional
        ``event`` or ``batch``: the argument ``mask`` multiplies numbers, or samples, before the reduction.
    shared : tuple of str
        Roles given once for the whole batch.
    triangle : str
        ``strict`` (zeros above the diagonal are given) or ``lower`` (only the lower part may be read).
    packed_axis : int, optional
        Of a ``packed`` tensor: the axis on which means and log-variances lie side by side, an axis of the event. Of
        pictures (B, 2C, H, W) with ``event_ndim=3`` it is 1, counted as in ``chunk(2, dim=1)``, or -3. By default it
        is open: the last axis, or another one of the event if the function is right along that, which is noted.
    returns : str
        ``value``, ``gradient`` (a tuple of gradients by the arguments, written by hand) or ``surrogate`` (only its
        autograd gradient matters): what the prefixes say of a name.
    promise : Promise, optional
        Made from an expression that is given as `quantity`; nobody gives it.

    Examples
    --------
    >>> import mvn_symbolic as mvn
    >>> from mvn_symbolic.verify import Contract
    >>> z = mvn.symbol("loc") + mvn.symbol("scale_tril") * mvn.symbol("eps")
    >>> Contract(mvn.expectation_of(mvn.squared_norm(z), mvn.symbol("eps"))).roles
    ('loc', 'scale_tril')
    """

    quantity: Any
    parameterization: str | tuple[str, str] = ""
    arguments: tuple[str, ...] | None = None
    reduction: str = ""
    event_ndim: int = 1
    batch_ndim: int = 1
    sign: int = 1
    scale: float = 1.0
    direction: str = "forward"
    up_to_constant: bool = False
    noise: str | None = None
    draws: int = 1
    convention: str = "symmetric"
    backend: str = "torch"
    gradient: bool = True
    mask: str | None = None
    shared: tuple[str, ...] = ()
    triangle: str = "strict"
    packed_axis: int = OPEN
    returns: str = ""
    promise: Any = None
    # no field, since it is no part of what is promised: whether names say it, and nobody promised it
    inferred = False

    def __post_init__(self) -> None:
        put = object.__setattr__
        if self.promise is not None and not hasattr(self.promise, "symbols"):
            raise ArgumentError(f"`promise` must be left out; got {self.promise!r}. Give an expression as `quantity`.")
        if not isinstance(self.quantity, str):
            from mvn_symbolic.verify.contracts.symbolic.promise import promise_of

            put(self, "promise", promise_of(self.quantity))
            put(self, "quantity", EXPRESSION)
        name = self.quantity if self.promise is not None else _quantity(self.quantity)
        put(self, "quantity", _with_prefix(name, self.returns))
        put(self, "returns", next((r for r, p in RETURNS.items() if p and self.quantity.startswith(p)), "value"))
        if self.promise is None:
            self._check_names()
        else:
            self._check_symbols()
        self._check_fields()

    def _check_symbols(self) -> None:
        """Check what an expression leaves open, and refuse what its symbols say already."""
        put = object.__setattr__
        whole = self.promise.is_scalar
        put(self, "reduction", _one_of("reduction", self.reduction or ("per_sample" if whole else "none"), REDUCTIONS,
                                       "Name what is summed."))  # fmt: skip
        for name, plain in (("parameterization", ""), ("event_ndim", 1), ("direction", "forward"), ("draws", 1)):
            given = getattr(self, name)
            if given != plain:
                raise ArgumentError(f"`{name}` must not stand beside an expression; got {given!r}. Its symbols say it.")
        if self.noise not in (None, "argument"):
            raise ArgumentError(f"`noise` of an expression must be an argument; got {self.noise!r}. Name a sampler.")
        if self.mask == "event":
            raise ArgumentError("`mask` of an expression must be batch; got 'event'. Write it as a factor.")
        if self.returns != "value" and not whole:
            raise ArgumentError(
                f"`returns` must be value for a vector or matrix; got {self.returns!r}. Weigh its entries."
            )
        if self.arguments is not None:
            by_symbol = {str(symbol): role for role, symbol in self.promise.symbols.items()}
            given = self.arguments.split(",") if isinstance(self.arguments, str) else self.arguments
            put(self, "arguments", tuple(by_symbol.get(str(a).strip(), str(a).strip()) for a in given))

    def _check_names(self) -> None:
        """Check the parameterization and reduction of a named quantity."""
        put = object.__setattr__
        of_factor = self.quantity == "vjp_cholesky"
        given = self.parameterization or ("scale_tril" if of_factor else "logvar")
        pair = given if isinstance(given, tuple | list) else (given,)
        if len(pair) not in (1, 2) or len(pair) > len(quantity_of(self.base).laws):
            raise ArgumentError(
                f"`parameterization` must be a name, or for kl_divergence a pair; got {given!r}. Give one name."
            )
        names = tuple(_one_of("parameterization", p, DIAGONAL + DENSE, "Name what the argument holds.") for p in pair)
        put(self, "parameterization", names[0] if len(names) == 1 else names)
        if of_factor and names not in (("scale_tril",), ("covariance",)):
            raise ArgumentError(f"`parameterization` must be scale_tril or covariance for vjp_cholesky; got {given!r}. "
                                "Say whether the function is given the factor or the covariance.")  # fmt: skip
        if self.quantity == "vjp_rsample" and names[0] in ("precision", "low_rank"):
            raise ArgumentError(
                f"`parameterization` must have one factor that multiplies the noise for vjp_rsample; "
                f"got {names[0]!r}, which leaves it open. Give the factor, or judge rsample."
            )
        known, usual = ((*REDUCTIONS, ANY), ANY) if self.quantity in PAIRS else (REDUCTIONS, "per_sample")
        put(self, "reduction", _one_of("reduction", self.reduction or usual, known, "Name what is summed."))
        if self.base == "std":
            put(self, "reduction", "none")
        if not self.diagonal and self.event_ndim != 1:
            raise ArgumentError(f"`event_ndim` must be 1 for a matrix; got {self.event_ndim}. Flatten the event first.")
        if not self.diagonal and self.reduction == "none" and self.base in VALUES and self.base != "std":
            raise ArgumentError("`reduction` none needs independent coordinates; got a matrix. Ask for per_sample.")

    def _check_fields(self) -> None:
        """Check what every contract says."""
        put = object.__setattr__
        _one_of("direction", self.direction, ("forward", "reverse"), "forward is KL(p || q).")
        _one_of("convention", self.convention, ("symmetric", "lower", "upper", "free"), "Name one.")
        _one_of("backend", self.backend, backend_names(), "Wrap functions of other libraries.")
        _one_of("triangle", self.triangle, ("strict", "lower"), "Name one.")
        if self.noise not in (None, "argument", "global", "generator"):
            raise ArgumentError(f"`noise` must be argument, global or generator; got {self.noise!r}. Leave it out.")
        if self.mask not in (None, "event", "batch"):
            raise ArgumentError(f"`mask` must be event or batch; got {self.mask!r}. Leave it out if there is none.")
        check_numbers(self)
        put(self, "packed_axis", settled_axis(self))
        put(self, "shared", words_of("shared", self.shared))
        check_roles(self)
        # without a batch everything is given once, so to say it of an argument changes nothing
        put(self, "shared", self.shared if self.batch_ndim else ())
        check_use(self, self.quantity in SAMPLERS + PAIRS or self.quantity == "vjp_rsample")
        if self.arguments is not None:
            put(self, "arguments", words_of("arguments", self.arguments))
            unknown = [role for role in self.arguments or () if role not in self.roles]
            needed = [r for r in self.roles if r != "mean" or self.base != "entropy" or r in self.arguments]
            if unknown or sorted(self.arguments or ()) != sorted(needed):
                raise ArgumentError(
                    f"`arguments` must order the roles {', '.join(self.roles)}; got {self.arguments!r}. Use each once."
                )

    @property
    def base(self) -> str:
        """The quantity without its prefixes."""
        name = self.quantity.removeprefix("estimate_")
        for prefix in PREFIXES:
            name = name.removeprefix(prefix)
        return name

    @property
    def kind(self) -> str:
        """Which judges it goes to, ``value``, ``gradient`` (a tuple of arrays), ``sampler`` or ``pair``."""
        if self.quantity in SAMPLERS:
            return "sampler"
        if self.quantity in PAIRS:
            return "pair"
        return "gradient" if self.quantity.startswith(("grad_", "vjp_")) else "value"

    @property
    def form(self) -> str:
        """The way it is judged, which is its kind, or ``estimate``, whose expectation is of that kind."""
        return "estimate" if self.quantity.startswith("estimate_") else self.kind

    @property
    def factor(self) -> float:
        """What the quantity of the textbook is multiplied with."""
        negative = "neg_" in self.quantity
        return self.sign * self.scale * (-1 if negative else 1)

    @property
    def laws(self) -> dict[str, str]:
        """The parameterization of each law, by the prefix of its roles; an expression has none."""
        if self.promise is not None:
            return {}
        names = self.parameterization if isinstance(self.parameterization, tuple) else (self.parameterization,) * 2
        return dict(zip(quantity_of(self.base).laws, names, strict=False))

    def part_of(self, role: str) -> tuple[str, str]:
        """Return the parameterization of the law that an argument belongs to, and its role without the law's prefix."""
        laws = self.laws
        prefix = role[:2] if role[:2] in laws else ""
        return laws.get(prefix, ""), role.removeprefix(prefix)

    @property
    def diagonal(self) -> bool:
        """Whether all coordinates are independent."""
        return self.promise is None and all(name in DIAGONAL for name in self.laws.values())

    @property
    def axis_open(self) -> bool:
        """Whether nobody said along which of several axes means and log-variances lie side by side."""
        return isinstance(self.packed_axis, OpenAxis) and self.event_ndim > 1

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the arguments in the order that is taken where names say nothing."""
        if self.promise is not None:
            return self.promise.roles + (("mask",) if self.mask else ())
        if self.quantity == "vjp_cholesky":
            return ("scale", "upstream")
        asked = quantity_of(self.base)
        roles = [role for prefix, name in self.laws.items() for role in roles_of(name, prefix)]
        roles = [role for role in roles if asked.mean or role != "mean"]
        roles += asked.extra
        if self.noise == "argument" or self.quantity == "vjp_rsample":
            roles.append("eps")
        if self.quantity == "vjp_rsample":
            roles.append("upstream")
        if self.mask:
            roles.append("mask")
        return tuple(roles)

    @property
    def title(self) -> str:
        """What is promised, in words that a report may use."""
        if self.promise is None:
            constant = ", up to a constant" * self.up_to_constant
            return f"{self.quantity}, {self.parameterization}{constant}"
        prefix = {"gradient": "the gradient of ", "surrogate": "the gradient by autograd of "}.get(self.returns, "")
        return f"{prefix}{self.promise.expression}"

    @property
    def expression(self) -> Promise:
        """The promise as a symbolic expression in the public language, and the symbol of each role.

        What is differentiated where a gradient is promised; of one event, with sign and scale, before masks and
        reductions.

        Raises
        ------
        UnsupportedExpressionError
            Where the language has no word for it: a Cholesky factor, or a pair that only must agree with itself.
        """
        from mvn_symbolic.verify.contracts.symbolic import shortcuts

        return shortcuts.promise_for(self) if self.promise is None else shortcuts.times(self.factor, self.promise)

    @staticmethod
    def infer(fn: Callable[..., Any]) -> tuple[Contract, ...]:
        """Propose contracts from the names of a function, of its arguments and in its code, the likeliest first.

        Parameters
        ----------
        fn : callable
            It is not called.

        Returns
        -------
        tuple of Contract
            By quantity, reduction, sign, mask and axes: which of them holds is for `check` to find out. What speaks for
            each is said by `proposals.explained`.
        """
        from mvn_symbolic.verify.contracts.proposals import proposals

        return proposals(fn)
