"""Variables: their grammar, what they become on each network, and what is wrong with one."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from eventlive.listening.variables import (
    Missing,
    Names,
    Naming,
    fill,
    lookalikes,
    problem,
    variables,
)
from eventlive.model import Segment

NINE = datetime(2027, 5, 20, 9, tzinfo=UTC)
NAMES = Names(
    people={
        "ada": Naming(
            "Ada Quay",
            handles={
                "x": "ada_quay",
                "bluesky": "ada.example.org",
                "mastodon": "@ada@social.example.org",
            },
        ),
        "ines": Naming("Inés Faro", handles={"x": "@ines_faro"}),
        "bo": Naming("Bo Aalto", "Bo of the Harbour"),
    },
    title="Harbour Forum",
    hashtag="#harbourforum",
    link="https://example.org/forum",
    timezone="Europe/Helsinki",
)


def a_segment(id: str, **fields: Any) -> Segment:
    return Segment(
        **{"id": id, "version": 1, "title": id.title(), "starts": None, "minutes": 30, **fields}
    )


PROGRAMME = {
    each.id: each
    for each in (
        a_segment("opening", begins=NINE, ends=NINE + timedelta(minutes=30)),
        a_segment(
            "keynote",
            title="Who owns the {waterline}?",
            begins=NINE + timedelta(minutes=35),
            ends=NINE + timedelta(minutes=95),
            room="Ropewalk Hall",
            speakers=("ada", "bo", "ines"),
        ),
        a_segment("lunch", begins=NINE + timedelta(minutes=95), state="skipped"),
        a_segment("panel", begins=NINE + timedelta(hours=4), ends=NINE + timedelta(hours=5)),
        a_segment("late", begins=NINE + timedelta(hours=6), ends=NINE + timedelta(hours=7)),
        a_segment("workshop", track="Boats", begins=NINE + timedelta(hours=1)),
    )
}


def filled(
    text: str,
    network: str = "x",
    language: str = "en",
    segment: str = "keynote",
    segments: dict[str, Segment] = PROGRAMME,
    now: datetime = NINE,
) -> str:
    return fill(
        text,
        names=NAMES,
        network=network,
        language=language,
        segments=segments,
        segment=segment,
        now=now,
    )


def wrong(path: str, tied: bool = True) -> str:
    return problem(path, people=NAMES.people, segments=PROGRAMME, tied=tied)


# --- grammar -------------------------------------------------------------------------------------


def test_variables_are_found_with_their_places() -> None:
    text = "Now: {speaker.ada} on {{not.this}} { segment.title } {next}"
    assert [text[each.start : each.end] for each in variables(text)] == [
        "{speaker.ada}",
        "{ segment.title }",
        "{next}",
    ]
    assert [each.path for each in variables(text)] == ["speaker.ada", "segment.title", "next"]


@pytest.mark.parametrize(
    "text", ["{}", "{ }", "{a}", "{:-)", "{3.14}", "{a b.c}", "{.a}", "{a.}", "}{", "{'a': 1.b}"]
)
def test_other_braces_stay_as_they_are(text: str) -> None:
    assert variables(text) == ()
    assert filled(text) == text


def test_doubled_braces_are_literal_also_around_a_variable() -> None:
    assert filled("{{speaker.ada}}") == "{speaker.ada}"
    assert filled("{{{event.title}}}") == "{Harbour Forum}"


@given(st.text("ab{}. -@", max_size=60))
def test_any_text_survives_with_its_braces_doubled(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert variables(doubled) == ()
    assert filled(doubled) == text


@given(st.text())
def test_a_text_without_variables_is_unchanged(text: str) -> None:
    if not variables(text) and "{{" not in text and "}}" not in text:
        assert filled(text) == text


@pytest.mark.parametrize("odd", ["{", "{a.", "a.", "{a", "{ ", "}", "{-.", "{speaker"])
@pytest.mark.timeout(5)
def test_a_long_text_takes_no_time(odd: str) -> None:
    for text in (odd * 10_000, "{" + odd * 10_000):
        assert variables(text) == ()


PIECES = st.sampled_from(
    "{ } {{ }} . .name speaker person event segment next title link hashtag start end room track"
    " speakers ada bo ines nobody keynote lunch late workshop nowhere Ä 1 - @".split()
)


@given(
    text=st.lists(PIECES, max_size=12).map("".join),
    network=st.sampled_from(["x", "bluesky", "mastodon", "rehearsal", ""]),
    language=st.sampled_from(["en", "fi", "es", "it", "fr", ""]),
    segment=st.sampled_from(["", "nowhere", *PROGRAMME]),
    zone=st.sampled_from(["UTC", "Europe/Oslo", "No/Where", "", "../etc", "\0"]),
    state=st.sampled_from(["planned", "running", "ended", "skipped"]),
)
def test_filling_never_raises_but_for_what_is_missing(
    text: str, network: str, language: str, segment: str, zone: str, state: str
) -> None:
    programme = {
        id: replace(each, state=state, speakers=("ada", "gone")) for id, each in PROGRAMME.items()
    }
    for place in variables(text):
        assert text[place.start] == "{"
        assert text[place.end - 1] == "}"
    with suppress(Missing):
        said = fill(
            text,
            names=replace(NAMES, timezone=zone, link=""),
            network=network,
            language=language,
            segments=programme,
            segment=segment,
            now=NINE,
        )
        assert said == text or "{" in text or "}" in text


# --- people --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "ada", "ines", "bo"),
    [
        ("x", "@ada_quay", "@ines_faro", "Bo of the Harbour"),
        ("bluesky", "@ada.example.org", "Inés Faro", "Bo of the Harbour"),
        ("mastodon", "@ada@social.example.org", "Inés Faro", "Bo of the Harbour"),
        ("rehearsal", "Ada Quay", "Inés Faro", "Bo of the Harbour"),
    ],
)
def test_a_person_has_the_handle_of_the_network_or_a_name(
    network: str, ada: str, ines: str, bo: str
) -> None:
    for head in ("speaker", "person", "partner", "press", "staff"):
        text = f"{{{head}.ada}}, {{{head}.ines}}, {{{head}.bo}}"
        assert filled(text, network) == f"{ada}, {ines}, {bo}"
    named = "{speaker.ada.name}, {speaker.bo.name}"
    assert filled(named, network) == "Ada Quay, Bo of the Harbour"


@pytest.mark.parametrize(
    ("text", "network", "said"),
    [
        ("{speaker.ada}s Vortrag", "x", "Ada Quays Vortrag"),
        ("{speaker.ada}_", "x", "Ada Quay_"),
        ("x{speaker.ada}", "x", "xAda Quay"),
        ("{speaker.ada}'s talk", "x", "@ada_quay's talk"),
        ("{speaker.ada}:n puhe", "x", "@ada_quay:n puhe"),
        ("({speaker.ada}).", "x", "(@ada_quay)."),
        ("{speaker.ada}-led", "x", "@ada_quay-led"),
        ("{speaker.ada}-led", "bluesky", "Ada Quay-led"),
        ("{speaker.ada}.Next", "mastodon", "Ada Quay.Next"),
        ("{speaker.ada}. Next", "bluesky", "@ada.example.org. Next"),
        ("{segment.speakers}s", "bluesky", "Ada Quay, Bo of the Harbour and Inés Faros"),
    ],
)
def test_no_handle_grows_into_that_of_a_stranger(text: str, network: str, said: str) -> None:
    assert filled(text, network) == said


def test_a_value_is_not_looked_through_again() -> None:
    assert filled("{segment.title}") == "Who owns the {waterline}?"
    sly = {"keynote": a_segment("keynote", title="{event.link} {{")}
    assert filled("{segment.title}", segments=sly) == "{event.link} {{"


# --- the programme -------------------------------------------------------------------------------


def test_segments_say_what_they_are_in_the_events_zone() -> None:
    text = "{segment.title} {segment.start}-{segment.end} {segment.room}"
    assert filled(text) == "Who owns the {waterline}? 12:35-13:35 Ropewalk Hall"
    assert filled("klo {keynote.start}", language="fi") == "klo 12.35"
    assert filled("{workshop.track}, {event.title} {event.hashtag}: {event.link}") == (
        "Boats, Harbour Forum #harbourforum: https://example.org/forum"
    )


def test_summer_time_is_the_events() -> None:
    winter = {"keynote": a_segment("keynote", starts=datetime(2027, 1, 20, 9, tzinfo=UTC))}
    assert filled("{keynote.start}", segments=winter) == "11:00"


def test_next_is_the_earliest_planned_one_on_the_same_track() -> None:
    assert filled("{next.title} {next.start}", segment="opening").startswith("Who owns")
    assert filled("{next.title} {next.start}") == "Panel 16:00"
    sooner = {**PROGRAMME, "late": replace(PROGRAMME["late"], begins=NINE + timedelta(hours=3))}
    assert filled("{next.title}", segments=sooner) == "Late"
    with pytest.raises(Missing, match="nothing comes after 'workshop'"):
        filled("{next.title}", segment="workshop")


def test_what_waits_for_a_person_is_never_in_the_past() -> None:
    now = NINE + timedelta(minutes=50)
    by_hand = {"keynote": replace(PROGRAMME["keynote"], by="hand")}
    assert filled("{segment.start}", segments=by_hand, now=now) == "12:50"
    assert filled("{segment.start}", now=now) == "12:35"
    running = {"keynote": replace(by_hand["keynote"], state="running")}
    late = NINE + timedelta(minutes=100)
    assert filled("{segment.start} {segment.end}", segments=running, now=late) == "12:35 13:40"


@pytest.mark.parametrize(
    ("language", "first", "second", "said"),
    [
        ("en", "ada", "bo", "Ada and Bo"),
        ("fi", "ada", "bo", "Ada ja Bo"),
        ("de", "ada", "bo", "Ada und Bo"),
        ("no", "ada", "bo", "Ada og Bo"),
        ("nb", "ada", "bo", "Ada og Bo"),
        ("es", "ada", "bo", "Ada y Bo"),
        ("es", "ada", "inés", "Ada e Inés"),
        ("es", "ada", "íñigo", "Ada e Íñigo"),
        ("es", "ada", "hilda", "Ada e Hilda"),
        ("es", "ada", "yvonne", "Ada e Yvonne"),
        ("es", "ada", "hierro", "Ada y Hierro"),
        ("es", "ada", "yolanda", "Ada y Yolanda"),
        ("it", "ada", "bo", "Ada e Bo"),
        ("it", "ada", "elena", "Ada ed Elena"),
        ("it", "ada", "èlia", "Ada ed Èlia"),
        ("it", "ada", "ugo", "Ada e Ugo"),
        ("sv", "ada", "bo", "Ada & Bo"),
    ],
)
def test_speakers_are_joined_as_the_language_does(
    language: str, first: str, second: str, said: str
) -> None:
    names = Names({who: Naming(who.title()) for who in (first, second)})
    talk = a_segment("talk", speakers=(first, second))
    spoken = fill(
        "{talk.speakers}",
        names=names,
        network="x",
        language=language,
        segments={"talk": talk},
        segment="",
        now=NINE,
    )
    assert spoken == said


def test_speakers_have_their_handles() -> None:
    assert filled("{segment.speakers}") == "@ada_quay, Bo of the Harbour and @ines_faro"
    assert filled("{segment.speakers}", language="es").endswith("Harbour e @ines_faro")


# --- what is missing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "segment", "why"),
    [
        ("{speaker.adda}", "keynote", "nobody 'adda'"),
        ("{segment.title}", "", "tied to no segment"),
        ("{segment.title}", "gone", "no segment 'gone'"),
        ("{next.start}", "late", "nothing comes after 'late'"),
        ("{opening.room}", "", "'opening' has no room"),
        ("{opening.speakers}", "", "'opening' has no speakers"),
        ("{lunch.start}", "", "'lunch' was skipped"),
        ("{workshop.end}", "", "the end of 'workshop' is not known"),
        ("{gone.title}", "", "'gone' is neither a segment nor"),
    ],
)
def test_what_has_no_value_is_said(text: str, segment: str, why: str) -> None:
    with pytest.raises(Missing, match=why):
        filled(text, segment=segment)


@pytest.mark.parametrize("zone", ["No/Where", "", "../etc", "\0"])
def test_a_zone_that_this_machine_does_not_know_is_said(zone: str) -> None:
    with pytest.raises(Missing, match="there is no time zone"):
        fill(
            "{keynote.start}",
            names=replace(NAMES, timezone=zone),
            network="x",
            language="en",
            segments=PROGRAMME,
            segment="",
            now=NINE,
        )


def test_the_title_of_what_was_skipped_can_still_be_said() -> None:
    assert filled("{lunch.title} falls out") == "Lunch falls out"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("speaker.adda", "did you mean {speaker.ada}?"),
        ("press.Ines", "did you mean {press.ines}?"),
        ("speaker", "it needs a person's id"),
        ("speaker.ada.handle", "after a person comes .name or nothing"),
        ("speeker.ada", "did you mean {speaker.ada}?"),
        ("ada.name", "write {person.ada}"),
        ("keynot.title", "did you mean {keynote.title}?"),
        ("keynote.titel", "did you mean {keynote.title}?"),
        ("keynote.start.end", "'keynote' has no 'start.end'"),
        ("segment.tittle", "did you mean {segment.title}?"),
        ("segment", "of 'segment' it needs to say what: it has title, start"),
        ("next.speaker", "did you mean {next.speakers}?"),
        ("event.hashtags", "did you mean {event.hashtag}?"),
        ("www.example.org", "braces as such read {{ and }}"),
    ],
)
def test_what_is_wrong_is_said_with_the_nearest(path: str, said: str) -> None:
    assert said in wrong(path)


@pytest.mark.parametrize(
    "path",
    ["speaker.ada", "press.bo.name", "segment.title", "next.start", "lunch.end", "event.link"],
)
def test_nothing_is_wrong_with_what_is_right(path: str) -> None:
    assert wrong(path) == ""


def test_a_post_needs_a_segment_to_speak_of_its_own() -> None:
    assert "tied to no segment" in wrong("segment.title", tied=False)
    assert "tied to no segment" in wrong("next.title", tied=False)
    assert wrong("keynote.title", tied=False) == ""


# --- what was meant for one -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("{speaker.ada, come", ["{speaker.ada}"]),
        ("{{speaker.ada}}", ["{speaker.ada}"]),
        ("{ada} {talk} {hashtag}", ["{person.ada}", "{talk.title}", "{event.hashtag}"]),
        ("{speaker . ada}", ["{speaker.ada}"]),
        ("{segment.title {next.start}", ["{segment.title}"]),
        ("{speaker.ada} {{.}} {so} {} {12} } {{ we }} {we", []),
        ("{{{speaker.ada}}}", []),
    ],
)
def test_what_looks_like_a_variable_is_named_with_the_right_one(
    text: str, right: list[str]
) -> None:
    found = lookalikes(text, people={"ada"}, segments={"talk"})
    assert [one.right for one in found] == right
