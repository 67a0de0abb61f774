"""The first wrong line of an answer, with its numbers."""

from __future__ import annotations

import math

import numpy as np

from chainstep.scenarios.programs.judging.findings import Finding, Judgement
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answers import First
from chainstep.scenarios.programs.telling.heads import short_number


def first_of(source: Source, judgement: Judgement, finding: Finding) -> First:
    """The first wrong line, from what was found there."""
    place = judgement.trace.places[finding.place]
    entry, you, expected, ratio = _entry(finding)
    own = place.file == str(source.path)
    code = source.line(place.line).strip() if own else place.code
    return First(
        place.line,
        source.place(place.line) if own else str(place.line),
        code,
        finding.quantity,
        entry,
        you,
        expected,
        ratio,
        finding.iteration,
        "" if own else place.file,
    )


def _entry(finding: Finding) -> tuple[str, float | None, float | None, float | None]:
    """The entry that differs most, and the ratio where it is one for all."""
    if finding.you is None:
        return "", None, None, None
    you = np.atleast_1d(np.asarray(finding.you, dtype=float))
    if finding.expected is None or np.size(finding.expected) != you.size:
        return "", None, None, None
    expected = np.asarray(finding.expected, dtype=float).reshape(you.shape)
    gap = np.abs(you - expected)
    if not np.any(np.isfinite(gap)) or not gap.size:
        return "", None, None, None
    at = np.unravel_index(int(np.nanargmax(gap)), you.shape)
    named = "" if np.ndim(finding.you) == 0 else f"[{','.join(str(int(n)) for n in at)}]"
    with np.errstate(all="ignore"):
        ratios = (you / expected)[expected != 0]
    ratio = None
    if ratios.size and np.allclose(ratios, ratios.flat[0], rtol=1e-6):
        ratio = float(ratios.flat[0])
    return named, float(you[at]), float(expected[at]), ratio


def difference(finding: Finding) -> str:
    """What is said of the numbers of the first wrong line."""
    entry, you, expected, ratio = _entry(finding)
    if you is None or expected is None:
        return ""
    said = f"{entry} you {_digits(you)}, expected {_digits(expected)}".strip()
    if ratio is not None and math.isfinite(ratio) and abs(ratio - 1) > 1e-9:
        said += f" ({short_number(ratio)} times)"
    return said


def _digits(number: float) -> str:
    return f"{number:.4g}"
