"""How far a verdict can be trusted: right and wrong numbers of our own program, held by check.

    python -m bench.verdicts --sets 300 --seed 1

Every set is made by ``own_program``, which shares no line with the engine, and written down
with a number of digits. Counted are wrong sets that were called right, right ones that were
called wrong, and how often the mistake that was made is named first.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from time import process_time
from typing import Any, NamedTuple

import numpy as np

from bench.own_program import Array, Net, run
from chainstep.core.check.arrangement import Written
from chainstep.core.check.check_numbers import Check, check
from chainstep.core.setup import Layer, Setup

#: The mistakes that the program makes, and the names that check may give them.
SLIPS: dict[str, tuple[str, ...]] = {
    "forward-transposed": ("weights-not-transposed",),
    "backward-not-transposed": ("weights-not-transposed",),
    "gradient-transposed": ("gradient-transposed",),
    "updated-weights": ("updated-weights",),
    "error-not-delta": ("error-not-delta", "missing-output-slope", "missing-hidden-slope"),
    "slope-at-a": ("slope-of-activation",),
    "slope-fed-z": ("slope-fed-preactivation",),
    "slope-of-another": ("slope-of-another-activation",),
    "slope-negative": ("sign-flipped",),
    "output-slope-missing": ("missing-output-slope",),
    "hidden-slope-missing": ("missing-hidden-slope",),
    "slope-again": ("extra-output-slope",),
    "y-minus-a": ("sign-flipped",),
    "gradient-negative": ("sign-flipped",),
    "plus": ("sign-flipped",),
    "two-missing": ("factor-two",),
    "two-too-many": ("factor-two",),
    "gradient-doubled": ("factor-two",),
    "averaged": ("mean-for-sum",),
    "not-averaged": ("sum-for-mean",),
    "gradient-averaged": ("mean-for-sum",),
    "bias-averaged": ("mean-for-sum",),
    "last-observation": ("last-observation-only",),
    "bias-last-observation": ("bias-not-summed",),
    "bias-over-all": ("bias-wrong-axis",),
    "rate-missing": ("learning-rate-omitted",),
    "rate-twice": ("learning-rate-twice",),
    "weights-kept": ("weights-not-updated",),
    "biases-kept": ("bias-not-updated",),
    "activation-missing": ("activation-missing",),
    "bias-missing-forward": ("bias-missing",),
}


class Case(NamedTuple):
    """One set of numbers, what was done to it, and the network that it is held against."""

    kind: str
    setup: Setup
    written: list[Written]
    slips: tuple[str, ...] = ()


# ── networks ──────────────────────────────────────────────────────────────────────────────


def drawn_net(generator: np.random.Generator) -> Net:
    """A small network as people draw them up: few units, numbers of two decimals."""
    widths = generator.integers(1, 5, generator.integers(2, 5))
    m = int(generator.choice([1, 2, 2, 3, 4]))
    loss, last = [
        ("squared-error", "sigmoid"),
        ("half-squared-error", "sigmoid"),
        ("half-squared-error", "identity"),
        ("mean-squared-error", "tanh"),
        ("cross-entropy", "softmax"),
        ("binary-cross-entropy", "sigmoid"),
    ][generator.integers(6)]
    if last == "softmax":
        widths[-1] = max(2, widths[-1])
    hidden = [str(generator.choice(["sigmoid", "tanh", "relu"])) for _ in widths[1:-1]]
    y = generator.uniform(0.05, 0.95, (m, widths[-1])).round(2)
    if "entropy" in loss:
        y = np.eye(widths[-1])[generator.integers(0, widths[-1], m)]
        y = y if last == "softmax" else (generator.random((m, widths[-1])) < 0.5).astype(float)
    return Net(
        x=generator.uniform(-1, 1, (m, widths[0])).round(2),
        y=y,
        weights=tuple(generator.uniform(-1, 1, (a, b)).round(2) for a, b in pairwise(widths)),
        biases=tuple(generator.uniform(-1, 1, (1, b)).round(2) for b in widths[1:])
        if generator.random() < 0.7
        else None,
        activations=(*hidden, last),
        loss=loss,
        mean=bool(generator.random() < 0.4),
        rate=float(generator.choice([0.05, 0.1, 0.3, 0.5, 1.5])),
    )


def setup_of(net: Net) -> Setup:
    """The same network as the engine is given it."""
    return Setup(
        inputs=net.x,
        targets=net.y,
        layers=tuple(
            Layer(w.shape[1], name) for w, name in zip(net.weights, net.activations, strict=True)
        ),
        weights=net.weights,
        biases=net.biases or (),
        bias="none" if net.biases is None else "separate",
        loss=net.loss,
        reduction="mean" if net.mean else "sum",
        settings={"learning_rate": net.rate},
    )


# ── writing numbers down ──────────────────────────────────────────────────────────────────


class Style(NamedTuple):
    """So many decimals or significant digits, rounded or cut off."""

    decimals: int | None
    figures: int | None
    cut: bool = False

    def number(self, value: float) -> str:
        """The number as it is written."""
        if self.cut:
            return _cut(value, self.decimals or 4)
        if self.decimals is not None:
            return f"{value:.{self.decimals}f}"
        return _plain(value, self.figures or 4)

    def keep(self, _: str, value: Array) -> Array:
        """Every number of an array as it is written, and read again."""
        flat = [float(self.number(float(x))) for x in np.ravel(value)]
        return np.array(flat).reshape(np.shape(value))

    def texts(self, value: Array) -> np.ndarray[Any, np.dtype[np.str_]]:
        """An array as it is written."""
        flat = [self.number(float(x)) for x in np.ravel(value)]
        return np.array(flat, dtype="U40").reshape(np.shape(value))


def _plain(value: float, figures: int) -> str:
    rounded = float(f"{value:.{figures - 1}e}")
    if rounded == 0:
        return "0"
    places = figures - 1 - int(np.floor(np.log10(abs(rounded))))
    return f"{rounded:.{max(0, places)}f}"


def _cut(value: float, decimals: int) -> str:
    text = f"{value:.{decimals + 12}f}"
    return text[: len(text) - 12]


def drawn_style(generator: np.random.Generator, least: int = 1, most: int = 6) -> Style:
    """Decimals or significant digits."""
    count = int(generator.integers(least, most + 1))
    return Style(count, None) if generator.random() < 0.6 else Style(None, max(2, count))


Iterations = Mapping[int, Mapping[str, Array]]


def written(values: Iterations, style: Style | None) -> list[Written]:
    """Numbers as a file has them; a machine's own without a style."""
    found = []
    for iteration, quantities in values.items():
        for name, value in quantities.items():
            texts = (
                np.full(np.shape(value), "0", dtype="U40") if style is None else style.texts(value)
            )
            own = np.asarray(value) if style is None else None
            found.append(Written(name, iteration, name, texts, own))
    return found


