"""The desk: a pure state machine that decides what each input changes.

Owns the order in which things happen and the log of decisions; the rules of each concern stand
in the file of its name. Never waits, never reads a clock, never touches a disk or a socket: the
same inputs at the same times always give the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never

from eventlive.desk import items, outgoing, rundown, team, wall
from eventlive.desk.inputs import (
    Arrived,
    Gone,
    Input,
    Ordered,
    Recalled,
    Refused,
    Revised,
    Settled,
    Turn,
)
from eventlive.desk.state import Rules, State
from eventlive.messages import (
    AddNote,
    Approve,
    ApproveNext,
    Archive,
    ClaimItem,
    Command,
    Delete,
    Discard,
    EndSegment,
    Hold,
    MuteAuthor,
    Pin,
    Question,
    Redo,
    Reject,
    Release,
    Reopen,
    Reply,
    Rewrite,
    Send,
    Settle,
    ShowAnswer,
    Snooze,
    StartSegment,
    TakeBack,
    TakeOff,
    Unclaim,
    Undo,
    Unmute,
    Write,
)
from eventlive.model import Decision, Item, Outgoing, Step, Thing

FINAL = (
    *(Write, Send, TakeBack, Settle, Delete, ClaimItem, Unclaim, Hold, Release),
    *(StartSegment, EndSegment),
)
"""Commands that undo leaves alone: words that may be out already, and those with an opposite."""

QUIET = (ClaimItem, Unclaim)
"""Commands that the log leaves out: they say who looks, not what was decided."""

RULE = "rule"
"""Who decides where the script's mode puts a post on the wall by itself."""


