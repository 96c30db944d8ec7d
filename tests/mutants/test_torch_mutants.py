"""Lives here: right torch functions written by hand, with their own backward, and the mistakes people make in them.
May not live here: NumPy functions, or the checks that have to find the mistakes."""

import math

import pytest
import torch


def solve(factor, column):
    batch = torch.broadcast_shapes(factor.shape[:-2], column.shape[:-2])
    factor, column = factor.expand(*batch, *factor.shape[-2:]), column.expand(*batch, *column.shape[-2:])
    return torch.linalg.solve_triangular(factor, column, upper=False)


def log_diagonal(factor):
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def plain_rsample():
    def rsample(loc, scale_tril, eps):
        return loc + (scale_tril.tril() @ eps.unsqueeze(-1)).squeeze(-1)

    return rsample


def plain_log_prob():
    def log_prob(loc, scale_tril, value):
        scale = scale_tril.tril()
        white = solve(scale, (value - loc).unsqueeze(-1)).squeeze(-1)
        return -log_diagonal(scale) - 0.5 * white.square().sum(-1) - 0.5 * loc.shape[-1] * math.log(2 * math.pi)

    return log_prob


def plain_kl():
    def kl_divergence(p_loc, p_logvar, q_loc, q_logvar):
        squares = (p_logvar - q_logvar).exp() + (p_loc - q_loc).square() * (-q_logvar).exp()
        return 0.5 * (squares - 1 + q_logvar - p_logvar).sum(-1)

    return kl_divergence


def derived_kl_standard():
    """Carry the derived gradient in an autograd.Function that vmap, forward mode and double backward pass through.

    torch.compile has no support for a custom forward mode, so it sees plain operations.
    """

    class KLStandard(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(loc, logvar):
            return 0.5 * (loc.square() + logvar.expm1() - logvar).sum(-1)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, grad_output):
            loc, logvar = ctx.saved_tensors
            upstream = grad_output.unsqueeze(-1)
            return upstream * loc, upstream * 0.5 * logvar.expm1()

        @staticmethod
        def jvp(ctx, tangent_loc, tangent_logvar):
            loc, logvar = ctx.saved_tensors
            return (loc * tangent_loc + 0.5 * logvar.expm1() * tangent_logvar).sum(-1)

    def kl_standard_normal(loc, logvar):
        if torch.compiler.is_compiling():
            return 0.5 * (loc.square() + logvar.expm1() - logvar).sum(-1)
        # broadcasting outside lets autograd sum over the broadcast axes
        return KLStandard.apply(*torch.broadcast_tensors(loc, logvar))

    return kl_standard_normal


FORMS = [
    ("torch", "tril", "rsample", plain_rsample),
    ("torch", "tril", "log_prob", plain_log_prob),
    ("torch", "logvar", "kl_divergence", plain_kl),
    ("torch", "logvar", "kl_standard_normal", derived_kl_standard),
]

# One row is one mistake: its name, the form, the text it replaces, the text it puts there.
# fmt: off
MISTAKES = [
    ("rsample_detached", "plain_rsample", "return loc + (scale_tril.tril() @ eps.unsqueeze(-1)).squeeze(-1)",
     "return (loc + (scale_tril.tril() @ eps.unsqueeze(-1)).squeeze(-1)).detach()"),
    ("rsample_scale_detached", "plain_rsample", "scale_tril.tril()", "scale_tril.tril().detach()"),
    ("rsample_mean_detached", "plain_rsample", "return loc + ", "return loc.detach() + "),
    ("rsample_own_noise", "plain_rsample", "eps.unsqueeze", "(0 * eps + torch.randn_like(eps)).unsqueeze"),
    ("rsample_through_an_item", "plain_rsample", "return loc", "return float(loc.sum() != 3) * loc"),
    ("density_solved_without_gradient", "plain_log_prob", "solve(scale,", "solve(scale.detach(),"),
    ("density_logdet_detached", "plain_log_prob", "-log_diagonal(scale)", "-log_diagonal(scale.detach())"),
    ("density_single_precision_constant", "plain_log_prob", "math.log(2 * math.pi)",
     "float(torch.tensor(2 * math.pi, dtype=torch.float32).log())"),
    ("density_in_place", "plain_log_prob", "(value - loc)", "value.sub_(loc)"),
    ("density_in_double_precision", "plain_log_prob", "= scale_tril.tril()", "= scale_tril.double().tril()"),
    ("kl_clamped", "plain_kl", ".sum(-1)", ".sum(-1).clamp(min=0.5)"),
    ("kl_detached_target", "plain_kl", "q_logvar - p_logvar)", "q_logvar.detach() - p_logvar)"),
    ("kl_exponent_clamped", "plain_kl", "- q_logvar).exp()", "- q_logvar).clamp(-0.25, 0.25).exp()"),
    ("backward_without_upstream", "derived_kl_standard", "return upstream * loc,", "return loc + 0 * upstream,"),
    ("backward_half_missing", "derived_kl_standard", "upstream * 0.5 * logvar", "upstream * logvar"),
    ("backward_sign", "derived_kl_standard", "return upstream * loc,", "return -upstream * loc,"),
    ("backward_mean_detached", "derived_kl_standard", "return upstream * loc,", "return None,"),
    ("backward_of_a_constant", "derived_kl_standard", "0.5 * logvar.expm1()\n\n", "0.5 * logvar.detach().expm1()\n\n"),
    ("backward_upstream_detached", "derived_kl_standard", "grad_output.unsqueeze", "grad_output.detach().unsqueeze"),
    ("backward_once", "derived_kl_standard", "        def backward",
     "        @torch.autograd.function.once_differentiable\n        def backward"),
    ("backward_reads_the_upstream_sum", "derived_kl_standard", "grad_output.unsqueeze(-1)", "grad_output.sum()"),
    ("forward_mode_missing", "derived_kl_standard", "def jvp", "def no_jvp"),
    ("forward_mode_half_missing", "derived_kl_standard", "+ 0.5 * logvar", "+ logvar"),
    ("vmap_rule_missing", "derived_kl_standard", "generate_vmap_rule = True", "generate_vmap_rule = False"),
]
# fmt: on


def test_form_without_a_mistake_is_accepted(form, judge):
    failures = judge(form.function(), form)
    assert not failures, "\n".join(map(str, failures))


def test_form_without_a_mistake_is_accepted_in_single_precision(form, judge):
    failures = judge(form.function(), form, dtype="float32")
    assert not failures, "\n".join(map(str, failures))


def test_mutant_is_rejected(mutant, judge):
    dtype = "float32" if mutant.label == "density_in_double_precision" else "float64"
    assert judge(mutant.function(), mutant.form, dtype=dtype)


def test_generated_function_is_accepted(form, judge, registry):
    (case,) = [c for c in registry if (c.backend, c.parameterization) == (form.backend, form.parameterization)]
    failures = judge(case.function(form.name), form, but=())
    assert not failures, "\n".join(map(str, failures))


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_an_unknown_name_is_an_error_and_no_verdict(backend):
    from mvn_symbolic.verify.function_checks import check_function

    for promise in [("cupy", "tril", "entropy"), (backend, "cholesky", "entropy"), (backend, "tril", "renyi")]:
        with pytest.raises(LookupError, match=promise[2] if promise[2] == "renyi" else promise[0]):
            check_function(len, *promise)
    with pytest.raises(LookupError, match="beauty"):
        check_function(len, backend, "tril", "entropy", checks=["beauty"])