def chosen(
    generator: np.random.Generator, runs: list[dict[str, Array]], *, every: bool = False
) -> dict[int, dict[str, Array]]:
    """Some of the quantities of some of the iterations, or all of them."""
    found: dict[int, dict[str, Array]] = {}
    shown = [i for i in range(1, len(runs) + 1) if every or generator.random() < 0.7] or [len(runs)]
    for i in shown:
        names = [n for n in runs[i - 1] if every or generator.random() < 0.5]
        names = names or [list(runs[i - 1])[int(generator.integers(len(runs[i - 1])))]]
        found[i] = {n: runs[i - 1][n] for n in names}
    return found


# ── right numbers ─────────────────────────────────────────────────────────────────────────


def right_cases(generator: np.random.Generator, count: int) -> Iterator[Case]:
    """Right numbers in every form that people write them in."""
    forms: list[Callable[[np.random.Generator, Net], Case]] = [
        _rounded, _by_hand, _by_hand_outputs, _columns, _units_first, _cut_off, _y_minus_a,
        _mean_at_gradient, _half_in_cost, _several, _single, _double,
    ]  # fmt: skip
    for n in range(count):
        net = drawn_net(generator)
        yield forms[n % len(forms)](generator, net)


def _finite(runs: list[dict[str, Array]]) -> bool:
    return all(np.isfinite(v).all() for one in runs for v in one.values())


