"""The tests' own servers: a real PDS, and the Jetstream host before it, do what real ones do."""

import asyncio
import base64
import hashlib
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus

from tests.service.jetstream_bridge import (
    V1_PATH,
    V2_PATH,
    V2_SUBPROTOCOL,
    Bridge,
    jetstream_bridge,
)
from tests.service.jetstream_log import LOOK_BACK, POST, V2_NAME, Entry
from tests.service.pds_server import Pds, XrpcError
from tests.service.repo_frames import cid_text, read_blocks, read_frame

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
# What a blob is called by: version 1, raw bytes, SHA-256.
PIXEL_CID = cid_text(bytes.fromhex("01551220") + hashlib.sha256(PIXEL).digest())
POSTS_V1 = {"wantedCollections": POST}
POSTS_V2 = {"kinds": ["commit", "account"], "collections": POST}


@asynccontextmanager
async def listener(
    bridge: Bridge, path: str = V1_PATH, **query: Any
) -> AsyncIterator[ClientConnection]:
    """Connect as any client would, and be known to the host before going on."""
    address = f"{bridge.address}{path}?{urlencode(query, doseq=True)}"
    before = bridge.joined
    async with connect(address, compression=None, proxy=None) as socket:
        async with asyncio.timeout(5):
            await bridge.until(lambda: bridge.joined > before)
        yield socket


