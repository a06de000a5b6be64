"""Two hundred posts to X while connections are cut and the engine is killed: each is there once.

Desk, store, publisher and outlet are the real ones, in a process of their own, which is killed
(-9) at random moments and started again until all is done. X is the fake, in this process, so
that it sees what a killed one had still sent.
"""

import asyncio
import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random

import msgspec
import pytest

from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Arrived
from eventlive.desk.state import HouseAccount
from eventlive.messages import Send, Write
from eventlive.model import Author, Judgement, Outgoing, OutletAccount, Post
from eventlive.publisher import Publisher
from eventlive.store import open_store
from feeds.x.outlet import XOutlet
from tests.service.engines import until
from tests.service.test_publisher import House
from tests.service.x_fake import XFake, open_x_fake
from tests.service.x_fake_tls import saved_connector

POSTS = 200
PER_THREAD = 2
KILLS = 9
PATIENCE = 0.3
"""Seconds; the fake's timeline lags by half of it."""

DONE = ("sent", "failed", "uncertain")
CREATE = "POST /2/tweets"
LOOK = "GET /2/users/{id}/tweets"


class Inbox(House):
    """A house that hears of posts, too."""

    def arrive(self, post: Post) -> None:
        self._inbox.append(Arrived(post, Judgement(), datetime.now(UTC)))
        self._wake.set()


class Plan(msgspec.Struct):
    """What a life needs to know: the accounts' keys, and who asked what."""

    keys: dict[str, dict[str, str]]
    asked: list[Post]


