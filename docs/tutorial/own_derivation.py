"""Two derivations the catalogue does not have, by the public API. The tutorial shows this file and its results."""

import mvn_symbolic as mvn

# [first]
loc, scale, eps = mvn.symbol("loc"), mvn.symbol("scale_tril"), mvn.symbol("eps")
z = loc + scale * eps

length = mvn.expectation(mvn.squared_norm(z), eps)
by_scale = mvn.grad(length, scale)
# [rules]
moments = mvn.Rule(
    "moments of the noise",
    lambda question: mvn.expectation(question.args[0], eps),
    "The noise has mean zero and the identity as its covariance.",
)
differential = mvn.Rule(
    "read the gradient off",
    lambda question: mvn.grad(question.args[0], question.args[1]),
    "The differential is an inner product with the gradient.",
)
# [end of rules]


def gradient_chain(value: object, argument: object) -> object:
    """The gradient of a value by one argument, as a chain of one step."""
    name = getattr(argument, "name", "")
    question = mvn.gradient_of(value, argument)
    line = mvn.Line(f"grad_{name}", f"Gradient by ${name}$", question)
    return line.then(differential).chain


def expected_length() -> mvn.Derivation:
    """How long a sample is on average, and how that depends on the parameters."""
    question = mvn.expectation_of(mvn.squared_norm(z), eps)
    line = mvn.Line("expected_length", "The expected squared length", question)
    sample = mvn.Equation(mvn.symbol("value"), z)
    derivation = mvn.Derivation(
        name="expected_length",
        title="The expected squared length of a sample",
        summary="How far from the origin a sample lies on average.",
        premise=(mvn.Premise("A sample is made from noise", sample),),
        chains=(
            line.then(moments).chain,
            gradient_chain(length, loc),
            gradient_chain(length, scale),
        ),
    )
    return mvn.judged(derivation)


# [divergence]
p_sample = mvn.symbol("loc", "p") + mvn.symbol("scale_tril", "p") * eps
q_sample = mvn.symbol("loc", "q") + mvn.symbol("scale_tril", "q") * eps
p, q = mvn.Law("p", p_sample), mvn.Law("q", q_sample)
there = mvn.kl_divergence(p, q, names=("A", "v"))
back = mvn.kl_divergence(q, p, names=("B", "w"))
symmetrised = mvn.normalize(there + back)

closed_forms = mvn.Rule(
    "insert both closed forms",
    lambda question: mvn.normalize(question.xreplace({mvn.KL(p, q): there, mvn.KL(q, p): back})),
    "The log determinants appear twice, with opposite signs.",
)
# [end of divergence]


def symmetrised_divergence() -> mvn.Derivation:
    """The sum of the divergences in both directions."""
    both = mvn.KL(p, q) + mvn.KL(q, p)
    line = mvn.Line("symmetrised_divergence", "The symmetrised divergence", both)
    derivation = mvn.Derivation(
        name="symmetrised_divergence",
        title="The symmetrised divergence",
        summary="The divergence of two Gaussians in both directions, added up.",
        premise=(mvn.Premise("Two Gaussians, each with a mean and a factor of its own"),),
        chains=(
            line.then(closed_forms).chain,
            gradient_chain(symmetrised, mvn.symbol("loc", "p")),
            gradient_chain(symmetrised, mvn.symbol("scale_tril", "p")),
        ),
    )
    return mvn.judged(derivation)


# [code]
names = ("loc", "scale_tril")
parameters = [mvn.symbol(name, prefix) for prefix in "pq" for name in names]
code = mvn.generate("symmetrised", symmetrised, parameters, backend="numpy")
module = code.load()  # or code.write("symmetrised.py")

mean, factor = [0.0, 1.0], [[1.0, 0.0], [0.5, 2.0]]
value = module.symmetrised(mean, factor, [0.0, 0.0], factor)
gradients = module.grad_symmetrised(mean, factor, [0.0, 0.0], factor)
# [verdict]
verdict = mvn.verify(code)
