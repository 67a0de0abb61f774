"""The words that screens, answers and pages use, each in one short sentence."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A word, what it means, and what else it is called."""

    word: str
    meaning: str
    also: str = ""


GLOSSARY: tuple[Word, ...] = (
    Word("observation", "one row of the data: its inputs and its targets", "example, sample"),
    Word("target", "the number that an output should become", "label, y"),
    Word("layer", "units that are computed at the same time; layer 0 is the inputs"),
    Word(
        "unit", "one place of a layer: it adds up what comes in and sends on one number", "neuron"
    ),
    Word("weight", "a number that one unit's activation is multiplied with on its way to the next"),
    Word("bias", "a number that is added to what comes into a unit"),
    Word("parameter", "a weight or a bias: what an update changes"),
    Word("pre-activation", "z: the sum of what comes into a unit, before its activation function"),
    Word("activation", "a: what a unit sends on, the activation function of its pre-activation"),
    Word("cost", "one number that says how wrong all outputs are together", "loss, error"),
    Word("derivative", "how much one number changes when another changes by a very small amount"),
    Word("factor", "one derivative in the product that the chain rule makes, such as ∂a/∂z"),
    Word("chain rule", "the derivative through several steps is the product of their derivatives"),
    Word("slope", "∂a/∂z: the derivative of an activation by its own pre-activation"),
    Word("Jacobian", "all derivatives of several outputs by several inputs, as a matrix"),
    Word(
        "delta", "∂C/∂z: how much the cost changes when a pre-activation changes", "δ, error term"
    ),
    Word("gradient", "∂C/∂W: how much the cost changes when each weight changes"),
    Word("learning rate", "how large a step an update makes against the gradient", "η, α"),
    Word("update", "new weights: the old ones minus the change that the update rule makes"),
    Word("update rule", "how the change is made of the gradient: gradient descent, Adam, …"),
    Word("forward phase", "from the inputs to the cost"),
    Word("backward phase", "from the cost back to the gradients, layer by layer"),
    Word("iteration", "one forward phase, one backward phase and one update", "step of training"),
    Word("epoch", "so many iterations that every observation was used once"),
    Word("step", "one quantity is computed"),
    Word("moment", "where a run stands: the iteration and the step that was just done"),
    Word("quantity", "a named array of numbers: W1, z2, dC/dW3"),
    Word("identical units", "units with the same weights around them: they always do the same"),
    Word("symmetry", "two things can change places and nothing else changes"),
    Word("saturated", "a unit whose slope is almost 0, so that almost nothing comes back"),
    Word("dead unit", "a unit that gets no gradient in any observation"),
    Word("seed", "the number that decides which random numbers are drawn"),
    Word("notation", "the letters and indices that a page writes these things with"),
)


def glossary_markdown() -> str:
    """The page of the documentation that lists the words."""
    rows = "\n".join(f"| {each.word} | {each.meaning} | {each.also} |" for each in GLOSSARY)
    return (
        "# Glossary\n\nThe words that chainstep uses, in the order in which they come up.\n\n"
        f"| word | meaning | also called |\n|---|---|---|\n{rows}\n"
    )
