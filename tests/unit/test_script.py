"""The event script: every mistake is named with file, line, key and the nearest right spelling."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventlive.errors import Problem, ScriptError
from eventlive.script import examine, load, read
from eventlive.tables import Script

EVENT = '[event]\nid = "fair"\ntitle = "The fair"\n'
ACCOUNT = '[[accounts]]\nid = "main"\nhandle = "fair"\n'


def problems(text: str) -> list[Problem]:
    """Read a text that holds an event, and give what is wrong with it."""
    return read(text, "fair.toml")[1]


def only(text: str) -> Problem:
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def line_of(text: str, words: str) -> int:
    """Give the line on which words stand; they must stand on one alone."""
    (line,) = [number for number, row in enumerate(text.splitlines(), 1) if words in row]
    return line


# --- one mistake ----------------------------------------------------------------------------------

MISTAKES = [
    # the wrong words, their key, what the problem says, and what it proposes
    (EVENT + "titel = 'x'", "titel", "event.titel", "no key", "title"),
    (EVENT + "[wall]\ntitel = 'x'", "titel", "wall.titel", "no key", "title"),
    (EVENT + "[moderatoin]\nmode = 'auto'", "moderatoin", "moderatoin", "no table", "moderation"),
    (EVENT + "timezone = 'Europe/Helsinky'", "zone", "event.timezone", "zone", "Europe/Helsinki"),
    (EVENT + "timezone = 'europe/oslo'", "zone", "event.timezone", "time zone", "Europe/Oslo"),
    (EVENT + "timezone = 'CEST'", "zone", "event.timezone", "there is no time zone", "EST"),
    (EVENT + "starts = 2027-05-20T09:00:00", "starts", "event.starts", "zone", "+03:00"),
    (EVENT + "starts = 2027-05-20", "starts", "event.starts", "its hour", "09:00:00+03:00"),
    (EVENT + "starts = '2027-05-20T09:00:00Z'", "starts", "event.starts", "quot", "= 2027"),
    (EVENT + "[moderation]\nmode = 'aprove'", "aprove", "moderation.mode", "aprove", "approve"),
    (EVENT + "[moderation]\nstop = 'word'", "stop", "moderation.stop", "list", '["word"]'),
    (EVENT + "[wall]\ncards = '12'", "cards", "wall.cards", "whole number", "cards = 12"),
    (EVENT + "[wall]\ncards = 0", "cards", "wall.cards", "at least 1", ""),
    (EVENT + "[wall]\ncards = true", "cards", "wall.cards", "whole number", ""),
    (EVENT + "[wall]\naccent = 'red'", "accent", "wall.accent", "colour", "#1fa6a0"),
    (EVENT + "[outgoing]\ntake_back = nan", "take_back", "outgoing.take_back", "", ""),
    (EVENT + "[follow]\nhashtags = ['#two words']", "hashtags", "follow.hashtags", "hashtag", ""),
    (EVENT + "[follow]\nhashtags = ['#2027']", "hashtags", "follow.hashtags", "hashtag", ""),
    (EVENT + "[venue]\nbroker = 'localhost'", "broker", "venue.broker", "mqtt://", ""),
    (EVENT + "[venue]\nbroker = 'mqtt://h:99999'", "broker", "venue.broker", "mqtt://", ""),
    (EVENT + "[venue]\nbroker = 'mqtt://h:x'", "broker", "venue.broker", "mqtt://", ""),
    (EVENT + "[venue]\nbroker = 'mqtt://[x'", "broker", "venue.broker", "mqtt://", ""),
    (EVENT + "[[feeds]]\nkind = 'replai'\nid = 'r'", "replai", "feeds[0].kind", "kind", "replay"),
    (EVENT + "[[feeds]]\nid = 'r'\nfile = 'f'", "[[feeds]]", "feeds[0].kind", "missing", ""),
    (
        EVENT + "[[feeds]]\nkind = 'replay'\nid = 'r'\nflie = 'f'\nfile = 'f'",
        "flie",
        "feeds[0].flie",
        "no key",
        "file",
    ),
    (
        EVENT + "[[feeds]]\nkind = 'bluesky'\nid = 'b'\nhost = ['wss://x']",
        "host =",
        "feeds[0].host",
        "no key",
        "hosts",
    ),
    (
        EVENT + "[[feeds]]\nkind = 'bluesky'\nid = 'b'\nhosts = ['https://x']",
        "hosts",
        "feeds[0].hosts",
        "wss://",
        "",
    ),
    (EVENT + "[[accounts]]\nid = 'main'", "[[accounts]]", "accounts[0].handle", "missing", ""),
    (EVENT + "[[accounts]]\nid = 'Main!'\nhandle = 'x'", "Main!", "accounts[0].id", "an id", ""),
    (
        EVENT + ACCOUNT + "[[posts]]\nid = 'hi'\ntext = 'Hi'\naccount = 'mian'",
        "mian",
        "posts[0].account",
        "no account 'mian'",
        "main",
    ),
    (
        EVENT + ACCOUNT + "[[posts]]\nid = 'hi'\ntext = 'Hi'\nat = 2027-05-20T09:00:00",
        "at =",
        "posts[0].at",
        "zone",
        "+03:00",
    ),
    (
        EVENT + "[[people]]\nid = 'p'\nname = 'P'\nhandles = { bluesk = 'p.example' }",
        "bluesk",
        "people[0].handles.bluesk",
        "bluesk",
        "bluesky",
    ),
    (
        EVENT + "[[people]]\nid = 'p'\nname = 'P'\n[people.handles]\nbluesk = 'p.example'",
        "bluesk",
        "people[0].handles.bluesk",
        "bluesk",
        "bluesky",
    ),
    (
        EVENT + "[[segments]]\nid = 's'\ntitle = 'S'\nstarts = 0001-01-01T00:00:00+14:00",
        "starts",
        "segments[0].starts",
        "",
        "",
    ),
    (
        EVENT + "[[segments]]\nid = 's'\ntitle = 'S'\nstarts = 9999-12-31T23:59:59-12:00",
        "starts",
        "segments[0].starts",
        "",
        "",
    ),
    (EVENT + "[moderation]\nmute = ['gull']", "mute", "moderation.mute[0]", "network:handle", ""),
    (EVENT + "version = 2", "version", "event.version", "no key", ""),
    ("version = 2\n" + EVENT, "version", "version", "2 is none of 1", ""),
    (EVENT + 'link = "https://fair.example/' + "x" * 4000 + '"', "link", "event.link", "", ""),
    (EVENT + 'link = "javascript:alert(1)"', "link", "event.link", "", ""),
]


@pytest.mark.parametrize(("text", "words", "key", "says", "proposes"), MISTAKES)
def test_a_mistake_is_named_with_its_place(
    text: str, words: str, key: str, says: str, proposes: str
) -> None:
    problem = only(text)
    assert problem.file == "fair.toml"
    assert problem.key.startswith(key), problem
    assert problem.line == line_of(text, words), problem
    assert says in problem.message, problem
    assert proposes in str(problem), problem
    assert problem.severity == "error"
    assert str(problem).startswith(f"fair.toml:{problem.line}: {key}")
    assert len(str(problem)) < 1000


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("feeds", "kind = 'bluesky'"),
        ("accounts", "handle = 'h'"),
        ("people", "name = 'N'"),
        ("segments", "title = 'T'\nstarts = 2027-05-20T09:00:00Z"),
        ("posts", "text = 'x'"),
        ("reminders", "text = 'x'\nat = 2027-05-20T09:00:00Z"),
        ("answers", "text = 'x'"),
        ("facts", "statement = 'x'"),
        ("screens", "title = 'T'"),
        ("statements", "text = 'x'"),
    ],
)
def test_two_rows_with_one_id_are_named_with_both_lines(table: str, row: str) -> None:
    accounts = "" if table == "accounts" else ACCOUNT
    rows = "".join(f"[[{table}]]\nid = '{name}'\n{row}\n" for name in ("one", "two", "one"))
    text = EVENT + accounts + rows
    # Two segments at a time are a warning; here the ids are what matters.
    (problem,) = [one for one in problems(text) if one.severity == "error"]
    first, second = (
        number for number, line in enumerate(text.splitlines(), 1) if line == "id = 'one'"
    )
    assert (problem.line, problem.key) == (second, f"{table}[2].id")
    assert f"the first is on line {first}" in problem.message


def test_an_event_that_ends_before_it_starts_is_named() -> None:
    text = EVENT + "starts = 2027-05-20T12:00:00+03:00\nends = 2027-05-20T08:30:00Z\n"
    problem = only(text)
    assert (problem.key, problem.line) == ("event.ends", 5)


def test_a_segment_outside_the_event_is_named() -> None:
    times = "starts = 2027-05-20T09:00:00Z\nends = 2027-05-20T17:00:00Z\n"
    for start, wrong in [
        ("2027-05-20T08:59:59Z", True),
        ("2027-05-20T09:00:00Z", False),
        ("2027-05-20T20:00:00+03:30", False),
        ("2027-05-20T17:00:00Z", True),
    ]:
        text = EVENT + times + f"[[segments]]\nid = 's'\ntitle = 'S'\nstarts = {start}\n"
        assert [one.key for one in problems(text)] == ["segments[0].starts"] * wrong, start


def test_several_problems_come_at_once_each_with_its_line() -> None:
    text = """\
