"""Lint over lines: their numbers, the keys of the JSON, a stream that never ends."""

from __future__ import annotations

import json
from itertools import chain, islice, repeat
from pathlib import Path

import pytest

from eventlive.__main__ import main
from eventlive.lint import findings
from eventlive.listening.voice_rules import VoiceRules


def test_each_line_is_a_text_with_its_number() -> None:
    lines = ["We are here\n", "I am here\r\n", "\n", "Now me"]
    found = [(each.line, each.start, each.end) for each in findings(lines, language="en")]
    assert found == [(2, 0, 1), (4, 4, 6)]


def test_the_json_has_exactly_these_keys() -> None:
    (found,) = findings(["Bin gleich da"], language="de")
    assert list(json.loads(found.json()).items()) == [
        ("line", 1),
        ("rule", "first-person-singular"),
        ("start", 0),
        ("end", 3),
        ("severity", "error"),
        ("message", '"Bin" is one person speaking: we say "wir"'),
        ("suggestion", "Wir sind"),
    ]


def test_a_person_reads_where_and_what_instead() -> None:
    (found,) = findings(["Now I am"], language="en")
    assert str(found) == (
        '1:5: error first-person-singular: "I" is one person speaking: we say "we" → we'
    )


def test_a_quotation_left_open_ends_with_its_line() -> None:
    found = findings(['She says: "I am\n', "I am\n"], language="en")
    assert [each.line for each in found] == [2]


def test_findings_come_while_the_stream_goes_on() -> None:
    endless = chain(["We wait"], repeat("I wait"))
    found = islice(findings(endless, language="en"), 3)
    assert [each.line for each in found] == [2, 3, 4]


def test_rules_and_network_reach_every_line() -> None:
    rules = VoiceRules(first_person=False, banned=(("stage", "hall"),))
    found = findings(["I am on stage"] * 2, language="en", network="x", rules=rules)
    assert [(each.line, each.suggestion) for each in found] == [(1, "hall"), (2, "hall")]


def test_a_line_that_does_not_show_its_language_is_in_the_events() -> None:
    lines = ["I dag opnar vi", "Eg veit", "I will check."]
    found = findings(lines, otherwise="no")
    assert [(each.line, each.suggestion) for each in found] == [(2, "Vi"), (3, "We")]


SCRIPT = """
[event]
id = "fair"
title = "Fair"
language = "no"
timezone = "Europe/Oslo"
starts = 2026-12-01T09:00:00+01:00
ends = 2026-12-01T17:00:00+01:00

[[accounts]]
id = "main"
network = "rehearsal"
handle = "fair"

[voice]
exclamations = false
banned = { cheap = "affordable" }
"""


def test_a_script_gives_the_voice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script, posts = tmp_path / "fair.toml", tmp_path / "posts.txt"
    script.write_text(SCRIPT)
    posts.write_text("Now cheap!!\nEg veit\n")
    assert main(["lint", "--script", str(script), str(posts), "--json"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["line"], each["rule"], each["suggestion"]) for each in found] == [
        (1, "banned-word", "affordable"),
        (2, "first-person-singular", "Vi"),
    ]
