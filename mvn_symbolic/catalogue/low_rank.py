"""Floor 5: Gaussians with a covariance that is low-rank plus diagonal, from two independent noises.

Lives here: their moments, density, entropy and divergences, none of which needs a k x k matrix. May not live here: a
formula. The density is the mean, over the one noise, of the density that the other leaves; the rest follows from it.
"""

from __future__ import annotations

from sympy.matrices.expressions import Inverse

from mvn_symbolic.catalogue.density import log_density_line, log_density_of
from mvn_symbolic.catalogue.parameterizations import PARAMETERIZATIONS
from mvn_symbolic.catalogue.setting import Setting
from mvn_symbolic.derivation import definitions, exponentials, mixtures, rules, whitening
from mvn_symbolic.derivation.gradients import gradients_of
from mvn_symbolic.derivation.line import Line
from mvn_symbolic.derivation.model import Chain, Derivation, Equation, Premise
from mvn_symbolic.notation.laws import KL, Covariance, Entropy, Law, LogDensity, mean_over
from mvn_symbolic.notation.operators import ScalarFunction
from mvn_symbolic.notation.symbols import Let
from mvn_symbolic.notation.table import symbol

__all__ = ["low_rank"]

_LOW_RANK = PARAMETERIZATIONS["low_rank"]


def low_rank(setting: Setting) -> Derivation:
    """Moments, density, entropy, divergences and gradients of mu + W xi + sqrt(d) eps."""
    law = _law(setting)
    density, standard = _density(law), _standard(law)
    entropy, divergence = _entropy(law), _divergence(_law(setting, "p"), _law(setting, "q"))
    mean, covariance = _moments(law)
    loss = ScalarFunction("J")(Let("z", law.sample))
    return Derivation(
        name="low_rank",
        title="A covariance that is low-rank plus diagonal",
        summary=(
            "Two independent noises, a short one that few directions share and one for each coordinate, make a "
            "covariance with few parameters. Every result is computed with matrices of its rank, never of its size."
        ),
        premise=(
            Premise(
                r"Noise: $\varepsilon\sim\mathcal N(0, I)$, a vector of $k$ independent standard normal numbers, and "
                r"$\xi\sim\mathcal N(0, I)$, one of $r$, independent of $\varepsilon$."
            ),
            Premise(
                "The sample: a mean, a factor with $r$ columns applied to the short noise, and a standard deviation "
                "for each coordinate of the long one.",
                Equation(law.point, law.sample),
            ),
        ),
        chains=(
            covariance.chain,
            mean.chain,
            *gradients_of(loss, *map(symbol, _LOW_RANK.arguments), prefix="sample_"),
            _given(law).chain,
            *_with_gradients(density, ("value",)),
            _stable(density, "The log density: a form that keeps its digits", ("w", "u")),
            _by_covariance(law, density),
            *_with_gradients(entropy),
            *_with_gradients(standard),
            *_with_gradients(divergence, prefixes=("p", "q")),
            _stable(divergence, "The divergence: a form that keeps its digits", ("w", "u"), ("M", "U")),
        ),
        conventions=(
            "In nats. $d$ holds variances, as in torch, not standard deviations.",
            "Every entry of $W$ may move on its own, so a gradient by it is not projected.",
            "Two laws of different rank: add columns of zeros to the factor of the smaller rank.",
        ),
        references=(
            "Ong, Nott & Smith 2018, Gaussian variational approximation with a factor covariance structure",
            "Henderson & Searle 1981, On deriving the inverse of a sum of matrices",
        ),
    )


def _law(setting: Setting, prefix: str = "") -> Law:
    return Law(prefix or "q", _LOW_RANK.draw(setting.sample, prefix))


def _moments(law: Law) -> tuple[Line, Line]:
    mean = mixtures.averaged(Line("mean", "The mean", mean_over(law.sample, *law.noises)), *law.noises)
    spread = (
        Line("covariance", "The covariance", Covariance(law.sample, *law.noises))
        .then(definitions.covariance())
        .then(rules.insert(mean.chain.result, "The mean, below."))
        .then(rules.collect("The mean cancels."))
    )
    return mean, mixtures.averaged(spread, *law.noises)


def _given(law: Law) -> Line:
    """The density while the short noise stands still: a Gaussian with independent coordinates."""
    conditional = Law(law.name, law.sample, symbol("eps_factor"))
    return log_density_line(
        conditional, "log_prob_given", title="The log density while one noise stands still"
    ).then_if(mixtures.written_out("u", "Write the whitened deviation out."))


