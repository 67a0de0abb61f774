"""The last row: the keys that work now, each to be clicked, or what there is to say."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.tui import keys
from chainstep.tui.view import Choices, Said
from chainstep.tui.widgets.spans import Line, Lines, Span, cut, folded, line, width_of

_MOST_SAID = 6  # lines that what is said takes at most
_KEY = {key.action: key for key in keys.KEYS}
_ALWAYS = ("help", "quit")


def actions_now(choices: Choices) -> Sequence[str]:
    """The actions that matter now, the most wanted first."""
    if choices.picking:
        return keys.PICKING
    return {"curves": keys.CURVES, "network": keys.NETWORK, "present": keys.PRESENTING}.get(
        choices.main, keys.STEPPING
    )


def footer_lines(choices: Choices, said: Said, width: int) -> Lines:
    """The keys that matter here, or what there is to say about the last one."""
    if said.text:
        return said_lines(said, width)
    return [keys_line(actions_now(choices), width)]


def said_lines(said: Said, width: int) -> Lines:
    """What there is to say, in as many lines as it needs."""
    return [each for one in said.text.split("\n") for each in folded(one, width, said.role)][
        :_MOST_SAID
    ]


def keys_line(actions: Sequence[str], width: int) -> Line:
    """As many keys as there is room for; how to get help and how to leave always among them."""
    always = [span for action in _ALWAYS for span in _offer(action)]
    spans: list[Span] = []
    room = width - width_of(line(*always))
    for action in actions:
        offer = _offer(action)
        if width_of(offer) > room:
            break
        spans += offer
        room -= width_of(offer)
    if width_of(line(*always)) > width:
        return _offer("help") if width_of(_offer("help")) <= width else ()
    return (*spans, Span(" " * room), *always)


def busy_line(width: int) -> Line:
    """The one key that works while something is on its way."""
    return cut(_offer("stop", "stops"), width)


def _offer(action: str, label: str = "") -> Line:
    key = _KEY[action]
    target = ("action", action)
    return Span(f" {_first(key)}", "key", target), Span(f" {label or key.short} ", "keys", target)


def _first(key: keys.Key) -> str:
    """The first of a key's names."""
    return key.shown.split(" ")[0]
