"""Posts of the house on Bluesky before they leave: keys, texts, pictures, and what limits allow."""

import base64
import hashlib
import os
import re
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.errors import NotSent
from eventlive.model import Outgoing, OutletAccount, Picture
from feeds.bluesky import pictures, session
from feeds.bluesky.limits import WRITES, Limits
from feeds.bluesky.records import Keys, texts
from tests import parts

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = OutletAccount("main", "bluesky", "house.test")


def post(text: str, **fields: Any) -> Outgoing:
    return Outgoing("out-1", 1, "main", text, "anna", NOON, **fields)


# --- keys -----------------------------------------------------------------------------------------


@given(st.lists(st.integers(-(10**7), 10**7), max_size=50), st.integers())
def test_keys_are_valid_and_grow_whatever_the_clock_does(steps: list[int], seed: int) -> None:
    now = [NOON]
    keys = Keys(lambda: now[0], Random(seed))
    made = []
    for step in steps:
        now[0] += timedelta(microseconds=step)
        made.append(keys.next())
    assert made == sorted(set(made))
    # The pattern of atproto.com/specs/tid, and the moment that such a key stands for.
    valid = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
    assert all(valid.fullmatch(key) for key in made)
    digits = "234567abcdefghijklmnopqrstuvwxyz"
    fresh = Keys(lambda: NOON, Random(seed)).next()
    number = sum(digits.index(sign) << 5 * place for place, sign in enumerate(reversed(fresh)))
    assert number >> 10 == NOON.timestamp() * 1_000_000


def test_two_programs_of_one_account_do_not_meet() -> None:
    first, second = (Keys(lambda: NOON, Random(seed)).next() for seed in (1, 2))
    assert first[:11] == second[:11]
    assert first != second


# --- texts ----------------------------------------------------------------------------------------


def test_what_is_added_is_measured_and_the_warning_leads() -> None:
    signed = OutletAccount("main", "bluesky", "house.test", signature="/al")
    assert texts(post(" Doors open \n"), ACCOUNT) == ("Doors open",)
    assert texts(post("Doors open", warning="flashing lights"), signed) == (
        "CW: flashing lights\nDoors open /al",
    )
    assert texts(post("é" * 296), signed) == ("é" * 296 + " /al",)
    with pytest.raises(NotSent, match="301 graphemes; 300 is the limit"):
        texts(post("é" * 297), signed)
    with pytest.raises(NotSent, match="301 graphemes"):
        texts(post("é" * 295, warning="x"), ACCOUNT)
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"  # one for the reader, 18 bytes
    assert len(texts(post(family * 166), ACCOUNT)) == 1
    with pytest.raises(NotSent, match="bytes; 3000 is the limit"):
        texts(post(family * 167), ACCOUNT)
    with pytest.raises(NotSent, match="5 pictures; 4 is the limit"):
        texts(post("x", pictures=tuple(Picture(f"{n}.png") for n in range(5))), ACCOUNT)


def test_a_long_text_becomes_a_thread_where_the_script_says_so() -> None:
    threads = OutletAccount("main", "bluesky", "house.test", signature="/al", long="thread")
    text = " ".join(f"Sentence number {n} of many." for n in range(40))
    made = texts(post(text, warning="long"), threads)
    assert len(made) > 3
    assert made[0].startswith("CW: long\nSentence number 0")
    assert made[-1].endswith("of many. /al")
    assert all(len(part) <= 300 for part in made)
    assert " ".join(made) == f"CW: long\n{text} /al"
    with pytest.raises(NotSent, match="cannot be split"):
        texts(post("x" * 301), threads)


# --- pictures -------------------------------------------------------------------------------------


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x06"


def jpeg(width: int, height: int, exif: bytes = b"") -> bytes:
    app1 = b"Exif\0\0" + exif
    head = b"\xff\xd8" + b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    if exif:
        head += b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1
    return head + b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9


