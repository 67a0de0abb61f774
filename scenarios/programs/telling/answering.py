"""Makes the answer about a program of what was judged."""

from __future__ import annotations

from collections.abc import Iterator

from chainstep.scenarios.programs.judging.findings import Judgement
from chainstep.scenarios.programs.reading.roles import own_name
from chainstep.scenarios.programs.sources import Source
from chainstep.scenarios.programs.telling.answers import Answer, Mistake
from chainstep.scenarios.programs.telling.crashes import crash_of
from chainstep.scenarios.programs.telling.firsts import first_of
from chainstep.scenarios.programs.telling.heads import cost_text, facts_of, network_text
from chainstep.scenarios.programs.telling.lines import lines_of
from chainstep.scenarios.programs.telling.notes import notes_of


def answer_of(source: Source, judgement: Judgement) -> Answer:
    """The answer as plain data, from what was judged."""
    trace = judgement.trace
    crash = crash_of(source, judgement) if trace.raised is not None else None
    verdict = "cannot be run" if crash is not None else judgement.verdict
    notes = [*judgement.notes, *_reasons(judgement), *notes_of(judgement)]
    shown = next((one for one in judgement.iterations if one.findings), None)
    shown = shown or (judgement.iterations[0] if judgement.iterations else None)
    if shown is None:
        return Answer(
            source.shown, verdict, notes=tuple(notes), crash=crash, facts=tuple(_seen(judgement))
        )
    first = first_of(source, judgement, judgement.first) if judgement.first else None
    mistakes = tuple(
        Mistake(f.slip.name, f.slip.says, f.slip.mend, trace.places[f.place].line)
        for f in judgement.findings
        if f.slip is not None
    )
    return Answer(
        source.shown,
        verdict,
        network_text(shown),
        cost_text(judgement, shown),
        tuple(facts_of(shown)),
        len(judgement.iterations),
        tuple(lines_of(source, judgement, shown)),
        first,
        mistakes,
        tuple(notes),
        crash,
        tuple(
            dict.fromkeys(
                own_name(trace, u.old, u.new.index)
                for u in shown.reading.iteration.updates
                if u.events
            )
        ),
    )


_REASONS = {
    "expressions": "it was stopped after {n} expressions: no further update had come",
    "values": "it was stopped because it computes more numbers than can be followed; "
    "watch it with less data",
}


def _reasons(judgement: Judgement) -> Iterator[str]:
    trace = judgement.trace
    if trace.reason in _REASONS:
        yield _REASONS[trace.reason].format(n=f"{trace.count:,}".replace(",", " "))
    if trace.ended:
        yield trace.ended
    if trace.absent:
        yield f"not installed here, so that it showed nothing: {', '.join(sorted(trace.absent))}"


def _seen(judgement: Judgement) -> Iterator[str]:
    """What was seen of a program in which nothing was recognised."""
    trace = judgement.trace
    count = len(trace.values)
    products = sum(1 for v in trace.values if v.op in {"dot", "matmul"})
    yield f"{count} numbers and arrays were computed, {products} of them by matrix products"
    if not trace.updates.events:
        yield "nothing was seen that is updated from itself, as `W -= rate * dW` is"
    elif not judgement.iterations:
        yield "what is updated has no output that is compared with a target"
