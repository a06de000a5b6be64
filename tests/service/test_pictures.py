"""Foreign pictures: fetched once, from the public internet alone, decoded where it hurts nobody.

Long, because a picture's whole way is tested in one place: who may ask, where it leads, what comes
back, what is kept. The servers are real ones on loopback (stranger.py).
"""

import asyncio
import io
import logging
import os
import resource
import signal
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme
from PIL import Image, ImageCms
from websockets.http11 import Response

from eventlive import pictures as module
from eventlive.pictures import Pictures, Reach, fetching, is_public, open_pictures, scaling
from tests.loopback import HOST
from tests.service.engines import until
from tests.service.stranger import (
    HOUSE,
    JPEG,
    PNG,
    SVG,
    Stranger,
    encoded,
    huge_png,
    reach,
    serving,
)


@pytest.fixture
async def stranger() -> AsyncIterator[Stranger]:
    async with serving() as server:
        yield server


@pytest.fixture
def opened(
    stranger: Stranger, tmp_path: Path
) -> Callable[[], AbstractAsyncContextManager[Pictures]]:
    """Open pictures in this test's folder: each time a restart."""
    return lambda: open_pictures(tmp_path / "try.pictures", reach=reach(stranger))


async def got(pictures: Pictures, url: str) -> Response:
    answer = await pictures.get(pictures.address(url))
    assert answer is not None
    return answer


async def refused(pictures: Pictures, url: str) -> bool:
    answer = await got(pictures, url)
    assert answer.status_code in {200, 404}
    if answer.status_code == 404:
        assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code == 404


def seen(body: bytes | bytearray) -> Image.Image:
    picture = Image.open(io.BytesIO(body))
    picture.load()
    return picture


# --- one picture for everybody --------------------------------------------------------------------