def _density(law: Law) -> Line:
    """From the density given the short noise to the density of the sample."""
    xi = symbol("eps_factor")
    suffix = "" if law.sample.has(symbol("loc")) else f"_{law.name}"
    names = "Name the whitened factor, and the whitened distance from the mean."
    inverted = "Name the matrix whose inverse and determinant are needed: it has as many rows as $W$ has columns."
    return (
        Line(_LOW_RANK.chain("log_prob"), "The log density", LogDensity(law, law.point))
        .then(mixtures.mixture(law, xi, _given(law).chain.result))
        .then(rules.name_noise_part(xi, f"B{suffix}", f"v{suffix}", names, difference=f"delta{suffix}"))
        .then(
            exponentials.complete_the_square(
                xi,
                r"$\mathbb{E}[e^{b^\top\xi-\xi^\top M\xi/2}]=\det(I+M)^{-1/2}\,e^{b^\top(I+M)^{-1}b/2}$, here with "
                r"$M=B^\top B$ and $b=B^\top v$.",
                "I + M is positive definite, as it is for every B",
            )
        )
        .then_if(rules.collect("The logarithm of an exponential."))
        .then(mixtures.name_inverted(f"C{suffix}", inverted))
    )


def _by_covariance(law: Law, density: Line) -> Chain:
    """The same by the covariance: the two forms are Woodbury's identity and the determinant lemma."""
    return (
        Line("log_prob_by_covariance", "The log density by the covariance", density.start)
        .then(rules.insert(density.chain.result, "The log density, from above."))
        .then(mixtures.written_out("C", "Write $C$ out."))
        .then(whitening.through_the_factor())
        .then(whitening.to_plain_coordinates(_LOW_RANK.scale("")))
        .then(
            mixtures.name_inverted(
                "Sigma",
                r"The textbook density, with $\Sigma=WW^\top+\mathrm{diag}(d)$. So the quadratic form above is that of "
                r"$\Sigma^{-1}$, which is Woodbury's identity, and the log determinants add up to that of $\Sigma$, "
                "which is the determinant lemma.",
            )
        )
        .chain
    )


def _entropy(law: Law) -> Line:
    line = (
        Line(_LOW_RANK.chain("entropy"), "The entropy", Entropy(law))
        .then(definitions.entropy())
        .then(rules.insert(_density(law).chain.result, "The log density."))
        .then(rules.reparameterize(law))
        .then(_parts(law, "A sample, whitened, is $B$ times the one noise, and the other."))
    )
    return mixtures.averaged(line, *law.noises, at_once=True).then_if(
        mixtures.cancel_products(r"$B^\top B=C-I$ beside the inverse of $C$; what is left of the traces is $k$.")
    )


def _parts(p: Law, reason: str) -> rules.Rule:
    names = {symbol("eps_factor"): "A", symbol("eps"): "S"}
    return mixtures.name_parts({noise: names[noise] for noise in p.noises}, "m", reason, difference="delta")


def _against(p: Law, q: Law, name: str, title: str, log_q: Equation) -> Line:
    """KL(p || q) by the entropy of p and the mean of log q, which is quadratic in the two noises."""
    entropy = _entropy(p).chain.result
    line = (
        Line(_LOW_RANK.chain(name), title, KL(p, q))
        .then(definitions.divergence())
        .then(definitions.entropy_backwards(p))
        .then(rules.insert(entropy, f"The entropy of ${p.latex}$."))
        .then(rules.insert(log_q, f"The log density of ${q.latex}$."))
        .then(rules.reparameterize(p))
        .then_if(_parts(p, "Name the matrices in front of the noises, and what remains."))
    )
    return mixtures.averaged(line, *p.noises, at_once=True)


def _standard(law: Law) -> Line:
    normal = definitions.noise_law(symbol("eps"))
    title = "The divergence from the standard normal"
    return _against(law, normal, "kl_standard_normal", title, log_density_of(normal))


def _divergence(p: Law, q: Law) -> Line:
    return _against(p, q, "kl_divergence", "The divergence of two of them", _density(q).chain.result)


def _stable(line: Line, title: str, *names: tuple[str, str]) -> Chain:
    """Where the diagonal is far below the factor, squares that nearly cancel are subtracted before they are squared."""
    return Line(f"{line.name}_stable", title, line.current).then(mixtures.best_fit(*names)).chain


def _with_gradients(line: Line, extra: tuple[str, ...] = (), prefixes: tuple[str, ...] = ("",)) -> tuple[Chain, ...]:
    """The chain, and the gradients by every argument that the value depends on."""
    arguments = [symbol(name, prefix) for prefix in prefixes for name in (*_LOW_RANK.arguments, *extra)]
    # by the diagonals of a density these are too long for a page; code has them all
    long = {symbol("cov_diag", law) for law in ("", "q") if line.current.has(Inverse)}
    moving = [one for one in arguments if one in line.current.free_symbols - long]
    return (line.chain, *gradients_of(line.current, *moving, prefix=f"{line.name}_"))
