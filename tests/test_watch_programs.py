import pytest

from chainstep.core.check.mistakes import MISTAKES
from chainstep.scenarios.programs.mistakes.only_in_programs import ONLY_IN_PROGRAMS
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answers import Answer
from chainstep.scenarios.programs.watching import watch_source
from tests.watched import FOLDER, Change, programs

PROGRAMS = programs()
#: Programs whose last change is found elsewhere than it was made, or by another name.
MISSED = {
    "bias_in_weights",
    "elman_loop",
    "flat_weights",
    "huber_poly",
    "layers_tuple",
    "local_derivatives",
    "mazur",
    "micrograd",
    "pure_lists",
    "sgd_sample",
}
#: One change of each program; `python -m bench.watching` counts them all.
CHANGES = [
    pytest.param(program.changes[-1], id=program.name)
    for program in PROGRAMS
    if program.changes and program.name not in MISSED
]


def _watched(text: str) -> Answer:
    return watch_source(Source(FOLDER / "program.py", text), (), 3)


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("text", [pytest.param(p.text, id=p.name) for p in PROGRAMS])
def test_a_right_program_is_right(text: str) -> None:
    assert _watched(text).verdict == "right"


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::PendingDeprecationWarning")
@pytest.mark.parametrize("change", CHANGES)
def test_the_first_wrong_line_of_a_changed_program_is_the_changed_one(change: Change) -> None:
    answer = _watched(change.text)
    assert answer.verdict == "wrong"
    assert answer.first is not None
    assert answer.first.line == change.line
    assert not change.ids or answer.mistakes[0].id in change.ids
    assert {m.id for m in answer.mistakes} <= {"", *MISTAKES, *ONLY_IN_PROGRAMS}


def test_no_mistake_of_programs_has_a_name_of_the_catalogue() -> None:
    assert not ONLY_IN_PROGRAMS.keys() & MISTAKES.keys()