async def heard(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(5):
        frame = json.loads(await socket.recv())
    assert isinstance(frame, dict)
    return frame


async def nothing_before(socket: ClientConnection, marker: Entry) -> bool:
    """Tell whether the next frame is the marker's."""
    frame = await heard(socket)
    return bool(frame.get("payload", frame).get("seq", frame.get("cursor")) == marker.seq)


async def refused(bridge: Bridge, path: str, **query: Any) -> tuple[int, dict[str, str]]:
    with pytest.raises(InvalidStatus) as caught:
        async with listener(bridge, path, **query):
            pass
    body = caught.value.response.body
    assert body is not None
    return caught.value.response.status_code, json.loads(body)


# --- with the real PDS --------------------------------------------------------------------------


async def test_a_real_post_arrives_in_both_forms(pds: Pds, pds_bridge: Bridge) -> None:
    anna = await pds.account("anna-forms")
    async with (
        listener(pds_bridge, V1_PATH, **POSTS_V1) as first,
        listener(pds_bridge, V2_PATH, **POSTS_V2) as second,
    ):
        before = time.time_ns() // 1000
        uri = await anna.post("Grüße aus 東京 🎉 #eventlive", "eventlive", langs=["de"])
        v1 = await _commit(first)
        v2 = await _commit(second)

    assert v1["kind"] == "commit"
    assert v1["did"] == v2["did"] == anna.did
    assert before <= v1["time_us"] <= time.time_ns() // 1000
    assert v2["witnessedAt"] == v2["time"]
    assert v1["cursor"] == v2["seq"]
    assert v2["$type"] == f"{V2_NAME}#commit"
    commit = v1["commit"]
    assert {key: v2[key] for key in commit} == commit
    assert f"at://{v1['did']}/{commit['collection']}/{commit['rkey']}" == uri
    assert commit["operation"] == "create"
    assert commit["cid"].startswith("bafyrei")
    record = commit["record"]
    assert record["text"] == "Grüße aus 東京 🎉 #eventlive"
    assert record["langs"] == ["de"]
    # The bytes at which the platform's own documentation puts the tag of this very text.
    assert record["facets"][0]["index"] == {"byteStart": 24, "byteEnd": 34}


async def test_edits_and_deletions_pass_through(pds: Pds, pds_bridge: Bridge) -> None:
    anna = await pds.account("anna-edits")
    async with listener(pds_bridge, V1_PATH, **POSTS_V1) as socket:
        uri = await anna.post("first")
        await anna.edit(uri, "second")
        await anna.delete(uri)
        commits = [(await _commit(socket))["commit"] for _ in range(3)]

    assert [commit["operation"] for commit in commits] == ["create", "update", "delete"]
    assert {commit["rkey"] for commit in commits} == {uri.rsplit("/", 1)[1]}
    assert commits[1]["record"]["text"] == "second"
    assert set(commits[2]) == {"rev", "operation", "collection", "rkey"}
    revisions = [commit["rev"] for commit in commits]
    assert revisions == sorted(revisions)


async def test_account_events_reach_a_client_that_asked_for_posts(
    pds: Pds, pds_bridge: Bridge
) -> None:
    anna = await pds.account("anna-gone")
    troll = await pds.account("troll-gone")
    async with (
        listener(pds_bridge, V1_PATH, **POSTS_V1) as first,
        listener(pds_bridge, V2_PATH, **POSTS_V2) as second,
    ):
        await anna.deactivate()
        await pds.take_down(troll.did)
        for read in (_inactive(first), _inactive(second)):
            assert await read == {anna.did: "deactivated", troll.did: "takendown"}


async def test_what_happened_before_the_test_is_left_out(pds: Pds, pds_bridge: Bridge) -> None:
    anna = await pds.account("anna-before")
    uri = await anna.post("new")
    async with listener(pds_bridge, V1_PATH, cursor=1, **POSTS_V1) as socket:
        found = await _commit(socket)
    assert uri.endswith(found["commit"]["rkey"])


async def test_links_blobs_and_refusals_come_as_the_server_says_them(
    pds: Pds, pds_bridge: Bridge
) -> None:
    anna = await pds.account("anna-blob")
    async with listener(pds_bridge, V1_PATH, **POSTS_V1) as socket:
        await anna.post("quoting", reply=_reply_to(await anna.post("first")))
        await heard_text(socket, "first")
        reply = (await heard_text(socket, "quoting"))["commit"]["record"]["reply"]
        await anna.post("seen", embed=await anna.picture(PIXEL, "a pixel", 1, 1))
        image = (await heard_text(socket, "seen"))["commit"]["record"]["embed"]["images"][0]
    assert reply["parent"]["cid"].startswith("bafyrei")
    assert image["image"]["ref"] == {"$link": PIXEL_CID}
    assert image["image"]["mimeType"] == "image/png"
    assert image["alt"] == "a pixel"
    with pytest.raises(XrpcError) as caught:
        await anna.post("x" * 4000)
    assert caught.value.status == 400


async def heard_text(socket: ClientConnection, text: str) -> dict[str, Any]:
    while True:
        frame = await _commit(socket)
        if frame["commit"]["record"]["text"] == text:
            return frame


async def _commit(socket: ClientConnection) -> dict[str, Any]:
    """Give the next commit, v1's frame or v2's payload; accounts opened by others pass by."""
    while True:
        frame = await heard(socket)
        event: dict[str, Any] = frame.get("payload", frame)
        if "commit" in event or "collection" in event:
            return event


async def _inactive(socket: ClientConnection) -> dict[str, str]:
    gone: dict[str, str] = {}
    while len(gone) < 2:
        frame = await heard(socket)
        account = frame.get("payload", frame).get("account", {"active": True})
        if not account["active"]:
            gone[account["did"]] = account["status"]
    return gone


def _reply_to(uri: str) -> dict[str, Any]:
    target = {"uri": uri, "cid": "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"}
    return {"root": target, "parent": target}


# --- made-up events -----------------------------------------------------------------------------


async def test_noise_and_filters(bridge: Bridge) -> None:
    async with (
        listener(bridge, V1_PATH, wantedCollections="app.bsky.graph.*") as graph,
        listener(bridge, V1_PATH, wantedDids="did:plc:me") as mine,
        listener(bridge, V2_PATH, kinds="account") as accounts,
        listener(bridge, V2_PATH) as everything,
    ):
        bridge.log.noise(50, random.Random(1))
        follow = bridge.log.commit("did:plc:me", "1", {}, collection="app.bsky.graph.follow")
        account = bridge.log.account("did:plc:other", active=False, status="deleted")

        assert await nothing_before(graph, follow)
        assert await nothing_before(graph, account)
        assert await nothing_before(mine, follow)
        assert await nothing_before(accounts, account)
        assert [(await heard(everything))["payload"]["seq"] for _ in range(52)] == [*range(1, 53)]
    assert len({entry.did for entry in bridge.log.entries}) == 52


@pytest.mark.parametrize("path", [V1_PATH, V2_PATH])
async def test_a_cursor_replays_from_itself_on(bridge: Bridge, path: str) -> None:
    entries = [bridge.log.commit("did:plc:a", str(number), {}) for number in range(5)]
    for cursor in (entries[2].seq, entries[2].time_us, entries[1].time_us + 1):
        async with listener(bridge, path, cursor=cursor) as socket:
            assert await nothing_before(socket, entries[2])
            assert await nothing_before(socket, entries[3])
    async with listener(bridge, path) as socket:  # none: from now on
        assert await nothing_before(socket, bridge.log.commit("did:plc:a", "5", {}))
    async with listener(bridge, path, cursor=entries[4].time_us + 10**9) as socket:  # the future
        assert await nothing_before(socket, bridge.log.commit("did:plc:a", "6", {}))


async def test_an_old_cursor_is_clamped_in_v1_and_refused_or_announced_in_v2(
    clock: Callable[[float], float],
) -> None:
    async with jetstream_bridge(now=lambda: clock(0.0)) as bridge:
        old = bridge.log.commit("did:plc:a", "old", {})
        clock(LOOK_BACK + 60)
        kept = bridge.log.commit("did:plc:a", "kept", {})

        for cursor in (old.seq, old.time_us):
            async with listener(bridge, V1_PATH, cursor=cursor) as socket:
                assert await nothing_before(socket, kept)
        status, body = await refused(bridge, V2_PATH, cursor=old.seq)
        assert (status, body["error"]) == (400, "CursorTooOld")
        assert str(kept.seq) in body["message"]
        async with listener(bridge, V2_PATH, cursor=old.time_us) as socket:
            assert (await heard(socket))["payload"]["name"] == "OutdatedCursor"
            assert await nothing_before(socket, kept)
        async with listener(bridge, V2_PATH, cursor=kept.seq + 10) as socket:
            assert (await heard(socket))["payload"]["name"] == "FutureCursor"


@pytest.fixture
def clock() -> Callable[[float], float]:
    """A clock: call it with seconds to let them pass, with 0 to read it."""
    now = [time.time()]

    def passing(seconds: float) -> float:
        now[0] += seconds
        return now[0]

    return passing


async def test_parameters_that_no_real_host_takes_are_refused(bridge: Bridge) -> None:
    for query in ({"wantedCollections": POST}, {"kinds": "posts"}, {"cursor": "yesterday"}):
        assert (await refused(bridge, V2_PATH, **query))[0] == 400
    assert (await refused(bridge, V2_PATH, kinds="account", collections=POST))[0] == 400
    assert (await refused(bridge, "/elsewhere"))[0] == 404


async def test_v2_echoes_its_subprotocol_and_takes_no_frames(bridge: Bridge) -> None:
    address = bridge.address + V2_PATH
    async with connect(
        address, subprotocols=[V2_SUBPROTOCOL], proxy=None, compression=None
    ) as socket:
        assert socket.subprotocol == V2_SUBPROTOCOL
        await socket.send("{}")
        with pytest.raises(ConnectionClosed) as caught:
            await heard(socket)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1008


# --- faults -------------------------------------------------------------------------------------


async def test_a_stalled_host_accepts_and_says_nothing(bridge: Bridge) -> None:
    async with listener(bridge) as old:
        with bridge.fault("stall"):
            async with listener(bridge) as new:
                entry = bridge.log.commit("did:plc:a", "1", {})
                for socket in (old, new):
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.1):
                            await socket.recv()
        assert await nothing_before(old, entry)


