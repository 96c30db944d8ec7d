"""Sizes as people read them, as code computes them, and as numbers."""

from __future__ import annotations

import pytest

from mvn_symbolic import k
from mvn_symbolic.errors import ArgumentError
from mvn_symbolic.notation.packed import packed_length
from mvn_symbolic.notation.sizes import Size
from mvn_symbolic.notation.table import TABLE, rank

SIZES = {
    k: ("k", "k"),
    k - 1: ("k-1", "max(k - 1, 0)"),
    1 - k + 2 * k: ("k+1", "k + 1"),
    2 * k - 1: ("2k-1", "max(2 * k - 1, 0)"),
    packed_length(k): ("k(k+1)/2", "k * (k + 1) // 2"),
    k * (k - 1) / 2: ("k(k-1)/2", "k * (k - 1) // 2"),
    k * rank: ("k*r", "k * r"),
    3 * k * (k + rank): ("3k(k+r)", "3 * k * (k + r)"),
    k**2: ("k**2", "k**2"),
    rank * k - rank * (rank - 1) / 2: ("-r(-2k+r-1)/2", "-r * (-2 * k + r - 1) // 2"),
}


@pytest.mark.parametrize("expr", SIZES, ids=str)
def test_a_size_is_read_computed_and_evaluated_alike(expr):
    size = Size.of(expr)
    assert (size.name, size.code) == SIZES[expr]
    for number in (2, 3, 6):
        dimensions = {"k": number + 3, "r": number}
        assert size.at(**dimensions) == expr.subs({k: number + 3, rank: number}) == eval(size.code, dimensions)
    assert {str(symbol) for symbol in expr.free_symbols} == set(size.variables)


def test_of_no_coordinates_there_are_no_neighbours():
    assert Size("k-1").at(k=0) == Size("2k-1").at(k=0) == 0


def test_other_texts_may_stand_for_its_dimensions():
    assert Size("k(k+1)/2").code_of({"k": "loc.shape[-1]"}) == "loc.shape[-1] * (loc.shape[-1] + 1) // 2"


def test_what_is_no_size_is_refused_by_name():
    with pytest.raises(ArgumentError, match="product of sums of dimensions"):
        Size.of(1 / k)


def test_the_table_shows_shapes_by_their_sizes():
    shapes = {row.argument: row.shape for row in TABLE}
    wanted = {
        "loc": "(..., k)",
        "scale_tril": "(..., k, k)",
        "raw_tril": "(..., k(k+1)/2)",
        "cov_factor": "(..., k, r)",
        "eps_factor": "(..., r)",
    }
    assert wanted.items() <= shapes.items()
