"""What each part of the engine gets of the script.

Owns the translation from the script's tables to the rules and things of desk, listening and
consoles. Pure: opens nothing and looks at no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import get_args

from msgspec.structs import replace
from pydantic import ValidationError

from eventlive.anchors import read_anchor, read_length
from eventlive.checks.texts import names_of, variant
from eventlive.checks.words import voice_rules
from eventlive.desk.editions import Edition
from eventlive.desk.state import HouseAccount, Rules, Series
from eventlive.goals import Counts, tally
from eventlive.listening.judging import Person as ListedPerson
from eventlive.listening.judging import Rules as ListeningRules
from eventlive.looks import path_of
from eventlive.messages import (
    PROTOCOL,
    AccountInfo,
    AnswerInfo,
    FactInfo,
    StatementInfo,
    Welcome,
)
from eventlive.model import (
    Goal,
    Outgoing,
    Picture,
    Reminder,
    Scene,
    SceneName,
    Screen,
    Segment,
    Sponsor,
)
from eventlive.tables import (
    EVERY,
    MAIN,
    Account,
    NetworkName,
    PreparedPost,
    Script,
    SegmentTable,
    SponsorTable,
    handle_problem,
)
from eventlive.tables.cells import read_metres

KEPT_CARDS = 60
"""Cards that are kept at least: those that do not stand wait for their turn on the screens."""


def edition(
    script: Script, now: datetime, speed: float = 1.0, *, name: str = "", theme: str = ""
) -> Edition:
    """Give the script as the desk needs it; `name` is for whoever asks to take it in.

    `theme` is the digest of the screens' stylesheet and files (`eventlive.themes`).
    """
    posts = {
        out.id: replace(out, created_at=now + timedelta(microseconds=number))
        for number, out in enumerate(_posts(script, now))
    }
    return Edition(
        digest=name,
        rules=desk_rules(script, now, speed),
        scene=_scene(script, theme),
        segments={one.id: one for one in _segments(script)},
        posts=posts,
        reminders={one.id: one for one in _reminders(script)},
        screens={one.id: one for one in _screens(script)},
    )


def kept(script: Script) -> str:
    """Write down what an engine goes by, for its next life."""
    return script.model_dump_json()


def recalled(text: str) -> Script | None:
    """Read what an earlier life went by; None where there was none, or one of another age."""
    try:
        return Script.model_validate_json(text) if text else None
    except ValidationError:
        return None


def digest(text: str) -> str:
    """Name an edition of the script by what it says."""
    return sha256(text.encode()).hexdigest()[:16]


def desk_rules(script: Script, now: datetime, speed: float = 1.0) -> Rules:
    """Give the desk's rules; what is meant for people's hands stays as long at any `speed`."""
    return Rules(
        mode=script.moderation.mode,
        window=script.desk.window,
        cards=max(script.wall.cards, KEPT_CARDS),
        claim=timedelta(seconds=script.desk.claim_seconds) * speed,
        take_back=timedelta(seconds=script.outgoing.take_back) * speed,
        stale=timedelta(seconds=max(1, read_length(script.outgoing.stale_after))),
        apart=timedelta(seconds=read_length(script.outgoing.apart)),
        auto_per_minute=script.moderation.auto_per_minute,
        accounts=tuple(account.id for account in script.accounts),
        house={
            account.id: HouseAccount(
                network=account.network,
                handle=account.handle,
                signature=account.signature,
                language=account.language,
                approves=account.approval or script.outgoing.approval,
                first_person=account.first_person,
            )
            for account in script.accounts
        },
        series=tuple(_series(script, now)),
        voice=voice_rules(script.voice),
        names=names_of(script),
        language=script.event.language,
        answer_within=timedelta(seconds=_answer_within(script)),
        statements={one.id: (one.text, one.language) for one in _statements(script)},
        scenes={one.id: _scenes(one) for one in script.segments if one.scenes is not None},
    )


def listening_rules(script: Script) -> ListeningRules:
    """Give what listening knows of the event."""
    moderation = script.moderation
    rehearsing = [one.handle for one in script.accounts if one.network == "rehearsal"]
    return ListeningRules(
        hashtags=tuple(script.follow.hashtags),
        keywords=tuple(script.follow.keywords),
        stop_words=tuple(moderation.stop),
        flag_words=tuple(moderation.flag),
        muted=frozenset(moderation.mute),
        people=tuple(
            ListedPerson(
                id=person.id,
                name=person.name,
                role=person.role,
                handles={str(network): handle for network, handle in person.handles.items()},
                trusted=person.trusted,
            )
            for person in script.people
        ),
        house={
            network: (*handles(script, network), *script.follow.accounts, *rehearsing)
            for network in get_args(NetworkName)
        },
        facts=tuple(script.facts),
        support_words=tuple(script.support.keywords) if script.support else (),
    )


def goals(script: Script) -> Callable[[Counts, datetime], tuple[Goal, ...]]:
    """Say how what was counted stands to the script's goals."""
    event = script.event
    return partial(tally, script.goals, zone=event.zone, starts=event.starts, ends=event.ends)


