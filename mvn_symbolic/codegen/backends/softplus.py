"""Floor 6: helpers of softplus in NumPy's interface: its logarithm, its slope, and how far it is from 1 and another.

Lives here: their source, with the names of a library left open. May not live here: what the other helpers are.
"""

from __future__ import annotations

from math import exp

from mvn_symbolic.codegen.special import softplus_unit

__all__ = ["SOFTPLUS_HELPERS"]

_LOG_SOFTPLUS = f'''
def _log_softplus(x: $array) -> $array:
    """log(log(1 + exp(x))), accurate where that is near 0 too, and where exp(x) is too small for a float."""
    small = $exp(x.clip(-40.0, 0.2))
    left = x + $log($log1p(small) / small)
    far = x.clip(0.9, None)
    right = $log(far + $log1p($exp(-far)))
    d = {" - ".join(["x", *map(repr, softplus_unit())])}  # x - log(e - 1)
    near = abs(d) < 0.4
    middle = $log1p($log1p({1 - exp(-1)!r} * $expm1(d.clip(-0.4, 0.4))))
    return $np.where(near, middle, $np.where(d < 0.0, left, right))
'''

_SOFTPLUS_RATE = '''
def _softplus_rate(x: $array) -> $array:
    """The slope of log(log(1 + exp(x))), which is 1 to the last place below -40, where both its parts vanish."""
    x = x.clip(-40.0, None)
    return 1.0 / ((1.0 + $exp(-x)) * (x.clip(0.0, None) + $log1p($exp(-abs(x)))))
'''

_SOFTPLUS_EXCESS = f'''
def _softplus_excess(x: $array) -> $array:
    """log(1 + exp(x)) - 1, accurate where that is near 0 too."""
    d = {" - ".join(["x", *map(repr, softplus_unit())])}  # x - log(e - 1)
    middle = $log1p({1 - exp(-1)!r} * $expm1(d.clip(-0.4, 0.4)))
    return $np.where(abs(d) < 0.4, middle, $np.logaddexp(x, $np.zeros_like(x)) - 1.0)
'''

_SOFTPLUS_STEP = '''
def _softplus_step(x: $array, y: $array) -> $array:
    """softplus(x) / softplus(y) - 1 for x and y above -40, from x - y where they are close or both positive."""
    zero = $np.zeros_like(x - y)
    d, low, high = x - y, $np.logaddexp(y, zero), $np.logaddexp(x, zero)
    near = $log1p($expm1(d.clip(-1.0, 1.0)) / (1.0 + $exp(-y)))
    right = d + ($np.logaddexp(-x, zero) - $np.logaddexp(-y, zero))
    far = $np.where($np.minimum(x, y) > 0.0, right, high - low)
    return $np.where(abs(d) < 1.0, near, far) / low
'''

_SOFTPLUS_RATIO_EXCESS = '''
def _softplus_ratio_excess(x: $array, y: $array) -> $array:
    """softplus(x) / softplus(y) - 1, accurate where x is near y too; below -40 softplus is exp to the last place."""
    left = $expm1(x.clip(None, -40.0) - y.clip(None, -40.0))
    r = _softplus_step(x.clip(-40.0, None), y.clip(-40.0, None))
    return r + left * (1.0 + r)
'''

_LOG_SOFTPLUS_RATIO_EXCESS = '''
def _log_softplus_ratio_excess(x: $array, y: $array) -> $array:
    """What `_log_ratio_excess` is of softplus(x) and softplus(y), accurate where x is near y too."""
    half = 0.5 * (x.clip(None, -40.0) - y.clip(None, -40.0))
    zero = $np.zeros_like(half)
    above, below = $np.logaddexp(x.clip(-40.0, None), zero), $np.logaddexp(y.clip(-40.0, None), zero)
    low = half.clip(-40.0, None)  # below it the ratio is lost beside 1, but not its logarithm, and exp may be 0
    return _log_excess(_softplus_ratio_excess(x, y), $exp(low) * $np.sqrt(above / below)) - 2.0 * (half - low)
'''

#: Name of a helper -> its source.
SOFTPLUS_HELPERS = {
    "_log_softplus": _LOG_SOFTPLUS,
    "_softplus_rate": _SOFTPLUS_RATE,
    "_softplus_excess": _SOFTPLUS_EXCESS,
    "_softplus_step": _SOFTPLUS_STEP,
    "_softplus_ratio_excess": _SOFTPLUS_RATIO_EXCESS,
    "_log_softplus_ratio_excess": _LOG_SOFTPLUS_RATIO_EXCESS,
}
