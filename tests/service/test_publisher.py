"""The way out: nothing is sent twice, nothing is lost, what nobody knows is named.

Long, because it holds a network that fails in every way beside the tests that use it. The network
is a double that remembers what it was given and can lose the answer, fail, hang or be
cut off; desk, store and publisher are the real ones, put together as the engine does it.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from eventlive import networks
from eventlive import publisher as module
from eventlive.desk import Desk, Rules
from eventlive.desk.inputs import Input, Ordered, Settled
from eventlive.errors import NotSent, NotYet, StoreError, Unclear
from eventlive.messages import (
    Command,
    Delete,
    Discard,
    Hold,
    Release,
    Reply,
    Rewrite,
    Send,
    Settle,
    TakeBack,
    Write,
)
from eventlive.model import AccountReport, Intent, Outgoing, Put, Sent
from eventlive.publisher import Outlet, Publisher
from eventlive.store import Store, open_store
from tests.service.engines import console, post, running, until


@dataclass
class Network:
    """What the world has seen, and what the next sends and looks do."""

    posted: list[tuple[str, bytes]] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """What each further send does: "", lost, fails, hangs, hangs after, breaks, breaks after."""
    find_faults: list[str] = field(default_factory=list)
    """What each further look does: "", unclear, hangs, breaks."""
    prepare_faults: list[str] = field(default_factory=list)
    """What each further preparing does: "", unclear, breaks."""
    delete_faults: list[str] = field(default_factory=list)
    """What each further delete does: "", lost, refused."""
    finds: str = ""
    """An id that every look finds, whatever is looked for."""
    hidden: int = 0
    """Looks that do not see yet what is there."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def texts(self) -> list[str]:
        return [json.loads(body)["text"] for _, body in self.posted]


