"""What there is to say of somebody's numbers, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan
from typing import Any

import numpy as np

from chainstep.core.check.check_numbers import Check
from chainstep.core.check.conclusion import pairs_of
from chainstep.core.check.differences import ratio_of
from chainstep.core.check.mistakes import MISTAKES
from chainstep.core.check.verdicts import Marked


def as_data(check: Check) -> dict[str, Any]:
    """The answer for ``--json``."""
    first = check.diagnosis.first
    data: dict[str, Any] = {
        "verdict": check.verdict.word,
        "numbers": [number for one in check.marked for number in _numbers(one)],
        "first": None,
        "ratio": None,
    }
    if first is not None:
        found = list(_numbers(first))
        wrong = [number for number in found if number["verdict"] == "wrong"]
        data["first"] = (wrong or found)[0]
        ratio = ratio_of(first)
        data["ratio"] = None if ratio is None else _plain(ratio)
    data["mistakes"] = list(_mistakes(check))
    data["confusable"] = [list(group) for group in check.diagnosis.confusable]
    data["searched_to_the_end"] = not check.diagnosis.unfinished
    data["arithmetic"] = check.arithmetic
    data["layout"] = check.reading.told(check.program)[0]
    data["conventions"] = [one.name for one in check.reading.conventions]
    data["meant"] = check.meant
    data["cut_off"] = check.reading.cut
    return data


def _numbers(one: Marked) -> Iterator[dict[str, Any]]:
    for place in map(tuple, np.argwhere(one.given.here).tolist()):
        fits = one.expected.shape == one.given.values.shape
        factor = one.given.factor
        number: dict[str, Any] = {
            "quantity": one.given.quantity,
            "at": {"iteration": one.given.iteration},
            "entry": list(place),
            "verdict": one.verdict(place).word,
            "expected": _plain(one.expected[place] * factor) if fits else None,
            "found": _plain(one.given.values[place] * factor),
        }
        if one.low is not None and one.high is not None and number["verdict"] == "cannot-tell":
            ends = sorted((one.low[place] * factor, one.high[place] * factor))
            number["rounding_gives"] = [_plain(end) for end in ends]
        yield number


def _plain(value: Any) -> float | str:
    number = float(value)
    if isfinite(number):
        return number
    return "NaN" if isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _mistakes(check: Check) -> Iterator[dict[str, Any]]:
    told = set()
    for explanation in check.diagnosis.explanations:
        for made, pair in zip(explanation.guess.made, pairs_of(check, explanation), strict=True):
            if made.mistake.name not in told:
                told.add(made.mistake.name)
                yield {
                    "id": made.mistake.name,
                    "digits": explanation.digits,
                    "formula": pair.wrong,
                    "right": pair.right,
                    "layers": list(made.layers),
                }
    for name in check.diagnosis.odd:
        if name not in told:
            yield {"id": name, "digits": 0, "formula": MISTAKES[name].title, "right": ""}
