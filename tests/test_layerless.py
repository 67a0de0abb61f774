from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainstep.core.expressions import Number, Ref
from chainstep.core.program import Graph, Program
from chainstep.core.quantities import COST, OBSERVATION, Axis, Entry, InputError, Kind, Quantity
from chainstep.core.roles import Phase
from chainstep.core.stepper import Stepper
from chainstep.core.why.nudge import nudge

INPUTS = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
TARGETS = np.array([[0.0], [0.0], [1.0], [1.0]])
START = np.array([[-0.16], [0.45], [-1.0]])

COLUMN, OUT = Axis("axis 1"), Axis("axis 1")


def perceptron(rate: float = 1.0) -> Program:
    """Eleven lines of numpy that many learners copy, as a graph with the author's own names."""
    graph = Graph()
    x = graph.given(Quantity("X", (4, 3), (OBSERVATION, COLUMN), Kind.DATA))
    y = graph.given(Quantity("Y", (4, 1), (OBSERVATION, OUT), Kind.DATA))
    synapse = Quantity("syn0", (3, 1), (COLUMN, OUT), parameter="syn0", learns=True)
    w = graph.given(synapse)

    def value(name: str, expression: Any, phase: Phase = "forward", **facts: Any) -> Ref:
        return graph.add(
            phase, Quantity(name, expression.shape, expression.axes, **facts), expression
        )

    dot = value("dot", x @ w)
    l1 = value("l1", 1 / (1 + np.exp(-dot)))
    loss = value("loss", ((l1 - y) ** 2).sum(axis=0) / 2)
    error = value("l1_error", l1 - y, "backward", kind=Kind.DERIVATIVE, of="loss", by="l1")
    slope = value("slope", l1 * (1 - l1), "backward", kind=Kind.FACTOR, of="l1", by="dot")
    delta = value("l1_delta", error * slope, "backward", kind=Kind.DERIVATIVE, of="loss", by="dot")
    gradient = value(
        "grad", x.T @ delta, "backward", kind=Kind.DERIVATIVE, of="loss", by="syn0",
        parameter="syn0",
    )  # fmt: skip
    change = value(
        "change", Number(rate) * gradient, "update", kind=Kind.CHANGE, of="syn0", parameter="syn0"
    )
    new = value("syn0 after", w - change, "update", of="syn0", parameter="syn0")
    graph.carry(w, new)
    assert loss.quantity.axes[-1] in {COST, OUT}
    return graph.program(
        starting={"X": INPUTS, "Y": TARGETS, "syn0": START}, inputs="X", targets="Y", cost="loss"
    )


def by_hand(updates: int) -> NDArray[np.float64]:
    weights = START
    for _ in range(updates):
        out = 1 / (1 + np.exp(-(INPUTS @ weights)))
        weights = weights - INPUTS.T @ ((out - TARGETS) * out * (1 - out))
    return weights


def test_a_program_without_layers_steps_as_its_author_computes() -> None:
    stepper = Stepper(perceptron())
    for iteration in range(1, 6):
        assert stepper["syn0"] == pytest.approx(by_hand(iteration - 1), rel=1e-14)
        records = stepper.iterate()
        assert [record.quantity for record in records][:2] == ["dot", "l1"]
        stepper.run(0)


def test_a_program_without_layers_runs_and_goes_to_any_moment_bit_for_bit() -> None:
    walked, ran = Stepper(perceptron()), Stepper(perceptron())
    records = list(walked.walk(300))
    ran.run(1000)
    assert ran["syn0"] == pytest.approx(by_hand(1000), rel=1e-12)
    for record in (records[0], records[1234], records[-1]):
        gone = ran.goto(record.iteration, after=record.quantity)
        assert gone is not None
        assert gone.value.tobytes() == record.value.tobytes()


def test_a_program_without_layers_has_formulas_of_its_own_names() -> None:
    stepper = Stepper(perceptron())
    written = {record.quantity: record.formula for record in stepper.iterate()}
    assert written["dot"] == "X · syn0"
    assert written["l1_delta"] == "l1_error ⊙ slope"
    assert written["grad"] == "Xᵀ · l1_delta"


def test_a_program_without_layers_knows_of_none() -> None:
    program = perceptron()
    assert (program.depth, program.widths, program.network) == (0, (), None)
    assert [quantity.name for quantity in program.parameters] == ["syn0"]
    assert [quantity.name for quantity in program.data] == ["X", "Y"]
    assert program.observations == 4
    assert program.quantities["grad"].is_gradient
    assert program.quantities["syn0 after"].is_new_value


def test_a_fed_quantity_follows_from_the_iteration_wherever_one_comes_from() -> None:
    graph = Graph()
    rate = graph.given(Quantity("rate", (), (), Kind.DATA), lambda iteration: 1 / iteration)
    w = graph.given(Quantity("w", (1, 1), (COLUMN, OUT), parameter="w", learns=True))
    change = graph.add(
        "update", Quantity("change", w.shape, w.axes, Kind.CHANGE, "w", parameter="w"), rate * w
    )
    new = graph.add(
        "update", Quantity("w after", w.shape, w.axes, of="w", parameter="w"), w - change * 0.5
    )
    graph.carry(w, new)
    program = graph.program(starting={"w": np.array([[1.0]])})
    stepper = Stepper(program)
    records = list(stepper.walk(200))
    expected = [record.value.tobytes() for record in records if record.quantity == "change"]
    assert stepper["rate"] == 1 / 200
    other = Stepper(program)
    other.run(150)
    for iteration in (151, 3, 80, 200):
        record = other.goto(iteration, after="change")
        assert record is not None
        assert record.value.tobytes() == expected[iteration - 1]


def test_a_weight_of_a_program_without_layers_is_nudged_and_agrees_with_its_chain() -> None:
    frame = Stepper(perceptron()).iterate()[-1].frame
    found = nudge(frame, Entry("syn0", (1, 0)))
    assert found.agrees
    assert not found.kinked
    with pytest.raises(InputError, match="derivative by neither: give an entry of syn0 or of grad"):
        nudge(frame, Entry("l1", (1, 0)))


@pytest.mark.parametrize(
    ("kinked", "at"),
    [
        pytest.param(lambda x: np.maximum(x, 0), 0.0, id="maximum"),
        pytest.param(lambda x: np.maximum(0, 1 - x), 1.0, id="hinge"),
        pytest.param(np.absolute, 0.0, id="absolute"),
        pytest.param(lambda x: np.square(np.minimum(x, 2)), 2.0, id="minimum"),
    ],
)
def test_a_nudge_sees_a_kink_of_any_formula_within_its_step(kinked: Any, at: float) -> None:
    graph = Graph()
    w = graph.given(Quantity("w", (1, 1), (COLUMN, OUT), parameter="w", learns=True))
    graph.add("forward", Quantity("loss", w.shape, w.axes), kinked(w) * 1)
    facts: dict[str, Any] = {"kind": Kind.DERIVATIVE, "of": "loss", "by": "w", "parameter": "w"}
    graph.add("backward", Quantity("grad", w.shape, w.axes, **facts), w * 0)
    for place, expected in ((at, True), (at + 0.5, False)):
        program = graph.program(starting={"w": np.array([[place]])}, cost="loss")
        assert nudge(Stepper(program).iterate()[-1].frame, Entry("w", (0, 0))).kinked is expected
