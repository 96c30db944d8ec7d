"""Wrong functions as people write them: variations that were written after the judges."""

import torch
from torch.distributions import LowRankMultivariateNormal, MultivariateNormal, kl_divergence
from torch.nn import functional

from tests.contracts.zoo import KL, LOG2PI, wrong


@wrong(**KL, parameterization="logvar", reduction="batch_mean")
def b1(mu, logvar):
    return -0.5 * torch.mean(torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=0))


@wrong(**KL, parameterization="logvar", reduction="sum")
def b2(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2)) - logvar.exp().sum()


@wrong(**KL, parameterization="std", reduction="per_sample")
def b3(mu, std):
    return -0.5 * torch.sum(1 + torch.log(std) - mu.pow(2) - std, dim=1)


@wrong(quantity="kl_divergence", parameterization="std", reduction="per_sample")
def b4(m1, s1, m2, s2):
    return (torch.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2) - 0.5).sum(-1)


@wrong(quantity="kl_divergence", parameterization="std", reduction="per_sample")
def b5(m1, s1, m2, s2):
    return (torch.log(s2 / s1) + s1**2 + (m1 - m2) ** 2 / (2 * s2**2) - 0.5).sum(-1)


@wrong(quantity="kl_divergence", parameterization="logvar", reduction="sum")
def b6(m1, l1, m2, l2):
    return -0.5 * torch.sum(1 + l1 - l2 - l1.exp() / l2.exp() + (m1 - m2) ** 2 / l2.exp())


@wrong(quantity="log_prob", parameterization="logvar", reduction="per_sample")
def b7(x, mu, logvar):
    return (-0.5 * LOG2PI - logvar - (x - mu) ** 2 / (2 * logvar.exp())).sum(-1)


@wrong(quantity="log_prob", parameterization="std", reduction="per_sample")
def b8(x, mu, std):
    return (-0.5 * LOG2PI - torch.log(std) - 0.5 * ((x - mu) / std)).sum(-1)


@wrong(quantity="log_prob", parameterization="scale_tril", reduction="per_sample")
def b9(x, mu, L):
    z = torch.linalg.solve(L.mT, (x - mu)[..., None])[..., 0]
    return -0.5 * (z**2).sum(-1) - L.diagonal(dim1=-2, dim2=-1).log().sum(-1) - 0.5 * x.shape[-1] * LOG2PI


@wrong(quantity="log_prob", parameterization="scale_tril", reduction="per_sample")
def b10(x, mu, L):
    z = torch.linalg.solve(L, (x - mu)[..., None])[..., 0]
    return -0.5 * (z**2).sum(-1) - 2 * L.diagonal(dim1=-2, dim2=-1).log().sum(-1) - 0.5 * x.shape[-1] * LOG2PI


@wrong(quantity="log_prob", parameterization="scale_tril", reduction="per_sample")
def b11(x, mu, L):
    return MultivariateNormal(mu, covariance_matrix=L @ L.mT + 0.1 * torch.eye(L.shape[-1])).log_prob(x)


@wrong(quantity="log_prob", parameterization="covariance", reduction="per_sample")
def b12(x, mu, S):
    return MultivariateNormal(mu, scale_tril=torch.tril(S)).log_prob(x)


@wrong(quantity="entropy", parameterization="logvar", reduction="per_sample")
def b13(mu, logvar):
    return 0.5 * (LOG2PI + logvar).sum(-1)


@wrong(quantity="entropy", parameterization="covariance", reduction="per_sample")
def b14(mu, S):
    return 0.5 * torch.logdet(S) + 0.5 * (1 + LOG2PI)


@wrong(quantity="grad_kl_standard_normal", parameterization="std", reduction="sum")
def b15(mu, s):
    return mu, s - 1 / s**2


@wrong(quantity="grad_kl_standard_normal", parameterization="std", reduction="batch_mean")
def b16(mu, s):
    return mu, s - 1 / s


@wrong(quantity="grad_log_prob", parameterization="logvar", reduction="per_sample")
def b17(mu, logvar, x):
    return (x - mu) / logvar.exp(), 0.5 * ((x - mu) ** 2 / logvar.exp() - 1), (x - mu) / logvar.exp()


@wrong(**KL, parameterization="logvar", reduction="per_sample", batch_ndim=2)
def b18(mu, logvar):
    return -0.5 * (1 + logvar - mu**2 - logvar.exp()).sum(1)


