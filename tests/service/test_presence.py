"""Who is here, who may do what, how screens are: at real sockets, with several consoles."""

import asyncio
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest

from eventlive import server as module
from eventlive.messages import (
    About,
    Approve,
    Archive,
    Background,
    BlockAuthor,
    ClaimItem,
    Found,
    FromConsole,
    HandOver,
    Hold,
    Logged,
    Looking,
    Present,
    Preview,
    Previewed,
    ReadLog,
    Release,
    Reload,
    Reply,
    Search,
    Seen,
    Several,
    State,
    ToConsole,
    Unmute,
)
from tests.service.engines import Console, console, post, running, screen

TOKENS: dict[str, Any] = {"lead_token": "l", "operator_token": "o", "viewer_token": "v"}


async def present(seer: Console, who: str, **fields: object) -> Present:
    """Wait until a console is told that somebody is here, and so."""

    def there() -> Present | None:
        found = [one for one in seer.state.present if one.who == who] if seer.state else []
        return next((p for p in found if all(getattr(p, k) == v for k, v in fields.items())), None)

    return await seer.hear_until(there, f"{who} with {fields}")


async def answers(asker: Console, *refs: int) -> dict[int, ToConsole]:
    """Wait for what is told to each of these numbers; each gets one answer."""
    found: dict[int, ToConsole] = {}
    while len(found) < len(refs):
        frame = await asker.hear()
        match frame:
            case Found() | Logged() | Background() | Previewed() | Reply() if frame.ref in refs:
                assert frame.ref not in found, frame
                found[frame.ref] = frame
            case _:
                pass
    return found


# --- who is here ----------------------------------------------------------------------------------