[event]
id = "fair"
title = ""
timezone = "Europe/Olso"
[wall]
cadrs = 3
[moderation]
mode = "aprove"
[[feeds]]
kind = "replay"
id = "r"
[[accounts]]
id = "main"
handel = "x"
"""
    found = [(problem.line, problem.key) for problem in problems(text)]
    assert sorted(found) == [
        (3, "event.title"),
        (4, "event.timezone"),
        (6, "wall.cadrs"),
        (8, "moderation.mode"),
        (9, "feeds[0].file"),
        (14, "accounts[0].handel"),
    ]


def test_several_cross_problems_come_at_once() -> None:
    text = EVENT + ACCOUNT * 2 + "[[posts]]\nid = 'a'\ntext = 'x'\naccount = 'nobody'\n" * 2
    assert [problem.key for problem in problems(text)] == [
        "accounts[1].id",
        "posts[0].account",
        "posts[1].id",
        "posts[1].account",
    ]


def test_a_word_on_both_lists_is_a_warning_and_no_more(tmp_path: Path) -> None:
    text = EVENT + "[moderation]\nstop = ['Casino']\nflag = ['casino']\n"
    problem = only(text)
    assert problem.severity == "warning"
    path = tmp_path / "fair.toml"
    path.write_text(text)
    assert load(path).moderation.flag == ["casino"]


# --- lines ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (EVENT + "\n\n  [ wall ]   # looks\n\n   titel = 'x'", 8),
        (EVENT + '["wall"]\n"titel" = "x"', 5),
        (EVENT + "wall.titel = 1", 4),
        ("wall.titel = 'x'\n" + EVENT, 1),
        ("wall = { titel = 'x' }\n" + EVENT, 1),
        (EVENT.replace("\n", "\r\n") + "[wall]\r\ntitel = 'x'\r\n", 5),
        (
            EVENT + "[[answers]]\nid = 'a'\ntext = '''\n[wall]\ntitel = 1\n'''\n[wall]\ntitel = 1",
            11,
        ),
        (EVENT + '[[answers]]\nid = "a"\ntext = """\ntitel = 1\n"""\n[wall]\ntitel = 1', 10),
        (EVENT + "[[answers]]\nid = 'a'\ntext = '''one line'''\n[wall]\ntitel = 1", 8),
        (EVENT + "[moderation]\nstop = [\n  'a',\n  'titel = 1',\n]\n[wall]\ntitel = 1", 10),
        (EVENT + "[moderation]\nstop = ['a']  # '''\n[wall]\ntitel = 1", 7),
        (EVENT + '# """\n[wall]\ntitel = 1', 6),
    ],
)
def test_a_line_is_found_however_it_is_written(text: str, line: int) -> None:
    problem = problems(text)[0]
    assert problem.line == line, problem
    assert "titel" in problem.key or problem.key == "event.wall"


