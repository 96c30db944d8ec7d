"""Right functions as people write them: two laws, densities, entropies, gradients."""

import numpy as np
import torch
from torch.distributions import LowRankMultivariateNormal, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from tests.contracts.zoo import KL, LOG2PI, right


@right(quantity="kl_divergence", parameterization="logvar", reduction="per_sample")
def two_logvar(mu1, logvar1, mu2, logvar2):
    return 0.5 * (logvar2 - logvar1 + (logvar1.exp() + (mu1 - mu2) ** 2) / logvar2.exp() - 1).sum(-1)


@right(quantity="kl_divergence", parameterization="logvar", reduction="none")
def guided_diffusion(mean1, logvar1, mean2, logvar2):
    return 0.5 * (
        -1.0 + logvar2 - logvar1 + torch.exp(logvar1 - logvar2) + ((mean1 - mean2) ** 2) * torch.exp(-logvar2)
    )


@right(quantity="kl_divergence", parameterization="logvar", reduction="sum")
def means_first(mu_q, mu_p, lv_q, lv_p):
    return 0.5 * (lv_p - lv_q + (lv_q.exp() + (mu_q - mu_p) ** 2) / lv_p.exp() - 1).sum()


@right(quantity="kl_divergence", parameterization="std", reduction="batch_mean")
def vrnn(mean_1, std_1, mean_2, std_2):
    kld = 2 * torch.log(std_2) - 2 * torch.log(std_1) + (std_1.pow(2) + (mean_1 - mean_2).pow(2)) / std_2.pow(2) - 1
    return 0.5 * torch.sum(kld) / mean_1.shape[0]


@right(quantity="kl_divergence", parameterization="var", reduction="sum")
def two_var(m1, v1, m2, v2):
    return 0.5 * (torch.log(v2 / v1) + (v1 + (m1 - m2) ** 2) / v2 - 1).sum()


@right(quantity="kl_divergence", parameterization="logstd", reduction="sum")
def two_logstd(m1, ls1, m2, ls2):
    return (ls2 - ls1 + ((2 * ls1).exp() + (m1 - m2) ** 2) / (2 * (2 * ls2).exp()) - 0.5).sum()


@right(quantity="kl_divergence", parameterization="scale_tril")
def two_mvn(m1, L1, m2, L2):
    return kl_divergence(MultivariateNormal(m1, scale_tril=L1), MultivariateNormal(m2, scale_tril=L2))


@right(quantity="kl_divergence", parameterization="covariance")
def two_cov_inverse(m1, S1, m2, S2):
    inv, d = torch.inverse(S2), (m2 - m1).unsqueeze(-1)
    trace = (inv @ S1).diagonal(dim1=-2, dim2=-1).sum(-1)
    quad = (d.mT @ inv @ d)[..., 0, 0]
    return 0.5 * (trace + quad - m1.shape[-1] + torch.log(torch.det(S2) / torch.det(S1)))


@right(quantity="kl_divergence", parameterization="std", direction="reverse", reduction="sum")
def reverse_direction(mu1, std1, mu2, std2):
    return kl_divergence(Normal(mu2, std2), Normal(mu1, std1)).sum()


@right(quantity="kl_divergence", parameterization=("logvar", "std"), reduction="sum")
def mixed(mu1, logvar1, mu2, std2):
    return kl_divergence(Normal(mu1, (logvar1 / 2).exp()), Normal(mu2, std2)).sum()


@right(quantity="kl_divergence", parameterization=("scale_tril", "std"))
def dense_and_diagonal(mu1, L1, mu2, std2):
    return kl_divergence(
        MultivariateNormal(mu1, scale_tril=L1), MultivariateNormal(mu2, scale_tril=torch.diag_embed(std2))
    )


# ---------------------------------------------------------------- densities, entropies, determinants


@right(quantity="log_prob", parameterization="logvar", reduction="per_sample")
def log_normal_diag(x, mu, logvar):
    return (-0.5 * (LOG2PI + logvar + (x - mu) ** 2 * torch.exp(-logvar))).sum(-1)


@right(quantity="log_prob", parameterization="std", reduction="none")
def normal_log_prob(value, loc, scale):
    return Normal(loc, scale).log_prob(value)


@right(quantity="log_prob", parameterization="logstd", reduction="per_sample")
def spinning_up(x, mu, log_std):
    pre_sum = -0.5 * (((x - mu) / (torch.exp(log_std) + 1e-8)) ** 2 + 2 * log_std + np.log(2 * np.pi))
    return pre_sum.sum(axis=-1)


@right(quantity="neg_log_prob", parameterization="var", reduction="mean")
def gaussian_nll_full(x, mu, var):
    return functional.gaussian_nll_loss(mu, x, var, full=True)


@right(quantity="neg_log_prob", parameterization="var", reduction="sum", up_to_constant=True)
def gaussian_nll(x, mu, var):
    return functional.gaussian_nll_loss(mu, x, var, reduction="sum")


@right(quantity="neg_log_prob", parameterization="logvar", reduction="per_sample", up_to_constant=True)
def nll_without_constant(x, mu, logvar):
    return 0.5 * (logvar + (x - mu) ** 2 / logvar.exp()).sum(-1)