def _rounded(generator: np.random.Generator, net: Net) -> Case:
    runs = run(net, int(generator.integers(1, 4)))
    numbers = written(chosen(generator, runs), drawn_style(generator, 1, 8))
    return Case("rounded", setup_of(net), numbers)


def _by_hand(generator: np.random.Generator, net: Net) -> Case:
    style = drawn_style(generator, 2, 5)
    only = {"z", "a", "d", "W", "b", "C"} if generator.random() < 0.5 else None

    def keep(name: str, value: Array) -> Array:
        if only is not None and (name[0] not in only or name.startswith("da")):
            return value
        return style.keep(name, value)

    runs = run(net, int(generator.integers(1, 3)), keep)
    return Case("by hand", setup_of(net), written(chosen(generator, runs), style))


def _by_hand_outputs(generator: np.random.Generator, net: Net) -> Case:
    style = drawn_style(generator, 2, 5)
    runs = run(net, 4, style.keep)
    last = f"a{len(net.weights)}"
    numbers = {i: {n: runs[i - 1][n] for n in (last, "C")} for i in (2, 3, 4)}
    return Case("outputs after updates, by hand", setup_of(net), written(numbers, style))


def _turned(values: Iterations, *, data: bool, weights: bool) -> dict[int, dict[str, Array]]:
    def turn(name: str, value: Array) -> Array:
        of_weights = "W" in name
        return value.T if np.ndim(value) == 2 and (weights if of_weights else data) else value

    return {i: {n: turn(n, v) for n, v in some.items()} for i, some in values.items()}


def _columns(generator: np.random.Generator, net: Net) -> Case:
    values = _turned(chosen(generator, run(net, 2), every=True), data=True, weights=True)
    return Case("columns", setup_of(net), written(values, drawn_style(generator, 3, 6)))


def _units_first(generator: np.random.Generator, net: Net) -> Case:
    values = _turned(chosen(generator, run(net, 2), every=True), data=False, weights=True)
    return Case("units × inputs", setup_of(net), written(values, drawn_style(generator, 3, 6)))


def _cut_off(generator: np.random.Generator, net: Net) -> Case:
    style = Style(int(generator.integers(2, 7)), None, cut=True)
    return Case("cut off", setup_of(net), written(chosen(generator, run(net, 2)), style))


def _scaled(values: Iterations, factor: Callable[[str], float]) -> dict[int, dict[str, Array]]:
    return {i: {n: v * factor(n) for n, v in some.items()} for i, some in values.items()}


def _is_before(name: str) -> bool:
    return name.startswith(("delta", "dC/da"))


def _y_minus_a(generator: np.random.Generator, net: Net) -> Case:
    too = generator.random() < 0.5
    values = chosen(generator, run(net, 1), every=True)
    values = _scaled(
        values,
        lambda n: -1.0 if _is_before(n) or (too and n.startswith(("dC/dW", "dC/db"))) else 1.0,
    )
    values = {i: {n: v for n, v in s.items() if "change" not in n} for i, s in values.items()}
    return Case("y − a", setup_of(net), written(values, drawn_style(generator, 4, 7)))


def _mean_at_gradient(generator: np.random.Generator, net: Net) -> Case:
    net = replace(net, mean=True)
    values = _scaled(
        chosen(generator, run(net, 1), every=True),
        lambda n: float(len(net.x)) if _is_before(n) else 1.0,
    )
    return Case("1/m at the gradient", setup_of(net), written(values, drawn_style(generator, 4, 7)))


def _half_in_cost(generator: np.random.Generator, net: Net) -> Case:
    loss = str(generator.choice(["squared-error", "half-squared-error"]))
    net = replace(net, loss=loss, activations=(*net.activations[:-1], "sigmoid"))
    factor = 0.5 if loss == "squared-error" else 2.0
    values = _scaled(
        chosen(generator, run(net, 1), every=True), lambda n: factor if n == "C" else 1.0
    )
    return Case("½ in the cost", setup_of(net), written(values, drawn_style(generator, 4, 7)))


