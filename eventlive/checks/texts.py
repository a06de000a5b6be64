"""Texts of ours: which words go out from which account, about which segment.

Owns the choice among a post's variants, and what variables stand for in this script. Pure; what is
wrong with the words is `words`', `links`' and `names`'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from eventlive.checks.findings import Proof
from eventlive.checks.posts import anchor_of
from eventlive.lines import Place
from eventlive.listening.variables import Names, Naming
from eventlive.tables import Account, PreparedPost, Script


class Said(NamedTuple):
    """A text as one account says it.

    `account` is None where nobody says it yet, and not `chosen` where a person will choose the
    account when the time comes. `language` is "" where the script does not say it. `about` are
    the segments that `{segment.…}` stands for in turn, none where the text is tied to none.
    """

    place: Place
    text: str
    account: Account | None = None
    language: str = ""
    about: tuple[str, ...] = ()
    warning: str = ""
    chosen: bool = True
    fillable: bool = True

    @property
    def network(self) -> str:
        """Name the network that it goes to, "" where that is open."""
        return self.account.network if self.account else ""


def texts(proof: Proof) -> Iterator[Said]:
    """Give every text of ours, once for each account that says it."""
    script, accounts = proof.script, proof.accounts
    for index, post in enumerate(script.posts):
        yield from _of_post(index, post, script, accounts)
    for index, answer in enumerate(script.answers):
        place: Place = ("answers", index, "text")
        who = accounts.get(answer.account) if answer.account else None
        said = Said(place, answer.text, who, answer.language or script.event.language)
        yield said
        if answer.account is None:
            for account in accounts.values():
                yield said._replace(account=account, chosen=False)
    for index, fact in enumerate(script.facts):
        place = ("facts", index, "statement")
        language = fact.language or script.event.language
        yield Said(place, fact.statement, None, language, fillable=False)
    for index, statement in enumerate(script.statements):
        place = ("statements", index, "text")
        language = statement.language or script.event.language
        yield Said(place, statement.text, None, language, fillable=False)


def names_of(script: Script) -> Names:
    """Give what variables stand for whatever the programme does."""
    follow = script.follow.hashtags
    hashtag = script.wall.hashtag or (follow[0] if follow else "")
    if hashtag and hashtag[0] not in "#＃":
        hashtag = f"#{hashtag}"
    people = {
        person.id: Naming(person.name, person.named, dict(person.handles.items()))
        for person in reversed(script.people)
    }
    event = script.event
    return Names(people, event.title, hashtag, event.link, event.timezone)


def about(post: PreparedPost) -> tuple[str, ...]:
    """Give the segments that a post is about: its time's, or what it says, or each in turn."""
    if (anchor := anchor_of(post)) is not None:
        return (anchor.segment,)
    if post.segment is not None:
        return (post.segment,)
    return tuple(dict.fromkeys(post.during))


def variant(post: PreparedPost, account: Account, script: Script) -> str:
    """Name the variant that an account says: its own, its network's, its language's; "" for none.

    An account without a language speaks the event's.
    """
    language = account.language or script.event.language
    keys = (account.id, account.network, language)
    return next((key for key in keys if key in post.variants), "")


def _of_post(
    index: int, post: PreparedPost, script: Script, accounts: dict[str, Account]
) -> Iterator[Said]:
    row: Place = ("posts", index)
    blank = Said((*row, "text"), post.text, None, post.language, about(post), post.warning)
    used = set()
    turning = False
    for account in (accounts[name] for name in post.from_accounts if name in accounts):
        here = blank._replace(account=account, language=post.language or account.language)
        if key := variant(post, account, script):
            # Whoever says a variant says it each time.
            used.add(key)
            own = key if key not in (account.id, account.network) else account.language
            yield here._replace(
                place=(*row, "variants", key), text=post.variants[key], language=own
            )
        else:
            turning = True
            yield here
            yield from _in_turn(row, post, here)
    if not turning:
        if not used:
            yield blank
        yield from _in_turn(row, post, blank)
    for key, text in post.variants.items():
        if key not in used:
            yield blank._replace(place=(*row, "variants", key), text=text, language="")


def _in_turn(row: Place, post: PreparedPost, said: Said) -> Iterator[Said]:
    for number, text in enumerate(post.rotate):
        yield said._replace(place=(*row, "rotate", number), text=text)
