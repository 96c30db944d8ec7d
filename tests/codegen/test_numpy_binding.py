"""What NumPy's modules take for numbers: floats, whole numbers, lists of them; nothing becomes NaN without a word."""

import numpy as np
import pytest

diag = pytest.importorskip("mvn_symbolic.numpy.diag")
SCALE = [1.0, 2.0]


@pytest.mark.parametrize("loc", [[0, 1], [False, True], np.array([0, 1]), [np.float32(0), 1.0], (0.0, 1.0)], ids=repr)
def test_lists_and_whole_numbers_are_taken_as_float64(loc):
    found = diag.kl_standard_normal(loc, SCALE)
    assert found.dtype == np.float64
    assert found == diag.kl_standard_normal(np.array([0.0, 1.0]), SCALE)


@pytest.mark.parametrize("loc", [None, [0.0, None], ["0", "1"], [1j, 0.0], np.array([0.0, 1.0], object)], ids=repr)
def test_what_is_no_real_number_is_refused_by_name(loc):
    with pytest.raises(TypeError, match="`loc` must be real floating-point numbers; got dtype"):
        diag.kl_standard_normal(loc, SCALE)
