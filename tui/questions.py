"""What is asked before a decision: the question, what speaks for looking twice, and the keys.

Owns the words. Pure: `deciding` asks. A question about what undo leaves alone says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, get_args

from eventlive.messages import AccountInfo, Present
from eventlive.model import Claim, Complaint, Item, Outgoing, Thing
from tui.board import Board, handle_of
from tui.cells import fit, one_line
from tui.meant import Meant
from tui.moments import age
from tui.orders import Deed
from tui.planned import order
from tui.posts import name_of

FINAL = "z does not take this back"
COMPLAINTS: dict[str, Complaint] = {one[0]: one for one in get_args(Complaint)}
"""What a post is reported for, by the key that says so."""
_COMPLAINTS: dict[Complaint, str] = {
    "spam": "spam",
    "abuse": "abuse: it attacks or threatens somebody",
    "hate": "hate: it is against people for what they are",
    "false": "false: it says what is not so, and does harm by that",
    "privacy": "privacy: it shows what is nobody's business",
    "other": "other",
}
_NAMED = 12
_SAID = 3
"""Posts of the house whose words are named."""


class Asked(NamedTuple):
    """A question: its title, what is to be known before, and what each key means."""

    title: str
    body: str
    choices: tuple[tuple[str, str], ...]


def on_several(deed: Deed, meant: Meant, count: int) -> Asked | None:
    """What to ask before a deed that is done to several at once; None where nothing is asked."""
    titles: dict[Deed, tuple[str, str]] = {
        "approve": (f"Put {count} posts on the wall?", "put them up"),
        "take-off": (f"Take {count} posts off the wall?", "take them off"),
    }
    if deed not in titles or count < 2:
        return None
    title, yes = titles[deed]
    return Asked(title, f"{_names(meant)}\n\nz takes all of it back.", (("y", yes),))


def on_authors(deed: Deed, meant: Meant, count: int) -> Asked:
    """What to ask before authors are muted or blocked."""
    whom = one_line(meant.name) if count == 1 and len(meant.things) == 1 else _authors(count)
    verb = "Block" if deed == "block" else "Mute"
    body = "Nothing of this author comes to the inbox or the screens any more."
    if count > 1:
        body = "Nothing of these authors comes to the inbox or the screens any more."
    if deed == "block":
        body += " Only a lead lets somebody in again who was blocked."
    if len(meant.things) > 1:
        body = f"{_names(meant)}\n\n{body}"
    return Asked(f"{verb} {whom}?", body, (("y", f"{verb.lower()} {whom}"),))


def report(meant: Meant) -> Asked:
    """What to ask before posts are reported: for what."""
    several = len(meant.things) > 1
    what = _names(meant) if several else _text(meant.things[0])
    body = (
        f"{what}\n\nIt is kept as it stands, comes off the wall and is never shown. Its network"
        f" learns of it from you: the address is given to you. {FINAL}: E opens the post again, and"
        " what was kept of it stays."
    )
    choices = tuple((key, _COMPLAINTS[one]) for key, one in COMPLAINTS.items())
    return Asked(f"Report {one_line(meant.name)}? What for?", body, choices)


def take_over(item: Item, claim: Claim, others: list[Present], now: datetime | None) -> Asked:
    """What to ask before a colleague's claim is taken over."""
    who = one_line(claim.who)
    since = f" since {age(claim.since, now)}" if now else ""
    there = next((one for one in others if one.who == claim.who), None)
    doing = "has it claimed"
    if there is not None:
        doing = "is writing an answer to it right now" if there.writing else "looks at it right now"
    body = f"{item.post.text}\n\n{who} {doing} (claimed{since}). {FINAL}: A lets it go again."
    return Asked(f"Take {one_line(handle_of(item))} over from {who}?", body, (("y", "take over"),))


def take_down(outgoing: Outgoing, account: AccountInfo | None) -> Asked:
    """What to ask before what is out is deleted on its network."""
    whose = f"@{account.handle}'s" if account else f"{outgoing.account}'s"
    where = name_of(account.network) if account else "its network"
    parts = len(outgoing.sent_ids)
    what = "post" if parts == 1 else f"{parts} posts"
    title = f"Take {whose} {what} down on {where}?"
    if account and account.network == "rehearsal":
        title = f"Take {whose} {what} out of the rehearsal?"
    body = (
        f"{outgoing.text}\n\nThis cannot be undone: {FINAL}, and a new post would be another one."
    )
    return Asked(title, body, (("y", "take it down"),))


def release(board: Board, now: datetime | None) -> Asked:
    """What to ask before a hold ends: what goes out then, with its first words."""
    due = [
        one
        for one in order(board.all_outgoing())
        if one.state == "queued" and one.due_at and now and one.due_at <= now
    ]
    lines = ["The screens go on, and what is due goes out, unless it has become too late."]
    lines += [] if due else ["Nothing is due by now."]
    for one in due[:_SAID]:
        account = board.account(one.account)
        words = board.filled(one, now).text if now else ""
        who = f"@{account.handle}" if account else one.account
        lines.append(f"▸ {one_line(who)}: {fit(one_line(words or one.text), 60, pad=False)}")
    lines += [f"and {len(due) - _SAID} more"] if len(due) > _SAID else []
    return Asked("End the hold?", "\n".join(lines), (("y", "release everything"),))


def _authors(count: int) -> str:
    return "its author" if count == 1 else f"{count} authors"


def _names(meant: Meant) -> str:
    names = list(dict.fromkeys(map(handle_of, meant.things)))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _text(thing: Thing) -> str:
    match thing:
        case Item():
            return thing.post.text
        case _:
            return handle_of(thing)
