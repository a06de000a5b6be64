"""What two operators ran into at a rehearsal of the show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from eventlive.listening.variables import Names, Naming
from eventlive.messages import (
    ApprovePost,
    Previewed,
    Reload,
    Rewrite,
    Send,
    TakeBack,
    Write,
)
from eventlive.model import Anchor, Outgoing, OutgoingState, Segment
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, a_show
from tests.console.seat import Seat


def post(id: str, minutes: float = 12, state: OutgoingState = "queued", **more: Any) -> Outgoing:
    """A planned post, tied to the panel's start unless told otherwise."""
    now = datetime.now(UTC)
    due = now + timedelta(minutes=minutes) if state == "queued" else None
    more.setdefault("anchor", Anchor("panel"))
    text = more.pop("text", f"words of {id}")
    return Outgoing(id, 1, "main", text, "script", now, state, due_at=due, **more)


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    engine.segments = a_show(datetime.now(UTC))
    await engine.put(post("soon"), post("then", 20))
    return engine


async def on_soon(open_seat: OpenSeat, **options: Any) -> Seat:
    """A console in Outgoing with the cursor on the first planned post."""
    seat: Seat = await open_seat(**options)
    await seat.press("3")
    await seat.rows("soon", "then")
    await seat.press("j")
    assert seat.cursor == "soon"
    return seat


def version(seat: Seat, id: str) -> int:
    """The version of a post or a part that the console knows; 0 for none."""
    thing = seat.app.board.outgoing(id) or seat.app.board.segment(id)
    return thing.version if thing else 0


# --- what is taken back -------------------------------------------------------------------------


async def sent_and_taken_back(seat: Seat) -> None:
    """Write a post, send it, and see `u` take back that very post."""
    await seat.press("p")
    await seat.write("Wrong")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: "u takes it back" in seat.part("#parting"))
    await seat.until(lambda: seat.app.board.outgoing("out-1"))
    await seat.press("u")
    assert await seat.ordered(TakeBack) == [TakeBack("out-1", 1)]


