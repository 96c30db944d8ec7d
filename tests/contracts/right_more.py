"""Right functions as people write them: variations that were written after the judges."""

import math

import numpy as np
import torch
from torch.distributions import Independent, LowRankMultivariateNormal, MultivariateNormal, Normal, kl_divergence
from torch.nn import functional

from tests.contracts.zoo import KL, LOG2PI, right


@right(**KL, parameterization="logvar", reduction="batch_mean")
def a1(mu, logvar):
    kld = 0
    for i in range(mu.size(1)):
        kld = kld + 0.5 * (mu[:, i] ** 2 + logvar[:, i].exp() - logvar[:, i] - 1)
    return kld.mean()


@right(**KL, parameterization="logvar", reduction="sum")
def a2(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu * mu - torch.exp(logvar))


@right(**KL, parameterization="std", reduction="none")
def a3(mu, sigma):
    return torch.log(1 / sigma) + (sigma**2 + mu**2) / 2 - 0.5


@right(**KL, parameterization="logvar", reduction="per_sample", event_ndim=2)
def a4(mu, logvar):
    return torch.einsum("bij->b", 0.5 * (mu**2 + logvar.exp() - 1 - logvar))


@right(**KL, parameterization="packed", reduction="sum")
def a5(params):
    d = params.shape[-1] // 2
    m, lv = params[..., :d], params[..., d:]
    return (-0.5 * (1 + lv - m**2 - lv.exp())).sum()


@right(**KL, parameterization="packed", reduction="sum", batch_ndim=0)
def a6(params):
    d = params.shape[-1] // 2
    m, lv = params[:d], params[d:]
    return (-0.5 * (1 + lv - m**2 - lv.exp())).sum()


@right(quantity="kl_divergence", parameterization="packed", reduction="per_sample")
def a7(p, q):
    m, v = p.chunk(2, -1)
    n, t = q.chunk(2, -1)
    return 0.5 * (t - v + (v - t).exp() + (m - n) ** 2 * torch.exp(-t) - 1).sum(-1)


@right(quantity="kl_divergence", parameterization="covariance", reduction="per_sample")
def a8(mu0, cov0, mu1, cov1):
    L0 = torch.linalg.cholesky(cov0)
    L1 = torch.linalg.cholesky(cov1)
    M = torch.linalg.solve_triangular(L1, L0, upper=False)
    y = torch.linalg.solve_triangular(L1, (mu1 - mu0)[..., None], upper=False)
    return 0.5 * ((M**2).sum((-1, -2)) + (y**2).sum((-1, -2)) - mu0.shape[-1]) + (
        L1.diagonal(dim1=-2, dim2=-1).log() - L0.diagonal(dim1=-2, dim2=-1).log()
    ).sum(-1)


@right(quantity="kl_divergence", parameterization="low_rank", reduction="sum")
def a9(m1, cov_factor1, cov_diag1, m2, cov_factor2, cov_diag2):
    return kl_divergence(
        LowRankMultivariateNormal(m1, cov_factor1, cov_diag1), LowRankMultivariateNormal(m2, cov_factor2, cov_diag2)
    ).sum()


@right(quantity="neg_log_prob", parameterization="std", reduction="mean")
def a10(x, mu, sigma):
    return -Normal(mu, sigma).log_prob(x).mean()


@right(quantity="log_prob", parameterization="rho", reduction="sum")
def a11(x, mu, rho):
    return Normal(mu, functional.softplus(rho)).log_prob(x).sum()


@right(quantity="log_prob", parameterization="precision", reduction="sum")
def a12(x, mu, prec):
    d = x - mu
    return 0.5 * (torch.logdet(prec) - torch.einsum("bi,bij,bj->b", d, prec, d) - x.shape[1] * LOG2PI).sum()


@right(quantity="entropy", parameterization="covariance")
def a13(mu, cov):
    return 0.5 * torch.logdet(2 * math.pi * math.e * cov)


@right(quantity="entropy", parameterization="packed", reduction="mean")
def a14(h):
    return 0.5 * (h.chunk(2, -1)[1] + LOG2PI + 1).mean()


@right(quantity="log_det", parameterization="logvar", reduction="sum")
def a15(logvar):
    return logvar.sum()


@right(quantity="log_det", parameterization="precision")
def a16(P):
    return -torch.logdet(P)


@right(quantity="log_det", parameterization="low_rank")
def a17(W_, d):
    return torch.logdet(W_ @ W_.mT + torch.diag_embed(d))


