"""X's feed against a fake X on loopback TLS: nothing lost, nothing invented, nothing overspent.

Longer than most: the faults of a stream share one way of following a feed, kept here. Intervals are
hundredths of a second (QUICK) unless a test says otherwise.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from aiohttp import web

from eventlive.errors import FeedLost, FeedRefused
from eventlive.model import Batch, Edited, FeedEvent, Post, Skipped, Status
from feeds.x import X
from feeds.x.api import Api
from feeds.x.api import Refusal as Refused
from feeds.x.bodies import Body, Problem, read_body
from feeds.x.pace import Pace
from feeds.x.texts import id_at
from tests.service.x_fake import XFake, open_x_fake
from tests.service.x_fake_archive import XPost
from tests.service.x_fake_world import Refusal

pytestmark = pytest.mark.needs("cases")  # the fake holds its answers against X's description

WAIT = 10.0
"""Seconds for anything to happen that happens at all."""

QUICK = Pace(
    silence=0.5,
    settle=0.3,
    rewind=0.05,
    late=0.5,
    poll=0.05,
    hour=60.0,
    say=0.02,
    again=0.02,
    network=(0.005, 0.05),
    http=(0.02, 0.1),
    limited=(0.05, 0.2),
    denied=0.3,
    healthy=0.2,
    clear=60.0,
)

RULES = "GET /2/tweets/search/stream/rules"
CHANGE = "POST /2/tweets/search/stream/rules"
STREAM = "GET /2/tweets/search/stream"
SEARCH = "GET /2/tweets/search/recent"
COUNTS = "GET /2/tweets/counts/recent"
HANG_UP = "DELETE /2/connections/all"


class Clock:
    """A clock that starts now and goes as the real one does, and jumps when told to."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
async def x() -> AsyncIterator[XFake]:
    async with open_x_fake() as fake:
        fake.stream.keep_alive = 0.1
        yield fake


def feed(x: XFake, **options: Any) -> X:
    options = {
        "hashtags": ["try"],
        "accounts": ["house"],
        "secrets": x.feed_secrets,
        "clock": Clock(),
        "random": Random(7),
        "connector": x.connector,
        "pace": QUICK,
        **options,
    }
    return X("x-main", **options)


