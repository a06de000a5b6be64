"""The checks: every mistake of a script at once, each on its line, and nothing in a right one."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventlive.checks.links import faults
from eventlive.checks.programme import plan
from eventlive.checks.words import voice_rules
from eventlive.commented import Answers, write_script
from eventlive.errors import Problem
from eventlive.listening.shorteners import SHORTENERS
from eventlive.script import examine, read
from eventlive.tables import Script, SegmentTable, Voice

ROOT = Path(__file__).parents[2]

# --- a whole script of mistakes -------------------------------------------------------------------

# Behind each mark stands the key, with a ~ before it where a warning is due. A mark holds for its
# own line; one alone on a line holds for the next.
SEEDED = '''\
version = 1

[event]
id = "fair"
title = "The fair"
timezone = "Europe/Helsinki"
starts = 2027-01-20T09:00:00+02:00
ends = 2027-01-20T18:00:00+03:00  # WRONG: ~event.ends
language = "en"
link = "https://fair.example:99999/"  # WRONG: event.link
titel = "again"  # WRONG: event.titel

[follow]
hashtags = ["#fair", "#casino"]  # WRONG: ~follow.hashtags[1]

[[feeds]]
id = "all"
kind = "bluesky"

[[accounts]]
id = "main"
network = "mastodon"
handle = "fair@social.example.org"
signature = "^crew"

[[accounts]]
id = "birds"
network = "x"
handle = "fair"

[[accounts]]
id = "sky"
network = "bluesky"
handle = "not a domain"  # WRONG: accounts[2].handle

[[accounts]]
id = "blue"
network = "bluesky"
handle = "fair.example.org"
language = "fi"

[[people]]
id = "ada"
name = "Ada Example"
handles = { x = "ada-example", mastodon = "ada@social.example.org" }  # WRONG: people[0].handles.x

[[people]]
id = "ada"  # WRONG: people[1].id
name = "Another Ada"
rule = "press"  # WRONG: people[1].rule

[[segments]]
id = "opening"
title = "Opening"
starts = 2027-01-20T09:00:00+02:00
minutes = 30
speakers = ["ada", "adda"]  # WRONG: segments[0].speakers[1]

[[segments]]
id = "keynote"
title = "Keynote"
starts = 2027-01-20T09:20:00+02:00  # WRONG: ~segments[1].starts
minutes = 40

[[segments]]
id = "panel"
title = "Panel"
after = "keynot"  # WRONG: segments[2].after
track = "b"
scenes = { left = ["pair"], rigth = ["masonry"] }  # WRONG: segments[2].scenes.rigth

[[segments]]
id = "hen"
title = "Hen"
after = "egg"  # WRONG: segments[3].after
track = "c"

[[segments]]
id = "egg"
title = "Egg"
after = "hen"  # WRONG: segments[4].after
track = "c"

[[segments]]
id = "party"
title = "Party"
starts = 2027-01-20T22:00:00+02:00  # WRONG: segments[5].starts

[[segments]]
id = "stand"
title = "The stand"
starts = 2027-01-20T10:00:00+02:00
minutes = "60"  # WRONG: segments[6].minutes

[[posts]]
id = "early"
text = "The doors open soon."
at = "opening-30:00"  # WRONG: ~posts[0].at

[[posts]]
id = "late"
text = "Thank you all."
at = 2027-01-21T09:00:00+02:00  # WRONG: posts[1].at

[[posts]]
id = "lost"
text = "The keynote is on."
at = "keynotes+05:00"  # WRONG: posts[2].at

[[posts]]
id = "one"
text = "Welcome, says {speaker.ada}."
at = 2027-01-20T09:05:10+02:00

[[posts]]
id = "two"
text = "Welcome to you too."
at = 2027-01-20T09:05:50+02:00  # WRONG: ~posts[4].at

[[posts]]
id = "before"
text = "The keynote will begin."
at = "keynote.end-45:00"  # WRONG: ~posts[5].at

[[posts]]
id = "long"
account = "birds"
# WRONG: posts[6].text
text = "WORDS"

[[posts]]
id = "variables"
segment = "opening"
# WRONG: posts[7].text
text = "Hear {speaker.adda} now."

[[posts]]
id = "untied"
text = "We are at {segment.title}."  # WRONG: posts[8].text

[[posts]]
id = "many-lines"
text = """
Welcome to the fair.

