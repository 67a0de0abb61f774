"""The one widget of a screen: it shows lines of spans, and redraws those that changed."""

from __future__ import annotations

from functools import cache

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from chainstep.tui.messages import Hit, Resized, Scrolled
from chainstep.tui.themes import THEMES
from chainstep.tui.widgets.ascii_cells import in_cells
from chainstep.tui.widgets.spans import EMPTY, Line, Lines, padded, target_at


def let(begun: object) -> None:
    """Lets Textual finish in its own time what it has begun; a handler must not wait for it."""
    del begun


@cache
def style_of(theme: str, role: str) -> Style:
    """The style of a role in a theme."""
    return Style.parse(THEMES[theme].style(role))


class Canvas(Widget):
    """Lines on a screen."""

    ALLOW_SELECT = False

    def __init__(self, height: int | str = "1fr") -> None:
        super().__init__()
        self.styles.width, self.styles.height = "1fr", height
        self.shown: Lines = []
        self.theme = "dark"
        self._strips: dict[int, Strip] = {}
        self._looks: dict[str, Style] = {}
        self._looked: tuple[object, ...] = ()

    def on_resize(self) -> None:
        self._strips = {}
        self.post_message(Resized())

    def show(self, lines: Lines, theme: str) -> None:
        """Shows these lines; what stood there already is not drawn again."""
        width = self.size.width
        if theme != self.theme or len(self._strips) == 0 or len(lines) != len(self.shown):
            self.theme, self.shown, self._strips = theme, lines, {}
            self.refresh()
            return
        changed = [y for y, one in enumerate(lines) if one != self.shown[y]]
        self.shown = lines
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            self.refresh(*_regions(changed, width))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of a part: they have no borders, and their colours are whole already."""
        width = self.size.width
        looked = (width, self.theme, self.background_colors, *self.get_line_filters())
        if looked != self._looked:
            self._looked, self._looks, self._strips = looked, {}, {}
        strips, made, shown = [], self._strips, self.shown
        for y in crop.line_range:
            if y not in made:
                made[y] = self._strip(shown[y] if y < len(shown) else EMPTY, width)
            strips.append(made[y])
        if crop.column_span == (0, width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def _strip(self, one: Line, width: int) -> Strip:
        """A line as Textual has it; neighbours that look the same are one."""
        looks = self._looks
        segments: list[Segment] = []
        texts: list[str] = []
        look: Style | None = None
        for text, role, _ in padded(one, width):
            style = looks.get(role)
            if style is None:
                style = looks[role] = self._look(role)
            if style is not look and texts:
                segments.append(Segment("".join(texts), look))
                texts = []
            texts.append(text)
            look = style
        segments.append(Segment("".join(texts), look))
        if THEMES[self.theme].is_ascii:
            segments = [Segment(in_cells(each.text), each.style) for each in segments]
        return Strip(segments, width)

    def _look(self, role: str) -> Style:
        """A role on the ground of this canvas, as the terminal can show it."""
        ground = self.background_colors[1]
        style = Style(bgcolor=ground.rich_color) + style_of(self.theme, role)
        for one in self.get_line_filters():
            style = one.apply([Segment(" ", style)], ground)[0].style or style
        return style

    def on_click(self, event: events.Click) -> None:
        target = target_at(self.shown[event.y], event.x) if event.y < len(self.shown) else None
        if target is not None:
            self.post_message(Hit(target))

    def on_mouse_scroll_down(self) -> None:
        self.post_message(Scrolled("down"))

    def on_mouse_scroll_up(self) -> None:
        self.post_message(Scrolled("up"))


def _regions(rows: list[int], width: int) -> list[Region]:
    """Rows that changed, neighbours joined."""
    regions: list[Region] = []
    start = previous = rows[0]
    for y in [*rows[1:], -1]:
        if y != previous + 1:
            regions.append(Region(0, start, width, previous - start + 1))
            start = y
        previous = y
    return regions