class Account:
    """An outlet on a network double: it commits, or not, as the network says."""

    patience = 0.0
    tries = 2

    def __init__(self, network: Network) -> None:
        self._network = network

    async def parts(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Take 20 characters a post where the text asks for a thread, 100 otherwise."""
        text = outgoing.text
        if text.startswith("thread:"):
            return tuple(text[at : at + 20] for at in range(0, len(text), 20))
        if len(text) > 100:
            raise NotSent("too long for this network")
        return (text,)

    async def prepare(
        self, outgoing: Outgoing, part: int, before: tuple[Sent, ...]
    ) -> tuple[str, bytes]:
        assert len(before) == part
        if fault := self._network.prepare_faults.pop(0) if self._network.prepare_faults else "":
            raise Unclear(fault) if fault == "unclear" else ZeroDivisionError(fault)
        text = (await self.parts(outgoing))[part]
        key = f"{outgoing.id}.{outgoing.attempt}" + (f".{part}" if part else "")
        to = before[-1].id if before else ""
        return key, json.dumps({"text": text, "key": key, "to": to}).encode()

    async def send(self, intent: Intent) -> Sent:
        network = self._network
        network.sends.append(intent.key)
        fault = network.faults.pop(0) if network.faults else ""
        await asyncio.sleep(0)
        match fault:
            case "fails":
                raise NotSent("the network says no")
            case "limited":
                raise NotYet("the network's limit", datetime.now(UTC) + timedelta(seconds=0.05))
            case "breaks":
                raise ZeroDivisionError("a fault in the outlet")
            case "hangs":
                await asyncio.sleep(3600)
            case "waits":
                await network.gate.wait()
            case _:
                pass
        network.posted.append((intent.key, intent.body))
        await asyncio.sleep(0)
        match fault:
            case "lost":
                raise Unclear("the connection broke")
            case "breaks after":
                raise ConnectionResetError("the connection broke")
            case "hangs after":
                await asyncio.sleep(3600)
            case _:
                pass
        return Sent(f"id-{intent.key}", f"https://net.example/{intent.key}", datetime.now(UTC))

    async def delete(self, post_id: str) -> None:
        network = self._network
        fault = network.delete_faults.pop(0) if network.delete_faults else ""
        await asyncio.sleep(0)
        match fault:
            case "refused":
                raise NotSent("the network says no")
            case "lost":
                raise Unclear("the connection broke")
            case _:
                network.posted = [one for one in network.posted if f"id-{one[0]}" != post_id]

    async def check(self) -> AccountReport:
        return AccountReport("house")

    async def close(self) -> None:
        pass

    async def find(self, intent: Intent) -> Sent | None:
        network = self._network
        network.looks.append(intent.key)
        fault = network.find_faults.pop(0) if network.find_faults else ""
        await asyncio.sleep(0)
        match fault:
            case "unclear":
                raise Unclear("the network does not answer")
            case "breaks":
                raise ZeroDivisionError("a fault in the outlet")
            case "hangs":
                await asyncio.sleep(3600)
            case _:
                pass
        if network.finds:
            return Sent(network.finds, "https://net.example/first", datetime.now(UTC))
        network.hidden -= 1
        there = network.hidden < 0 and any(key == intent.key for key, _ in network.posted)
        if fault == "slow":
            await asyncio.sleep(0.3)
        if there and any(key == intent.key for key, _ in network.posted):
            return Sent(f"id-{intent.key}", "", datetime.now(UTC))
        return None


class House:
    """Desk, store and publisher of one life of an engine."""

    def __init__(self, desk: Desk, store: Store, publisher: Publisher) -> None:
        self.desk = desk
        self.publisher = publisher
        self.replies: list[Reply] = []
        self._store = store
        self._inbox: list[Input] = []
        self._wake = asyncio.Event()

    def settled(self, settled: Settled) -> None:
        self._inbox.append(settled)
        self._wake.set()

    def say(self, command: Command) -> None:
        self._inbox.append(Ordered("anna", command))
        self._wake.set()

    async def ask(self, command: Command) -> Reply:
        count = len(self.replies)
        self.say(command)
        await until(lambda: len(self.replies) > count or None, "a reply")
        return self.replies[-1]

    async def write(self, text: str, account: str = "main") -> str:
        reply = await self.ask(Write(text, account, send=True))
        assert reply.ok, reply.reason
        return reply.thing

    def out(self, key: str) -> Outgoing:
        return self.desk.state.outgoing[key]

    async def state(self, key: str, *states: str) -> Outgoing:
        return await until(
            lambda: self.out(key) if self.out(key).state in states else None,
            f"{key} as {states}",
        )

    async def work(self) -> None:
        """Do what the engine's main path does."""
        while True:
            inputs, self._inbox = self._inbox, []
            turn = self.desk.handle(inputs, datetime.now(UTC))
            if turn.changes or turn.decisions:
                await self._store.commit(turn.changes, turn.decisions)
            self.publisher.listen(turn.changes)
            self.replies += turn.replies
            if self._inbox:
                continue
            self._wake.clear()
            due = self.desk.next_due
            wait = 1.0 if due is None else (due - datetime.now(UTC)).total_seconds()
            try:
                async with asyncio.timeout(max(0.001, min(wait, 1.0))):
                    await self._wake.wait()
            except TimeoutError:
                pass


RULES = Rules(take_back=timedelta(0), accounts=("main", "support"))


@asynccontextmanager
async def house(
    folder: Path, networks: dict[str, Network], rules: Rules = RULES, place: str = ""
) -> AsyncIterator[House]:
    """Live until the block ends; then die at once, as by kill -9: nothing more is written."""
    accounts: dict[str, Outlet] = {name: Account(network) for name, network in networks.items()}
    async with open_store(folder / "e.sqlite") as store:
        loaded = await store.load(100)
        desk = Desk(rules, loaded.things, loaded.decisions, datetime.now(UTC))
        one: House
        publisher = Publisher(
            accounts,
            store,
            lambda: datetime.now(UTC),
            lambda settled: one.settled(settled),  # noqa: PLW0108 - not there yet
            send_seconds=0.1,
            look_wait=0.001,
            held=lambda: desk.state.scene.held,
            places=dict.fromkeys(networks, place),
        )
        one = House(desk, store, publisher)
        outgoing = desk.state.outgoing.values()
        started = [out for out in outgoing if out.state in ("sending", "deleting")]
        working = asyncio.ensure_future(one.work())
        sending = asyncio.ensure_future(publisher.run(started))
        try:
            yield one
            for task in (working, sending):
                assert not task.done(), task.exception()
        finally:
            for task in (working, sending):
                task.cancel()
            await asyncio.wait([working, sending])


@pytest.fixture(autouse=True)
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(module, "LOOKS", 4)


@pytest.fixture
def network() -> Network:
    return Network()


# --- one post -------------------------------------------------------------------------------------


async def test_what_is_sent_is_written_down_before_and_after(
    tmp_path: Path, network: Network
) -> None:
    network.faults = ["waits"]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        await until(lambda: network.sends or None)
        async with open_store(tmp_path / "e.sqlite", reading=True) as store:
            (intent,) = await store.intents()
            assert (intent.outgoing, intent.attempt, intent.outcome) == (key, 1, None)
            assert json.loads(intent.body)["text"] == "Doors open"
        network.gate.set()
        out = await life.state(key, "sent")
    assert out.sent_url == f"https://net.example/{key}.1"
    async with open_store(tmp_path / "e.sqlite", reading=True) as store:
        assert await store.intents() == []
        (intent,) = await store.intents(unsettled=False)
        assert "sent" in (intent.outcome or "")
    assert network.texts == ["Doors open"]


FAULTS = [
    # how the send goes, how looking goes, what becomes of it, how often it was sent and posted
    ("", [], "sent", 1, 1),
    ("fails", [], "failed", 1, 0),
    ("lost", [], "sent", 1, 1),
    ("breaks", [], "sent", 2, 1),
    ("breaks after", [], "sent", 1, 1),
    ("hangs", [], "sent", 2, 1),
    ("hangs after", [], "sent", 1, 1),
    ("lost", ["unclear", "unclear"], "sent", 1, 1),
    ("lost", ["breaks", "hangs"], "sent", 1, 1),
    ("hangs", ["unclear", "hangs", "breaks"], "sent", 2, 1),
    ("lost", ["unclear"] * 50, "uncertain", 1, 1),
    ("hangs after", ["hangs"] * 50, "uncertain", 1, 1),
    ("hangs", ["unclear"] * 50, "uncertain", 1, 0),
    ("breaks", ["breaks"] * 50, "uncertain", 1, 0),
]


@pytest.mark.parametrize(("fault", "find_faults", "state", "sends", "posted"), FAULTS)
async def test_whatever_happens_it_is_there_once_or_named(
    tmp_path: Path,
    network: Network,
    fault: str,
    find_faults: list[str],
    state: str,
    sends: int,
    posted: int,
) -> None:
    network.faults, network.find_faults = [fault], list(find_faults)
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        out = await life.state(key, "sent", "failed", "uncertain")
    assert (out.state, len(network.sends), len(network.posted)) == (state, sends, posted)
    assert bool(out.reason) == (state != "sent")
    if state == "uncertain":
        assert "nobody knows" in out.reason
    # The same bytes and the same key each time.
    assert len(set(network.posted)) <= 1
    assert len(set(network.sends)) == 1


async def test_sent_again_without_luck_it_is_uncertain_and_not_sent_a_third_time(
    tmp_path: Path, network: Network
) -> None:
    network.faults = ["hangs", "lost"]
    network.find_faults = ["", "unclear", "unclear", "unclear", "unclear"]
    async with house(tmp_path, {"main": network}) as life:
        out = await life.state(await life.write("Doors open"), "uncertain", "sent", "failed")
    assert (out.state, len(network.sends), len(network.posted)) == ("uncertain", 2, 1)


async def test_tried_twice_and_certainly_not_there_it_has_failed(
    tmp_path: Path, network: Network
) -> None:
    """Uncertain is only what nobody knows; here somebody looked, and it is not there."""
    network.faults = ["breaks", "breaks"]
    async with house(tmp_path, {"main": network}) as life:
        out = await life.state(await life.write("Doors open"), "uncertain", "sent", "failed")
    assert (out.state, len(network.sends), network.posted) == ("failed", 2, [])
    assert "ZeroDivisionError" in out.reason
    assert "a fault in the outlet" not in out.reason  # its words may hold anything


async def test_what_the_network_would_never_take_is_not_even_tried(
    tmp_path: Path, network: Network
) -> None:
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("x" * 101)
        out = await life.state(key, "failed")
        assert out.reason == "too long for this network"
        assert network.sends == []
        reply = await life.ask(Rewrite(key, out.version, "shorter"))
        await life.ask(Send(key, life.out(reply.thing).version))
        await life.state(key, "sent")
    assert network.texts == ["shorter"]


async def test_a_failed_one_sent_again_is_another_attempt(tmp_path: Path, network: Network) -> None:
    network.faults = ["fails"]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        out = await life.state(key, "failed")
        assert (await life.ask(Send(key, out.version))).ok
        out = await life.state(key, "sent")
    assert out.attempt == 2
    assert network.sends == [f"{key}.1", f"{key}.2"]


@pytest.mark.parametrize("posted", [True, False])
async def test_a_person_settles_what_nobody_knows(
    tmp_path: Path, network: Network, posted: bool
) -> None:
    network.faults, network.find_faults = ["lost"], ["unclear"] * 50
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        out = await life.state(key, "uncertain")
        for refused in (Send, TakeBack, Discard):
            assert not (await life.ask(refused(key, out.version))).ok
        assert (await life.ask(Settle(key, out.version, posted, "https://net.example/1"))).ok
        out = life.out(key)
    assert (out.state, out.sent_url) == (
        ("sent", "https://net.example/1") if posted else ("failed", "")
    )
    async with house(tmp_path, {"main": network}) as life:
        assert life.out(key).state == out.state
    assert len(network.sends) == 1


# --- limits, threads, deletes ---------------------------------------------------------------------


async def test_what_a_limit_keeps_waits_and_says_so_and_the_order_stands(
    tmp_path: Path, network: Network
) -> None:
    network.faults = ["limited", "limited"]
    async with house(tmp_path, {"main": network}) as life:
        first = await life.write("First")
        second = await life.write("Second")
        waiting = await until(
            lambda: life.out(first) if life.out(first).not_before else None, "the wait"
        )
        assert (waiting.state, waiting.reason) == ("queued", "the network's limit")
        await life.state(second, "sent")
    assert network.texts == ["First", "Second"]
    assert life.out(first).reason == ""


async def test_a_limit_outlives_the_engine(tmp_path: Path, network: Network) -> None:
    network.faults = ["limited"] * 100
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("First")
        await until(lambda: life.out(key).not_before, "the wait")
    network.faults = []
    async with house(tmp_path, {"main": network}) as life:
        await life.state(key, "sent")
    assert network.texts == ["First"]


@pytest.mark.parametrize(("second", "state"), [("limited", "sent"), ("fails", "failed")])
async def test_what_may_still_be_under_way_keeps_its_key_through_a_refusal(
    tmp_path: Path, network: Network, second: str, state: str
) -> None:
    """The first try may land late; that the second one was refused says nothing of the first."""
    network.faults = ["breaks", second]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        out = await life.state(key, state)
        if state == "failed":
            assert (await life.ask(Send(key, out.version))).ok
            await life.state(key, "sent")
    assert set(network.sends) == {f"{key}.1"}


async def test_what_cannot_be_prepared_now_is_asked_again(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASK_AGAIN", timedelta(seconds=0.02))
    network.prepare_faults = ["unclear", "", "breaks"]
    async with house(tmp_path, {"main": network}) as life:
        await life.state(await life.write("First"), "sent")
        out = await life.state(await life.write("Second"), "failed")
    assert network.texts == ["First"]
    assert "the outlet failed" in out.reason


THREAD = "thread: one two three four five six"


async def test_a_thread_goes_out_part_by_part_each_answering_the_one_before(
    tmp_path: Path, network: Network
) -> None:
    async with house(tmp_path, {"main": network}) as life:
        out = await life.state(await life.write(THREAD), "sent")
    assert "".join(network.texts) == THREAD
    bodies = [json.loads(body) for _, body in network.posted]
    assert [body["to"] for body in bodies] == ["", out.sent_ids[0]]
    assert (out.sent_id, len(out.sent_ids)) == (out.sent_ids[0], 2)


@pytest.mark.parametrize("fault", ["fails", "limited"])
async def test_a_thread_broken_off_goes_on_after_what_is_out(
    tmp_path: Path, network: Network, fault: str
) -> None:
    network.faults = ["", fault]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write(THREAD)
        if fault == "fails":
            out = await life.state(key, "failed")
            assert out.reason == "1 of its parts went out; then: the network says no"
            for refused in (Rewrite(key, out.version, "other words"), Discard(key, out.version)):
                assert "a part of it is out" in (await life.ask(refused)).reason
            assert (await life.ask(Send(key, out.version))).ok
        await life.state(key, "sent")
    assert "".join(network.texts) == THREAD
    assert len(life.out(key).sent_ids) == 2


@pytest.mark.parametrize("fault", ["waits", "hangs after"])
async def test_a_thread_killed_in_the_middle_is_finished_by_the_next_life(
    tmp_path: Path, network: Network, fault: str
) -> None:
    network.faults = ["", fault]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write(THREAD)
        posted = 2 if fault == "hangs after" else 1
        await until(
            lambda: (len(network.sends) == 2 and len(network.posted) == posted) or None, "the end"
        )
    async with house(tmp_path, {"main": network}) as life:
        out = await life.state(key, "sent")
    assert "".join(network.texts) == THREAD
    assert len(out.sent_ids) == 2


async def test_a_thread_that_would_be_cut_otherwise_is_not_mixed(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit may change between two lives: then a person finishes what is half out."""
    network.faults = ["", "fails"]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write(THREAD)
        out = await life.state(key, "failed")

        async def whole(_account: Account, outgoing: Outgoing) -> tuple[str, ...]:
            return (outgoing.text,)

        monkeypatch.setattr(Account, "parts", whole)
        await life.ask(Send(key, out.version))
        out = await life.state(key, "failed")
    assert "in other words" in out.reason
    assert len(network.posted) == 1


async def test_until_a_send_has_had_its_time_not_found_says_nothing(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "patience", 0.3)
    network.faults = ["lost"]
    network.hidden = 5
    async with house(tmp_path, {"main": network}) as life:
        await life.state(await life.write("Doors open"), "sent")
    assert (network.texts, len(network.sends)) == (["Doors open"], 1)


@pytest.mark.parametrize(
    ("faults", "state"), [([], "deleted"), (["lost", "lost"], "deleted"), (["refused"], "sent")]
)
async def test_what_is_out_can_be_taken_down(
    tmp_path: Path, network: Network, faults: list[str], state: str
) -> None:
    network.delete_faults = faults
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write(THREAD)
        out = await life.state(key, "sent")
        assert (await life.ask(Delete(key, out.version))).ok
        out = await until(
            lambda: life.out(key) if life.out(key).version > out.version + 1 else None, "the end"
        )
    assert out.state == state
    assert bool(network.posted) == (state == "sent")
    assert ("could not be deleted: the network says no" in out.reason) == (state == "sent")


async def test_what_was_to_be_taken_down_at_a_crash_is_taken_down_by_the_next_life(
    tmp_path: Path, network: Network
) -> None:
    network.delete_faults = ["lost"] * 3
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        out = await life.state(key, "sent")
        await life.ask(Delete(key, out.version))
    async with house(tmp_path, {"main": network}) as life:
        await life.state(key, "deleted")
    assert network.posted == []


# --- what a hostile reader found ------------------------------------------------------------------


async def test_a_change_of_what_is_being_sent_does_not_begin_it_again(
    tmp_path: Path, network: Network
) -> None:
    network.faults = ["waits"]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        await until(lambda: network.sends or None)
        out = life.out(key)
        life.publisher.listen([Put(replace(out, version=out.version + 1, seen_at=out.created_at))])
        network.gate.set()
        await life.state(key, "sent")
        await life.state(await life.write("Second"), "sent")
    assert network.texts == ["Doors open", "Second"]
    assert len(network.sends) == 2


async def test_what_is_found_is_not_taken_for_two_posts(tmp_path: Path, network: Network) -> None:
    """Two times the same words: what a look finds of the first one does not settle the second."""
    async with house(tmp_path, {"main": network}) as life:
        first = await life.state(await life.write("Goal!"), "sent")
        network.faults, network.finds = ["lost"], first.sent_id
        second = await life.state(await life.write("Goal!"), "uncertain")
    assert "another post of ours" in second.reason
    assert second.sent_id == ""


async def test_a_look_that_began_too_early_proves_nothing(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks for longer than the patience lasts, at a moment when the post is not there yet."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(Account, "patience", 0.1)
    network.faults, network.find_faults, network.hidden = ["lost"], ["slow"], 1
    async with house(tmp_path, {"main": network}) as life:
        await life.state(await life.write("Doors open"), "sent")
    assert (network.texts, len(network.sends)) == (["Doors open"], 1)


async def test_a_hold_stops_a_thread_between_its_parts(tmp_path: Path, network: Network) -> None:
    network.faults = ["waits"]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write(THREAD)
        await until(lambda: network.sends or None)
        await life.ask(Hold())
        network.gate.set()
        out = await life.state(key, "queued")
        assert (len(network.posted), len(out.sent_ids)) == (1, 1)
        await life.ask(Release())
        await life.state(key, "sent")
    assert "".join(network.texts) == THREAD


async def test_an_account_that_moved_is_not_asked_for_what_went_elsewhere(
    tmp_path: Path, network: Network
) -> None:
    network.faults = ["hangs after"]
    async with house(tmp_path, {"main": network}, place="mastodon https://a.example") as life:
        key = await life.write("Doors open")
        await until(lambda: network.posted or None)
    elsewhere = Network()
    async with house(tmp_path, {"main": elsewhere}, place="x") as life:
        out = await life.state(key, "uncertain")
    assert "it was being sent to mastodon https://a.example" in out.reason
    assert elsewhere.sends == []


# --- killed between two steps ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "posted_before"), [("waits", 0), ("hangs", 0), ("hangs after", 1)]
)
async def test_killed_while_sending_it_is_looked_for_and_there_once(
    tmp_path: Path, network: Network, fault: str, posted_before: int
) -> None:
    network.faults = [fault]
    async with house(tmp_path, {"main": network}) as life:
        key = await life.write("Doors open")
        await until(lambda: (network.sends and len(network.posted) == posted_before) or None)
    assert len(network.posted) == posted_before
    async with house(tmp_path, {"main": network}) as life:
        await life.state(key, "sent")
    assert network.texts == ["Doors open"]
    assert network.looks
    assert set(network.sends) == {f"{key}.1"}


async def test_killed_before_the_intent_it_is_sent_by_the_next_life(
    tmp_path: Path, network: Network
) -> None:
    """The desk's commit said "sending", and nothing had left."""
    async with open_store(tmp_path / "e.sqlite") as store:
        desk = Desk(RULES)
        turn = desk.handle([Ordered("anna", Write("Doors open", send=True))], datetime.now(UTC))
        await store.commit(turn.changes, turn.decisions)
        (out,) = desk.state.outgoing.values()
        assert out.state == "sending"
    async with house(tmp_path, {"main": network}) as life:
        await life.state(out.id, "sent")
    assert network.texts == ["Doors open"]
    assert network.looks == []


@pytest.mark.parametrize("outcome", ["sent", "failed", "uncertain"])
async def test_killed_after_the_outcome_it_is_told_by_the_next_life(
    tmp_path: Path, network: Network, outcome: str
) -> None:
    """The outcome is on the disk, the desk's commit of it is not."""
    network.faults = {"sent": [""], "failed": ["fails"], "uncertain": ["lost"]}[outcome]
    network.find_faults = ["unclear"] * 50
    async with open_store(tmp_path / "e.sqlite") as store:
        desk, told = Desk(RULES), asyncio.Event()
        turn = desk.handle([Ordered("anna", Write("Doors open", send=True))], datetime.now(UTC))
        await store.commit(turn.changes, turn.decisions)
        (out,) = desk.state.outgoing.values()
        accounts: dict[str, Outlet] = {"main": Account(network)}
        publisher = Publisher(
            accounts,
            store,
            lambda: datetime.now(UTC),
            lambda _: told.set(),
            send_seconds=0.1,
            look_wait=0.001,
        )
        sending = asyncio.ensure_future(publisher.run([]))
        publisher.listen([Put(out)])
        async with asyncio.timeout(10):
            await told.wait()
        sending.cancel()
        await asyncio.wait([sending])
    sends, posted = len(network.sends), len(network.posted)
    async with house(tmp_path, {"main": network}) as life:
        assert (await life.state(out.id, outcome)).state == outcome
    assert (len(network.sends), len(network.posted)) == (sends, posted)


async def test_what_cannot_be_written_down_is_not_sent(tmp_path: Path, network: Network) -> None:
    class Full:
        async def write_intent(self, intent: Intent) -> None:
            raise StoreError("database or disk is full")

        async def write_outcome(self, intent: Intent, outcome: str) -> None:
            raise AssertionError

        async def intents(self, *, unsettled: bool = True) -> list[Intent]:
            return []

    accounts: dict[str, Outlet] = {"main": Account(network)}
    out = Outgoing("o", 1, "main", "Hi", "anna", datetime.now(UTC), state="sending", attempt=1)
    publisher = Publisher(accounts, Full(), lambda: datetime.now(UTC), lambda _: None)
    publisher.listen([Put(out)])
    with pytest.RaisesGroup(StoreError):
        await publisher.run([])
    assert network.sends == []


# --- order, hold, taking back ---------------------------------------------------------------------


async def test_an_accounts_posts_leave_in_their_order_and_accounts_do_not_wait_for_each_other(
    tmp_path: Path,
) -> None:
    main, support = Network(faults=["waits"]), Network()
    async with house(tmp_path, {"main": main, "support": support}) as life:
        mains = [await life.write(f"main {n}") for n in range(6)]
        supports = [await life.write(f"support {n}", "support") for n in range(6)]
        await life.state(supports[-1], "sent")
        await life.state(mains[0], "sending")
        assert [life.out(key).state for key in mains] == ["sending"] + ["queued"] * 5
        assert main.posted == []
        main.gate.set()
        await life.state(mains[-1], "sent")
    assert main.texts == [f"main {n}" for n in range(6)]
    assert support.texts == [f"support {n}" for n in range(6)]


async def test_one_that_fails_does_not_stop_the_next(tmp_path: Path, network: Network) -> None:
    network.faults = ["fails", "lost", "breaks after", ""]
    async with house(tmp_path, {"main": network}) as life:
        keys = [await life.write(f"Number {n}") for n in range(4)]
        states = [(await life.state(key, "sent", "failed", "uncertain")).state for key in keys]
    assert states == ["failed", "sent", "sent", "sent"]
    assert network.texts == ["Number 1", "Number 2", "Number 3"]


async def test_a_hold_freezes_what_waits_and_not_what_is_under_way(
    tmp_path: Path, network: Network
) -> None:
    network.faults = ["waits"]
    async with house(tmp_path, {"main": network}) as life:
        first = await life.write("under way")
        await until(lambda: network.sends or None)
        second = await life.write("waits")
        assert (await life.ask(Hold())).ok
        network.gate.set()
        await life.state(first, "sent")
        third = await life.write("written meanwhile")
        await asyncio.sleep(0.05)
        assert [life.out(key).state for key in (second, third)] == ["queued", "queued"]
        assert network.texts == ["under way"]
    # Held it stays, also after a kill.
    async with house(tmp_path, {"main": network}) as life:
        await asyncio.sleep(0.05)
        assert network.texts == ["under way"]
        assert (await life.ask(Release())).ok
        await life.state(third, "sent")
    assert network.texts == ["under way", "waits", "written meanwhile"]


async def test_what_is_taken_back_in_time_does_not_leave(tmp_path: Path, network: Network) -> None:
    slow = Rules(take_back=timedelta(hours=1), accounts=("main",))
    async with house(tmp_path, {"main": network}, slow) as life:
        key = await life.write("Doors oepn")
        assert life.out(key).state == "queued"
        assert (await life.ask(TakeBack(key, life.out(key).version))).ok
        assert life.out(key).state == "draft"
        assert (await life.ask(Rewrite(key, life.out(key).version, "Doors open"))).ok
    async with house(tmp_path, {"main": network}) as life:
        await asyncio.sleep(0.02)
        assert life.out(key).state == "draft"
        await life.ask(Send(key, life.out(key).version))
        out = await life.state(key, "sent")
        late = await life.ask(TakeBack(key, out.version))
    assert not late.ok
    assert "too late" in late.reason
    assert network.texts == ["Doors open"]


async def test_what_falls_due_long_after_its_time_is_held(tmp_path: Path, network: Network) -> None:
    """An engine that was down for an hour does not say an hour later what was for then."""
    slow = Rules(take_back=timedelta(seconds=0.2), accounts=("main",))
    async with house(tmp_path, {"main": network}, slow) as life:
        key = await life.write("In one minute")
    stale = Rules(take_back=timedelta(0), stale=timedelta(seconds=0.05), accounts=("main",))
    await asyncio.sleep(0.3)
    async with house(tmp_path, {"main": network}, stale) as life:
        out = await life.state(key, "held")
        assert "late" in out.reason
        assert (await life.ask(Send(key, out.version))).ok
        await life.state(key, "sent")
    assert network.texts == ["In one minute"]


# --- at random ------------------------------------------------------------------------------------

SEND_FAULTS = ["", "", "", "lost", "fails", "hangs", "hangs after", "breaks", "breaks after"]
FIND_FAULTS = ["", "", "", "unclear", "hangs", "breaks"]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_hundred_sends_with_faults_and_kills_are_there_once_or_named(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults at random in sending and looking, and a kill at a random moment every few posts."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    random = Random(seed)
    networks = {"main": Network(), "support": Network()}
    for network in networks.values():
        network.faults = random.choices(SEND_FAULTS, k=200)
        network.find_faults = random.choices(FIND_FAULTS, k=400)
    written: dict[str, str] = {}
    kills = 0
    while len(written) < 120:
        async with house(tmp_path, networks) as life:
            life.publisher._send_seconds = 0.02
            for _ in range(random.randint(1, 12)):
                text = f"Post {len(written)}"
                written[await life.write(text, random.choice(["main", "support"]))] = text
                await asyncio.sleep(random.random() * 0.01)
        kills += 1
    for network in networks.values():
        network.faults, network.find_faults = [], []
    async with house(tmp_path, networks) as life:
        outs = [await life.state(key, "sent", "failed", "uncertain") for key in written]
    posted = Counter(text for network in networks.values() for text in network.texts)
    assert max(posted.values()) == 1, posted.most_common(3)
    for out in outs:
        count = posted[written[out.id]]
        match out.state:
            case "sent":
                assert count == 1, out
            case "failed":
                assert count == 0, out
            case _:
                assert out.reason
                assert count <= 1
    states = Counter(out.state for out in outs)
    assert kills > 8
    assert states["sent"] > 60, states
    assert states["failed"], states
    async with open_store(tmp_path / "e.sqlite", reading=True) as store:
        assert await store.intents() == []


# --- in the whole engine --------------------------------------------------------------------------


async def test_an_answer_goes_out_once_and_its_question_is_answered(tmp_path: Path) -> None:
    more = "[outgoing]\ntake_back = 0.2\n"
    asked = post(1, "Where is the cloakroom? #try")
    async with running(tmp_path, more, [asked]) as engine, console(engine) as anna:
        item = await anna.item(asked.key, "questions")
        reply = await anna.done(
            Write("Left of the door", item=item.id, version=item.version, send=True)
        )
        out = await anna.outgoing(reply.thing, "sent")
        assert out.answers == item.id
        done = await anna.item(asked.key, "done")
        assert (done.question, done.answer) == ("answered", out.id)
    kept = (tmp_path / "data" / "try.rehearsal.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in kept] == ["Left of the door"]


async def test_a_clean_end_lets_the_send_under_way_finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(faults=["waits"])
    monkeypatch.setattr(networks, "OUTLETS", {"rehearsal": "a double"})
    really = networks.imported

    def imported(name: str) -> Callable[..., object]:
        return (lambda *_: Account(network)) if name == "a double" else really(name)

    monkeypatch.setattr(networks, "imported", imported)
    async with (
        running(tmp_path, "[outgoing]\ntake_back = 0\n") as engine,
        console(engine) as anna,
    ):
        first = (await anna.done(Write("under way", send=True))).thing
        second = (await anna.done(Write("waits", send=True))).thing
        await until(lambda: network.sends or None)
        asyncio.get_running_loop().call_later(0.2, network.gate.set)
    assert network.texts == ["under way"]
    async with running(tmp_path, "[outgoing]\ntake_back = 0\n") as engine, console(engine) as anna:
        await anna.outgoing(first, "sent")
        await anna.outgoing(second, "sent")
    assert network.texts == ["under way", "waits"]
    assert network.looks == []


async def test_a_post_whose_account_is_gone_from_the_script_is_held(tmp_path: Path) -> None:
    """The script was changed between two lives; the engine goes on, and the post is named."""
    two = "[[accounts]]\nid = 'old'\nhandle = 'old'\n"
    async with (
        running(tmp_path, "[outgoing]\ntake_back = 0.5\n" + two) as engine,
        console(engine) as anna,
    ):
        key = (await anna.done(Write("From the old one", account="old", send=True))).thing
    async with (
        running(tmp_path, "[outgoing]\ntake_back = 0\n") as engine,
        console(engine) as anna,
    ):
        out = await anna.outgoing(key, "held", "failed")
        assert "old" in out.reason
        other = (await anna.done(Write("From the other", send=True))).thing
        await anna.outgoing(other, "sent")
