"""The fake X itself: what it says is what X's description allows, and it fails as it is told to."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from oauthlib.oauth1 import Client as Signer  # type: ignore[import-untyped]
from tweepy import Forbidden, StreamRule, TooManyRequests
from tweepy.asynchronous import AsyncClient, AsyncStreamingClient
from yarl import URL

from tests.parts import ROOT
from tests.service.engines import until
from tests.service.x_fake import XFake, open_x_fake
from tests.service.x_fake_query import RULE_LENGTH, QueryError, Subject, read
from tests.service.x_fake_world import Fault, Keys
from tests.service.x_openapi import Spelling, description

pytestmark = pytest.mark.needs("cases")

NOON = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)
RULES = "/2/tweets/search/stream/rules"
STREAM = "/2/tweets/search/stream"
SEARCH = "/2/tweets/search/recent"
CREATE = "POST /2/tweets"

Json = dict[str, Any]


class Client:
    """A plain client: it asks as the app, or as an account whose keys it is given."""

    def __init__(self, fake: XFake, session: aiohttp.ClientSession) -> None:
        self.fake, self.session = fake, session

    def request(
        self, method: str, path: str, keys: Keys | None = None, bearer: str = "", **how: Any
    ) -> Any:
        """Ask; `query` is the parameters, the rest is aiohttp's."""
        query = "&".join(f"{name}={quote(value)}" for name, value in how.pop("query", {}).items())
        url = f"https://api.x.com{path}" + (f"?{query}" if query else "")
        headers = {"Authorization": f"Bearer {bearer or self.fake.door.bearer}"}
        if keys is not None:
            signer = Signer(keys.api_key, keys.api_secret, keys.access_token, keys.access_secret)
            url, headers, _ = signer.sign(url, method)
        return self.session.request(method, URL(url, encoded=True), headers=headers, **how)

    async def app(self, method: str, path: str, status: int = 200, **how: Any) -> Json:
        """Ask as the app (or as `keys`), and give the JSON of the answer."""
        async with self.request(method, path, **how) as response:
            answer: Json = await response.json()
            assert response.status == status, (response.status, answer)
            return answer

    async def house(self, method: str, path: str, status: int = 200, **how: Any) -> Json:
        """Ask as @house, and give the JSON of the answer."""
        return await self.app(method, path, status, **{"keys": self.fake.keys, **how})

    @asynccontextmanager
    async def stream(self, **query: str) -> AsyncIterator[aiohttp.StreamReader]:
        """Connect to the stream, which must be let in."""
        async with self.request("GET", STREAM, query=query) as response:
            assert response.status == 200, await response.text()
            yield response.content


@asynccontextmanager
async def opened(fake: XFake) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(connector=fake.connector()) as session:
        yield Client(fake, session)


@pytest.fixture
async def x() -> AsyncIterator[XFake]:
    async with open_x_fake() as fake:
        yield fake


@pytest.fixture
async def client(x: XFake) -> AsyncIterator[Client]:
    async with opened(x) as made:
        yield made


def texts(answer: Json) -> list[str]:
    return [post["text"] for post in answer.get("data", [])]


# --- the description ------------------------------------------------------------------------------