# --- our own words --------------------------------------------------------------------------------

POST = EVENT + ACCOUNT + "[[posts]]\nid = 'p'\ntext = 'Hi'\n"
SEGMENT = EVENT + "[[segments]]\nid = 's'\ntitle = 'S'\nstarts = 2027-05-20T09:00:00Z\n"
ZONED = EVENT + "timezone = 'Europe/Oslo'\n"
REFUSED = {
    # a text
    "a number for a text": (SEGMENT + "room = 7", 'room = "7"'),
    "a number for an entry": (EVENT + "[moderation]\nstop = [7]", '"7"'),
    "a list for a text": (POST + "account = ['main', 'other']", "accounts = ["),
    "a table for a text": (EVENT.replace("'The fair'", "{}") + "link = {a = 1}", "no table"),
    "nothing for a text": (SEGMENT.replace("'S'", "''"), "nothing between"),
    "too much for a text": (SEGMENT.replace("'S'", f"'{'s' * 201}'"), "200 is the limit"),
    "a name for an id": (SEGMENT.replace("'s'", "'Sala Cañón'"), 'id = "sala-canon"'),
    "a name in a list of ids": (SEGMENT + "speakers = ['Ada Quay']", 'write "ada-quay"'),
    "a language's name": (EVENT + "language = 'Spanish'", 'language = "en"'),
    "a language with its country": (EVENT + "language = 'es-ES'", 'language = "es"'),
    "a colour without #": (EVENT + "[wall]\naccent = '1fa6a0'", 'accent = "#1fa6a0"'),
    "a colour of the theme": (EVENT + "[theme]\nground = '1fa6a0'", 'ground = "#1fa6a0"'),
    "a bare distance": (EVENT + "[wall]\ndistance = 20", 'distance = "20m"'),
    "a distance without m": (EVENT + "[wall]\ndistance = '20'", 'write "20m"'),
    "a distance in centimetres": (EVENT + "[wall]\nwidth = '350 cm'", 'write "3.5m"'),
    "a distance in feet": (EVENT + "[wall]\ndistance = '60 ft'", 'write "18.3m"'),
    "a distance of words": (EVENT + "[wall]\ndistance = 'far'", 'as in "20m"'),
    "an absurd distance": (EVENT + "[wall]\ndistance = '2000m'", "1 to 300 m"),
    "an absurd width": (EVENT + "[[screens]]\nid = 'a'\nwidth = '0.1m'", "0.2 to 100 m"),
    "corners in pixels": (EVENT + "[theme]\nround = '24px'", 'write "1.25rem"'),
    "corners without end": (EVENT + "[theme]\nround = '9rem'", "0rem to 4rem"),
    "one scene": (EVENT + "[wall]\nscenes = 'masonry, pair'", 'scenes = ["masonry", "pair"]'),
    "a scene for a screen": (SEGMENT + "scenes = { main = 'pair' }", 'main = ["pair"]'),
    "a number for scenes": (SEGMENT + "scenes = 3", "scenes = ["),
    "no screen at all": (SEGMENT + "scenes = {}", 'scenes = ["masonry"]'),
    "single brackets of sponsors": (EVENT + "[sponsors]\nname = 'A'", "[[sponsors]]"),
    "a short colour": (EVENT + "[wall]\naccent = '#1fa'", 'accent = "#11ffaa"'),
    "a link without https": (EVENT + "link = 'fair.example/x'", 'link = "https://fair.example/x"'),
    "a hashtag of two words": (EVENT + "[wall]\nhashtag = 'a b'", '"#ab"'),
    # true and false, numbers
    "a word for true": (POST + "promo = 'yes'", "promo = true"),
    "a number for false": (POST + "promo = 0", "promo = false"),
    "a text for a whole number": (SEGMENT + "minutes = '60 min'", "minutes = 60"),
    "half a minute": (SEGMENT + "minutes = 7.5", "minutes = 8"),
    "a length for minutes": (SEGMENT + "minutes = 09:30:00", "in digits"),
    "a comma in a number": (EVENT + "[goals]\nconversation = '0,5'", "conversation = 0.5"),
    "percent": (EVENT + "[goals]\nquestions_answered = 70", "questions_answered = 0.7"),
    "too little": (SEGMENT + "minutes = 0", "at least 1"),
    "too much": (SEGMENT + "minutes = 1441", "at most 1,440"),
    "not less": (EVENT + "[goals]\nconversation = 1.0", "less than 1"),
    # lists and tables
    "a text for a list": (POST + "accounts = 'main, other'", 'accounts = ["main", "other"]'),
    "an empty list": (EVENT + "[support]\naccount = 'a'\nkeywords = []", "at least 1"),
    "a list too long": (POST + f"rotate = {['a'] * 51}\nevery = '1:00'", "50 is the limit"),
    "a text for a table": (POST + "variants = 'Hola'", "{ name ="),
    "a list for a table": (EVENT + "[voice]\nbanned = ['a']", "{ name ="),
    "a bare picture": (POST + "pictures = ['a.png']", '{ file = "a.png", alt ='),
    "a picture that is no list": (POST + "pictures = 'a.png'", "[{ file ="),
    "single brackets": (EVENT + "[posts]\nid = 'p'", "[[posts]]"),
    "double brackets": (EVENT + "[[voice]]\ntags = 1", "write [voice]"),
    "a text for [voice]": ("voice = 'we'\n" + EVENT, "write [voice]"),
    "a text for [[posts]]": ("posts = ['Hi']\n" + EVENT, "write [[posts]]"),
    "no [event]": ("[wall]\ncards = 3", "write [event]"),
    # times and lengths
    "a time in quotation marks": (
        ZONED + "starts = '2027-05-20 9:00'",
        "2027-05-20T09:00:00+02:00",
    ),
    "a time without a zone": (ZONED + "starts = 2027-01-20T09:00:00", "2027-01-20T09:00:00+01:00"),
    "a day for a time": (ZONED + "starts = 2027-05-20", "= 2027-05-20T09:00:00+02:00"),
    "an hour for a time": (EVENT + "starts = 09:00:00", "its day"),
    "a tied segment": (SEGMENT.replace("2027-05-20T09:00:00Z", "'opening+05:00'"), "after ="),
    "a tied time in words": (POST + "at = 'talk + 5 min'", 'at = "talk+05:00"'),
    "a tied time with a dash": (POST + "at = 'talk.end–1h'", 'at = "talk.end-60:00"'),
    "a day for a post": (ZONED + POST[len(EVENT) :] + "at = 2027-05-20", "+02:00"),
    "a number for a length": (POST + "stale_after = 10", 'stale_after = "10:00"'),
    "an hour for a length": (POST + "stale_after = 00:10:00", 'stale_after = "10:00"'),
    "words for a length": (POST + "stale_after = '10 min'", 'stale_after = "10:00"'),
    # keys
    "a key of another table": (EVENT + "hashtags = ['#fair']", "[follow]"),
    "a table for a key": (EVENT + "posts = []", "[[posts]]"),
    "a key missing": (SEGMENT.replace("title = 'S'\n", ""), "write title = "),
    "another word": (SEGMENT + "by = 'Hand'", "'hand'"),
    "true for a word": (SEGMENT + "by = true", "clock, hand"),
}
NOT_TOML = {
    "typographic quotation marks": ("title2 = “x”", 'title2 = "x"'),
    "one of them": ('title2 = "x”', 'title2 = "x"'),
    "no quotation marks": ("title2 = a b", 'title2 = "a b"'),
    "none in a list": ("tags = [#a, b]", 'tags = ["#a", "b"]'),
    "no last quotation mark": ('title2 = "x', "at the end"),
    "quotation marks within": ('title2 = "a "b" c"', '\\"'),
    "half a tied time": ('at = "talk"+05:00', 'at = "talk+05:00"'),
    "a backslash": ('title2 = "C:\\Users"', "\\\\"),
    "no seconds": ("starts = 2027-05-20T09:00+03:00", "2027-05-20T09:00:00+03:00"),
    "a space and no seconds": ("starts = 2027-05-20 9:00", "2027-05-20T09:00:00"),
    "a German day": ("starts = 20.5.2027 09:00", "= 2027-05-20T09:00:00+03:00"),
    "no such day": ("starts = 2027-04-31T09:00:00Z", "no such day"),
    "an hour alone": ("starts = 09:00", "its day"),
    "a bare length": ("apart = 10:00", 'apart = "10:00"'),
    "True": ("promo = True", "promo = true"),
    "a decimal comma": ("take_back = 1,5", "take_back = 1.5"),
    "a unit": ("minutes = 60 min", "minutes = 60"),
    "no value": ("link =", "no value"),
    "no comma": ('accounts = ["a" "b"]', 'a comma is missing before "b"'),
    "no comma in a table": ("handles = { x = 'a' y = 'b' }", "a comma is missing before y"),
    "a last comma in a table": ("handles = { x = 'a', }", "no comma"),
    "no last bracket": ("accounts = ['a',", "']' is missing"),
    "a colon": ("title2: 'x'", "title2 = 'x'"),
    "colons in a table": ("handles = { 'x': 'a' }", "{ 'x' = 'a' }"),
    "square brackets for a table": ("variants = [ en = 'x' ]", "variants = { en = 'x' }"),
    "two words for a key": ("stale after = '10:00'", "stale_after"),
    "a remark": ("the programme follows", "#"),
    "no last bracket of a table": ("[[posts]", "write [[posts]]"),
    "a key behind a table": ("[wall] cards = 3", "alone on its line"),
    "a key twice": ("title = 'x'", "the first is on line 3"),
    "a table twice": ("[event]", "the first is on line 1"),
    "a key twice in braces": ("handles = { x = 'a', x = 'b' }", "'x' stands twice"),
}