class Followed:
    """What a feed handed over, in order, as the engine would get it."""

    def __init__(self, cursor: str) -> None:
        self.cursor = cursor
        self.events: list[FeedEvent] = []
        self.batches: list[Batch] = []
        self.skipped: list[Skipped] = []
        self.statuses: list[Status] = []
        self.lost: list[FeedLost] = []
        self.refused: FeedRefused | None = None
        self._more = asyncio.Event()

    @property
    def ids(self) -> set[str]:
        return {event.id for event in self.events if isinstance(event, Post)}

    @property
    def states(self) -> list[str]:
        return [status.state for status in self.statuses]

    def said(self, state: str) -> Status:
        """Give the last status of a state."""
        return next(status for status in reversed(self.statuses) if status.state == state)

    def take(self, step: Batch | Status) -> None:
        if isinstance(step, Status):
            self.statuses.append(step)
        else:
            self.events += step.events
            self.batches.append(step)
            self.skipped += step.skipped
            self.cursor = step.cursor or self.cursor
        self.tell()

    def tell(self) -> None:
        self._more.set()
        self._more = asyncio.Event()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until something is true of what was handed over, or of the fake."""
        async with asyncio.timeout(WAIT):
            while not true():
                try:
                    async with asyncio.timeout(0.02):
                        await self._more.wait()
                except TimeoutError:
                    pass

    @property
    def spent(self) -> float:
        """What the last status says was spent."""
        money = self.statuses[-1].money
        return money.spent if money is not None else 0.0

    async def live(self) -> None:
        await self.until(lambda: self.states[-1:] == ["live"])

    async def connected(self, x: XFake, times: int) -> None:
        await self.until(lambda: len(x.stream.connects) == times)

    async def has(self, *posts: XPost) -> None:
        await self.until(lambda: {post.id for post in posts} <= self.ids)


@asynccontextmanager
async def following(followed: X, cursor: str = "") -> AsyncIterator[Followed]:
    """Follow a feed as the engine does: when it is lost, wait as it says, and call again."""
    got = Followed(cursor)

    async def follow() -> None:
        while True:
            try:
                async with aclosing(followed.follow(got.cursor)) as steps:
                    async for step in steps:
                        got.take(step)
            except FeedLost as lost:
                got.lost.append(lost)
                got.tell()
                await asyncio.sleep(lost.retry_after)
            except FeedRefused as refused:
                got.refused = refused
                got.tell()
                return

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(), name="feed:x-main")
        yield got
        task.cancel()


# --- what comes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["post", "tweet"])
async def test_posts_mentions_replies_and_quotes_come_whole(spelling: Any) -> None:
    async with open_x_fake(spelling=spelling) as x:
        x.user("anna", name="Anna & Co", followers=1234, verified=True)
        ours = x.say("house", "Welcome")
        async with following(feed(x)) as got:
            await got.live()
            tagged = x.say("anna", "A & B <3 https://example.org/?a=1&b=2 #try")
            pictured = x.say("anna", "look #try", media=[x.picture("anna", "a cat")], lang="de")
            asked = x.say("bob", "when does it start?", reply_to=ours)
            quoted = x.say("carl", "so true @house", quotes=ours, sensitive=True)
            long = x.say("anna", "#try " + "many words " * 60)
            noise = x.say("dora", "nothing for us")
            reposted = x.say("dora", reposts=tagged)
            await got.has(tagged, pictured, asked, quoted, long)
            await asyncio.sleep(0.1)
    assert not got.ids & {noise.id, reposted.id}
    assert not got.skipped
    posts = {event.id: event for event in got.events if isinstance(event, Post)}
    first = posts[tagged.id]
    assert first.text == "A & B <3 https://example.org/?a=1&b=2 #try"
    assert (first.author.handle, first.author.name) == ("anna", "Anna & Co")
    assert (first.author.followers, first.author.verified) == (1234, True)
    assert first.created_at == tagged.at
    assert (first.tags, first.links) == (("try",), ("https://example.org/?a=1&b=2",))
    assert first.url == f"https://x.com/anna/status/{tagged.id}"
    second = posts[pictured.id]
    assert (second.text, second.language) == ("look #try", "de")
    assert [(one.kind, one.alt, one.width) for one in second.media] == [("image", "a cat", 640)]
    answer = posts[asked.id]
    assert (answer.kind, answer.in_reply_to, answer.to) == ("reply", ours.id, ("house",))
    quote = posts[quoted.id]
    assert (quote.kind, quote.quoted, quote.to) == ("quote", ours.id, ("house",))
    assert (quote.sensitive, quote.mentions) == (True, ("house",))
    assert posts[long.id].text == long.raw
    assert got.states[-1] == "live"


async def test_an_edit_is_handed_over_as_one(x: XFake) -> None:
    async with following(feed(x)) as got:
        await got.live()
        made = x.say("anna", "frist #try")
        edit = {
            "id": str(int(made.id) + 5),
            "text": "first #try",
            "author_id": made.author.id,
            "edit_history_tweet_ids": [made.id, str(int(made.id) + 5)],
        }
        x.stream.raw(json.dumps({"data": edit}).encode())
        await got.until(lambda: any(isinstance(event, Edited) for event in got.events))
    (edited,) = (event for event in got.events if isinstance(event, Edited))
    assert (edited.post.id, edited.post.text) == (made.id, "first #try")
    assert edited.post.url.endswith(str(int(made.id) + 5))


# --- rules ----------------------------------------------------------------------------------------


async def test_rules_are_synchronised_and_those_of_others_left_alone(x: XFake) -> None:
    theirs = x.stream.add_rule("cats", "cats with images")
    gone = x.stream.add_rule("#lastyear -is:retweet", "eventlive:x-main:0")
    neighbour = x.stream.add_rule("#lastyear", "eventlive:x-other:0")
    async with following(feed(x)) as got:
        await got.live()
        x.say("anna", "cats, and nothing else")
        ours = x.say("anna", "cats #try")
        await got.has(ours)
        assert got.ids == {ours.id}
        x.stream.close()
        await got.connected(x, 2)
        await got.live()
    standing = [rule for rule in x.stream.rules.values() if rule.until == float("inf")]
    assert {rule.id for rule in standing} >= {theirs.id, neighbour.id}
    assert gone.id not in {rule.id for rule in standing}
    (added,) = [rule for rule in standing if rule.id not in {theirs.id, neighbour.id}]
    assert (added.value, added.tag) == (
        "(#try OR @house OR to:house) -is:retweet",
        "eventlive:x-main:0",
    )
    # One to delete, one to add: nothing to change at the second connection.
    assert len(x.asked(CHANGE)) == 2


async def test_rules_that_vanish_are_made_again(x: XFake, monkeypatch: pytest.MonkeyPatch) -> None:
    """X answers 409 to who connects without rules."""
    made = x.stream.post_rules

    def forgetful(ask: Any) -> Any:
        answer = made(ask)
        if len(x.asked(CHANGE)) == 1:
            x.stream.rules.clear()
        return answer

    monkeypatch.setattr(x.stream, "post_rules", forgetful)
    async with following(feed(x)) as got:
        await got.live()
        await got.has(x.say("anna", "#try"))
    assert "409" in got.lost[0].reason
    assert len(x.asked(CHANGE)) == 2


@pytest.mark.parametrize("mode", ["stream", "search"])
async def test_words_that_x_does_not_take_are_for_a_person(
    x: XFake, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr("feeds.x.feed.joined", lambda *_: ("lang:en",))
    async with following(feed(x, mode=mode)) as got:
        await got.until(lambda: got.refused)
    assert "X does not take what is" in str(got.refused)
    assert "stand alone" in str(got.refused)


# --- what goes wrong with a stream ----------------------------------------------------------------


def stall(x: XFake) -> None:
    x.stream.stalled = True


FAULTS: dict[str, Callable[[XFake], None]] = {
    "a clean close": lambda x: x.stream.close(),
    "a broken line": lambda x: x.stream.drop(),
    "a reset": lambda x: x.stream.reset(),
    "an operational disconnect": lambda x: x.stream.disconnect(),
    "a disconnect that leaves it open": lambda x: x.stream.disconnect(close=False),
    "a stall": stall,
    "a line of two megabytes": lambda x: x.stream.huge(2_000_000),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_after_a_fault_it_comes_back_and_fills_the_gap(x: XFake, name: str) -> None:
    """Posts before, within and after: all of them, though nothing replays them."""
    async with following(feed(x, pace=replace(QUICK, say=60.0))) as got:
        await got.live()
        said = [x.say("anna", "before #try")]
        await got.has(*said)
        FAULTS[name](x)
        said += [x.say("anna", f"{number} within #try") for number in range(3)]
        await got.until(lambda: got.lost)
        x.stream.stalled = False
        said += [x.say("anna", f"{number} while away #try") for number in range(3)]
        await got.connected(x, 2)
        await got.live()
        said += [x.say("anna", "after #try")]
        await got.has(*said)
    assert got.ids == {post.id for post in said}
    assert len(x.stream.connects) == 2
    assert len(got.lost) == 1
    assert got.lost[0].retry_after >= QUICK.again
    if name == "a stall":
        assert "silent" in got.states
        assert got.lost[0].reason == "X said nothing for 0.5 s"


async def test_a_server_that_only_trickles_is_given_up(x: XFake) -> None:
    """Bytes that never make a line keep a socket alive, and nothing else."""
    async with following(feed(x)) as got:
        await got.live()
        while not got.lost:
            if x.stream.live is not None:
                x.stream.live.lines.put_nowait(b"x")
            await asyncio.sleep(0.03)
        assert got.lost[0].reason == "X sent no line for 0.5 s"
        await got.has(x.say("anna", "#try"))


@pytest.mark.parametrize(
    ("line", "skips"),
    [
        (b"{", 1),
        (b"\xff\xfe", 1),
        (b"[" * 100_000, 1),
        (b'{"data":{"id":7}}', 1),
        (b'{"errors":[{"title":"Something"}]}', 1),
        (b'{"matching_rules":[{"id":"1"}]}', 0),
        (b"null", 1),
        (b" ", 0),
    ],
)
async def test_a_line_that_is_nothing_harms_nothing(x: XFake, line: bytes, skips: int) -> None:
    """tweepy would end its task without a word over most of these."""
    async with following(feed(x)) as got:
        await got.live()
        x.stream.raw(line)
        await got.has(x.say("anna", "after it #try"))
    assert len(got.skipped) == skips
    assert len(x.stream.connects) == 1
    assert not got.lost


async def test_a_post_of_300_kilobytes_and_rules_without_tags(x: XFake) -> None:
    x.stream.tagless = True
    async with following(feed(x)) as got:
        await got.live()
        x.stream.huge(300_000)
        await got.has(x.say("anna", "after it #try"))
    (skip,) = got.skipped
    assert skip.reason.startswith("a post of 300")
    assert skip.reason.endswith("131072 is the limit")
    assert len(x.stream.connects) == 1


async def test_a_fault_of_our_own_costs_one_post(
    x: XFake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(line: bytes) -> Body:
        if b"poison" in line:
            raise ZeroDivisionError
        return read_body(line)

    monkeypatch.setattr("feeds.x.streaming.read_body", broken)
    async with following(feed(x, pace=replace(QUICK, settle=60.0))) as got:
        await got.live()
        for number in range(3):
            x.say("anna", f"{number} poison #try")
        await got.has(x.say("anna", "after it #try"))
    assert len(got.skipped) == 3
    assert len(x.stream.connects) == 1
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_losses_in_a_row_wait_longer_and_a_good_connection_forgets_them(x: XFake) -> None:
    pace = replace(QUICK, again=0.0, network=(0.02, 0.08), healthy=0.15)
    async with following(feed(x, pace=pace)) as got:
        for connects in range(1, 7):
            await got.connected(x, connects)
            x.stream.reset()
        await got.until(lambda: len(got.lost) == 6)
        waits = [lost.retry_after for lost in got.lost]
        assert waits[0] < waits[2] < waits[4], waits
        assert max(waits) <= 0.08 * 1.2
        await got.connected(x, 7)
        await asyncio.sleep(0.2)
        x.stream.reset()
        await got.until(lambda: len(got.lost) == 7)
    assert got.lost[-1].retry_after <= waits[1]


# --- connections that do not come about -----------------------------------------------------------


BADLY = ("503", "500", "drop", "429 html", "bad json", "commit then cut")


@pytest.mark.parametrize(
    ("endpoint", "faults"),
    [
        (RULES, BADLY),
        (CHANGE, BADLY[:5]),  # after that one the rules are there
        (STREAM, BADLY[:4]),  # it has no body that could be bad
        (SEARCH, BADLY),
        (COUNTS, ("drop", "503")),  # there is a feed without a forecast, too
        (COUNTS, ("bad json",)),
    ],
)
async def test_whatever_answers_badly_is_asked_again(
    x: XFake, endpoint: str, faults: tuple[Any, ...]
) -> None:
    x.fail(endpoint, *faults)
    async with following(feed(x)) as got:
        await got.live()
        await got.has(x.say("anna", "#try"))
    assert [call.fault for call in x.asked(endpoint)][: len(faults)] == list(faults)
    assert got.refused is None
    assert len(x.stream.connects) == 1
    assert all(lost.retry_after >= QUICK.again for lost in got.lost)


@pytest.mark.parametrize("endpoint", [RULES, STREAM, SEARCH])
async def test_whoever_never_answers_is_given_up(
    x: XFake, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setattr("feeds.x.api.REQUEST_SECONDS", 0.3)
    x.fail(endpoint, "hang")
    async with following(feed(x, pace=replace(QUICK, silence=0.3))) as got:
        await got.until(lambda: x.asked(endpoint))
        await got.has(x.say("anna", "#try"))
        await got.live()
    assert len(x.stream.connects) == 1


async def test_a_network_that_is_not_there(x: XFake) -> None:
    there = x.port
    x.port = 9  # nobody listens
    async with following(feed(x)) as got:
        await got.until(lambda: len(got.lost) == 3)
        x.port = there
        await got.live()
        await got.has(x.say("anna", "#try"))
    assert len(x.stream.connects) == 1


async def test_a_limit_is_waited_out_as_its_header_says(x: XFake) -> None:
    x.limits.set(STREAM, 1, window=600.0)
    async with aclosing(feed(x).follow("")) as steps:
        async for step in steps:
            if isinstance(step, Status) and step.state == "live":
                break
    followed = feed(x)
    statuses: list[Status] = []

    async def follow() -> None:
        async with aclosing(followed.follow("")) as steps:
            async for step in steps:
                if isinstance(step, Status):
                    statuses.append(step)  # noqa: PERF401 - an error is to come

    async def lose() -> FeedLost:
        with pytest.raises(FeedLost) as caught:
            await follow()
        return caught.value

    await asyncio.sleep(0.05)
    lost = await lose()
    assert 590 <= lost.retry_after <= 602 * 1.2
    assert statuses[-1].state == "limited"
    assert statuses[-1].until is not None
    ahead = (statuses[-1].until - datetime.now(UTC)).total_seconds()
    assert 585 <= ahead <= lost.retry_after
    # Called again too early, it does not even ask.
    asked = len(x.asked(STREAM))
    assert (await lose()).retry_after >= 590
    assert len(x.asked(STREAM)) == asked


async def test_streams_that_x_holds_for_nobody_are_ended_once(x: XFake) -> None:
    x.stream.ghosts = 1
    async with following(feed(x)) as got:
        await got.live()
        await got.has(x.say("anna", "#try"))
        assert len(x.asked(HANG_UP)) == 1
        assert "maximum allowed connection" in got.said("limited").reason
        # Now it is another program of ours that is connected: it is not driven out again.
        x.stream.leave_ghosts = True
        x.stream.reset()
        await got.until(lambda: x.stream.refused >= 4)
        assert len(x.asked(HANG_UP)) == 1
        x.stream.leave_ghosts, x.stream.ghosts = False, 0
        await got.connected(x, 2)
        await got.live()


async def test_a_stream_that_says_it_is_one_too_many(x: XFake) -> None:
    problem = {
        "title": "ConnectionException",
        "detail": "This stream is currently at the maximum allowed connection limit.",
        "connection_issue": "TooManyConnections",
    }
    async with following(feed(x)) as got:
        await got.live()
        x.stream.raw(json.dumps({"errors": [problem]}).encode())
        said = x.say("anna", "#try")
        await got.connected(x, 2)
        await got.has(said)
    assert len(x.asked(HANG_UP)) == 1
    assert "maximum allowed connection" in got.lost[0].reason


@pytest.mark.parametrize("how", ["wrong", "revoked", "none", "unspeakable"])
async def test_a_token_that_x_does_not_take_is_for_a_person(x: XFake, how: str) -> None:
    token = {"wrong": "AAAAwrong", "none": " ", "unspeakable": "AAA\u2028ü"}.get(how)
    secrets = x.feed_secrets if token is None else {"bearer_token": token}
    if how == "revoked":
        x.fail(RULES, "401")
    async with following(feed(x, secrets=secrets)) as got:
        await got.until(lambda: got.refused)
    assert "EVENTLIVE_X_MAIN_BEARER_TOKEN" in str(got.refused)
    assert secrets["bearer_token"].strip() not in str(got.refused) or how == "none"
    assert not x.stream.connects


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_gateways_no_is_not_xs(
    x: XFake, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """A hotel that asks for a log-in says 401, too; only X's own words are final."""
    page = web.Response(status=status, text="<html>Room number?</html>", content_type="text/html")
    monkeypatch.setattr(x, "_html", lambda *_: page)
    x.fail(RULES, "503")
    async with following(feed(x)) as got:
        await got.live()
        await got.has(x.say("anna", "#try"))
    assert [lost.reason for lost in got.lost] == [f"X answered {status}"]
    assert got.refused is None