See https:// for the plan,  # WRONG: posts[9].text
and www.fair.example/map for the map,  # WRONG: ~posts[9].text
and http//fair.example for the rest.  # WRONG: posts[9].text
"""

[[posts]]
id = "singular"
text = "I am at the door."  # WRONG: posts[10].text

[[posts]]
id = "marks"
text = "Come in!!!"  # WRONG: ~posts[11].text

[[posts]]
id = "nobody"
text = "Who speaks?"
account = "mian"  # WRONG: posts[12].account

[[posts]]
id = "variants"
text = "Hello."
accounts = ["main", "blue"]
[posts.variants]
fi = "Tervetuloa."
fy = "Wolkom."  # WRONG: posts[13].variants.fy

[[posts]]
id = "pictures"
text = "See this."
pictures = [
  { file = "none.png", alt = "Nothing" },  # WRONG: posts[14].pictures[0].file
  { file = "hall.png" },  # WRONG: ~posts[14].pictures[1].alt
]

[[posts]]
id = "mentions"
accounts = ["birds"]
text = "Thanks to @ada@social.example.org."  # WRONG: ~posts[15].text

[[posts]]
id = "again"
account = "birds"
text = "The stand is open."
during = ["keynote"]
every = "20:00"  # WRONG: ~posts[16].every

[[posts]]
id = "sale-1"
text = "Cups in the shop."
at = 2027-01-20T11:00:00+02:00
promo = true

[[posts]]
id = "sale-2"
text = "Bags in the shop."
at = 2027-01-20T11:10:00+02:00
promo = true

[[posts]]
id = "sale-3"
text = "Hats in the shop."
at = 2027-01-20T11:20:00+02:00
promo = true  # WRONG: ~posts[19].promo

[[posts]]
id = "timeless"
text = "Half past?"
at = "half past nine"  # WRONG: posts[20].at

[[reminders]]
id = "water"
text = "Water for the stage"
at = "panell-10:00"  # WRONG: reminders[0].at

[[answers]]
id = "parking"
text = "Behind the hall: https://fair.example/parking"
account = "suport"  # WRONG: answers[0].account
valid_until = 2027-01-19T09:00:00+02:00  # WRONG: ~answers[0].valid_until

[[facts]]
id = "free"
statement = "The fair is free."
wrong = ["fair costs"]  # WRONG: ~facts[0].wrong

[support]
account = "help"  # WRONG: support.account
keywords = ["broken"]

[voice]
promotions = 2

[goals]
silence_minutes = 600
posts_a_day = 0  # WRONG: goals.posts_a_day

[moderation]
mode = "aprove"  # WRONG: moderation.mode
stop = ["casino"]
flag = ["Casino"]  # WRONG: ~moderation.flag[0]
mute = ["gull"]  # WRONG: moderation.mute[0]

[wall]
accent = "red"  # WRONG: wall.accent
theme = "papier"  # WRONG: wall.theme
scenes = ["masonry", "spotlihgt"]  # WRONG: wall.scenes[1]
distance = "20"  # WRONG: wall.distance
logo = "none.svg"  # WRONG: wall.logo
sponsors = "scene"  # WRONG: ~wall.sponsors

[theme]
ink = "#444444"  # WRONG: theme.ink
font = "hall.png"  # WRONG: theme.font
background = "hall.png"

[[screens]]
id = "left"
distance = "900m"  # WRONG: screens[0].distance

[[screens]]
id = "right"
distance = "40m"  # WRONG: ~screens[1].distance

[[screens]]
id = "left"  # WRONG: screens[2].id

[[statements]]
id = "quiet"
text = "I am quiet."  # WRONG: statements[0].text

[[sponsors]]
nmae = "Nobody"  # WRONG: sponsors[0].nmae

[[sponsors]]
name = "Brinebank"
logo = "../brine.svg"  # WRONG: sponsors[1].logo
'''.replace("WORDS", "word " * 60)


def marked(text: str) -> list[tuple[int, str, str]]:
    """Give line, key and severity of each mark."""
    rows = text.splitlines()
    found = []
    for number, row in enumerate(rows, 1):
        for mark in re.finditer(r"# WRONG: (~?)(\S+)", row):
            line = number + 1 if row.startswith("#") else number
            found.append((line, mark[2], "warning" if mark[1] else "error"))
    return sorted(found)


def test_every_mistake_of_a_script_is_named_at_once_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "hall.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    path = tmp_path / "fair.toml"
    path.write_text(SEEDED, encoding="utf-8")
    script, problems = examine(path)
    expected = marked(SEEDED)
    assert len(expected) >= 25
    assert script is None
    assert sorted((one.line, one.key, one.severity) for one in problems) == expected


def test_the_nearest_right_name_comes_with_it(tmp_path: Path) -> None:
    path = tmp_path / "fair.toml"
    path.write_text(SEEDED, encoding="utf-8")
    proposed = {one.key: one.suggestion for one in examine(path)[1]}
    for key, right in {
        "event.titel": "'title'",
        "people[1].rule": "'role'",
        "segments[0].speakers[1]": "'ada'",
        "segments[2].after": "'keynote'",
        "posts[2].at": "'keynote'",
        "posts[7].text": "{speaker.ada}",
        "posts[12].account": "'main'",
        "posts[13].variants.fy": "'fi'",
        "reminders[0].at": "'panel'",
        "moderation.mode": "'approve'",
        "segments[2].scenes.rigth": "'right'",
        "wall.theme": "'paper'",
        "wall.scenes[1]": "'spotlight'",
        "wall.distance": '"20m"',
        "theme.ink": 'ink = "#',
        "sponsors[0].nmae": "'name'",
    }.items():
        assert right in proposed[key], key


# --- one kind at a time, with its opposite --------------------------------------------------------

BASE = """\
[event]
id = "fair"
title = "The fair"
timezone = "Europe/Helsinki"
starts = 2027-05-20T09:00:00+03:00
ends = 2027-05-20T18:00:00+03:00
[[accounts]]
id = "main"
network = "mastodon"
handle = "fair@social.example.org"
[[accounts]]
id = "birds"
network = "x"
handle = "fair"
[[accounts]]
id = "sky"
network = "bluesky"
handle = "fair.example.org"
language = "fi"
[[accounts]]
id = "eve"
network = "x"
handle = "eve_example"
role = "staff"
first_person = true
[[people]]
id = "ada"
name = "Ada Example"
handles = { x = "ada_example", bluesky = "ada.example.org" }
[[segments]]
id = "talk"
title = "A talk"
starts = 2027-05-20T10:00:00+03:00
minutes = 60
speakers = ["ada"]
[[segments]]
id = "lunch"
title = "Lunch"
after = "talk"
minutes = 120
"""


def found(text: str, head: str = BASE) -> list[tuple[str, str]]:
    """Give key and severity of what is wrong with a base script and some more."""
    return [(one.key, one.severity) for one in read(head + text, "fair.toml")[1]]


def post(text: str = "Hello.", **keys: str) -> str:
    """Write a post's table; values as TOML has them."""
    rows = [f"{key} = {value}" for key, value in keys.items()]
    return "\n".join(["[[posts]]", 'id = "p"', f"text = '{text}'", *rows, ""])