async def test_fifty_who_ask_share_one_fetch_and_a_restart_needs_none(
    stranger: Stranger, opened: Callable[[], AbstractAsyncContextManager[Pictures]]
) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where somebody lives"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    large = Image.linear_gradient("L").convert("RGB").resize((2400, 1200))
    body = encoded(large, "JPEG", exif=exif, comment=b"where somebody lives", icc_profile=profile)
    stranger.says["/a.jpg"] = "image/jpeg", body
    url = f"{stranger.address}/a.jpg?size=orig"
    async with opened() as pictures:
        pictures.allow({url: "mastodon:1"})
        answers = await asyncio.gather(*(got(pictures, url) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        assert pictures.address(url).startswith("/wall/picture/")
        assert len(pictures.address(url)) == len("/wall/picture/") + 32
        first = answers[0]
        assert first.headers["Content-Type"] == "image/jpeg"
        assert "immutable" in first.headers["Cache-Control"]
        assert first.headers["X-Content-Type-Options"] == "nosniff"
        # Upright, scaled, and nothing of what its maker did not mean to show.
        picture = seen(first.body)
        assert picture.size == (800, 1600)
        assert not picture.getexif()
        assert not {"comment", "icc_profile", "exif"} & picture.info.keys()
        assert b"somebody" not in first.body
        await got(pictures, url)
    assert len(stranger.asked) == 1
    told = stranger.asked[0].headers
    assert told["User-Agent"] == "eventlive"
    assert not {"Cookie", "Authorization", "Referer", "Origin"} & set(told)
    async with opened() as pictures:
        pictures.allow({url: "mastodon:1"})
        assert (await got(pictures, url)).body == first.body
        assert await pictures.body(pictures.address(url)) == (first.body, "image/jpeg")
    assert len(stranger.asked) == 1


async def test_each_kind_comes_out_as_one_that_every_screen_shows(
    stranger: Stranger, opened: Callable[[], AbstractAsyncContextManager[Pictures]]
) -> None:
    glass = Image.new("RGBA", (40, 20), (255, 0, 0, 100))
    frames = [Image.new("RGB", (40, 20), colour) for colour in ("red", "blue")]
    film: dict[str, object] = {"save_all": True, "append_images": frames[1:]}
    kinds = {
        "png": (encoded(frames[0], "PNG"), "image/jpeg"),
        "glass": (encoded(glass, "PNG"), "image/webp"),
        "gif": (encoded(frames[0], "GIF", **film), "image/jpeg"),
        "webp": (encoded(frames[0], "WEBP", **film), "image/jpeg"),
        "avif": (encoded(frames[0], "AVIF"), "image/jpeg"),
        "cmyk": (encoded(frames[0].convert("CMYK"), "JPEG"), "image/jpeg"),
    }
    for name, (body, _) in kinds.items():
        kind = name if name in {"gif", "webp", "avif"} else "png"
        stranger.says[f"/{name}"] = f"image/{kind}", body
    urls = {name: f"{stranger.address}/{name}" for name in kinds}
    async with opened() as pictures:
        pictures.allow(dict.fromkeys(urls.values(), "x:1"))
        answers = await asyncio.gather(*(got(pictures, url) for url in urls.values()))
    for name, answer in zip(kinds, answers, strict=True):
        assert answer.headers["Content-Type"] == kinds[name][1], name
        picture = seen(answer.body)
        assert picture.size == (40, 20)
        # The first frame, which is red.
        red, green, blue, *clear = picture.convert("RGBA").getpixel((20, 10))  # type: ignore[misc]
        assert (red > 200, green < 60, blue < 60) == (True, True, True), name
        assert (clear[0] < 200) == (name == "glass")


async def test_at_most_eight_are_fetched_at_once(
    stranger: Stranger, opened: Callable[[], AbstractAsyncContextManager[Pictures]]
) -> None:
    urls = [f"{stranger.address}/gated/{number}" for number in range(12)]
    stranger.says.update((f"/gated/{number}", ("image/png", b"none")) for number in range(12))
    async with opened() as pictures, asyncio.TaskGroup() as tasks:
        pictures.allow(dict.fromkeys(urls, "x:1"))
        for url in urls:
            tasks.create_task(got(pictures, url), name=url)
        await until(lambda: stranger.busy == fetching.FETCHES or None, "eight fetches")
        stranger.gate.set()
    assert len(stranger.asked) == 12
    assert stranger.busiest == fetching.FETCHES == 8


# --- what may be asked for ------------------------------------------------------------------------


async def test_only_what_is_on_the_wall_is_fetched_or_given(
    stranger: Stranger, opened: Callable[[], AbstractAsyncContextManager[Pictures]]
) -> None:
    shown, other = f"{stranger.address}/a.jpg", f"{stranger.address}/b.jpg"
    async with opened() as pictures:
        assert await refused(pictures, shown)
        pictures.allow({shown: "x:1"})
        assert await refused(pictures, other)
        assert await pictures.body(pictures.address(other)) is None
        assert await pictures.get("/wall/wall.js") is None
        assert (await got(pictures, shown)).status_code == 200
        # Taken off: gone, though it is kept, and for those who still wait.
        pictures.allow({})
        assert await refused(pictures, shown)
        gated = f"{stranger.address}/gated"
        pictures.allow({gated: "x:2"})
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(refused(pictures, gated), name="waits")
            await until(lambda: stranger.busy or None, "the fetch")
            pictures.allow({})
            stranger.gate.set()
        assert waiting.result()
        # Back on it: nothing has to be fetched again.
        pictures.allow({shown: "x:1", gated: "x:2"})
        assert not await refused(pictures, shown)
        assert not await refused(pictures, gated)
        many = {f"{stranger.address}/{number}": "x:3" for number in range(600)}
        pictures.allow({shown: "x:1", **many})
        assert await refused(pictures, shown)
    assert stranger.hits == {"/a.jpg": 1, "/gated": 1}


async def test_switched_off_nothing_leaves_the_house(stranger: Stranger, tmp_path: Path) -> None:
    url = f"{stranger.address}/a.jpg"
    async with open_pictures(tmp_path / "p", on=False, reach=reach(stranger)) as pictures:
        pictures.allow({url: "x:1"})
        assert await refused(pictures, url)
    assert not stranger.asked


# --- where it may lead ----------------------------------------------------------------------------


def test_which_addresses_are_public() -> None:
    public = "8.8.8.8 1.1.1.1 2606:4700::1111 2a00:1450:4001::200e ::ffff:8.8.8.8 64:ff9b::808:808"
    inside = """
        0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 127.0.0.1 127.9.9.9 169.254.169.254
        172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1
        203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
        :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
        64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808
        2002:7f00:1:: 2002:808:808:: 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1
        100::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1
    """
    assert [one for one in public.split() if not is_public(ip_address(one))] == []
    assert [one for one in inside.split() if is_public(ip_address(one))] == []


async def test_as_it_stands_nothing_inside_is_reached(tmp_path: Path) -> None:
    async with serving() as here, serving("::1") as six:
        port, port6 = here.port, six.address.rpartition(":")[2]
        # The port and the scheme are let through: it is the address that is refused.
        open_wide = Reach(
            schemes=frozenset({"http"}),
            ports=frozenset({port, int(port6), 443}),
            look_up=lambda host, _: [HOST] if host == "a.example" else fetching.look_up(host, port),
        )
        urls = [
            f"http://{HOST}:{port}/a",
            f"http://localhost:{port}/a",
            f"http://[::1]:{port6}/a",
            f"http://[::ffff:127.0.0.1]:{port}/a",
            f"http://2130706433:{port}/a",
            f"http://0x7f000001:{port}/a",
            f"http://127.1:{port}/a",
            f"http://0.0.0.0:{port}/a",
            f"http://a.example:{port}/a",
        ]
        async with open_pictures(tmp_path / "p", reach=open_wide) as pictures:
            pictures.allow(dict.fromkeys(urls, "x:1"))
            for url in urls:
                assert await refused(pictures, url), url
        assert not here.asked
        assert not six.asked


async def test_addresses_that_nothing_is_fetched_from(
    stranger: Stranger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving() as other:
        allowed = reach(stranger, names={"a.example": [HOST]})
        urls = {
            f"{other.address}/port": "port",
            f"http://ann@{HOST}:{stranger.port}/user": "name or a password",
            f"http://:pass@{HOST}:{stranger.port}/pass": "name or a password",
            f"https://{HOST}:{stranger.port}/tls": "not one that",
            f"ftp://{HOST}:{stranger.port}/ftp": "not one that",
            "file:///etc/passwd": "not one that",
            "javascript:alert(1)": "not one that",
            "data:image/png;base64,AAAA": "not one that",
            f"//{HOST}:{stranger.port}/none": "not one that",
            "http://[::1/": "",
            "http://a.example:99999/": "",
            f"http://{'a' * 70}.example:{stranger.port}/": "",
            "": "no address",
            f"{stranger.address}/{'long' * 2000}": "too long",
            "\ud83d half a sign": "",
        }
        async with open_pictures(tmp_path / "p", reach=allowed) as pictures:
            pictures.allow(dict.fromkeys(urls, "bluesky:7"))
            for url, reason in urls.items():
                caplog.clear()
                assert await refused(pictures, url), url
                assert "bluesky:7: no picture" in caplog.text
                assert reason in caplog.text, url
                assert "Traceback" not in caplog.text, url
            fine = f"http://a.example:{stranger.port}/fine"
            pictures.allow({fine: "bluesky:8"})
            assert not await refused(pictures, fine)
        assert not other.asked
        assert stranger.hits == {"/fine": 1}


async def test_each_redirect_is_checked_like_the_first_address(
    stranger: Stranger, tmp_path: Path
) -> None:
    async with serving(HOUSE) as house:
        stranger.onward = {
            "/inside": f"{house.address}/secret.jpg",
            "/named": f"http://house.example:{house.port}/secret.jpg",
            "/port": "http://127.0.0.1:1/a.jpg",
            "/scheme": "file:///etc/passwd",
            "/user": f"http://ann:pass@{HOST}:{stranger.port}/a.jpg",
            "/nowhere": "",
            "/round": "/round",
            "/1": "/2",
            "/2": "../3",
            "/3": f"{stranger.address}/4",
            "/4": "/end.jpg",
        }
        allowed = reach(stranger, house, names={"house.example": [HOUSE]})
        async with open_pictures(tmp_path / "p", reach=allowed) as pictures:
            urls = {f"{stranger.address}{path}": "x:1" for path in stranger.onward}
            pictures.allow(urls)
            for url in urls:
                # Three are followed, a fourth is not.
                assert await refused(pictures, url) == (url[-2:] not in {"/2", "/3", "/4"}), url
        assert not house.asked
        assert stranger.hits["/round"] == 4


async def test_a_name_that_answers_otherwise_a_moment_later_leads_nowhere(
    stranger: Stranger, tmp_path: Path
) -> None:
    async with serving(HOUSE) as house:
        answers = iter([[HOST], [HOUSE], [HOUSE, "::1", "10.0.0.1"]])
        asked: list[str] = []

        def look_up(host: str, _: int) -> Sequence[str]:
            asked.append(host)
            return next(answers)

        wide = reach(stranger, house)
        rebinding = Reach(wide.schemes, wide.ports, wide.allowed, look_up)
        # The same port at both, so that the name alone decides.
        urls = [
            f"http://turns.example:{one.port}/{number}"
            for number, one in enumerate([stranger, house, house])
        ]
        async with open_pictures(tmp_path / "p", reach=rebinding) as pictures:
            pictures.allow(dict.fromkeys(urls, "x:1"))
            # Asked once, and what was connected to is what was looked at.
            assert not await refused(pictures, urls[0])
            assert len(asked) == 1
            assert await refused(pictures, urls[1])
            assert await refused(pictures, urls[2])
        assert len(asked) == 3
        assert not house.asked


async def test_https_is_for_the_name_in_the_address(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pictures.example").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    async with serving(tls=context) as server, serving() as plain:
        server.onward["/down"] = f"{plain.address}/a.jpg"
        allowed = Reach(
            ports=frozenset({server.port, plain.port}),
            allowed=lambda address: str(address) == HOST,
            look_up=lambda *_: [HOST],
            tls=trusting,
        )
        urls = {
            f"https://{host}:{server.port}{path}": fine
            for host, path, fine in (
                ("pictures.example", "/a.jpg", True),
                ("other.example", "/b.jpg", False),
                ("pictures.example", "/down", False),
            )
        }
        async with open_pictures(tmp_path / "p", reach=allowed) as pictures:
            pictures.allow(dict.fromkeys(urls, "x:1"))
            for url, fine in urls.items():
                assert await refused(pictures, url) != fine, url
        assert server.hits == {"/a.jpg": 1, "/down": 1}
        assert not plain.asked


# --- what a stranger may answer -------------------------------------------------------------------


async def test_what_is_no_picture_is_refused_and_said_once_a_minute(
    stranger: Stranger,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = {
        "/bomb.png": ("image/png", huge_png(60_000, 60_000), "exceeds limit"),
        "/large.png": ("image/png", huge_png(8_000, 5_001), "megapixels"),
        "/truncated.jpg": ("image/jpeg", JPEG[:-200], "truncated"),
        "/head.png": ("image/png", PNG[:8], "no decoder"),
        "/liar.gif": ("image/gif", b"GIF89a" + bytes(400), "no decoder"),
        "/page.html": ("text/html", JPEG, "text/html"),
        "/page.jpg": ("image/jpeg", b"<html><script>alert(1)</script>", "not those of"),
        "/a.svg": ("image/svg+xml", SVG, "image/svg+xml"),
        "/svg.png": ("image/png", SVG, "not those of"),
        "/a.bmp": ("image/bmp", encoded(Image.new("RGB", (9, 9)), "BMP"), "image/bmp"),
        "/13.jpg": ("image/jpeg", JPEG + bytes(13 << 20), "more than 12 MB"),
        "/empty.jpg": ("image/jpeg", b"", "not those of"),
        "/broken": ("image/jpeg", JPEG, "answered 500"),
        "/packed": ("image/jpeg", b"", "not those of"),
    }
    stranger.says = {path: (kind, body) for path, (kind, body, _) in answers.items()}
    time = 1000.0
    allowed = reach(stranger)
    async with open_pictures(tmp_path / "p", reach=allowed, now=lambda: time) as pictures:
        urls = {f"{stranger.address}{path}?key=hidden": f"x:{path}" for path in answers}
        pictures.allow(urls)
        assert all(await asyncio.gather(*(refused(pictures, url) for url in urls)))
        said = [one for one in caplog.records if one.name == "eventlive.pictures"]
        assert len(said) == len(answers)
        for record in said:
            line = record.getMessage()
            path = line.partition(":")[2].partition(":")[0]
            assert answers[path][2] in line
            assert record.levelno == logging.WARNING
            assert record.exc_info is None
            assert "hidden" not in line
        # A failure is remembered for a minute; then it is tried anew, and may be mended by then.
        url = f"{stranger.address}/broken?key=hidden"
        time += 59
        assert await refused(pictures, url)
        assert set(stranger.hits.values()) == {1}
        time += 2
        assert await refused(pictures, url)
        assert stranger.hits["/broken"] == 2
    assert not [*(tmp_path / "p").iterdir()]


async def test_nobody_waits_for_long(
    stranger: Stranger,
    opened: Callable[[], AbstractAsyncContextManager[Pictures]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with opened() as pictures:
        slow, drip = f"{stranger.address}/gated", f"{stranger.address}/drip"
        pictures.allow({slow: "x:1", drip: "x:2"})
        # Who asked is told "not yet"; the fetch goes on, and who asks again gets it.
        with monkeypatch.context() as patch:
            patch.setattr(module, "WAIT_SECONDS", 0.05)
            assert await refused(pictures, slow)
        stranger.gate.set()
        assert not await refused(pictures, slow)
        assert stranger.hits["/gated"] == 1
        # A body that trickles is given up.
        stranger.gate.clear()
        with monkeypatch.context() as patch:
            patch.setattr(fetching, "FETCH_SECONDS", 0.2)
            async with asyncio.timeout(2):
                assert await refused(pictures, drip)
        assert "x:2: no picture from 127.0.0.1: it did not come within 0.2 s" in caplog.text
        # At the end nobody is kept waiting either.
        third = f"{stranger.address}/gated/3"
        pictures.allow({third: "x:3"})
        async with asyncio.timeout(2), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(refused(pictures, third), name="waits")
            await until(lambda: stranger.busy or None, "the fetch")
            pictures.end()
        assert waiting.result()
        pictures.allow({third: "x:3"})
        assert await refused(pictures, third)


# --- the decoder ----------------------------------------------------------------------------------


def decoder() -> int | None:
    """Find the process that decodes for this one."""
    for children in Path("/proc/self/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            if b"decoding.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


async def test_a_decoder_that_dies_or_hangs_costs_one_picture(
    stranger: Stranger,
    opened: Callable[[], AbstractAsyncContextManager[Pictures]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    large = encoded(Image.new("RGB", (4000, 3000)), "PNG", compress_level=1)
    stranger.says = {"/1": ("image/png", large), "/2": ("image/png", large)}
    killed, hung, fine = (f"{stranger.address}/{number}" for number in (1, 2, 3))
    monkeypatch.setenv("EVENTLIVE_LEAD_TOKEN", "a secret")
    async with opened() as pictures, asyncio.TaskGroup() as tasks:
        pictures.allow({killed: "x:1", hung: "x:2", fine: "x:3"})
        first = tasks.create_task(refused(pictures, killed), name="killed")
        pid = await until(decoder, "the decoder")
        most = 512 << 20, 512 << 20
        await until(lambda: resource.prlimit(pid, resource.RLIMIT_AS) == most or None, "its limits")
        # What it could tell whoever takes it over.
        assert b"EVENTLIVE" not in Path(f"/proc/{pid}/environ").read_bytes()
        assert os.getsid(pid) == pid
        os.kill(pid, signal.SIGKILL)
        assert await first
        assert "x:1: no picture from 127.0.0.1: its decoder was ended by signal 9" in caplog.text
        with monkeypatch.context() as patch:
            patch.setattr(scaling, "SCALE_SECONDS", 0.5)
            second = tasks.create_task(refused(pictures, hung), name="hung")
            pid = await until(decoder, "the decoder")
            os.kill(pid, signal.SIGSTOP)
            assert await second
        assert "x:2: no picture from 127.0.0.1: decoding it took longer than 0.5 s" in caplog.text
        assert not Path(f"/proc/{pid}").exists()
        assert not await refused(pictures, fine)


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.stdout.write('text/html\\n<script>')",
        "import sys; sys.stdout.write('image/jpeg\\n<script>')",
        "import sys; sys.stdout.write('image/svg+xml\\n<svg>')",
        "import sys; sys.stdout.buffer.write(b'image/png\\n\\x89PNG\\r\\n\\x1a\\n')",
        "raise SystemExit(3)",
        "import sys; sys.stdout.buffer.write(b'image/jpeg\\n\\xff\\xd8\\xff' + bytes(9 << 20))",
    ],
    ids=["html", "no picture", "svg", "not served", "nothing", "too much"],
)
async def test_a_decoder_taken_over_is_not_believed(
    program: str,
    stranger: Stranger,
    opened: Callable[[], AbstractAsyncContextManager[Pictures]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    evil = tmp_path / "decoding.py"
    evil.write_text(program, encoding="utf-8")
    monkeypatch.setattr(scaling, "DECODER", evil)
    url = f"{stranger.address}/a.jpg"
    async with opened() as pictures:
        pictures.allow({url: "x:1"})
        assert await refused(pictures, url)
    assert "something else than a picture" in caplog.text


# --- the shelf ------------------------------------------------------------------------------------


async def test_the_shelf_has_a_bound_and_lets_go_of_what_was_not_used_for_longest(
    stranger: Stranger, tmp_path: Path
) -> None:
    folder = tmp_path / "p"
    urls = [f"{stranger.address}/{number}" for number in range(4)]

    async def ask(number: int) -> None:
        # A full wall's worth is allowed each time; files' times differ by more than a tick.
        assert not await refused(pictures, urls[number])
        for age, file in enumerate(sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime)):
            os.utime(file, (age, age))

    async with open_pictures(folder, reach=reach(stranger)) as pictures:
        pictures.allow(dict.fromkeys(urls, "x:1"))
        await ask(0)
        size = sum(file.stat().st_size for file in folder.iterdir())
    room = 3 * size
    async with open_pictures(folder, reach=reach(stranger), room=room) as pictures:
        pictures.allow(dict.fromkeys(urls, "x:1"))
        for number in (1, 2, 0, 3):
            await ask(number)
        assert len([*folder.iterdir()]) == 3
        # It was 1 that went: 0 had been asked for again.
        for number in (0, 2, 3):
            await ask(number)
        assert set(stranger.hits.values()) == {1}
        await ask(1)
        assert stranger.hits["/1"] == 2
        await ask(2)
    # A smaller room after a restart: the last one used stays. Halves and strangers' files: no harm.
    (folder / "0f.part").write_bytes(b"half")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    async with open_pictures(folder, reach=reach(stranger), room=size) as pictures:
        pictures.allow(dict.fromkeys(urls, "x:1"))
        left = {file.name for file in folder.iterdir()}
        assert left == {"notes.txt", f"{pictures.address(urls[2]).rpartition('/')[2]}.jpg"}
        await ask(2)
        assert stranger.hits["/2"] == 1


async def test_a_file_gone_or_damaged_is_fetched_again_and_a_full_disk_stops_nothing(
    stranger: Stranger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "p"
    urls = [f"{stranger.address}/{number}" for number in range(3)]
    async with open_pictures(folder, reach=reach(stranger)) as pictures:
        pictures.allow(dict.fromkeys(urls, "x:1"))
        for url in urls[:2]:
            assert not await refused(pictures, url)
        names = [f"{pictures.address(url).rpartition('/')[2]}.jpg" for url in urls]
        (folder / names[0]).unlink()
        (folder / names[1]).write_bytes(b"<script>")
        for url in urls[:2]:
            assert seen((await got(pictures, url)).body).size == (320, 200)
        assert stranger.hits == {"/0": 2, "/1": 2}
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder", encoding="utf-8")
    async with open_pictures(in_the_way, reach=reach(stranger)) as pictures:
        pictures.allow(dict.fromkeys(urls, "x:1"))
        assert not await refused(pictures, urls[2])
    assert "can be kept in" in caplog.text
