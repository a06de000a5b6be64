"""X's way out: posts, replies and threads of one account, and never the same thing twice.

Owns what a post is made of, what X's answers prove, and the looking. X has no key under which a
post could be sent again safely; its only guard is a 403 for words that it has taken not long ago.
So everything hangs on what is certain:

    what happened                                 what it proves
    a limit is used up, no connection came        nothing was posted: NotYet
      about, the pictures did not arrive
    4xx in X's own words                          nothing was posted: NotSent
    201 with an id                                it is there
    403 "duplicate" on the first try              X has older words of ours: NotSent
    403 "duplicate" on a later one                the first try may be there: Unclear, and so is
                                                    every look that does not find it
    a timeout, a reset, a cut or foreign body,    nothing: Unclear
      5xx, anything else

What is unclear is looked for in the account's timeline, from the moment of the first try on, by
X's clock. A timeline may lag, so "not there" counts only after `patience` seconds; then the same
words are sent once more, and X's guard is there for what the look has missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from random import Random

import aiohttp
import msgspec
from msgspec import Struct

from eventlive.errors import NotSent, NotYet, OutletError, Unclear
from eventlive.listening.entities import cashtags
from eventlive.listening.length import measure
from eventlive.listening.splitting import split
from eventlive.model import AccountReport, Intent, Outgoing, OutletAccount, Sent
from feeds.x.limits import POSTS
from feeds.x.media import PICTURES, freeze, upload
from feeds.x.outlet_api import Answer, Api, key_names
from feeds.x.outlet_look import Said, compare
from feeds.x.outlet_refusals import fine, is_duplicate, meaning, proof
from feeds.x.outlet_timeline import CLOCKS, Timeline

READ_ONLY = (
    "These keys may only read: set the app to Read and write in X's developer console, then make "
    "new access tokens."
)
NOT_TOLD = "X tells with the first post how many are left; its rule is 100 in 15 minutes."


class _Data(Struct):
    id: str = ""
    username: str = ""
    name: str = ""
    deleted: bool = False


class _Body(Struct):
    data: _Data = msgspec.field(default_factory=_Data)


_body = msgspec.json.Decoder(_Body)
_said = msgspec.json.Decoder(Said)


class XOutlet:
    """The way out through one account on X, with the keys of an app and of the account.

    `secrets` are api_key, api_secret, access_token and access_secret (OAuth 1.0a); nothing is
    kept in `state`, and nothing is left to chance. Pictures' paths start at `folder`.
    """

    tries = 2

    def __init__(
        self,
        account: OutletAccount,
        secrets: Mapping[str, str],
        *,
        folder: Path,
        state: Path,
        clock: Callable[[], datetime],
        random: Random,
        connector: Callable[[], aiohttp.BaseConnector] | None = None,
    ) -> None:
        del state, random
        self.patience = 60.0
        self._account = account
        self._folder = folder
        self._clock = clock
        connector = connector or aiohttp.TCPConnector
        self._api = Api(account.id, secrets, clock=clock, connector=connector)
        self._timeline = Timeline(self._api)
        self._begun: set[str] = set()
        self._known: dict[str, str] = {}
        self._repeats: set[str] = set()  # keys that X took for a repeat of their own first try

    # --- before ------------------------------------------------------------------------------

    async def parts(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Give the texts of the posts that it takes, signed; raises NotSent for what X never takes.

        A text over the limit is cut into a thread, or refused, as the account says.
        """
        if len(outgoing.pictures) > PICTURES:
            raise NotSent(f"{len(outgoing.pictures)} pictures; X takes {PICTURES} at most")
        if outgoing.reply_to and not outgoing.reply_to.isdecimal():
            raise NotSent(f"{outgoing.reply_to} is no post on X, so it cannot be answered there")
        text = f"{outgoing.text.strip()} {self._account.signature}".strip()
        # X has no other place for a content warning than the first line.
        texts = self._fitting(f"CW: {outgoing.warning}\n{text}" if outgoing.warning else text)
        for text in texts:
            if len(found := cashtags(text)) > 1:
                named = ", ".join(f"${one.value}" for one in found)
                raise NotSent(f"X takes one cashtag a post at most; here are {named}")
        return texts

    def _fitting(self, text: str) -> tuple[str, ...]:
        found = measure(text, "x")
        if found.fits:
            return (text,)
        if self._account.long == "refuse":
            raise NotSent(f"{found.used} characters, as X counts them; {found.limit} is the limit")
        try:
            return split(text, "x")
        except ValueError as error:
            raise NotSent(str(error)) from error

    async def prepare(
        self, outgoing: Outgoing, part: int, before: tuple[Sent, ...]
    ) -> tuple[str, bytes]:
        """Freeze one part; parts after the first reply to the one before. Raises NotSent."""
        text = (await self.parts(outgoing))[part]
        # The pictures stand with the first part, where the thread begins.
        pictures = () if part else outgoing.pictures
        said = Said(
            text=text,
            at=self._clock(),
            attempt=outgoing.attempt,
            reply=before[-1].id if before else outgoing.reply_to,
            before=tuple(one.id for one in before),
            pictures=await asyncio.to_thread(freeze, self._folder, pictures),
        )
        return f"{outgoing.id}.{outgoing.attempt}.{part}", msgspec.json.encode(said)

    # --- sending -----------------------------------------------------------------------------

    async def send(self, intent: Intent) -> Sent:
        """Post it; its pictures go first. Raises NotSent or NotYet only where that is certain."""
        said = _thaw(intent)
        again = said.attempt != intent.attempt or intent.key in self._begun
        if closed := self._api.limits.used_up(POSTS):
            raise NotYet(f"X's limit is used up ({closed})", closed.until)
        media = await upload(self._api, self._folder, said.pictures, self._clock)
        self._begun.add(intent.key)
        try:
            answer = await self._api.create_tweet(
                text=said.text,
                in_reply_to_tweet_id=said.reply or None,
                media_ids=media or None,
            )
            return self._posted(intent, said, answer, again=again)
        except NotSent:
            if not again:
                self._begun.discard(intent.key)
            raise

    def _posted(self, intent: Intent, said: Said, answer: Answer, *, again: bool) -> Sent:
        if answer.fine and (post_id := _data(answer).id).isdecimal():
            return self._settled(intent, post_id, self._clock())
        problem = proof(answer)
        if problem is not None and is_duplicate(answer.status, problem):
            if again:
                self._repeats.add(intent.key)
                raise Unclear("X says that it has these words, so an earlier try may be there")
            raise NotSent(
                "X takes the same words only once in a while, and it has these from this account "
                "already: change a word, or leave it at that"
            )
        raise meaning(answer, self._api, said.reply)

    def _settled(self, intent: Intent, post_id: str, at: datetime) -> Sent:
        self._begun.discard(intent.key)
        self._repeats.discard(intent.key)
        self._known[post_id] = intent.key
        return Sent(post_id, self._address(post_id), at)

    # --- looking -----------------------------------------------------------------------------

    async def find(self, intent: Intent) -> Sent | None:
        """Look for it among the account's posts since the first try; None where it is not seen.

        Raises Unclear where X cannot be asked, where several posts, or one that is nearly the
        same, may be it (those are named), and where X has refused it as a repeat and shows none.
        """
        try:
            said = _thaw(intent)
            since = min(said.at, intent.at)
            if since > self._clock() + CLOCKS:
                raise Unclear("this machine's clock was set back since: look by hand")
            posts = await self._timeline.since(since)
        except NotSent as error:
            raise Unclear(f"X cannot be asked what is there: {error}") from error
        others = {post_id for post_id, key in self._known.items() if key != intent.key}
        seen = compare(said, posts, self._timeline.there(since), others)
        if len(seen.same) == 1:
            return self._settled(intent, seen.same[0].id, seen.same[0].created_at)
        if doubtful := seen.same or seen.near:
            named = ", ".join(self._address(post.id) for post in doubtful)
            kind = "more than one post says this" if seen.same else "nearly the same is there"
            raise Unclear(f"{kind}: {named}")
        if intent.key in self._repeats:
            # That X has the words outweighs a timeline that lags.
            raise Unclear(
                "X says that it has these words, and its timeline does not show them: "
                f"look at {self._profile()}; if they are not there, change a word and send it anew"
            )
        return None

    # --- the rest ----------------------------------------------------------------------------

    async def delete(self, post_id: str) -> None:
        """Take a post down; one that is gone already is fine. Raises NotSent, NotYet, Unclear."""
        if not post_id.isdecimal():
            raise NotSent(f"{post_id} is no post on X")
        answer: Answer = await self._api.delete_tweet(post_id)
        if answer.status != 404 and not _data(fine(answer, self._api)).deleted:
            raise Unclear("X does not say that it is gone")

    async def check(self) -> AccountReport:
        """Ask X who the keys belong to and what they may do. Raises OutletError with what to do."""
        answer = fine(await self._api.get_me(), self._api)
        me = _data(answer)
        ours = self._account.handle.removeprefix("@")
        if me.username.lower() != ours.lower():
            names = " and ".join(key_names(self._account.id)[2:])
            raise OutletError(
                f"the keys are those of @{me.username}, and the script says @{ours}: "
                f"give {names} of @{ours}, or change the script"
            )
        if answer.headers.get("x-access-level") == "read":
            return AccountReport(me.username, me.name, ("read",), (READ_ONLY,))
        limits = self._api.limits.sentences() or (NOT_TOLD,)
        return AccountReport(me.username, me.name, ("read", "post", "upload"), limits)

    async def close(self) -> None:
        """Do nothing: each request has closed its own connection."""

    def _address(self, post_id: str) -> str:
        return f"{self._profile()}/status/{post_id}"

    def _profile(self) -> str:
        return f"https://x.com/{self._account.handle.removeprefix('@')}"


def _thaw(intent: Intent) -> Said:
    try:
        return _said.decode(intent.body)
    except msgspec.MsgspecError as error:
        raise NotSent("it was made ready by another version; send it anew") from error


def _data(answer: Answer) -> _Data:
    try:
        return _body.decode(answer.body).data
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _Data()
