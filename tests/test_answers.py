"""What the commands say about every scenario, as whole texts.

In double precision, and without what only the processor decides: where rounding parts units.
"""

from collections.abc import Callable

import pytest

from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import load, names
from chainstep.tui.command import main

TOLD = [name for name in names() if name != "rounding-separates"]


def commands(name: str) -> list[list[str]]:
    """A question of each kind, in a notation that is another one for the next scenario."""
    program = load(name).program
    notation = list(NOTATIONS)[TOLD.index(name) % len(NOTATIONS)]
    first, *others = [q for q in program.quantities.values() if q.is_parameter and q.learns]
    rows, columns = first.shape
    one, last = f"{first.name}.0.0", f"{first.name}.{rows - 1}.{columns - 1}"
    upper = f"{others[-1].name}.0.0" if others else last
    written = ["--notation", notation]
    return [
        ["why", name, "--iterations", "20"],
        ["why", name, one],
        ["why", name, upper, "--iteration", "2", "--paths"],
        ["why", name, one, last],
        ["why", name, one, upper, "--iteration", "3"],
        ["why", name, f"dC/d{one}", *written],
        ["replay", name, "--lines", "derivation,chain,axes", *written],
        ["replay", name, "--quantity", f"dC/d{first.name}", "--format", "latex", *written],
        ["replay", name, "--quantity", f"{first.name}_new", "--format", "markdown", *written],
    ]


@pytest.mark.parametrize("name", TOLD)
def test_the_answers_about_a_scenario_are_these(
    name: str,
    snapshot: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = []
    for words in commands(name):
        code = main([*words, "--arithmetic", "float64"])
        out, _ = capsys.readouterr()
        text.append(f"$ chainstep {' '.join(words)}\n{out}({code})\n")
    snapshot(f"answers-{name}", "\n".join(text))