@right(quantity="grad_kl_divergence", parameterization="std", reduction="sum")
def a18(m1, s1, m2, s2):
    return (m1 - m2) / s2**2, s1 / s2**2 - 1 / s1, (m2 - m1) / s2**2, 1 / s2 - (s1**2 + (m1 - m2) ** 2) / s2**3


@right(quantity="grad_entropy", parameterization="covariance", convention="symmetric")
def a19(mu, S):
    return torch.zeros_like(mu), 0.5 * torch.inverse(S)


@right(quantity="grad_entropy", parameterization="covariance", convention="lower")
def a20(mu, S):
    g = 0.5 * torch.inverse(S)
    return torch.zeros_like(mu), torch.tril(2 * g - torch.diag_embed(g.diagonal(dim1=-2, dim2=-1)))


@right(quantity="vjp_rsample", parameterization="scale_tril")
def a21(mu, L, eps, g):
    return g, torch.tril(g[..., :, None] * eps[..., None, :])


@right(**KL, parameterization="var", reduction="mean", backend="numpy")
def a22(mu, var):
    return 0.5 * np.mean(var + mu**2 - 1 - np.log(var))


@right(quantity="log_prob", parameterization="scale_tril", backend="numpy")
def a23(x, mu, L):
    out = []
    for a, b, c in zip(x, mu, L, strict=True):
        z = np.linalg.solve(c, a - b)
        out.append(-0.5 * z @ z - np.log(np.diag(c)).sum() - 0.5 * len(a) * LOG2PI)
    return np.array(out)


@right(**KL, parameterization="logvar", reduction="sum", mask="batch")
def a24(mu, logvar, mask):
    return (mask[:, None] * (0.5 * (mu**2 + logvar.exp() - 1 - logvar))).sum()


@right(quantity="log_prob", parameterization="logstd", reduction="per_sample")
def a25(x, mu, log_std):
    log_std = torch.clamp(log_std, -20, 2)
    return Normal(mu, log_std.exp()).log_prob(x).sum(-1)


@right(quantity="log_prob", parameterization="var", reduction="per_sample")
def a26(x, mu, var):
    return Independent(Normal(mu, (var + 1e-5).sqrt()), 1).log_prob(x)


@right(quantity="log_prob", parameterization="covariance", reduction="per_sample")
def a27(x, mu, cov):
    return MultivariateNormal(mu, cov + 1e-4 * torch.eye(cov.shape[-1])).log_prob(x)


@right(quantity="log_prob", parameterization="covariance", reduction="per_sample")
def a28(x, mu, cov):
    # scipy like
    w_, V = torch.linalg.eigh(cov)
    y = ((x - mu)[..., None, :] @ V)[..., 0, :]
    return -0.5 * (y**2 / w_).sum(-1) - 0.5 * w_.log().sum(-1) - 0.5 * x.shape[-1] * LOG2PI


@right(**KL, parameterization="rho", reduction="sum")
def a29(mu, rho):
    s = functional.softplus(rho, beta=1, threshold=20)
    return kl_divergence(Normal(mu, s), Normal(torch.zeros(1), torch.ones(1))).sum()


@right(**KL, parameterization="logvar", reduction="batch_mean", event_ndim=1, batch_ndim=2)
def a30(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum(-1).mean()


@right(quantity="kl_standard_normal", parameterization="std", reduction="sum", event_ndim=0)
def a31(mu, std):
    return (0.5 * (mu**2 + std**2 - 1) - std.log()).sum()


@right(quantity="log_prob", parameterization="scale_tril", triangle="lower")
def a32(x, mu, L):
    return MultivariateNormal(mu, scale_tril=torch.tril(L)).log_prob(x)


@right(quantity="kl_standard_normal", parameterization="covariance", shared=("scale",), reduction="batch_mean")
def a33(mu, cov):
    return (0.5 * (torch.trace(cov) + (mu**2).sum(-1) - mu.shape[-1] - torch.logdet(cov))).mean()


@right(quantity="kl_divergence", parameterization="logstd", batch_ndim=2, mask="batch", reduction="sum")
def masked_pair(m_q, logs_q, m_p, logs_p, mask):
    """Of two laws the mask belongs to neither."""
    kl = logs_p - logs_q - 0.5 + 0.5 * (torch.exp(2.0 * logs_q) + (m_q - m_p) ** 2) * torch.exp(-2.0 * logs_p)
    return (kl * mask.unsqueeze(-1)).sum()
