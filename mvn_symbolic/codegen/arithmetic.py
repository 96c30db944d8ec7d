"""Floor 6: sums, products and quotients of values, with constants folded, signs pulled out and scale factors merged.

Only identities that are exact in real arithmetic and need no matrix algebra live here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Abs, Expr, Integer, Rational

from mvn_symbolic.codegen.operations import Builder, Kind
from mvn_symbolic.notation.symbols import k

__all__ = ["product", "promote", "quotient", "scale", "split", "total", "weighted_sum"]

#: Linear in their first operand, which is smaller than the result: scale that instead.
_SCALE_FIRST = frozenset({"outer", "diag_embed", "as_rows", "as_columns"})
_SCALE_THROUGH = frozenset({"tril", "strict_tril", "transpose"})


def promote(b: Builder, value: int, kind: Kind) -> int:
    """A scalar as a vector or matrix of equal entries; anything else, and constants, as they are."""
    if b.kind(value) is Kind.SCALAR and kind > Kind.SCALAR:
        return b.apply("scalar_to_vector" if kind is Kind.VECTOR else "scalar_to_matrix", value)
    return value


def product(b: Builder, x: int, y: int) -> int:
    """x * y, entry by entry; a constant factor comes first and a sign is a negation."""
    cx, x = split(b, x)
    cy, y = split(b, y)
    c = cx * cy
    if c == 0:
        return b.const(0)
    if b.number(x) is not None or b.number(y) is not None:
        return _scaled(b, c, y if b.number(x) is not None else x)
    for one, other in ((x, y), (y, x)):
        step = b.steps[other]
        if step.opcode == "div" and (number := b.number(step.operands[0])) is not None:  # x * (c / z) = c x / z
            return _scaled(b, c * number, quotient(b, one, step.operands[1]))
    if x == y and (shares := _over_root(b, x)) is not None:
        return _scaled(b, c, b.apply("mul", _in_range(b, *shares), b.apply("mul", shares[0], _beyond(b, *shares))))
    kind = max(b.kind(x), b.kind(y))
    return _scaled(b, c, b.apply("mul", promote(b, x, kind), promote(b, y, kind)))


def quotient(b: Builder, x: int, y: int) -> int:
    """x / y, entry by entry."""
    cx, x = split(b, x)
    cy, y = split(b, y)
    c = cx / cy
    if c == 0 or b.number(y) is not None:
        return _scaled(b, c, x)
    kind = max(b.kind(x), b.kind(y))
    if b.number(x) is not None:  # c / y
        sign = -1 if c.could_extract_minus_sign() else 1
        return _scaled(b, Integer(sign), b.apply("div", b.const(sign * c), y))
    if (shares := _over_root(b, x)) is not None and b.steps[x].operands[1] == y:
        return _scaled(b, c, b.apply("mul", _in_range(b, *shares), _beyond(b, *shares)))
    return _scaled(b, c, b.apply("div", promote(b, x, kind), promote(b, y, kind)))


def _over_root(b: Builder, x: int) -> tuple[int, int] | None:
    """d and t of d / e^(t/2): once more by e^(t/2) is e^t once, which is rounded once and not twice."""
    step = b.steps[x]
    if step.opcode != "div" or b.steps[step.operands[1]].opcode != "exp":
        return None
    above, below = step.operands
    exponent = product(b, b.const(2), b.steps[below].operands[0])
    return above, promote(b, exponent, b.kind(above))


def _in_range(b: Builder, above: int, exponent: int) -> int:
    """d / e^t, as far as e^t is in range."""
    return b.apply("mul", above, b.apply("exp_in_range", exponent))


def _beyond(b: Builder, above: int, exponent: int) -> int:
    """What is missing from that: 1 / e^t beyond the range, or 1; a square takes each with one of its factors."""
    return b.apply("exp_beyond", above, exponent)


def total(b: Builder, x: int, size: Any = k) -> int:
    """The sum of a vector's entries; a constant factor is taken out, a product is summed as it is formed."""
    c, x = split(b, x)
    if b.kind(x) < Kind.VECTOR:  # equal entries
        return product(b, b.const(c * size), x)
    step = b.steps[x]
    if step.opcode == "mul" and all(b.kind(i) is Kind.VECTOR for i in step.operands):
        return _scaled(b, c, b.apply("dot", *step.operands))
    return _scaled(b, c, b.apply("sum", x))


