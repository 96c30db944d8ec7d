"""All second derivatives of KL(N(m, S) || N(v, V)) by means and covariances, in three conventions, by torch's Hessian.

torch differentiates by all k^2 entries of a covariance as if they were independent; how they move together in the other
conventions is built here from pairs of indices.
"""

from itertools import product

import numpy as np
import pytest
import torch
from sympy import Trace

import mvn_symbolic as mvn
from mvn_symbolic import k
from mvn_symbolic.errors import ArgumentError, MissingRuleError
from tests.calculus.cookbook.words import (
    S,
    V,
    cholesky,
    eps,
    form,
    inner,
    inv,
    log_det,
    logdet,
    m,
    root,
    tr,
    v,
    vec,
    x,
    xi,
)

POINT = {"m": m, "S": S, "v": v, "V": V}
WRITTEN = (Trace(V.inv() * S) + inner(v - m, V.inv() * (v - m)) - k + log_det(V) - log_det(S)) / 2
BLOCKS = list(product(POINT, POINT))


def in_torch(m, S, v, V):
    return (tr(inv(V) @ S) + form(v - m, inv(V), v - m) - len(S) + logdet(V) - logdet(S)) / 2


def torch_hessian(point, rows, columns):
    """By all entries of both arguments, each stacked column by column."""
    values = {name: point.at(symbol).detach() for name, symbol in POINT.items()}
    names = list(dict.fromkeys((rows, columns)))

    def moved(*stacked):
        shaped = {n: flat.reshape(values[n].mT.shape).mT for n, flat in zip(names, stacked, strict=True)}
        return in_torch(**{**values, **shaped})

    blocks = torch.autograd.functional.hessian(moved, tuple(vec(values[name])[:, 0] for name in names))
    return blocks[0][-1].numpy()


def moves(size, convention):
    """How the entries of a covariance, stacked, follow what a convention counts."""
    every = [(i, j) for j in range(size) for i in range(size)]
    if convention == "free":
        return np.eye(size**2)
    if convention == "symmetric":
        return np.array([[((one == two) + (one == two[::-1])) / 2 for two in every] for one in every])
    return np.array([[float(two in (one, one[::-1])) for two in every if two[0] >= two[1]] for one in every])


def side(name, size, convention):
    return np.eye(size) if name in "mv" else moves(size, convention)


@pytest.mark.parametrize("convention", ["lower", "symmetric", "free"])
@pytest.mark.parametrize(("rows", "columns"), BLOCKS, ids="-".join)
def test_hessian_block_is_torchs(rows, columns, convention, readings, rng):
    if convention == "free" and not {rows, columns} & {"S", "V"}:
        pytest.skip("no covariance moves, so there is nothing to say about its entries")
    symbols = [POINT[rows]] if rows == columns else [POINT[rows], POINT[columns]]
    block = mvn.hessian(WRITTEN, *symbols, convention=convention)
    for size in (1, 2, 3):
        point = readings.torch(size, rng)
        left, right = (side(name, size, convention) for name in (rows, columns))
        expected = left.T @ torch_hessian(point, rows, columns) @ right
        readings.agree(point.value(block).reshape(expected.shape), expected)


@pytest.mark.parametrize("convention", ["lower", "symmetric"])
@pytest.mark.parametrize("columns", POINT)
@pytest.mark.parametrize("rows", POINT)
def test_jacobian_of_a_gradient_is_the_hessian_by_symmetric_changes(rows, columns, convention, readings, rng):
    """vec of the gradient, which is symmetric, moved by another argument."""
    found = mvn.jacobian(mvn.grad(WRITTEN, POINT[rows]), POINT[columns], convention=convention)
    for size in (1, 2, 3):
        point = readings.torch(size, rng)
        left, right = side(rows, size, "symmetric"), side(columns, size, convention)
        readings.agree(point.value(found), left.T @ torch_hessian(point, rows, columns) @ right)


def test_free_jacobian_is_that_of_the_expression_as_it_is_written(readings, rng):
    """dV^-1 = -V^-1 dV V^-1 for every change: no transpose, since none is written."""
    found = mvn.jacobian(V.inv() * S, V, convention="free")
    point = readings.torch(3, rng)
    value, other = point.at(V).detach(), point.at(S).detach()
    expected = torch.autograd.functional.jacobian(
        lambda e: vec(inv(e.reshape(3, 3).mT) @ other)[:, 0], vec(value)[:, 0]
    )
    readings.agree(point.value(found), expected.numpy())


def test_free_derivatives_of_laws_are_those_of_their_covariances(readings, rng):
    """L L' = S: what is written with factors is written with S first, since no factor has independent entries."""
    laws = mvn.kl_divergence(mvn.Law("p", m + cholesky(S) * eps), mvn.Law("q", v + cholesky(V) * xi))
    point = readings.torch(3, rng)
    for rows, columns in (("S", "S"), ("V", "V"), ("S", "V"), ("V", "m")):
        symbols = [POINT[name] for name in dict.fromkeys((rows, columns))]
        block = mvn.hessian(laws, *symbols, convention="free")
        readings.agree(point.value(block), torch_hessian(point, rows, columns))
    values = {name: point.at(symbol).detach() for name, symbol in POINT.items()}
    slope = torch.autograd.functional.jacobian(lambda V: in_torch(**{**values, "V": V}), values["V"])
    readings.agree(point.value(mvn.grad(laws, V, convention="free")), slope.numpy())


@pytest.mark.parametrize("derivative", [mvn.grad, mvn.jacobian, mvn.hessian])
def test_free_derivative_of_a_factor_alone_is_refused(derivative):
    with pytest.raises(MissingRuleError, match="independent entries has no factor"):
        derivative(inner(x, cholesky(S) * m), S, convention="free")


@pytest.mark.parametrize("derivative", [mvn.jacobian, mvn.hessian])
def test_free_derivative_of_what_symmetric_matrices_have_alone_is_refused(derivative):
    with pytest.raises(ArgumentError, match="`convention` must be 'symmetric' or 'lower'"):
        derivative(inner(x, root(S) * m), S, convention="free")


@pytest.mark.parametrize("factor", [cholesky, root])
@pytest.mark.parametrize(("rows", "columns"), BLOCKS, ids="-".join)
def test_hessian_of_the_divergence_of_two_laws_is_torchs(factor, rows, columns, readings, rng):
    """From the samples m + L eps: the factors are derived through."""
    divergence = mvn.kl_divergence(mvn.Law("p", m + factor(S) * eps), mvn.Law("q", v + factor(V) * xi))
    symbols = [POINT[rows]] if rows == columns else [POINT[rows], POINT[columns]]
    block = mvn.hessian(divergence, *symbols)
    for size in (1, 2):
        point = readings.torch(size, rng)
        left, right = (side(name, size, "lower") for name in (rows, columns))
        expected = left.T @ torch_hessian(point, rows, columns) @ right
        readings.agree(point.value(block).reshape(expected.shape), expected)


def test_divergence_of_laws_of_different_lengths_is_refused():
    longer = mvn.Law("p", mvn.Noise("e", k + 1))
    with pytest.raises(ArgumentError, match="laws of vectors of one length"):
        mvn.kl_divergence(longer, mvn.Law("q", eps))
    with pytest.raises(ArgumentError, match="laws of vectors of one length"):
        mvn.KL(longer, mvn.Law("q", x + eps))
