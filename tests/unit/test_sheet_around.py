"""The sheet of a post: what must be known before deciding, and what is around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventlive.messages import Background
from eventlive.model import Author, Item, Post
from tui.lines import length
from tui.sheet import Sheet

NOW = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)


def post(**fields: Any) -> Item:
    """Make a question that has come just now."""
    author = Author("did:lena", "lena.example", "Lena")
    said = Post("bluesky", "q", NOW, "Where is it?", author, kind=fields.pop("kind", "post"))
    return Item("bluesky:q", 1, said, **{"received_at": NOW, "question": "open", **fields})


def text(item: Item, background: Background | None = None, *, turned: bool = False) -> str:
    """Write the sheet of a post as plain text; no line is wider than the pane."""
    sheet = Sheet(38, NOW, UTC, "eevi", answer_within=600)
    lines = sheet.of(item, background=background, turned=turned)
    assert all(length(line) <= 38 for line in lines)
    return "\n".join("".join(span.text for span in line) for line in lines)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (20, "? Question  waits <1 min of 10"),
        (200, "? Question  waits 3 min of 10"),
        (420, "? Question  ! waits 7 min of 10"),
        (600, "? Question  ✗ waits 10 min of 10"),
    ],
)
def test_a_question_says_how_long_it_waits(seconds: int, said: str) -> None:
    assert f"{said}\n" in text(post(received_at=NOW - timedelta(seconds=seconds))) + "\n"


@pytest.mark.parametrize("done", [{"answer": "out-1"}, {"shown_answer": "here"}, {"question": ""}])
def test_the_clock_stops_with_the_answer(done: dict[str, str]) -> None:
    assert "waits" not in text(post(received_at=NOW - timedelta(hours=1), **done))


@pytest.mark.parametrize("turned", [False, True])
def test_whom_the_house_avoids_stands_on_top(turned: bool) -> None:
    sheet = text(post(avoided=True), turned=turned)
    assert sheet.startswith("⊘ Do not engage with @lena.example\n")


def test_why_nothing_is_known_is_said() -> None:
    nothing = Background(1, "bluesky:q", reason="the store is gone")
    for turned in (False, True):
        assert "Thread and author: the store is" in text(post(), nothing, turned=turned)


def test_an_answer_to_what_is_not_stored_says_so() -> None:
    alone = post(kind="reply")
    sheet = text(alone, Background(1, "bluesky:q", (alone,), posts=1))
    assert "Thread: what it answers is not" in sheet
    assert "Author at this event: no other post" in sheet
    assert "t shows all of it" not in sheet
