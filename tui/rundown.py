"""What an operator does to the programme: start, end, skip, slip, move, plan again; see to it.

Owns which of these ask first. A part that is due starts at a key press; whatever ends another, or
cannot be wanted by a slip of the finger, is asked, and the key that confirms is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from eventlive.messages import (
    Command,
    EndSegment,
    MoveSegment,
    PlanSegment,
    SeeTo,
    SkipSegment,
    SlipSegment,
    StartSegment,
)
from eventlive.model import Reminder, Segment
from tui.cells import fit, one_line
from tui.dialogs import Ask
from tui.lines import Line, Span, foreign, spread
from tui.moments import hour, minutes
from tui.orders import Deed, Errand
from tui.prompt import Read
from tui.times import read_shift, read_time

if TYPE_CHECKING:
    from tui.app import ConsoleApp

Doing = Literal["now", "end", "late", "move", "hold", "approve"]
_SOON = timedelta(minutes=1)
"""So long before its time a part may be started without a question."""


class Rundown:
    """The programme in one operator's hands. `app` sends orders, asks and says things."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app = app
        self._drawn = self.painted = ""
        """The reminder that was drawn last, and the one that is on the screen by now."""

    def do(self, what: Doing, segment: Segment) -> None:
        """Do what a key means for a part."""
        match what:
            case "now":
                self.start(segment)
            case "end":
                self.end(segment)
            case "late":
                self._late(segment)
            case "move":
                self._move(segment)
            case "hold" | "approve":
                self._app.refuse("that is for posts of the house: 3 shows them")

    def deed(self, deed: Deed, segment: Segment) -> None:
        """Do what a deciding key means for a part."""
        match deed:
            case "reject":
                self._skip(segment)
            case "reopen":
                self._plan(segment)
            case _:
                self._app.refuse(
                    "here: S starts, X ends, L is late by, T moves, x skips, E plans it again"
                )

    # --- start, end, skip, plan again ---------------------------------------------------------

    def start(self, segment: Segment, *, picked: bool = True) -> None:
        """Start a part: at once where it is its time, nothing ends by it, and it was `picked`."""
        board, now = self._app.board, self._app.engine_now()
        if segment.state == "running":
            self._app.refuse(f"{_title(segment)} runs already: X ends it")
            return
        if now is None:
            return
        ends = self._running(segment.track)
        begins = segment.begins or segment.starts
        early = begins is not None and begins - now > _SOON
        body = [f"{_title(other)} ends by it." for other in ends]
        if early and begins is not None:
            away = minutes((begins - now).total_seconds())
            body.append(f"Its time is {hour(begins, now, board.zone)}, in {away}.")
        if segment.state != "planned":
            body.append(f"It is {segment.state}.")
        errand = self._errand(StartSegment(segment.id), segment, "started")
        if not body and picked:
            self._send(errand)
            return
        body.append(f"{self._tied(segment, 'start')} E plans it again.")
        self._ask(f"Start {_title(segment)} now?", body, "start it", errand, segment, ends)

    def end(self, segment: Segment) -> None:
        """End a part that runs, after a question."""
        now = self._app.engine_now()
        if segment.state != "running":
            self._app.refuse(f"{_title(segment)} does not run: it is {segment.state}")
            return
        body = [self._tied(segment, "end")]
        if segment.ends is not None and now is not None:
            left = (segment.ends - now).total_seconds()
            when = f"{minutes(left)} are left" if left > 0 else f"{minutes(-left)} over"
            body.insert(0, f"It was to end at {self._hour(segment.ends, now)}: {when}.")
        errand = self._errand(EndSegment(segment.id), segment, "ended")
        self._ask(f"End {_title(segment)} now?", body, "end it", errand, segment)

    def _skip(self, segment: Segment) -> None:
        if segment.state != "planned":
            self._app.refuse(
                f"{_title(segment)} is {segment.state}: only what is to come is skipped"
            )
            return
        body = [
            "It does not take place, and what follows it takes its place.",
            f"What is tied to it is held: {self._posts(segment)}. E plans it again.",
        ]
        errand = self._errand(SkipSegment(segment.id), segment, "skipped")
        self._ask(f"Skip {_title(segment)}?", body, "skip it", errand, segment)

    def _plan(self, segment: Segment) -> None:
        errand = self._errand(PlanSegment(segment.id), segment, "to come again")
        if segment.state == "planned":
            self._app.refuse(f"{_title(segment)} is still to come")
        elif segment.state == "running":
            body = ["As if it had not begun. What has gone out because of it stays out."]
            title = f"Take the start of {_title(segment)} back?"
            self._ask(title, body, "plan it again", errand, segment)
        else:
            self._send(errand)

    # --- late, move ---------------------------------------------------------------------------

    def _late(self, segment: Segment) -> None:
        if not self._movable(segment):
            return

        def read(text: str) -> Read:
            now = self._app.engine_now()
            try:
                seconds = read_shift(text)
            except ValueError as error:
                return Read(str(error), good=False)
            base = _edge(segment, now) if now else None
            if now is None or base is None:
                return Read("nobody knows its time yet", good=False)
            return self._comes_to(segment, base + timedelta(seconds=seconds), now)

        def typed(text: str) -> None:
            present, now = self._app.board.segment(segment.id), self._app.engine_now()
            if present is None or now is None:
                return
            if _times(present) != _times(segment):
                # So many minutes later than something else would be another time than was shown.
                edge = present.ends if present.state == "running" else present.begins
                at = f": {self._hour(edge, now)}" if edge else ""
                self._app.refuse(f"not moved: {_title(segment)} has another time by now{at}")
                return
            command = SlipSegment(segment.id, read_shift(text))
            self._send(self._errand(command, segment, f"{read(text).words}:"))

        label = f"{_title(segment, 16)} minutes later (- earlier):"
        self._app.show.ask(label, "", read, typed)

    def _move(self, segment: Segment) -> None:
        if not self._movable(segment):
            return

        def at(text: str) -> datetime:
            now = self._app.engine_now()
            assert now is not None
            zone, base = self._app.board.zone, _edge(segment, now)
            return read_time(text, now=now, where=zone, due=base).at

        def read(text: str) -> Read:
            now = self._app.engine_now()
            if now is None:
                return Read("the engine is gone", good=False)
            try:
                return self._comes_to(segment, at(text), now)
            except ValueError as error:
                return Read(str(error), good=False)

        def typed(text: str) -> None:
            words = read(text).words
            self._send(self._errand(MoveSegment(segment.id, at(text)), segment, f"{words}:"))

        verb = "ends" if segment.state == "running" else "begins"
        self._app.show.ask(f"{_title(segment, 24)} {verb} at:", "", read, typed)

    def _movable(self, segment: Segment) -> bool:
        if segment.state in ("planned", "running"):
            return True
        self._app.refuse(f"{_title(segment)} is {segment.state}: E plans it again")
        return False

    def _comes_to(self, segment: Segment, at: datetime, now: datetime) -> Read:
        if at <= now:
            key = "X ends" if segment.state == "running" else "S starts"
            return Read(f"that is over already: {key} it", good=False)
        verb = "ends" if segment.state == "running" else "begins"
        return Read(f"{verb} {self._hour(at, now)}", good=True)

    # --- reminders ----------------------------------------------------------------------------

    def see_to(self) -> None:
        """Say that the reminder on the screen is seen to."""
        waiting = self._reminders()
        if not waiting:
            self._app.refuse("no reminder is due")
            return
        first = waiting[0]
        if first.id != self.painted:
            self._app.refuse("that is another reminder by now: read it, then D again")
            return
        command = SeeTo(first.id, first.version)
        self._send(Errand(command, on=first.id, done=f"seen to: {first.text}"))

    def reminder(self, cells: int) -> list[Line]:
        """The oldest reminder that is due, on one line; none where none is."""
        waiting, now = self._reminders(), self._app.engine_now()
        if not waiting or now is None:
            return []
        first = waiting[0]
        if first.id != self._drawn:
            self._drawn = first.id
            self._app.call_after_refresh(self._seen, first.id)
        since = f" since {self._hour(first.due_at, now)}" if first.due_at else ""
        more = f"+{len(waiting) - 1}  " if len(waiting) > 1 else ""
        left = [Span(f" ◆ reminder{since}  ", "warn"), foreign(first.text)]
        return [spread(left, [Span(more, "dim"), Span("D", "key"), Span(" seen to ")], cells)]

    def _seen(self, id: str) -> None:
        self.painted = id

    def _reminders(self) -> list[Reminder]:
        busy = self._app.sending.errands.busy
        return [one for one in self._app.board.due_reminders() if not busy(one.id)]

    # --- sending ------------------------------------------------------------------------------

    def _errand(self, command: Command, segment: Segment, done: str) -> Errand:
        return Errand(command, on=segment.id, done=f"{done} {_title(segment)}")

    def _send(self, errand: Errand) -> None:
        self._app.order(errand)
        self._app.redraw()

    def _ask(
        self,
        title: str,
        body: list[str],
        yes: str,
        errand: Errand,
        segment: Segment,
        ends: Sequence[Segment] = (),
    ) -> None:
        """Ask, and do it only where what was said is still so: `ends` are what ends by a start."""

        def answered(key: str | None) -> None:
            if key != "y":
                return
            present = self._app.board.segment(segment.id)
            starts = isinstance(errand.command, StartSegment)
            by_now = self._running(segment.track) if starts else ends
            if present is None or _times(present) != _times(segment):
                self._app.refuse(f"not done: {_title(segment)} has changed since you were asked")
            elif {one.id for one in by_now} != {one.id for one in ends}:
                self._app.refuse("not done: other parts run by now than you were told")
            else:
                self._send(errand)

        self._app.push_screen(Ask(title, " ".join(body), [("y", yes)]), answered)

    def _running(self, track: str) -> list[Segment]:
        """What runs on a track: it ends where another part is started there."""
        segments = self._app.board.segments
        return [one for one in segments if one.state == "running" and one.track == track]

    def _tied(self, segment: Segment, edge: Literal["start", "end"]) -> str:
        """What leaves because of a start or an end, in a sentence."""
        many = sum(
            1
            for out in self._app.board.all_outgoing()
            if out.state == "queued"
            and out.anchor
            and (out.anchor.segment, out.anchor.edge) == (segment.id, edge)
        )
        posts = "1 post is" if many == 1 else f"{many or 'No'} posts are"
        return f"{posts} tied to its {edge}."

    def _posts(self, segment: Segment) -> str:
        many = sum(
            1
            for out in self._app.board.all_outgoing()
            if out.state == "queued" and out.anchor and out.anchor.segment == segment.id
        )
        return "1 post" if many == 1 else f"{many or 'no'} posts"

    def _hour(self, at: datetime, now: datetime) -> str:
        return hour(at, now, self._app.board.zone)


def _edge(segment: Segment, now: datetime) -> datetime | None:
    """What a slip is counted from: the start, or the end of what runs; never what is over."""
    if segment.state == "running":
        ends = segment.ends
        return max(ends, now) if ends is not None and segment.by == "hand" else ends
    begins = segment.begins or segment.starts
    return max(begins, now) if begins is not None and segment.by == "hand" else begins


def _times(segment: Segment) -> tuple[str, datetime | None, datetime | None]:
    """What a slip is about: with the same of these it comes to the same time."""
    return segment.state, segment.begins or segment.starts, segment.ends


def _title(segment: Segment, cells: int = 40) -> str:
    return f"“{fit(one_line(segment.title), cells, pad=False)}”"
