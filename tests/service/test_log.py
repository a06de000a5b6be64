"""The log of decisions: read page by page, filtered in any language, and quickly however long."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter

import pytest

from eventlive.messages import AddNote, Approve, HandOver, Hold, Logged, ReadLog, Release, Undo
from eventlive.migrations import MIGRATIONS
from eventlive.model import Decision, Item, Step
from eventlive.store import open_store
from tests.service.engines import START, Console, console, post, running


async def read(asker: Console, text: str = "", before: int = 0, count: int = 100) -> Logged:
    """Read the log, and wait for it."""
    await asker.say(ReadLog(7, text, before, count))
    while True:
        frame = await asker.hear()
        if isinstance(frame, Logged):
            return frame


def actions(decisions: Iterable[Decision]) -> list[str]:
    return [f"{one.who} {one.action}" for one in decisions]


async def test_the_log_is_read_and_filtered_while_it_grows(tmp_path: Path) -> None:
    async with (
        running(tmp_path, posts=[post(1), post(2)]) as engine,
        console(engine, "Ánna") as anna,
        console(engine, "ben") as ben,
    ):
        one, two = await anna.item("bluesky:p1"), await anna.item("bluesky:p2")
        await anna.done(Approve(one.id, one.version))
        await ben.done(AddNote(two.id, two.version, "nobody knows"))
        await ben.done(Hold("Ääni poissa, Straße frei, 100%"))
        await ben.done(Release())
        await anna.done(Undo())
        await ben.done(HandOver("The panel waits for a room"))

        every = await read(ben)
        assert actions(every.decisions) == [
            *("ben hand-over", "Ánna undo", "ben release"),
            *("ben hold", "ben note", "Ánna approve"),
        ]
        assert not every.more
        # What undo needs is nobody's to read.
        assert all(not one.steps for one in every.decisions)
        for text, found in (
            ("ben", ["ben hand-over", "ben release", "ben hold", "ben note"]),
            ("ÁNNA", ["Ánna undo", "Ánna approve"]),
            ("ÄÄNI", ["ben hold"]),
            ("STRASSE", ["ben hold"]),
            ("100%", ["ben hold"]),
            ("room BEN panel", ["ben hand-over"]),
            ("sky:P2", ["ben note"]),
            ("p1 appr", ["Ánna approve"]),
            ("ben approve", []),
            # Not across what stands beside each other, nor what no person reads.
            ("steps", []),
            ("2027", []),
            ("%", ["ben hold"]),
            ("_", []),
            ('"', []),
            ("  ", actions(every.decisions)),
        ):
            assert actions((await read(ben, text)).decisions) == found, text


async def test_the_log_is_read_page_by_page(tmp_path: Path) -> None:
    decisions = [
        Decision(seq, START, "anna" if seq % 3 else "ben", "note", f"bluesky:p{seq}")
        for seq in range(1, 301)
    ]
    async with open_store(tmp_path / "data" / "try.sqlite") as store:
        await store.commit([], decisions)
    async with running(tmp_path) as engine, console(engine) as anna:
        seen: list[int] = []
        more, before = True, 0
        while more:
            page = await read(anna, "BEN", before, 33)
            seen += [one.seq for one in page.decisions]
            more, before = page.more, seen[-1]
        assert seen == [*range(300, 0, -3)]
        assert len((await read(anna, before=2**53, count=5)).decisions) == 5
        assert (await read(anna, before=1)).decisions == ()
        assert (await read(anna, "x" * 200)).decisions == ()
        assert (await read(anna, "a " * 100)).more


async def test_a_hundred_thousand_decisions_are_looked_through_in_no_time(tmp_path: Path) -> None:
    """Also where each holds a post as it was before and after."""
    post_before = Item("bluesky:p1", 1, post(1), START)
    steps = (Step(post_before, post_before),)
    async with open_store(tmp_path / "e.sqlite") as store:
        for start in range(0, 100_000, 10_000):
            decisions = [
                Decision(n + 1, START, "anna", "archive", f"bluesky:p{n}", "a word on it", steps)
                for n in range(start, start + 10_000)
            ]
            await store.commit([], decisions)
        for text, found in (("anna nowhere", 0), ("P7 arch", 100), ("p99999", 1), ("", 100)):
            times = []
            for _ in range(3):
                began = perf_counter()
                assert len(await store.logged(text, 0, 100)) == found
                times.append(perf_counter() - began)
            assert min(times) < 0.3, text


async def test_the_log_of_an_older_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "e.sqlite"
    db = sqlite3.connect(path)
    for script in MIGRATIONS[:3]:
        db.executescript(script)
    db.execute(
        "INSERT INTO decision VALUES (1, 'ÄNNE', ?)",
        ('{"seq":1,"at":"2027-05-20T09:00:00Z","who":"ÄNNE","action":"hold","detail":"Fire"}',),
    )
    db.execute("PRAGMA user_version = 3")
    db.commit()
    db.close()
    async with open_store(path) as store:
        for text in ("änne", "ÄNNE", "HOLD", "fire", ""):
            assert [one.seq for one in await store.logged(text, 0, 5)] == [1], text
        assert await store.logged("note", 0, 5) == []


@pytest.mark.parametrize("text", ["\x00", "a\x00", "🎉", "'", "\\", "\n", "\u202e"])
async def test_no_filter_breaks_the_question(tmp_path: Path, text: str) -> None:
    async with open_store(tmp_path / "e.sqlite") as store:
        await store.commit([], [Decision(1, START, "anna", "hold", detail=f"[{text}]")])
        found = await store.logged(text, 0, 5)
        assert len(found) == 1