class Desk:
    """The editorial state of one event."""

    def __init__(
        self,
        rules: Rules,
        things: Iterable[Thing] = (),
        decisions: Iterable[Decision] = (),
        now: datetime | None = None,
    ) -> None:
        """Start from what the store had; claims begin their lease anew at `now`."""
        self.state = State(rules)
        for thing in things:
            self.state.recall(thing)
            if isinstance(thing, Item) and thing.claim is not None and now is not None:
                self.state.leases[thing.id] = now + rules.claim
        for decision in decisions:
            self._recall_decision(decision)
        self.state.trim()

    @property
    def next_due(self) -> datetime | None:
        """When something happens by itself at the earliest; None for never."""
        return self.state.next_due()

    def stop_sending(self) -> None:
        """Start no more posts from now on; those queued are for the next life."""
        self.state.sends = False

    def handle(self, inputs: Sequence[Input], now: datetime) -> Turn:
        """Take inputs in their order, then whatever is due by `now`.

        A refused command changes nothing. Never raises for what an input says.
        """
        state = self.state
        replies: list[Reply] = []
        for one in inputs:
            match one:
                case Arrived():
                    shown = items.arrive(state, one, now)
                    if shown is not None:
                        self._log(RULE, "approve", shown.id, now)
                case Revised():
                    if effect := items.revise(state, one, now):
                        self._log(RULE, "edited", one.post.key, now, effect)
                case Gone(key):
                    if items.vanish(state, key):
                        self._log(RULE, "deleted", key, now)
                case Recalled(item):
                    if item.id not in state.items:
                        state.recall(item)
                        if item.claim is not None:
                            state.leases[item.id] = now + state.rules.claim
                case Ordered():
                    replies.append(self._carry_out(one, now))
                case Settled():
                    outgoing.settle(state, one)
                case _:
                    assert_never(one)
        items.wake(state, now)
        team.expire(state, now)
        outgoing.due(state, now)
        state.trim()
        changes, decisions = state.take()
        return Turn(changes, replies, decisions)

    # --- commands ----------------------------------------------------------------------------

    def _carry_out(self, ordered: Ordered, now: datetime) -> Reply:
        state, command = self.state, ordered.command
        state.take_steps()
        try:
            thing, detail = self._do(command, ordered.who, now)
        except Refused as refusal:
            return Reply(ordered.ref, False, refusal.reason, present=refusal.present)
        if not isinstance(command, QUIET):
            self._record(command, ordered.who, thing, detail, now)
        present = state.items.get(thing) or state.outgoing.get(thing)
        return Reply(ordered.ref, True, thing=thing, present=present)

    def _do(self, command: Command, who: str, now: datetime) -> tuple[str, str]:
        """Carry a command out; give the id of what it was done to and a word on it.

        Raises Refused before anything has changed.
        """
        state = self.state
        match command:
            case Write():
                about = self._answered_item(command)
                return outgoing.write(state, command, about, who, now).id, ""
            case Rewrite() | Send() | TakeBack() | Discard() | Delete() | Settle():
                out = items.seen(
                    state.outgoing.get(command.outgoing), command.version, "outgoing post"
                )
                self._do_outgoing(command, out, now)
                return out.id, ""
            case Unmute():
                team.unmute(state, command.author, command.version)
                return command.author, ""
            case StartSegment():
                return rundown.start(state, command.segment, now).id, ""
            case EndSegment():
                return rundown.end(state, command.segment, now).id, ""
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
            case _:
                item = items.seen(state.items.get(command.item), command.version, "post")
                team.not_others(item, who)
                return item.id, self._do_item(command, item, who, now)

    def _do_item(
        self,
        command: Approve
        | ShowAnswer
        | TakeOff
        | Pin
        | Reject
        | Archive
        | Reopen
        | Snooze
        | Question
        | AddNote
        | MuteAuthor,
        item: Item,
        who: str,
        now: datetime,
    ) -> str:
        state = self.state
        match command:
            case Approve():
                wall.show(state, item)
            case ShowAnswer():
                wall.answer(state, item, command.text)
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

    def _do_outgoing(
        self,
        command: Rewrite | Send | TakeBack | Discard | Delete | Settle,
        out: Outgoing,
        now: datetime,
    ) -> None:
        match command:
            case Rewrite():
                outgoing.rewrite(self.state, out, command.text)
            case Send():
                outgoing.send(self.state, out, now)
            case TakeBack():
                outgoing.take_back(self.state, out)
            case Discard():
                outgoing.discard(self.state, out)
            case Delete():
                outgoing.delete(self.state, out)
            case Settle():
                outgoing.settle_by_hand(self.state, out, command.posted, command.url, now)
            case _:
                assert_never(command)

    def _answered_item(self, command: Write) -> Item | None:
        if not command.item:
            return None
        return items.seen(self.state.items.get(command.item), command.version, "post")

    # --- the log -----------------------------------------------------------------------------

    def _record(self, command: Command, who: str, thing: str, detail: str, now: datetime) -> None:
        steps = self.state.take_steps()
        action = str(type(command).__struct_config__.tag)
        if isinstance(command, Undo | Redo):
            undone = int(detail)
            self._log(
                who,
                action,
                thing,
                now,
                undoes=undone if isinstance(command, Undo) else 0,
                redoes=undone if isinstance(command, Redo) else 0,
            )
            return
        undoable = not isinstance(command, FINAL)
        decision = self._log(who, action, thing, now, detail, steps=steps if undoable else ())
        if undoable:
            team.remember(self.state, decision)

    def _log(
        self,
        who: str,
        action: str,
        on: str,
        now: datetime,
        detail: str = "",
        *,
        steps: tuple[Step, ...] = (),
        undoes: int = 0,
        redoes: int = 0,
    ) -> Decision:
        self.state.seq += 1
        decision = Decision(self.state.seq, now, who, action, on, detail, steps, undoes, redoes)
        self.state.log(decision)
        return decision

    def _recall_decision(self, decision: Decision) -> None:
        """Rebuild what can be undone and redone, as it was when the decision was made."""
        state = self.state
        state.seq = max(state.seq, decision.seq)
        kept = state.undo.setdefault(decision.who, [])
        taken_back = state.redo.setdefault(decision.who, [])
        if decision.undoes and kept:
            taken_back.append(kept.pop())
        elif decision.redoes and taken_back:
            kept.append(taken_back.pop())
        elif decision.steps:
            team.remember(state, decision)


__all__ = ["Desk", "Rules", "State", "Turn"]