@pytest.mark.parametrize(("text", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_told_in_our_words(text: str, hint: str) -> None:
    found = problems(text)
    assert any(hint in str(one) for one in found), found
    for one in found:
        assert not re.search(r"\bshould\b|Input|valid (string|list|dict)|pydantic", str(one)), one


@pytest.mark.parametrize(("row", "hint"), NOT_TOML.values(), ids=NOT_TOML)
def test_what_is_not_toml_is_told_in_our_words(row: str, hint: str) -> None:
    problem = only(EVENT + row + "\n")
    assert problem.line == 4
    assert hint in str(problem), problem
    assert not re.search(r"Invalid|Expected|Unclosed|Illegal|Cannot|Un[et]", str(problem)), problem


@pytest.mark.parametrize("more", ["text = 'x'", "[[posts]]", "[wall]", ""])
def test_a_list_that_is_not_closed_is_told_on_the_line_after_it(more: str) -> None:
    for row in ("tags = ['a',", "tags = ['a'", "tags = ["):
        problem = only(EVENT + f"{row}\n{more}\n")
        assert "']' is missing" in problem.message, problem
        assert problem.line in (4, 5)


def test_a_text_that_never_ends_is_named_where_it_begins() -> None:
    assert only(EVENT + 'link = """\nhttps://fair.example\n\n[wall]\ncards = 3\n').line == 4


def test_a_row_in_single_brackets_is_told_its_double_ones() -> None:
    rows = "[[people]]\nid = 'a'\nname = 'A'\n[people]\nid = 'b'\nname = 'B'\n"
    problem = only(EVENT + rows)
    assert (problem.line, problem.suggestion) == (7, "write [[people]]")


# --- not TOML -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (EVENT + "cards = \n", 4),
        (EVENT + "title = 'again'", 4),
        (EVENT + "[event]", 4),
        (EVENT + "= 3", 4),
        (EVENT + 'x = "\x00"', 4),
        (EVENT + "x = 'never ended", 4),
        (EVENT + "x = 25:61:00", 4),
        (EVENT + "x = 2027-13-45T00:00:00Z", 4),
        ("\x00", 1),
        ("{", 1),
    ],
)
def test_what_is_not_toml_is_named_with_its_line(text: str, line: int) -> None:
    script, found = read(text, "fair.toml")
    assert script is None
    assert [(one.file, one.line) for one in found] == [("fair.toml", line)]
    assert "not TOML" in found[0].message


