"""How PyTorch takes square roots of matrices so that they can be differentiated where eigenvalues are equal.

Lives here: the sources of these helpers. May not live here: other spellings, or torch itself.
"""

from __future__ import annotations

__all__ = ["GRAM_ROOT", "LYAPUNOV"]

_SAVED = """    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output)
        ctx.save_for_forward(inputs[0], output)"""
"""Of both functions: their first argument and their value are what their derivatives need."""

LYAPUNOV = f'''
class _Lyapunov(torch.autograd.Function):
    """The solution of an equation that is solved once more for each derivative, so that eigenvalues may be equal."""

    generate_vmap_rule = True

    @staticmethod
    def forward(matrix, right):
        values, columns = torch.linalg.eigh(matrix)
        inner = (columns.mT @ right @ columns) / (values[..., :, None] + values[..., None, :])
        return columns @ inner @ columns.mT

{_SAVED}

    @staticmethod
    def backward(ctx, grad_output):
        matrix, solution = ctx.saved_tensors
        pulled = _lyapunov(matrix, grad_output)
        return -(pulled @ solution.mT + solution.mT @ pulled), pulled

    @staticmethod
    def jvp(ctx, moves, change):
        matrix, solution = ctx.saved_tensors
        return _lyapunov(matrix, change - moves @ solution - solution @ moves)


def _lyapunov(matrix: Tensor, right: Tensor) -> Tensor:
    """Solve `matrix @ x + x @ matrix = right` for a symmetric positive-definite `matrix`."""
    return _Lyapunov.apply(matrix, right)
'''

GRAM_ROOT = f'''
class _GramRoot(torch.autograd.Function):
    """The symmetric root of `matrix.mT @ matrix`; its differential solves a Lyapunov equation."""

    generate_vmap_rule = True

    @staticmethod
    def forward(matrix):
        _, values, rows = torch.linalg.svd(matrix)
        return (rows.mT * values[..., None, :]) @ rows

{_SAVED}

    @staticmethod
    def backward(ctx, grad_output):
        matrix, root = ctx.saved_tensors
        pulled = _lyapunov(root, grad_output)
        return matrix @ (pulled + pulled.mT)

    @staticmethod
    def jvp(ctx, moves):
        matrix, root = ctx.saved_tensors
        half = matrix.mT @ moves
        return _lyapunov(root, half + half.mT)


def _gram_root(matrix: Tensor) -> Tensor:
    """The symmetric root of `matrix.mT @ matrix`, by singular values: a product would lose half of the digits."""
    return _GramRoot.apply(matrix)
'''