def test_real_answers_of_x_are_allowed(cases: Path) -> None:
    """What tweepy recorded of the operations that the fake has, held against the older version."""
    operations = {
        re.compile(rf"GET https://HOST{re.sub('{.*?}', '[^/?]+', path)}([?].*)?"): f"GET {path}"
        for path in (
            "/2/tweets/search/recent",
            "/2/tweets/counts/recent",
            "/2/tweets/{id}",
            "/2/tweets",
            "/2/users/me",
            "/2/users/by/username/{username}",
            "/2/users/{id}/tweets",
            "/2/users/{id}/mentions",
        )
    }
    held = 0
    for line in (cases / "x" / "recorded_responses.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        asked = f"{one['method']} {one['uri']}"
        found = [key for pattern, key in operations.items() if pattern.fullmatch(asked)]
        if not found or "search/all" in asked or "counts/all" in asked:
            continue
        operation = description("tweet").operation(found[0])
        status = one["status"]["code"]
        assert operation.departure(status, "application/json", one["json"]) == ""
        held += 1

    assert held >= 15


@pytest.mark.parametrize("spelling", ["post", "tweet"])
async def test_an_answer_that_the_description_does_not_allow_is_caught(spelling: Spelling) -> None:
    theirs = {"post": "retweet_count", "tweet": "renamed_count"}[spelling]
    asked = {"query": "#try", "tweet.fields": "public_metrics"}

    async def search(change: Callable[[XFake], object], check: bool = True) -> None:
        async with open_x_fake(spelling=spelling, check=check) as x, opened(x) as client:
            change(x)
            await client.app("GET", SEARCH, query=asked)

    await search(lambda x: x.say("anna", "#try"))
    with pytest.raises(AssertionError, match=f"public_metrics: .*'{theirs}' was unexpected"):
        await search(lambda x: x.say("anna", "#try", metrics={theirs: 1}))
    with pytest.raises(AssertionError, match="like_count: None is not of type 'integer'"):
        await search(lambda x: x.say("anna", "#try", metrics={"like_count": None}))
    with pytest.raises(AssertionError, match="'like_count' is a required property"):
        await search(lambda x: x.say("anna", "#try").metrics.pop("like_count"))
    await search(lambda x: x.say("anna", "#try", metrics={theirs: 1}), check=False)


async def test_an_entry_of_the_stream_is_held_against_it_too() -> None:
    async def follow() -> None:
        async with open_x_fake() as x, opened(x) as client:
            x.stream.add_rule("#try")
            async with client.stream(**{"tweet.fields": "public_metrics"}) as lines:
                x.say("anna", "#try", metrics={"odd_count": 2})
                await lines.readline()

    with pytest.raises(AssertionError, match="search/stream"):
        await follow()


# --- the language of rules ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("#try", True),
        ("#TRY", True),
        ("#tr", False),
        ("try", True),  # a word of the text, the sign is none
        ("vote", True),
        ("vot", False),
        ('"vote now"', True),
        ('"now vote"', False),
        ("@house", True),
        ("@hous", False),
        ("from:anna", True),
        ("from:@anna", True),
        ("to:house", True),
        ("to:anna", False),
        ("from:bob OR #try", True),
        ("from:bob #try", False),
        ("#try -is:retweet", True),
        ("#try -is:reply", False),
        ("#try -from:anna", False),
        ("(#try OR #other) (from:bob OR from:anna) -(is:retweet OR is:quote)", True),
        ("#other OR #try from:bob", False),  # a space binds more than OR
        ("has:links #try", True),
        ("url:example.org", True),
        ("lang:en #try", True),
        ("東京", True),
    ],
)
def test_what_a_query_matches(query: str, matches: bool) -> None:
    subject = Subject(
        text="@house Please vote, now! #try 東京から",
        author=frozenset({"anna"}),
        to=frozenset({"house"}),
        tags=frozenset({"try"}),
        mentions=frozenset({"house"}),
        urls=("https://example.org/a",),
        kinds=frozenset({"reply"}),
        has=frozenset({"links"}),
        lang="en",
    )

    assert read(query, RULE_LENGTH).matches(subject) is matches


@pytest.mark.parametrize(
    "query",
    [
        "",
        "()",
        "(#try",
        "#try)",
        "#try OR",
        "OR #try",
        "#try and #other",
        'say "what',
        "nearby:oslo",
        "is:retweet",
        "is:reply lang:en",
        "-#try",
        "#try OR -#other",
        "x" * (RULE_LENGTH + 1),
    ],
)
def test_a_query_that_x_refuses(query: str) -> None:
    with pytest.raises(QueryError):
        read(query, RULE_LENGTH)


# --- through tweepy -------------------------------------------------------------------------------


