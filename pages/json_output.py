"""The page of what --json prints: every key of real output, with its kind and its meaning."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from chainstep.tui.command import main

ROOT = Path(__file__).parent.parent

_HEAD = """\
# JSON

`list`, `check`, `why`, `compare` and `watch` print their answer as JSON with `--json`; `replay
--json` prints JSON lines, one object a line, as `--format jsonl` does. Keys are not taken away or
given another meaning without a new major version; new ones may come. Numbers read back exactly.
What is not finite is one of the texts `"NaN"`, `"Infinity"`, `"-Infinity"`. Quantities have the
engine's names, entries count rows and columns from 0. `[]` behind a key is a list, each of whose
items has the keys that follow. What depends on the question is there when it was asked for.

    chainstep check same-weights mine.yaml --json | jq -r .first.quantity
"""

#: Each command: what it prints of, the lines that are run for it, and what each key means.
PRINTED: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "list": (
        ("list",),
        {
            "[].name": "the name, which every command takes",
            "[].title": "the title of the scenario",
            "[].question": "the question that the gallery asks",
        },
    ),
    "check SCENARIO NUMBERS": (
        (
            "check same-weights docs/examples/mine.yaml",
            "check one-neuron tests/numbers/doubled.yaml",
            "check one-neuron tests/numbers/few-digits.yaml",
        ),
        {
            "verdict": "of all of them: `right`, `right-as-rounded`, `cannot-tell`, `wrong`",
            "numbers[].quantity": "whose number it is",
            "numbers[].at.iteration": "of which iteration, from 1",
            "numbers[].entry": "its row and column",
            "numbers[].verdict": "`right`, `right-as-rounded`, `follows`, `same-mistake`, "
            "`cannot-tell` or `wrong`; the page of verdicts says what each means",
            "numbers[].expected": "what the engine has",
            "numbers[].found": "what you have",
            "numbers[].rounding_gives": "of `cannot-tell`: between what rounding alone leads",
            "first.quantity": "the first wrong one, in the order of computing; `first` is null "
            "where there is none",
            "first.at.iteration": "its iteration",
            "first.entry": "its row and column",
            "first.verdict": "`wrong`",
            "first.expected": "what the engine has there",
            "first.found": "what you have there",
            "ratio": "yours over the right ones, where all of the quantity have one ratio",
            "mistakes[].id": "a mistake of the catalogue that gives your numbers",
            "mistakes[].digits": "to how many of your digits",
            "mistakes[].formula": "what it computes",
            "mistakes[].right": "what belongs there",
            "mistakes[].layers": "the layers in which it is made",
            "confusable": "lists of mistakes that cannot be told apart by these numbers",
            "searched_to_the_end": "false where the search was given up after so many trials",
            "arithmetic": "the arithmetic of the scenario",
            "layout": "how your arrays lie: observations as rows or columns",
            "conventions": "what you write in another way than the engine, in words",
            "meant": "in what way the scenario may have been meant otherwise, in words",
            "cut_off": "whether your numbers are cut off where others round",
        },
    ),
    "check SCENARIO": (
        ("check same-weights", "check two-neurons"),
        {
            "scenario": "its name",
            "verdict": "of all its claims",
            "holds": "whether they are as the scenario says: known to be wrong counts as held",
            "numbers[].quantity": "whose number it is",
            "numbers[].at.iteration": "of which iteration",
            "numbers[].entry": "its row and column",
            "numbers[].verdict": "of this number",
            "numbers[].expected": "what the engine has",
            "numbers[].found": "what the page prints, as a number",
            "numbers[].printed": "and as it is printed",
            "numbers[].holds": "whether it is as the scenario says",
        },
    ),
    "why SCENARIO": (
        (
            "why same-weights --iterations 100",
            "why dead-relu --iterations 100",
            "why exploding-gradients --iterations 100",
            "why rounding-separates --iterations 20",
        ),
        {
            "iteration": "the iteration that is looked at",
            "groups[].layer": "a layer with units that are one",
            "groups[].units": "which units of it, from 0",
            "dead[].layer": "a layer with units that get nothing back",
            "dead[].units": "which units of it",
            "dead[].cause": "what stops it: `relu`, `saturated`, `small`, `zero-weights-above`, "
            "`cancels`, `zero-error`, `nothing-from-above` or `mixed`",
            "dead[].because": "the same in words",
            "dead[].exactly": "whether it is exactly nothing",
            "spread.first": "the network was run from this iteration",
            "spread.last": "to this one",
            "spread.since": "where equal units parted through rounding; null where they did not",
            "spread.products": "how products were summed: `blas` or `ordered`",
            "spread.iterations": "at these iterations it was looked at",
            "spread.costs": "the cost at each",
            "spread.largest": "the largest difference inside a group at each",
            "spread.groups": "the same for each group",
            "out_of_range.iteration": "where a number was first not finite; `out_of_range` is "
            "null where all are",
            "out_of_range.step": "at which step",
            "out_of_range.quantity": "in which quantity",
        },
    ),
    "why SCENARIO ENTRY": (
        (
            "why same-weights dC/dW1.0.0 --paths --nudge --symbols",
            "why same-weights a3.0.0",
            "why two-neurons w1",
        ),
        {
            "entry": "the number that was asked for; of a weight it is its derivative",
            "value": "the number",
            "terms[].observation": "one summand: of which observation",
            "terms[].factors[].quantity": "its factors along the chain",
            "terms[].factors[].entry": "which entry of each",
            "terms[].factors[].value": "and its number",
            "terms[].product": "their product",
            "operands[].quantity": "what a number of the forward phase is computed from",
            "operands[].entry": "which entry",
            "operands[].value": "and its number",
            "path_count": "how many paths lead from it to the cost",
            "paths[].observation": "a path, with `--paths`: of which observation",
            "paths[].factors[].quantity": "its factors",
            "paths[].factors[].entry": "which entry of each",
            "paths[].factors[].value": "and its number",
            "paths[].product": "their product",
            "rest.count": "how many paths are not shown",
            "rest.sum": "what they add up to",
            "sum_of_sizes": "the sum of the sizes of all paths",
            "nudge.value": "the same derivative by moving the weight, with `--nudge`",
            "nudge.step": "how far it was moved",
            "nudge.accuracy": "how exact that can be",
            "nudge.agrees": "whether the two are the same within it",
            "symbols": "the number in letters, with `--symbols`",
        },
    ),
    "why SCENARIO ENTRY ENTRY": (
        (
            "why two-neurons w1 w3",
            "why same-weights W1.0.0 W1.0.1",
            "why hidden-zeros W1.0.0 W1.1.0",
            "why exploding-gradients W1.0.0 W1.1.0 --iteration 50",
            "why xor-online W1.0.0 W1.1.0 --iteration 50",
        ),
        {
            "entries": "the two numbers",
            "values": "what they are",
            "equal": "whether they are the same bits",
            "by": "`structure` where they have to be the same, `chance` where they are by chance, "
            "`unknown` where that cannot be told; null where they are not the same",
            "because[].quantity": "a factor that differs",
            "because[].entries": "which entries of it",
            "because[].values": "and their numbers; null where one has no such factor",
            "because[].causes[].quantity": "what was given that makes it differ",
            "because[].causes[].entries": "which entries of it",
            "because[].causes[].values": "and their numbers",
            "although[].quantity": "of two that are the same: a factor that differs all the same",
            "although[].entries": "which entries of it",
            "although[].values": "and their numbers",
            "although[].causes[].quantity": "what was given that makes it differ",
            "although[].causes[].entries": "which entries of it",
            "although[].causes[].values": "and their numbers",
            "later.until": "of two that are the same by chance: the iteration up to which they "
            "were followed",
            "later.parted": "where they parted; null where they did not",
            "later.apart": "how far apart they are then",
            "rounding.apart": "of two that only rounding tells apart: how far",
            "rounding.since": "since which iteration",
        },
    ),
    "why SCENARIO --questions": (
        ("why two-neurons --questions",),
        {"questions.…": "each question that learners ask of this network, with its answer"},
    ),
    "compare": (
        (
            "compare same-weights-random --seed 1,2 --iterations 20",
            "compare same-weights-random --seed 1,2 --iterations 20 --until C<0.59",
        ),
        {
            "scenario": "its name",
            "until": "the condition, with `--until`; else null",
            "limit": "iterations at most",
            "backend": "what ran it: `numpy` or `numba`",
            "variants[].changes.…": "what this variant changes, by its option",
            "variants[].ended": "`condition`, `iterations` or `not finite`",
            "variants[].iteration": "where it ended",
            "variants[].first_cost": "the cost of iteration 1",
            "variants[].cost": "the cost of the last",
            "variants[].lowest_cost": "the lowest on the way",
            "variants[].hidden_units": "how many units each hidden layer has",
            "variants[].distinct_hidden_units": "and how many that differ, at the end",
            "variants[].cost_curve": "[first iteration, last, lowest cost, highest cost] of each "
            "stretch",
        },
    ),
    "watch": (
        (
            "watch docs/examples/train.py",
            "watch tests/numbers/doubled.py",
            "watch tests/numbers/raises.py",
        ),
        {
            "program": "the file",
            "verdict": "`right`, `wrong`, `cannot tell` …",
            "network": "the network in words; empty where it is no chain of layers",
            "cost": "which cost it goes along",
            "facts": "what else was found: observations, the rate",
            "iterations": "how many rounds of updates were watched",
            "parameters": "the variables that learn",
            "lines[].line": "a line of the program",
            "lines[].place": "the same, with its file where it is another one",
            "lines[].code": "its text",
            "lines[].is": "which quantity it computes, with its sign",
            "lines[].verdict": "`right`, `on the way`, `WRONG` or `follows`",
            "lines[].note": "what there is to say of it",
            "first.line": "the first wrong line; `first` is null where there is none",
            "first.place": "the same as people find it: in a notebook cell:line",
            "first.file": "its file, where it is another one",
            "first.where": "the same in words: line 23",
            "first.code": "its text",
            "first.quantity": "what it should compute",
            "first.entry": "the entry that is shown",
            "first.you": "what the program has",
            "first.expected": "what belongs there",
            "first.ratio": "the program's over the right ones, where all have one ratio",
            "first.iteration": "in which round of updates",
            "mistakes[].id": "a mistake of the catalogue that this is",
            "mistakes[].says": "what is wrong, with the program's own names",
            "mistakes[].mend": "and how it is mended",
            "mistakes[].line": "in which line",
            "crash.error": "what it raised; `crash` is null where it raised nothing",
            "crash.line": "in which line",
            "crash.code": "the text of it",
            "crash.says": "what there is to say of it: the axes of its arrays",
            "crash.id": "a mistake of the catalogue that it may be",
            "crash.mend": "and how it is mended",
            "notes": "what else there is to say",
        },
    ),
    "replay": (
        ("replay one-neuron",),
        {
            "scenario": "in the first line: its name",
            "layers[].units": "in the first line: each layer",
            "layers[].activation": "and its activation",
            "bias": "in the first line: `none`, `row`, `separate` or `shared`",
            "loss": "in the first line: the loss",
            "reduction": "in the first line: `sum` or `mean`",
            "learning_rate": "in the first line: the learning rate",
            "arithmetic": "in the first line: `float64` or `float32`",
            "inputs": "in the first line: the data",
            "targets": "in the first line: the targets",
            "state.…": "in the first line: weights, biases and what the rule remembers, before "
            "the first step that is printed",
            "iteration": "in each further line: the iteration of a step",
            "step": "its number in it",
            "phase": "`forward`, `backward` or `update`",
            "layer": "its layer; null at the cost",
            "quantity": "what it computes",
            "value": "the array",
            "axes": "what its axes are",
            "operands": "what it is computed from",
            "formula": "and how",
        },
    ),
}


def page() -> str:
    """The page as Markdown.

    Raises: KeyError where something is printed that no key here explains.
    """
    return "\n".join([_HEAD, *(_section(name) for name in PRINTED)])


def _section(name: str) -> str:
    lines, meanings = PRINTED[name]
    kinds: dict[str, list[str]] = {key: [] for key in meanings}
    for line in lines:
        for key, value in (pair for one in printed(line) for pair in keys_of(one)):
            own = _explained(key, value, kinds)
            if own and (kind := _kind(value)) not in kinds[own]:
                kinds[own].append(kind)
    rows = [f"| `{key}` | {' or '.join(found)} | {meanings[key]} |" for key, found in kinds.items()]
    runs = "".join(f"    chainstep {line} --json\n" for line in lines[:1])
    return "\n".join([f"## {name}\n\n{runs}", "| key | is | means |", "|---|---|---|", *rows, ""])


def _explained(key: str, value: Any, meanings: Iterable[str]) -> str:
    """The key that explains this one: ``state.…`` does ``state.W1``; "" where nothing is there.

    Raises: KeyError where none does.
    """
    for known in meanings:
        if key == known or (known.endswith(".…") and key.startswith(known[:-1])):
            return known
        if not value and known.startswith((f"{key}[].", f"{key}.")):
            return ""
    raise KeyError(key)


def printed(line: str) -> list[Any]:
    """What a command prints with --json: one object, or one for each of its lines."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        main([*(_placed(word) for word in line.split()), "--json"])
    text = out.getvalue()
    return [json.loads(one) for one in (text.splitlines() if line.startswith("replay") else [text])]


def _placed(word: str) -> str:
    """A file of the tree by its path, from wherever the page is made."""
    return str(ROOT / word) if (ROOT / word).is_file() else word


def keys_of(data: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every key with what stands there, the way to it written with dots and ``[]``."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from keys_of(value, f"{above}.{key}".lstrip("."))
    elif isinstance(data, list) and any(isinstance(one, dict) for one in data):
        for one in data:
            yield from keys_of(one, f"{above}[]")
    else:
        yield above, data


_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "a text"}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return "a list"
    return _KINDS[type(value)]
