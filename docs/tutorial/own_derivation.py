"""Two derivations the catalogue does not have, by the public API. The tutorial shows this file and its results."""

import mvn_symbolic as mvn
from mvn_symbolic.derivation.model import Equation

# [first]
loc, scale, eps = mvn.symbol("loc"), mvn.symbol("scale_tril"), mvn.symbol("eps")
z = loc + scale * eps

length = mvn.expectation(mvn.squared_norm(z), eps)
by_scale = mvn.grad(length, scale)
# [steps]
moments = mvn.Rule(
    "moments of the noise",
    lambda question: mvn.expectation(question.args[0], eps),
    "The noise has mean zero and the identity as its covariance, so mixed terms vanish.",
)
differential = mvn.Rule(
    "read the gradient off",
    lambda question: mvn.grad(question.args[0], question.args[1]),
    "The differential is an inner product with the gradient.",
)


def expected_length() -> mvn.Derivation:
    """How long a sample is on average, and how that depends on the parameters."""
    question = mvn.expectation_of(mvn.squared_norm(z), eps)
    chains = [mvn.Line("expected_length", "The expected squared length", question).then(moments).chain]
    for argument in (loc, scale):
        line = mvn.Line(f"grad_{argument.name}", f"Gradient by ${argument.name}$", mvn.gradient_of(length, argument))
        chains.append(line.then(differential).chain)
    return mvn.judged(
        mvn.Derivation(
            name="expected_length",
            title="The expected squared length of a sample",
            summary="How far from the origin a sample lies on average.",
            premise=(mvn.Premise("A sample is made from noise.", Equation(mvn.symbol("value"), z)),),
            chains=tuple(chains),
        )
    )


# [divergence]
def law(name: str) -> mvn.Law:
    """A Gaussian law with parameters of its own."""
    return mvn.Law(name, mvn.symbol("loc", name) + mvn.symbol("scale_tril", name) * eps)


p, q = law("p"), law("q")
symmetrised = mvn.kl_divergence(p, q, names=("A", "v")) + mvn.kl_divergence(q, p, names=("B", "w"))
by_loc = mvn.grad(symmetrised, mvn.symbol("loc", "p"))


def symmetrised_divergence() -> mvn.Derivation:
    """The sum of the divergences in both directions."""
    both = mvn.KL(p, q) + mvn.KL(q, p)
    closed_forms = mvn.Rule(
        "insert both closed forms",
        lambda _: mvn.normalize(symmetrised),
        "The log determinants appear twice with opposite signs and cancel.",
    )
    value = mvn.Line("symmetrised_divergence", "The symmetrised divergence", both).then(closed_forms)
    chains = [value.chain]
    for argument in (mvn.symbol("loc", "p"), mvn.symbol("scale_tril", "p")):
        question = mvn.gradient_of(value.current, argument)
        line = mvn.Line(f"grad_{argument.name}", f"Gradient by ${argument.name}$", question)
        chains.append(line.then(differential).chain)
    return mvn.judged(
        mvn.Derivation(
            name="symmetrised_divergence",
            title="The symmetrised divergence",
            summary="The divergence of two Gaussians in both directions, added up.",
            premise=(mvn.Premise("Two Gaussians, each with a mean and a factor of its own."),),
            chains=tuple(chains),
        )
    )