def tweepy_client(x: XFake, session: aiohttp.ClientSession) -> AsyncClient:
    keys = x.keys
    made = AsyncClient(
        x.door.bearer,
        keys.api_key,
        keys.api_secret,
        keys.access_token,
        keys.access_secret,
        return_type=dict,
    )
    made.session = session
    return made


@pytest.mark.parametrize("spelling", ["post", "tweet"])
async def test_tweepy_reads_and_writes(spelling: Spelling) -> None:
    async with (
        open_x_fake(spelling=spelling) as x,
        aiohttp.ClientSession(connector=x.connector()) as session,
    ):
        api = tweepy_client(x, session)
        x.user("anna", followers=12, verified=True)
        question = x.say("anna", "Is this on, @house? <b> & #try")
        said = await api.create_tweet(text="See https://example.org/a #try", user_auth=True)
        reply = await api.create_tweet(
            text="It is!", in_reply_to_tweet_id=question.id, user_auth=True
        )
        own = (await api.get_me(user_auth=True))["data"]
        found = await api.search_recent_tweets(
            "#try -is:retweet",
            tweet_fields=["created_at", "entities", "public_metrics"],
            user_fields=["public_metrics", "verified"],
            expansions=["author_id"],
        )
        timeline = await api.get_users_tweets(own["id"], since_id=said["data"]["id"])
        mentions = await api.get_users_mentions(own["id"])
        counts = await api.get_recent_tweets_count("#try", granularity="hour")
        deleted = await api.delete_tweet(said["data"]["id"], user_auth=True)
        after = await api.get_tweets([said["data"]["id"], question.id])
        nobody = await api.get_user(username="nobody")
        with pytest.raises(Forbidden, match="duplicate content"):
            await api.create_tweet(text="It is!", in_reply_to_tweet_id=question.id, user_auth=True)

        assert own["username"] == "house"
        (own_post, asked) = found["data"]
        assert asked["text"] == "Is this on, @house? &lt;b&gt; &amp; #try"
        (link,) = own_post["entities"]["urls"]
        assert link["expanded_url"] == "https://example.org/a"
        assert own_post["text"] == f"See {link['url']} #try" == said["data"]["text"]
        assert own_post["text"][link["start"] : link["end"]] == link["url"]
        count = {"post": "post_count", "tweet": "tweet_count"}[spelling]
        people = {user["username"]: user for user in found["includes"]["users"]}
        assert people["anna"]["public_metrics"]["followers_count"] == 12
        assert people["anna"]["public_metrics"][count] == 1
        assert people["anna"]["verified"]
        assert reply["data"]["text"] == "@anna It is!"
        assert texts(timeline) == ["@anna It is!"]
        assert texts(mentions) == [asked["text"]]
        assert counts["meta"] == {f"total_{count}": 2}
        assert counts["data"][-1][count] == 2
        assert deleted["data"] == {"deleted": True}
        assert [post["id"] for post in after["data"]] == [question.id]
        assert after["errors"][0]["resource_id"] == said["data"]["id"]
        assert nobody["errors"][0]["title"] == "Not Found Error"
        assert {call.host for call in x.calls} == {"api.twitter.com"}


async def test_tweepy_follows_the_stream(x: XFake) -> None:
    class Listener(AsyncStreamingClient):  # type: ignore[misc]
        heard: list[Json] = []  # noqa: RUF012
        kept_alive = 0

        async def on_data(self, raw_data: bytes) -> None:
            self.heard.append(json.loads(raw_data))

        async def on_keep_alive(self) -> None:
            self.kept_alive += 1

    x.stream.keep_alive = 0.02
    api = Listener(x.door.bearer, return_type=dict)
    async with aiohttp.ClientSession(connector=x.connector()) as session:
        api.session = session
        added = await api.add_rules([StreamRule("#try -is:retweet", "tag"), StreamRule("@house")])
        following = api.filter(expansions="author_id", tweet_fields="created_at")
        await until(lambda: x.stream.live, "a connection")
        anna = x.say("anna", "@house, hello #try")
        x.say("bob", reposts=anna)
        x.say("bob", "nothing of ours")
        await until(lambda: api.kept_alive, "a keep-alive")
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
        await until(lambda: x.stream.live is None, "the end")

    first, second = api.heard
    by_tag, by_name = [rule["id"] for rule in added["data"]]
    assert first["matching_rules"] == [{"id": by_tag, "tag": "tag"}, {"id": by_name}]
    assert first["includes"]["users"][0]["username"] == "anna"
    assert second["data"]["text"] == "RT @anna: @house, hello #try"
    assert second["matching_rules"] == [{"id": by_name}]
    (connect,) = x.stream.connects
    assert (connect.how, connect.entries) == ("client", 2)
    assert connect.at < connect.ended


