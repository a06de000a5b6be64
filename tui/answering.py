"""Whether a post may be answered here and now: what forbids it, what makes an operator think twice.

Pure. Owns the reasons, in words, that stand between the key and the composer: three people must
never answer one question, and nobody answers by accident whom the house avoids.
"""

from __future__ import annotations

from datetime import datetime, tzinfo

from eventlive.model import Claim, Item, Outgoing
from tui.board import Board
from tui.cells import fit, one_line
from tui.moments import clock
from tui.row import STATES

_QUOTED = 120
"""Cells of an answer that are quoted."""
_NO_ANSWER = ("dropped", "deleted")


def forbidden(board: Board, item: Item) -> str:
    """Say why nobody may answer a post here; "" where one may. Foreign text."""
    if board.welcome is not None and board.welcome.role == "viewer":
        return "a viewer looks on: answering is for operators"
    if item.state == "deleted":
        return "its author has deleted it: there is nothing to answer"
    if item.claim and item.claim.who != board.me:
        lead = board.welcome is not None and board.welcome.role == "lead"
        more = " (C takes it over)" if lead else ""
        return f"{dealt_with(item, item.claim, board.zone)}{more}"
    return ""


def dealt_with(item: Item, claim: Claim, where: tzinfo) -> str:
    """Say who deals with a post, and since when. Foreign text."""
    return f"{claim.who} deals with @{item.post.author.handle} since {clock(claim.since, where)}"


def answer_to(board: Board, item: Item) -> Outgoing | None:
    """The house's answer to a post, sent or about to be; None where there is none, or unknown."""
    out = board.outgoing(item.answer) if item.answer else None
    return out if out is not None and out.state not in _NO_ANSWER else None


def is_answered(board: Board, item: Item) -> bool:
    """Whether the house has an answer to a post, so that the engine takes no other reply."""
    out = board.outgoing(item.answer) if item.answer else None
    return bool(item.answer) and (out is None or out.state not in _NO_ANSWER)


def unwanted(item: Item) -> str:
    """Say why the house does not want to answer a post, "" for nothing. Foreign text."""
    name = f"@{item.post.author.handle}"
    if item.avoided:
        return f"the house does not engage with {name}"
    if item.muted:
        return f"somebody has muted {name}"
    if item.reported and item.state == "rejected":
        return f"{item.reported} has reported it"
    return ""


def doubts(board: Board, item: Item) -> list[str]:
    """Say what an operator must know before they answer a post, if anything. Foreign text."""
    name, found = f"@{item.post.author.handle}", []
    if why := unwanted(item):
        found.append(f"{why[0].upper()}{why[1:]}.")
    out = answer_to(board, item)
    if out is not None:
        whose = "You have" if out.who == board.me else f"{out.who} has"
        found.append(f"{whose} answered {_how(out, board.zone)}: “{_quoted(out.text)}”")
    elif is_answered(board, item):
        found.append("The house has answered it already (see Outgoing).")
    if item.shown_answer:
        found.append(f"It is answered on the wall: “{_quoted(item.shown_answer)}”")
    found += [
        f"{one.who} writes an answer to {name} just now."
        for one in board.others_at(item.id)
        if one.writing
    ]
    return found


def _how(out: Outgoing, where: tzinfo) -> str:
    at: datetime = out.sent_at or out.created_at
    return f"at {clock(at, where)} ({STATES[out.state][0][2:]})"


def _quoted(text: str) -> str:
    return fit(one_line(text[: 2 * _QUOTED]), _QUOTED, pad=False)