def exif(orientation: int, order: str) -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = [
        (0x010F, 2, 1, b"x\0\0\0"),
        (0x0112, 3, 1, struct.pack(f"{order}HH", orientation, 0)),
    ]
    table = b"".join(struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries)
    return mark + struct.pack(f"{order}IH", 8, len(entries)) + table


def webp(kind: bytes, rest: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + struct.pack("<I", len(rest)) + rest


SIZES = {
    "PNG": (png(640, 480), "image/png", 640, 480),
    "JPEG": (jpeg(640, 480), "image/jpeg", 640, 480),
    "JPEG, as it lies": (jpeg(640, 480, exif(3, "<")), "image/jpeg", 640, 480),
    "JPEG, upright": (jpeg(640, 480, exif(6, "<")), "image/jpeg", 480, 640),
    "JPEG, upright, other order": (jpeg(640, 480, exif(8, ">")), "image/jpeg", 480, 640),
    "JPEG, cut off": (jpeg(640, 480)[:22], "image/jpeg", 0, 0),
    "JPEG, its EXIF a lie": (jpeg(640, 480, b"II*\0\xff\xff\xff\xff"), "image/jpeg", 640, 480),
    "WebP": (
        webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480)),
        "image/webp",
        640,
        480,
    ),
    "WebP, lossless": (
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 639 | 479 << 14)),
        "image/webp",
        640,
        480,
    ),
    "WebP, extended": (
        webp(b"VP8X", b"\0" * 4 + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")),
        "image/webp",
        640,
        480,
    ),
}