# --- who may ask ----------------------------------------------------------------------------------


async def test_only_a_right_key_for_the_right_door_opens(x: XFake, client: Client) -> None:
    refused = await client.app("GET", SEARCH, 401, query={"query": "#try"}, bearer="wrong")
    assert refused == {
        "title": "Unauthorized",
        "detail": "Unauthorized",
        "type": "about:blank",
        "status": 401,
    }
    wrong = Keys(x.house, x.keys.api_key, x.keys.api_secret, x.keys.access_token, "not the secret")
    await client.app("GET", "/2/users/me", 401, keys=wrong)
    await client.house("GET", "/2/users/me")
    other = (await client.app("GET", "/2/users/me", keys=x.keys_of("desk")))["data"]
    assert other["username"] == "desk"

    # What was signed is what was asked, once.
    keys = x.keys
    signer = Signer(keys.api_key, keys.api_secret, keys.access_token, keys.access_secret)
    url, headers, _ = signer.sign(f"https://api.x.com{SEARCH}?query=%23try", "GET")
    for asked, status in ((url, 200), (url, 401), (url.replace("try", "other"), 401)):
        async with client.session.get(URL(asked, encoded=True), headers=headers) as response:
            assert response.status == status

    problem = await client.app("POST", "/2/tweets", 403, json={"text": "As the app"})
    assert problem["title"] == "Unsupported Authentication"
    await client.house("GET", RULES, 403)
    x.door.revoke(x.house)
    await client.house("GET", "/2/users/me", 401)


async def test_a_client_in_another_process(x: XFake, tmp_path: Path) -> None:
    x.save(tmp_path)
    x.say("anna", "#try")
    script = """\
import asyncio, sys
from pathlib import Path
import aiohttp
from tests.service.x_fake_tls import saved_connector
async def main(folder, bearer):
    headers = {"Authorization": f"Bearer {bearer}"}
    async with aiohttp.ClientSession(connector=saved_connector(Path(folder))) as session:
        url = "https://api.x.com/2/tweets/search/recent?query=%23try"
        async with session.get(url, headers=headers) as response:
            print((await response.json())["data"][0]["text"])
asyncio.run(main(*sys.argv[1:]))
"""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(tmp_path), x.door.bearer),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()

    assert out.decode().split() == ["#try"]


# --- rules and the stream -------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["post", "tweet"])
async def test_rules_are_tried_added_refused_and_deleted(spelling: Spelling) -> None:
    async with open_x_fake(spelling=spelling) as x, opened(x) as client:

        async def post(body: Json, status: int = 200, **query: str) -> Json:
            return await client.app("POST", RULES, status, json=body, query=query)

        tried = await post({"add": [{"value": "#try"}, {"value": "is:reply"}]}, dry_run="true")
        assert tried["meta"]["summary"]["invalid"] == 1
        assert tried["errors"][0]["details"]
        assert (await post({"add": [{"value": "#try"}]}, dry_run="true"))["data"]
        assert "data" not in await client.app("GET", RULES)
        added = await post({"add": [{"value": "#try", "tag": "tag"}, {"value": "@house"}]})
        assert added["meta"]["summary"] == {
            "created": 2,
            "not_created": 0,
            "valid": 2,
            "invalid": 0,
        }
        again = await post({"add": [{"value": "#try"}, {"value": "#new"}]})
        (problem,) = again["errors"]
        assert (problem["title"], problem["id"]) == ("DuplicateRule", added["data"][0]["id"])
        assert (await client.app("GET", RULES))["data"] == added["data"]
        long = await post({"add": [{"value": "x" * 1025}]})
        assert "1024" in long["errors"][0]["details"][0]
        many = [{"value": f"#t{number}"} for number in range(999)]
        assert (await post({"add": many}, 422))["title"] == "RulesCapExceeded"
        await post({}, 400)
        gone = await post({"delete": {"ids": [added["data"][0]["id"], "7"]}})
        assert gone["meta"]["summary"] == {"deleted": 1, "not_deleted": 1}
        await post({"delete": {"values": ["@house"]}})
        assert "data" not in await client.app("GET", RULES)


