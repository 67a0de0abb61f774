"""The answers to why as plain data, ready for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, isnan
from typing import Any

from chainstep.core.why.causes import Difference, Reason
from chainstep.core.why.chain import Chain, Factor, Term
from chainstep.core.why.comparison import Comparison
from chainstep.core.why.drift import Drift
from chainstep.core.why.network import Network
from chainstep.core.why.nudge import Nudge
from chainstep.core.why.out_of_range import OutOfRange
from chainstep.core.why.paths import Paths


def number_or_word(value: float | None) -> float | str | None:
    """A number, or the word for what is none in JSON."""
    if value is None or isfinite(value):
        return value
    return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"


# ── one number ────────────────────────────────────────────────────────────────────────────


def entry_answer(chain: Chain, paths: Paths | None, nudge: Nudge | None) -> dict[str, Any]:
    """One number: its terms, and on demand its paths and the central difference."""
    terms = chain.terms or (Term((Factor(chain.place, chain.value),)),)
    answer: dict[str, Any] = {
        "entry": str(chain.entry),
        "value": number_or_word(chain.value),
        "terms": [_term(term) for term in terms],
        "operands": [_factor(factor) for factor in chain.operands],
        "path_count": chain.paths,
    }
    if paths:
        answer["paths"] = [_term(term) for term in paths.shown]
        answer["rest"] = {"count": paths.left_out, "sum": number_or_word(paths.rest)}
        answer["sum_of_sizes"] = number_or_word(paths.sizes)
    if nudge:
        answer["nudge"] = {
            "value": number_or_word(nudge.value),
            "step": number_or_word(nudge.step),
            "accuracy": number_or_word(nudge.accuracy),
            "agrees": nudge.agrees,
        }
    return answer


def _term(term: Term) -> dict[str, Any]:
    return {
        "observation": term.observation,
        "factors": [_factor(factor) for factor in term.factors],
        "product": number_or_word(term.product),
    }


def _factor(factor: Factor) -> dict[str, Any]:
    return {
        "quantity": factor.quantity,
        "entry": list(factor.position),
        "value": number_or_word(factor.value),
    }


# ── two numbers ───────────────────────────────────────────────────────────────────────────


def pair_answer(found: Comparison) -> dict[str, Any]:
    """Two numbers: equal or not, by what, and the factors that differ with their causes."""
    answer: dict[str, Any] = {
        "equal": found.equal,
        "by": found.by,
        "because": [each for reason in found.reasons for each in _reason(reason)],
        "entries": [str(found.one.entry), str(found.other.entry)],
        "values": [number_or_word(found.one.value), number_or_word(found.other.value)],
    }
    if found.although:
        answer["although"] = [each for reason in found.although for each in _reason(reason)]
    if found.later:
        later = found.later
        answer["later"] = {
            "until": later.until,
            "parted": later.parted,
            "apart": number_or_word(later.apart),
        }
    if found.apart_by_rounding:
        answer["rounding"] = {"apart": number_or_word(found.apart), "since": found.since}
    return answer


def _reason(reason: Reason) -> Iterable[dict[str, Any]]:
    causes = [_difference(cause) for cause in reason.causes]
    for each in reason.differences:
        yield _difference(each) | {"causes": causes}


def _difference(each: Difference) -> dict[str, Any]:
    return {
        "quantity": each.quantity.name,
        "entries": [list(place.position) if place else None for place in (each.one, each.other)],
        "values": [number_or_word(value) for value in each.values],
    }


# ── the whole network ─────────────────────────────────────────────────────────────────────


def network_answer(found: Network) -> dict[str, Any]:
    """The network: identical units, units that get nothing back, and the spread in a run."""
    return {
        "iteration": found.iteration,
        "out_of_range": _out_of_range(found.left),
        "groups": [{"layer": each.layer, "units": list(each.units)} for each in found.groups],
        "dead": [
            {
                "layer": each.layer,
                "units": list(each.units),
                "cause": each.cause,
                "because": each.because,
                "exactly": each.exactly,
            }
            for each in found.dead
        ],
        "spread": _spread(found.drift, found.program.products),
    }


def _out_of_range(left: OutOfRange | None) -> dict[str, Any] | None:
    if left is None:
        return None
    return {
        "iteration": left.iteration,
        "step": left.step.number,
        "quantity": left.step.quantity.name,
    }


def _spread(drift: Drift, products: str) -> dict[str, Any]:
    return {
        "first": drift.first,
        "last": drift.last,
        "since": drift.since,
        "products": products,
        "iterations": [look.iteration for look in drift.looks],
        "costs": [number_or_word(look.cost) for look in drift.looks],
        "largest": [number_or_word(look.spread) for look in drift.looks],
        "groups": [[number_or_word(apart) for apart in look.apart] for look in drift.looks],
    }
