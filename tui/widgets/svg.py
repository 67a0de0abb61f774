"""A screen as an SVG picture, for pages and for tests of colour."""

from __future__ import annotations

from html import escape

from chainstep.tui.themes import ON_BAND, OWN, THEMES
from chainstep.tui.widgets.ascii_cells import in_cells
from chainstep.tui.widgets.spans import Line, Lines, Span, columns

_WIDE, _HIGH, _SIZE = 8.4, 18.0, 14  # of a cell, and of its letters, in pixels
_EDGE = 12.0


def svg(lines: Lines, theme: str, width: int) -> str:
    """The lines in the colours of a theme, each span where its cells are."""
    chosen = THEMES[theme]
    ground = "#ffffff" if chosen.is_own else chosen.ground  # on a page, black on white
    across = round(width * _WIDE + 2 * _EDGE)
    down = round(len(lines) * _HIGH + 2 * _EDGE)
    font = "DejaVu Sans Mono, Menlo, Consolas, monospace"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" '
        f'font-family="{font}" font-size="{_SIZE}">'
    )
    body = [head, f'<rect width="{across}" height="{down}" rx="8" fill="{ground}"/>']
    for row, one in enumerate(lines):
        body += _row(one, theme, _EDGE + row * _HIGH)
    return "\n".join([*body, "</svg>"]) + "\n"


def _row(one: Line, theme: str, top: float) -> list[str]:
    drawn, column = [], 0
    for span in one:
        wide = columns(span.text)
        is_filled = span.role.startswith(ON_BAND) or "reverse" in THEMES[theme].style(span.role)
        if span.text.strip() or is_filled:
            drawn += _span(span, theme, _EDGE + column * _WIDE, top)
        column += wide
    return drawn


def _span(span: Span, theme: str, left: float, top: float) -> list[str]:
    chosen = THEMES[theme]
    *forms, colour, _, ground = chosen.style(span.role).split()
    colour, ground = (
        (paper if each == OWN else each)
        for each, paper in ((colour, "#000000"), (ground, "#ffffff"))
    )
    wide = columns(span.text) * _WIDE
    text = in_cells(span.text) if chosen.is_ascii else span.text
    drawn = []
    if "reverse" in forms:
        colour, ground = ground, colour
    if "reverse" in forms or span.role.startswith(ON_BAND):
        drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{_HIGH:.1f}" '
            f'fill="{ground}"/>'
        )
    looks = "".join(
        f' {name}="{value}"'
        for form, name, value in (
            ("bold", "font-weight", "bold"),
            ("italic", "font-style", "italic"),
            ("underline", "text-decoration", "underline"),
        )
        if form in forms
    )
    drawn.append(
        f'<text x="{left:.1f}" y="{top + _HIGH - 5:.1f}" textLength="{wide:.1f}" '
        f'xml:space="preserve" fill="{colour}"{looks}>{escape(text)}</text>'
    )
    return drawn
