"""Packed factors: the order, conversions in every library, what is not computed, and what is refused."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from sympy import exp

import mvn_symbolic as mvn
from mvn_symbolic.catalogue.functions import functions
from mvn_symbolic.codegen.program import programs
from mvn_symbolic.errors import ArgumentError, UnsupportedExpressionError
from mvn_symbolic.jax import log_cholesky as in_jax
from mvn_symbolic.notation.packed import Head, Unpack
from mvn_symbolic.numpy import log_cholesky as in_numpy
from mvn_symbolic.packing import from_rows, pack, to_rows, unpack
from mvn_symbolic.torch import log_cholesky as in_torch
from mvn_symbolic.torch import tril
from mvn_symbolic.verify.oracles import arb

LIBRARIES = {"numpy": np.asarray, "torch": torch.as_tensor, "jax": jnp.asarray}
MODULES = {"numpy": in_numpy, "torch": in_torch, "jax": in_jax}


def factors(rng, k, *batch):
    return np.tril(rng.normal(size=(*batch, k, k)), -1) + np.exp(rng.normal(size=(*batch, k, 1))) * np.eye(k)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("k", [0, 1, 2, 3, 5])
def test_packing_is_undone_in_every_library(library, k, rng):
    dense = factors(rng, k, 3)
    given = LIBRARIES[library](dense)
    packed = pack(given)
    assert tuple(packed.shape) == (3, k * (k + 1) // 2)
    assert isinstance(packed, type(given))
    tight = 4 * np.finfo(np.asarray(packed).dtype).eps
    np.testing.assert_allclose(np.asarray(unpack(packed)), dense, rtol=tight * 8, atol=0)  # |log| is below 8
    np.testing.assert_array_equal(np.asarray(from_rows(to_rows(packed))), np.asarray(packed))


@pytest.mark.parametrize("k", [1, 2, 4])
def test_row_order_is_that_of_tril_indices(k):
    rows = torch.arange(k * (k + 1) // 2, dtype=torch.float64)
    dense = torch.zeros(k, k, dtype=torch.float64)
    dense[tuple(torch.tril_indices(k, k))] = rows
    packed = from_rows(rows)
    assert packed[:k].tolist() == dense.diagonal().tolist()
    assert packed[k:].tolist() == [dense[i, j].item() for j in range(k) for i in range(j + 1, k)]
    assert to_rows(packed).tolist() == rows.tolist()


def test_what_stands_above_the_diagonal_is_not_read(rng):
    dense = factors(rng, 3)
    np.testing.assert_array_equal(pack(dense + np.triu(np.full((3, 3), np.nan), 1)), pack(dense))


@pytest.mark.parametrize(
    ("convert", "wrong"), [(unpack, np.ones(4)), (from_rows, np.ones(5)), (pack, np.ones((2, 3))), (pack, np.ones(3))]
)
def test_other_shapes_are_refused(convert, wrong):
    with pytest.raises(ArgumentError, match="must"):
        convert(wrong)


def test_conversion_passes_gradients(rng):
    raw = torch.tensor(rng.normal(size=(2, 6)), requires_grad=True)
    assert torch.autograd.gradcheck(unpack, (raw,))
    assert torch.autograd.gradcheck(lambda x: pack(unpack(x)), (raw,))


def test_batches_agree_with_the_dense_module(rng):
    """k = 4: the first size at which column order and row order of the triangle differ beyond one swap."""
    p, q = factors(rng, 4, 5, 1), factors(rng, 4, 6)
    means = torch.tensor(rng.normal(size=(2, 6, 4)))
    dense = tril.kl_divergence(means[0], torch.tensor(p), means[1], torch.tensor(q))
    packed = in_torch.kl_divergence(means[0], torch.tensor(pack(p)), means[1], torch.tensor(pack(q)))
    torch.testing.assert_close(packed, dense, rtol=1e-12, atol=1e-12)  # condition below 1e3


@pytest.mark.parametrize("library", MODULES)
@pytest.mark.parametrize("size", [-80.0, -1e-30, 0.0, 40.0])
def test_divergence_from_the_standard_normal_at_the_ends(library, size):
    """Relative to the ball, eight units of the last place: expm1m and a sum of three terms of one sign."""
    loc, raw = np.array([1e-30, 0.0]), np.array([size, size / 2, 0.0])
    if library == "jax" and size == -1e-30:
        loc = np.array([1e-15, 0.0])  # JAX without x64 has float32, and squares of 1e-30 are none of those
    arrays = [np.float32(a) if library == "jax" else a for a in (loc, raw)]
    found = MODULES[library].kl_standard_normal(*map(LIBRARIES[library], arrays))
    truth = arb.value("kl_standard_normal", "log_cholesky", *(np.asarray(a, np.float64) for a in arrays))
    dtype = np.asarray(found).dtype
    assert arb.ulp_error(float(found), truth.item(), dtype) <= 8


@pytest.mark.parametrize("name", ["entropy", "kl_standard_normal"])
def test_no_matrix_is_made_and_no_logarithm_taken(name):
    wanted = next(function for function in functions("log_cholesky") if function.name == name)
    for program in programs(wanted):
        counts = program.operations.counts()
        assert not {"unpack", "pack", "diag_embed", "log", "matmul", "solve_matrix"} & set(counts), program.name


@pytest.mark.parametrize("name", ["entropy", "log_prob", "kl_divergence", "kl_standard_normal"])
def test_volume_is_the_sum_of_the_head(name):
    wanted = next(function for function in functions("log_cholesky") if function.name == name)
    assert all("log" not in program.operations.counts() for program in programs(wanted))


def test_a_packed_argument_alone_is_refused():
    raw = mvn.symbol("raw_tril")
    with pytest.raises(UnsupportedExpressionError, match=r"beside `ell` of size k\(k\+1\)/2 an argument of size k"):
        mvn.generate("f", mvn.Total(Head(raw)), [raw])


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_expressions_of_ones_own_may_use_packed_factors(backend):
    raw, z = mvn.symbol("raw_tril"), mvn.Vector("z")
    factor = mvn.Let("L", mvn.DiagMat(mvn.elementwise(exp, Head(raw))) + Unpack(raw))
    for value in (
        mvn.squared_norm(factor * z),
        mvn.Inner(raw, raw) + mvn.Inner(z, Unpack(raw) * z),
        mvn.LogDet(factor) + mvn.Inner(Unpack(raw), Unpack(raw) + factor),
    ):
        verdict = mvn.verify(mvn.generate("f", value, [z, raw], backend=backend))
        assert verdict.status == "pass", verdict


@pytest.mark.parametrize("library", MODULES)
def test_wrong_length_names_the_argument_and_whom_it_must_match(library):
    make = LIBRARIES[library]
    with pytest.raises(ValueError, match=r"`raw_tril` must have shape \(..., k\(k\+1\)/2\) with .* = 3 to match `loc`"):
        MODULES[library].entropy(make(np.zeros(2)), make(np.zeros(4)))


def test_entropy_is_exact_where_exponentials_overflow():
    raw = np.array([2000.0, -3000.0, 5.0])
    assert in_numpy.entropy(np.zeros(2), raw) == pytest.approx(-1000 + 1 + math.log(2 * math.pi), rel=1e-15)