def segment(name: str, **keys: str) -> str:
    rows = [f"{key} = {value}" for key, value in keys.items()]
    return "\n".join(["[[segments]]", f'id = "{name}"', 'title = "S"', *rows, ""])


E, W = "error", "warning"
SIGNED = """\
[[accounts]]
id = "signed"
network = "x"
handle = "signed"
signature = "^ab"
long = "refuse"
"""
SOURCE = "source = 'https://fair.example/open'\nvalid_until = 2027-05-21T08:00:00+03:00\n"
AT = "posts[0].at"
KINDS = {
    # the programme
    "a right segment": (segment("a", after='"lunch"'), []),
    "before the event": (
        segment("a", starts="2027-05-20T08:59:59+03:00", track='"b"', minutes="1"),
        [("segments[2].starts", E)],
    ),
    "follows out of the event": (
        segment("a", after='"lunch"', minutes="1440") + segment("b", after='"a"'),
        [("segments[3].after", E)],
    ),
    "two at a time": (
        segment("a", starts="2027-05-20T10:59:00+03:00", minutes="1"),
        [("segments[2].starts", W)],
    ),
    "two tracks": (segment("a", starts="2027-05-20T10:59:00+03:00", track='"b"'), []),
    "one after another": (segment("a", starts="2027-05-20T13:00:00+03:00"), []),
    "following nobody": (segment("a", after='"tlak"'), [("segments[2].after", E)]),
    "following itself": (segment("a", after='"a"'), [("segments[2].after", E)]),
    "a speaker who is not there": (
        segment("a", after='"lunch"', speakers='["ada", "bob"]'),
        [("segments[2].speakers[1]", E)],
    ),
    "winter's offset in summer": (
        segment("a", starts="2027-05-20T14:00:00+02:00"),
        [("segments[2].starts", W)],
    ),
    "UTC in summer": (segment("a", starts="2027-05-20T14:00:00Z"), []),
    # the screens
    "screens by name": (
        "[[screens]]\nid = 'left'\n"
        + segment(
            "a", after='"lunch"', scenes='{ left = ["pair"], main = ["test"], "*" = ["hold"] }'
        ),
        [],
    ),
    "a screen of no name": (
        segment("a", after='"lunch"', scenes='{ left = ["pair"] }'),
        [("segments[2].scenes.left", E)],
    ),
    "a scene of no name": (
        segment("a", after='"lunch"', scenes='["pear"]'),
        [("segments[2].scenes[0]", E)],
    ),
    "no scene at all": (segment("a", after='"lunch"', scenes="[]"), [("segments[2].scenes", E)]),
    "a scene alone": (segment("a", after='"lunch"', scenes='"pair"'), [("segments[2].scenes", E)]),
    "nothing to state": ("[wall]\nscenes = ['statement']\n", [("wall.scenes[0]", W)]),
    "something to state": (
        "[wall]\nscenes = ['statement']\n[[statements]]\nid = 's'\ntext = 'Come in.'\n",
        [],
    ),
    "nobody to thank": (
        "[[screens]]\nid = 'a'\nscenes = ['sponsors']\n",
        [("screens[0].scenes[0]", W)],
    ),
    "no pictures": ("[wall]\npictures = false\nscenes = ['pictures']\n", [("wall.scenes[0]", W)]),
    "sponsors that nobody sees": (
        "[wall]\nsponsors = 'scene'\n[[sponsors]]\nname = 'A'\n",
        [("wall.sponsors", W)],
    ),
    "sponsors in a segment": (
        "[wall]\nsponsors = 'scene'\n[[sponsors]]\nname = 'A'\n"
        + segment("a", after='"lunch"', scenes='["sponsors"]'),
        [],
    ),
    "a sponsor twice": (
        "[[sponsors]]\nname = 'A'\n[[sponsors]]\nname = 'a'\n",
        [("sponsors[1].name", W)],
    ),
    "a screen called main": ("[[screens]]\nid = 'main'\n", [("screens[0].id", E)]),
    "a statement twice": (
        "[[statements]]\nid = 's'\ntext = 'Come.'\n" * 2,
        [("statements[1].id", E)],
    ),
    "a statement with a word that is not ours": (
        "[[statements]]\nid = 's'\ntext = 'Attendees.'\n[voice]\nbanned = { attendees = '' }\n",
        [("statements[0].text", E)],
    ),
    "far, and wide": ("[wall]\ndistance = '100m'\nwidth = '20m'\n", []),
    "too far": ("[wall]\ndistance = '33m'\n", [("wall.distance", W)]),
    "not too far": ("[wall]\ndistance = '32m'\n", []),
    "too narrow": (
        "[wall]\ndistance = '20m'\n[[screens]]\nid = 'a'\nwidth = '2m'\n",
        [("screens[0].width", W)],
    ),
    "two accents": (
        "[wall]\naccent = '#1fa6a0'\n[theme]\naccent = '#1fa6a1'\n",
        [("wall.accent", W)],
    ),
    "ink that is read": ("[theme]\nink = '#ffffff'\n", []),
    "ink that is hardly read": ("[theme]\nink = '#a0a0a0'\n", [("theme.ink", W)]),
    "ink that is not read": ("[theme]\nink = '#555555'\n", [("theme.ink", E)]),
    "quiet words that are not read": ("[theme]\nquiet = '#333333'\n", [("theme.quiet", E)]),
    "a card on which nothing is read": ("[theme]\ncard = '#ffffff'\n", [("theme.card", E)]),
    "a light theme of one's own": (
        "[theme]\nground = '#ffffff'\ncard = '#f4f4f4'\nink = '#111111'\n",
        [],
    ),
    "any accent at all": ("[wall]\naccent = '#000000'\n", []),
    # when posts leave
    "while it is on": (post(at="2027-05-20T18:00:00+03:00"), []),
    "as it starts": (post(at="2027-05-20T09:00:00+03:00"), []),
    "no time at all": (post(at="7"), [(AT, E)]),
    "before it starts": (post(at="2027-05-20T08:59:59+03:00"), [(AT, W)]),
    "after its end": (post(at="2027-05-20T18:00:01+03:00"), [(AT, E)]),
    "tied": (post(at='"lunch.end-10:00"'), []),
    "tied to what follows, too late": (post(at='"lunch.end+5:00:01"'), [(AT, E)]),
    "tied, too early": (post(at='"talk-1:00:01"'), [(AT, W)]),
    "tied to nothing": (post(at='"lunhc+05:00"'), [(AT, E)]),
    "before its own start": (post(at='"talk.end-1:00:01"'), [(AT, W)]),
    "at its own start": (post(at='"talk.end-1:00:00"'), []),
    "about nothing": (post(segment='"tlak"'), [("posts[0].segment", E)]),
    "during nothing": (
        post(during='["talk", "lnch"]', every='"10:00"'),
        [("posts[0].during[1]", E)],
    ),
    "again at once": (post(during='["talk"]', every='"00:00"'), [("posts[0].every", E)]),
    "twice in a minute": (post(during='["talk"]', every='"00:59"'), [("posts[0].every", W)]),
    "another account in that minute": (
        post(at='"talk"') + post(at='"talk"', account='"eve"').replace('"p"', '"q"'),
        [],
    ),
    "the minute after": (
        post(at='"talk"') + post(at='"talk+01:00"').replace('"p"', '"q"'),
        [],
    ),
    "the same minute, by its other account": (
        post(at='"talk+00:59"', accounts='["main", "eve"]')
        + post(at="2027-05-20T10:00:00+03:00", account='"eve"').replace('"p"', '"q"'),
        [("posts[1].at", W)],
    ),
    "seconds later, in the next minute": (
        post(at="2027-05-20T12:00:50+03:00")
        + post(at="2027-05-20T12:01:10+03:00").replace('"p"', '"q"'),
        [("posts[1].at", W)],
    ),
    "side by side": (
        segment("bar", starts="2027-05-20T10:30:00+03:00", track='"b"')
        + post(during='["talk", "bar"]', every='"40:00"'),
        [("posts[0].during[1]", W)],
    ),
    "side by side, about each": (
        segment("bar", starts="2027-05-20T10:30:00+03:00", track='"b"')
        + post("On: {segment.title}", during='["talk", "bar"]', every='"40:00"'),
        [],
    ),
    "words in turn beside a variant": (
        post(
            during='["talk"]',
            every='"40:00"',
            accounts='["main", "sky"]',
            variants="{ sky = 'Hei.' }",
            rotate="['Hello again.']",
        ),
        [("posts[0].rotate", W)],
    ),
    "a variant again on X": (
        post(
            during='["talk"]',
            every='"20:00"',
            accounts='["main", "birds"]',
            variants="{ x = 'Hi.' }",
            rotate="['Hello again.']",
        ),
        [("posts[0].every", W), ("posts[0].rotate", W)],
    ),
    "a reminder while they build up": (
        "[[reminders]]\nid = 'r'\ntext = 'Chairs'\nat = 'talk-3:00:00'\n",
        [],
    ),
    "a reminder of another day": (
        "[[reminders]]\nid = 'r'\ntext = 'Chairs'\nat = 2027-05-21T09:00:00+03:00\n",
        [("reminders[0].at", W)],
    ),
    "the minute of one that comes again": (
        post(during='["lunch"]', every='"40:00"')
        + post(at="2027-05-20T11:40:00+03:00").replace('"p"', '"q"'),
        [("posts[1].at", W)],
    ),
    "again on X": (
        post(during='["talk"]', every='"20:00"', account='"birds"'),
        [("posts[0].every", W)],
    ),
    "again on X in other words": (
        post(during='["talk"]', every='"20:00"', account='"birds"', rotate='["Hi."]'),
        [],
    ),
    "on X about each in turn": (
        post("On: {segment.title}", during='["talk", "lunch"]', every='"3:00:00"', account='"eve"'),
        [],
    ),
    "again elsewhere": (post(during='["talk"]', every='"20:00"'), []),
    # what they say
    "no longer than X allows": (post("x" * 280, account='"birds"'), []),
    "longer than X allows": (post("x" * 281, account='"birds"'), [("posts[0].text", E)]),
    "a link counts 23": (
        post(f"Plan {'x' * 251} https://example.org/{'y' * 99}", account='"birds"'),
        [],
    ),
    "a variable counts what it says": (
        post("x" * 267 + " {speaker.ada}", account='"birds"'),
        [],
    ),
    "longer where the name is said": (
        post("x" * 290 + " {speaker.ada}", account='"sky"'),
        [("posts[0].text", E)],
    ),
    "a warning counts on X": (
        post("x" * 270, account='"birds"', warning='"spoilers"'),
        [("posts[0].text", E)],
    ),
    "a warning counts on Mastodon": (
        post("x" * 493, warning='"spoilers"'),
        [("posts[0].text", E)],
    ),
    "a signature fits": (SIGNED + post("x" * 276, account='"signed"'), []),
    "a signature counts": (
        SIGNED + post("x" * 277, account='"signed"'),
        [("posts[0].text", E)],
    ),
    "a thread": (SIGNED.replace("refuse", "thread") + post("ha " * 200, account='"signed"'), []),
    "a word too long for a thread": (
        SIGNED.replace("refuse", "thread") + post("x" * 300, account='"signed"'),
        [("posts[0].text", E)],
    ),
    "a variant is too long": (
        post(accounts='["main", "birds"]', variants="{ x = '" + "x" * 281 + "' }"),
        [("posts[0].variants.x", E)],
    ),
    "a variant makes it fit": (
        post("x" * 400, accounts='["main", "birds"]', variants="{ x = 'Short.' }"),
        [],
    ),
    "a turn is too long": (
        post(account='"birds"', during='["talk"]', every='"20:00"', rotate="['" + "x" * 281 + "']"),
        [("posts[0].rotate[0]", E)],
    ),
    "no words": (post(variants="{ mastodon = ' ' }"), [("posts[0].variants.mastodon", E)]),
    "a variable says what a link is": (post("{talk.title}: https://example.org/talk"), []),
    "a right variable": (post("{speaker.ada} on {talk.title}: {{.}}"), []),
    "an id alone": (post("With {ada}"), [("posts[0].text", W)]),
    "a variable in two braces": (post("With {{speaker.ada}}"), [("posts[0].text", W)]),
    "a variable not closed": (post("With {speaker.ada"), [("posts[0].text", W)]),
    "braces of a text's own": (post("{we} {{so}} {.}"), []),
    "what nobody knows": (post("{speakers.ada}"), [("posts[0].text", E)]),
    "nobody's segment": (post("{segment.title}"), [("posts[0].text", E)]),
    "the segment's": (post("{segment.title}, then {next.start}", at='"talk"'), []),
    "nothing is next": (post("{next.title}", at='"lunch"'), [("posts[0].text", W)]),
    "no room": (post("In {segment.room}", segment='"lunch"'), [("posts[0].text", E)]),
    "no link": (post("See {event.link}"), [("posts[0].text", E)]),
    "one person speaks": (post("I am here."), [("posts[0].text", E)]),
    "staff speak": (post("I am here.", account='"eve"'), []),
    "staff and house": (post("I am here.", accounts='["eve", "birds"]'), [("posts[0].text", E)]),
    "one person in Finnish": (
        post("Tarkistan asian.", account='"sky"'),
        [("posts[0].text", E)],
    ),
    "no words of ours": (post("{person.ada} said “I am here”."), []),
    "a variant's own language": (
        post(accounts='["main", "sky"]', variants="{ fi = 'Tarkistan asian.' }"),
        [("posts[0].variants.fi", E)],
    ),
    "no such variant": (post(variants="{ masto = 'Hi.' }"), [("posts[0].variants.masto", E)]),
    "a variant for another account": (
        post(variants="{ birds = 'Hi.' }"),
        [("posts[0].variants.birds", W)],
    ),
    # names
    "no such account": (post(accounts='["main", "brids"]'), [("posts[0].accounts[1]", E)]),
    "an account twice": (post(accounts='["main", "main"]'), [("posts[0].accounts[1]", W)]),
    "a handle of another network": (
        "[[people]]\nid = 'b'\nname = 'B'\nhandles = { bluesky = 'b', mastodon = 'b@c.example' }\n",
        [("people[1].handles.bluesky", E)],
    ),
    "X's mention": (post("With @ada_example.", account='"birds"'), []),
    "Bluesky's on X": (post("With @ada.example.org.", account='"birds"'), [("posts[0].text", W)]),
    "Mastodon's on X": (post("With @a@b.example.org", account='"birds"'), [("posts[0].text", W)]),
    "X's on Bluesky": (post("With @ada_example.", account='"sky"'), [("posts[0].text", W)]),
    "Bluesky's on Bluesky": (post("With @ada.example.org.", account='"sky"'), []),
    "Bluesky's on Mastodon": (post("With @ada.example.org."), [("posts[0].text", W)]),
    "Mastodon's on Mastodon": (post("With @ada@b.example and @crew, a@b.example."), []),
    "none in a link": (post("See https://fair.example/@ada", account='"sky"'), []),
    "a reminder of nothing": (
        "[[reminders]]\nid = 'r'\ntext = 'Water'\nat = 'tlak'\n",
        [("reminders[0].at", E)],
    ),
    "support": ('[support]\naccount = "eve"\nkeywords = ["x"]\n', []),
    "no support": ('[support]\naccount = "eva"\nkeywords = ["x"]\n', [("support.account", E)]),
    # answers and facts
    "an answer": ("[[answers]]\nid = 'a'\ntext = 'Behind the hall.'\naccount = 'main'\n", []),
    "an answer of nobody": (
        "[[answers]]\nid = 'a'\ntext = 'Behind the hall.'\naccount = 'man'\n",
        [("answers[0].account", E)],
    ),
    "an answer too long for some": (
        f"[[answers]]\nid = 'a'\ntext = '{'x' * 290}'\n",
        [("answers[0].text", W)],
    ),
    "an answer out of date": (
        "[[answers]]\nid = 'a'\ntext = 'No.'\nvalid_until = 2027-05-20T08:00:00+03:00\n",
        [("answers[0].valid_until", W)],
    ),
    "a fact": (
        "[[facts]]\nid = 'f'\nstatement = 'We are open {so}.'\nwrong = ['closed']\n" + SOURCE,
        [],
    ),
    "a fact without a source": (
        "[[facts]]\nid = 'f'\nstatement = 'I am sure.'\nwrong = ['closed']\n",
        [("facts[0].statement", E), ("facts[0].wrong", W)],
    ),
    "a fact that leads nowhere": (
        "[[facts]]\nid = 'f'\nstatement = 'So.'\nsource = 'https://fair/x'\n",
        [("facts[0].source", E)],
    ),
    "an answer in the event's language": (
        "[[answers]]\nid = 'a'\ntext = 'I am here.'\n",
        [("answers[0].text", E)],
    ),
    # one mistake, and what follows of it
    "a source that cannot be read": (
        "[[facts]]\nid = 'f'\nstatement = 'So.'\nwrong = ['not so']\nsource = 'fair.example'\n",
        [("facts[0].source", E)],
    ),
    "accounts that cannot be read": (
        post(accounts="'sky'", variants="{ fi = 'Hei.' }"),
        [("posts[0].accounts", E)],
    ),
    "a limit that cannot be read": (
        SIGNED.replace('"x"', '"rehearsal"').replace("long", "limit = '500'\nlong")
        + post("x" * 350, account='"signed"'),
        [("accounts[4].limit", E)],
    ),
    "a time that cannot be read, and silence": (
        "[goals]\nsilence_minutes = 60\n" + post(at="7"),
        [(AT, E)],
    ),
    "words that nobody listens for": (
        "[follow]\nkeywords = ['fair']\n",
        [("follow.keywords", W)],
    ),
    # the voice and the goals
    "a word of the house": (
        "[voice]\nbanned = { guys = 'all' }\ninclusive = { manned = 'staffed' }\n"
        + post("Hello guys: a manned desk."),
        [("posts[0].text", E), ("posts[0].text", W)],
    ),
    "a shortener of the house": (
        "[voice]\nshorteners = ['FAIR.link']\n" + post("The plan: https://fair.link/x"),
        [("posts[0].text", W)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), KINDS.values(), ids=KINDS)
def test_a_kind_of_mistake_and_its_opposite(text: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(found(text)) == sorted(expected)


def test_silence_is_measured_while_the_programme_is_on() -> None:
    goal = "[goals]\nsilence_minutes = 60\n"
    assert found(goal) == [("goals.silence_minutes", W)]
    # Every 40 minutes from 10 to 13; the last is at 12:20.
    again = post(during='["talk", "lunch"]', every='"40:00"')
    assert found(goal + again) == []
    assert found(goal.replace("60", "39") + again) == [("posts[0].every", W)] * 4
    # Nobody is expected to speak at night.
    night = segment("late", starts="2027-05-20T17:30:00+03:00").replace("05-20", "05-21")
    longer = BASE.replace("ends = 2027-05-20", "ends = 2027-05-21")
    assert found(goal + again + night, longer) == []
    noon = read(BASE + goal + post(at='"lunch"'), "fair.toml")[1]
    assert [(one.key, "120 min, from 11:00 to 13:00" in one.message) for one in noon] == [
        ("posts[0].at", True)
    ]


def test_promotions_in_a_row_are_counted_for_each_account() -> None:
    def sells(number: int, promo: str = "true", account: str = '"main"') -> str:
        at = f"2027-05-20T12:{number:02}:00+03:00"
        return post(at=at, promo=promo, account=account).replace('"p"', f'"p{number}"')

    row = sells(1) + sells(2)
    assert found(row) == []
    assert found(row + sells(3)) == [("posts[2].promo", W)]
    assert found(row + sells(3, "false") + sells(4)) == []
    assert found(row + sells(3, "true", '"eve"') + sells(4)) == [("posts[3].promo", W)]
    assert found("[voice]\npromotions = 3\n" + row + sells(3)) == []


def test_goals_need_somebody_and_some_time() -> None:
    bare = '[event]\nid = "fair"\ntitle = "The fair"\n'
    goals = "[goals]\nsilence_minutes = 60\nposts_a_day = 3\n"
    assert found(goals, bare) == [("goals.silence_minutes", W), ("goals.posts_a_day", W)]


def test_a_time_is_named_with_its_day_where_that_says_more() -> None:
    for at, said in [
        ("2027-05-20T18:30:00+03:00", "18:30 is after"),
        ("2027-05-21T09:30:00+03:00", "2027-05-21 09:30 is after"),
        ("2027-05-19T23:30:00+03:00", "2027-05-19 23:30 is before"),
    ]:
        (problem,) = read(BASE + post(at=at), "fair.toml")[1]
        assert problem.message.startswith(said)
    night = BASE.replace("ends = 2027-05-20T18", "ends = 2027-05-21T03")
    late = post(at="2027-05-21T01:30:00+03:00")
    (problem,) = read(night + late + late.replace('"p"', '"q"'), "fair.toml")[1]
    assert problem.message.endswith("at the same time, 01:30")


def test_an_hour_needs_the_events_zone() -> None:
    bare = BASE.replace('timezone = "Europe/Helsinki"\n', "")
    hour = post("Until {talk.end}")
    assert found(hour, bare) == [("event.timezone", W)]
    assert found(hour, bare.replace("[event]", '[event]\ntimezone = "UTC"')) == []
    assert found(hour, bare.replace("10:00:00+03:00", "07:00:00Z")) == []
    assert found(post("Welcome"), bare) == []


def test_the_line_is_the_row_that_is_meant() -> None:
    text = BASE + (
        "[[posts]]\nid = 'p'\ntext = '''\nAll is well.\n  I am here.\n'''\n"
        "during = ['talk']\nevery = '20:00'\nrotate = [\n  'All is well.',\n"
        '  \'My word!\',\n]\n[[posts]]\nid = \'q\'\ntext = """\\\n  I \\\n  am here."""\n'
    )
    lines = text.splitlines()
    problems = read(text, "fair.toml")[1]
    assert [lines[one.line - 1] for one in problems] == [
        "  I am here.",
        "  'My word!',",
        # A row that goes on in the next one stands nowhere as it is read: the key's line.
        'text = """\\',
    ]


def test_an_array_within_a_row_has_lines_of_its_own() -> None:
    picture = "[[posts.pictures]]\nfile = 'a.png'\nalt = 3\n"
    problems = read(BASE + post() + picture + post() + picture, "fair.toml")[1]
    wrong = [one.line for one in problems if one.key.endswith(".alt")]
    start = BASE.count("\n")
    assert wrong == [start + 6, start + 12]


def test_one_mistake_does_not_hide_or_cause_another() -> None:
    """Rows that cannot be read are known by their ids; only what is wrong itself is named."""
    for broken, key in [
        ("[[people]]\nid = 'bob'\nrole = 'speaker'\n", "people[1].name"),
        ("[[people]]\nid = 'bob'\nname = 7\n", "people[1].name"),
        ("[[segments]]\nid = 'bob'\ntitle = 'B'\n", "segments[2]"),
    ]:
        text = broken + segment("last", after='"lunch"', speakers='["ada"]')
        uses = "'bob+05:00'" if "segments" in broken else "'talk'"
        words = "{bob.title}" if "segments" in broken else "{speaker.bob}"
        assert found(text + post(words, at=uses)) == [(key, E)]
    late = post(at="2027-05-21T09:00:00+03:00")
    lost = post().replace("'Hello.'", "7") + late.replace('"p"', '"q"')
    assert found(lost) == [("posts[0].text", E), ("posts[1].at", E)]
    assert found("zone = 'x'\n" + late, BASE.replace("Helsinki", "Helsinky")) == [
        ("event.timezone", E),
        ("segments[1].zone", E),
        ("posts[0].at", E),
    ]
    # Whoever has no title has an event all the same.
    assert ("posts[0].at", E) in found(late, BASE.replace('title = "The fair"', "title = 7"))


# --- links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "https://fair.example",
        "(see https://fair.example/hall_(b)).",
        "«https://fair.example/a?b=c#d»!",
        "http://localhost:8080/ http://10.0.0.1:80/ https://[::1]/",
        "Mail a@fair.example.org, ask @fair.example.org",
        "24/7, and/or, i.e. v1.2/3, Harbour.net",
        "https://пример.example/тест",
    ],
)
def test_a_right_link_is_no_fault(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "severity", "says"),
    [
        ("See https://", E, "leads nowhere"),
        ("See https:// example.org/x", E, "a space breaks"),
        ("http//fair.example", E, "http://fair.example"),
        ("https:/example.org/x", E, "https://example.org/x"),
        (r"http:\\example.org", E, "http://example.org"),
        ("https ://fair.example", E, "https://fair.example"),
        ("https:///fair.example", E, "no host"),
        ("htttp://fair.example", E, "http"),
        ("ttps://fair.example", E, "https"),
        ("https://fair", E, "no dot"),
        ("https://fair/plan.html", E, "no dot"),
        ("https://https://fair.example", E, "no port"),
        ("https://fair.example:0/", E, "no port"),
        ("https://fair.example:65536/", E, "no port"),
        ("https://fair..example/", E, "no name"),
        ("https://-fair.example/", E, "no name"),
        ("http://10.0.0.256/", E, "no address"),
        ("https://fair.exmaple/", W, "exmaple"),
        ("https://fair.example/hall(b", W, "not closed"),
        ("www.fair.example", W, "https://www.fair.example"),
        ("Go to example.org/plan.", W, "https://example.org/plan"),
        ("Go to example.org.", W, "https://example.org"),
    ],
)
def test_a_dead_link_is_named_once(text: str, severity: str, says: str) -> None:
    (fault,) = faults(text)
    assert fault.severity == severity
    assert says in f"{fault.message} {fault.suggestion}"


