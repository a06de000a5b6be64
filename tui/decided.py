"""A decision of the log in words: who, what, to what, and what else is known of it.

Pure makers of words and lines. What an operator, a rule or a stranger wrote is made safe here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from eventlive.model import Decision
from tui.board import Board
from tui.cells import clean, fit, one_line, width, wrap
from tui.lines import Line, Span, cut
from tui.moments import hour, until

_WORDS = {
    "approve": "put on the wall",
    "approve-next": "put the best on the wall",
    "show-answer": "answered on the wall",
    "take-off": "took off the wall",
    "pin": "pinned, or no longer",
    "move-card": "moved on the wall",
    "reject": "rejected",
    "archive": "archived",
    "reopen": "brought back",
    "snooze": "snoozed",
    "question": "a question, or none",
    "note": "left a note",
    "claim": "took over",
    "mute": "muted",
    "unmute": "let in again",
    "block": "muted for good",
    "avoid": "do not engage",
    "report": "kept as evidence",
    "several": "decided on several",
    "write": "wrote",
    "rewrite": "changed the words",
    "send": "sent",
    "take-back": "took back",
    "move": "moved in time",
    "hold-post": "kept back",
    "approve-post": "approved to leave",
    "discard": "dropped",
    "delete": "took down",
    "settle": "said what became of it",
    "start-segment": "started",
    "end-segment": "ended",
    "skip-segment": "skipped",
    "plan-segment": "planned again",
    "slip-segment": "comes later, or sooner",
    "move-segment": "moved in time",
    "see-to": "saw to it",
    "reload": "took the script in",
    "hold": "HELD EVERYTHING",
    "release": "released",
    "hand-over": "handed over",
    "undo": "undid",
    "redo": "did again",
    "edited": "edited by its author",
    "deleted": "deleted by its author",
}
_LOUD = {"hold": "bad", "release": "warn", "undo": "warn", "hand-over": "accent"}
_NOBODY = frozenset({"rule", "clock"})
"""Who decides where no person does."""
_OF_A_TIME = frozenset({"move", "move-segment"})


def what(decision: Decision, known: Mapping[int, Decision]) -> str:
    """What was done, in words; safe to show. `known` are decisions by their number."""
    words = _word(decision.action)
    before = known.get(decision.undoes or decision.redoes)
    return f"{words}: {_word(before.action)}" if before is not None else words


def _word(action: str) -> str:
    # A newer engine may know what this console does not.
    return _WORDS.get(action) or one_line(action.replace("-", " "))


def on(decision: Decision, board: Board) -> str:
    """What it was done to, by a name that people know it by; safe to show, "" for nothing."""
    id = decision.on
    if not id or decision.action in ("hold", "release", "reload"):
        return ""
    if (item := board.item(id)) is not None:
        return one_line(f"@{item.post.author.handle}")
    if (outgoing := board.outgoing(id)) is not None:
        return one_line(f"“{outgoing.text[:40]}”")
    if (segment := board.segment(id)) is not None:
        return one_line(segment.title)
    if (reminder := board.reminder(id)) is not None:
        return one_line(f"“{reminder.text[:40]}”")
    if decision.action == "unmute" or (decision.action == "mute" and decision.detail):
        return ""  # the detail names its author
    return fit(one_line(id), 40, pad=False)


def detail(decision: Decision, now: datetime, where: tzinfo) -> str:
    """What else is known of it; foreign text, to be made safe."""
    if decision.action in _OF_A_TIME:
        try:
            return hour(datetime.fromisoformat(decision.detail), now, where)
        except ValueError:
            return decision.detail  # tied to the programme
    if decision.action == "several":
        parts = (part.partition(": ") for part in decision.detail.split("; "))
        return "; ".join(f"{_WORDS.get(tag, tag)}{colon}{rest}" for tag, colon, rest in parts)
    return decision.detail


def row(
    decision: Decision,
    board: Board,
    known: Mapping[int, Decision],
    now: datetime,
    cells: int,
    *,
    picked: bool,
) -> Line:
    """One line of the log."""
    time = until(decision.at, now, board.zone)
    who = one_line(decision.who)
    named = on(decision, board)
    said = one_line(detail(decision, now, board.zone)[:400])
    wide = cells >= 100
    spans = [
        Span("▌ " if picked else "  ", "cursor"),
        Span(f"{time} ", "dim"),
        Span(f"{fit(who, 16 if wide else 9)} ", "dim" if who in _NOBODY else "key"),
        Span(f"{fit(what(decision, known), 28 if wide else 20)} ", _LOUD.get(decision.action, "")),
    ]
    if named:
        spans.append(Span(fit(named, 24, pad=wide) + " ", "title"))
    elif wide:
        spans.append(Span(" " * 25))
    spans.append(Span(said))
    return cut(spans, cells)


def whole(
    decision: Decision,
    board: Board,
    known: Mapping[int, Decision],
    now: datetime,
    cells: int,
    rows: int,
) -> list[Line]:
    """One decision with all its words, as far as there are lines for it."""
    head = f"{until(decision.at, now, board.zone)}  {one_line(decision.who)}  "
    sentence = " ".join(part for part in (what(decision, known), on(decision, board)) if part)
    lines: list[Line] = [cut((Span(head, "dim"), Span(sentence, "title")), cells)]
    said = clean(detail(decision, now, board.zone)[:8000])
    if said:
        lines += [(Span(line),) for line in wrap(said, cells)]
    elif (item := board.item(decision.on)) is not None:
        lines += [(Span(line, "dim"),) for line in wrap(clean(item.post.text[:2000]), cells)]
    if len(lines) > rows:
        last = lines[rows - 1][0]
        text = last.text if width(last.text) < cells else fit(last.text, cells - 1, pad=False)
        lines[rows - 1 :] = [(Span(f"{text}…", last.ink),)]
    return lines