async def test_u_takes_back_what_leaves_and_not_what_is_planned(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_soon(open_seat)
    await sent_and_taken_back(seat)


async def test_u_takes_back_what_a_filter_hides(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await on_soon(open_seat)
    await seat.press("/", *"soon", "enter")
    await seat.rows("soon")
    await seat.press("1")
    await sent_and_taken_back(seat)


async def test_a_filter_does_not_make_a_post_go_out_twice(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_soon(open_seat)
    await seat.press("/", *"soon", "enter")
    await seat.rows("soon")
    await seat.press("1", "p")
    await seat.write("Doors")
    await seat.press("ctrl+s")
    desk.deaf = True
    await seat.press("y")
    await seat.until(lambda: desk.commands(Write))
    await desk.shut()
    await seat.until(lambda: not seat.app.board.up)
    # It had taken the post before it fell.
    taken = Outgoing("out-1", 1, "main", "Doors", "eevi", datetime.now(UTC), "queued")
    desk.out["out-1"] = taken
    desk.deaf = False
    await desk.open()
    await seat.until(lambda: seat.app.board.up)
    await seat.until(lambda: seat.app.composer.stage == "closed", "it had arrived")
    assert "had taken it after all" in seat.message
    assert len(desk.commands(Write)) == 1


async def test_u_asks_before_a_planned_post_loses_its_time(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_soon(open_seat)
    await seat.press("u", "u", "enter")
    assert "Nothing of yours is leaving now" in " ".join(seat.part("#asked").split())
    assert desk.commands() == []
    await seat.press("y")
    assert await seat.ordered() == [TakeBack("soon", 1)]
    assert "a draft now, it does not leave by itself" in seat.message


# --- whose words leave, and when ----------------------------------------------------------------


async def test_new_words_that_outlive_a_console_keep_the_time(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    first = await on_soon(open_seat)
    await first.press("r")
    await first.write(", better")
    await first.press("ctrl+q", "l")
    await first.until(lambda: desk.consoles == 0)
    again = await open_seat()
    await again.until(lambda: again.app.board.outgoing("soon"))
    await again.press("ctrl+s", "y")
    await again.ordered(Rewrite)
    assert desk.commands(Send) == []


async def test_new_words_of_a_colleague_are_not_written_over(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_soon(open_seat)
    await seat.press("r")
    await seat.write("!")
    await seat.press("ctrl+s")
    await desk.change_out("soon", text="It is in hall B, not A", hand="kim")
    await seat.until(lambda: version(seat, "soon") == 2)
    await seat.press("y")
    await seat.until(lambda: seat.app.composer.stage != "handing")
    assert desk.out["soon"].text == "It is in hall B, not A"
    shown = " ".join(seat.part("#composer-foot").split())
    assert "kim has changed it meanwhile, it says now: “It is in hall B, not A”" in shown
    await seat.press("ctrl+s", "y")  # seen, and still wanted
    assert (await seat.ordered(Rewrite))[-1] == Rewrite("soon", 2, "words of soon!")


async def test_words_that_were_only_looked_at_are_not_kept(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await on_soon(open_seat)
    await seat.press("r", "escape")
    await desk.change_out("soon", text="It is in hall B, not A", hand="kim")
    await seat.until(lambda: version(seat, "soon") == 2)
    await seat.press("r")
    assert seat.app.composer.text == "It is in hall B, not A"


async def test_a_review_shows_what_goes_out_and_what_cannot_be_filled(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.names = Names({"ada": Naming("Ada Lovelace", handles={"bluesky": "ada.example"})})
    await desk.change_out("soon", text="words of soon with {speaker.ada} and {speaker.adda}")
    seat = await on_soon(open_seat)
    await seat.press("r", "!", "ctrl+s")
    shown = seat.app.composer.looking.text
    assert "words of soon with @ada.example" in shown
    assert "did you mean {speaker.ada}" in " ".join(shown.split())


# --- what is said -------------------------------------------------------------------------------


async def test_the_reason_of_a_refusal_is_on_the_screen(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    await desk.change_out("soon", needs_approval=True)
    desk.refusals[ApprovePost] = "nobody approves their own words: a second person must"
    seat = await on_soon(open_seat, size=(80, 24))
    await seat.press("O")
    await seat.ordered(ApprovePost)
    await seat.until(lambda: seat.message)
    assert "nobody approves their own words" in "\n".join(seat.lines()[-3:])


async def test_what_follows_an_overdue_part_is_expected_after_it(
    engine: EngineDouble, open_seat: OpenSeat
) -> None:
    now = datetime.now(UTC)
    begins = now - timedelta(minutes=25)
    ends = begins + timedelta(minutes=10)
    reveal = Segment("reveal", 1, "Reveal", begins, 10, begins=begins, ends=ends, by="hand")
    boil = replace(reveal, id="boil", title="First boil", starts=None, after="reveal", begins=ends)
    engine.segments = (reveal, boil)
    seat = await open_seat()
    await seat.until(lambda: "is due · 25 min over" in seat.screen())
    await seat.press("6")
    await seat.rows("reveal", "boil")
    (row,) = [line for line in seat.lines() if "First boil" in line]
    earliest = (now + timedelta(minutes=10)).astimezone(seat.app.board.zone)
    # The minute may have turned since.
    assert any(f"{earliest + timedelta(minutes=more):%H:%M}" in row for more in (0, 1))


async def test_a_late_preview_takes_no_keys_from_a_text(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.preview = Previewed(0, ("lunch: 12:00 becomes 12:30",), (), "d1")
    seat = await on_soon(open_seat)
    desk.deaf = True
    await seat.press("ctrl+r", "p")
    await seat.write("so ")
    await desk.wake()
    await seat.until(lambda: "^r shows what would change" in seat.message)
    await seat.write("yes")
    assert seat.app.composer.text == "so yes"
    await seat.press("escape")
    assert desk.commands(Reload) == []


async def test_a_preview_takes_no_yes_that_was_typed_before_it_was_seen(
    desk: EngineDouble, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.dialogs.LOOK_FIRST", 3600)
    desk.preview = Previewed(0, ("lunch: 12:00 becomes 12:30",), (), "d1")
    seat = await on_soon(open_seat)
    await seat.press("ctrl+r")
    await seat.until(lambda: "lunch" in seat.screen())
    await seat.press("p", *"yes")
    assert "y take it in" not in seat.part("#asked-foot")
    assert desk.commands() == []


async def test_late_by_comes_to_what_was_shown(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    (panel,) = [one for one in desk.segments if one.id == "panel"]
    assert panel.begins is not None
    wanted = panel.begins + timedelta(minutes=5)
    await seat.press("6")
    await seat.until(lambda: "Panel" in seat.screen())
    await seat.press("j", *"kkkkkk", *"jjj")
    while seat.cursor != "panel":
        await seat.press("j")
    await seat.press("L", "5")
    await seat.until(
        lambda: (
            f"begins {wanted.astimezone(seat.app.board.zone):%H:%M}" in seat.part("#prompt-hint")
        )
    )
    # A colleague is five minutes quicker with the same.
    desk.segments = tuple(
        replace(one, version=2, begins=wanted, slip=540) if one.id == "panel" else one
        for one in desk.segments
    )
    await desk.tell_state()
    await seat.until(lambda: version(seat, "panel") == 2)
    await seat.press("enter")
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    (panel,) = [one for one in desk.segments if one.id == "panel"]
    assert panel.begins == wanted
