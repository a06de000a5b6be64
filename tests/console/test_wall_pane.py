"""The venue's screens in an operator's hands, and the line that says what is gone from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from msgspec.structs import replace
from textual.command import Hit

from eventlive.messages import (
    Darken,
    FollowScript,
    Like,
    Off,
    PlayStatement,
    RefreshScreens,
    RelayInfo,
    ScreenInfo,
    SetScreen,
    StatementInfo,
)
from eventlive.model import SceneName, Screen, Sponsor
from tests.console.conftest import Clock, OpenSeat
from tests.console.engine_double import EngineDouble, a_show, item
from tests.console.seat import Seat
from tui.palette import Commands

SIZES = [(80, 24), (120, 40)]


def a_venue(engine: EngineDouble) -> None:
    """Three screens and what shows them: one is well, one gone, one behind."""
    engine.walls = (
        Screen("left", 1, title="Left of the stage", named=True),
        Screen("main", 1),
        Screen("right", 1, named=True),
    )
    engine.screens = (
        ScreenInfo("right", gone=True),
        ScreenInfo("left", 1920, 1080, page="aa", lag=80),
        ScreenInfo("10.0.0.3", behind=3, silent=8.0, page="aa"),
        ScreenInfo("lobby", page="bb", relay="hall-b"),
    )


async def opened(engine: EngineDouble, open_seat: OpenSeat, size: tuple[int, int]) -> Seat:
    """A console with the screens before it."""
    seat: Seat = await open_seat(size=size)
    await seat.press("4", *(["enter"] if size[0] < 100 else []))
    await seat.until(lambda: "# scenes" in seat.part("#sheet"))
    return seat


def row(seat: Seat, name: str) -> str:
    """The line of a screen in the pane."""
    told = [line for line in seat.part("#sheet").splitlines() if line[3:].startswith(f"{name} ")]
    return told[0] if told else ""


# --- the safety line ------------------------------------------------------------------------------


def off(done: int, *missing: str, ago: float = 0.0, seq: int = 9) -> Off:
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return Off(seq, "a post of @ada.example", at, 12, done, missing)


def head_inks(seat: Seat, word: str) -> set[str]:
    """The inks in which the first line says a word."""
    lines = seat.app.face.head._lines[0]
    return {span.ink for span in lines if word in span.text}


async def test_what_is_still_on_a_screen_is_said_until_it_is_off_and_then_for_some_seconds(
    engine: EngineDouble, open_seat: OpenSeat, clock: Clock
) -> None:
    seat = await open_seat(size=(80, 24))
    engine.offs = (off(11, "left"),)
    await engine.tell_state()
    await seat.until(lambda: "◔ 11 of 12 off · left has not answered" in seat.lines()[0])
    assert head_inks(seat, "11 of 12") == {"warn"}
    engine.offs = (replace(engine.offs[0], at=engine.offs[0].at - timedelta(seconds=3)),)
    await engine.tell_state()
    await seat.until(lambda: "✗ 11 of 12 off · left has not answered" in seat.lines()[0])
    assert head_inks(seat, "11 of 12") == {"hold"}
    engine.offs = (replace(engine.offs[0], off=12, missing=()),)
    await engine.tell_state()
    await seat.until(lambda: "✓ 12 of 12 off" in seat.lines()[0])
    clock.later(6)
    await seat.until(lambda: "off" not in seat.lines()[0], "it is no news any more")


async def test_what_was_off_before_anybody_looked_is_no_news(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.offs = (off(12, ago=20),)
    seat = await open_seat(size=(80, 24))
    await seat.settled()
    assert "12 of 12" not in seat.screen()


async def test_nothing_hides_what_is_still_on_a_screen_at_the_smallest_size(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.title = "A very long title of an event that goes on and on"
    engine.relays = (RelayInfo("a-relay-with-a-name", False, 3),)
    engine.offs = (off(10, "left", "right", ago=5), off(11, "bar", ago=60, seq=3))
    await engine.put(item("1", "a question", question="open"))
    seat = await open_seat(size=(80, 24))

    def is_said() -> bool:
        told = seat.lines()[0]
        return any(f"✗ 10{of}12 off +1 · left and 1 more" in told for of in ("/", " of "))

    await seat.press("W")
    assert seat.message
    assert is_said()
    for key in ("?", "l", "#"):  # a dialog, a whole page, the screens
        await seat.press(key)
        await seat.until(lambda: seat.app.busy or seat.app.place == "wall")
        await seat.until(is_said, key)
        await seat.press("escape")
    await seat.press("!")
    await seat.until(lambda: seat.lines()[0].rstrip().endswith("HOLD"))
    await seat.until(is_said, "HOLD does not hide it")
    await seat.press("1", "j", "r")
    await seat.until(lambda: seat.app.composer.is_open)
    await seat.until(is_said, "nor does the composer")
    await engine.shut()
    await seat.until(lambda: "engine gone" in seat.lines()[0])
    await seat.until(is_said, "nor does an engine that is gone")


async def test_the_pane_tells_the_details_of_what_is_still_on_a_screen(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.offs = (off(9, "left", "hall-b/bar", ago=5),)
    engine.relays = (RelayInfo("hall-b", True, 3, 2), RelayInfo("hall-c", False, 40))
    seat = await opened(engine, open_seat, (120, 40))
    told = " ".join(seat.part("#sheet").split())
    assert "9 of 12 off since" in told
    assert "a post of @ada.example" in told
    assert "left, hall-b/bar and 1 more have not answered" in told
    assert "● relay hall-b: 3 screens, 2 behind" in told
    assert "✗ relay hall-c is gone: 40 screens" in told
    engine.offs = ()
    await engine.tell_state()
    await seat.until(lambda: "✗ relay hall-c gone" in seat.lines()[0])


# --- the screens ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_each_screen_is_told_of_with_what_it_shows_and_how_it_is(
    engine: EngineDouble, open_seat: OpenSeat, size: tuple[int, int]
) -> None:
    a_venue(engine)
    await engine.put(item("1", "hello", on_wall=True))
    engine.shown = ["bluesky:1"]
    seat = await opened(engine, open_seat, size)
    assert {len(line) for line in seat.lines()} == {size[0]}
    assert row(seat, "right").split()[-1] == "gone"
    assert head_ink(seat, "1 gone") == "warn"
    if size[1] < 40:
        await seat.press("J", "J")  # of more screens than there are rows those around the chosen
    assert "3 behind" in row(seat, "main")
    await seat.press("J", "J", "J", "J", "J")
    await seat.until(lambda: "as main" in row(seat, "lobby"), "set to nothing of its own")
    assert "other page" in row(seat, "lobby")
    assert "page bb, others aa" in seat.part("#sheet") or size[0] == 120
    wanted = ("# scenes", '" statement', ". black", "= as the script says", "% load anew")
    for words in wanted:
        assert words in seat.part("#sheet"), words
    await seat.press("?")
    for key in ("#", '"', ".", "=", "%"):
        assert f"  {key}  " in seat.part("#asked")


def head_ink(seat: Seat, word: str) -> str:
    """The ink in which the pane says a word."""
    lines = seat.app.face.sheet._lines
    return next(span.ink for line in lines for span in line if word in span.text)


CONTENT: dict[SceneName, tuple[str, ...]] = {
    "masonry": ("about like this: ", " of 20 by turns"),
    "spotlight": ("one post, large: one of 20 by turns",),
    "carousel": ("the next two beside it: one of 20",),
    "ticker": ("a strip at the foot",),
    "pair": ("a question and its answer: there is one", "on the ground floor"),
    "now-next": ("NOW", "Keynote", "next Panel"),
    "statement": ("Welcome to NordCon",),
    "sponsors": ("Ada Ltd, Bo Inc",),
    "pictures": ("(nothing to show: masonry)",),
    "people": ("those with most posts", "20 posts"),
    "hold": ("NordCon",),
    "test": ("the test picture",),
}


async def test_the_picture_of_each_scene_says_what_it_can_know(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    posts = [item(f"{n}", "word " * 40, name="Ada", handle="ada.example") for n in range(20)]
    posts[3] = replace(posts[3], shown_answer="It is on the ground floor")
    await engine.put(*posts)
    engine.shown = [one.id for one in posts]
    engine.segments = a_show(datetime.now(UTC))
    engine.scene = replace(engine.scene, sponsors=(Sponsor("Ada Ltd"), Sponsor("Bo Inc")))
    seat = await opened(engine, open_seat, (200, 60))
    for scene, words in CONTENT.items():
        fields = {"scenes": (scene,), "statement": "Welcome to NordCon"}
        (main,) = engine.walls
        engine.walls = (replace(main, version=main.version + 1, **fields),)
        await engine.tell_state()
        await seat.until(partial(says, seat, *words), f"{scene}: {words}")
    engine.walls = (replace(engine.walls[0], dark=True),)
    await engine.tell_state()
    await seat.until(lambda: "│  black" in seat.part("#sheet"))


def says(seat: Seat, *words: str) -> bool:
    """Whether the pane has all of these words."""
    return all(word in seat.part("#sheet") for word in words)


async def test_a_screen_of_several_scenes_says_which_comes_next_and_when(
    engine: EngineDouble, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2027, 5, 20, 11, 7, 30, tzinfo=UTC)
    monkeypatch.setattr("tui.board.Board.now", lambda self, _: moment if self.welcome else None)
    engine.walls = (Screen("main", 1, ("spotlight", "people"), 40),)
    seat = await opened(engine, open_seat, (200, 60))
    turn = int(moment.timestamp()) // 40
    now, after = ("spotlight", "people") if turn % 2 == 0 else ("people", "spotlight")
    left = 40 - int(moment.timestamp()) % 40
    assert f"{now} › {after} {left} s" in row(seat, "main")


# --- the keys -------------------------------------------------------------------------------------


async def test_scenes_are_picked_by_letters_and_set_by_another_key(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    a_venue(engine)
    seat = await opened(engine, open_seat, (80, 24))
    await seat.press("J", "#", "s", "c", "p", "c", "enter", "#")
    await seat.until(lambda: "Scenes of left" in seat.screen())
    assert engine.commands() == [], "a letter only picks"
    await seat.press("+", "y")
    assert await seat.ordered(SetScreen) == [SetScreen(("spotlight", "now-next"), "left", 45)]
    await seat.until(lambda: "left: spotlight, now-next" in seat.message)
    await seat.until(lambda: "›" in row(seat, "left"))
    await seat.press("K", "#", "y", "escape", "#", "h", "y")
    await seat.until(lambda: len(engine.commands(SetScreen)) == 2)
    assert engine.commands(SetScreen)[1] == SetScreen(("hold",), "*", 30), "of nothing y sets none"


async def test_the_keys_of_the_screens_show_them_first(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    await engine.put(item("1", "hello"))
    seat = await open_seat(size=(80, 24))
    await seat.press("j", ".")
    await seat.until(lambda: "J K chooses one, then ." in seat.message)
    assert seat.app.place == "wall"
    assert not seat.app.busy
    await seat.press(".")
    await seat.until(lambda: "Make main black?" in seat.screen())


async def test_black_and_seen_again_ask_and_name_the_screen(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    a_venue(engine)
    seat = await opened(engine, open_seat, (120, 40))
    await seat.press("J", ".", ".", "enter", "y")
    assert await seat.ordered(Darken) == [Darken("left")]
    await seat.until(lambda: "dark" in row(seat, "left"))
    await seat.press("K", ".")
    await seat.until(lambda: "1 of 3 screens are black" in seat.screen())
    await seat.press("y", "v")
    assert (await seat.ordered(Darken, 2))[1] == Darken("*", on=False)
    await seat.until(lambda: "dark" not in row(seat, "left"))


async def test_back_to_the_script_and_anew_ask_first(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    a_venue(engine)
    engine.walls = (replace(engine.walls[0], hand="otso"), *engine.walls[1:])
    seat = await opened(engine, open_seat, (120, 40))
    await seat.press("=")
    await seat.until(lambda: "set by otso" in seat.screen())
    await seat.press("=", "y")
    assert await seat.ordered(FollowScript) == [FollowScript("*")]
    await seat.press("%", "%", "enter")
    assert engine.commands(RefreshScreens) == []
    await seat.press("y")
    await seat.ordered(RefreshScreens)


async def test_a_statement_of_the_script_is_read_in_full_before_it_is_shown(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    a_venue(engine)
    long = "Please leave the hall calmly. " * 12 + "The end [/red]"
    engine.statements = (StatementInfo("welcome", "Welcome!"), StatementInfo("fire", long))
    seat = await opened(engine, open_seat, (120, 40))
    await seat.press("J", "quotation_mark", "y", "b")
    await seat.until(lambda: "The end [/red]" in seat.screen())
    assert engine.commands() == []
    await seat.press("enter", "y")
    assert await seat.ordered(PlayStatement) == [PlayStatement("fire", screen="left")]
    await seat.until(lambda: "statement" in row(seat, "left"))


async def test_own_words_are_held_against_the_voice_and_kept_where_they_are_refused(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    engine.refusals = {PlayStatement: "not now"}
    seat = await opened(engine, open_seat, (120, 40))
    await seat.press("quotation_mark", "w")
    await seat.until(lambda: seat.app.prompt.asked != "")
    await seat.write("I think it is great")
    await seat.until(lambda: "✗" in seat.part("#prompt-hint"), "the house says we")
    await seat.press("enter")
    assert seat.app.prompt.asked, "Enter does nothing with words that the engine would refuse"
    await seat.press("ctrl+u")
    await seat.write("The doors open at nine")
    await seat.press("enter")
    await seat.until(lambda: "Show this on main?" in seat.screen())
    await seat.press("enter", "y")
    assert await seat.ordered(PlayStatement) == [
        PlayStatement(text="The doors open at nine", screen="main")
    ]
    await seat.until(lambda: "refused: not now" in seat.message)
    await seat.press("quotation_mark", "w")
    await seat.until(lambda: seat.app.prompt.asked != "")
    await seat.until(lambda: "The doors open at nine" in seat.screen())


async def test_a_card_is_liked_and_no_longer(engine: EngineDouble, open_seat: OpenSeat) -> None:
    await engine.put(item("1", "hello", on_wall=True), item("2", "again", on_wall=True))
    engine.shown = ["bluesky:2", "bluesky:1"]
    seat = await open_seat()
    await seat.press("4", "j", "+")
    assert await seat.ordered(Like) == [Like("bluesky:1", 1)]
    await seat.until(lambda: "♥ comes again" in seat.part("#sheet"))
    rows = [line[:60] for line in seat.lines()[:-2] if ".exa" in line[:60]]
    assert [("@1" in one, "♥" in one) for one in rows] == [(True, True), (False, False)]
    await seat.press("+")
    assert (await seat.ordered(Like, 2))[1] == Like("bluesky:1", 1, on=False)
    await seat.until(lambda: "♥" not in seat.screen())


async def test_the_palette_has_screens_scenes_and_statements(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    a_venue(engine)
    engine.statements = (StatementInfo("fire", "Please leave [/red]"),)
    seat = await open_seat()

    async def run(query: str, name: str) -> None:
        found = Commands(seat.app.screen).search(query)
        hits = {str(hit.match_display): hit async for hit in found if isinstance(hit, Hit)}
        assert name in hits, [*hits]
        hits[name].command()

    await run("screen left what", "screen left: what it shows now")
    await seat.until(lambda: row(seat, "left").startswith("▌"))
    await run("scene spotlight", "scene spotlight: one post, large, on left")
    await seat.until(lambda: "Scenes of left" in seat.screen())
    assert engine.commands() == []
    await seat.press("y")
    assert await seat.ordered(SetScreen) == [SetScreen(("spotlight",), "left", 30)]
    await run("statement fire", "statement fire: Please leave [/red], on left")
    await seat.until(lambda: "y show it" in seat.screen())
    await seat.press("y")
    assert await seat.ordered(PlayStatement) == [PlayStatement("fire", screen="left")]