# --- the plan -------------------------------------------------------------------------------------


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 5, 20, hour, minute, tzinfo=UTC)


def test_the_plan_of_fixed_following_and_both() -> None:
    rows = [
        SegmentTable(id="c", title="C", after="b", starts=at(9, 30), minutes=10),
        SegmentTable(id="b", title="B", after="a", minutes=45),
        SegmentTable(id="a", title="A", starts=at(9), minutes=30),
        SegmentTable(id="d", title="D", after="a", starts=at(12), minutes=10),
        SegmentTable(id="e", title="E", after="nobody"),
        SegmentTable(id="f", title="F", after="nobody", starts=at(8), minutes=10),
        SegmentTable(id="g", title="G", after="h"),
        SegmentTable(id="h", title="H", after="g", starts=at(7)),
        SegmentTable(id="i", title="I", after="g"),
        SegmentTable(id="a", title="A again", starts=at(3)),
    ]
    assert plan(rows) == {
        "a": (at(9), at(9, 30)),
        "b": (at(9, 30), at(10, 15)),
        "c": (at(10, 15), at(10, 25)),
        "d": (at(12), at(12, 10)),
        "f": (at(8), at(8, 10)),
    }


def test_a_thousand_in_a_row_are_planned() -> None:
    rows = [SegmentTable(id="s0", title="S", starts=at(9), minutes=1)]
    rows += [
        SegmentTable(id=f"s{n}", title="S", after=f"s{n - 1}", minutes=1) for n in range(1, 5000)
    ]
    rows.reverse()
    assert plan(rows)["s4999"].begins == at(9) + timedelta(minutes=4999)
    rows[-1] = SegmentTable(id="s0", title="S", after="s4999", minutes=1)
    assert plan(rows) == {}


