"""The last row: the keys that work now, each to be clicked, or what there is to say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from chainstep.tui import keys
from chainstep.tui.view import Choices, Said
from chainstep.tui.widgets.frame import band, on_band
from chainstep.tui.widgets.spans import Line, Lines, Span, folded, line, padded, width_of

_MOST_SAID = 6  # lines that what is said takes at most
_KEY = {key.action: key for key in keys.KEYS}
_ALWAYS = ("help", "quit")


def actions_now(choices: Choices) -> tuple[str, ...]:
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
    """What there is to say, in as many lines as it needs; an error has a cross before it."""
    role, sign = ("error", "✗ ") if said.role == "bad" else (said.role, "")
    text = f"{sign}{said.text}" if said.text else ""
    lines = [each for one in text.split("\n") for each in folded(one, width - 1, role)]
    if len(lines) > _MOST_SAID:
        lines = [
            *lines[: _MOST_SAID - 1],
            line(Span(f" … {len(lines) - _MOST_SAID + 1} more lines", "dim")),
        ]
    return [on_band(padded(one, width)) for one in lines]


@lru_cache(maxsize=32)
def keys_line(actions: tuple[str, ...], width: int) -> Line:
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
        return on_band(padded(_offer("help"), width))
    return band(spans, always, width)


def busy_line(width: int) -> Line:
    """The one key that works while something is on its way."""
    return band(_offer("stop", "stops"), [], width)


def offers(keys: Sequence[tuple[str, str, str]]) -> Line:
    """Keys as a person reads them, what they do, and what a click on them presses."""
    return tuple(span for shown, label, key in keys for span in _key(shown, label, key))


def _key(shown: str, label: str, key: str) -> Line:
    target = ("key", key) if key else None
    return Span(f" {shown}", "key", target), Span(f" {label} ", "keys", target)


def _offer(action: str, label: str = "") -> Line:
    key = _KEY[action]
    target = ("action", action)
    return Span(f" {_first(key)}", "key", target), Span(f" {label or key.short} ", "keys", target)


def _first(key: keys.Key) -> str:
    """The first of a key's names."""
    return key.shown.split(" ")[0]