@right(quantity="log_prob", parameterization="scale_tril")
def mvn_log_prob(x, mu, L):
    return MultivariateNormal(mu, scale_tril=L).log_prob(x)


@right(quantity="log_prob", parameterization="covariance")
def cov_log_prob(x, mu, cov):
    d = (x - mu).unsqueeze(-1)
    quad = (d.mT @ torch.linalg.solve(cov, d))[..., 0, 0]
    return -0.5 * (quad + torch.logdet(cov) + x.shape[-1] * LOG2PI)


@right(quantity="log_prob", parameterization="covariance", backend="numpy", batch_ndim=0)
def numpy_log_prob(x, mu, cov):
    d = x - mu
    return -0.5 * (d @ np.linalg.inv(cov) @ d + np.log(np.linalg.det(cov)) + len(x) * np.log(2 * np.pi))


@right(quantity="log_prob", parameterization="precision")
def precision_log_prob(x, mu, prec):
    return MultivariateNormal(mu, precision_matrix=prec).log_prob(x)


@right(quantity="log_prob", parameterization="low_rank")
def low_rank_log_prob(x, mu, cov_factor, cov_diag):
    return LowRankMultivariateNormal(mu, cov_factor, cov_diag).log_prob(x)


@right(quantity="log_prob", parameterization="scale_tril", shared=("scale",))
def shared_log_prob(x, mu, L):
    z = torch.linalg.solve_triangular(L, (x - mu).mT, upper=False)
    return -0.5 * (z**2).sum(0) - L.diagonal().log().sum() - 0.5 * x.shape[-1] * LOG2PI


@right(quantity="entropy", parameterization="logvar")
def entropy_logvar(mu, logvar):
    return (0.5 * (1 + LOG2PI + logvar)).sum(-1)


@right(quantity="entropy", parameterization="std", reduction="batch_mean")
def entropy_normal(mu, std):
    return Normal(mu, std).entropy().sum(-1).mean()


@right(quantity="entropy", parameterization="scale_tril")
def entropy_mvn(mu, L):
    return MultivariateNormal(mu, scale_tril=L).entropy()


@right(quantity="log_det", parameterization="scale_tril")
def logdet_tril(L):
    return 2 * L.diagonal(dim1=-2, dim2=-1).log().sum(-1)


@right(quantity="log_det", parameterization="covariance")
def logdet_cov(cov):
    return torch.linalg.slogdet(cov)[1]


@right(quantity="std", parameterization="logvar")
def std_logvar(logvar):
    return torch.exp(0.5 * logvar)


@right(quantity="std", parameterization="covariance")
def std_cov(cov):
    return cov.diagonal(dim1=-2, dim2=-1).sqrt()


@right(quantity="std", parameterization="scale_tril")
def std_tril(L):
    return L.norm(dim=-1)


# ---------------------------------------------------------------- gradients written by hand, surrogates


@right(quantity="grad_kl_standard_normal", parameterization="logvar", reduction="sum")
def grad_kl(mu, logvar):
    return mu, 0.5 * (logvar.exp() - 1)


@right(quantity="grad_kl_standard_normal", parameterization="logvar", reduction="batch_mean")
def grad_kl_mean(mu, logvar):
    return mu / len(mu), 0.5 * (logvar.exp() - 1) / len(mu)


@right(quantity="grad_log_prob", parameterization="covariance", arguments=("value", "mean", "scale"))
def grad_log_prob_cov(x, mu, cov):
    inv = torch.inverse(cov)
    a = (inv @ (x - mu).unsqueeze(-1))[..., 0]
    return -a, a, 0.5 * (a[..., :, None] * a[..., None, :] - inv)


@right(quantity="grad_kl_standard_normal", parameterization="scale_tril")
def grad_kl_tril(mu, L):
    return mu, L - torch.diag_embed(1 / L.diagonal(dim1=-2, dim2=-1))


@right(quantity="vjp_cholesky", parameterization="scale_tril")
def murray_backward(L, grad_L):
    phi = torch.tril(L.mT @ torch.tril(grad_L))
    phi = phi - 0.5 * torch.diag_embed(phi.diagonal(dim1=-2, dim2=-1))
    inv = torch.inverse(L)
    S = inv.mT @ phi @ inv
    return 0.5 * (S + S.mT)


@right(quantity="vjp_rsample", parameterization="logvar")
def reparameterize_backward(mu, logvar, eps, grad):
    return grad, 0.5 * grad * eps * torch.exp(0.5 * logvar)


@right(quantity="surrogate_kl_standard_normal", parameterization="logvar", reduction="sum")
def surrogate(mu, logvar):
    return (0.5 * mu**2 + 0.5 * (logvar.exp() - logvar)).sum() - 17.0


@right(**KL, parameterization="logvar", reduction="sum")
def prints_something(mu, logvar):
    print("kl")
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())


class CustomFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, mu, logvar):
        ctx.save_for_backward(mu, logvar)
        return 0.5 * (mu**2 + logvar.exp() - 1 - logvar).sum()

    @staticmethod
    def backward(ctx, grad):
        mu, logvar = ctx.saved_tensors
        return grad * mu, grad * 0.5 * (logvar.exp() - 1)


@right(**KL, parameterization="logvar", reduction="sum")
def custom_function(mu, logvar):
    return CustomFunction.apply(mu, logvar)
