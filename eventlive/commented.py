"""The text of a new event script, each key explained by a comment of its own.

Owns the words. Never asks, and never checks an answer: `new` has done that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from eventlive.schedule.naming import slug, unique
from eventlive.schedule.programme import line_of
from eventlive.schedule.writing import heading, toml_list, toml_string, toml_time

Mode = Literal["approve", "trusted", "auto"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known of an event before its script is written. Times are aware."""

    title: str
    starts: datetime
    ends: datetime
    timezone: str = "UTC"
    language: str = "en"
    hashtags: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    """Network and handle of each; none is a rehearsal."""
    feeds: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    budget_usd: float = 20.0
    mode: Mode = "approve"


def write_script(answers: Answers) -> str:
    """Write the event's script; every key has a comment that says what it does."""
    return "\n".join(_lines(answers)) + "\n"


def _lines(answers: Answers) -> Iterator[str]:
    yield from (
        f"# {line_of(answers.title, 120)}: an event script.",
        "#",
        "# It is meant to be changed. `eventlive check` says what is wrong with it, line by line;",
        "# `eventlive import` turns a programme into the tables of segments and people.",
        "",
        "# The version of this format. There is only one.",
        "version = 1",
        *_headed("What the event is"),
        "[event]",
        "# Names the store's file and the venue's topics; what is stored is found by it again.",
        f"id = {toml_string(slug(answers.title) or 'event')}",
        "# What people read: on the wall, and in the console.",
        f"title = {toml_string(answers.title)}",
        "# The clocks of console and wall show this zone.",
        f"timezone = {toml_string(answers.timezone)}",
        "# A time always needs its offset.",
        f"starts = {toml_time(answers.starts)}",
        "# Nothing of the programme may start later than this.",
        f"ends = {toml_time(answers.ends)}",
        "# The house's own language; posts come in any.",
        f"language = {toml_string(answers.language)}",
        "# Where the QR code on the wall leads:",
        '# link = "https://event.example.org"',
        *_headed("What to listen for"),
        "[follow]",
        "# The event's own hashtag first. Add one when the audience makes it.",
        f"hashtags = {toml_list(answers.hashtags)}",
        "# Words that count without any hashtag, such as the event's name in two words.",
        "keywords = []",
        "# Our own handles, as each network spells them: who mentions one speaks to us.",
        f"accounts = {toml_list(tuple(handle for _, handle in answers.accounts))}",
        *_headed("Where posts come from"),
        *_feed_tables(answers),
        *_headed("Accounts of the house"),
        *_account_tables(answers),
        *_headed("The programme, the people, what is written beforehand"),
        *_examples(answers),
        *_headed("The voice, and the goals"),
        *_HOUSE,
        *_headed("What may reach the screens"),
        "[moderation]",
        "# approve: what a person let through; trusted: posts of trusted people by themselves as",
        "# well; auto: all that no word below stops.",
        f"mode = {toml_string(answers.mode)}",
        "# Words that never reach a screen.",
        "stop = []",
        "# Words that ask for a person's look, in every mode.",
        "flag = []",
        "# Who is not heard, as network:handle.",
        "mute = []",
        *_headed("The screens"),
        "[wall]",
        "# Stands at the top of the wall.",
        f"title = {toml_string(answers.title)}",
        "# What the wall asks people to write; the first hashtag is the best.",
        f"hashtag = {toml_string(answers.hashtags[0] if answers.hashtags else '')}",
    )


def _examples(answers: Answers) -> tuple[str, ...]:
    """Write tables to begin with; each holds once its "# " is taken away."""
    minutes = round((answers.ends.timestamp() - answers.starts.timestamp()) / 60)
    return (
        "# Take the # away from what you want. A part of the programme: the rundown shows what is",
        "# on, what is next and how late it is.",
        "# [[segments]]",
        '# id = "opening"',
        '# title = "Opening"',
        f"# starts = {toml_time(answers.starts)}",
        f"# minutes = {max(1, min(45, minutes))}",
        '# speakers = ["anna"]',
        "",
        '# Whoever is listed is recognised by their handles; `trusted` is for the mode "trusted".',
        "# [[people]]",
        '# id = "anna"',
        '# name = "Anna Lind"',
        '# role = "speaker"                         # or press, partner, staff',
        '# handles = { bluesky = "anna.example.org" }',
        "# trusted = true",
        "",
        "# A post written beforehand: a draft, or with `at` one that leaves by itself. This one",
        "# comes a minute after the opening has begun, also where that is late.",
        "# [[posts]]",
        '# id = "we-begin"',
        '# text = "We have begun: {speaker.anna} opens the day."',
        '# at = "opening+01:00"                     # or a time: 2027-05-20T09:00:00+03:00',
    )


_HOUSE = (
    "# How the house speaks. That it says we, and never I, holds without a word here.",
    "# [voice]",
    '# banned = { "guys" = "everyone" }         # what we do not say, and how it should read',
    "",
    "# What the event is to achieve: how far it is stands in the console, and in the summary.",
    "# [goals]",
    "# questions_answered = 0.8                 # of all that were asked",
    "# answer_minutes = 15                      # until half of them have their answer",
    "# voices_on_wall = 40                      # different people",
)


def _headed(words: str) -> tuple[str, ...]:
    return "", "", heading(words), ""


def _feed_tables(answers: Answers) -> Iterator[str]:
    if not answers.feeds:
        yield "# None yet: posts come in once there is one of kind bluesky, mastodon, x or replay."
    for number, name in enumerate(answers.feeds):
        if number:
            yield ""
        yield from (
            "[[feeds]]",
            "# Names this feed in the console and in the log.",
            f"id = {toml_string(name)}",
        )
        match name:
            case "mastodon":
                yield "# Hashtags through these servers; a token makes it live (docs/networks.md)."
                yield 'kind = "mastodon"'
                yield "# Each sees what its own people follow: two or three see more than one."
                yield f"servers = {toml_list(answers.servers)}"
            case "x":
                yield "# Needs a token (docs/networks.md), and costs money for each post read."
                yield 'kind = "x"'
                yield "# Dollars in all; listening stops there, and says so before."
                yield f"budget_usd = {answers.budget_usd!r}"
            case _:
                yield "# All of Bluesky, without any account or key."
                yield 'kind = "bluesky"'


def _account_tables(answers: Answers) -> Iterator[str]:
    accounts = answers.accounts or (("rehearsal", slug(answers.title) or "event"),)
    taken: dict[str, int] = {}
    spoken: set[str] = set()
    yield "# Secrets stand in the environment, never here: docs/networks.md names them."
    for number, (network, handle) in enumerate(accounts):
        if number:
            yield ""
        yield from (
            "[[accounts]]",
            "# How posts name the account that sends them; `main` is taken where none is named.",
            f"id = {toml_string(unique('main' if not number else network, taken))}",
            "# Where it speaks. `rehearsal` keeps what would have gone out and sends nothing.",
            f"network = {toml_string(network)}",
            "# As the network spells it.",
            f"handle = {toml_string(handle)}",
            "# main, support or staff: the console shows which one speaks.",
            f'role = "{"staff" if network in spoken else "main"}"',
        )
        spoken.add(network)