async def test_one_connection_with_rules_and_ghosts(x: XFake, client: Client) -> None:
    conflict = await client.app("GET", STREAM, 409)
    assert conflict["connection_issue"] == "RuleConfigurationIssue"
    rule = x.stream.add_rule("#try")
    x.stream.leave_ghosts = True
    async with client.stream() as lines:
        refused = await client.app("GET", STREAM, 429)
        assert refused["connection_issue"] == "TooManyConnections"
        x.stream.close()
        assert await lines.read() == b""
    await until(lambda: x.stream.live is None)
    await client.app("GET", STREAM, 429)  # a ghost
    killed = await client.app("DELETE", "/2/connections/all")
    assert killed["data"]["successful_kills"] == 1
    async with client.stream() as lines:
        x.stream.rule_delay = 60.0
        await client.app("POST", RULES, json={"delete": {"ids": [rule.id]}})
        x.say("anna", "#try still")
        assert json.loads(await lines.readline())["matching_rules"] == [{"id": rule.id}]
        await client.app("DELETE", "/2/connections/all")
        with pytest.raises(aiohttp.ClientError):
            await lines.read()
    assert x.stream.refused == 2
    assert [one.how for one in x.stream.connects] == ["close", "killed"]


async def test_the_ways_in_which_a_stream_ends(x: XFake, client: Client) -> None:
    x.stream.add_rule("#try", "tag")
    async with client.stream() as lines:
        x.stream.disconnect()
        (error,) = json.loads(await lines.readline())["errors"]
        assert error["disconnect_type"] == "OperationalDisconnect"
        assert await lines.read() == b""
    async with client.stream() as lines:
        x.stream.reset()
        with pytest.raises((aiohttp.ClientPayloadError, ConnectionResetError)):
            await lines.read()
    async with client.stream() as lines:
        x.stream.drop()
        with pytest.raises(aiohttp.ClientPayloadError):
            await lines.read()
    async with client.stream() as lines:
        x.stream.tagless = True
        x.stream.raw(b'{"data": {"id"')
        x.stream.huge(300_000)
        x.say("anna", "#try")
        received = b""
        while received.count(b"\r\n") < 3:
            received += await lines.readany()
        broken, huge, tagless = received.splitlines()
        assert broken == b'{"data": {"id"'
        assert len(json.loads(huge)["data"]["text"]) == 300_000
        assert "tag" not in json.loads(tagless)["matching_rules"][0]
        x.stream.stalled, x.stream.keep_alive = True, 0.01
        reads = x.bill.counts["post read"]
        x.say("anna", "#try lost")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lines.readline(), 0.1)
        assert x.bill.counts["post read"] == reads
        x.stream.stalled = False
        assert await lines.readline() == b"\r\n"
    await until(lambda: x.stream.live is None)
    assert [one.how for one in x.stream.connects] == ["close", "reset", "drop", "client"]


# --- reading --------------------------------------------------------------------------------------