async def test_a_host_cuts_closes_and_refuses(bridge: Bridge) -> None:
    async with listener(bridge) as socket:
        assert bridge.cut() == 1
        with pytest.raises(ConnectionClosed) as cut:
            await heard(socket)
        assert cut.value.rcvd is None
    async with listener(bridge) as socket:
        await bridge.close()
        with pytest.raises(ConnectionClosedOK):
            await heard(socket)
    with bridge.fault("refuse"):
        assert (await refused(bridge, V1_PATH))[0] == 503
    with bridge.fault("close"):
        async with connect(bridge.address + V1_PATH, proxy=None) as socket:
            with pytest.raises(ConnectionClosedOK):
                await heard(socket)
    assert len(bridge.visits) == 4


async def test_raw_frames_and_terminal_errors(bridge: Bridge) -> None:
    async with listener(bridge, V1_PATH) as first, listener(bridge, V2_PATH) as second:
        await bridge.inject("{not json")
        await bridge.inject(b"\x00\xff")
        for socket in (first, second):
            assert await socket.recv() == "{not json"
            assert await socket.recv() == b"\x00\xff"
        await bridge.error("ConsumerTooSlow", "read faster")
        assert (await heard(second))["error"] == "ConsumerTooSlow"
        for socket in (first, second):
            with pytest.raises(ConnectionClosed):
                await heard(socket)


