"""What each command does, and to what.

Owns which rule of the newsroom a command goes to, and what must be seen before it is carried out;
the rules are in the files of their concern. Functions on the desk's state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, assert_never

from eventlive.anchors import anchor_text
from eventlive.desk import (
    authors,
    editions,
    items,
    outgoing,
    planned,
    rundown,
    screens,
    settling,
    snoozing,
    team,
    wall,
)
from eventlive.desk.inputs import Ordered, Refused
from eventlive.desk.state import State
from eventlive.desk.voicing import note, refuse_foreign_voice
from eventlive.messages import (
    AddNote,
    Approve,
    ApproveNext,
    ApprovePost,
    Archive,
    AvoidAuthor,
    BlockAuthor,
    ClaimItem,
    Darken,
    Delete,
    Discard,
    EndSegment,
    FollowScript,
    HandOver,
    Hold,
    HoldPost,
    ItemCommand,
    Like,
    Move,
    MoveCard,
    MoveSegment,
    MuteAuthor,
    OutgoingCommand,
    Pin,
    PlanSegment,
    PlayStatement,
    Question,
    Redo,
    RefreshScreens,
    Reject,
    Release,
    Reload,
    Reopen,
    ReportPost,
    Rewrite,
    SeeTo,
    SegmentCommand,
    Send,
    SetScreen,
    Settle,
    Several,
    ShowAnswer,
    SkipSegment,
    SlipSegment,
    Snooze,
    StartSegment,
    TakeBack,
    TakeOff,
    Unclaim,
    Undo,
    Unmute,
    Write,
)
from eventlive.model import Item, Outgoing

REASONS = 3
"""Reasons of refusals that the reply to several commands names; the most frequent ones."""


FINAL = (
    *(Write, Send, TakeBack, Move, HoldPost, ApprovePost, Settle, Delete),
    *(ClaimItem, Unclaim, Hold, Release, SeeTo, Reload, HandOver, ReportPost),
    *(StartSegment, EndSegment, SkipSegment, PlanSegment, SlipSegment, MoveSegment),
    RefreshScreens,
)
"""Commands that undo leaves alone: words that may be out already, what is kept as evidence, pages
that are loaded anew, and those with an opposite."""

QUIET = (ClaimItem, Unclaim)
"""Commands that the log leaves out: they say who looks, not what was decided."""


class Done(NamedTuple):
    """What a command was done to, a word on it for the log, and what it left alone and why."""

    on: str
    detail: str = ""
    left: str = ""


def carry_out(  # noqa: PLR0912 - a case for each command
    state: State, ordered: Ordered, now: datetime
) -> Done:
    """Carry a command out. Raises Refused before anything has changed."""
    command, who = ordered.command, ordered.who
    team.refuse_unless_allowed(state, command, who, ordered.role)
    match command:
        case Write():
            about = None
            if command.item:
                about = items.seen(state.items.get(command.item), command.version, "post")
            written = outgoing.write(state, command, about, who, now)
            said = note(state, command.account, command.text, command.over, about)
            return Done(written.id, said)
        case ClaimItem() | Unclaim():
            # Claims do not compare versions: who is first matters, not what they saw.
            item = state.items.get(command.item)
            if item is None:
                raise Refused("there is no such post on the desk")
            if isinstance(command, ClaimItem):
                whose = team.claim(state, item, who, now, over=command.over)
                return Done(item.id, f"from {whose}" if whose else "")
            team.unclaim(state, item, who)
            return Done(item.id)
        case Unmute():
            known = authors.unmute(state, command.author, command.version)
            return Done(command.author, f"@{known.handle}")
        case SeeTo():
            planned.see_to(state, command.reminder, command.version, who)
            return Done(command.reminder)
        case Reload():
            return Done(state.scene.id, editions.take_in(state, command.digest, now))
        case ApproveNext():
            best = items.best_waiting(state)
            if best is None:
                raise Refused("nothing waits that may be shown")
            return Done(wall.show(state, best).id)
        case HandOver():
            return Done(team.hand_over(state, who, command.text, now), command.text)
        case Hold():
            wall.hold(state)
            return Done(state.scene.id, command.reason)
        case Release():
            wall.release(state)
            return Done(state.scene.id)
        case SetScreen() | PlayStatement() | Darken() | FollowScript() | RefreshScreens():
            return Done(*screens.carry_out(state, command, who))
        case Undo():
            back = team.undo(state, who)
            return Done(back.on, str(back.seq))
        case Redo():
            again = team.redo(state, who)
            return Done(again.on, str(again.seq))
        case Several():
            return _several(state, ordered, command.commands, now)
        case (
            StartSegment()
            | EndSegment()
            | SkipSegment()
            | PlanSegment()
            | SlipSegment()
            | MoveSegment()
        ):
            return Done(command.segment, _segment(state, command, now))
        case (
            Rewrite()
            | Send()
            | TakeBack()
            | Move()
            | HoldPost()
            | ApprovePost()
            | Discard()
            | Delete()
            | Settle()
        ):
            out = items.seen(state.outgoing.get(command.outgoing), command.version, "outgoing post")
            return Done(out.id, _outgoing(state, command, out, who, now))
        case _:
            return Done(command.item, _on_item(state, command, who, now))


def _several(
    state: State, ordered: Ordered, commands: Sequence[ItemCommand], now: datetime
) -> Done:
    """Carry out what can be, one after another; raise Refused where nothing can."""
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    decided: set[tuple[type[ItemCommand], bool, str]] = set()
    for command in commands:
        taken = state.steps_taken
        tag = str(type(command).__struct_config__.tag)
        author = _author_decided(state, command)
        if author in decided:
            # What was done to one post of an author was done to all of them.
            done[tag] += 1
            continue
        try:
            team.refuse_unless_allowed(state, command, ordered.who, ordered.role)
            _on_item(state, command, ordered.who, now)
        except Refused as refusal:
            refused[refusal.reason] += 1
            continue
        if isinstance(command, FINAL):
            state.forget_steps(taken)
        done[tag] += 1
        if author is not None:
            decided.add(author)
    left = f"{refused.total()} left alone" if refused else ""
    why = "; ".join(
        reason if count == len(commands) else f"{reason} ({count})"
        for reason, count in refused.most_common(REASONS)
    )
    if len(refused) > REASONS:
        why += "; …"
    if not done:
        raise Refused(why)
    told = "; ".join(
        f"{tag}: {count} post{'' if count == 1 else 's'}" for tag, count in done.items()
    )
    return Done("", ", ".join(filter(None, (told, left))), f"{left}: {why}" if left else "")


def _author_decided(
    state: State, command: ItemCommand
) -> tuple[type[ItemCommand], bool, str] | None:
    """Give what a command decides of an author, and of which; None where it is of a post alone."""
    item = state.items.get(command.item)
    if item is None or not isinstance(command, MuteAuthor | BlockAuthor | AvoidAuthor):
        return None
    on = command.on if isinstance(command, AvoidAuthor) else True
    return type(command), on, authors.author_of(item)


def _on_item(state: State, command: ItemCommand, who: str, now: datetime) -> str:
    item = items.seen(state.items.get(command.item), command.version, "post")
    team.not_others(item, who)
    return _item(state, command, item, who, now)


def _item(  # noqa: PLR0912 - a case for each command
    state: State, command: ItemCommand, item: Item, who: str, now: datetime
) -> str:
    match command:
        case Approve():
            wall.show(state, item)
        case ShowAnswer():
            outgoing.refuse_second(state, item, who)
            if not wall.barred(item):
                authors.refuse_unwanted(state, item, command.over)
            refuse_foreign_voice(state, "", command.text, command.over, item)
            wall.answer(state, item, command.text)
            return note(state, "", command.text, command.over, item)
        case TakeOff():
            wall.take_off(state, item)
        case Pin():
            wall.pin(state, item, command.on)
        case Reject():
            items.reject(state, item)
        case Archive():
            items.archive(state, item)
        case Reopen():
            items.reopen(state, item)
        case Snooze():
            return snoozing.snooze(state, item, command, now)
        case Question():
            items.mark_question(state, item, command.on)
        case AddNote():
            items.add_note(state, item, who, command.text, now)
        case MuteAuthor():
            authors.mute(state, item, who, now)
            return f"@{item.post.author.handle}"
        case BlockAuthor():
            authors.mute(state, item, who, now, blocked=True)
            return f"@{item.post.author.handle}"
        case AvoidAuthor():
            authors.avoid(state, item, command.on, who, now)
            return f"@{item.post.author.handle}" + ("" if command.on else " no longer")
        case ReportPost():
            authors.report(state, item, command, who, now)
            return f"{command.complaint}: {command.words}" if command.words else command.complaint
        case MoveCard():
            wall.move(state, item, command.by)
            return f"{command.by:+}"
        case Like():
            wall.like(state, item, command.on)
        case _:
            assert_never(command)
    return ""


def _outgoing(
    state: State, command: OutgoingCommand, out: Outgoing, who: str, now: datetime
) -> str:
    match command:
        case Rewrite():
            outgoing.rewrite(state, out, command, who)
            item = state.items.get(out.answers)
            return note(state, out.account, command.text, command.over, item)
        case Send():
            outgoing.send(state, out, now)
        case TakeBack():
            outgoing.take_back(state, out)
        case Move():
            outgoing.move(state, out, command, now)
            at = command.at.isoformat(timespec="minutes") if command.at else ""
            return anchor_text(command.anchor) if command.anchor else at
        case HoldPost():
            outgoing.hold(state, out, command.reason, who)
            return command.reason
        case ApprovePost():
            outgoing.approve(state, out, who, now)
        case Discard():
            outgoing.discard(state, out, series=command.series)
            return "the whole series" if command.series else ""
        case Delete():
            outgoing.delete(state, out)
        case Settle():
            settling.settle_by_hand(state, out, command.posted, command.url, now)
        case _:
            assert_never(command)
    return ""


def _segment(state: State, command: SegmentCommand, now: datetime) -> str:
    match command:
        case StartSegment():
            rundown.start(state, command.segment, now)
        case EndSegment():
            rundown.end(state, command.segment, now)
        case SkipSegment():
            rundown.skip(state, command.segment, now)
        case PlanSegment():
            rundown.plan_again(state, command.segment, now)
        case SlipSegment():
            rundown.slip(state, command.segment, command.seconds, now)
            return f"{command.seconds / 60:+g} min"
        case MoveSegment():
            rundown.move(state, command.segment, command.at, now)
            return command.at.isoformat(timespec="minutes")
        case _:
            assert_never(command)
    return ""