async def test_search_gives_pages_newest_first_within_its_bounds() -> None:
    now = NOON
    async with open_x_fake(clock=lambda: now) as x, opened(x) as client:
        posts = [
            x.say("anna", f"#try {number}", at=NOON - timedelta(hours=25 - number))
            for number in range(25)
        ]
        x.say("bob", reposts=posts[0])

        async def search(status: int = 200, /, **query: str) -> Json:
            return await client.app("GET", SEARCH, status, query={"query": "#try", **query})

        shown, token, pages = [], "", 0
        while token or not pages:
            page = await search(max_results="10", **({"next_token": token} if token else {}))
            shown += texts(page)
            token, pages = page["meta"].get("next_token", ""), pages + 1
            x.say("anna", "#try newer")  # moves no page
        assert (pages, shown) == (3, [f"#try {number}" for number in reversed(range(25))])
        between = await search(since_id=posts[20].id, until_id=posts[23].id)
        assert texts(between) == ["#try 22", "#try 21"]
        timed = await search(start_time="2027-05-20T10:00:00Z", end_time="2027-05-20T11:00:00Z")
        assert texts(timed) == ["#try 23"]
        assert (await search(since_id=posts[24].id))["meta"]["result_count"] == 3
        x.search_lag = 30.0
        assert (await search(since_id=posts[24].id))["meta"] == {"result_count": 0}
        now = NOON + timedelta(seconds=31)
        assert (await search(since_id=posts[24].id))["meta"]["result_count"] == 3

        now = NOON + timedelta(days=7)
        old = await search(400, since_id=posts[0].id)
        assert "'since_id' must be a tweet id created after" in old["detail"]
        for wrong in (
            {"max_results": "9"},
            {"max_results": "many"},
            {"query": "#try and"},
            {"query": "x" * 513},
            {"next_token": "MFRGG==="},
            {"tweet.fields": "author"},
            {"fields": "id"},
            {"start_time": "2027-05-01T00:00:00Z"},
        ):
            problem = await search(400, **wrong)
            assert problem["parameter"] in wrong, problem
        x.strict = True
        assert (await search(400, **{"tweet.fields": "author_id"}))["parameter"] == "tweet.fields"
        await search(**{"post.fields": "created_at"})


async def test_what_posts_refer_to_comes_with_them(x: XFake, client: Client) -> None:
    first = x.say("anna", "First, see example.org/a")
    long = x.say("bob", "@house @nobody " + "word " * 80 + "#try", quotes=first)
    pictured = x.say("carl", "Look", reply_to=long, media=[x.picture("carl", "A hall")])
    answer = await client.app(
        "GET",
        "/2/tweets",
        query={
            "ids": pictured.id,
            "tweet.fields": "author_id,entities,note_tweet,attachments",
            "media.fields": "alt_text,url",
            "expansions": "attachments.media_keys,referenced_tweets.id,in_reply_to_user_id",
        },
    )
    (post,) = answer["data"]
    (picture,) = answer["includes"]["media"]
    (quoting,) = answer["includes"]["posts"]
    (link,) = post["entities"]["urls"]

    assert picture["alt_text"] == "A hall"
    assert post["text"] == f"@bob Look {link['url']}"
    assert (link["media_key"], link["expanded_url"]) == (
        picture["media_key"],
        f"https://x.com/carl/status/{pictured.id}/photo/1",
    )
    assert post["referenced_posts"] == [{"type": "replied_to", "id": long.id}]
    assert [user["username"] for user in answer["includes"]["users"]] == ["bob"]
    assert len(quoting["text"]) < len(quoting["note_post"]["text"])
    assert quoting["note_post"]["entities"]["hashtags"][0]["tag"] == "try"
    (mention,) = quoting["note_post"]["entities"]["mentions"]
    assert (mention["id"], mention["username"]) == (x.house.id, "house")
    assert quoting["note_post"]["entities"]["urls"][0]["expanded_url"] == first.url


