"""Saved payloads become a replay's lines: in order of time, counted, and named where broken."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from eventlive import convert as module
from eventlive.convert import convert
from eventlive.model import Author, Deleted, Edited, FeedEvent, Post
from feeds.replay import read_line

NOON = datetime(2027, 5, 20, 12, tzinfo=UTC)


def post(minute: int) -> Post:
    at = NOON + timedelta(minutes=minute)
    return Post("mastodon", f"https://a.example/{minute}", at, f"minute {minute}", Author("1", "a"))


def events(line: bytes) -> Iterable[FeedEvent]:
    """Read a made-up network: a line holds numbers of minutes, "e" or "d" in front."""
    for word in line.split():
        match word[:1]:
            case b"!":
                raise ValueError("no payload of ours")
            case b"e":
                yield Edited(post(int(word[1:])), NOON + timedelta(minutes=int(word[1:]) + 1))
            case b"d":
                yield Deleted("mastodon", f"https://a.example/{int(word[1:])}")
            case b"-":
                return
            case _:
                yield post(int(word))


def converted(text: bytes) -> tuple[str, list[FeedEvent], list[str]]:
    out, complaints = io.BytesIO(), list[str]()
    tally = convert(io.BytesIO(text), "saved.jsonl", events, out, complaints.append)
    read = [read_line(line)[0] for line in out.getvalue().splitlines(keepends=True)]
    return str(tally), read, complaints


def test_pages_that_begin_with_the_newest_come_out_in_order_of_time() -> None:
    tally, read, complaints = converted(b"3 2 1\n\n-\n9 8\ne2 d1\n")
    assert tally == "5 lines: 7 posts written, 2 without a post, 0 broken"
    said = [one.id[-1] if isinstance(one, Post) else type(one).__name__ for one in read]
    # The delete says no time: it comes after what stood before it.
    assert said == ["1", "2", "3", "Edited", "Deleted", "8", "9"]
    assert complaints == []


def test_what_is_broken_is_named_by_its_line_and_harms_nothing_else() -> None:
    tally, read, complaints = converted(b"\xef\xbb\xbf1\n!\n2\n")
    assert tally == "3 lines: 2 posts written, 0 without a post, 1 broken"
    assert complaints == ["saved.jsonl:2: no payload of ours"]
    assert len(read) == 2


def test_a_line_without_end_is_named_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINE_MAX", 8)
    tally, read, complaints = converted(b"1\n" + b"1 " * 50 + b"\n2\n")
    assert complaints == ["saved.jsonl:2: longer than 8 bytes"]
    assert len(read) == 2
    assert tally.startswith("3 lines")