def _several(generator: np.random.Generator, net: Net) -> Case:
    net = replace(net, mean=True)
    values = _scaled(
        chosen(generator, run(net, 1), every=True),
        lambda n: -float(len(net.x)) if _is_before(n) else 1.0,
    )
    values = _turned(values, data=True, weights=True)
    style = drawn_style(generator, 4, 7)
    return Case("columns, y − a, 1/m at the gradient", setup_of(net), written(values, style))


def _single(generator: np.random.Generator, net: Net) -> Case:
    net32 = replace(
        net,
        x=net.x.astype(np.float32),
        y=net.y.astype(np.float32),
        weights=tuple(w.astype(np.float32) for w in net.weights),
        biases=None if net.biases is None else tuple(b.astype(np.float32) for b in net.biases),
    )
    runs = run(net32, 2, lambda _, v: np.asarray(v, dtype=np.float32))
    return Case("single precision", setup_of(net), written(chosen(generator, runs), None))


def _double(generator: np.random.Generator, net: Net) -> Case:
    return Case("double precision", setup_of(net), written(chosen(generator, run(net, 3)), None))


# ── wrong numbers ─────────────────────────────────────────────────────────────────────────


def wrong_cases(generator: np.random.Generator, count: int) -> Iterator[Case]:
    """Wrong numbers of few digits, each set visibly off."""
    made = 0
    while made < count:
        net = drawn_net(generator)
        style = drawn_style(generator, 1, 4)
        kind = ["a number changed", "a quantity times", "a mistake", "a loss curve"][made % 4]
        right = run(net, 3 if kind == "a loss curve" else 1)
        wrong = _spoiled(generator, net, right, kind)
        if wrong is None or not _finite(wrong) or not _finite(right):
            continue
        names = (
            ["C"] if kind == "a loss curve" else [n for n in wrong[0] if generator.random() < 0.6]
        )
        values = {i: {n: one[n] for n in names if n in one} for i, one in enumerate(wrong, start=1)}
        values = {i: some for i, some in values.items() if some}
        if _visibly_off(values, right, style):
            made += 1
            yield Case(kind, setup_of(net), written(values, style))


def _spoiled(
    generator: np.random.Generator, net: Net, right: list[dict[str, Array]], kind: str
) -> list[dict[str, Array]] | None:
    found = [dict(one) for one in right]
    name = str(generator.choice([n for n in right[0] if n != "C" or kind == "a number changed"]))
    if kind == "a number changed":
        value = np.array(found[0][name], dtype=float)
        place = tuple(int(generator.integers(n)) for n in value.shape)
        value[place] += float(generator.choice([-1, 1])) * float(generator.uniform(0.05, 1))
        found[0][name] = value
        return found
    if kind == "a quantity times":
        found[0][name] = found[0][name] * float(generator.choice([-1, 2, 0.5, 3, -2]))
        return found
    slip = str(generator.choice(list(SLIPS)))
    return run(replace(net, slips={slip: None}), len(right))


def _visibly_off(values: Iterations, right: list[dict[str, Array]], style: Style) -> bool:
    """Whether a number lies so far off that no rounding at all its steps brings it there."""
    for i, some in values.items():
        for name, value in some.items():
            expected = np.asarray(right[i - 1][name])
            unit = (
                10.0**-style.decimals
                if style.decimals is not None
                else 10.0
                ** (np.floor(np.log10(np.abs(expected) + 1e-300)) + 1 - (style.figures or 4))
            )
            away = np.abs(style.keep(name, np.asarray(value)) - expected)
            if (away > 6 * unit + 0.2 * np.abs(expected)).any():
                return True
    return False


# ── named mistakes ────────────────────────────────────────────────────────────────────────


