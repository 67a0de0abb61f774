"""The chrome of a screen: bands at its edges, rules with titles, frames round what is shown."""

from __future__ import annotations

from collections.abc import Sequence

from chainstep.tui.themes import ON_BAND
from chainstep.tui.widgets.spans import Line, Lines, Span, columns, cut, ends, line, padded

_LEAST = 6  # cells of a rule that a title leaves
_BORDER = Span("│", "rule")
_LIT = Span("│", "lit-rule")


def band(left: Sequence[str | Span], right: Sequence[str | Span], width: int) -> Line:
    """A line on the ground of a band, from side to side."""
    return on_band(padded(ends(left, right, width), width))


def on_band(one: Line) -> Line:
    """The spans of a line on the ground of a band."""
    return tuple([Span(text, f"{ON_BAND}{role}", target) for text, role, target in one])


def head(title: str, right: str, width: int) -> Line:
    """The first line of a screen: what it is, and what it is of."""
    return band([Span(f" {title}", "title")], [Span(f"{right} ", "dim")] if right else [], width)


def titled(width: int, title: str = "", right: str = "", role: str = "rule") -> Line:
    """A line from side to side that says what stands below it."""
    return _edge("─", "─", width, (title, right), role)


def _edge(start: str, stop: str, width: int, said: tuple[str, str], role: str) -> Line:
    """A horizontal line between two corners, with a title and what is said at its right end."""
    title, right = said
    room = width - 2 - _LEAST
    spans = [Span(f"{start}─" if title else start, role)]
    used = columns(spans[0].text)
    if title and columns(title) + 2 > room:
        title = "".join(span.text for span in cut(line(title), max(1, room - 2)))
    if title:
        spans.append(Span(f" {title} ", "heading"))
        used += columns(title) + 2
    tail = f" {right} " if right and used + columns(right) + 2 + _LEAST // 2 <= width else ""
    end = f"─{stop}" if tail else stop
    spans.append(Span("─" * max(0, width - used - columns(tail) - len(end)), role))
    if tail:
        spans.append(Span(tail, "dim"))
    spans.append(Span(end, role))
    return cut(tuple(spans), width)


def is_rule(one: Line) -> bool:
    """Whether a line is one from side to side, which a frame joins."""
    return bool(one) and one[0].role == "rule" and one[0].text[:1] == "─"


def framed(
    lines: Lines, width: int, title: str = "", right: str = "", *, lit: bool = False
) -> Lines:
    """Lines of two cells less in a frame of that width; rules among them meet its sides.

    It is ``lit`` where what is in it has the keys.
    """
    role, border = ("lit-rule", _LIT) if lit else ("rule", _BORDER)
    inside = [
        _joined(one, width, role) if is_rule(one) else (border, *padded(one, width - 2), border)
        for one in lines
    ]
    top = _edge("╭", "╮", width, (title, right), role)
    return [top, *inside, _edge("╰", "╯", width, ("", ""), role)]


def _joined(one: Line, width: int, role: str) -> Line:
    """A rule that meets the sides of a frame."""
    whole = padded(one, width - 2)
    ends_so = whole[-1].role == "rule" and whole[-1].text[-1:] == "─"
    spans = [span._replace(role=role) if span.role == "rule" else span for span in whole]
    return (Span("├", role), *spans, Span("┤" if ends_so else "│", role))
