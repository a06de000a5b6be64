"""What each command does, and to what.

Owns which rule of the newsroom a command goes to, and what must be seen before it is carried out;
the rules are in the files of their concern. Functions on the desk's state.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from eventlive.anchors import anchor_text
from eventlive.desk import editions, items, outgoing, planned, rundown, settling, team, wall
from eventlive.desk.inputs import Refused
from eventlive.desk.state import State
from eventlive.desk.voicing import note, refuse_foreign_voice
from eventlive.messages import (
    AddNote,
    Approve,
    ApproveNext,
    ApprovePost,
    Archive,
    ClaimItem,
    Command,
    Delete,
    Discard,
    EndSegment,
    Hold,
    HoldPost,
    ItemCommand,
    Move,
    MoveSegment,
    MuteAuthor,
    OutgoingCommand,
    Pin,
    PlanSegment,
    Question,
    Redo,
    Reject,
    Release,
    Reload,
    Reopen,
    Rewrite,
    SeeTo,
    SegmentCommand,
    Send,
    Settle,
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


def carry_out(  # noqa: PLR0912 - a case for each command
    state: State, command: Command, who: str, now: datetime
) -> tuple[str, str]:
    """Carry a command out; give the id of what it was done to and a word on it.

    Raises Refused before anything has changed.
    """
    match command:
        case Write():
            about = None
            if command.item:
                about = items.seen(state.items.get(command.item), command.version, "post")
            written = outgoing.write(state, command, about, who, now)
            return written.id, note(state, command.account, command.text, command.over, about)
        case ClaimItem() | Unclaim():
            # Claims do not compare versions: who is first matters, not what they saw.
            item = state.items.get(command.item)
            if item is None:
                raise Refused("there is no such post on the desk")
            if isinstance(command, ClaimItem):
                team.claim(state, item, who, now)
            else:
                team.unclaim(state, item, who)
            return item.id, ""
        case Unmute():
            team.unmute(state, command.author, command.version)
            return command.author, ""
        case SeeTo():
            planned.see_to(state, command.reminder, command.version, who)
            return command.reminder, ""
        case Reload():
            return state.scene.id, editions.take_in(state, command.digest, now)
        case ApproveNext():
            best = items.best_waiting(state)
            if best is None:
                raise Refused("nothing waits that may be shown")
            return wall.show(state, best).id, ""
        case Hold():
            wall.hold(state)
            return state.scene.id, command.reason
        case Release():
            wall.release(state)
            return state.scene.id, ""
        case Undo():
            back = team.undo(state, who)
            return back.on, str(back.seq)
        case Redo():
            again = team.redo(state, who)
            return again.on, str(again.seq)
        case (
            StartSegment()
            | EndSegment()
            | SkipSegment()
            | PlanSegment()
            | SlipSegment()
            | MoveSegment()
        ):
            return command.segment, _segment(state, command, now)
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
            return out.id, _outgoing(state, command, out, who, now)
        case _:
            item = items.seen(state.items.get(command.item), command.version, "post")
            team.not_others(item, who)
            return item.id, _item(state, command, item, who, now)


def _item(state: State, command: ItemCommand, item: Item, who: str, now: datetime) -> str:
    match command:
        case Approve():
            wall.show(state, item)
        case ShowAnswer():
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
            items.snooze(state, item, command.minutes, now)
            return f"{command.minutes} min"
        case Question():
            items.mark_question(state, item, command.on)
        case AddNote():
            items.add_note(state, item, who, command.text, now)
        case MuteAuthor():
            team.mute(state, item, who, now)
            return f"@{item.post.author.handle}"
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
