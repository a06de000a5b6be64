"""Answering and speaking: claim, words, review, five seconds, gone or taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual import events

from eventlive.messages import (
    AccountInfo,
    ClaimItem,
    Discard,
    Present,
    Rewrite,
    Send,
    Settle,
    TakeBack,
    Unclaim,
    Write,
)
from eventlive.model import Claim, Outgoing, OutgoingState
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.composer import Composer


@pytest.fixture
async def desk(engine: EngineDouble) -> EngineDouble:
    await engine.put(
        item("q", "Where is the stream?", rank=2, version=3, question="open", language="en"),
        item("r", "Missä on lähetys?", rank=1, question="open", language="fi", network="x"),
    )
    return engine


def a_post(id: str, state: OutgoingState, text: str = "words", **more: Any) -> Outgoing:
    who = more.pop("who", "eevi")
    return Outgoing(id, 4, "main", text, who, datetime.now(UTC), state, **more)


async def answering(seat: Seat, words: str = "It is at example.org") -> None:
    """Pick the first post and write an answer to it."""
    await seat.rows("q", "r")
    await seat.press("j", "r")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    await seat.write(words)


async def test_an_answer_from_claim_to_gone(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat)
    assert desk.commands(ClaimItem) == [ClaimItem("bluesky:q", 3)]
    await seat.press("ctrl+s")
    review = seat.part("#looking")
    assert "It is at example.org" in review
    assert "@nordcon on Bluesky" in review
    assert "@q.example: Where is the stream?" in review
    await seat.until(lambda: seat.app.board.item("bluesky:q").claim is not None)
    await seat.press("y")
    (write,) = await seat.ordered(Write)
    assert write == Write("It is at example.org", "main", "bluesky:q", 4, send=True)
    await seat.until(lambda: "goes out in" in seat.part("#parting"))
    assert seat.app.composer.stage == "closed"
    await seat.ordered(Unclaim)
    await desk.change_out("out-1", state="sent", sent_at=datetime.now(UTC))
    await seat.until(lambda: "gone out" in seat.message)
    assert not seat.app.query_one("#parting").display


async def test_taking_back_brings_the_words_again(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "To soon")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: "out-1" in desk.out and seat.app.board.outgoing("out-1"))
    await seat.press("u")
    assert await seat.ordered(TakeBack) == [TakeBack("out-1", 1)]
    await seat.until(lambda: seat.app.composer.text == "To soon")
    await seat.press("backspace", *["left"] * 5, "o", "ctrl+s", "y")
    assert await seat.ordered(Send) == [Send("out-1", 3)]
    assert desk.commands(Rewrite) == [Rewrite("out-1", 2, "Too soo")]
    assert len(desk.commands(Write)) == 1


@pytest.mark.parametrize("keys", [["enter"], ["y"], ["enter", "enter"], ["ctrl+s", "enter"]])
async def test_no_other_way_sends(desk: EngineDouble, open_seat: OpenSeat, keys: list[str]) -> None:
    seat = await open_seat()
    await answering(seat, "no")
    await seat.press(*keys)
    await seat.press("ctrl+s", "ctrl+s", "enter", "space")
    assert seat.app.composer.stage == "review"
    assert desk.commands() == []


async def test_a_paste_with_newlines_is_only_text(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "")
    seat.app.post_message(events.Paste("first\nsecond\ny\n"))
    await seat.until(lambda: "second" in seat.app.composer.text)
    # As a terminal without bracketed paste sends the same.
    await seat.press("a", "ctrl+j", "y", "enter")
    assert seat.app.composer.text == "first\nsecond\ny\na\ny\n"
    assert seat.app.composer.stage == "writing"
    assert desk.commands() == []


async def test_a_paste_confirms_nothing_anywhere(desk: EngineDouble, open_seat: OpenSeat) -> None:
    await desk.change("bluesky:q", avoided=True)
    seat = await open_seat()

    async def paste() -> None:
        seat.app.post_message(events.Paste("y\ny\n"))
        await seat.pilot.pause()

    await seat.rows("q", "r")
    await seat.press("j")
    await paste()
    assert not seat.app.busy
    await seat.press("r")
    await seat.until(lambda: "all the same?" in seat.screen())
    await paste()
    await seat.press("enter")
    assert len(seat.app.screen_stack) == 2
    await seat.press("y")
    await paste()
    await seat.until(lambda: seat.app.composer.text == "y\ny\n")
    await seat.press("ctrl+s")
    await paste()
    await seat.press("enter")
    assert seat.app.composer.stage == "review"
    await seat.press("n", "n")
    await paste()
    await seat.until(lambda: seat.app.prompt.asked == "note")
    await seat.press("escape", "m")
    await seat.until(lambda: "Mute @q.example?" in seat.screen())
    await paste()
    await seat.press("enter", "escape")
    assert desk.commands() == []


async def test_whom_the_house_avoids_is_answered_only_by_saying_so_twice(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    await desk.change("bluesky:q", avoided=True)
    seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j", "r")
    await seat.until(lambda: "The house does not engage with @q.example." in seat.screen())
    assert "Answer @q.example all the same?" in seat.part("#asked")
    await seat.press("r", "escape")
    assert not seat.app.composer.is_open
    assert desk.commands(ClaimItem) == []
    await seat.press("r", "y")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    assert "⊘ The house does not engage with @q.example: you" in seat.part("#composer-head")
    await seat.write("Here")
    await seat.press("ctrl+s", "y")
    (write,) = await seat.ordered(Write)
    assert isinstance(write, Write)
    assert write.over == ("do-not-engage",)


@pytest.mark.parametrize("known", [True, False], ids=["seen here", "by the engine's refusal"])
async def test_whom_the_house_came_to_avoid_meanwhile_is_asked_about_before_it_goes(
    desk: EngineDouble, open_seat: OpenSeat, known: bool
) -> None:
    seat = await open_seat()
    await answering(seat, "Here")
    await seat.press("ctrl+s")
    if known:
        await desk.change("bluesky:q", avoided=True)
        await seat.until(lambda: seat.app.board.item("bluesky:q").avoided)
    else:
        desk.refusals[Write] = "the house does not engage with @q.example: say so twice"
    await burst(seat, "y", "y")  # whoever presses it twice sends nothing
    await seat.until(lambda: len(seat.app.screen_stack) == 2 or seat.app.composer.piece.engaged)
    if not seat.app.composer.piece.engaged:
        await seat.press("y")
    await seat.until(lambda: len(seat.app.screen_stack) == 1)
    desk.refusals.clear()
    refused = len(desk.commands(Write))
    assert refused == (0 if known else 1)
    await seat.press("ctrl+s")
    assert seat.app.composer.stage == "review"
    await seat.press("y")
    write = (await seat.ordered(Write, refused + 1))[-1]
    assert isinstance(write, Write)
    assert (write.text, write.over) == ("Here", ("do-not-engage",))


async def test_who_deals_with_it_or_has_answered_is_said_before_a_word_is_written(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.role = "lead"
    desk.present = (Present("leena", "operator", "x:r", writing=True),)
    since = datetime(2026, 5, 20, 9, 4, 5, tzinfo=UTC)
    await desk.change("bluesky:q", claim=Claim("kim", since))
    seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j", "r")
    assert "kim deals with @q.example since 12:04:05 (C takes it over)" in seat.message
    assert not seat.app.composer.is_open
    await seat.press("j", "r")
    await seat.until(lambda: "leena writes an answer to @r.example just now" in seat.screen())
    await seat.press("escape")
    await desk.put(a_post("o", "queued", "Tässä", answers="bluesky:q", who="kim"))
    await desk.change("bluesky:q", claim=None, answer="o")
    await seat.until(lambda: not seat.app.board.item("bluesky:q").claim)
    await seat.until(lambda: seat.app.board.outgoing("o"))
    await seat.press("k", "r")
    await seat.until(lambda: "kim has answered at" in seat.screen())
    assert "(leaving): “Tässä”" in seat.part("#asked")
    await seat.press("escape")
    assert desk.commands(ClaimItem) == []


async def test_a_viewer_speaks_to_nobody(desk: EngineDouble, open_seat: OpenSeat) -> None:
    desk.role = "viewer"
    seat = await open_seat()
    await seat.rows("q", "r")
    for keys in (("j", "r"), ("p",)):
        await seat.press(*keys)
        assert "a viewer looks on" in seat.message
        assert not seat.app.composer.is_open


async def test_the_review_says_who_speaks_how_and_where_it_leads(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.accounts = (AccountInfo("main", "bluesky", "nordcon", "NordCon", 300, language="fi"),)
    seat = await open_seat()
    await answering(seat, "The stream is at https://example.org/live and it is free for all of us.")
    await seat.press("ctrl+s")
    review = seat.part("#looking")
    assert "Goes out as @nordcon on Bluesky, in English" in review
    assert "! this account speaks Finnish" in review
    assert "links to    https://example.org/live" in review
    assert "71 of 300 characters on Bluesky" in review


async def test_the_lists_keys_do_nothing_behind_a_review(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat)
    await seat.press("ctrl+s")
    await seat.press("x", "w", "s", "m", "1", "4", "slash", "z")
    assert desk.commands() == []
    assert seat.app.place == "inbox"
    assert seat.app.composer.stage == "review"


async def test_n_goes_back_and_the_words_are_kept(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "half a sen")
    await seat.press("ctrl+s", "n")
    assert seat.app.composer.stage == "closed"
    await seat.ordered(Unclaim)
    await seat.press("j", "r")
    assert seat.app.composer.text == ""
    await seat.press("escape", "k", "r")
    assert seat.app.composer.text == "half a sen"


async def test_e_in_the_review_goes_on_writing(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "one")
    await seat.press("ctrl+s", "e")
    await seat.write(" two")
    await seat.press("ctrl+s", "y")
    (write,) = await seat.ordered(Write)
    assert isinstance(write, Write)
    assert write.text == "one two"


async def test_too_long_is_not_reviewed(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "")
    seat.app.composer.words.load_text("x" * 301)
    await seat.press("ctrl+s")
    assert seat.app.composer.stage == "writing"
    assert "1 characters too long" in seat.part("#composer-foot")
    assert "301 / 300" in seat.part("#composer-head")


async def test_the_account_follows_the_network_and_can_be_changed(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j", "j", "r")
    assert "@nordcon_x on X" in seat.part("#composer-head")
    await seat.press("ctrl+t")
    assert "@nordcon on Bluesky" in seat.part("#composer-head")
    assert "not where it was asked" in seat.part("#composer-head")
    assert "/ 300" in seat.part("#composer-head")


async def test_prepared_answers_fit_the_question(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.rows("q", "r")
    await seat.press("j", "j", "c")
    first = [line for line in seat.part("#asked").splitlines() if line.startswith("▌")]
    assert "Suora lähetys" in first[0]
    await seat.press("enter")
    assert seat.app.composer.text.startswith("Suora lähetys")
    assert seat.app.composer.stage == "writing"
    assert desk.commands() == []


async def test_a_new_post(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await seat.press("p")
    await seat.write("Doors open\nat nine")
    await seat.press("ctrl+s", "y")
    assert await seat.ordered(Write) == [Write("Doors open\nat nine", "main", send=True)]
    assert desk.commands(ClaimItem) == []


async def test_a_refused_answer_keeps_its_words(desk: EngineDouble, open_seat: OpenSeat) -> None:
    desk.refusals[Write] = "kim has answered it"
    seat = await open_seat()
    await answering(seat, "ours")
    await seat.press("ctrl+s", "y")
    await seat.until(lambda: "kim has answered it" in seat.part("#composer-foot"))
    assert seat.app.composer.stage == "writing"
    assert seat.app.composer.text == "ours"


async def test_a_claim_lost_in_a_race_blocks_the_answer(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    desk.refusals[ClaimItem] = "kim deals with it"
    seat = await open_seat()
    await answering(seat, "ours")
    await seat.until(lambda: "kim deals with it" in seat.part("#composer-foot"))
    await seat.press("ctrl+s")
    assert seat.app.composer.stage == "writing"


async def test_a_post_changed_during_the_review_is_not_answered(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "Yes, we love it")
    await seat.press("ctrl+s")
    await desk.put(item("q", "Do you hate it?", rank=2, version=9, question="open"))
    await seat.until(lambda: seat.app.board.item("bluesky:q").version == 9)
    await seat.press("y")
    assert "changed the post" in seat.part("#composer-foot")
    assert desk.commands(Write) == []


async def test_a_post_deleted_meanwhile_is_not_answered(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "Yes")
    await seat.press("ctrl+s")
    await desk.change("bluesky:q", state="deleted", question="open")
    await seat.press("2")
    await seat.until(lambda: seat.app.board.item("bluesky:q").state == "deleted")
    await seat.press("y")
    assert "deleted" in seat.part("#composer-foot")
    assert desk.commands(Write) == []


async def test_claims_are_renewed_until_the_composer_is_left(
    desk: EngineDouble, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.speaking.RENEW_EVERY", 0.05)
    seat = await open_seat()
    await answering(seat, "thinking")
    await seat.until(lambda: len(desk.commands(ClaimItem)) >= 4)
    await seat.press("escape")
    await seat.ordered(Unclaim)
    renewed = len(desk.commands(ClaimItem))
    await desk.change("bluesky:q", claim=Claim("kim", datetime.now(UTC)))
    await seat.until(lambda: "○" in seat.lines()[2])
    assert len(desk.commands(ClaimItem)) == renewed


async def test_outgoing_edit_drop_and_settle(desk: EngineDouble, open_seat: OpenSeat) -> None:
    await desk.put(a_post("o-fail", "failed"), a_post("o-unsure", "uncertain", "lost?"))
    seat = await open_seat()
    await seat.press("3")
    await seat.rows("o-unsure", "o-fail")
    await seat.press("j", "x")
    assert "V settles" in seat.message
    await seat.press("V", "enter", "V", "y")
    assert desk.commands() == []
    await seat.press("p")
    assert await seat.ordered() == [Settle("o-unsure", 4, True)]
    await seat.press("j", "r")
    await seat.until(lambda: seat.app.composer.text == "words")
    await seat.press("ctrl+s", "y")
    assert await seat.ordered(Send) == [Send("o-fail", 4)]
    await desk.change_out("o-fail", state="failed")
    await seat.until(lambda: seat.app.board.outgoing("o-fail").state == "failed")
    await seat.press("x", "x", "enter")
    assert desk.commands(Discard) == []
    await seat.press("y")
    assert await seat.ordered(Discard) == [Discard("o-fail", 6)]


async def test_words_survive_a_killed_console(
    desk: EngineDouble, open_seat: OpenSeat, tmp_path: Path
) -> None:
    first = await open_seat()
    await answering(first, "half writ")
    (file,) = await _drafts(first, tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    # Nothing of the first console runs at its end: it might as well have been killed.
    second = await open_seat()
    await second.until(lambda: second.app.composer.is_open)
    assert second.app.composer.text == "half writ"
    assert "Answer to @q.example" in second.part("#composer-head")
    await second.press("ctrl+s", "y")
    await second.ordered(Write)
    third = await open_seat()
    assert not third.app.composer.is_open


async def _drafts(seat: Seat, folder: Path) -> list[Path]:
    await seat.until(lambda: list(folder.glob("drafts/*.json")))
    await seat.until(lambda: b"half writ" in next(iter(folder.glob("drafts/*.json"))).read_bytes())
    return list(folder.glob("drafts/*.json"))


async def test_closing_by_a_click_elsewhere_is_impossible(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "words")
    await seat.pilot.click("#list", offset=(20, 1))
    await seat.press("x")
    assert seat.app.query_one(Composer).text == "wordsx"
    assert desk.commands() == []


async def burst(seat: Seat, *keys: str) -> None:
    """Keys faster than anybody acts on them, as a terminal that lagged delivers them."""
    for key in keys:
        character = key if len(key) == 1 else None
        seat.app.post_message(events.Key(key, character))
    await seat.pilot.pause(0.05)


async def test_words_typed_right_after_the_opening_key_are_not_lost(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.rows("q", "r")
    await burst(seat, "j", "r", "x", "e", "w")
    await seat.until(lambda: seat.app.composer.text == "xew")
    await seat.press("escape")
    await burst(seat, "slash", "t", "e", "x")
    await seat.until(lambda: desk.watches[-1].filter == "tex")
    assert desk.commands() == []


async def test_keys_typed_before_the_review_was_seen_confirm_nothing(
    desk: EngineDouble, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await answering(seat, "words")
    await burst(seat, "ctrl+s", "y", "y")
    assert seat.app.composer.stage == "review"
    assert seat.app.composer.text == "words"
    assert desk.commands() == []


async def test_confirming_twice_sends_once(desk: EngineDouble, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await answering(seat, "words")
    await seat.press("ctrl+s")
    await burst(seat, "y", "y", "y")
    await seat.ordered(Write)
    assert len(desk.commands(Write)) == 1