def scale(b: Builder, factor: int, x: int) -> int:
    """factor * x for a scalar or constant, applied where x is still small: to a vector before an outer product."""
    if not _is_cheap_to_scale(b, x):
        return product(b, factor, x)
    step = b.steps[x]
    if step.opcode in _SCALE_FIRST:
        return b.apply(step.opcode, scale(b, factor, step.operands[0]), *step.operands[1:])
    return b.apply(step.opcode, *(scale(b, factor, operand) for operand in step.operands))


def weighted_sum(b: Builder, terms: Iterable[tuple[Expr, int]]) -> int:
    """sum of c_i * x_i. Terms of one absolute weight share one multiplication; positive terms come first."""
    weights: dict[int, Expr] = {}
    for weight, term in terms:
        inner, value = split(b, term)
        c, rest = (weight * inner).as_coeff_Mul()
        value = product(b, b.const(rest), value)
        weights[value] = weights.get(value, Integer(0)) + c
    groups: dict[Expr, list[tuple[bool, int]]] = {}
    for value, c in weights.items():
        if c != 0 and b.number(value) != 0:
            groups.setdefault(Abs(c), []).append((c.is_negative, value))
    parts = [(*_plain_sum(b, members), weight) for weight, members in groups.items()]
    if parts and all(negative for negative, _, _ in parts):  # -w x - y: the sign goes into a weight, if there is one
        parts.sort(key=lambda part: part[2] == 1)
        negative, value, weight = parts[0]
        parts[0] = (not negative, value, -weight)
    scaled = [(negative, scale(b, b.const(weight), value)) for negative, value, weight in parts]
    return _plain_sum(b, scaled)[1]


def _plain_sum(b: Builder, members: list[tuple[bool, int]]) -> tuple[bool, int]:
    """The sum of values, some of them negated; and whether it is to be negated, if all of them are."""
    if not members:
        return False, b.const(0)
    (negated, result), *rest = sorted(members, key=lambda member: (member[0], b.number(member[1]) is not None))
    for sign, value in rest:
        x, y = b.number(result), b.number(value)
        minus = sign is not negated
        if x is not None and y is not None:
            result = b.const(x - y if minus else x + y)
            continue
        kind = max(b.kind(result), b.kind(value))
        result = b.apply("sub" if minus else "add", promote(b, result, kind), promote(b, value, kind))
    return negated, result


def split(b: Builder, x: int) -> tuple[Expr, int]:
    """The constant factor of a value, and the rest."""
    number = b.number(x)
    if number is not None:
        return number, b.const(1)
    step = b.steps[x]
    if step.opcode == "neg":
        c, rest = split(b, step.operands[0])
        return -c, rest
    if step.opcode == "mul" and (number := b.number(step.operands[0])) is not None:
        return number, step.operands[1]
    if step.opcode == "div" and (number := b.number(step.operands[1])) is not None:
        return 1 / number, step.operands[0]
    return Integer(1), x


def _scaled(b: Builder, c: Expr, x: int) -> int:
    """c * x for a constant c: nothing for 1, a negation for -1, a division where 1/c is exact and c is not."""
    number = b.number(x)
    if number is not None:
        return b.const(c * number)
    if c == 1:
        return x
    if c == 0:
        return b.const(0)
    if c == -1:
        return b.apply("neg", x)
    if isinstance(c, Rational) and abs(c.p) == 1 and c.q & (c.q - 1):
        return b.apply("div", x, b.const(c.p * c.q))
    return b.apply("mul", b.const(c), x)


def _is_cheap_to_scale(b: Builder, x: int) -> bool:
    step = b.steps[x]
    if step.opcode in _SCALE_FIRST:
        return True
    if step.opcode in _SCALE_THROUGH or step.opcode in {"add", "sub"}:
        return all(_is_cheap_to_scale(b, i) for i in step.operands)
    return False
