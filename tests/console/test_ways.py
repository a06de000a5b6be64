"""Ways to answer: a reply where the network takes one, a thread, a post of its own, the wall."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.widgets import TextArea

from eventlive.listening.replying import naming
from eventlive.messages import AccountInfo, Rewrite, Send, ShowAnswer, Undo, Write
from eventlive.model import Outgoing, Picture
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.keys import WAYS, WRITING

SENTENCE = "The recording will be up tomorrow. "


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    """A house on X and on Mastodon; three questions that X, Mastodon, and nobody lets answer."""
    engine.accounts = (
        AccountInfo("x", "x", "house", "House", 280, "^ev", "thread"),
        AccountInfo("toot", "mastodon", "house@quay.example", "House", 500),
    )
    await engine.put(
        item("no", "Where is it?", network="x", handle="maren", rank=3, question="open"),
        item("x", "@House where?", network="x", handle="idris", rank=2, mentions=("House",)),
        item("m", "Recorded?", network="mastodon", handle="lena@sea.example", rank=1),
    )
    return engine


async def answering(seat: Seat, id: str, words: str = "") -> None:
    """Write an answer to one of the three."""
    await seat.rows("no", "x", "m")
    await seat.press(*"jjj"[: ["no", "x", "m"].index(id) + 1], "r")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    await seat.write(words)


def named(desk: EngineDouble, words: str) -> str:
    return naming(desk.items["x:no"].post, words)


def test_the_composers_keys_take_nothing_from_who_writes() -> None:
    taken = {
        key
        for binding in TextArea.BINDINGS
        for key in (binding.key if isinstance(binding, Binding) else binding[0]).split(",")
    }
    ours = {name for key in (*WRITING, *WAYS) for name in key.keys.split(",")}
    assert not ours & taken


async def test_an_account_that_can_reply_is_chosen(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "m", "Yes")
    assert "as @house@quay.example on Mastodon" in seat.part("#composer-head")
    await seat.press("ctrl+s")
    assert "@lena@sea.example Yes\n" in seat.part("#looking")
    await seat.press("e", "ctrl+t")
    assert "not where it was asked: it was said on Mastodon" in seat.part("#composer-head")
    await seat.press("escape", "k", "r")
    assert "as @house on X" in seat.part("#composer-head")
    assert "✗" not in seat.part("#composer-head")


async def test_where_no_reply_is_possible_the_reason_stands_there_and_none_goes_out(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(size=(80, 24))
    await answering(seat, "no", "At the harbour")
    reason = "✗ no reply: X lets us reply only to who mentioned or quoted @house"
    assert reason in seat.part("#composer-head")
    await seat.press("ctrl+s", "y")
    assert seat.app.composer.stage == "writing"
    assert desk.commands() == []
    foot = seat.part("#composer-foot")
    for way in ("^o own post", "^g on the wall", "^l by hand"):
        assert way in foot
    assert reason in "\n".join(seat.lines())


async def test_a_post_of_its_own_names_the_question_once(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "no", "At ten")
    await seat.press("ctrl+o")
    assert seat.app.composer.text == named(desk, "At ten")
    assert "✗" not in seat.part("#composer-head")
    await seat.press("ctrl+o")
    assert seat.app.composer.text == "At ten"
    assert "✗" in seat.part("#composer-head")
    await seat.press("ctrl+o")
    await seat.write(".")
    await seat.press("ctrl+s")
    assert "no reply; about @maren: Where is it?" in seat.part("#looking")
    await seat.press("y")
    (write,) = await seat.ordered(Write)
    version = desk.items["x:no"].version
    assert isinstance(write, Write)
    assert write == Write(named(desk, "At ten."), "x", "x:no", write.version, True, True)
    assert write.version < version
    assert desk.out["out-1"].reply_to == ""


async def test_only_the_naming_is_not_an_answer(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "no")
    await seat.press("ctrl+o", "ctrl+s")
    assert "nothing is written yet" in seat.part("#composer-foot")
    await seat.write("Here")
    assert seat.app.composer.text == named(desk, "Here")
    await seat.press(*["backspace"] * 4, "escape", "r")
    assert seat.app.composer.text == ""


async def test_an_answer_on_the_wall(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "no", "At the harbour")
    await seat.press("ctrl+g")
    head = seat.part("#composer-head")
    assert "Answer on the wall alone to @maren" in head
    assert "14 / 1,000" in head
    await seat.press("ctrl+s")
    assert "This goes on the wall, under the question" in seat.part("#looking")
    assert "@maren: Where is it?" in seat.part("#looking")
    await seat.until(lambda: "z takes it off" in seat.part("#keys"))
    await seat.press("y")
    answer = ShowAnswer("x:no", 2, "At the harbour")
    assert await seat.ordered(ShowAnswer) == [answer]
    await seat.until(lambda: "answered on the wall" in seat.message)
    assert seat.app.composer.stage == "closed"
    assert seat.part("#parting") == ""
    await seat.until(lambda: "Answered on the wall:\n  At the harbour" in seat.part("#sheet"))
    assert desk.commands() == [answer]
    await seat.press("z")
    assert await seat.ordered(Undo) == [Undo()]


async def test_an_answer_and_the_pair_on_the_wall(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "x", "Here")
    said = []
    for _ in range(3):
        await seat.press("ctrl+g")
        said.append(seat.part("#composer-head").split("  ")[0].strip())
    both = "Answer to @idris, and both on the wall"
    assert said == [both, "Answer on the wall alone to @idris", "Answer to @idris"]
    await seat.press("ctrl+g", "ctrl+o")
    assert "both" not in seat.part("#composer-head")
    await seat.press("ctrl+o", "ctrl+g")
    seat.app.composer.words.load_text("word " * 205)
    await seat.press("ctrl+s")
    assert "characters too long for the wall: ^g" in seat.part("#composer-foot")
    seat.app.composer.words.load_text("Here")
    await seat.press("ctrl+s")
    assert "and then    question and answer on the wall" in seat.part("#looking")
    await seat.press("y")
    (write,) = await seat.ordered(Write)
    assert write == Write("Here", "x", "x:x", 2, send=True, pair=True)


async def test_from_one_way_to_the_other(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "x", "Here")
    await seat.press("ctrl+o", "ctrl+g")
    assert seat.app.composer.text == "Here"
    assert "Answer on the wall alone to @idris" in seat.part("#composer-head")
    await seat.press("ctrl+g", "ctrl+s", "y")
    (write,) = await seat.ordered(Write)
    assert write == Write("Here", "x", "x:x", 2, send=True)


async def test_too_long_for_the_wall(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "no")
    seat.app.composer.words.load_text("x" * 1001)
    await seat.press("ctrl+g", "ctrl+s")
    assert "1 characters too long for the wall" in seat.part("#composer-foot")
    assert seat.app.composer.stage == "writing"


async def test_the_way_by_hand_is_shown_and_copied(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "no", "At ten")
    await seat.press("ctrl+o", "ctrl+l")
    await seat.until(lambda: "intent/post?in_reply_to=no " in seat.message)
    assert seat.app.clipboard == "https://x.com/intent/post?in_reply_to=no&text=At+ten"
    assert seat.app.composer.stage == "writing"
    await seat.press("escape", "j", "j", "r", "ctrl+l")
    await seat.until(lambda: "https://example.org/m" in seat.message)
    assert seat.app.clipboard == "https://example.org/m"


async def test_a_new_post_has_no_such_ways(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("p")
    await seat.write("Hello")
    assert "^o" not in seat.part("#composer-foot")
    await seat.press("ctrl+g", "ctrl+o")
    assert "that is for answers" in seat.part("#composer-foot")
    await seat.press("ctrl+l")
    await seat.until(lambda: "that is for answers" in seat.message)
    assert seat.app.composer.text == "Hello"


async def test_a_thread_is_looked_at_part_by_part(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat(size=(120, 50))
    await answering(seat, "x")
    text = (SENTENCE * 18).strip()
    seat.app.composer.words.load_text(text)
    await seat.until(lambda: "thread of 3" in seat.part("#composer-head"))
    await seat.press("ctrl+s")
    review = seat.part("#looking")
    rules = [line for line in review.splitlines() if line.startswith("──")]
    assert [line.strip("─ ") for line in rules] == ["1/3", "2/3", "3/3", ""]
    words = [line for line in review.splitlines()[3:] if not line.startswith("──")]
    assert " ".join(words) == f"{text} ^ev"
    await seat.press("y")
    (write,) = await seat.ordered(Write)
    assert isinstance(write, Write)
    assert write.text == text


async def test_what_cannot_be_cut_is_not_reviewed(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "x")
    seat.app.composer.words.load_text("x" * 400)
    await seat.press("ctrl+s")
    assert seat.app.composer.stage == "writing"
    assert "and no thread: “xxx" in seat.part("#composer-foot")
    assert "✗ 404 / 280" in seat.part("#composer-head")


async def test_how_much_is_below_is_told_where_the_review_stands(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(size=(80, 24))
    await answering(seat, "x")
    seat.app.composer.words.load_text("\n".join("abcdefghijklm"))
    await seat.press("ctrl+s")
    await seat.until(lambda: "8 more lines" in seat.part("#composer-foot"))
    await seat.press("j")
    assert "7 more lines" in seat.part("#composer-foot")


async def test_a_review_as_high_as_the_text_was_says_nothing_of_more(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat(size=(120, 40))
    await answering(seat, "x", "Here")
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    composer = seat.app.composer
    await seat.until(lambda: composer.piece.item.claim is not None)
    await seat.press("ctrl+s")
    await seat.until(lambda: composer.looking.size.height == composer.words.styles.height.value)
    async with asyncio.timeout(4):  # before the claim is renewed, which draws it anew
        await seat.until(lambda: "more lines" not in seat.part("#composer-foot"))


async def test_among_accounts_of_one_network_the_one_that_was_asked_answers(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.accounts = (*desk.accounts, AccountInfo("desk", "x", "HouseDesk", "Desk", 280))
    await desk.change("x:no", post=item("no", "@housedesk?", to=("housedesk",), network="x").post)
    seat = await open_seat()
    await answering(seat, "no")
    assert "as @HouseDesk on X" in seat.part("#composer-head")
    assert "✗" not in seat.part("#composer-head")


@pytest.mark.parametrize(
    ("asked", "key", "head", "kept"),
    [
        ("no", "ctrl+o", "of its own", b'"plain":true'),
        ("no", "ctrl+g", "on the wall alone", b'"wall":true'),
        ("m", "ctrl+g", "and both on the wall", b'"pair":true'),
    ],
)
async def test_the_way_survives_a_killed_console(
    desk: EngineDouble,
    open_seat: OpenSeat,
    tmp_path: Path,
    asked: str,
    key: str,
    head: str,
    kept: bytes,
) -> None:
    first = await open_seat()
    await answering(first, asked, "half writ")
    await first.press(key)
    await first.until(
        lambda: [file for file in tmp_path.glob("drafts/*.json") if kept in file.read_bytes()]
    )
    text = first.app.composer.text
    second = await open_seat()
    await second.until(lambda: second.app.composer.is_open)
    assert second.app.composer.text == text
    assert head in second.part("#composer-head")
    await second.press("escape", *"jjj"[: ["no", "x", "m"].index(asked) + 1], "r")
    assert second.app.composer.text == text
    assert head in second.part("#composer-head")


async def test_that_the_house_avoids_somebody_is_asked_again_after_a_kill(
    desk: EngineDouble, open_seat: OpenSeat, tmp_path: Path
) -> None:
    await desk.change("mastodon:m", avoided=True)
    first = await open_seat()
    await first.rows("no", "x", "m")
    await first.press("j", "j", "j", "r", "y")
    await first.until(lambda: first.app.composer.stage == "writing")
    await first.write("half writ")
    await first.press("ctrl+g")
    await first.until(
        lambda: [
            one for one in tmp_path.glob("drafts/*.json") if b'"pair":true' in one.read_bytes()
        ]
    )
    second = await open_seat()
    await second.until(lambda: second.app.composer.is_open)
    await second.rows("no", "x", "m")
    await second.press("ctrl+s", "y")
    await second.until(lambda: "answer all the same?" in second.screen())
    assert desk.commands() == []
    await second.press("y", "ctrl+s", "y")
    (write,) = await second.ordered(Write)
    assert isinstance(write, Write)
    assert (write.text, write.pair, write.over) == ("half writ", True, ("do-not-engage",))


async def test_an_answer_on_the_wall_whose_reply_was_lost_is_not_shown_twice(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "no", "At the harbour")
    await seat.until(lambda: not seat.app.sending.errands.under_way)
    desk.deaf = True
    await seat.press("ctrl+g", "ctrl+s", "y")
    await seat.until(lambda: desk.commands(ShowAnswer))
    await desk.shut()
    await seat.until(lambda: "has not said" in seat.part("#composer-foot"))
    desk.deaf = False
    desk.shown.append("x:no")
    await desk.change("x:no", shown_answer="At the harbour", on_wall=True, state="archived")
    await desk.open()
    await seat.until(lambda: "taken it after all: it is on the wall" in seat.message)
    assert seat.app.composer.stage == "closed"
    assert len(desk.commands(ShowAnswer)) == 1


async def test_a_colleagues_answer_on_the_wall_is_seen_in_time(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "x", "Here")
    await seat.press("ctrl+s")
    await desk.change("x:x", shown_answer="There", on_wall=True)
    await seat.until(lambda: seat.app.board.item("x:x").shown_answer)
    await seat.press("y")
    assert "answered it on the wall meanwhile" in seat.part("#composer-foot")
    assert desk.commands(Write) == []


async def test_a_prepared_post_shows_all_that_goes_out_and_keeps_its_account(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    pictures = (Picture("lunch.png", "Soup [/red]"),)
    now = datetime.now(UTC)
    await desk.put(
        Outgoing("o", 1, "toot", "Lunch", "script", now, "held", pictures=pictures, warning="food")
    )
    seat = await open_seat()
    await seat.press("3", "j", "r")
    await seat.until(lambda: seat.app.composer.text == "Lunch")
    await seat.press("ctrl+t")
    assert "it is written for this account" in seat.part("#composer-foot")
    await seat.write("!")
    await seat.press("ctrl+s")
    review = seat.part("#looking")
    assert "Goes out as @house@quay.example on Mastodon" in review
    assert "Warning: food" in review
    assert "lunch.png “Soup [/red]”" in review
    assert "6 of 496 characters" in review
    await seat.press("y")
    assert await seat.ordered(Send) == [Send("o", 2)]
    assert desk.commands(Rewrite) == [Rewrite("o", 1, "Lunch!")]