@pytest.mark.parametrize("name", SIZES)
def test_a_pictures_kind_and_size_are_read_from_its_bytes(tmp_path: Path, name: str) -> None:
    data, mime, width, height = SIZES[name]
    (tmp_path / "any.name").write_bytes(data)
    blob = pictures.read(tmp_path, Picture("any.name", "a stage"))
    assert (blob.mime, blob.width, blob.height, blob.size) == (mime, width, height, len(data))
    assert blob.sha256 == hashlib.sha256(data).hexdigest()
    padded = blob.cid[1:].upper() + "=" * (-len(blob.cid[1:]) % 8)
    assert base64.b32decode(padded) == b"\x01\x55\x12\x20" + hashlib.sha256(data).digest()


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reading_fail(tail: bytes) -> None:
    for head in (b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", jpeg(1, 1)[:20]):
        for measure in (pictures._png, pictures._jpeg, pictures._webp):
            width, height = measure(head + tail)
            assert width >= 0
            assert height >= 0


def test_pictures_that_cannot_go(tmp_path: Path) -> None:
    folder = tmp_path / "script"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(png(1, 1))
    (folder / "film.gif").write_bytes(b"GIF89a")
    (folder / "large.png").write_bytes(png(9, 9).ljust(pictures.BYTES_MAX + 1, b"\0"))
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    for file, reason in {
        "none.png": "No such file",
        "film.gif": "neither JPEG nor PNG nor WebP",
        "large.png": "larger than 1,000,000 bytes, the limit",
        "../secret.png": "outside of the script's folder",
        "/etc/hostname": "outside of the script's folder",
        "link.png": "outside of the script's folder",
    }.items():
        with pytest.raises(NotSent, match=re.escape(reason)):
            pictures.read(folder, Picture(file))
    (folder / "just.png").write_bytes(png(9, 9).ljust(pictures.BYTES_MAX, b"\0"))
    assert pictures.read(folder, Picture("just.png")).size == pictures.BYTES_MAX
    os.truncate(folder / "just.png", 1 << 24)  # a film by mistake
    assert len(pictures.bytes_of(folder, "just.png")) == pictures.BYTES_MAX + 1


@pytest.mark.needs("pds")
def test_our_limits_for_pictures_are_those_of_the_lexicon() -> None:
    lexicon = parts.PDS / "node_modules/@atproto/pds/dist/lexicons/app/bsky/embed/images.defs.js"
    said = lexicon.read_text()
    assert re.findall(r"maxSize: (\d+)", said) == [str(pictures.BYTES_MAX)]
    assert re.findall(r"maxLength: (\d+)", said)[0] == str(pictures.MOST)


# --- limits ---------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_points_are_counted_and_come_back() -> None:
    clock = Clock()
    limits = Limits(WRITES, clock)
    for minute in range(50):
        clock.now = NOON + timedelta(minutes=minute)
        assert limits.until(100) is None
        limits.spend(100)
    # 5,000 an hour are spent; the first 100 come back when they are an hour old.
    assert limits.until(1) == NOON + timedelta(hours=1)
    assert limits.until(101) == NOON + timedelta(hours=1, minutes=1)
    clock.now = NOON + timedelta(hours=1)
    assert limits.until(100) is None
    assert limits.until(101) == NOON + timedelta(hours=1, minutes=1)


def test_a_days_points_are_counted_too() -> None:
    clock = Clock()
    limits = Limits(WRITES, clock)
    for hour in range(7):
        clock.now = NOON + timedelta(hours=hour)
        limits.spend(5_000)
    clock.now = NOON + timedelta(hours=8)
    assert limits.until(3) == NOON + timedelta(days=1)


def told(
    remaining: int, reset: datetime, now: datetime, policy: str = "5000;w=3600"
) -> dict[str, str]:
    return {
        "RateLimit-Limit": policy.partition(";")[0],
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(int(reset.timestamp())),
        "RateLimit-Policy": policy,
        "Date": format_datetime(now),
    }


def test_what_the_server_says_is_left_holds_until_its_reset() -> None:
    clock = Clock()
    limits = Limits(WRITES, clock)
    limits.take_in(told(4, NOON + timedelta(minutes=10), NOON))
    limits.take_in(told(2999, NOON + timedelta(minutes=2), NOON, "3000;w=300"))
    assert limits.until(4) is None
    assert limits.until(5) == NOON + timedelta(minutes=10)
    assert limits.sentences() == (
        "4 of 5,000 points until 12:10 UTC",
        "2,999 of 3,000 points until 12:02 UTC",
    )
    clock.now = NOON + timedelta(minutes=10)
    assert limits.until(5) is None
    assert limits.sentences() == ()


@pytest.mark.parametrize("skew", [timedelta(0), timedelta(hours=5), timedelta(days=-400)])
def test_a_servers_clock_may_say_something_else(skew: timedelta) -> None:
    limits = Limits(WRITES, Clock())
    theirs = NOON + skew
    limits.take_in(told(0, theirs + timedelta(minutes=10), theirs))
    assert limits.until(1) == NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "30"}, timedelta(seconds=30)),
        ({"Retry-After": "9999999"}, timedelta(days=1)),
        ({"RateLimit-Reset": "99999999999"}, timedelta(days=1)),
        ({"RateLimit-Reset": "0"}, timedelta(seconds=1)),
        ({"Retry-After": "soon"}, timedelta(minutes=5)),
        ({"RateLimit-Reset": "٣"}, timedelta(minutes=5)),
        ({}, timedelta(minutes=5)),
    ],
)
def test_a_refusal_for_its_number_always_ends(headers: dict[str, str], wait: timedelta) -> None:
    limits = Limits(WRITES, Clock())
    assert limits.refused(headers) == NOON + wait
    assert limits.until(1) == NOON + wait


# --- where an account lives -----------------------------------------------------------------------


def document(*services: object) -> dict[str, object]:
    return {"id": "did:plc:a", "service": list(services)}


def test_an_accounts_server_is_taken_from_its_document_and_never_a_less_protected_one() -> None:
    endpoint: Callable[[Any, str], str] = session._endpoint
    at = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer"}
    home = "https://home.example"
    there = document("x", at | {"serviceEndpoint": "https://there.example/"})
    assert endpoint(there, home) == "https://there.example"
    open_wire = document(at | {"serviceEndpoint": "http://there.example"})
    assert endpoint(open_wire, home) == home
    assert endpoint(open_wire, "http://127.0.0.1:1") == "http://there.example"
    for nothing in (None, 3, {}, document(), document(at), {"service": "x"}, {"service": 3}):
        assert endpoint(nothing, home) == home
