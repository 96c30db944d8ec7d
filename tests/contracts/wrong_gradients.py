"""Gradients written by hand in which one matrix, one projection or the chain rule of one argument is wrong."""

import torch
from torch.nn import functional

from tests.contracts.zoo import wrong

SUM = {"reduction": "sum"}
DENSITY = {"quantity": "grad_log_prob", **SUM, "arguments": ("value", "mean", "scale")}
SAMPLE = {"quantity": "vjp_rsample"}


def _solved(matrix, vector):
    return torch.linalg.solve(matrix, vector.unsqueeze(-1))


@wrong("gradient_by_scale_quad_multiplied", **DENSITY, parameterization="covariance")
def one_solve_of_two(x, mean, cov):
    a = _solved(cov, x - mean)
    d = (x - mean).unsqueeze(-1)
    by_cov = 0.25 * (a @ d.mT + d @ a.mT) - 0.5 * torch.linalg.inv(cov)
    return -a.squeeze(-1), a.squeeze(-1), by_cov


@wrong(
    "gradient_by_scale_quad_multiplied", "gradient_by_scale_quad_wrong_power", **DENSITY, parameterization="precision"
)
def twice_whitened(x, mean, prec):
    d = (x - mean).unsqueeze(-1)
    a = (prec @ d).squeeze(-1)
    w = prec @ d
    return -a, a, 0.5 * (torch.linalg.inv(prec) - w @ w.mT)


@wrong("gradient_by_mean_multiplied", "gradient_by_mean_quad_multiplied", **DENSITY, parameterization="scale_tril")
def half_solved_mean(x, mean, chol):
    w = _solved(chol, x - mean)
    a = torch.linalg.solve(chol.mT, w)
    by_factor = torch.tril(a @ w.mT - torch.diag_embed(1 / chol.diagonal(dim1=-2, dim2=-1)))
    return -a.squeeze(-1), w.squeeze(-1), by_factor


@wrong("gradient_by_scale_logdet_multiplied", "gradient_by_scale_multiplied", quantity="grad_entropy", **SUM,
       parameterization="scale_tril", arguments=("scale",))  # fmt: skip
def inverse_not_transposed(chol):
    return torch.tril(torch.linalg.inv(chol))


@wrong("gradient_by_scale_logdet_multiplied", "gradient_by_scale_multiplied", quantity="grad_log_det", **SUM,
       parameterization="covariance")  # fmt: skip
def factor_solved_only_once(cov):
    root = torch.linalg.cholesky(cov)
    return torch.linalg.inv(root).mT


@wrong("gradient_by_diag_logdet_read_as_low_rank_without_factor", quantity="grad_log_det", **SUM,
       parameterization="low_rank")  # fmt: skip
def determinant_of_the_diagonal(cov_factor, cov_diag):
    cov = cov_factor @ cov_factor.mT + torch.diag_embed(cov_diag)
    return 2 * torch.linalg.solve(cov, cov_factor), 1 / cov_diag


@wrong("gradient_by_scale_diagonal_doubled", quantity="grad_log_det", **SUM, parameterization="covariance",
       convention="lower")  # fmt: skip
def doubled_with_its_diagonal(cov):
    return torch.tril(2 * torch.linalg.inv(cov))


@wrong("gradient_by_mean_not_zero", quantity="grad_entropy", **SUM, parameterization="logvar")
def entropy_by_its_mean(mu, logvar):
    return mu, 0.5 + 0 * logvar


@wrong("gradient_by_mean_multiplied", **SAMPLE, parameterization="scale_tril")
def mean_solved(loc, scale_tril, eps, grad):
    return _solved(scale_tril.mT, grad).squeeze(-1), torch.tril(grad.unsqueeze(-1) * eps.unsqueeze(-2))


@wrong("gradient_by_packed_halves_exchanged", **SAMPLE, parameterization="packed")
def scale_half_first(params, eps, grad):
    _, logvar = params.chunk(2, -1)
    return torch.cat([grad * eps * 0.5 * (0.5 * logvar).exp(), grad], -1)


@wrong("tril_missing", **SAMPLE, parameterization="scale_unit_tril")
def ones_move(loc, scale, unit_tril, eps, grad):
    return (
        grad,
        grad * (unit_tril @ eps.unsqueeze(-1)).squeeze(-1),
        torch.tril((grad * scale).unsqueeze(-1) * eps.unsqueeze(-2)),
    )


@wrong("gradient_by_unit_tril_multiplied", **SAMPLE, parameterization="scale_unit_tril")
def scale_left_out(loc, scale, unit_tril, eps, grad):
    by_scale = grad * (unit_tril @ eps.unsqueeze(-1)).squeeze(-1)
    return grad, by_scale, torch.tril(grad.unsqueeze(-1) * eps.unsqueeze(-2), -1)


@wrong("gradient_by_scale_chain_rule_wrong", **SAMPLE, parameterization="rho")
def sharper_sigmoid(mu, rho, eps, grad):
    return grad, grad * eps * torch.sigmoid(2 * rho)


@wrong("gradient_by_scale_chain_rule_wrong", quantity="grad_kl_standard_normal", **SUM, parameterization="rho")
def derivative_of_relu(mu, rho):
    s = functional.softplus(rho)
    return mu, (s - 1 / s) * torch.sigmoid(rho) ** 2
