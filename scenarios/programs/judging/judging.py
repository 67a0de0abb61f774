"""Judges a program: what every line is, and the first one that is wrong."""

from __future__ import annotations

import traceback
from pathlib import Path

import numpy as np

from chainstep.scenarios.programs.judging.costs_apart import (
    disagreement,
    other_scale,
    softmax_across,
)
from chainstep.scenarios.programs.judging.data_order import targets_apart
from chainstep.scenarios.programs.judging.findings import Finding, Judged, Judgement
from chainstep.scenarios.programs.judging.memory import always_zero, of_memory, unknown_rules
from chainstep.scenarios.programs.judging.stale import changed_otherwise, made_once, never_kept
from chainstep.scenarios.programs.judging.whole import (
    equal_units,
    never_changed,
    never_cleared,
    odd_updates,
    repeated_errors,
    unused_biases,
    uphill,
)
from chainstep.scenarios.programs.judging.wrong_updates import wrong_updates
from chainstep.scenarios.programs.reading.choosing import Choice, choose, read_all
from chainstep.scenarios.programs.reading.errors import Errors
from chainstep.scenarios.programs.reading.iterations import iterations_of
from chainstep.scenarios.programs.reading.roles import roles_of
from chainstep.scenarios.programs.seeing.tracing import Trace


def judge(trace: Trace, most: int) -> Judgement:
    """Reads the iterations, and finds the first wrong place of them.

    Where that fails it is a fault of ours, and no verdict: the answer says so.
    """
    try:
        return _judgement(trace, most)
    except Exception as error:  # noqa: BLE001 - whatever is wrong here, it is not the program's
        last = traceback.extract_tb(error.__traceback__)[-1]
        note = (
            f"Chainstep itself failed while it judged this program ({type(error).__name__} in "
            f"{Path(last.filename).name}, line {last.lineno}); that says nothing about the program."
        )
        return Judgement("cannot tell", trace, notes=[note])


def _judgement(trace: Trace, most: int) -> Judgement:
    every = [read_all(trace, iteration) for iteration in iterations_of(trace)[:most]]
    made = [_judged(trace, choice) for choice in choose([rows for rows in every if rows])]
    if not made:
        return Judgement("not understood", trace)
    for judged in made:
        judged.findings = _findings(trace, judged)
        if judged.findings:  # what comes after a mistake is not looked at
            break
    answer = Judgement("right", trace, made)
    _settle(answer)
    return answer


def _settle(answer: Judgement) -> None:
    """The verdict of the whole: the findings of the first iteration that has any."""
    first = next((one for one in answer.iterations if one.findings), None)
    if first is not None:
        answer.findings = first.findings
        answer.verdict = "wrong"
        found = first.findings[0]
        sure = found.sure or (found.slip is not None and found.slip.name == "broadcast-vector")
        if not _understood(first) and not sure:
            answer.verdict = "cannot tell"
        noise = _noise(answer, first)
        if noise:
            answer.verdict = "cannot tell"
            answer.notes.append(noise)
        return
    later = made_once(answer) or never_cleared(answer) or of_memory(answer) or always_zero(answer)
    if later is not None:
        answer.findings = [later]
        answer.verdict = "wrong"
        return
    unknown = unknown_rules(answer)
    if unknown:
        answer.verdict = "cannot tell"
        answer.notes.append(
            f"The gradients are right. {', '.join(unknown)} goes along them by a rule with a "
            "memory that is none of the known ones: momentum, Nesterov, Adagrad, RMSprop, Adam."
        )
    if all(not _finite(one) for one in answer.iterations):
        answer.verdict = "cannot tell"
        answer.notes.append("its numbers are not finite")
    missing = {name for one in answer.iterations for name in one.reading.derivatives.missing}
    if missing and not all(one.reading.explained for one in answer.iterations):
        answer.verdict = "cannot tell"


def _noise(answer: Judgement, judged: Judged) -> str:
    """Where random numbers are added to the wrong update alone, and what is said of that."""
    wrong = judged.findings[0].wrong
    iteration = judged.reading.iteration
    last = max(judged.reading.forward, default=0)
    for index in iteration.ancestors(wrong.update.events) if wrong is not None else ():
        value = answer.trace.values[index]
        drawn = value.op == "random" and not value.parts and index > last
        if drawn:
            line = answer.trace.places[value.place].line
            return f"Line {line} adds random numbers on the way to an update."
    return ""


def _finite(one: Judged) -> bool:
    return all(np.all(np.isfinite(u.change)) for u in one.reading.iteration.updates)


def _understood(one: Judged) -> bool:
    """Whether enough was recognised to say that something is wrong."""
    reading = one.reading
    if reading.derivatives.missing or not _finite(one):
        return False
    right = sum(1 for c in reading.learned if reading.updates.get(c))
    known = sum(1 for i in reading.path if reading.matches.get(i))
    return bool(right or known) or (reading.cost.own and reading.cost.named)


def _judged(trace: Trace, choice: Choice) -> Judged:
    reading = choice.reading
    roles = roles_of(trace, reading)
    errors = Errors(trace, reading)
    return Judged(reading, roles, errors, choice=choice)


def _findings(trace: Trace, judged: Judged) -> list[Finding]:
    """Everything that is wrong in one iteration, the first of it first."""
    return softmax_across(judged) or [
        *repeated_errors(trace, judged),
        *equal_units(trace, judged),
        *targets_apart(trace, judged),
        *unused_biases(trace, judged),
        *disagreement(trace, judged),
        *other_scale(trace, judged),
        *wrong_updates(trace, judged),
        *odd_updates(trace, judged),
        *uphill(trace, judged),
        *never_kept(trace, judged),
        *(never_changed(trace, judged) or changed_otherwise(trace, judged)),
    ]
