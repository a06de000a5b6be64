"""The desk: a pure state machine that decides what each input changes.

Owns the order in which things happen and the log of decisions; the rules of each concern stand
in the file of its name. Never waits, never reads a clock, never touches a disk or a socket: the
same inputs at the same times always give the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import assert_never

from eventlive.desk import (
    authors,
    editions,
    items,
    outgoing,
    planned,
    rundown,
    settling,
    snoozing,
    team,
)
from eventlive.desk.commands import FINAL, QUIET, carry_out
from eventlive.desk.editions import Edition
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
from eventlive.messages import Command, Redo, Reply, ScreenCommand, Undo
from eventlive.model import Card, Change, Decision, Item, Step, Thing

RULE = "rule"
"""Who decides where the script's mode puts a post on the wall by itself."""

CLOCK = "clock"
"""Who starts and ends what the programme leaves to the clock."""

_AT_ONCE = datetime.min.replace(tzinfo=UTC)


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
        for item in list(self.state.items.values()):
            whole = authors.in_line(self.state, item)
            if whole != item:
                self.state.recall(whole)
        for decision in decisions:
            self._recall_decision(decision)
        self.state.trim()
        rundown.expect(self.state)

    @property
    def next_due(self) -> datetime | None:
        """When something happens by itself at the earliest; None for never."""
        state = self.state
        if state.changed or state.retime:
            return _AT_ONCE
        dues = [*state.leases.values(), *snoozing.next_wake(state)]
        dues += [*planned.next_reminders(state), *outgoing.leaving(state)]
        if (turn := rundown.next_turn(state)) is not None:
            dues.append(turn)
        return min(dues, default=None)

    def begin(self, edition: Edition, now: datetime) -> tuple[str, ...]:
        """Bring what was stored to what the script says now; give what that changes, in words."""
        lines = editions.compare(self.state, edition, now) if self.state.edition else ()
        editions.put(self.state, edition, now)
        return lines

    def taken_up(self) -> list[Change]:
        """Give what the beginning has changed, to be stored before anybody looks."""
        return self.state.take()[0]

    def offer(self, edition: Edition | None, now: datetime) -> tuple[str, ...]:
        """Lay an edition out for being taken in; give what it would change, in words."""
        self.state.offered = edition
        return editions.compare(self.state, edition, now) if edition else ()

    def stop_sending(self) -> None:
        """Start no more posts from now on; those queued are for the next life."""
        self.state.sends = False

    def handle(self, inputs: Sequence[Input], now: datetime) -> Turn:
        """Take inputs in their order, then whatever is due by `now`.

        A refused command changes nothing. Never raises for what an input says.
        """
        state = self.state
        replies: list[Reply] = []
        state.looked_at = now
        self._keep_time(now)
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
                        state.recall(authors.in_line(state, item))
                        if item.claim is not None:
                            state.leases[item.id] = now + state.rules.claim
                case Ordered():
                    replies.append(self._carry_out(one, now))
                case Settled():
                    settling.settle(state, one)
                case _:
                    assert_never(one)
        team.expire(state, now)
        self._keep_time(now)
        snoozing.wake(state, now)
        outgoing.due(state, now)
        if state.retime:
            # What has just left, or was missed, may come again, and at this very moment.
            planned.keep_time(state, now)
            outgoing.due(state, now)
            planned.keep_time(state, now)
        state.trim()
        changes, decisions = state.take()
        return Turn(changes, replies, decisions)

    def _keep_time(self, now: datetime) -> None:
        turned = [*self.state.turned, *rundown.advance(self.state, now)]
        self.state.turned.clear()
        for action, segment in turned:
            self._log(CLOCK, action, segment, now)
        planned.keep_time(self.state, now)
        planned.remind(self.state, now)

    # --- commands ----------------------------------------------------------------------------

    def _carry_out(self, ordered: Ordered, now: datetime) -> Reply:
        state, command = self.state, ordered.command
        state.take_steps()
        state.authored.clear()
        try:
            done = carry_out(state, ordered, now)
        except Refused as refusal:
            return Reply(ordered.ref, False, refusal.reason, present=refusal.present)
        if done.detail or not isinstance(command, QUIET):
            self._record(command, ordered.who, done.on, done.detail, now)
        present: Thing | None = state.items.get(done.on) or state.outgoing.get(done.on)
        if isinstance(command, ScreenCommand):
            present = state.screens.get(done.on)
        return Reply(ordered.ref, True, done.left, thing=done.on, present=present)

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
        undoable = bool(steps) and not isinstance(command, FINAL)
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
        if decision.undoes:
            taken_back += team.down_to(kept, decision.undoes)
        elif decision.redoes:
            kept += team.down_to(taken_back, decision.redoes)
        elif decision.steps:
            team.remember(state, decision)
        for step in decision.steps:
            if isinstance(step.before, Card):
                # The order of a card that undo may bring back is given to no other.
                state.top = max(state.top, step.before.order)


__all__ = ["FINAL", "QUIET", "Desk", "Rules", "State", "Turn"]
