"""What is stored around a post: its thread, its author, what was reported; never by reading all."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from eventlive import background as statements
from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Gone, Input, Revised
from eventlive.library import Library
from eventlive.messages import About, AvoidAuthor, Background, ReportPost
from eventlive.migrations import migrate
from eventlive.model import Author, Item, Judgement, Post, Put
from eventlive.store import Store, open_store
from tests.service.engines import START, Console, console, post, running


def said(number: int, to: int | None = None, **fields: Any) -> Post:
    """Make a post, a reply where it is one `to` another."""
    if to is not None:
        fields |= {"kind": "reply", "in_reply_to": f"p{to}"}
    return post(number, **fields)


async def about(asker: Console, item: str, count: int = 30) -> Background:
    """Ask for what is around a post, and wait for it."""
    await asker.say(About(7, item, count))
    while True:
        frame = await asker.hear()
        if isinstance(frame, Background):
            return frame


def numbers(items: Sequence[Item]) -> list[int]:
    return [int(one.post.id.removeprefix("p")) for one in items]


# --- the thread -----------------------------------------------------------------------------------

CHAIN = range(26)
BELOW = range(100, 160)
DEEPER = range(200, 205)
ASIDE = range(300, 305)


def conversation() -> list[Post]:
    """26 posts, each answering the one before; 60 replies to the last, and more around them."""
    elsewhere = said(400, 25, network="mastodon")
    return [
        *(said(number, number - 1 if number else None) for number in CHAIN),
        *(said(number, 25) for number in BELOW),
        *(said(number, 150) for number in DEEPER),
        *(said(number, 10) for number in ASIDE),
        elsewhere,
        said(401, kind="repost", in_reply_to="p25"),
        said(402),
        # Who answers each other in a circle, and who answers themselves.
        said(500, 501),
        said(501, 500),
        said(502, 502),
    ]


async def test_a_thread_is_what_is_above_and_what_was_answered(tmp_path: Path) -> None:
    async with running(tmp_path, posts=conversation()) as engine, console(engine) as anna:
        await anna.item("bluesky:p502")
        few = await about(anna, "bluesky:p25", 30)
        # 20 above, the post, and the newest 30 of what answers it.
        assert numbers(few.thread) == [*range(5, 26), *range(130, 160)]
        assert (few.item, few.reason) == ("bluesky:p25", "")
        most = await about(anna, "bluesky:p25", 100)
        # All of the first level, then the next one, then what else answers those above.
        assert numbers(most.thread) == [*range(5, 26), *BELOW, *DEEPER, *ASIDE]
        tight = await about(anna, "bluesky:p25", 62)
        assert numbers(tight.thread) == [*range(5, 26), *BELOW, 203, 204]
        assert numbers((await about(anna, "bluesky:p0", 3)).thread) == [0, 1, 2, 3]
        assert numbers((await about(anna, "bluesky:p402")).thread) == [402]
        assert numbers((await about(anna, "bluesky:p500")).thread) == [500, 501]
        assert numbers((await about(anna, "bluesky:p502")).thread) == [502]
        assert (await about(anna, "mastodon:p400")).thread[0].post.network == "mastodon"
        for nowhere in ("bluesky:p9999", "out-1", "x", "🐟", "'; DROP TABLE item; --"):
            assert (await about(anna, nowhere)).reason == "there is no such post"


def test_no_question_reads_all_posts(tmp_path: Path) -> None:
    """SQLite says how it would look: through an index, or the full text."""
    path = tmp_path / "e.sqlite"
    db = sqlite3.connect(path)
    migrate(path, db)
    for sql, asked in (
        (statements._CHAIN, {"item": "x:1", "network": "x", "most": 20}),
        (statements._REPLIES, ("[]", 2, "x:", 9)),
        (f"SELECT item.body {statements._AUTHORED} ORDER BY item.seq", ('"a"', 2, "x:", "1")),
        (statements._LOGGED.format(held=" AND instr(words, ?)"), (True, 0, "x", 9)),
    ):
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", asked)]
        assert not [step for step in plan if step.startswith(("SCAN item", "SCAN decision "))], plan
    db.close()


# --- the author -----------------------------------------------------------------------------------


async def test_an_author_is_known_by_network_and_id_not_by_the_handle(tmp_path: Path) -> None:
    """300 posts on two networks under one handle, and somebody who has taken the handle over."""
    mika = Author("did:plc:mika", "mika.example", "Mika")
    other = Author("109", "mika.example", "Another Mika")
    heir = Author("did:plc:heir", "mika.example")
    posts = [
        *(post(number, author=mika) for number in range(150)),
        *(post(number, author=other, network="mastodon") for number in range(1000, 1150)),
        *(post(number, author=heir) for number in range(2000, 2003)),
        *(post(number, f"@mika.example said {number}") for number in range(3000, 3010)),
    ]
    async with running(tmp_path, posts=posts) as engine, console(engine) as anna:
        await anna.item("bluesky:p3009")
        known = await about(anna, "bluesky:p149", 30)
        assert numbers(known.author) == [*range(148, 118, -1)]
        assert (known.posts, known.evidence) == (150, ())
        assert numbers((await about(anna, "mastodon:p1000", 5)).author) == [*range(1149, 1144, -1)]
        assert numbers((await about(anna, "bluesky:p2000")).author) == [2002, 2001]

        item = await anna.item("bluesky:p140")
        await anna.done(ReportPost(item.id, item.version, "abuse", "third time"))
        item = await anna.item("bluesky:p141")
        await anna.done(AvoidAuthor(item.id, item.version))
        known = await about(anna, "bluesky:p149", 30)
        (kept,) = known.evidence
        assert (kept.post.id, kept.who, kept.complaint, kept.words) == (
            *("p140", "anna", "abuse"),
            "third time",
        )
        assert [one.reported for one in known.author if one.post.id == "p140"] == ["anna"]
        assert all(one.avoided for one in known.author)
        assert (await about(anna, "mastodon:p1000")).evidence == ()


HOSTILE = [
    'a" OR "b', "NEAR(a b)", "a AND b", "NOT a", "a*", "author:x", "text : a", "{a b}", "^a", "a)",
    "-a", "'; DROP TABLE search; --", "Ä.Ö", "東京", "🎉a", "ａｄｍｉｎ", "a" * 400,
]  # fmt: skip
WORDLESS = ["___", "🎉", "--", "\u200d", '"', '""', "*", "(", "\\", "%"]


async def test_no_handle_breaks_the_question(tmp_path: Path) -> None:
    """What is said of a handle in the language of the full text is only its words."""
    authors = [Author(f"id{n}", handle) for n, handle in enumerate(HOSTILE)]
    authors += [Author(f"named{n}", handle, f"Ann {n}") for n, handle in enumerate(WORDLESS)]
    nobody = [Author(f"nobody{n}", handle) for n, handle in enumerate(WORDLESS)]
    async with open_store(tmp_path / "e.sqlite") as store:
        for n, author in enumerate([*authors, *nobody]):
            both = [post(number, author=author) for number in (2 * n, 2 * n + 1)]
            await store.commit([Put(Item(one.key, 1, one, START)) for one in both])
        for author in authors:
            items, total, _ = await store.authored("bluesky", author, 10)
            assert ([one.post.author for one in items], total) == ([author, author], 2), author
        for author in nobody:
            # Nothing to find them by.
            assert await store.authored("bluesky", author, 10) == ([], 0, [])
        assert await store.authored("bluesky", Author("id", "a\x00b"), 10) == ([], 0, [])


# --- what the desk knows newer --------------------------------------------------------------------


@dataclass
class Race:
    """A library whose desk takes something in while it is being read."""

    store: Store
    desk: Desk

    def library(self, *happened: Input) -> Library:
        async def settled() -> None:
            self.desk.handle(happened, START + timedelta(minutes=1))

        return Library(self.store, self.desk, settled)


@asynccontextmanager
async def stored(folder: Path, posts: list[Post]) -> AsyncIterator[Race]:
    items = [Item(one.key, 1, one, START) for one in posts]
    async with open_store(folder / "e.sqlite") as store:
        await store.commit([Put(item) for item in items])
        yield Race(store, Desk(Rules(), items))


async def test_what_the_desk_has_newer_goes_before_what_was_read(tmp_path: Path) -> None:
    mika = Author("did:plc:mika", "mika.example")
    posts = [said(1, author=mika), said(2, 1), said(3, 1), said(4, author=mika)]
    async with stored(tmp_path, posts) as race:
        newer = replace(posts[1], text="In its new form")
        library = race.library(
            Revised(newer, Judgement(), START), Gone("bluesky:p3"), Gone("bluesky:p4")
        )
        found = await library.background(About(1, "bluesky:p1"))
    assert [(one.post.text, one.version) for one in found.thread[1:]] == [("In its new form", 2)]
    assert found.author == ()


@pytest.mark.parametrize("gone", [1, 2, 3])
async def test_what_was_deleted_is_shown_where_it_was_asked_for_itself(
    tmp_path: Path, gone: int
) -> None:
    """The thread goes on above it and below it."""
    posts = [said(0), said(1, 0), said(2, 1), said(3, 2)]
    async with stored(tmp_path, posts) as race:
        dead = Item(f"bluesky:p{gone}", 2, posts[gone], START, state="deleted")
        await race.store.commit([Put(dead)])
        race.desk = Desk(Rules())
        found = await race.library().background(About(1, "bluesky:p2"))
    shown = [0, 1, 2, 3] if gone == 2 else [n for n in range(4) if n != gone]
    assert numbers(found.thread) == shown