@wrong(**KL, parameterization="logvar", reduction="batch_mean", batch_ndim=2)
def b19(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum((1, 2)).mean()


@wrong(**KL, parameterization="logvar", reduction="batch_mean", event_ndim=3)
def b20(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum(1).mean()


@wrong(**KL, parameterization="packed", reduction="sum")
def b21(h):
    m, lv = h[..., ::2], h[..., 1::2]
    return (-0.5 * (1 + lv - m**2 - lv.exp())).sum()


@wrong(**KL, parameterization="logvar", reduction="sum")
def b22(mu, logvar):
    return -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) * torch.sign(mu.sum())


@wrong(**KL, parameterization="logvar", reduction="sum")
def b23(mu, logvar):
    return torch.relu(-0.5 * (1 + logvar - mu.pow(2) - logvar.exp()) - 0.1).sum()


@wrong(**KL, parameterization="logvar", reduction="sum")
def b24(mu, logvar):
    return -0.5 * torch.sum(1 + logvar.clamp(-1, 1) - mu.pow(2) - logvar.clamp(-1, 1).exp())


@wrong(quantity="kl_divergence", parameterization="scale_tril", reduction="per_sample")
def b25(m1, L1, m2, L2):
    return kl_divergence(MultivariateNormal(m2, scale_tril=L2), MultivariateNormal(m1, scale_tril=L1))


@wrong(quantity="kl_divergence", parameterization="covariance", reduction="per_sample")
def b26(m1, S1, m2, S2):
    i = torch.inverse(S2)
    d = m1 - m2
    return 0.5 * (
        (i * S1).sum((-1, -2))
        + torch.einsum("bi,bij,bj->b", d, i, d)
        - m1.shape[-1]
        + torch.logdet(S1)
        - torch.logdet(S2)
    )


@wrong(quantity="kl_divergence", parameterization="covariance", reduction="per_sample")
def b27(m1, S1, m2, S2):
    i = torch.inverse(S2)
    d = m1 - m2
    return 0.5 * (
        (i @ S1).sum((-1, -2))
        + torch.einsum("bi,bij,bj->b", d, i, d)
        - m1.shape[-1]
        - torch.logdet(S1)
        + torch.logdet(S2)
    )


@wrong(quantity="std", parameterization="logvar")
def b28(logvar):
    return torch.exp(-0.5 * logvar)


@wrong(quantity="std", parameterization="covariance")
def b29(S):
    return S.diagonal(dim1=-2, dim2=-1)


@wrong(quantity="std", parameterization="rho")
def b30(rho):
    return torch.exp(rho)


@wrong(quantity="log_det", parameterization="covariance")
def b31(S):
    return torch.linalg.cholesky(S).diagonal(dim1=-2, dim2=-1).log().sum(-1)


@wrong(quantity="log_det", parameterization="covariance")
def b32(S):
    return torch.det(S)


@wrong(quantity="log_prob", parameterization="low_rank")
def b33(x, m, W_, d):
    return LowRankMultivariateNormal(m, W_, d**2).log_prob(x)


@wrong(quantity="log_prob", parameterization="precision")
def b34(x, m, P):
    return MultivariateNormal(m, precision_matrix=P).log_prob(x) - torch.logdet(P)


@wrong(quantity="vjp_cholesky", parameterization="scale_tril")
def b35(L, G):
    P = torch.tril(L.mT @ G)
    P = P - 0.5 * torch.diag_embed(P.diagonal(dim1=-2, dim2=-1))
    i = torch.inverse(L)
    return i.mT @ P @ i


@wrong(quantity="vjp_rsample", parameterization="scale_tril")
def b36(mu, L, e, g):
    return g, g[..., :, None] * e[..., None, :]


@wrong(quantity="neg_log_prob", parameterization="var", reduction="mean")
def b37(x, mu, var):
    return functional.gaussian_nll_loss(mu, x, var.sqrt(), full=True)


@wrong(quantity="neg_log_prob", parameterization="logvar", reduction="sum", up_to_constant=True)
def b38(x, mu, logvar):
    return (logvar + (x - mu) ** 2 / (2 * logvar.exp())).sum()


@wrong(**KL, parameterization="logvar", reduction="sum", mask="event")
def b39(mu, logvar, mask):
    return -0.5 * torch.sum(1 + logvar * mask - mu.pow(2) * mask - logvar.exp() * mask)


@wrong(**KL, parameterization="logvar", reduction="mean", mask=None)
def b40(mu, logvar):
    return (-0.5 * (1 + logvar - mu**2 - logvar.exp())).sum(1).mean()