DEEP = [
    "x = " + "[" * 100_000,
    "x = " + "[" * 100_000 + "]" * 100_000,
    "x = " + "{a=" * 100_000,
    "x." + ".".join("a" * 3_000) + " = 1",
    "[" + ".".join("a" * 3_000) + "]",
    EVENT + "[moderation]\nmode." + ".".join("a" * 3_000) + " = 1",
    EVENT + "[[feeds]]\nkind." + ".".join("a" * 3_000) + " = 1",
    EVENT + "timezone." + ".".join("a" * 3_000) + " = 1",
]
LONG = [
    "version = " + "1" * 5000,
    EVENT + "id2 = 0x" + "f" * 5000,
    EVENT + "language = 0x" + "f" * 5000,
    EVENT + "[wall]\ncards = 0x" + "f" * 5000,
    EVENT + "[outgoing]\ntake_back = 0x" + "f" * 5000,
    EVENT + "[outgoing]\ntake_back = " + "9" * 4000,
    EVENT + "[moderation]\nmode = 0x" + "f" * 5000,
    "version = 0x" + "f" * 5000 + "\n" + EVENT,
    EVENT + "[moderation]\nmode = '" + "x" * 1_000_000 + "'",
    '[event]\nid = "' + "x" * 1_000_000 + '"\ntitle = "x"',
    EVENT + "timezone = '" + "x" * 100_000 + "'",
    EVENT + "x" * 100_000 + " = 1",
    EVENT + "[[feeds]]\nkind = '" + "x" * 100_000 + "'",
    EVENT + "[[feeds]]\nid = 'r'\nkind = 0x" + "f" * 5000,
]


