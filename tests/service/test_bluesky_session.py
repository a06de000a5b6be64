"""Bluesky's session against a real server: kept, renewed, shared, and never told to anybody."""

import asyncio
import json
import logging
import stat
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from eventlive.errors import NotSent, NotYet, Unclear
from eventlive.model import OutletAccount
from feeds.bluesky import xrpc
from feeds.bluesky.outlet import BlueskyOutlet
from tests.service.pds_server import POST, Fault, Pds, open_gate
from tests.service.test_bluesky_outlet import (
    GET,
    PUT,
    REFRESH,
    SIGN_IN,
    UPLOAD,
    House,
    frozen,
    open_house,
    outgoing,
    say,
)

NO_PASSWORD = "wrong-wrong-wrong-wrong"


@pytest.fixture
async def house(pds: Pds, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(pds, tmp_path) as opened:
        yield opened


async def test_a_session_is_kept_for_its_owners_eyes_and_the_next_start(house: House) -> None:
    await say(house.outlet(), "First")
    assert stat.S_IMODE(house.state.stat().st_mode) == 0o600
    assert [one.name for one in house.folder.iterdir()] == ["session.json"]
    assert house.password not in house.state.read_text()
    await say(house.outlet(password=NO_PASSWORD), "Second")
    assert house.gate.count(SIGN_IN) == 1
    # Somebody else's session, or half a file, is no session.
    for wrong in (b"", b'{"server":', house.state.read_bytes().replace(b"house-", b"horse-")):
        house.state.write_bytes(wrong)
        await (outlet := house.outlet()).check()
        await outlet.close()
    assert house.gate.count(SIGN_IN) == 4


def tokens(house: House) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(house.state.read_bytes())
    return kept


@pytest.mark.parametrize("how", ["expired", "not a token", "refused"])
async def test_an_old_token_is_renewed_without_signing_in(house: House, how: str) -> None:
    outlet = house.outlet()
    await say(outlet, "First")
    old = tokens(house)
    if how == "not a token":
        house.state.write_text(json.dumps(old | {"access": old["access"][:-4] + "AAAA"}))
        outlet = house.outlet()
    else:
        name = {"expired": "ExpiredToken", "refused": "AuthMissing"}[how]
        status = {"expired": 400, "refused": 401}[how]
        house.fail(PUT, Fault(False, status, {"error": name, "message": "Token has expired"}))
    intent = await frozen(outlet, outgoing("Second"))
    await outlet.send(intent)
    assert (house.gate.count(REFRESH), house.gate.count(SIGN_IN)) == (1, 1)
    new = tokens(house)
    assert new["refresh"] != old["refresh"]
    assert stat.S_IMODE(house.state.stat().st_mode) == 0o600
    assert await house.texts() == ["First", "Second"]


async def test_where_renewing_fails_it_signs_in_and_no_more_than_once(house: House) -> None:
    await house.outlet().check()
    broken = tokens(house) | {"access": "eyJ.eyJ.x", "refresh": "eyJ.eyJ.y"}
    house.state.write_text(json.dumps(broken))
    outlet = house.outlet()
    await say(outlet, "First")
    assert house.gate.count(SIGN_IN) == 2
    expired = Fault(False, 400, {"error": "ExpiredToken"})
    house.fail(PUT, *[expired] * 9)
    with pytest.raises(NotSent, match="ExpiredToken"):
        await say(outlet, "Second")
    assert house.gate.count(PUT) == 5
    assert await house.texts() == ["First"]


async def test_outlets_that_share_a_session_do_not_spoil_it(house: House) -> None:
    first = house.outlet()
    await first.check()
    old = tokens(house)
    house.state.write_text(json.dumps(old | {"access": old["access"][:-4] + "AAAA"}))
    outlets = [house.outlet() for _ in range(4)]
    await asyncio.gather(
        *[say(outlet, f"Post {n}{m}") for n, outlet in enumerate(outlets) for m in range(3)],
        *[outlet.check() for outlet in outlets],
    )
    assert len(await house.texts()) == 12
    assert house.gate.count(SIGN_IN) == 1
    assert house.gate.count(REFRESH) <= 4
    await say(house.outlet(), "After")
    assert house.gate.count(SIGN_IN) == 1
    assert [one.name for one in house.folder.iterdir()] == ["session.json"]


EXPIRED = Fault(False, 400, {"error": "ExpiredToken", "message": "Token has expired"})


async def test_what_another_has_renewed_is_taken_from_the_file(house: House) -> None:
    first, second = house.outlet(), house.outlet()
    for outlet in (first, second):
        await outlet.check()
    for outlet in (first, second):
        house.fail(PUT, EXPIRED)
        await say(outlet, "Hi")
    assert (house.gate.count(REFRESH), house.gate.count(SIGN_IN)) == (1, 1)


async def test_without_a_file_the_session_lasts_as_long_as_the_outlet(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    folder, house.folder = house.folder, house.folder / "is-not-there"
    outlet = house.outlet()
    await outlet.check()
    house.folder = folder
    house.fail(PUT, *[EXPIRED] * 3)
    await asyncio.gather(*[say(outlet, f"Post {number}") for number in range(3)])
    assert (house.gate.count(REFRESH), house.gate.count(SIGN_IN)) == (1, 1)
    assert len(await house.texts()) == 3
    assert "the next start signs in anew" in caplog.text


async def test_the_accounts_own_server_is_followed(pds: Pds, house: House) -> None:
    async with open_gate(pds.address) as home:
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": home.address,
        }
        answer = await pds.call(
            SIGN_IN, {"identifier": house.anna.handle, "password": house.password}
        )
        told = answer | {"didDoc": {"id": house.anna.did, "service": [service]}}
        house.fail(SIGN_IN, Fault(False, 200, told))
        await say(house.outlet(), "First")
        await say(house.outlet(), "Second")
        assert [call.method for call in house.gate.calls] == [SIGN_IN]
        assert home.count(PUT) == 2


async def test_signing_in_too_often_is_not_tried(house: House) -> None:
    house.fail(SIGN_IN, Fault(False, 429, {"error": "RateLimitExceeded"}, {"Retry-After": "200"}))
    outlet = house.outlet()
    for _ in range(3):
        with pytest.raises(NotYet) as caught:
            await frozen(outlet, outgoing("Hi"))
        assert caught.value.until > house.clock() + timedelta(seconds=150)
    assert house.gate.count(SIGN_IN) == 1
    house.clock.ahead = timedelta(seconds=201)
    await say(outlet, "Hi")


async def test_a_person_is_told_what_to_do(house: House) -> None:
    wrong = house.outlet(password=NO_PASSWORD)
    with pytest.raises(NotSent, match="EVENTLIVE_MAIN_APP_PASSWORD"):
        await wrong.check()
    nothing = BlueskyOutlet(
        OutletAccount("my-desk", "bluesky", "@anna.test", server=house.gate.address),
        {},
        folder=house.folder,
        state=house.state,
        clock=house.clock,
        random=Random(),
    )
    with pytest.raises(NotSent, match="set EVENTLIVE_MY_DESK_APP_PASSWORD"):
        await nothing.check()
    await house.anna.name("The House")
    report = await house.outlet(password=await house.anna.app_password()).check()
    assert (report.handle, report.name) == (house.anna.handle, "The House")
    assert report.may == ("read", "post", "upload")
    assert report.limits == ("5,000 points an hour, 3 a post",)


# --- secrets --------------------------------------------------------------------------------------


async def test_no_error_no_log_and_no_frozen_post_holds_a_secret(
    house: House, caplog: pytest.LogCaptureFixture, free_port: int
) -> None:
    caplog.set_level(logging.DEBUG)
    outlet = house.outlet()
    intent = await frozen(outlet, outgoing("Look", pictures=(house.picture(),)))
    kept = tokens(house)
    secrets = [house.password, kept["access"], kept["refresh"]]
    echo = " ".join(secrets)
    faults = [
        Fault(False, 0),
        Fault(False, 502, echo.encode()),
        Fault(False, 400, {"error": secrets[0], "message": echo}),
        Fault(False, 429, {"error": echo}),
        Fault(False, 200, {"uri": echo}),
        Fault(False, 302, echo.encode(), {"Location": f"http://127.0.0.1/?{echo}"}),
        Fault(False, 200, b"x", {"Content-Encoding": "gzip"}),
    ]
    said: list[str] = []
    for method in (PUT, GET, UPLOAD, "com.atproto.repo.deleteRecord", SIGN_IN, REFRESH):
        for fault in faults:
            if method in {SIGN_IN, REFRESH}:
                stale = {} if method == SIGN_IN else kept | {"access": "eyJ.x.x"}
                house.state.write_text(json.dumps(stale))
                outlet = house.outlet()
            house.fail(method, fault)
            try:
                match method:
                    case "com.atproto.repo.putRecord" | "com.atproto.repo.uploadBlob":
                        await outlet.send(intent)
                    case "com.atproto.repo.getRecord":
                        await outlet.find(intent)
                    case "com.atproto.repo.deleteRecord":
                        await outlet.delete(f"at://{house.anna.did}/{POST}/1")
                    case _:
                        await outlet.check()
            except Exception as error:  # noqa: BLE001 - whatever it says is looked at
                said += chain(error)
            house.clock.ahead += timedelta(days=1)
    async with raw_server(b"HTP/x nonsense\r\n\r\n") as address:
        house.state.write_text(json.dumps(kept | {"server": address, "pds": address}))
        with pytest.raises(Unclear) as caught:
            await house.outlet(server=address).find(intent)
        assert "what is no HTTP" in str(caught.value)
        said += chain(caught.value)
    assert len(said) > 200
    said += [caplog.text, intent.body.decode(), repr(outlet), str(vars(outlet))]
    said += [repr(vars(outlet._session)["_kept"])]
    for secret in secrets:
        assert not [one for one in said if secret in one]


def chain(error: BaseException | None) -> list[str]:
    """Give everything that an error and what it came from say."""
    said = []
    while error is not None:
        said += [
            str(error),
            repr(error),
            repr(error.args),
            "".join(traceback.format_exception(error)),
        ]
        error = error.__cause__ or error.__context__
    return said


class raw_server:  # noqa: N801 - used as a function is
    """A server that answers everybody with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(self._answer)
        await writer.drain()
        writer.close()


def test_the_password_is_never_forgotten_and_nothing_short_is_blacked_out() -> None:
    client = xrpc.Xrpc()
    client.hide("pass-word", "", "a")
    for number in range(100):
        client.hide(f"token-{number:03}", f"other-{number:03}")
    assert client._words("a pass-word of\n anna, token-099") == "a … of anna, …"