@pytest.mark.parametrize("status", [401, 402, 403])
async def test_a_no_after_a_yes_is_waited_out(
    x: XFake, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """X errs, and credits can be bought: an event that runs is not ended by one answer."""
    asked, answers = Api.search, [status, status]

    async def search(*of: Any) -> Body:
        if answers and said:
            raise Refused(answers.pop(), Problem("Unauthorized", "Unauthorized"))
        return await asked(*of)

    said: list[XPost] = []
    monkeypatch.setattr(Api, "search", search)
    async with following(feed(x, mode="search")) as got:
        await got.live()
        said.append(x.say("anna", "#try"))
        await got.has(*said)
    assert got.refused is None
    assert len(got.lost) == 2
    assert all(lost.retry_after >= QUICK.limited[0] for lost in got.lost)
    assert f"X answered {status}" in got.lost[0].reason


async def test_a_stream_that_was_open_once_is_asked_for_again(
    x: XFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in, denials = x.stream._let_in, ["once"]

    def closed(ask: Any) -> Any:
        if x.stream.connects and denials:
            denials.pop()
            raise Refusal(403, "client-forbidden", "Client Forbidden", "Not now.")
        return let_in(ask)

    monkeypatch.setattr(x.stream, "_let_in", closed)
    async with following(feed(x)) as got:
        await got.live()
        x.stream.close()
        await got.until(lambda: "no access to the stream" in got.statuses[-1].reason)
        said = [x.say("anna", "while it is denied #try")]
        await got.has(*said)
        await got.connected(x, 2)
        said.append(x.say("anna", "after it #try"))
        await got.has(*said)
    assert got.refused is None


async def test_nothing_to_listen_for_and_what_x_cannot_know(x: XFake) -> None:
    for options, why in (
        ({"hashtags": [], "accounts": []}, "nothing to listen for"),
        ({"accounts": ["house@example.org"]}, "no handle of X"),
        ({"keywords": ["&&"]}, "X cannot look for"),
        ({"prices": {"pots": 1}}, "no prices of X"),
    ):
        with pytest.raises(FeedRefused, match=why):
            await anext(feed(x, **options).follow(""))
    assert not x.calls


# --- the gap --------------------------------------------------------------------------------------


async def test_a_gap_is_whole_although_search_finds_posts_late(x: XFake) -> None:
    """X's search knows a post half a minute after it was made: a look at once does not see it."""
    x.search_lag = 0.25
    async with following(feed(x, pace=replace(QUICK, settle=0.4))) as got:
        await got.live()
        x.stream.close()
        await got.until(lambda: got.lost)
        away = [x.say("anna", f"{number} #try") for number in range(5)]
        await got.connected(x, 2)
        await asyncio.sleep(0.1)
        live = x.say("anna", "live #try")
        await got.has(live)
        before = got.cursor
        x.stream.reset()  # once more, before the second look
        await got.has(*away)
    # What is live does not move the mark beyond a gap that is not whole.
    (mark,) = json.loads(before)["since"].values()
    assert int(mark) < away[0].number


async def test_a_large_gap_comes_page_by_page_while_the_stream_goes_on(x: XFake) -> None:
    async with following(feed(x)) as got:
        await got.live()
        x.stream.reset()
        away = [x.say(f"guest{number % 9}", f"{number} #try") for number in range(350)]
        x.fail(SEARCH, "503", "drop")
        await got.connected(x, 2)
        live = [x.say("anna", f"live {number} #try") for number in range(20)]
        await got.has(*live)
        await got.has(*away)
        await got.live()
    waited = [status for status in got.statuses if "what came before waits" in status.reason]
    assert waited
    assert len(x.stream.connects) == 2


async def test_posts_that_overtake_each_other_are_not_lost_in_a_drop(x: XFake) -> None:
    """The stream's newest post is not the newest that was said before it."""
    pace = replace(QUICK, settle=0.05, rewind=1.0)
    async with following(feed(x, pace=pace)) as got:
        await got.live()
        await asyncio.sleep(0.2)
        newest = x.say("anna", "newest #try")
        await got.has(newest)
        x.stream.close()
        late = x.archive.add(x.user("anna"), "late #try", at=newest.at - timedelta(seconds=0.1))
        await got.has(late)


async def test_a_cursor_that_x_no_longer_searches_from_is_given_up(x: XFake) -> None:
    query = "(#try OR @house OR to:house) -is:retweet"
    old = id_at(datetime.now(UTC) - timedelta(days=8))
    cursor = json.dumps({"spent": 1.0, "since": {query: str(old)}})
    x.say("anna", "from too long ago #try", at=datetime.now(UTC) - timedelta(days=7, hours=1))
    kept = x.say("anna", "from before #try", at=datetime.now(UTC) - timedelta(days=2))
    async with following(feed(x), cursor) as got:
        await got.live()
        live = x.say("anna", "#try")
        await got.has(kept, live)
    assert len(got.skipped) == 1
    assert re.match(r"what came before \d{4}-.* UTC is gone, for X", got.skipped[0].reason)
    assert got.ids == {kept.id, live.id}
    money = got.statuses[-1].money
    assert money is not None
    assert money.spent > 1.0


async def test_a_restart_goes_on_where_the_cursor_stands(x: XFake) -> None:
    async with following(feed(x, budget_usd=100.0)) as got:
        await got.live()
        first = x.say("anna", "first #try")
        await got.has(first)
    away = [x.say("anna", f"{number} while nobody ran #try") for number in range(3)]
    async with following(feed(x, budget_usd=100.0), got.cursor) as again:
        await again.has(*away)
    assert again.ids - {first.id} == {post.id for post in away}
    after = again.statuses[0].money
    assert after is not None
    assert after.spent == pytest.approx(json.loads(got.cursor)["spent"])
    assert after.spent == pytest.approx(0.005 + 0.005 + 0.010)  # counts, a post, its author


async def test_a_clock_that_jumps_does_not_matter(x: XFake) -> None:
    clock = Clock()
    said: list[XPost] = []
    async with following(feed(x, clock=clock)) as got:
        await got.live()
        for jump in (timedelta(days=400), timedelta(days=-30), timedelta(hours=-1), timedelta()):
            clock.ahead = jump
            said.append(x.say("anna", f"{jump} #try"))
            await got.has(*said)
            x.stream.close()
            said.append(x.say("anna", f"{jump} away #try"))
            await got.has(*said)
    assert got.ids == {post.id for post in said}
    assert len(x.stream.connects) <= 6
    assert not got.skipped
    assert all(lost.retry_after < 1 for lost in got.lost)


async def test_a_first_start_brings_nothing_from_before(x: XFake) -> None:
    x.say("anna", "yesterday #try", at=datetime.now(UTC) - timedelta(days=1))
    x.say("anna", "just now #try", at=datetime.now(UTC) - timedelta(seconds=5))
    for mode in ("stream", "search"):
        async with following(
            feed(x, mode=mode, clock=lambda: datetime(2031, 1, 1, tzinfo=UTC))
        ) as got:
            await got.live()
            live = x.say("anna", f"{mode} #try")
            await got.has(live)
        assert live.id in got.ids
        assert len(got.ids) <= 2


# --- search instead of the stream -----------------------------------------------------------------


async def test_without_access_to_the_stream_there_is_search(
    x: XFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Any) -> None:
        raise Refusal(
            403,
            "client-forbidden",
            "Client Forbidden",
            "This request must be made using an approved developer account.",
            reason="client-not-enrolled",
        )

    monkeypatch.setattr(x.stream, "_let_in", closed)
    async with following(feed(x)) as got:
        await got.live()
        said = [x.say("anna", f"{number} #try") for number in range(3)]
        await got.has(*said)
        more = x.say("anna", "more #try")
        await got.has(more)
    assert got.ids == {post.id for post in (*said, more)}
    assert "no access to the stream" in got.statuses[-1].reason
    assert not got.lost
    assert len(x.asked(STREAM)) == 1


async def test_search_alone_finds_everything_once_and_asks_no_more_than_it_may(x: XFake) -> None:
    x.limits.set(SEARCH, 6, window=0.2)
    async with following(feed(x, mode="search")) as got:
        await got.live()
        said = [x.say(f"guest{number % 5}", f"{number} #try") for number in range(230)]
        await got.has(*said)
        said += [x.say("anna", "later #try")]
        await got.has(*said)
        await got.until(lambda: len(x.asked(SEARCH)) >= 7)
    events = [event.id for event in got.events if isinstance(event, Post)]
    assert len(set(events)) == 231
    for batch in got.batches:  # X gives the newest first, the desk gets them as they were said
        ids = [int(event.id) for event in batch.events if isinstance(event, Post)]
        assert ids == sorted(ids)
    assert {call.status for call in x.asked(SEARCH)[:7]} <= {200, 0}  # 0: not answered yet
    assert got.said("limited").until is not None
    assert not x.stream.connects
    assert not x.asked(RULES)


@pytest.mark.parametrize("fault", ["429", "429 html", "503", "drop", "bad json"])
async def test_search_alone_recovers(x: XFake, fault: Any) -> None:
    x.limits.set(SEARCH, 50, window=0.1)
    async with following(feed(x, mode="search")) as got:
        await got.live()
        x.fail(SEARCH, fault)
        said = x.say("anna", "#try")
        await got.has(said)
    assert ("limited" in got.states) == fault.startswith("429")


async def test_searches_in_the_names_of_the_newest_description(x: XFake) -> None:
    x.strict = True
    ours = x.say("house", "Welcome")
    async with following(feed(x, mode="search")) as got:
        await got.live()
        said = x.say("anna", "#try & so on", reply_to=ours)
        await got.has(said)
    (post,) = (event for event in got.events if isinstance(event, Post))
    assert (post.text, post.author.handle, post.kind) == ("@house #try & so on", "anna", "reply")
    assert "tweet.fields" in x.asked(SEARCH)[0].query
    assert all("post.fields" in call.query for call in x.asked(SEARCH)[1:])


async def test_search_finds_posts_in_another_order_than_they_were_made_in(x: XFake) -> None:
    lags = {"late": 0.3, "soon": 0.0}
    x.search_lag = lambda post: lags[post.raw.split()[0]]
    async with following(feed(x, mode="search")) as got:
        await got.live()
        late = x.say("anna", "late #try")
        looked = len(x.asked(SEARCH))
        await got.until(lambda: len(x.asked(SEARCH)) > looked)
        soon = x.say("bob", "soon #try")
        await got.has(soon)
        assert late.id not in got.ids
        await got.has(late)
        looked = len(x.asked(SEARCH))
        await got.until(lambda: len(x.asked(SEARCH)) > looked + 1)
    assert x.bill.counts["post read"] == 2
    money = got.statuses[-1].money
    assert money is not None
    assert money.spent == pytest.approx(x.bill.usd)


@pytest.mark.parametrize("mode", ["stream", "search"])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_page_whose_token_x_no_longer_takes(
    x: XFake, monkeypatch: pytest.MonkeyPatch, mode: str, times: int
) -> None:
    """The query begins again; where that does not help, after a wait."""
    asked, left = Api.search, times

    async def search(self: Api, query: str, since: int, token: str, size: int) -> Body:
        nonlocal left
        if token and left:
            left -= 1
            raise Refused(400, Problem("Invalid Request", "Invalid 'next_token'"))
        return await asked(self, query, since, token, size)

    monkeypatch.setattr(Api, "search", search)
    async with following(feed(x, mode=mode)) as got:
        await got.live()
        if mode == "stream":
            x.stream.reset()
        said = [x.say("anna", f"{number} #try") for number in range(250)]
        await got.until(lambda: {post.id for post in said} <= got.ids or got.refused)
        await got.live()
    assert got.refused is None
    assert got.ids == {post.id for post in said}
    reasons = [lost.reason for lost in got.lost] + [status.reason for status in got.statuses]
    assert any("turn its own pages" in reason for reason in reasons) == (times > 1)


# --- money ----------------------------------------------------------------------------------------


async def test_the_forecast_comes_first(x: XFake) -> None:
    now = datetime.now(UTC)
    for minute in range(120):
        x.say("anna", f"{minute} #try", at=now - timedelta(minutes=minute, seconds=30))
    async with following(feed(x, budget_usd=20.0)) as got:
        await got.live()
    said = next(status for status in got.statuses if "an hour" in status.reason)
    assert said.state == "starting"
    found = re.match(r"about (\d+) posts an hour, \$(\S+) to \$(\S+) an hour; ", said.reason)
    assert found is not None
    assert 50 <= int(found[1]) <= 70
    assert float(found[2]) == pytest.approx(int(found[1]) * 0.005, abs=0.02)
    assert float(found[3]) == pytest.approx(int(found[1]) * 0.015, abs=0.02)
    assert "the budget lasts" in said.reason
    assert x.calls[0].endpoint == COUNTS
    assert len(x.asked(COUNTS)) == 1


@pytest.mark.parametrize("mode", ["stream", "search"])
async def test_a_budget_warns_slows_and_stops(x: XFake, mode: Any) -> None:
    """The bill is X's own: what the feed believes, X charges, and at most a page too much."""
    x.search_lag = 0.05
    pace = replace(QUICK, hour=1.0)
    async with following(feed(x, mode=mode, budget_usd=0.5, pace=pace)) as got:
        await got.live()
        number = 0
        while "over-budget" not in got.states:
            number += 1
            post = x.say(f"guest{number}", f"{number} #try")
            if x.bill.usd < 0.47:
                # One post, one status: a page of many would leap over the warning.
                await got.has(post)
                await got.until(lambda: got.spent == pytest.approx(x.bill.usd))
            await asyncio.sleep(0.01)
            assert number < 900
            if x.bill.usd < 0.37:
                assert (x.stream.live is not None) == (mode == "stream")
            elif x.bill.usd > 0.47:
                await got.until(lambda: x.stream.live is None)
        calls = len(x.calls)
        for _ in range(20):
            x.say("anna", "too late #try")
        await asyncio.sleep(0.3)
        assert len(x.calls) == calls
        assert not got.lost
    shares = [(status.state, status.money.spent / 0.5) for status in got.statuses if status.money]
    assert any("of the budget of $0.50 is spent" in status.reason for status in got.statuses)
    assert all(state != "over-budget" for state, share in shares if share < 1)
    over = got.said("over-budget")
    assert "raise budget_usd" in over.reason
    assert over.money is not None
    assert over.money.spent == pytest.approx(x.bill.usd)
    assert x.bill.usd <= 0.5 + 10 * 0.015

    # Started again it knows, and asks for nothing; with more money it goes on.
    async with following(feed(x, budget_usd=0.5, pace=pace), got.cursor) as again:
        await again.until(lambda: "over-budget" in again.states)
        assert len(x.calls) == calls
    async with following(feed(x, budget_usd=50.0, pace=pace), got.cursor) as richer:
        await richer.has(*x.posts_of("anna"))


async def test_a_slow_feed_makes_the_rest_last(x: XFake) -> None:
    """The last tenth of the budget is spent over the time that is left, not at once."""
    ends = datetime.now(UTC) + timedelta(seconds=3600)
    query = "(#try OR @house OR to:house) -is:retweet"
    since = str(id_at(datetime.now(UTC)))
    cursor = json.dumps({"spent": 9.5, "since": {query: since}})
    async with following(feed(x, budget_usd=10.0, ends=ends), cursor) as got:
        await got.live()
        said = [x.say(f"guest{number}", f"{number} #try") for number in range(20)]
        await got.has(*said)
        await got.until(lambda: "the next search in 3" in got.statuses[-1].reason)
        asked = len(x.asked(SEARCH))
        await asyncio.sleep(0.2)
        assert len(x.asked(SEARCH)) == asked
    # 20 posts of as many people are $0.30, and $0.195 is left for an hour: it waits all of it.
    assert not x.stream.connects
    assert "the budget is nearly spent" in got.statuses[-1].reason


# --- quiet ends -----------------------------------------------------------------------------------


async def test_closing_leaves_nothing_behind(x: XFake) -> None:
    followed = feed(x)
    steps = followed.follow("")
    async for step in steps:
        if isinstance(step, Status) and step.state == "live":
            break
    before = x.stream.live
    assert before is not None
    await steps.aclose()
    assert Pace().silence == 30.0  # X's keep-alives come every 20
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "x:stream"]
    async with asyncio.timeout(WAIT):
        while not before.how:
            await asyncio.sleep(0.005)


async def test_a_cancellation_is_one(x: XFake) -> None:
    """tweepy takes one for the end of its stream; whoever cancels the feed must see it end."""
    live = asyncio.Event()

    async def follow() -> None:
        async with aclosing(feed(x).follow("")) as steps:
            async for step in steps:
                if isinstance(step, Status) and step.state == "live":
                    live.set()

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(), name="feed:x-main")
        await live.wait()
        task.cancel()
    assert task.cancelled()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "x:stream"]


