"""Lines of text on the screen: the only way in which foreign text is drawn.

Owns the line of spans, its painting into a strip, and the widget that shows such lines. A span's
text goes into a segment as it is: no markup, no links, no actions exist on this way. Inks are names
of component classes; console.tcss says how they look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.cells import clean, fit, one_line, split_at, width, wrap

INKS = frozenset(
    f"ink--{ink}"
    for ink in (
        "dim accent good warn bad own ghost title key bar hold cursor new rule "
        "selected x bluesky mastodon tab tab-on".split()
    )
)


_LONGEST = 20_000
"""Characters of a text that are looked at to show it."""


class Span(NamedTuple):
    """Some text in one ink. The text is clean and has no newline; `foreign` makes it so."""

    text: str
    ink: str = ""


Line = tuple[Span, ...]


def foreign(text: str, ink: str = "") -> Span:
    """A span of a stranger's words, made safe, on one line."""
    return Span(one_line(text), ink)


def length(line: Iterable[Span]) -> int:
    """Cells of a line."""
    return sum(width(span.text) for span in line)


def spread(left: Sequence[Span], right: Sequence[Span], cells: int) -> Line:
    """One line with something at each end; the left end gives way."""
    room = cells - length(right)
    if room < 4:
        return cut(left, cells)
    kept = cut(left, room - 1 if right else room)
    return (*kept, Span(" " * (room - length(kept))), *right)


def cut(line: Iterable[Span], cells: int) -> Line:
    """The line's first `cells` cells, "…" where something was cut."""
    out: list[Span] = []
    left = cells
    for span in line:
        wide = width(span.text)
        if wide > left:
            if left > 0:
                out.append(Span(fit(span.text, left, pad=False), span.ink))
            break
        out.append(span)
        left -= wide
    return tuple(out)


def wrapped(text: str, cells: int, ink: str = "") -> Iterator[Line]:
    """A stranger's words on as many lines as they need, made safe."""
    for row in wrap(clean(text[:_LONGEST]), cells):
        yield (Span(row, ink),)


def rule(cells: int) -> Line:
    """A line across."""
    return (Span("─" * cells, "rule"),)


def paint(line: Line, cells: int, ink: Callable[[str], Style], base: Style) -> Strip:
    """Paint a line into a strip of exactly `cells` cells."""
    # Neighbours of one ink become one segment: each costs forty bytes on the way to the terminal.
    runs: list[tuple[str, str]] = []
    used = 0
    wides = [width(span.text) for span in line]
    blank = max(0, cells - sum(wides))
    for (text, name), wide in zip((*line, Span(" " * blank)), (*wides, blank), strict=True):
        if used + wide > cells:
            text = split_at(text, cells - used)[0]
            wide = width(text)
        used += wide
        if runs and runs[-1][1] == name:
            runs[-1] = (runs[-1][0] + text, name)
        elif text:
            runs.append((text, name))
    if used < cells:  # a wide character did not fit into the last cell
        runs.append((" " * (cells - used), ""))
    return Strip([Segment(text, base + ink(name) if name else base) for text, name in runs], cells)


def changed(old: Strip, new: Strip) -> int:
    """How many cells at the left of a strip differ from another of its length; behind all is alike.

    It ends between two ASCII characters: no wide one and no mark is torn from its base.
    """
    tail, olds, news = "", [*old], [*new]
    while olds and news:
        (was, style, _), (now, fresh, _) = olds.pop(), news.pop()
        if style != fresh:
            break
        same = next(
            (n for n, (a, b) in enumerate(zip(was[::-1], now[::-1], strict=False)) if a != b),
            min(len(was), len(now)),
        )
        tail = now[len(now) - same :] + tail
        if same < len(now) or same < len(was):
            break
    if not olds and not news and len(tail) == len(new.text):
        return 0
    begins = next((n for n in range(1, len(tail)) if tail[n - 1 : n + 1].isascii()), len(tail))
    return new.cell_length - width(tail[begins:])