def texts(account: str) -> Iterator[str]:
    """Give an account's texts: links, signs that X escapes, and some that make threads."""
    for number in range(POSTS // 2 - len(THREADS) * (PER_THREAD - 1)):
        text = f"{account} says number {number} & more"
        if number in THREADS:
            yield f"{text}. " + f"This is a sentence of number {number} of {account}. " * 7
        elif number % 5 == 0:
            yield f"{text}: https://example.org/{number}?a=1&b=2 and example.org"
        else:
            yield f"{text} <ö> 🎉"


THREADS = frozenset({3, 17, 31, 45, 59})


# --- one life, in a process of its own ------------------------------------------------------------


def live(folder: Path) -> None:
    """Send what is not sent yet; goes on where an earlier life was killed."""
    asyncio.run(_live(folder))


async def _live(folder: Path) -> None:
    plan = msgspec.json.decode((folder / "plan.json").read_bytes(), type=Plan)
    rules = Rules(
        take_back=timedelta(0),
        accounts=tuple(plan.keys),
        house={name: HouseAccount("x", name) for name in plan.keys},
    )
    outlets = {name: _outlet(folder, name, keys) for name, keys in plan.keys.items()}
    async with open_store(folder / "e.sqlite") as store:
        loaded = await store.load(1000)
        desk = Desk(rules, loaded.things, loaded.decisions, datetime.now(UTC))
        house: Inbox
        publisher = Publisher(
            outlets,
            store,
            lambda: datetime.now(UTC),
            lambda settled: house.settled(settled),  # noqa: PLW0108 - not there yet
            send_seconds=5.0,
            look_wait=0.02,
        )
        house = Inbox(desk, store, publisher)
        started = [out for out in desk.state.outgoing.values() if out.state == "sending"]
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(house.work(), name="desk")
            sending = tasks.create_task(publisher.run(started), name="publisher")
            known = await store.known([post.key for post in plan.asked])
            for post in plan.asked:
                if post.key not in known:
                    house.arrive(post)
            await _write(house, plan)
            outgoing = desk.state.outgoing
            while True:
                await until(lambda: all(o.state in DONE for o in outgoing.values()) or None, "", 60)
                failed = [out for out in outgoing.values() if out.state == "failed"]
                if not failed:
                    break
                # Tried twice, and not there: a person believes that, and sends it again.
                for out in failed:
                    assert "tried 2 times, and it is not there" in out.reason
                    await house.ask(Send(out.id, out.version))
            publisher.finish()
            await sending
            working.cancel()
        (folder / "done.json").write_bytes(msgspec.json.encode(list(outgoing.values())))


def _outlet(folder: Path, name: str, keys: dict[str, str]) -> XOutlet:
    outlet = XOutlet(
        OutletAccount(name, "x", name, long="thread"),
        keys,
        folder=folder,
        state=folder / f"{name}.state",
        clock=lambda: datetime.now(UTC),
        random=Random(),
        connector=lambda: saved_connector(folder),
    )
    outlet.patience = PATIENCE
    return outlet


async def _write(house: Inbox, plan: Plan) -> None:
    """Write down what no earlier life has; the desk keeps it before it is sent."""
    outgoing, items = house.desk.state.outgoing, house.desk.state.items
    written = {(out.account, out.text) for out in outgoing.values()}
    for account in plan.keys:
        answers = iter([post.key for post in plan.asked if account in post.mentions])
        for text in texts(account):
            reply = next(answers, "")
            if (account, text) in written:
                continue
            version = (await until(partial(items.get, reply))).version if reply else 0
            said = await house.ask(Write(text, account, reply, version, send=True))
            assert said.ok, said.reason


# --- the test -------------------------------------------------------------------------------------


@pytest.mark.needs("cases")
@pytest.mark.timeout(120)
async def test_two_hundred_posts_are_there_once_whatever_breaks(tmp_path: Path) -> None:
    random = Random(20261122)
    async with open_x_fake() as x:
        x.timeline_lag = PATIENCE / 2
        x.duplicate_window = 0.0  # undocumented, so it must hold without
        x.limits.set(CREATE, 15, window=1.0)
        x.limits.set(LOOK, 10_000)
        x.chance(CREATE, 0.15, ["drop", "503", "commit then drop", "commit then cut"], random)
        x.chance(LOOK, 0.1, ["drop", "503", "bad json"], random)
        kills = await _live_and_die(tmp_path, x, random)
        outgoing = msgspec.json.decode((tmp_path / "done.json").read_bytes(), type=list[Outgoing])
        there = {name: x.posts_of(name) for name in ("house", "support")}
    assert kills >= KILLS // 2
    said = Counter(post.raw for posts in there.values() for post in posts)
    assert [text for text, count in said.items() if count > 1] == []
    assert [(out.text, out.reason) for out in outgoing if out.state != "sent"] == []
    assert sum(said.values()) == POSTS
    # What the desk believes is what is there.
    ids = sorted(post_id for out in outgoing for post_id in out.sent_ids)
    assert ids == sorted(post.id for posts in there.values() for post in posts)
    for name, posts in there.items():
        mine = [out for out in outgoing if out.account == name]
        order = [int(out.sent_ids[0]) for out in sorted(mine, key=_place)]
        assert order == sorted(order), "an account's order was not kept"
        replies = [post for post in posts if post.to is not None and post.to.username == "anna"]
        assert len(replies) == 10


def _place(out: Outgoing) -> tuple[datetime, str]:
    """Give a post's place in the order in which the desk starts them."""
    assert out.due_at is not None
    return out.due_at, out.id


async def _live_and_die(folder: Path, x: XFake, random: Random) -> int:
    """Start lives and kill them until one comes to its end; give how many were killed."""
    keys = {name: x.keys_of(name).secrets() for name in ("house", "support")}
    asked = [
        x.say("anna", f"Question {number}, @{name}?")
        for number in range(10)
        for name in ("house", "support")
    ]
    posts = [
        Post(
            network="x",
            id=post.id,
            created_at=post.at,
            text=post.raw,
            author=Author(post.author.id, "anna"),
            mentions=("house",) if "@house" in post.raw else ("support",),
        )
        for post in asked
    ]
    (folder / "plan.json").write_bytes(msgspec.json.encode(Plan(keys, posts)))
    x.save(folder)
    lives = multiprocessing.get_context("forkserver")
    lives.set_forkserver_preload([__name__])  # or each life spends a second on its imports
    for kills in range(KILLS + 1):
        life = lives.Process(target=live, args=(folder,))
        life.start()
        lasts = random.uniform(0.2, 1.5) if kills < KILLS else 60.0
        await asyncio.to_thread(life.join, lasts)
        life.kill()
        await asyncio.to_thread(life.join)
        if life.exitcode == 0:
            return kills
        assert life.exitcode == -signal.SIGKILL
    raise AssertionError("it came to no end")
