"""Half-written texts on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.engine_double import item
from tui.drafts import Draft, Drafts

_DEEP = b'[{"text":"a","account":"b","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}]"


def test_they_come_back(tmp_path: Path) -> None:
    asked = item("a")
    drafts = Drafts(tmp_path / "new" / "folder", "eevi")
    drafts.keep(Draft("hello [/red] 👋\n\ufeff", "main", open=True))
    drafts.keep(Draft("to you", "main", item=asked))
    drafts.write()
    again = Drafts(tmp_path / "new" / "folder", "eevi")
    again.load()
    assert again.all() == drafts.all()
    assert again.get("answer bluesky:a") == Draft("to you", "main", item=asked)
    (file,) = (tmp_path / "new" / "folder").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_those_of_an_earlier_version_still_load(tmp_path: Path) -> None:
    older = b'[{"text":"hello","account":"main","open":true,"handed_at":1.5}]'
    (tmp_path / "drafts-eevi.json").write_bytes(older)
    drafts = Drafts(tmp_path, "eevi")
    drafts.load()
    assert drafts.trouble == ""
    assert drafts.all() == [Draft("hello", "main", open=True, handed_at=1.5)]
    drafts.keep(Draft("to you", "main", item=item("a"), plain=True))
    drafts.keep(Draft("for all", "main", item=item("b"), wall=True))
    drafts.write()
    again = Drafts(tmp_path, "eevi")
    again.load()
    assert again.all() == drafts.all()


def test_an_empty_one_is_forgotten(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, "eevi")
    drafts.keep(Draft("hello", "main"))
    drafts.keep(Draft("  \n", "main"))
    assert drafts.all() == []


def test_nothing_is_written_where_nothing_was(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "folder", "eevi")
    drafts.load()
    drafts.write()
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("raw", [b"", b"[", b"{}", b"\xff\xfe", b'[{"text":1}]', _DEEP])
def test_a_damaged_file_is_put_aside(tmp_path: Path, raw: bytes) -> None:
    Drafts(tmp_path, "eevi")
    (tmp_path / "drafts-eevi.json").write_bytes(raw)
    drafts = Drafts(tmp_path, "eevi")
    drafts.load()
    assert drafts.all() == []
    assert "put aside" in drafts.trouble
    assert (tmp_path / "drafts-eevi.damaged").read_bytes() == raw


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    drafts = Drafts(tmp_path / "file" / "folder", "eevi")
    drafts.keep(Draft("hello", "main"))
    drafts.write()
    assert "cannot be kept" in drafts.trouble
    assert drafts.all() == [Draft("hello", "main")]


@pytest.mark.parametrize("who", ["../../etc/passwd", "a/b", "..", "", "ö\x00x"])
def test_a_name_is_no_path(tmp_path: Path, who: str) -> None:
    drafts = Drafts(tmp_path / "drafts", who)
    drafts.keep(Draft("hello", "main"))
    drafts.write()
    assert drafts.trouble == ""
    assert len(list((tmp_path / "drafts").iterdir())) == 1


def test_a_file_that_is_none_keeps_nothing_and_nothing_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "drafts-eevi.json")
    drafts = Drafts(tmp_path, "eevi")
    drafts.load()
    assert "no regular file" in drafts.trouble
    drafts.keep(Draft("hello", "main"))
    drafts.write()
    assert "cannot be kept" in drafts.trouble


def test_two_consoles_of_one_operator_keep_each_others_drafts(tmp_path: Path) -> None:
    one, other = Drafts(tmp_path, "eevi"), Drafts(tmp_path, "eevi")
    one.load()
    other.load()
    one.keep(Draft("a post", "main"))
    one.write()
    other.keep(Draft("an answer", "main", item=item("a")))
    other.write()
    later = Drafts(tmp_path, "eevi")
    later.load()
    assert [one.text for one in later.all()] == ["a post", "an answer"]
    one.forget("post")  # the engine has it
    one.write()
    later.load()
    assert [one.text for one in later.all()] == ["an answer"]


def test_they_are_bounded() -> None:
    drafts = Drafts(None, "eevi")
    for number in range(80):
        drafts.keep(Draft("x", "main", outgoing=str(number)))
    assert len(drafts) == 50
    assert drafts.get("outgoing 79") is not None