def slip_cases(generator: np.random.Generator, count: int, together: int) -> Iterator[Case]:
    """One mistake, or two together, and everything written down with enough digits."""
    made = 0
    while made < count:
        net = drawn_net(generator)
        slips = [str(s) for s in generator.choice(list(SLIPS), together, replace=False)]
        layers = {
            s: None
            if generator.random() < 0.6
            else int(generator.integers(1, len(net.weights) + 1))
            for s in slips
        }
        right, wrong = run(net, 2), run(replace(net, slips=layers), 2)
        if not _finite(right) or not _finite(wrong):
            continue
        alone = [run(replace(net, slips={s: layers[s]}), 2) for s in slips]
        if any(_alike(one, right) or (together > 1 and _alike(one, wrong)) for one in alone):
            continue
        made += 1
        values = dict(enumerate(wrong, start=1))
        numbers = written(values, Style(None, int(generator.integers(7, 11))))
        yield Case(" + ".join(slips), setup_of(net), numbers, tuple(slips))


def _alike(first: list[dict[str, Array]], second: list[dict[str, Array]]) -> bool:
    return all(
        a.keys() == b.keys() and all(np.allclose(a[n], b[n], rtol=1e-7, atol=1e-12) for n in a)
        for a, b in zip(first, second, strict=True)
    )


# ── measuring ─────────────────────────────────────────────────────────────────────────────


class Measured(NamedTuple):
    """What came of a kind of sets: how many verdicts of each, and the longest time."""

    title: str
    counts: Counter[str]
    worst: list[str]
    seconds: float


def _verdicts(title: str, cases: Iterator[Case], bad: Callable[[Case, Check], str]) -> Measured:
    counts: Counter[str] = Counter()
    worst, longest = [], 0.0
    for number, case in enumerate(cases):
        with np.errstate(all="ignore"):
            began = process_time()
            found = check(case.setup, case.written)
            longest = max(longest, process_time() - began)
        outcome = bad(case, found)
        counts[outcome or found.verdict.word] += 1
        if outcome.isupper():
            worst.append(
                f"{number}: {case.kind}: {found.verdict.word}, {', '.join(found.mistakes)}"
            )
    return Measured(title, counts, worst, longest)


def _right(_: Case, found: Check) -> str:
    return "ACCUSED" if found.verdict.exit_code == 1 else ""


def _wrong(_: Case, found: Check) -> str:
    return "PASSED" if found.verdict.exit_code == 0 else ""


def _named(case: Case, found: Check) -> str:
    names = set(found.mistakes[: len(case.slips)])
    hit = all(names & set(SLIPS[slip]) for slip in case.slips)
    told = all(set(found.mistakes) & set(SLIPS[slip]) for slip in case.slips)
    return "named first" if hit else "named" if told else "NOT NAMED"


def measured(sets: int, seed: int, kinds: str = "rwsp") -> Iterator[Measured]:
    """All of it, kind by kind: right, wrong, a single mistake, a pair."""

    def drawn(n: int) -> np.random.Generator:
        return np.random.default_rng([seed, n])

    if "r" in kinds:
        yield _verdicts("right numbers", right_cases(drawn(1), sets), _right)
    if "w" in kinds:
        yield _verdicts("wrong numbers", wrong_cases(drawn(2), sets), _wrong)
    if "s" in kinds:
        yield _verdicts("one mistake", slip_cases(drawn(3), sets, 1), _named)
    if "p" in kinds:
        yield _verdicts("two mistakes", slip_cases(drawn(4), sets, 2), _named)


def main(words: list[str] | None = None) -> int:
    """Measures, and prints the counts; 1 where a wrong set passed or a right one was accused."""
    parser = argparse.ArgumentParser(prog="python -m bench.verdicts", description=__doc__)
    parser.add_argument("--sets", type=int, default=300, help="of each kind (300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="rwsp", help="of r(ight) w(rong) s(ingle) p(air)")
    parser.add_argument("--show", type=int, default=8, help="so many of the failures (8)")
    options = parser.parse_args(words)
    failed = 0
    for one in measured(options.sets, options.seed, options.kinds):
        counts = ", ".join(f"{word} {count}" for word, count in sorted(one.counts.items()))
        print(f"{one.title}: {counts}; at most {one.seconds:.2f} s", flush=True)  # noqa: T201
        for line in one.worst[: options.show]:
            print(f"  {line}")  # noqa: T201
        failed += one.counts["ACCUSED"] + one.counts["PASSED"]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