def handles(script: Script, network: str) -> list[str]:
    """List the house's own handles on a network.

    Those of its accounts there, and of the accounts to listen for that could be handles there.
    """
    ours = [one.handle for one in script.accounts if one.network == network]
    named = [one for one in script.follow.accounts if not handle_problem(network, one)]
    return list(dict.fromkeys(handle.removeprefix("@") for handle in (*ours, *named)))


def welcome(script: Script, now: datetime, speed: float = 1.0) -> Welcome:
    """Give what a console is told of the script; who it is, the server adds."""
    return Welcome(
        protocol=PROTOCOL,
        now=now,
        role="viewer",
        name="",
        wall="",
        event=script.event.id,
        title=script.event.title,
        timezone=script.event.timezone,
        take_back=script.outgoing.take_back,
        accounts=tuple(_account(script, one) for one in script.accounts),
        answers=tuple(
            AnswerInfo(
                one.id,
                one.language or script.event.language,
                tuple(one.keywords),
                one.text,
                one.valid_until.astimezone(UTC) if one.valid_until else None,
                one.account or "",
            )
            for one in script.answers
        ),
        facts=tuple(
            FactInfo(
                one.id,
                one.statement,
                one.source,
                one.language or script.event.language,
                one.valid_until.astimezone(UTC) if one.valid_until else None,
            )
            for one in script.facts
        ),
        support=script.support.account if script.support else "",
        voice=voice_rules(script.voice),
        names=names_of(script),
        speed=speed,
        answer_within=_answer_within(script),
        statements=tuple(_statements(script)),
    )


def _answer_within(script: Script) -> float:
    """Say for how many seconds a question may wait: the goal, else ten minutes."""
    return 60 * (script.goals.answer_minutes or 10)


def _account(script: Script, one: Account) -> AccountInfo:
    return AccountInfo(
        id=one.id,
        network=one.network,
        handle=one.handle.removeprefix("@"),
        name=one.name or one.handle,
        limit=one.counts_to,
        signature=one.signature,
        long=one.long,
        language=one.language,
        role=one.role,
        approval=one.approval or script.outgoing.approval,
        first_person=one.first_person,
    )


# --- the desk's things --------------------------------------------------------------------------


def _segments(script: Script) -> Iterator[Segment]:
    for row in script.segments:
        yield Segment(
            row.id,
            1,
            row.title,
            row.starts.astimezone(UTC) if row.starts else None,
            row.minutes,
            after=row.after or "",
            by=row.by,
            track=row.track,
            room=row.room,
            speakers=tuple(row.speakers),
        )


def _posts(script: Script, now: datetime) -> Iterator[Outgoing]:
    for row in script.posts:
        if row.every is None:
            for account in row.from_accounts:
                yield _post(script, row, account, now)


def _series(script: Script, now: datetime) -> Iterator[Series]:
    for row in script.posts:
        if row.every is None:
            continue
        for account in row.from_accounts:
            first = replace(_post(script, row, account, now), series=row.id)
            # The words in turn are in the language of `text`, not in that of a variant.
            texts = (first.text, *(row.rotate if first.text == row.text else ()))
            yield Series(first, read_length(row.every), tuple(row.during), texts)