def test_frames_escape_what_gos_encoder_escapes_and_everything_on_request(bridge: Bridge) -> None:
    entry = bridge.log.commit("did:plc:a", "1", {"text": "Q&A über <b>"})
    assert '"Q\\u0026A über \\u003cb\\u003e"' in bridge.log.frame(entry, 1)
    bridge.log.ascii_only = True
    assert '"Q\\u0026A \\u00fcber \\u003cb\\u003e"' in bridge.log.frame(entry, 2)
    assert json.loads(bridge.log.frame(entry, 1))["commit"]["record"]["text"] == "Q&A über <b>"


# --- the decoder --------------------------------------------------------------------------------


def test_dag_cbor_of_every_kind() -> None:
    pieces = [
        ("a", "00"),  # 0
        ("b", "1864"),  # 100
        ("c", "1b000003e8d4a51000"),
        ("d", "3863"),  # -100
        ("e", "43010203"),  # bytes
        ("f", "82f5f4"),  # [true, false]
        ("g", "f6"),  # null
        ("h", "fb3ff8000000000000"),  # 1.5
        ("i", "64f09f8e89"),  # 🎉
        ("j", "d82a58250001711220" + 32 * "00"),  # a link
    ]
    fields = b"".join(b"\x61" + key.encode() + bytes.fromhex(value) for key, value in pieces)
    body = bytes([0xA0 + len(pieces)]) + fields
    header, read = read_frame(b"\xa0" + body)
    assert header == {}
    assert read == {
        "a": 0,
        "b": 100,
        "c": 0x3E8D4A51000,
        "d": -100,
        "e": b"\x01\x02\x03",
        "f": [True, False],
        "g": None,
        "h": 1.5,
        "i": "🎉",
        "j": {"$link": cid_text(bytes.fromhex("01711220") + bytes(32))},
    }
    with pytest.raises(ValueError, match="after the frame's body"):
        read_frame(b"\xa0\xa0\xa0")


def test_a_car_file_gives_its_blocks_by_cid() -> None:
    cid = bytes.fromhex("01711220") + bytes(range(32))
    block = cid + b"\xa1\x61\x61\x01"
    car = b"\x01\xa0" + bytes([len(block)]) + block
    assert read_blocks(car) == {cid_text(cid): {"a": 1}}
    # The CID of an empty block of raw bytes, as every IPFS tool writes it.
    raw = bytes.fromhex("01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    assert cid_text(raw) == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
