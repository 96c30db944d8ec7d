"""Floor 3: the product of two sums of words."""

from __future__ import annotations

from itertools import product as pairs

from mvn_symbolic.calculus.closed import take_out_scalars
from mvn_symbolic.calculus.joins import append
from mvn_symbolic.calculus.terms import Terms, add_into

__all__ = ["multiply"]


def multiply(left: Terms, right: Terms) -> Terms:
    """The product, distributed, with inverse pairs cancelled and scalars u' M v taken out of the words."""
    total: Terms = {}
    for (word_l, coefficient_l), (word_r, coefficient_r) in pairs(left.items(), right.items()):
        word = word_l
        for letter in word_r:
            word = append(word, letter)
        scalar, rest = take_out_scalars(word)
        add_into(total, {rest: scalar}, coefficient_l * coefficient_r)
    return total
