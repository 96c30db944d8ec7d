"""Lives here: what is left out of the identities for a low rank plus a diagonal: lemmas of determinant and inverse.
May not live here: terms of other matrices (`mistakes`), the search (`explainer`)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mvn_symbolic.verify.contracts import textbook


def low_rank_variants(
    arrays: Mapping[str, np.ndarray], s: np.ndarray, d: np.ndarray
) -> dict[str, dict[str, np.ndarray]]:
    """Return, term by term, wrong determinants of a covariance and wrong quadratic forms of a distance."""
    columns, small = arrays["factor"], arrays["diag"]
    weighted, eye = columns / small[..., None], np.eye(columns.shape[-1])
    logs, plain = np.log(small).sum(-1), (d * d / small).sum(-1)
    det, quad = textbook.log_det(s), textbook.quadratic(s, d)

    def across(matrix: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.swapaxes(matrix, -1, -2) @ other

    def corrected(inner: np.ndarray, by: np.ndarray) -> np.ndarray:
        seen = across(by, d[..., None])[..., 0]
        return plain - textbook.quadratic(inner, seen)

    # without columns there is nothing to invert
    no_eye = across(columns, weighted) + 1e-200 * eye
    capacitance, bare = eye + across(columns, weighted), eye + across(columns, columns)
    return {
        "logdet": {
            "diagonal_missing_in_determinant": det - logs, "diagonal_sign_in_determinant": det - 2 * logs,
            "only_diagonal_in_determinant": logs, "diagonal_twice_in_determinant": det + logs,
            "capacitance_without_inverse_diagonal": logs + textbook.log_det(bare),
            "capacitance_without_identity": logs + textbook.log_det(no_eye),
            "diagonal_multiplies_in_capacitance":
                logs + textbook.log_det(eye + across(columns, columns * small[..., None])),
        },
        "quad": {
            "correction_missing_in_quadratic": plain, "correction_sign_in_quadratic": 2 * plain - quad,
            "times_diagonal_in_quadratic": (d * d * small).sum(-1) - plain + quad,
            "capacitance_without_inverse_diagonal": corrected(bare, weighted),
            "correction_without_inverse_diagonal": corrected(capacitance, columns),
            "inverse_diagonal_missing_around_capacitance": corrected(bare, columns),
            "capacitance_without_identity": corrected(no_eye, weighted),
            "capacitance_not_inverted": plain - (across(weighted, d[..., None])[..., 0]
                                                 * (capacitance @ across(weighted, d[..., None]))[..., 0]).sum(-1),
        },
    }  # fmt: skip