async def test_a_slow_reader_holds_the_stream_back_and_loses_nothing(x: XFake) -> None:
    got: set[str] = set()
    said: set[str] = set()
    x.check = False
    async with aclosing(feed(x, pace=replace(QUICK, silence=0.6)).follow("")) as steps:
        async for step in steps:
            if isinstance(step, Status) and step.state == "live":
                break
        for number in range(500):
            said.add(x.say("anna", f"{number} #try").id)
            if number % 50 == 0:
                await asyncio.sleep(0)
        # An engine that is busy for longer than a stream may be silent; what it does not read
        # waits at X, and not in memory.
        assert x.stream.live is not None
        for _ in range(300):
            x.stream.huge(100_000)
        await asyncio.sleep(0.7)
        assert x.stream.live.lines.qsize() > 50
        async with asyncio.timeout(WAIT):
            async for step in steps:
                if isinstance(step, Batch):
                    got |= {event.id for event in step.events if isinstance(event, Post)}
                if said <= got:
                    break
    assert len(x.stream.connects) == 1


async def test_the_token_is_in_no_log_and_no_word(
    x: XFake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("tweepy", "tweepy.asynchronous.client", "tweepy.asynchronous.streaming"):
        caplog.set_level(logging.DEBUG, name)
    x.fail(STREAM, "503")
    x.fail(SEARCH, "500")
    async with following(feed(x)) as got:
        await got.live()
        x.stream.raw(b"{")
        await got.has(x.say("anna", "#try"))
        x.stream.reset()
        await got.connected(x, 2)
    token = x.door.bearer
    words = [str(lost) for lost in got.lost] + [repr(got.statuses), repr(got.skipped), caplog.text]
    assert not any(token in word for word in words)
    assert got.lost