async def test_colleagues_see_at_once_who_looks_where_and_who_writes(tmp_path: Path) -> None:
    async with (
        running(tmp_path, posts=[post(1)]) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        await present(ben, "anna", item="", writing=False, role="lead")
        began = monotonic()
        for number in range(6):
            await anna.say(Looking(f"bluesky:p{number}", writing=number % 2 == 1))
            await present(ben, "anna", item=f"bluesky:p{number}", writing=number % 2 == 1)
        # Told once a second, six turns would take five at least.
        assert monotonic() - began < 4
        await anna.say(Looking())
        await present(ben, "anna", item="", writing=False)


async def test_who_holds_a_key_down_costs_a_few_states_a_second(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        await present(ben, "anna")
        states = 0
        began = monotonic()
        for number in range(100):
            await anna.say(Looking(f"bluesky:p{number}"))
            await asyncio.sleep(0.01)
        item = "bluesky:p99"
        while not (ben.state and any(one.item == item for one in ben.state.present)):
            states += isinstance(await ben.hear(), State)
        # Four a second, and the one that comes each second.
        assert 2 <= states <= (monotonic() - began) * 5 + 2


async def test_who_is_gone_is_gone_at_once_however_it_went(tmp_path: Path) -> None:
    async with running(tmp_path) as engine, console(engine, "ben") as ben:
        for rudely in (False, True):
            async with console(engine, "anna") as anna:
                await anna.say(Looking("bluesky:p1", writing=True))
                await present(ben, "anna", writing=True)
                if rudely:
                    anna.socket.transport.abort()
            began = monotonic()
            await ben.hear_until(
                lambda: ben.state and [one.who for one in ben.state.present] == ["ben"], "its going"
            )
            assert monotonic() - began < 3


async def test_somebody_at_two_consoles_is_one_person_where_they_looked_last(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as engine, console(engine, "ben") as ben:
        async with console(engine, "anna") as first:
            await first.say(Looking("bluesky:p1", writing=True))
            await present(ben, "anna", item="bluesky:p1")
            async with console(engine, "anna") as second:
                # Coming is not looking.
                await second.hear_until(lambda: second.state, "the state")
                assert second.state
                assert [one.item for one in second.state.present] == ["bluesky:p1", ""]
                await second.say(Looking("bluesky:p2"))
                await present(ben, "anna", item="bluesky:p2", writing=False)
                assert ben.state
                assert [one.who for one in ben.state.present] == ["anna", "ben"]
            await present(ben, "anna", item="bluesky:p1", writing=True)
        await ben.hear_until(lambda: ben.state and len(ben.state.present) == 1, "their going")


async def test_a_console_that_renews_a_claim_by_itself_is_idle(tmp_path: Path) -> None:
    async with (
        running(tmp_path, posts=[post(1)]) as engine,
        console(engine, "anna") as anna,
        console(engine, "ben") as ben,
    ):
        item = await anna.item("bluesky:p1")

        def idle() -> float:
            found = (
                [one.idle for one in ben.state.present if one.who == "anna"] if ben.state else []
            )
            return found[0] if found else 0.0

        while idle() < 1.2:
            await anna.done(ClaimItem(item.id, item.version))
            await ben.hear()
        await anna.say(Looking(item.id))
        await present(ben, "anna", item=item.id)
        assert idle() < 0.7


# --- who may do what ------------------------------------------------------------------------------


async def test_each_role_may_do_what_it_may(tmp_path: Path) -> None:
    """A viewer looks on, an operator decides, a lead decides on colleagues and for good."""
    posts = [post(number) for number in range(1, 6)]
    async with (
        running(tmp_path, posts=posts, **TOKENS) as engine,
        console(engine, "vera", "v") as vera,
        console(engine, "otto", "o") as otto,
        console(engine, "lena", "l") as lena,
    ):
        for who, role in ((vera, "viewer"), (otto, "operator"), (lena, "lead")):
            assert who.welcome.role == role
            await present(lena, who.welcome.name, role=role)

        item = await vera.item("bluesky:p1")
        for command in (
            Archive(item.id, item.version),
            Several((Archive(item.id, item.version),)),
            ClaimItem(item.id, item.version),
            BlockAuthor(item.id, item.version),
            HandOver("all yours"),
            Reload("x"),
            Hold(),
        ):
            reply = await vera.order(command)
            assert (reply.ok, "a viewer looks on" in reply.reason) == (False, True), command
        await vera.say(Looking(item.id, writing=True))
        refused = await vera.reply(0)
        assert "viewer" in refused.reason
        await vera.say(Looking(item.id))
        await present(lena, "vera", item=item.id, writing=False)
        looked: list[FromConsole] = [
            Search(91, "number"),
            About(92, item.id),
            ReadLog(93),
            Preview(94),
        ]
        for wanted in looked:
            await vera.say(wanted)
        found = await answers(vera, 91, 92, 93, 94)
        assert {type(one) for one in found.values()} == {Found, Background, Logged, Previewed}
        assert all(not getattr(one, "reason", "") for one in found.values())

        mine = await lena.item("bluesky:p2")
        claimed = (await lena.done(ClaimItem(mine.id, mine.version))).present
        assert claimed
        other = await otto.item("bluesky:p3")
        for command in (
            BlockAuthor(other.id, other.version),
            Several((BlockAuthor(other.id, other.version),)),
            ClaimItem(claimed.id, claimed.version, over=True),
            Reload("x"),
        ):
            reply = await otto.order(command)
            assert (reply.ok, "only a lead" in reply.reason) == (False, True), (command, reply)
        theirs = (await otto.done(ClaimItem(other.id, other.version))).present
        assert theirs
        await lena.done(ClaimItem(other.id, theirs.version, over=True))
        bad = await lena.item("bluesky:p4")
        await lena.done(BlockAuthor(bad.id, bad.version))
        reply = await otto.order(Unmute("bluesky:did:plc:4", 1))
        assert (reply.ok, "only a lead" in reply.reason) == (False, True), reply
        await lena.done(Unmute("bluesky:did:plc:4", 1))
        assert "only a lead" not in (await lena.order(Reload("x"))).reason


async def test_look_ups_of_different_kinds_leave_each_other_alone(tmp_path: Path) -> None:
    """Of one kind the newest wins; each is answered, and only once."""
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine) as anna:
        await anna.item("bluesky:p1")
        for ref in range(10, 50, 4):
            await anna.say(Search(ref, "number"))
            await anna.say(About(ref + 1, "bluesky:p1"))
            await anna.say(ReadLog(ref + 2))
            await anna.say(Preview(ref + 3))
        found = await answers(anna, *range(10, 50))
        last = [found[ref] for ref in range(46, 50)]
        assert [type(one) for one in last] == [Found, Background, Logged, Previewed]
        assert all(not getattr(one, "reason", "") for one in last)
        assert not getattr(last[3], "problems", ())
        given_up = [one for one in found.values() if "asked for after it" in str(one)]
        assert given_up


async def test_too_many_look_ups_are_refused_like_commands(tmp_path: Path) -> None:
    async with running(tmp_path, posts=[post(1)]) as engine, console(engine) as anna:
        for ref in range(1, 201):
            await anna.say(About(ref, "bluesky:p1"))
        found = await answers(anna, *range(1, 201))
        refused = [one for one in found.values() if isinstance(one, Reply)]
        assert 120 < len(refused) <= 160
        assert all("too many" in one.reason for one in refused)


# --- what waits, and the screens ------------------------------------------------------------------


async def test_a_console_is_told_what_waits_in_every_queue(tmp_path: Path) -> None:
    posts = [post(1), post(2, "Where is room 2? #try"), post(3)]
    async with running(tmp_path, posts=posts) as engine, console(engine) as anna:
        item = await anna.item("bluesky:p3")
        await anna.done(Approve(item.id, item.version))

        def counts() -> dict[str, int]:
            return {one.queue: one.count for one in anna.state.queues} if anna.state else {}

        await anna.hear_until(lambda: counts().get("wall") == 1, "the count")
        assert len(counts()) == 11
        assert (counts()["inbox"], counts()["questions"], counts()["done"]) == (2, 1, 1)
        assert anna.state
        oldest = {one.queue: one.oldest for one in anna.state.queues}
        assert oldest["inbox"] is not None
        assert oldest["mentions"] is None


@pytest.mark.parametrize(("goals", "seconds"), [("", 600), ("[goals]\nanswer_minutes = 7\n", 420)])
async def test_a_console_is_told_how_long_a_question_may_wait(
    tmp_path: Path, goals: str, seconds: float
) -> None:
    async with running(tmp_path, goals) as engine, console(engine) as anna:
        assert anna.welcome.answer_within == seconds


async def test_a_console_is_told_how_screens_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SWEEP_SECONDS", 0.05)
    async with (
        running(tmp_path) as engine,
        console(engine) as anna,
        screen(engine, "?screen=Stage%20left%1b%5b2J") as stage,
        screen(engine) as foyer,
    ):

        def screens() -> list[tuple[str, int, int, int]]:
            listed = anna.state.screens if anna.state else ()
            return [(one.name, one.width, one.height, one.behind) for one in listed]

        await stage.socket.send(msgspec.json.encode(Seen(stage.seq, 1920, 1080)), text=True)
        await foyer.socket.send(msgspec.json.encode(Seen(foyer.seq, 1080, 1920)), text=True)
        both = [("Stage left", 1920, 1080, 0), ("127.0.0.1", 1080, 1920, 0)]
        await anna.hear_until(lambda: screens() == both, "both screens")
        await anna.done(Hold())
        await anna.done(Release())
        await stage.hear_until(lambda: stage.seq == 2, "the changes")
        await stage.socket.send(msgspec.json.encode(Seen(2, 1920, 1080)), text=True)
        behind = [("Stage left", 1920, 1080, 0), ("127.0.0.1", 1080, 1920, 2)]
        await anna.hear_until(lambda: screens() == behind, "the one behind")
