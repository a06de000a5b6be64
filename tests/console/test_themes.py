"""Every theme, measured: what is written can be read, and no state hangs on a colour that is not.

Contrast is WCAG's; colour-blindness is simulated as by Machado, Oliveira and Fernandes (2009), and
what is left is measured as a distance in CIELAB.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator

import pytest
from rich.style import Style
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, TextArea

from tests.parts import ROOT
from tui.lines import INKS, Lines, Span
from tui.list_pane import ListPane
from tui.themes import THEMES, Colours

Rgb = tuple[float, float, float]

PROTANOPIA = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
NOTICED = 20.0
"""A distance in CIELAB that is seen at a glance; 2 is the least that is seen at all."""
MIXED = sorted(set(THEMES) - {"terminal"})
DECORATION = {"rule"}
PLACES = "head rail tabs sheet parting looking keys message reminder".split()
ON_RED = "dim accent key good warn bad own title".split()


class Patterns(App[None]):
    """Every place of the console in which lines stand, each in its own ground."""

    CSS_PATH = str(ROOT / "tui" / "console.tcss")
    AUTO_FOCUS = None  # the screen would scroll to the field

    def __init__(self, theme: str) -> None:
        super().__init__()
        for one in THEMES.values():
            self.register_theme(one)
        self.theme = theme

    def compose(self) -> ComposeResult:
        for id in (*PLACES, "banner"):
            yield Lines(id=id, classes="-shown")
        yield ListPane(lambda _: False, id="list")
        with Vertical(classes="dialog"):
            yield Lines(id="asked")
        yield TextArea("words", id="words")
        yield Input("words", id="prompt-input")


@pytest.fixture
async def app(request: pytest.FixtureRequest) -> AsyncIterator[Patterns]:
    patterns = Patterns(request.param)
    async with patterns.run_test():
        yield patterns


def grounds(app: Patterns) -> Iterator[tuple[str, Style, Lines, list[str]]]:
    """Each place: its name, its style, its widget, and the inks that may be used there."""
    every = sorted(ink.removeprefix("ink--") for ink in INKS)
    for id in ("asked", "list", *PLACES):
        lines = app.query_one(f"#{id}", Lines)
        yield id, lines.rich_style, lines, every
    rows = app.query_one("#list", Lines)
    for ground in ("selected", "marked"):
        yield ground, rows.rich_style + rows.ink(ground), rows, every
    banner = app.query_one("#banner", Lines)
    yield "banner", banner.rich_style, banner, []


@pytest.mark.parametrize("app", MIXED, indirect=True)
async def test_every_ink_can_be_read_on_every_ground_also_while_all_is_held(app: Patterns) -> None:
    least = 7.0 if app.theme == "high-contrast" else 4.5
    unread = []
    for place, ground, lines, inks in grounds(app):
        for ink in ["", *inks]:
            style = ground + lines.ink(ink) if ink else ground
            found = contrast(*colours(style))
            if found < (1.5 if ink in DECORATION else least):
                unread.append(f"{ink or 'plain'} in {place}: {found:.2f}")
    for field in (app.query_one(TextArea), app.query_one(Input)):
        assert contrast(*colours(field.rich_style)) >= least, field.id
    assert unread == []
    head = app.query_one("#head", Lines)
    before = head.rich_style.bgcolor
    head.add_class("-held")
    await app._animator.wait_until_complete()
    assert head.rich_style.bgcolor != before
    for ink in ON_RED:
        assert contrast(*colours(head.rich_style + head.ink(ink))) >= least, ink
    assert contrast(*colours(head.rich_style)) >= least


@pytest.mark.parametrize("app", ["colour-blind"], indirect=True)
async def test_good_warning_and_bad_stay_apart_for_the_colour_blind(app: Patterns) -> None:
    lines = app.query_one("#list", Lines)
    inks = {ink: colours(lines.rich_style + lines.ink(ink))[0] for ink in ("good", "warn", "bad")}
    inks["plain"] = colours(lines.rich_style)[0]
    for sight in (None, PROTANOPIA, DEUTERANOPIA):
        seen = {ink: lab(as_seen(colour, sight)) for ink, colour in inks.items()}
        for one, other in (
            ("good", "warn"),
            ("good", "bad"),
            ("warn", "bad"),
            ("plain", "good"),
            ("plain", "bad"),
        ):
            assert distance(seen[one], seen[other]) > NOTICED, (one, other, sight)


def test_the_simulation_knows_red_from_green_as_those_do_who_do_not() -> None:
    red, green = (200, 80, 60), (118, 124, 50)
    assert distance(lab(as_seen(red, None)), lab(as_seen(green, None))) > 2 * NOTICED
    assert distance(lab(as_seen(red, DEUTERANOPIA)), lab(as_seen(green, DEUTERANOPIA))) < NOTICED


@pytest.mark.parametrize("app", ["terminal"], indirect=True)
async def test_the_terminals_own_theme_mixes_nothing(app: Patterns) -> None:
    app.query_one("#head").add_class("-held")
    await app._animator.wait_until_complete()
    loud = {"hold", "selected", "bar", "new", "tab-on"}
    for place, ground, lines, inks in grounds(app):
        for ink in ["", *inks]:
            style = ground + lines.ink(ink) if ink else ground
            for colour in (style.color, style.bgcolor):
                assert colour is None or colour.is_default or colour.is_system_defined, (place, ink)
            plain = style.bgcolor is None or style.bgcolor.is_default
            # On a colour there is white alone, and what stands out is reversed: both can be read
            # whatever the sixteen colours are.
            if not plain:
                assert place in ("head", "banner") or ink == "hold", (place, ink)
            if ink in loud - {"hold"}:
                assert style.reverse, (place, ink)


async def test_a_dialog_in_the_terminals_own_theme_hides_nothing_behind_it() -> None:
    async with (app := Patterns("terminal")).run_test() as pilot:
        app.query_one("#head", Lines).show([(Span("the hold"),)])
        await app.push_screen(Colours("terminal", lambda _: None))
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        whole = "".join(strip.text for strip in strips)
        assert "the hold" in whole
        assert "sixteen colours" in whole
        for segment in (segment for strip in strips for segment in strip):
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                assert colour is None or colour.is_default or colour.is_system_defined, segment


async def test_colours_are_tried_on_and_kept_or_not() -> None:
    app = Patterns("dark")
    picked: list[str | None] = []
    async with app.run_test() as pilot:
        app.push_screen(Colours("dark", lambda name: setattr(app, "theme", name)), picked.append)
        await pilot.press("j", "j")
        assert app.theme == "high-contrast"
        await pilot.press("escape")
        assert (app.theme, picked) == ("dark", [""])
        app.push_screen(Colours("dark", lambda name: setattr(app, "theme", name)), picked.append)
        await pilot.press("k", "w", "enter")
        assert (app.theme, picked) == ("terminal", ["", "terminal"])


# --- the measures ---------------------------------------------------------------------------------


def colours(style: Style) -> tuple[Rgb, Rgb]:
    assert style.color is not None
    assert style.bgcolor is not None
    return style.color.get_truecolor(), style.bgcolor.get_truecolor()


def linear(value: float) -> float:
    value /= 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def contrast(one: Rgb, other: Rgb) -> float:
    def light(colour: Rgb) -> float:
        red, green, blue = map(linear, colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def as_seen(colour: Rgb, sight: tuple[Rgb, Rgb, Rgb] | None) -> Rgb:
    """A colour in linear light, as it is seen."""
    red, green, blue = map(linear, colour)
    if sight is None:
        return red, green, blue
    seen = [min(max(a * red + b * green + c * blue, 0.0), 1.0) for a, b, c in sight]
    return seen[0], seen[1], seen[2]


def lab(colour: Rgb) -> Rgb:
    def bent(value: float) -> float:
        return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116

    red, green, blue = colour
    x = bent((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = bent(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = bent((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def distance(one: Rgb, other: Rgb) -> float:
    return math.dist(one, other)
