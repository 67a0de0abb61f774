"""What somebody sees who types at Python's prompt."""

from chainstep import why
from chainstep.core import Stepper
from chainstep.core.formats.document import LOOK
from chainstep.core.formats.plain_text import write_step
from chainstep.core.formats.run_document import Teller
from chainstep.core.text.layer_chain import chain_of
from chainstep.scenarios import load


def test_a_stepper_says_where_it_stands() -> None:
    stepper = Stepper(load("two-neurons"))
    assert repr(stepper) == "<Stepper 1:0 before its first step, 0 updates done>"
    assert str(stepper) == "moment 1:0, 0 updates done: step() computes z1"
    stepper.goto(iteration=2, after="delta1")
    assert repr(stepper) == "<Stepper 2:15 delta1 (backward), 1 update done>"


def test_a_record_is_printed_as_a_replay_prints_it() -> None:
    stepper = Stepper(load("two-neurons"))
    record = stepper.goto(iteration=2, after="delta1")
    assert record is not None
    told = write_step(Teller(LOOK.notation).step(record), LOOK).rstrip()
    assert repr(record) == "<Record 2:15 delta1>"
    assert str(record) == told
    assert "da1/dz1" in told
    assert "rows: observations" in told
    assert str(stepper) == f"moment 2:15, 1 update done\n\n{told}"


def test_a_chain_is_printed_factor_by_factor() -> None:
    chain = why("two-neurons", "w1").chains[0]
    assert str(chain).split("\n") == [
        "dC/dW1[0,0] = dC/da2[0,0] · da2/dz2[0,0] · dz2/da1[0,0] · da1/dz1[0,0] · dz1/dW1[0,0]",
        "dC/dW1[0,0] = -1.863975 · 0.2486686 · 0.7 · 0.1966119 · 1",
        "dC/dW1[0,0] = -0.0637924",
    ]
    record = Stepper(load("two-neurons")).goto(iteration=1, after="delta1")
    assert record is not None
    layers = chain_of(record.program, record.definition, LOOK.notation)
    assert str(layers).endswith("delta1 is ∂C/∂z1")
