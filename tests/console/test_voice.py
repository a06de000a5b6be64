"""One voice in the composer: found while somebody writes, refused at y, set aside by Y."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace as with_rules
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from textual import events

from eventlive.listening.voice_rules import HOUSE, VoiceRules
from eventlive.messages import AccountInfo, Rewrite, ShowAnswer, Welcome, Write
from eventlive.model import Outgoing
from tests.console.conftest import OpenSeat
from tests.console.engine_double import EngineDouble, item
from tests.console.seat import Seat
from tui.lines import Lines
from tui.voicing import Voicing

MAIN = AccountInfo("main", "bluesky", "nordcon", "NordCon", 300, language="en")


class House(EngineDouble):
    """An engine whose script has a voice."""

    voice: VoiceRules = HOUSE

    def _welcome(self, name: str) -> Welcome:
        return replace(super()._welcome(name), voice=self.voice)


@pytest.fixture
async def engine() -> AsyncIterator[House]:
    async with House() as double:
        double.accounts = (MAIN,)
        yield double


async def writing(seat: Seat, text: str) -> None:
    """Put words into the composer at once; opens it for a new post."""
    if not seat.app.composer.is_open:
        await seat.press("p")
        await seat.until(lambda: seat.app.composer.stage == "writing")
    seat.app.composer.words.load_text(text)
    await seat.until(lambda: seat.app.composer.text == text)
    await seat.pilot.pause()


def heard(seat: Seat) -> list[str]:
    """What stands below the words."""
    return [line.strip() for line in seat.part("#composer-voice").splitlines()]


def heights(seat: Seat) -> list[int]:
    return [part.region.height for part in seat.app.composer.children]


async def test_what_is_wrong_shows_while_it_is_typed_and_nothing_jumps(
    engine: House, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await seat.press("p")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    before = heights(seat)
    await seat.write("Now I")
    await seat.until(lambda: heard(seat) == ['✗ "I" is one person speaking: we say "we" → we'])
    await seat.write(" am!! me my own")
    await seat.until(lambda: "+2 more" in heard(seat)[-1])
    assert [line[0] for line in heard(seat)] == ["✗", "✗"]
    assert heights(seat) == before
    await writing(seat, "We are here!! Come")
    assert heard(seat) == ["! one exclamation mark is enough → !"]
    assert "bad" not in inks(seat)
    await writing(seat, "We are here")
    assert not any(heard(seat))
    assert heights(seat) == before


def inks(seat: Seat) -> list[str]:
    lines = seat.app.query_one("#composer-voice", Lines)._lines
    return [span.ink for line in lines for span in line]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_finding_has_room_on_every_screen(
    engine: House, open_seat: OpenSeat, size: tuple[int, int]
) -> None:
    seat = await open_seat(size=size)
    await writing(seat, "I am here, ask me about my work!!")
    await seat.until(lambda: "more" in seat.part("#composer-voice"))
    assert any('✗ "I" is one person speaking' in line for line in seat.lines())
    await seat.press("ctrl+s")
    await seat.until(lambda: any("Y send anyway" in line for line in seat.lines()))
    assert sum('✗ "I" is one person' in line for line in seat.lines()) == 1


async def test_y_is_refused_and_shift_y_sends_with_the_rules_named(
    engine: House, open_seat: OpenSeat
) -> None:
    seat = await open_seat()
    await writing(seat, "I am here!!")
    await seat.press("ctrl+s")
    review = seat.part("#looking").splitlines()
    assert review[0].strip().startswith('✗ "I" is one person speaking: we say "we"')
    assert "y send" not in seat.part("#composer-foot")
    await seat.press("y", "y", "enter")
    assert seat.app.composer.stage == "review"
    assert "e goes on writing, Y sends it all the same" in seat.part("#composer-foot")
    assert engine.commands() == []
    await seat.press("e")
    assert seat.app.composer.stage == "writing"
    await seat.press("ctrl+s", "Y")
    (write,) = await seat.ordered(Write)
    assert write == Write("I am here!!", "main", send=True, over=("first-person-singular",))


async def test_a_warning_stops_nobody(engine: House, open_seat: OpenSeat) -> None:
    seat = await open_seat()
    await writing(seat, "We are here!!")
    await seat.press("ctrl+s")
    assert "! one exclamation mark is enough" in seat.part("#looking")
    await seat.press("Y")
    assert engine.commands() == []
    await seat.press("y")
    assert await seat.ordered(Write) == [Write("We are here!!", "main", send=True)]


async def test_an_account_of_a_person_speaks_as_one(engine: House, open_seat: OpenSeat) -> None:
    engine.accounts = (replace(MAIN, first_person=True),)
    engine.voice = with_rules(HOUSE, banned=(("cheap", "affordable"),))
    seat = await open_seat()
    await writing(seat, "I am here")
    assert heard(seat) == ["speaks as a person"]
    await writing(seat, "I am cheap")
    assert '"cheap" is not ours' in heard(seat)[0]
    await seat.press("ctrl+s", "y")
    assert "the house does not say that: e goes" in seat.part("#composer-foot")
    await seat.press("Y")
    (write,) = await seat.ordered(Write)
    assert isinstance(write, Write)
    assert write.over == ("banned-word",)


@pytest.mark.parametrize(
    ("account", "asked", "text", "found"),
    [
        ("fi", "en", "Tulen", ["Tulen"]),  # the account's, whatever the question's is
        ("", "no", "eg veit", ["eg"]),
        ("", "no", "I dag opnar vi", []),
        ("", "sv", "Jeg kommer snart", ["Jeg"]),  # in none of the six: the text tells
        ("", "", "I will check.", ["I"]),
        ("", "", "I dag åpner vi", []),
    ],
)
def test_the_language_of_an_answer(account: str, asked: str, text: str, found: list[str]) -> None:
    findings = Voicing().findings(text, replace(MAIN, language=account), asked)
    assert [text[each.start : each.end] for each in findings] == found


async def test_a_changed_post_and_an_answer_on_the_wall_are_held_against_it_too(
    engine: House, open_seat: OpenSeat
) -> None:
    engine.accounts = (replace(MAIN, first_person=True, language=""),)
    await engine.put(item("q", "Kvar?", question="open", language="no"))
    seat = await open_seat()
    await seat.rows("q")
    await seat.press("j", "r")
    await seat.until(lambda: seat.app.composer.stage == "writing")
    await writing(seat, "eg veit")
    assert heard(seat) == ["speaks as a person"]
    # Nobody's account speaks on the wall: the house does.
    await seat.press("ctrl+g", "ctrl+g")
    await seat.until(lambda: heard(seat) == ['✗ "eg" is one person speaking: we say "vi" → vi'])
    await seat.press("ctrl+s", "y")
    assert engine.commands() == []
    await seat.press("Y")
    (shown,) = await seat.ordered(ShowAnswer)
    assert isinstance(shown, ShowAnswer)
    assert shown.text == "eg veit"


async def test_a_rewrite_names_the_rules_too(engine: House, open_seat: OpenSeat) -> None:
    await engine.put(Outgoing("o", 4, "main", "words", "eevi", datetime.now(UTC), "held"))
    seat = await open_seat()
    await seat.press("3")
    await seat.rows("o")
    await seat.press("j", "r")
    await seat.until(lambda: seat.app.composer.text == "words")
    await writing(seat, "my words")
    await seat.press("ctrl+s", "Y")
    (rewrite,) = await seat.ordered(Rewrite)
    assert rewrite == Rewrite("o", 4, "my words", over=("first-person-singular",))


async def test_a_thread_is_cut_when_nobody_types(
    engine: House, open_seat: OpenSeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.accounts = (replace(MAIN, long="thread"),)
    cuts: list[str] = []

    def counted(text: str, network: str, limit: int) -> tuple[str, ...]:
        cuts.append(text)
        return tuple(f"{n}" for n in range(11))

    monkeypatch.setattr("tui.posts.split", counted)
    monkeypatch.setattr("tui.composer._PAUSE", 3600.0)
    seat = await open_seat()
    await seat.press("p")
    seat.strips()  # tells this task which app it is: scroll bars are painted in it
    seat.app.post_message(events.Paste("We open the doors at nine. " * 111))
    await seat.until(lambda: "nine" in seat.app.composer.text)
    await seat.write("abcde")
    assert cuts == []
    assert "thread of 2" in seat.part("#composer-head")
    monkeypatch.setattr("tui.composer._PAUSE", 0.01)
    await seat.write("f")
    await seat.until(lambda: "thread of 11" in seat.part("#composer-head"))
    assert cuts
    assert cuts[-1].endswith("abcdef")
