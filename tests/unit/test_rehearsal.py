"""The rehearsal outlet: what would have gone out, a line each, found again after anything."""

import asyncio
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventlive.errors import NotSent, Unclear
from eventlive.model import Intent, Outgoing, Picture, Sent
from feeds.rehearsal import Rehearsal

NOW = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


def outlet(path: Path, limit: int = 300) -> Rehearsal:
    return Rehearsal(path, "fair", limit, lambda: NOW)


def outgoing(text: str = "Welcome", number: int = 1, attempt: int = 1) -> Outgoing:
    return Outgoing(f"out-{number}", 1, "main", text, "anna", NOW, attempt=attempt, answers="x:1")


async def intent(sender: Rehearsal, out: Outgoing) -> Intent:
    key, body = await sender.prepare(out, 0, ())
    return Intent(out.id, out.attempt, out.account, key, body, NOW)


async def test_what_is_sent_is_kept_and_found(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    sender = outlet(path)
    one = await intent(sender, outgoing('Tervetuloa 🎉\n\u2028 "hi"'))
    assert await sender.find(one) is None
    sent = await sender.send(one)
    assert (sent.id, sent.at) == (one.key, NOW)
    assert await sender.find(one) == sent
    (line,) = path.read_bytes().splitlines()
    kept = json.loads(line)
    assert kept["text"] == 'Tervetuloa 🎉\n\u2028 "hi"'
    assert (kept["account"], kept["handle"], kept["answers"]) == ("main", "fair", "x:1")
    assert set(kept) == {"key", "account", "handle", "text", "answers"}


async def test_all_that_would_have_gone_out_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    sender = outlet(path)
    out = replace(
        outgoing(),
        reply_to="1900",
        warning="flashing lights",
        language="fi",
        pictures=(Picture("stage.png", "The stage"), Picture("hall.png")),
    )
    one = await intent(sender, out)
    await sender.send(one)
    kept = json.loads(path.read_bytes())
    assert (kept["reply_to"], kept["warning"], kept["language"]) == (
        "1900",
        "flashing lights",
        "fi",
    )
    assert kept["pictures"] == [{"file": "stage.png", "alt": "The stage"}, {"file": "hall.png"}]
    await sender.delete(one.key)
    assert path.read_bytes() == b""


async def test_another_attempt_or_text_is_not_found_for_it(tmp_path: Path) -> None:
    sender = outlet(tmp_path / "kept.jsonl")
    await sender.send(await intent(sender, outgoing(number=1)))
    for other in (outgoing(number=2), outgoing(attempt=2), outgoing("Other")):
        assert await sender.find(await intent(sender, other)) is None
    assert await outlet(tmp_path / "kept.jsonl").find(await intent(sender, outgoing(number=1)))


@given(st.text(max_size=60), st.text(max_size=60))
async def test_the_frozen_bytes_are_the_same_every_time(text: str, other: str) -> None:
    sender = outlet(Path("unused"))
    assert await sender.prepare(outgoing(text), 0, ()) == await sender.prepare(
        outgoing(text), 0, ()
    )
    assert (
        await sender.prepare(outgoing(text), 0, ()) == await sender.prepare(outgoing(other), 0, ())
    ) == (text == other)
    key, body = await sender.prepare(outgoing(text), 0, ())
    assert body.endswith(b"\n")
    assert body.count(b"\n") == 1
    assert key in json.loads(body)["key"]


async def test_a_text_over_the_limit_is_certainly_not_sent() -> None:
    sender = outlet(Path("unused"), limit=50)
    assert await sender.parts(outgoing("ä" * 50)) == ("ä" * 50,)
    with pytest.raises(NotSent, match=r"51 characters; 50"):
        await sender.parts(outgoing("ä" * 51))


@pytest.mark.parametrize("cut", [1, 10, -1])
async def test_half_a_line_of_a_crash_is_no_send_and_spoils_none(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "kept.jsonl"
    sender = outlet(path)
    first = await intent(sender, outgoing(number=1))
    second = await intent(sender, outgoing(number=2))
    path.write_bytes(first.body[:cut])
    assert await sender.find(first) is None
    await sender.send(second)
    assert await sender.find(second)
    await sender.send(first)
    assert await sender.find(first)
    assert path.read_bytes().count(second.body) == 1


async def test_a_file_that_cannot_be_opened_is_certain(tmp_path: Path) -> None:
    sender = outlet(tmp_path)
    with pytest.raises(NotSent, match="directory"):
        await sender.send(await intent(sender, outgoing()))
    with pytest.raises(Unclear, match="directory"):
        await sender.find(await intent(sender, outgoing()))
    missing = outlet(tmp_path / "none" / "kept.jsonl")
    with pytest.raises(NotSent):
        await missing.send(await intent(missing, outgoing()))
    assert await missing.find(await intent(missing, outgoing())) is None


async def test_a_disk_that_fails_halfway_is_unclear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = outlet(tmp_path / "kept.jsonl")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unclear, match="No space left"):
        await sender.send(await intent(sender, outgoing()))
    with pytest.raises(Unclear, match="No space left"):
        await outlet(Path("/dev/full")).send(await intent(sender, outgoing()))


async def test_a_send_that_was_given_up_is_waited_for_by_who_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread cannot be cancelled: "not there" while it still writes would mean sending twice."""
    path = tmp_path / "kept.jsonl"
    sender = outlet(path)
    one = await intent(sender, outgoing())
    begun, go_on, really_open = threading.Event(), threading.Event(), Path.open

    def slowly(self: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        if mode.startswith("ab"):
            begun.set()
            go_on.wait(10)
        return really_open(self, mode, *more, **named)

    monkeypatch.setattr(Path, "open", slowly)
    sending = asyncio.create_task(sender.send(one))
    await asyncio.to_thread(begun.wait, 10)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    looking = asyncio.create_task(sender.find(one))
    done, _ = await asyncio.wait([looking], timeout=0.2)
    go_on.set()
    async with asyncio.timeout(10):
        found = await looking
    assert not done, "said whether it was there while it was still being written"
    assert found is not None
    assert path.read_bytes() == one.body


async def test_many_at_once_are_all_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    senders = [outlet(path) for _ in range(3)]
    ones = [await intent(senders[0], outgoing(f"Number {n} " + "x" * 200, n)) for n in range(60)]
    async with asyncio.TaskGroup() as tasks:
        for number, one in enumerate(ones):
            tasks.create_task(senders[number % 3].send(one))
    kept = path.read_bytes().splitlines(keepends=True)
    assert sorted(kept) == sorted(one.body for one in ones)


async def test_what_is_deleted_is_no_longer_kept(tmp_path: Path) -> None:
    sender = outlet(tmp_path / "kept.jsonl")
    first = await intent(sender, outgoing(number=1))
    second = await intent(sender, outgoing(number=2))
    for one in (first, second):
        await sender.send(one)
    for _ in range(2):  # a delete may be repeated
        await sender.delete(first.key)
    assert await sender.find(first) is None
    assert await sender.find(second)


async def test_it_signs_and_cuts_as_the_account_does(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    sender = Rehearsal(path, "fair", 60, lambda: NOW, "^AB", "thread")
    out = outgoing("Doors are open now. Come in, and leave your coats on the left side.")
    texts = await sender.parts(out)
    assert len(texts) == 2
    assert texts[-1].endswith(" ^AB")
    before: tuple[Sent, ...] = ()
    for part in range(2):
        key, body = await sender.prepare(out, part, before)
        sent = await sender.send(Intent(out.id, 1, "main", key, body, NOW, part=part))
        before = (*before, sent)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["text"] for line in lines] == list(texts)
    assert lines[1]["reply_to"] == before[0].id
    await sender.delete(before[1].id)
    assert len(path.read_text().splitlines()) == 1
