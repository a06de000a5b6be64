"""Names: ids that stand twice, names of what is not there, handles that cannot be.

Owns what points from one table to another by id, and the grammar of handles in tables and texts.
Pure: no network is asked whether somebody is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.checks.findings import Finding, Proof, nearest, row_of, unknown
from eventlive.checks.texts import Said, texts, variant
from eventlive.lines import Place
from eventlive.listening.domains import is_domain
from eventlive.listening.entities import links
from eventlive.tables import MastodonFeed, Person, handle_problem

IDENTIFIED = (
    "feeds",
    "accounts",
    "people",
    "segments",
    "posts",
    "reminders",
    "answers",
    "facts",
    "screens",
    "statements",
)
"""Tables whose rows have ids."""
ROWS = (*IDENTIFIED, "sponsors")
"""Tables of rows."""

_X_PERSON = re.compile(r"@?[A-Za-z0-9_]{1,20}")
"""Names on X have fifteen signs; twenty is what X links, for those given out before."""
_MENTION = re.compile(
    r"(?<![\w@/.:=+-])@(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)"
    r"(?P<server>@[\w-]+(?:\.[\w-]+)*(?::\d+)?)?"
)


def findings(proof: Proof) -> Iterator[Finding]:
    """Find names that lead nowhere, or to two things."""
    yield from _twice(proof)
    yield from _accounts(proof)
    yield from _variants(proof)
    yield from _shared_secrets(proof)
    yield from _handles(proof)
    yield from _mentions(proof)


def _twice(proof: Proof) -> Iterator[Finding]:
    for table in IDENTIFIED:
        first: dict[str, int] = {}
        for index, row in enumerate(getattr(proof.script, table)):
            if row.id in first:
                yield Finding(
                    (table, index, "id"),
                    f"{row.id!r} stands here a second time",
                    "every id in a table must be its own",
                    first=(table, first[row.id], "id"),
                )
            first.setdefault(row.id, index)


def _accounts(proof: Proof) -> Iterator[Finding]:
    for index, post in enumerate(proof.script.posts):
        if not post.accounts and not proof.told(("posts", index, "accounts")):
            place: Place = ("posts", index, "account")
            yield from unknown(proof, place, post.account or "main", "accounts", "account")
        for number, name in enumerate(post.accounts):
            place = ("posts", index, "accounts", number)
            yield from unknown(proof, place, name, "accounts", "account", words=f'"{name}"')
            if name in post.accounts[:number]:
                yield Finding(place, f"{name!r} stands here twice", severity="warning")
    for index, answer in enumerate(proof.script.answers):
        if answer.account is not None:
            place = ("answers", index, "account")
            yield from unknown(proof, place, answer.account, "accounts", "account")
    if support := proof.script.support:
        yield from unknown(proof, ("support", "account"), support.account, "accounts", "account")


def _variants(proof: Proof) -> Iterator[Finding]:
    """Find variants for what no account of the event is, or no account of the post."""
    script, accounts = proof.script, proof.accounts
    if proof.told(("accounts",)):
        return
    known = proof.voices | {script.event.language}
    for index, post in enumerate(script.posts):
        used = {
            variant(post, accounts[name], script) for name in post.from_accounts if name in accounts
        }
        strangers = any(name not in accounts for name in post.from_accounts) or any(
            proof.told(("posts", index, key)) for key in ("account", "accounts")
        )
        for key in post.variants:
            place: Place = ("posts", index, "variants", key)
            if key not in known:
                near = nearest(key, known)
                listed = f"known here: {', '.join(sorted(known))}"
                yield Finding(
                    place,
                    f"{_short(key)} is no account, network or language of the event's accounts",
                    f"did you mean {near!r}?" if near else listed,
                )
            elif key not in used and not strangers:
                message = f"no account of this post says the variant {key!r}"
                yield Finding(place, message, severity="warning")


def _shared_secrets(proof: Proof) -> Iterator[Finding]:
    """Find a feed that would show an account's token to another server."""
    places = {account.id: account.place for account in proof.script.accounts}
    for index, feed in enumerate(proof.script.feeds):
        if not isinstance(feed, MastodonFeed) or feed.id not in places:
            continue
        if places[feed.id] != f"mastodon {feed.servers[0].rstrip('/')}":
            yield Finding(
                ("feeds", index, "id"),
                f"{feed.id!r} is an account too, and both would use its token",
                "give the feed another id",
            )


# --- handles -------------------------------------------------------------------------------------


def _handles(proof: Proof) -> Iterator[Finding]:
    for index, person in enumerate(proof.script.people):
        for network, handle in person.handles.items():
            if wrong := _problem(network, handle):
                yield Finding(("people", index, "handles", network), wrong)


def _problem(network: str, handle: str) -> str:
    if network == "x" and _X_PERSON.fullmatch(handle):
        return ""
    return handle_problem(network, _short(handle).strip("'") if len(handle) > 80 else handle)


def _mentions(proof: Proof) -> Iterator[Finding]:
    """Find mentions that their network cannot take for one."""
    seen = set()
    for said in texts(proof):
        mark = (said.place, said.network)
        if not said.chosen or mark in seen or said.network in ("", "rehearsal"):
            continue
        seen.add(mark)
        yield from _of_text(said, proof.script.people)


def _of_text(said: Said, people: list[Person]) -> Iterator[Finding]:
    if "@" not in said.text:
        return
    apart = links(said.text)
    for found in _MENTION.finditer(said.text):
        if any(link.start < found.start() < link.end for link in apart):
            continue
        mention, name, server = found.group(), found["name"], found["server"] or ""
        match said.network:
            case "x" if server or is_domain(name) or not _X_PERSON.fullmatch(name):
                reads = "such as @house: letters, digits and _"
            case "bluesky" if server or not ("." in name and not _problem("bluesky", name)):
                reads = "such as @house.example.org: a domain name"
            case "mastodon" if not server and is_domain(name):
                reads = "such as @house@social.example.org, with its server"
            case _:
                continue
        known = [one.id for one in people if mention[1:] in _bare(one)]
        yield Finding(
            said.place,
            f"{_short(mention)} is no handle on {said.network}: it reads {reads}",
            f"{{person.{known[0]}}} becomes the right one on each network" if known else "",
            "warning",
            row_of(said.text, found.start()),
        )


def _bare(person: Person) -> set[str]:
    return {handle.removeprefix("@") for handle in person.handles.values()}


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}…")
