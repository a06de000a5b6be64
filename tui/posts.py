"""What a written text becomes on its network: one post or a thread, to the character.

Owns the console's idea of what an outlet will send, so that it can be counted while it is written
and looked at before it goes: whom a reply addresses, the account's signature, where a long text is
cut. Pure; what only the network knows (whether it takes the post) only sending shows.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from eventlive.listening.entities import mentions_of_mastodon
from eventlive.listening.length import Measure, graphemes, measure
from eventlive.listening.replying import NAMES
from eventlive.listening.splitting import split
from eventlive.messages import AccountInfo

LONGEST = 10_000
"""Characters of a text that the engine takes (messages.Write)."""
ON_WALL = 1_000
"""Characters of an answer on the wall (messages.ShowAnswer)."""


class Posts(NamedTuple):
    """The posts of a text as they will stand there; `used` measures it as a whole.

    `trouble` is why it cannot go out, in words; "" where it can.
    """

    texts: tuple[str, ...]
    used: Measure
    trouble: str = ""


@lru_cache(maxsize=32)
def posts_of(text: str, account: AccountInfo, answered: str = "", warning: str = "") -> Posts:
    """Make the posts of a text.

    `answered` is the handle of whom it answers on the network, "" where it is no reply there;
    `warning` is a content warning that goes with it.
    """
    text, network, limit = text.strip(), account.network, account.limit
    if answered and network == "mastodon":
        text = _addressed(text, answered, account.handle)
    text = f"{text} {account.signature}".strip()
    if warning and network == "bluesky":
        text = f"CW: {warning}\n{text}"
    if warning and network == "mastodon":
        limit = max(measure("", network, limit).limit - graphemes(warning), 1)
    used = measure(text, network, limit)
    if used.fits:
        return Posts((text,), used, _unsendable(text))
    over = f"{used.used - used.limit:,} {_unit(used)} too long for {name_of(network)}"
    if account.long != "thread":
        return Posts((text,), used, over)
    try:
        return Posts(split(text, network, limit), used, _unsendable(text))
    except ValueError as error:
        return Posts((text,), used, f"{over}, and no thread: {error}")


def on_wall(text: str) -> Posts:
    """Measure an answer that goes on the wall."""
    text = text.strip()
    used = Measure(len(text), ON_WALL)
    over = f"{used.used - used.limit:,} characters too long for the wall"
    return Posts((text,), used, "" if used.fits else over)


def speaker(account: AccountInfo) -> str:
    """Who speaks, and where; foreign text."""
    where = "in rehearsal" if account.network == "rehearsal" else f"on {name_of(account.network)}"
    return f"@{account.handle} {where}"


def size(used: Measure) -> str:
    """How much of its limit a text uses, in words."""
    return f"{used.used:,} of {used.limit:,} {_unit(used)}" if used.limit else f"{used.used:,}"


def name_of(network: str) -> str:
    """A network's own name."""
    return NAMES.get(network, network)


def _unit(used: Measure) -> str:
    # Nobody but a programmer says graphemes; they are what everybody else calls characters.
    return "bytes" if used.unit == "bytes" else "characters"


def _unsendable(text: str) -> str:
    over = len(text) - LONGEST
    return f"{over:,} characters more than can be sent at once" if over > 0 else ""


def _addressed(text: str, answered: str, ours: str) -> str:
    """A reply on Mastodon as it is sent: with the mention of whom it answers.

    Mastodon tells nobody of a reply that does not mention them. Who lives on our own server is
    named without it.
    """
    name, _, server = answered.removeprefix("@").partition("@")
    local = server.lower() == ours.removeprefix("@").partition("@")[2].lower()
    known = {name.lower(), answered.lower()} if local else {answered.lower()}
    there = {text[span.start + 1 : span.end].lower() for span in mentions_of_mastodon(text)}
    if there & known or answered.lower() == ours.lower():
        return text
    return f"@{name if local else answered} {text}"
