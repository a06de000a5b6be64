"""A new event script: what is asked, and what a right answer is.

Owns the questions, their defaults and their reasons; the script's text is `commented`'s. Pure: the
asking, and the file, are `asking`'s. What may be wrong with a value is the tables' to say, so that
a script and its questions never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from eventlive.commented import Answers, Mode, write_script
from eventlive.schedule.moments import read_moment, read_time
from eventlive.schedule.programme import line_of, with_zone
from eventlive.tables import Account, Event, Follow, MastodonFeed, Moderation, XFeed

__all__ = ["Answers", "Question", "first_answers", "questions", "write_script"]

NETWORKS = ("bluesky", "mastodon", "x")
NONE = "-"
"""The answer that means: none of these."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `read` makes new answers of a text, and raises ValueError with the reason.

    `name` is a flag's; `default` and `asked` look at the answers so far.
    """

    name: str
    text: str
    default: Callable[[Answers], str]
    read: Callable[[str, Answers], Answers]
    asked: Callable[[Answers], bool] = lambda answers: True


def first_answers(today: date, zone: str = "UTC") -> Answers:
    """Give what is there before anybody answers: a day in a week from `today`, nine to five."""
    day = datetime.combine(today + timedelta(days=7), time(), ZoneInfo(zone))
    return Answers("", day.replace(hour=9), day.replace(hour=17), zone)


def questions() -> tuple[Question, ...]:
    """List what is asked, in order."""
    return (
        Question("title", "What is the event called", lambda so_far: so_far.title, _title),
        Question(
            "timezone",
            "In which time zone (such as Europe/Oslo)",
            lambda so_far: so_far.timezone,
            _timezone,
        ),
        Question(
            "starts",
            "When does it start (day and time, there)",
            lambda so_far: f"{so_far.starts:%Y-%m-%d %H:%M}",
            _starts,
        ),
        Question(
            "ends",
            "When does it end (a time of that day, or a day and a time)",
            lambda so_far: f"{so_far.ends:%Y-%m-%d %H:%M}",
            _ends,
        ),
        Question(
            "language",
            "In which language does the house speak (en, fi, de, no, es, it …)",
            lambda so_far: so_far.language,
            _language,
        ),
        Question(
            "hashtags",
            f"Which hashtags, the event's own first ({NONE} for none)",
            _own_hashtag,
            _hashtags,
        ),
        Question(
            "accounts",
            f"Which accounts speak, such as bluesky:house.example.org ({NONE} for a rehearsal)",
            lambda so_far: NONE,
            _accounts,
        ),
        Question(
            "feeds",
            f"Which networks are listened to: {', '.join(NETWORKS)} ({NONE} for none)",
            lambda so_far: "bluesky",
            _feeds,
        ),
        Question(
            "servers",
            "Through which Mastodon servers",
            _own_servers,
            _servers,
            lambda so_far: "mastodon" in so_far.feeds,
        ),
        Question(
            "budget",
            "How many dollars may listening on X cost in all",
            lambda so_far: f"{so_far.budget_usd:g}",
            _budget,
            lambda so_far: "x" in so_far.feeds,
        ),
        Question(
            "mode",
            "What reaches the wall: what a person approved, also trusted people, or all (auto)",
            lambda so_far: so_far.mode,
            _mode,
        ),
    )


# --- right answers --------------------------------------------------------------------------------


def _title(text: str, so_far: Answers) -> Answers:
    title = line_of(text, 120)
    if not title:
        raise ValueError("an event has a name")
    return replace(so_far, title=title)


def _timezone(text: str, so_far: Answers) -> Answers:
    _check(Event, id="event", title="Event", timezone=text)
    zone = ZoneInfo(text)
    starts, ends = so_far.starts.replace(tzinfo=zone), so_far.ends.replace(tzinfo=zone)
    return replace(so_far, timezone=text, starts=starts, ends=ends)


def _starts(text: str, so_far: Answers) -> Answers:
    starts = with_zone(read_moment(text, ""), ZoneInfo(so_far.timezone))
    # The end stays as far away as it was, until it is answered.
    return replace(so_far, starts=starts, ends=starts + (so_far.ends - so_far.starts))


def _ends(text: str, so_far: Answers) -> Answers:
    zone = ZoneInfo(so_far.timezone)
    try:
        of_day = read_time(text)
    except ValueError:
        ends = with_zone(read_moment(text, ""), zone)
    else:
        ends = with_zone(datetime.combine(so_far.starts.date(), time()) + of_day, zone)
    if ends.timestamp() <= so_far.starts.timestamp():
        raise ValueError(f"it must end after it starts, {so_far.starts:%Y-%m-%d %H:%M}")
    return replace(so_far, ends=ends)


def _language(text: str, so_far: Answers) -> Answers:
    code = text.casefold()
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError(f"{line_of(text, 40)!r} is no language's code: two or three letters")
    return replace(so_far, language=code)


def _hashtags(text: str, so_far: Answers) -> Answers:
    tags = tuple(f"#{part.lstrip('#＃')}" for part in _parts(text))
    different = tuple({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]
    _check(Follow, hashtags=list(different))
    return replace(so_far, hashtags=different)


def _accounts(text: str, so_far: Answers) -> Answers:
    found = []
    for part in _parts(text.replace(": ", ":")):
        network, _, handle = part.partition(":")
        network, handle = network.casefold(), handle.removeprefix("@")
        if network not in NETWORKS or not handle:
            raise ValueError(
                f"{line_of(part, 60)!r} must read network:handle, the network one of"
                f" {', '.join(NETWORKS)}"
            )
        _check(Account, id="main", network=network, handle=handle)
        found.append((network, handle))
    return replace(so_far, accounts=tuple(dict.fromkeys(found)))


def _feeds(text: str, so_far: Answers) -> Answers:
    names = [part.casefold() for part in _parts(text)]
    if odd := [name for name in names if name not in NETWORKS]:
        raise ValueError(f"{line_of(odd[0], 40)!r} is none of {', '.join(NETWORKS)}")
    return replace(so_far, feeds=tuple(name for name in NETWORKS if name in names))


def _servers(text: str, so_far: Answers) -> Answers:
    servers = tuple(
        dict.fromkeys(part if "://" in part else f"https://{part}" for part in _parts(text))
    )
    _check(MastodonFeed, kind="mastodon", id="mastodon", servers=list(servers))
    return replace(so_far, servers=servers)


def _budget(text: str, so_far: Answers) -> Answers:
    try:
        dollars = float(text.strip("$ ").replace(",", "."))
    except ValueError as error:
        raise ValueError(f"{line_of(text, 40)!r} is no number of dollars") from error
    _check(XFeed, kind="x", id="x", budget_usd=dollars)
    return replace(so_far, budget_usd=dollars)


def _mode(text: str, so_far: Answers) -> Answers:
    word = text.casefold()
    _check(Moderation, mode=word)
    return replace(so_far, mode=cast(Mode, word))


def _parts(text: str) -> list[str]:
    return [] if text.strip() == NONE else [part for part in re.split(r"[\s,;]+", text) if part]


def _check(model: type[BaseModel], **values: Any) -> None:
    """Ask a table about values. Raises ValueError with its reason."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        raise ValueError(str(detail["msg"]).removeprefix("Value error, ")) from error


# --- defaults that follow from other answers ------------------------------------------------------


def _own_hashtag(so_far: Answers) -> str:
    tag = "#" + re.sub(r"[^\w]|_", "", so_far.title.casefold())
    try:
        return _hashtags(tag, so_far).hashtags[0] if len(tag) <= 30 else NONE
    except (ValueError, IndexError):
        return NONE


def _own_servers(so_far: Answers) -> str:
    own = [handle.rpartition("@")[2] for name, handle in so_far.accounts if name == "mastodon"]
    return ", ".join(f"https://{host}" for host in dict.fromkeys(own)) or "https://mastodon.social"