def test_the_rules_of_a_voice() -> None:
    rules = voice_rules(
        Voice(tags=2, shouting=False, banned={"guys": "all"}, shorteners=["Our.Link"])
    )
    assert (rules.tags, rules.shouting, rules.first_person) == (2, False, True)
    assert rules.banned == (("guys", "all"),)
    assert rules.shorteners == SHORTENERS | {"our.link"}
    assert not voice_rules(Voice(), first_person=False).first_person
    assert not voice_rules(Voice(first_person=False)).first_person


# --- right scripts, any scripts, large scripts ----------------------------------------------------


def test_what_comes_along_is_right() -> None:
    for path in sorted((ROOT / "events").glob("*.toml")):
        assert read(path.read_text(encoding="utf-8"), path.name)[1] == []
    start = datetime(2027, 1, 20, 9, tzinfo=UTC)
    accounts = (("x", "fair"), ("bluesky", "fair.example.org"))
    for answers in (
        Answers("The fair", start, start + timedelta(hours=8)),
        Answers("The fair", start, start + timedelta(hours=8), "UTC", "fi", ("#fair",), accounts),
    ):
        assert read(write_script(answers), "new.toml")[1] == []


WORDS = """
    id text at every during rotate variants segment accounts account after starts minutes track
    "keynote" "keynote-99:00:00" "999:59:59" "0:00" [] {} [[]] -1 nan true 1e9 '' " " {next.title}
    {segment.} {{ }} @ https:// # \\u0000 \\U0010ffff 2000-01-01T00:00:00Z 2100-12-31T23:59:59-12:00
    [[posts]] [posts] [[segments]] [event] [voice] = , " ' \\
"""
BITS = st.sampled_from([*WORDS.split(), "\n", '"""', "'''"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(SEEDED)), st.integers(0, 60), BITS | st.text(max_size=5)),
        max_size=6,
    )
)
@example([(SEEDED.index("2027-01-20T09:00:00+02:00"), 4, "2100")])
@example([(SEEDED.index('"keynotes+05:00"'), 16, '"keynote.end-999:59:59"')])
def test_whatever_is_written_is_checked(changes: list[tuple[int, int, str]]) -> None:
    text = SEEDED
    for start, length, bit in changes:
        text = text[:start] + bit + text[start + length :]
    script, problems = read(text, "fair.toml")
    assert isinstance(script, Script | None)
    last = len(text.splitlines())
    for problem in problems:
        assert isinstance(problem, Problem)
        assert problem.message
        assert 0 <= problem.line <= last + 1
        assert len(str(problem)) < 2000


def test_three_hundred_segments_and_six_hundred_posts_take_no_time() -> None:
    rows = [BASE.replace("ends = 2027-05-20", "ends = 2027-05-28")]
    for n in range(300):
        after = "lunch" if n == 0 else f"s{n - 1}"
        rows.append(segment(f"s{n}", after=f'"{after}"', speakers='["ada"]', minutes="30"))
    for n in range(600):
        time_of = f'"s{n // 2}+{5 + n % 2 * 10:02}:00"'
        words = f"Number {n}: {{segment.title}} with {{speaker.ada}}, see https://fair.example/{n}"
        row = post(words, at=time_of, accounts='["main", "birds", "sky"]')
        rows.append(row.replace('id = "p"', f'id = "p{n}"'))
    text = "\n".join(rows)
    started = time.process_time()
    problems = read(text, "fair.toml")[1]
    assert time.process_time() - started < 2
    assert problems == []