@pytest.mark.parametrize("text", DEEP + LONG, ids=lambda text: f"{text[-30:-10]}, {len(text)}")
def test_depth_and_length_are_problems_and_no_tracebacks(text: str) -> None:
    script, found = read(text, "fair.toml")
    assert script is None
    assert found
    assert all(one.severity == "error" for one in found)
    assert max(len(one.message) + len(one.suggestion) for one in found) < 2000


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "fair.toml"
    path.write_bytes(b"\xef\xbb\xbf" + EVENT.encode())
    assert load(path).event.id == "fair"


# --- any text at all ------------------------------------------------------------------------------

KEYS = st.sampled_from(
    "version event id title timezone language starts ends link follow hashtags keywords accounts"
    " feeds kind file hosts silent_after handle name network role limit people handles trusted"
    " segments minutes answers text posts account at moderation mode stop flag mute wall hashtag"
    " cards accent pictures venue broker outgoing take_back stale_minutes desk window"
    " claim_seconds x bluesky foo theme ground ink background round space screens scenes seconds"
    " distance width statements sponsors logo * left".split()
)
QUOTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12).map(
    lambda text: "'" + text.replace("'", "") + "'"
)
VALUES = st.recursive(
    st.one_of(
        st.sampled_from(
            "'replay' 'bluesky' 'approve' 'main' 'fair' 'Europe/Oslo' '#tag' 'mqtt://h:1' 1 0 -1"
            " 'paper' '#1fa6a0' '20m' 'masonry' ['masonry']"
            " 0.5 nan inf true 2027-05-20T09:00:00Z 2027-05-20T09:00:00 2027-05-20 09:00:00".split()
        ),
        QUOTED,
        st.integers().map(str),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: "[" + ", ".join(values) + "]"),
        st.lists(st.tuples(KEYS, inner), max_size=3, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{" + ", ".join(f"{key} = {value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=6,
)
ROWS = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    st.tuples(KEYS, KEYS, VALUES).map(lambda row: f"{row[0]}.{row[1]} = {row[2]}"),
    KEYS.map(lambda key: f"[{key}]"),
    KEYS.map(lambda key: f"[[{key}]]"),
    st.tuples(KEYS, KEYS).map(lambda keys: f"[{keys[0]}.{keys[1]}]"),
    st.text(max_size=15),
)


@given(st.lists(ROWS, max_size=25).map("\n".join), st.booleans())
@example("feeds = [{replay = 1, kind = 'replay', id = 'r', file = 'f'}]", True)
@example("feeds = [{kind = ['replay']}]", True)
@example("feeds = [1]", True)
@example("[[feeds]]\nkind = 'replay'\nreplay = 1\nid = 'r'\nfile = 'f'", True)
@example("people = [{id = 'p', name = 'n', handles = {x = {y = 1}}}]", True)
def test_whatever_is_written_is_read_or_refused(text: str, event: bool) -> None:
    """No text raises; each problem names a line of the text, and errors leave no script."""
    text = EVENT + text if event else text
    script, found = read(text, "fair.toml")
    assert script is not None or found
    assert isinstance(script, Script | None)
    for problem in found:
        assert problem.file == "fair.toml"
        assert problem.message
        assert 0 <= problem.line <= len(text.splitlines()) + 1
        assert str(problem)


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_file_is_given_is_loaded_or_refused(raw: str | bytes) -> None:
    import tempfile  # noqa: PLC0415 - a folder for each example

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fair.toml"
        body = raw if isinstance(raw, bytes) else raw.encode(errors="surrogatepass")
        path.write_bytes(body)
        with pytest.raises(ScriptError) as caught:
            load(path)
    assert caught.value.exit_code == 2
    assert "fair.toml" in str(caught.value)


# --- files ----------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"none\.toml.*No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(ScriptError, match="cannot be read"):
        load(tmp_path)


def test_a_replay_that_is_not_there_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "fair.toml"
    path.write_text(EVENT + "[[feeds]]\nkind = 'replay'\nid = 'r'\nfile = 'none.jsonl'\n")
    with pytest.raises(ScriptError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (7, "feeds[0].file")
    assert "none.jsonl" in problem.message


def test_every_event_that_comes_along_is_good() -> None:
    scripts = sorted((Path(__file__).parents[2] / "events").glob("*.toml"))
    assert scripts
    for path in scripts:
        assert read(path.read_text(encoding="utf-8"), str(path))[1] == []
        assert re.fullmatch(r"[a-z0-9-]+", load(path).event.id)


# --- networks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "handle", "words"),
    [
        ("x", "@house", ""),
        ("x", "house.example", "no handle on x"),
        ("x", "a_name_of_more_than_15", "no handle on x"),
        ("bluesky", "house.example.org", ""),
        ("bluesky", "@house", "a domain name"),
        ("mastodon", "house@social.example.org", ""),
        ("mastodon", "@house@localhost:3000", ""),
        ("mastodon", "house", "with its server"),
        ("rehearsal", "any thing", ""),
    ],
)
def test_a_handle_has_its_networks_form(network: str, handle: str, words: str) -> None:
    table = f'[[accounts]]\nid = "main"\nnetwork = "{network}"\nhandle = "{handle}"\n'
    found = problems(EVENT + table)
    assert bool(found) == bool(words)
    assert all(words in problem.message for problem in found)


@pytest.mark.parametrize(
    ("feed", "key", "words"),
    [
        ('kind = "x"\nid = "x"', "feeds[0].budget_usd", "missing"),
        ('kind = "x"\nid = "x"\nbudget_usd = 0.0', "feeds[0].budget_usd", "more than 0"),
        ('kind = "x"\nid = "x"\nbudget_usd = 5.0\nprices = {posts = 1.0}', "feeds[0]", "'post'"),
        ('kind = "mastodon"\nid = "m"\nservers = []', "feeds[0].servers", "at least 1"),
        ('kind = "mastodon"\nid = "m"\nservers = ["a.example"]', "feeds[0]", "https://host"),
        ('kind = "mastodon"\nid = "m"\nservers = ["http://a.example"]', "feeds[0]", "https://"),
        ('kind = "mastodon"\nid = "m"\nserver = "a"', "feeds[0].server", "no key"),
    ],
)
def test_what_a_feed_needs(feed: str, key: str, words: str) -> None:
    found = problems(f"{EVENT}[[feeds]]\n{feed}\n")
    assert any(one.key.startswith(key) and words in str(one) for one in found), found


def test_good_feeds_and_accounts() -> None:
    text = (
        EVENT
        + '[[feeds]]\nkind = "x"\nid = "x"\nbudget_usd = 20.0\nprices = {post = 0.01}\n'
        + '[[feeds]]\nkind = "mastodon"\nid = "m"\nservers = ["https://social.example.org"]\n'
        + '[[accounts]]\nid = "main"\nnetwork = "mastodon"\nhandle = "a@b.example"\nlimit = 5000\n'
        + 'role = "support"\nlanguage = "fi"\nsignature = "^AB"\nlong = "thread"\n'
    )
    assert problems(text) == []


def test_the_limit_of_x_is_its_own() -> None:
    table = '[[accounts]]\nid = "main"\nnetwork = "x"\nhandle = "house"\nlimit = 500\n'
    assert "leave it out" in problems(EVENT + table)[0].message


def test_a_picture_without_words_is_warned_of_and_one_that_is_missing_refused(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "event"
    folder.mkdir()
    (folder / "hall.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "text.png").write_bytes(b"no picture at all")
    (folder / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(16_000_000))
    (tmp_path / "outside.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    post = '[[posts]]\nid = "a"\ntext = "Hi"\npictures = [{file = "FILE", alt = "ALT"}]\n'
    path = folder / "fair.toml"
    for file, alt, severity in [
        ("hall.png", "The hall", ""),
        ("hall.png", "", "warning"),
        ("none.png", "The hall", "error"),
        ("text.png", "The hall", "error"),
        ("huge.png", "The hall", "error"),
        ("../outside.png", "The hall", "error"),
    ]:
        text = EVENT + ACCOUNT + post.replace("FILE", file).replace("ALT", alt)
        path.write_text(text, encoding="utf-8")
        found = examine(path)[1]
        assert [one.severity for one in found] == ([severity] if severity else [])
        assert all(one.key.startswith("posts[0].pictures[0]") for one in found)


@pytest.mark.parametrize(
    ("server", "account", "wrong"),
    [
        ("https://another.example", "fedi", True),
        ("https://b.example", "fedi", False),
        ("https://another.example", "house", False),
    ],
)
def test_a_feed_does_not_get_an_accounts_token_by_its_name(
    server: str, account: str, wrong: bool
) -> None:
    text = (
        EVENT
        + f'[[feeds]]\nkind = "mastodon"\nid = "fedi"\nservers = ["{server}"]\n'
        + f'[[accounts]]\nid = "{account}"\nnetwork = "mastodon"\nhandle = "a@b.example"\n'
    )
    assert [problem.key for problem in problems(text)] == (["feeds[0].id"] if wrong else [])


# --- the files of the screens ---------------------------------------------------------------------

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"
FONT, SVG = b"wOF2\0\1\0\0", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'
WEBP, MP4 = b"RIFF\0\0\0\0WEBPVP8 ", b"\0\0\0\x18ftypmp42"
WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm"
FILES = {
    # key, file, what it holds, how many bytes, what is wrong
    "an svg": ("wall.logo", "a.svg", SVG, 0, ""),
    "an svg with a mark before it": ("wall.logo", "a.svg", b"\xef\xbb\xbf" + SVG, 0, ""),
    "a png": ("wall.logo", "a.png", PNG, 0, ""),
    "a jpeg": ("sponsors.logo", "a.jpeg", JPEG, 0, ""),
    "a webp in a folder": ("sponsors.logo", "logos/a b.webp", WEBP, 0, ""),
    "a gif": ("wall.logo", "a.gif", b"GIF89a", 0, "is no file of this kind: svg, png, jpg, webp"),
    "a page": ("wall.logo", "a.svg", b"<html><body></body></html>", 0, "is no file of this kind"),
    "another suffix": ("wall.logo", "a.png", SVG, 0, "is svg inside: its name must end in .svg"),
    "2 MB": ("wall.logo", "a.png", PNG, 2_000_000, ""),
    "over 2 MB": ("sponsors.logo", "a.png", PNG, 2_000_001, "2,000,000 is the limit"),
    "a font": ("theme.font", "a.woff2", FONT, 2_000_000, ""),
    "a heavy font": ("theme.display", "a.woff2", FONT, 2_000_001, "2,000,000 is the limit"),
    "a font of old": ("theme.font", "a.woff2", b"\0\1\0\0", 0, "is no file of this kind: woff2"),
    "a background": ("theme.background", "a.jpg", JPEG, 8_000_000, ""),
    "a heavy background": ("theme.background", "a.webp", WEBP, 8_000_001, "8,000,000 is the limit"),
    "a drawing behind all": ("theme.background", "a.svg", SVG, 0, "is no file of this kind: jpg"),
    "a film": ("theme.background", "a.mp4", MP4, 20_000_000, ""),
    "a long film": ("theme.background", "a.webm", WEBM, 20_000_001, "~on a slow line"),
    "an endless film": ("theme.background", "a.mp4", MP4, 60_000_001, "60,000,000 is the limit"),
    "no film": ("theme.background", "a.webm", b"\x1aE\xdf\xa3matroska", 0, "no file of this kind"),
    "nothing": ("wall.logo", "a.svg", None, 0, "there is no file 'a.svg' beside the script"),
    "outside": ("wall.logo", "../a.svg", SVG, 0, "is not in the script's folder"),
    "a name with a null": ("theme.font", "a\\u0000.woff2", None, 0, "cannot be read"),
}


@pytest.mark.parametrize(("key", "file", "holds", "size", "wrong"), FILES.values(), ids=FILES)
def test_a_file_of_the_screens_is_what_its_name_says(
    tmp_path: Path, key: str, file: str, holds: bytes | None, size: int, wrong: str
) -> None:
    folder = tmp_path / "event"
    (folder / "logos").mkdir(parents=True)
    table, _, name = key.partition(".")
    head = "[[sponsors]]\nname = 'A'" if table == "sponsors" else f"[{table}]"
    path = folder / "fair.toml"
    path.write_text(f'{EVENT}{head}\n{name} = "{file}"\n', encoding="utf-8")
    if holds is not None:
        with (folder / file).open("wb") as there:
            there.write(holds)
            there.truncate(max(size, len(holds)))
    found = examine(path)[1]
    assert [one.severity for one in found] == (
        ["warning" if wrong.startswith("~") else "error"] if wrong else []
    )
    for one in found:
        assert wrong.removeprefix("~") in one.message
        assert one.key == key.replace("sponsors", "sponsors[0]")
        assert one.line == len(f"{EVENT}{head}\n".splitlines()) + 1