async def test_the_bill_is_what_x_would_charge() -> None:
    now = NOON
    async with open_x_fake(clock=lambda: now) as x, opened(x) as client:
        for number in range(3):
            x.say(f"guest{number % 2}", f"#try {number}")
        asked = {"query": "#try", "expansions": "author_id"}
        await client.app("GET", SEARCH, query=asked)
        assert x.bill.usd == pytest.approx(3 * 0.005 + 2 * 0.010)
        await client.app("GET", SEARCH, query=asked)  # the same, on the same day
        assert x.bill.usd == pytest.approx(0.035)
        now += timedelta(days=1)
        await client.app("GET", SEARCH, query=asked)
        assert x.bill.usd == pytest.approx(0.070)
        await client.app("GET", "/2/tweets/counts/recent", query={"query": "#try"})
        asks = x.say("anna", "@house?")
        await client.house("GET", f"/2/users/{x.house.id}/mentions")
        for body in (
            {"text": "One"},
            {"text": "Two: example.org"},
            {"text": "Three", "reply": {"in_reply_to_tweet_id": asks.id}},
        ):
            await client.house("POST", "/2/tweets", 201, json=body)
        await client.house("POST", "/2/tweets", 403, json={"text": "One"})  # costs nothing

        assert x.bill.counts == {
            "post read": 6,
            "user read": 4,
            "counts": 1,
            "own read": 1,
            "create": 1,
            "create with url": 1,
            "summoned reply": 1,
        }
        assert x.bill.usd == pytest.approx(0.070 + 0.005 + 0.001 + 0.015 + 0.200 + 0.010)


# --- writing --------------------------------------------------------------------------------------


async def test_replies_only_to_who_asked(x: XFake, client: Client) -> None:
    async def reply(target: str, text: str, status: int) -> str:
        body = {"text": text, "reply": {"in_reply_to_tweet_id": target}}
        answer = await client.house("POST", "/2/tweets", status, json=body)
        said: str = answer["data"]["id"] if status == 201 else answer["detail"]
        return said

    own = x.say("house", "Ours")
    assert "not been mentioned" in await reply(x.say("anna", "Nobody asked #try").id, "A", 403)
    await reply(x.say("anna", "I ask @house").id, "B", 201)
    await reply(x.say("anna", "Look at this", quotes=own).id, "C", 201)
    await reply(x.say("anna", "Indeed", reply_to=own).id, "D", 201)
    thread = await reply(own.id, "E", 201)
    await reply(thread, "F", 201)
    assert "deleted" in await reply("123", "G", 403)
    for body in ({"text": " "}, {"txt": "H"}, {}):
        await client.house("POST", "/2/tweets", 400, json=body)
    x.length, x.longest = len, 5
    for text in ("too long", "$A $B"):
        await client.house("POST", "/2/tweets", 403, json={"text": text})
    await client.house("DELETE", f"/2/tweets/{x.say('anna', 'mine').id}", 403)

    said = [post.raw for post in x.posts_of("house")]
    assert said == ["Ours", "@anna B", "@anna C", "@anna D", "E", "F"]


@pytest.mark.parametrize("spelling", ["post", "tweet"])
async def test_a_picture_is_uploaded_in_parts_described_and_posted(spelling: Spelling) -> None:
    async with open_x_fake(spelling=spelling) as x, opened(x) as client:

        async def upload(path: str, status: int = 200, **how: Any) -> Json:
            return await client.house("POST", f"/2/media/{path}", status, **how)

        started = await upload(
            "upload/initialize",
            json={"media_type": "image/png", "total_bytes": 6, "media_category": "tweet_image"},
        )
        media = started["data"]["id"]
        for index in (1, 0):
            form = aiohttp.FormData()
            form.add_field("segment_index", str(index))
            form.add_field("media", b"def" if index else b"abc", filename="part")
            await upload(f"upload/{media}/append", data=form)
            if index:
                await upload(f"upload/{media}/finalize", 400)
        body = {"text": "", "media": {"media_ids": [media]}}
        await client.house("POST", "/2/tweets", 400, json=body)
        assert (await upload(f"upload/{media}/finalize"))["data"]["size"] == 6
        alt = {"id": media, "metadata": {"alt_text": {"text": "A hall"}}}
        await upload("metadata", json=alt)
        said = await client.house("POST", "/2/tweets", 201, json=body)

        assert x.archive.media[media].content == b"abcdef"
        (post,) = x.posts_of("house")
        assert (post.id, post.media[0].alt) == (said["data"]["id"], "A hall")
        assert re.fullmatch(r"https://t\.co/\w{10}", post.text)
        theirs = x.keys_of("desk")
        await client.house("POST", "/2/tweets", 400, json=body | {"text": "b"}, keys=theirs)


