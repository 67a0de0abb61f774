"""Questions that learners ask, answered: general facts, and beside them this network's numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chainstep.core.records import Frame
from chainstep.core.text.counting import counted
from chainstep.core.text.formulas import equation
from chainstep.core.why.places import Place
from chainstep.core.why.structure import structure_of
from chainstep.core.why.symmetry import identical_units
from chainstep.core.why.wording import Words, number


@dataclass(frozen=True)
class Asked:
    """One iteration of a network, to be asked about."""

    frame: Frame
    words: Words

    @property
    def depth(self) -> int:
        return self.words.program.depth


@dataclass(frozen=True)
class Question:
    """A question, its general answer, and what this network shows; nothing where it shows none."""

    asked: str
    answer: str
    here: Callable[[Asked], str]


def _nothing(_: Asked) -> str:
    return ""


def _units(asked: Asked) -> str:
    program = asked.words.program
    kept = structure_of(asked.frame)
    if kept is None:
        return ""
    groups, _ = identical_units(asked.frame, program, kept)
    count = sum(len(group.units) for group in groups if group.layer < program.depth)
    hidden = sum(program.widths[1:-1])
    if not hidden:
        return "This network has no hidden units."
    return f"Here {count or 'none'} of the {counted(hidden, 'hidden unit')} stay identical."


def _biases(asked: Asked) -> str:
    program = asked.words.program
    if program.bias == "none":
        return "This network has no biases."
    name = "dC/dW1" if program.bias == "row" else "dC/db1"
    if name not in asked.frame or "delta1" not in asked.frame or program.mistakes:
        return ""
    gradient, delta = float(asked.frame[name][0, 0]), asked.frame["delta1"]
    total = float(delta.sum() if program.bias == "shared" else delta[:, 0].sum())
    words, own = asked.words, program.quantities["delta1"]
    unit = "" if program.bias == "shared" else f" for {words.label(own.axes[1], 0)}"
    return (
        f"Here {words.both(Place(program.quantities[name], (0, 0)))} is {number(gradient)}, and "
        f"the numbers of {words.called('delta1')}{unit} add up to {number(total)}."
    )


def _sum(asked: Asked) -> str:
    program, frame = asked.words.program, asked.frame
    if "W1" not in frame or "z1" not in frame or frame["W1"].shape[0] > _TERMS:
        return ""
    came = frame[f"{program.inputs}+"] if program.bias == "row" else frame[program.inputs]
    terms = zip(frame["W1"][:, 0].tolist(), came[0].tolist(), strict=True)
    written = " + ".join(f"{_factor(w)} · {_factor(a)}" for w, a in terms)
    bias = f" + {_factor(float(frame['b1'].ravel()[0]))}" if "b1" in frame else ""
    z = asked.words.both(Place(program.quantities["z1"], (0, 0)))
    return f"Here {z} = {written}{bias} = {number(float(frame['z1'][0, 0]))}."


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _order(asked: Asked) -> str:
    k, words, program = asked.depth, asked.words, asked.words.program
    names = (f"dz{k}/dW{k}", f"delta{k}", f"dC/dW{k}")
    if program.mistakes or not all(name in asked.frame for name in names):
        return ""
    shapes = [words.notation.shape(program.quantities[name]) for name in names]
    left, right, result = (f"({rows},{columns})" for rows, columns in shapes)
    if words.notation.is_turned(program.quantities[names[2]]):
        left, right = right, left
    page = equation(program.step(names[2]), words.notation, program)
    return f"Here {page}: {left}·{right} = {result}, as {words.called(f'W{k}')} is."


def _targets(asked: Asked) -> str:
    program = asked.words.program
    readers = [
        asked.words.called(step.quantity.name)
        for step in program.steps
        if any(operand.name == program.targets for operand in step.operands)
    ]
    targets = asked.words.called(program.targets)
    return f"Here {targets} is read by {' and by '.join(readers)}." if readers else ""


_TERMS = 6

QUESTIONS: tuple[Question, ...] = (
    Question(
        "Does a seed do the same as equal weights?",
        "No. With a seed, every run draws the same random weights, so that a run can be repeated. "
        "Within a run the units still have different weights. Equal weights make the units of one "
        "run equal to each other.",
        _units,
    ),
    Question(
        "What is done in practice?",
        "The weights start from small random numbers, so that no two units are identical. The "
        "seed is written down, so that others get the same run. Biases may start at 0.",
        _nothing,
    ),
    Question(
        "Do biases change anything?",
        "Not in the idea. A bias is a weight whose input is always 1, so its gradient is the sum "
        "of delta over the observations.",
        _biases,
    ),
    Question(
        "How is a weighted sum a dot product?",
        "Each weight is multiplied with its own activation, w ⊗ a, and the products are added: "
        "z = sum(w ⊗ a). The derivative of z by each weight is its activation, so all of them "
        "together are aᵀ.",
        _sum,
    ),
    Question(
        "Why does aᵀ stand on the left, although the chain rule has it last?",
        "Numbers may be multiplied in any order, matrices may not. The gradient must have the "
        "shape of the weights, units before × units, and a matrix product adds up over the inner "
        "axis, the observations: only aᵀ · delta fits.",
        _order,
    ),
    Question(
        "Where does the target come from for hidden units?",
        "They need none. The target is compared with the outputs alone; hidden units get their "
        "share of delta through the weights that lead on from them.",
        _targets,
    ),
)


def question_lines(asked: Asked) -> Iterator[tuple[str, str]]:
    """Every question, with its answer and what this network shows."""
    for each in QUESTIONS:
        here = each.here(asked)
        yield each.asked, f"{each.answer} {here}".strip()