class Lines(Widget):
    """Lines that are set from outside, scrolled by `top`; nothing in them can be clicked."""

    COMPONENT_CLASSES = set(INKS)

    def __init__(self, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._base: Style | None = None
        self._inks: dict[str, Style] = {}
        self._rendered: tuple[Region, Sequence[LineFilter], list[Strip]] | None = None
        self._dirty_rows: set[int] = set()
        self.top = 0

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines; only those that changed are painted."""
        fresh = tuple(lines)
        if fresh == self._lines:
            return
        old, self._lines = self._lines, fresh
        high, wide = self.styles.height, self.styles.width
        taller = high is not None and high.is_auto and len(old) != len(fresh)
        if taller or (wide is not None and wide.is_auto and _widest(old) != _widest(fresh)):
            self.refresh(layout=True)
            return
        top, height = self.top, self.size.height
        if not height:  # hidden: no row of it is in sight, and all are when it is shown
            self.refresh()
            return
        self.top = top = min(self.top, max(0, len(fresh) - 1))
        self.refresh_rows(
            y for y in range(height) if _line_at(old, y + top) != _line_at(fresh, y + top)
        )

    def refresh_rows(self, rows: Iterable[int]) -> None:
        """Paint some rows again; Textual repaints all it is not told to leave."""
        cells = self.size.width
        regions = [Region(0, y, cells, 1) for y in rows]
        if regions:
            self.refresh(*regions)

    def to_top(self) -> None:
        """Scroll back to the first line."""
        if self.top:
            self.top = 0
            self.refresh()

    def scroll_lines(self, by: int) -> bool:
        """Scroll; False where there is nothing further."""
        top = min(max(self.top + by, 0), max(0, len(self._lines) - self.size.height))
        if top == self.top:
            return False
        self.top = top
        self.refresh()
        return True

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return "\n".join("".join(span.text for span in line) for line in self._lines)

    @property
    def more(self) -> int:
        """How many lines are below the last one in sight."""
        return max(0, len(self._lines) - self.top - self.size.height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(len(self._lines), 1)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return _widest(self._lines)

    def ink(self, name: str) -> Style:
        """The style of an ink in the present theme, without a background of its own."""
        # Textual forgets both at every refresh, and adds them up again from all ancestors.
        if name not in self._inks:
            self._inks[name] = self.get_component_rich_style(f"ink--{name}", partial=True)
        return self._inks[name]

    @property
    def base(self) -> Style:
        """The style beneath every ink."""
        if self._base is None:
            self._base = self.rich_style
        return self._base

    def notify_style_update(self) -> None:
        self._base = None
        self._inks.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        return paint(_line_at(self._lines, y + self.top), self.size.width, self.ink, self.base)

    def render_lines(self, crop: Region) -> list[Strip]:
        # Textual asks every widget that touches the rectangle around all changes, changed or not.
        filters, dirty = self.get_line_filters(), self._dirty_rows & {*crop.line_range}
        if self._rendered is None or self._rendered[:2] != (crop, filters):
            self._rendered = (crop, filters, super().render_lines(crop))
        elif dirty:
            first, last = min(dirty), max(dirty)
            fresh = super().render_lines(Region(crop.x, first, crop.width, last - first + 1))
            self._rendered[2][first - crop.y : last - crop.y + 1] = fresh
        self._dirty_rows.clear()
        return self._rendered[2]

    def _set_dirty(self, *regions: Region) -> None:
        super()._set_dirty(*regions)
        if regions:
            top = self.gutter.top
            self._dirty_rows.update(top + y for region in regions for y in region.line_range)
        else:
            self._rendered = self._base = None
            self._inks.clear()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.scroll_lines(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll_lines(-3)


def _widest(lines: Sequence[Line]) -> int:
    return max((length(line) for line in lines), default=1)


def _line_at(lines: Sequence[Line], index: int) -> Line:
    return lines[index] if 0 <= index < len(lines) else ()
