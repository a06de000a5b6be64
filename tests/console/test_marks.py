"""Marked posts: what is marked, what one deciding key then asks of the engine, and what of none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from eventlive.messages import (
    Approve,
    Archive,
    AvoidAuthor,
    BlockAuthor,
    MuteAuthor,
    Order,
    Question,
    Reject,
    Reopen,
    Reply,
    ReportPost,
    Several,
    Snooze,
    TakeOff,
    Undo,
)
from eventlive.model import Anchor, Item
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.meant import Meant
from tui.orders import Deed, Errand, Manner, NotHere
from tui.sending import Errands

CHANGED = "the post has changed since you saw it"
KEYNOTE = Anchor("keynote")


class Desk(EngineDouble):
    """Leaves alone what has changed since, and names no post of several, as the desk does."""

    def _answer(self, order: Order, who: str) -> Reply:
        match order.command:
            case Several(commands):
                fresh = tuple(
                    one for one in commands if self.items[one.item].version == one.version
                )
                self._do(Several(fresh), who)
                left = len(commands) - len(fresh)
                return Reply(order.ref, True, f"{left} left alone: {CHANGED}" if left else "")
            case Undo():
                return replace(super()._answer(order, who), thing="")
            case _:
                return super()._answer(order, who)


@pytest.fixture
async def engine() -> AsyncIterator[Desk]:
    async with Desk(role="lead") as double:
        await double.put(
            *(
                item(id, f"text of {id}", rank=9 - n, version=n + 1, handle=f"{who}.example")
                for n, (id, who) in enumerate(zip("abcdef", "stuvwt", strict=True))
            )
        )
        yield double


async def at_work(open_seat: OpenSeat, *keys: str) -> Seat:
    """A console whose cursor is on the first post, after some keys."""
    seat: Seat = await open_seat()
    await seat.rows(*"abcdef")
    await seat.press("j", *keys)
    return seat


def marked(seat: Seat) -> str:
    return "".join(id.partition(":")[2] for id in seat.app.listing.chosen)


def row_of(seat: Seat, id: str) -> str:
    """The row of a post as it is painted."""
    pane = seat.app.list_pane.region
    return seat.lines()[pane.y + seat.ids().index(id)][pane.x : pane.right]


# --- what a key means, without a screen ---------------------------------------------------------


def some(names: str, **more: Any) -> list[Item]:
    return [item(name, version=3, handle=f"{name}.example", **more) for name in names]


def meant(*things: Item, gone: int = 0) -> Meant:
    return Meant(things, (*(thing.id for thing in things), *map(str, range(gone))))


@pytest.mark.parametrize(
    ("deed", "kind", "manner", "more"),
    [
        ("archive", Archive, Manner(), {}),
        ("reject", Reject, Manner(), {}),
        ("snooze", Snooze, Manner(), {"minutes": 10}),
        ("until", Snooze, Manner(anchor=KEYNOTE), {"anchor": KEYNOTE}),
        ("question", Question, Manner(), {"on": True}),
        ("approve", Approve, Manner(), {}),
        ("mute", MuteAuthor, Manner(), {}),
        ("block", BlockAuthor, Manner(), {}),
        ("avoid", AvoidAuthor, Manner(), {"on": True}),
        ("report", ReportPost, Manner(complaint="hate"), {"complaint": "hate"}),
    ],
)
def test_one_deed_on_all_in_their_order_and_the_versions_seen(
    deed: Deed, kind: type[Archive], manner: Manner, more: dict[str, object]
) -> None:
    errand = meant(*some("cab")).errand(deed, manner)
    assert errand.command == Several(tuple(kind(f"bluesky:{id}", 3, **more) for id in "cab"))
    assert errand.ids == ("bluesky:c", "bluesky:a", "bluesky:b")


def test_what_makes_no_sense_is_left_alone_and_counted() -> None:
    open_ones, done = some("abc"), some("de", state="archived")
    errand = meant(*open_ones, *done, gone=2).errand("archive")
    assert errand.ids == ("bluesky:a", "bluesky:b", "bluesky:c")
    assert errand.done.startswith("archived 3, 4 left alone: ")
    assert "it is archived already" in errand.done
    assert "it has left this queue" in errand.done
    with pytest.raises(NotHere, match="3 left alone: it is open already"):
        meant(*open_ones).errand("reopen")


def test_what_is_turned_on_and_off_is_turned_the_same_way_for_all() -> None:
    asked, other = some("a", question="open"), some("b")
    assert meant(*asked, *other).errand("question").command == Question("bluesky:b", 3, True)
    off = meant(*asked, *some("c", question="open")).errand("question")
    assert off.command == Several(
        (Question("bluesky:a", 3, False), Question("bluesky:c", 3, False))
    )
    assert off.done == "no questions any more: 2"


def test_authors_are_decided_on_once_each() -> None:
    twice = [item(id, version=3, handle="same.example") for id in "ab"]
    assert meant(*twice).errand("mute").command == MuteAuthor("bluesky:a", 3)


def test_orders_on_the_same_posts_leave_one_after_the_other() -> None:
    errands = Errands()
    both = Several((Archive("a", 1), Archive("b", 1)))
    first = errands.start(Errand(Question("a", 1), on="a"), 0.0)
    assert first is not None
    assert errands.start(Errand(both, among=("a", "b")), 0.0) is None
    assert errands.start(Errand(Reopen("b", 1), on="b"), 0.0) is None, "b waits behind both"
    assert errands.start(Errand(Archive("c", 1), on="c"), 0.0) is not None
    errands.answered(Reply(first.ref, True))
    assert errands.seen(replace(item("a", version=2), id="a")) == []
    (second,) = errands.release(0.0)
    assert second.command == Several((Archive("a", 2), Archive("b", 1)))
    assert errands.busy("b")
    errands.answered(Reply(second.ref, False))
    assert [one.command for one in errands.drop_waiting(("a", "b"))] == [Reopen("b", 1)]


# --- at the console -----------------------------------------------------------------------------


async def test_what_is_marked(engine: Desk, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows(*"abcdef")
    await seat.press("space")
    assert marked(seat) == ""
    assert "press the key again" in seat.message, "a live list is stopped first"
    await seat.press("v")
    assert "mark one first" in seat.message
    await seat.press("space", "j", "space")
    assert (marked(seat), seat.cursor) == ("ac", "d")
    await seat.until(lambda: "◆ 2 marked" in seat.part("#tabs"))
    assert row_of(seat, "a").startswith(" ◆")
    await seat.press("k")
    await seat.until(lambda: row_of(seat, "c").startswith("▌◆"), "cursor and mark at once")
    await seat.press("space")
    assert marked(seat) == "a"
    await engine.change("bluesky:e", state="archived")
    await seat.until(lambda: seat.app.listing.is_ghost("bluesky:e"))
    await seat.press("g", "space", "space")  # unmarks a, marks b
    await engine.change("bluesky:d", state="archived")
    await seat.until(lambda: seat.app.listing.is_ghost("bluesky:d"))
    await seat.press("G", "v")
    assert marked(seat) == "bcf"
    await seat.press("4", "1")
    assert marked(seat) == "bcf", "they stay where they are"
    for key in "aArnPC":
        await seat.press(key)
        assert "Esc lets the marks go" in seat.message, key
    await seat.press("*", "*")
    assert marked(seat) == ""
    await seat.press("*", "escape")
    assert marked(seat) == ""
    assert not seat.app.listing.live
    await seat.press("*", "/")
    await seat.write("text")
    await seat.press("enter")
    await seat.until(lambda: marked(seat) == "", "a filter lets them go")
    await seat.press("3", "space")
    assert "each is decided by itself" in seat.message
    assert engine.orders == []


async def test_deciding_on_all_as_they_were_seen_and_taking_it_back(
    engine: Desk, open_seat: OpenSeat
) -> None:
    seat = await at_work(open_seat, "space", "space", "space", "space")
    # The engine's copy of one changes without a word to this console.
    engine.items["bluesky:b"] = item("b", "reworded", rank=8, version=9)
    await seat.press("k", "k", "k", "e")
    (several,) = await seat.ordered()
    seen = [("bluesky:a", 1), ("bluesky:b", 2), ("bluesky:c", 3), ("bluesky:d", 4)]
    assert several == Several(tuple(Archive(*at) for at in seen))
    assert f"archived 4; of these 1 left alone: {CHANGED}" in seat.message
    # Decided with the cursor on b: the next that is none of them has it.
    assert (marked(seat), seat.cursor) == ("", "e")
    await seat.until(lambda: "reworded" in row_of(seat, "b"), "what was left alone is brought")
    assert engine.items["bluesky:b"].state == "open"
    await seat.until(lambda: seat.app.listing.is_ghost("bluesky:d"))
    assert seat.ids() == [*"abcdef"], "the lines stand still until the next move"
    await seat.press("j")
    await seat.rows("b", "e", "f")
    await seat.press("z")
    await seat.rows(*"abcdef")
    assert seat.cursor == "f"
    assert "undone: 4 posts" in seat.message
    assert len(engine.commands(Undo)) == 1


async def test_a_marked_ghost_is_left_alone_and_a_second_key_waits_for_the_first(
    engine: Desk, open_seat: OpenSeat
) -> None:
    seat = await at_work(open_seat, "space", "space", "space")
    await engine.change("bluesky:b", state="archived")
    await seat.until(lambda: seat.app.listing.is_ghost("bluesky:b"))
    engine.deaf = True
    await seat.press("f", "k", "k", "k", "e")
    await seat.until(lambda: len(engine.orders) == 1)
    assert "…" in row_of(seat, "a")
    await engine.wake()
    commands = await seat.ordered(count=2)
    both = Several((Question("bluesky:a", 1, True), Question("bluesky:c", 3, True)))
    assert commands == [both, Archive("bluesky:a", 2)]


async def test_what_was_edited_since_it_was_marked_is_left_alone(
    engine: Desk, open_seat: OpenSeat
) -> None:
    seat = await at_work(open_seat, "space", "space", "space")
    old = engine.items["bluesky:b"]
    await engine.change("bluesky:b", post=replace(old.post, warning="loud"))
    await engine.change("bluesky:c", claim=None)  # another version, the same words
    listing = seat.app.listing

    def seen(id: str) -> Item:
        thing = listing.get(id)
        assert isinstance(thing, Item)
        return thing

    await seat.until(lambda: seen("bluesky:b").post.warning)
    await seat.until(lambda: seen("bluesky:c").version == 4)
    await seat.press("f")
    (several,) = await seat.ordered()
    assert several == Several((Question("bluesky:a", 1, True), Question("bluesky:c", 4, True)))
    assert "1 left alone: changed since you marked it" in seat.message
    await seat.press("g", "j", "space")
    await engine.change("bluesky:b", post=old.post)
    await seat.until(lambda: not seen("bluesky:b").post.warning)
    await seat.press("e")
    assert "changed since: mark them again" in seat.message
    assert len(engine.commands()) == 1


async def test_an_order_on_several_waits_for_no_edit(engine: Desk, open_seat: OpenSeat) -> None:
    seat = await at_work(open_seat, "space", "space")
    engine.deaf = True
    await seat.press("g", "f", "g", "*", "e")
    await seat.until(lambda: len(engine.orders) == 1)
    old = engine.items["bluesky:a"]
    engine.items[old.id] = replace(old, version=9, post=replace(old.post, text="other words"))
    await engine.wake()
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    assert "not sent: changed since you saw it · not done: archived 6" in seat.message
    assert len(engine.orders) == 1
    assert marked(seat) == "abcdef"


async def test_what_reaches_far_asks_and_only_y_confirms(engine: Desk, open_seat: OpenSeat) -> None:
    seat = await at_work(open_seat, "space", "space", "w")
    assert "Put 2 posts on the wall?" in seat.part("#asked")
    await seat.press("enter", "w", "space", "escape", "M")
    assert "Block 2 authors?" in seat.part("#asked")
    await seat.press("enter", "M", "escape")
    assert engine.commands() == []
    assert marked(seat) == "ab"
    await seat.press("w", "y")
    await seat.ordered(Several)
    await seat.press("4")
    await seat.rows("b", "a")
    await seat.press("j", "*", "W")
    assert "Take 2 posts off the wall?" in seat.part("#asked")
    await seat.press("y")
    await seat.ordered(Several, 2)
    ups = Several((Approve("bluesky:a", 1), Approve("bluesky:b", 2)))
    offs = Several((TakeOff("bluesky:b", 3), TakeOff("bluesky:a", 2)))
    assert engine.commands() == [ups, offs]
    await seat.press("1")
    await engine.change("bluesky:f", state="archived")
    await seat.press("d")
    await seat.rows("f")
    await seat.press("j", "space", "E")
    assert (await seat.ordered(Reopen)) == [Reopen("bluesky:f", 7)], "one mark: a plain decision"
