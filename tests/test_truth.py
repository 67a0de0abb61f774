"""Sentences of why, held against an independent network in long double and its later iterations."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep.core.quantities import Entry
from chainstep.core.why.question import Answer, why
from chainstep.scenarios import load
from tests.independent import Array, as_yaml, random_scenario, run

AHEAD = 25
SEEDS = range(100, 112)
UNITS = re.compile(r"units? ([\d, and–]+) of layer (\d+)")


class World:
    """A scenario as a file, and what the independent network says of it."""

    def __init__(self, seed: int, folder: Path) -> None:
        scenario = random_scenario(seed)
        path = folder / "network.yaml"
        path.write_text(as_yaml(scenario), encoding="utf-8")
        self.scenario = load(path)
        self.later = [n for n in run(scenario, AHEAD) if _finite(n)]
        self.now = self.later[0]
        self.depth = len(scenario["network"]["layers"])
        self.rng = np.random.default_rng(seed)

    def pair(self) -> tuple[Entry, Entry]:
        """Two entries of one quantity, often equal ones."""
        names = sorted(name for name, value in self.now.items() if np.ndim(value) == 2)
        name = str(self.rng.choice(names))
        value = self.now[name]
        places = list(np.ndindex(*value.shape))
        one = places[int(self.rng.integers(len(places)))]
        equal = [at for at in places if at != one and value[at] == value[one]]
        chosen = equal if equal and self.rng.random() < 0.7 else places
        return Entry(name, one), Entry(name, chosen[int(self.rng.integers(len(chosen)))])


def _finite(numbers: dict[str, Array]) -> bool:
    return all(np.isfinite(np.asarray(value, float)).all() for value in numbers.values())


@pytest.fixture(params=SEEDS, ids=lambda seed: f"network {seed}")
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return World(request.param, tmp_path)


def _said(answer: Answer) -> str:
    return " ".join(answer.text().split())


def _values(numbers: dict[str, Array], one: Entry, other: Entry) -> tuple[float, float, float]:
    name = one.quantity if one.quantity[0] not in "Wb" or "_" in one.quantity else (
        f"dC/d{one.quantity}")  # fmt: skip
    array = numbers[name]
    return float(array[one.position]), float(array[other.position]), float(np.abs(array).max())


def test_what_is_said_to_stay_equal_stays_equal_and_what_is_chance_parts(world: World) -> None:
    for _ in range(12):
        one, other = world.pair()
        if one == other:
            continue
        said = _said(why(world.scenario, one, other))
        seen = [_values(numbers, one, other) for numbers in world.later]
        apart = [abs(a - b) > 1e-11 * (size + 1e-300) for a, b, size in seen]
        if "by structure" in said or "neither ever changes" in said:
            assert not any(apart), said
        if "neither ever changes" in said:
            assert all(abs(a - seen[0][0]) <= 1e-11 * (size + 1e-300) for a, _, size in seen), said
        if parted := re.search(r"by chance: at iteration (\d+) they are", said):
            a, b, _ = seen[int(parted[1]) - 1]
            assert a != b, said
        if " differ" in said and "equal" not in said:
            assert seen[0][0] != seen[0][1], said


def test_identical_units_do_the_same_in_every_later_iteration(world: World) -> None:
    text = why(world.scenario, iterations=20).text()
    section = text.split("IDENTICAL UNITS\n")[1].split("\n\n")[0]
    for listed, layer in UNITS.findall(section):
        numbers = [int(each) for each in re.findall(r"\d+", listed)]
        units = list(range(numbers[0], numbers[-1] + 1)) if "–" in listed else numbers
        for later in world.later:
            for name in (f"a{layer}", f"delta{layer}"):
                columns = later[name][:, units]
                size = np.abs(later[name]).max() + 1e-300
                assert np.abs(columns - columns[:, :1]).max() <= 1e-9 * size, section


def test_units_that_get_nothing_back_have_no_delta_and_the_others_some(world: World) -> None:
    text = why(world.scenario, iterations=20).text()
    section = text.split("UNITS THAT GET NOTHING BACK\n")[1].split("\n\n")[0]
    silent = {
        (k, unit)
        for k in range(1, world.depth + 1)
        for unit in range(world.now[f"delta{k}"].shape[1])
        if not world.now[f"delta{k}"][:, unit].any()
    }
    if "every unit gets something back" in section:
        assert not silent
    for listed, layer in UNITS.findall(section):
        for unit in map(int, re.findall(r"\d+", listed)):
            delta = np.abs(world.now[f"delta{layer}"])
            outputs = world.now[f"a{world.depth}"]
            above: Any = world.now.get(f"delta{int(layer) + 1}", outputs)
            judged = max(delta.max(), np.abs(above).max())
            assert delta[:, unit].max() <= 1e-5 * judged, section


def test_the_digits_of_a_sum_add_up_or_are_said_to_be_rounded(world: World) -> None:
    for k in range(1, world.depth + 1):
        text = why(world.scenario, Entry(f"dC/dW{k}", (0, 0))).text()
        lines = text.splitlines()
        rule = next((n for n, line in enumerate(lines) if re.fullmatch(r" +-+", line)), None)
        if rule is None or "rounded" in text:
            continue
        parts = [line.split()[-1] for line in lines[:rule] if re.match(r"  (obs|\d+ more)", line)]
        assert sum(map(Decimal, parts)) == Decimal(lines[rule + 1].split()[-1]), text