# --- limits and faults ----------------------------------------------------------------------------


async def test_limits_count_down_refuse_and_begin_again() -> None:
    now = NOON + timedelta(seconds=0.3)
    async with open_x_fake(clock=lambda: now) as x, opened(x) as client:
        api = tweepy_client(x, client.session)
        x.limits.set("GET /2/tweets/search/recent", 2, window=60)
        left, reset = [], 0
        for _ in range(3):
            async with client.request("GET", SEARCH, query={"query": "#try"}) as response:
                left.append((response.status, response.headers["x-rate-limit-remaining"]))
                assert response.headers["x-rate-limit-limit"] == "2"
                reset = int(response.headers["x-rate-limit-reset"])
        assert left == [(200, "1"), (200, "0"), (429, "0")]
        assert reset == NOON.timestamp() + 61
        with pytest.raises(TooManyRequests):
            await api.search_recent_tweets("#try")
        await client.house("GET", SEARCH, query={"query": "#try"})  # an account has its own
        now = datetime.fromtimestamp(reset, UTC)
        await client.app("GET", SEARCH, query={"query": "#try"})


@pytest.mark.parametrize(
    ("fault", "posted"),
    [
        ("drop", 0),
        ("503", 0),
        ("500", 0),
        ("401", 0),
        ("429", 0),
        ("429 html", 0),
        ("hang", 0),
        ("bad json", 1),
        ("commit then drop", 1),
        ("commit then cut", 1),
        ("commit then hang", 1),
        ("commit then 503", 1),
    ],
)
async def test_faults_come_before_or_after_the_post_is_made(
    x: XFake, client: Client, fault: Fault, posted: int
) -> None:
    x.fail(CREATE, fault)
    outcome: object = None
    keys = x.keys
    try:
        async with (
            asyncio.timeout(0.2 if "hang" in fault else 5),
            client.request("POST", "/2/tweets", keys, json={"text": "Once"}) as response,
        ):
            outcome = response.status
            text = await response.text()
            if fault == "bad json":
                with pytest.raises(ValueError, match="line 1"):
                    json.loads(text)
            elif "html" in response.content_type:
                assert "<h1>" in text
            else:
                assert json.loads(text)["status"] == response.status
            assert ("x-rate-limit-reset" in response.headers) == (fault in {"429", "bad json"})
    except (TimeoutError, aiohttp.ClientError) as error:
        outcome = type(error)

    expected: dict[str, object] = {
        "drop": (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError),
        "cut": (aiohttp.ClientPayloadError,),
        "hang": (TimeoutError,),
        "json": (201,),
    }
    last = fault.split()[-1] if fault != "429 html" else "429"
    allowed = expected.get(last) or (int(last),)
    assert outcome in allowed, outcome  # type: ignore[operator]
    assert len(x.posts_of("house")) == posted
    (call,) = x.asked(CREATE)
    assert call.fault == fault
    await client.house("POST", "/2/tweets", 201, json={"text": "Then"})  # the next is well


async def test_faults_by_chance_are_the_same_for_a_seed() -> None:
    drawn = []
    for _ in range(2):
        async with open_x_fake() as x, opened(x) as client:
            x.chance(CREATE, 0.5, ["503", "commit then 503"], Random(7))
            for number in range(12):
                async with client.request("POST", "/2/tweets", x.keys, json={"text": f"{number}"}):
                    pass
            drawn.append([call.fault for call in x.asked(CREATE)])
            assert len(x.posts_of("house")) == 12 - drawn[-1].count("503")

    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {None, "503", "commit then 503"}
