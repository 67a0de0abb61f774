"""What the commands say about every scenario, as whole texts.

In double precision, and without what only the processor decides: where rounding parts units.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from chainstep.scenarios import dump, load, names
from chainstep.tui.command import main

#: What some of the answers are written in: one of these for a scenario, whichever.
NOTATED = ("n-a-w", "affine-softmax", "w1-w6", "code", "columns", "net-out", "brackets", "pytorch")
TOLD = [name for name in names() if name != "rounding-separates"]


NUMBERS = np.round(np.sin(np.arange(1.0, 200.0) ** 2), 2)


def numbers(rows: int, columns: int, first: int = 0) -> list[list[float]]:
    """Numbers of two decimals that follow no pattern."""
    found: list[list[float]] = (
        NUMBERS[first : first + rows * columns].reshape(rows, columns).tolist()
    )
    return found


#: What none of the scenarios has: many units and terms, other kinds of layers, dead units.
NETWORKS: dict[str, dict[str, Any]] = {
    "wide": {
        "data": {"inputs": numbers(13, 3), "targets": np.eye(5)[np.arange(13) % 5].tolist()},
        "network": {
            "bias": "separate",
            "layers": [
                {"units": 12, "activation": "tanh"},
                {"units": 5, "activation": "softmax"},
            ],
            "weights": [numbers(3, 12, 40), numbers(12, 5, 80)],
        },
        "loss": "cross-entropy",
        "reduction": "mean",
        "update": {"rule": "adam", "learning_rate": 0.05},
    },
    "kinds": {
        "data": {"inputs": numbers(6, 2), "targets": numbers(6, 1, 30)},
        "network": {
            "bias": "shared",
            "layers": [
                {"units": 4, "activation": "softplus"},
                {"kind": "batch-norm", "activation": "leaky-relu"},
                {"kind": "dropout", "rate": 0.5, "seed": 1},
                {"units": 1, "activation": "identity"},
            ],
            "weights": [numbers(2, 4, 40), numbers(4, 1, 50)],
        },
        "loss": "mean-squared-error",
        "penalty": {"strength": 0.1},
        "update": {"rule": "nesterov", "learning_rate": 0.05, "batch": 4, "weight_decay": 0.01},
    },
    "dead": {
        "data": {"inputs": numbers(3, 2), "targets": [[1, 0], [0, 1], [1, 1]]},
        "network": {
            "bias": "row",
            "frozen": ["b1"],
            "layers": [
                {"units": 3, "activation": "relu"},
                {"units": 4, "activation": "softmax"},
                {"units": 2, "activation": "sigmoid"},
            ],
            "weights": [
                [[-9, 0.1, 0.1], [0.5, 0.4, 0.4], [-0.3, 0.2, 0.2]],
                [[0, 0.1, 0.2, 0.1], [1, 0.5, -1, 0.5], [2, 0.3, 1, 0.3], [2, 0.3, 1, 0.3]],
                [[20, 0.1], [0, 1], [0, -1], [0, 0.5], [0, -1]],
            ],
        },
        "loss": "half-squared-error",
        "reduction": "mean",
        "update": {"rule": "momentum", "learning_rate": 1},
    },
}


def commands(name: str, notation: str) -> list[list[str]]:
    """A question of each kind, some of them in a notation."""
    program = load(name).program
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


def answers(asked: list[list[str]], capsys: pytest.CaptureFixture[str]) -> str:
    """The commands and what they answer, with their exit codes."""
    text = []
    for words in asked:
        code = main([*words, "--arithmetic", "float64"])
        out, _ = capsys.readouterr()
        text.append(f"$ chainstep {' '.join(words)}\n{out}({code})\n")
    return "\n".join(text)


@pytest.mark.parametrize("name", TOLD)
def test_the_answers_about_a_scenario_are_these(
    name: str,
    snapshot: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    notation = NOTATED[crc32(name.encode()) % len(NOTATED)]
    snapshot(f"answers-{name}", answers(commands(name, notation), capsys))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("notation", ["n-a-w", "columns", "net-out", "pytorch"])
def test_the_answers_about_other_networks_are_these(
    name: str,
    notation: str,
    tmp_path: Path,
    snapshot: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    recipe = NETWORKS[name] | {"title": name}
    Path(f"{name}.yaml").write_text(dump(recipe), encoding="utf-8")
    asked = commands(f"{name}.yaml", notation)
    kept = asked if notation == "n-a-w" else [words for words in asked if "--notation" in words]
    snapshot(f"answers-{name}-{notation}", answers(kept, capsys))