def _post(script: Script, row: PreparedPost, account_id: str, now: datetime) -> Outgoing:
    anchor = read_anchor(row.at) if isinstance(row.at, str) else None
    at = row.at.astimezone(UTC) if isinstance(row.at, datetime) else None
    account = next((one for one in script.accounts if one.id == account_id), None)
    approval = row.approval
    if approval is None:
        approval = script.outgoing.approval or (account is not None and account.approval)
    return Outgoing(
        id=f"post-{row.id}.{account_id}" if len(row.from_accounts) > 1 else f"post-{row.id}",
        version=1,
        account=account_id,
        text=_words(script, row, account),
        who="script",
        created_at=now,
        state="draft" if row.at is None else "queued",
        due_at=at,
        pictures=tuple(Picture(one.file, one.alt) for one in row.pictures),
        warning=row.warning,
        language=_language(script, row, account),
        at=at,
        anchor=anchor,
        # 0 stands for what holds for all: never late is a second at most.
        stale=max(1, read_length(row.stale_after)) if row.stale_after else 0,
        segment=anchor.segment if anchor else row.segment or "",
        needs_approval=approval,
        promo=row.promo,
    )


def _words(script: Script, row: PreparedPost, account: Account | None) -> str:
    """Give a post's words for an account: its own, else its network's, else its language's."""
    key = variant(row, account, script) if account else ""
    return row.variants[key] if key else row.text


def _language(script: Script, row: PreparedPost, account: Account | None) -> str:
    """Say in which language a post's words are: a variant's own, where it is one's."""
    key = variant(row, account, script) if account else ""
    if account is not None and key and key not in (account.id, account.network):
        return key
    return row.language


def _reminders(script: Script) -> Iterator[Reminder]:
    for row in script.reminders:
        anchor = read_anchor(row.at) if isinstance(row.at, str) else None
        at = row.at.astimezone(UTC) if isinstance(row.at, datetime) else None
        yield Reminder(f"reminder-{row.id}", 1, row.text, due_at=at, anchor=anchor)


def _statements(script: Script) -> Iterator[StatementInfo]:
    for row in script.statements:
        yield StatementInfo(row.id, row.text, row.language or script.event.language)


def _scenes(segment: SegmentTable) -> dict[str, tuple[SceneName, ...]]:
    """Give what a segment sets each screen to."""
    if isinstance(segment.scenes, dict):
        return {name: tuple(scenes) for name, scenes in segment.scenes.items()}
    return {EVERY: tuple(segment.scenes or ())}


def _screens(script: Script) -> Iterator[Screen]:
    """Give the screens as nobody has set them: first that of all without a name, then the others.

    Each has the script's first statement, for its scene of that name.
    """
    wall, first = script.wall, next(_statements(script), StatementInfo("", ""))
    main = Screen(
        MAIN,
        1,
        tuple(wall.scenes),
        wall.seconds,
        statement=first.text,
        language=first.language,
        distance=read_metres(wall.distance),
        width=read_metres(wall.width),
    )
    yield main
    for row in script.screens:
        yield replace(
            main,
            id=row.id,
            scenes=main.scenes if row.scenes is None else tuple(row.scenes),
            seconds=main.seconds if row.seconds is None else row.seconds,
            title=row.title or row.id,
            distance=read_metres(row.distance) or main.distance,
            width=read_metres(row.width) or main.width,
            named=True,
        )


def _scene(script: Script, theme: str) -> Scene:
    """The frame of the screens, as the script wants it to look."""
    tags, wall = script.follow.hashtags, script.wall
    return Scene(
        id="main",
        version=1,
        title=wall.title or script.event.title,
        hashtag=(wall.hashtag or (tags[0] if tags else "")).lstrip("#"),
        link=script.event.link,
        # A stylesheet has it, and in which shade of it words are read.
        accent="" if theme else script.theme.accent or wall.accent,
        cards=wall.cards,
        theme=theme,
        logo=path_of(wall.logo),
        sponsors=tuple(Sponsor(one.name, path_of(one.logo)) for one in _shown(script)),
        corner=wall.sponsors == "corner" and bool(script.sponsors),
        language=script.event.language,
        zone=script.event.timezone,
    )


def _shown(script: Script) -> list[SponsorTable]:
    """List the sponsors that screens may show."""
    return [] if script.wall.sponsors == "off" else script.sponsors
