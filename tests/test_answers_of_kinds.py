"""What the commands say about networks of every kind, a question of every kind, as whole texts."""

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from chainstep.core.program import Program
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import dump, load
from tests.test_answers import NETWORKS, answers, numbers

_EQUAL = [[0.3, 0.3, -0.5, -0.5], [0.7, 0.7, 0.1, 0.1]]
_ALIKE = [[0.2, 0.2, 0.9, 0.9]] * 2 + [[-0.4, -0.4, 0.6, 0.6]] * 2

KINDS: dict[str, dict[str, Any]] = {
    **NETWORKS,
    "groups": {
        "data": {"inputs": numbers(4, 2), "targets": numbers(4, 1, 20)},
        "network": {
            "bias": "separate",
            "layers": [
                *({"units": 4, "activation": "tanh"} for _ in range(3)),
                {"units": 1, "activation": "identity"},
            ],
            "weights": [_EQUAL, _ALIKE, _ALIKE, [[0.5]] * 2 + [[-0.25]] * 2],
        },
        "loss": "squared-error",
        "reduction": "mean",
        "update": {"rule": "momentum", "learning_rate": 0.05},
    },
    "one-layer": {
        "data": {"inputs": [[0.5, -1, 2]], "targets": [[1, 0, 1]]},
        "network": {
            "bias": "none",
            "layers": [{"units": 3, "activation": "sigmoid"}],
            "weights": {"fill": 0.5},
        },
        "loss": "binary-cross-entropy",
        "update": {"rule": "rmsprop", "learning_rate": 0.1},
    },
    "saturated": {
        "data": {"inputs": numbers(3, 2), "targets": [[1, 0], [0, 1], [1, 1]]},
        "network": {
            "bias": "row",
            "layers": [
                {"units": 3, "activation": "sigmoid"},
                {"units": 2, "activation": "sigmoid"},
            ],
            "weights": [
                [[60, 0.1, -60], [0.5, 0.4, 0.4], [-0.3, 0.2, 0.2]],
                [[40, 0.1], [1, 0.5], [2, 0.3], [2, 0.3]],
            ],
        },
        "loss": "squared-error",
        "reduction": "mean",
        "penalty": {"strength": 0.1, "half": True, "per_observation": True},
        "update": {"rule": "gradient-descent", "learning_rate": 0.5},
    },
    "out-of-range": {
        "data": {"inputs": numbers(3, 2), "targets": numbers(3, 1, 10)},
        "network": {
            "bias": "separate",
            "layers": [
                {"units": 2, "activation": "relu"},
                {"units": 1, "activation": "identity"},
            ],
            "weights": [[[1, 2], [3, 4]], [[5], [6]]],
        },
        "loss": "half-squared-error",
        "update": {"rule": "gradient-descent", "learning_rate": 1e120},
    },
}

Asked = Iterator[list[str]]


def _turn(path: str) -> int:
    return list(KINDS).index(path.removesuffix(".yaml"))


def about_numbers(name: str, program: Program) -> Asked:
    """The last number of every third quantity, soon or late, with all that is told."""
    extras = cycle([[], ["--symbols"], ["--paths"], ["--iteration", "2"], ["--most", "3"]])
    quantities = list(program.quantities.values())[_turn(name) % 3 :: 3]
    for quantity, extra in zip(quantities, extras, strict=False):
        entry = ".".join([quantity.name, *(str(size - 1) for size in quantity.shape)])
        yield ["why", name, entry, *extra, *(["--paths"] if "--most" in extra else [])]
    yield ["why", name, f"{program.parameters[-1].name}.0.0", "--nudge"]


def about_pairs(name: str, program: Program) -> Asked:
    """Two numbers of some matrices: the first and the last, or two that stand side by side."""
    looks = cycle([[], ["--iteration", "3"], ["--notation", "n-a-w"]])
    matrices = [q for q in program.quantities.values() if len(q.shape) == 2 and q.size > 1]
    for n, (quantity, look) in enumerate(zip(matrices[_turn(name) % 5 :: 5], looks, strict=False)):
        last = ".".join(str(size - 1) for size in quantity.shape)
        beside = "0.1" if quantity.shape[1] > 1 else "1.0"
        other = f"{quantity.name}.{last if n % 2 else beside}"
        yield ["why", name, f"{quantity.name}.0.0", other, *look]


def about_the_network(name: str, program: Program) -> Asked:
    """The whole network, soon and late, in its names and a page's, as it is and with mistakes."""
    yield ["why", name, "--iterations", "9"]
    yield ["why", name, "--iterations", "40", "--iteration", "3", "--notation", "columns"]
    yield ["why", name, "--questions"]
    yield ["why", name, "--questions", "--notation", "brackets", "--iteration", "2"]
    yield ["why", name, "--iterations", "5", "--mistake", "slope-of-activation"]
    yield ["compare", name, "--learning-rate", "0.1,0.2", "--iterations", "12"]
    yield ["compare", name, "--reduction", "sum,mean", "--iterations", "30", "--until", "C < 0.5"]
    assert program.depth


def in_looks(name: str, program: Program) -> Asked:
    """The steps as tables of every kind, of some layers, phases and quantities."""
    last = f"{program.depth}"
    yield ["replay", name, "--table", "open", "--digits", "4", "--layer", last]
    yield ["replay", name, "--table", "list", "--layer", last, "--lines", "formula,axes,numbers"]
    yield ["replay", name, "--iterations", "3", "--show", "2-3", "--quantity", "C", "--digits", "3"]
    yield ["replay", name, "--mistake", "slope-of-activation", "--layer", last, "--iterations", "2"]
    named = cycle(NOTATIONS)
    for k in range(1, program.depth + 1):
        for phase in ("forward", "backward"):
            look = [
                "--notation",
                next(named),
                "--lines",
                "formula,meaning,chain,remarks,derivation",
            ]
            yield ["replay", name, "--layer", str(k), "--phase", phase, *look]


def in_files(name: str, program: Program) -> Asked:
    """Every format that somebody reads or runs."""
    entry = f"{program.parameters[0].name}.0.0"
    for kind in ("markdown", "markdown-text", "latex", "html"):
        yield ["replay", name, "--format", kind, "--quantity", "a1", "--quantity", "dC/dW1"]
    for kind in ("numpy", "pytorch"):
        yield ["replay", name, "--format", kind]
    yield ["why", name, entry, "--format", "markdown"]
    yield ["why", name, entry, "--format", "html"]


#: What is asked about which networks: each kind of question of two or three.
ASKED = {
    about_numbers: ("kinds", "saturated"),
    about_pairs: ("kinds", "saturated"),
    about_the_network: ("groups", "saturated", "one-layer", "out-of-range"),
    in_looks: ("kinds",),
    in_files: ("one-layer",),
}


@pytest.mark.parametrize(
    ("group", "name"),
    [
        pytest.param(group, name, id=f"{group.__name__}-{name}")
        for group, several in ASKED.items()
        for name in several
    ],
)
def test_the_answers_about_a_kind_of_network_are_these(
    group: Callable[[str, Program], Asked],
    name: str,
    tmp_path: Path,
    snapshot: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    path = f"{name}.yaml"
    Path(path).write_text(dump(KINDS[name] | {"title": name}), encoding="utf-8")
    asked = list(group(path, load(path).program))
    snapshot(f"answers-{name}-{group.__name__.replace('_', '-')}", answers(asked, capsys))
