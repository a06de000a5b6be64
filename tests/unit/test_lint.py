"""Lint over lines: their numbers, the keys of the JSON, a stream that never ends."""

from __future__ import annotations

import json
from itertools import chain, islice, repeat

from eventlive.lint import findings
from eventlive.listening.voice import VoiceRules


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
