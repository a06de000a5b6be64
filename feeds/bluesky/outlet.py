"""Bluesky's way out: a post has its key before it leaves; put there again, it is there once.

Owns what each answer of the server means for a post. Never keeps a token (session.py has them) and
never repeats a send by itself. What makes it safe: com.atproto.repo.putRecord with `swapRecord`
null makes a record under a given key, does nothing where the same is there, and refuses anything
else; what looks is com.atproto.repo.getRecord with that key.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import aiohttp
import msgspec

from eventlive.errors import NotSent, NotYet, OutletError, Unclear
from eventlive.listening.facets import facets
from eventlive.model import AccountReport, Intent, Outgoing, OutletAccount, Sent
from feeds.bluesky import pictures, records, session
from feeds.bluesky.limits import CREATE, DELETE, UPLOADS, WRITES, Limits
from feeds.bluesky.pictures import Blob
from feeds.bluesky.posts import POST, moment
from feeds.bluesky.records import Frozen, Keys, Put, Thread
from feeds.bluesky.session import Session
from feeds.bluesky.xrpc import Answer, CallError, NotReached, Refused, Xrpc

PATIENCE = 2.0
"""Seconds: what a broken connection left at the server is through by then, and if it is not, the
same bytes sent again are still the same post."""

UPLOAD_SECONDS = 55.0
UPLOADED_FOR = timedelta(minutes=10)
"""How long a server is trusted to keep a picture that no post names yet."""

REMEMBERED = 1_000

_frozen = msgspec.json.Decoder(Frozen)
_put = msgspec.json.Decoder(Put)
_repo = "com.atproto.repo."


class BlueskyOutlet:
    """One account's way out; the contract is eventlive.publisher's Outlet.

    `secrets` holds `app_password`. Pictures are read from `folder`; `state` keeps the session
    between runs, because the network counts how often somebody signs in.
    """

    patience = PATIENCE
    tries = 5

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
        self._account = account
        self._folder = folder
        self._clock = clock
        self._keys = Keys(clock, random)
        self._xrpc = Xrpc(connector)
        password = secrets.get("app_password", "")
        self._session = Session(account, password, state, self._xrpc, clock)
        self._writes = Limits(WRITES, clock)
        self._uploads = Limits(UPLOADS, clock)
        self._people: dict[str, str] = {}
        self._uploaded: dict[str, datetime] = {}

    async def parts(self, outgoing: Outgoing) -> tuple[str, ...]:
        """Give the texts of the posts that it takes; raises NotSent for what is never taken."""
        return records.texts(outgoing, self._account)

    async def prepare(
        self, outgoing: Outgoing, part: int, before: tuple[Sent, ...]
    ) -> tuple[str, bytes]:
        """Freeze one part: its key, and the very bytes of the call that will post it.

        Pictures belong to the first part. Who is mentioned and what is answered is looked up.
        """
        self._wait_for(self._writes, CREATE, "the network's limit for posts is used up")
        kept = await self._session.open()
        text = records.texts(outgoing, self._account)[part]
        blobs: list[Blob] = []
        if part == 0:
            blobs = [
                await asyncio.to_thread(pictures.read, self._folder, one)
                for one in outgoing.pictures
            ]
        found = facets(text)
        people = {
            one.value: await self._did_of(one.value) for one in found if one.kind == "mention"
        }
        answered = before[-1].id if before else outgoing.reply_to
        record = records.record(
            text,
            self._clock(),
            language=outgoing.language or self._account.language,
            facets=records.rich_text(found, {name: did for name, did in people.items() if did}),
            thread=await self._thread(answered) if answered else None,
            pictures=list(zip(outgoing.pictures, blobs, strict=False)),
        )
        put = Put(kept.did, POST, self._keys.next(), record)
        frozen = Frozen(msgspec.Raw(msgspec.json.encode(put)), tuple(blobs))
        return put.rkey, msgspec.json.encode(frozen)

    async def send(self, intent: Intent) -> Sent:
        """Post what is frozen: pictures first, then the one call that posts."""
        frozen = _frozen.decode(intent.body)
        put = _put.decode(frozen.put)
        kept = await self._session.open()
        if put.repo != kept.did:
            raise NotSent(f"it was written for {put.repo}, and the account is now {kept.did}")
        self._wait_for(self._writes, CREATE, "the network's limit for posts is used up")
        for blob in frozen.pictures:
            await self._upload(blob)
        self._writes.spend(CREATE)
        try:
            answer = await self._session.procedure(f"{_repo}putRecord", bytes(frozen.put))
        except NotReached as error:
            raise self._later(error) from error
        except Refused as error:
            if error.name == "InvalidSwap":  # something is there under this key
                if found := await self.find(intent):
                    return found
                raise Unclear(f"{error}, and it is not there") from error
            if error.name == "BlobNotFound":
                self._uploaded.clear()
            raise self._refusal(error, self._writes) from error
        except CallError as error:
            raise Unclear(str(error)) from error
        self._writes.take_in(answer.headers)
        if answer.body.get("uri") != _uri(put):
            raise Unclear("the server answered for another post")
        return Sent(_uri(put), self._url(kept.handle, put), self._clock())

    async def find(self, intent: Intent) -> Sent | None:
        """Look under the frozen key; raises Unclear where it cannot be looked, or is another's."""
        put = _put.decode(_frozen.decode(intent.body).put)
        try:
            kept = await self._session.open()
            answer = await self._session.query(
                f"{_repo}getRecord", ("repo", put.repo), ("collection", POST), ("rkey", put.rkey)
            )
        except Refused as error:
            if error.name == "RecordNotFound":
                return None
            raise Unclear(str(error)) from error
        except (CallError, OutletError) as error:
            raise Unclear(str(error)) from error
        there = answer.body.get("value")
        created = there.get("createdAt") if isinstance(there, dict) else None
        if answer.body.get("uri") != _uri(put) or created != put.record["createdAt"]:
            raise Unclear(f"under its key there is another post: {self._url(kept.handle, put)}")
        at = moment(str(created)) or intent.at
        return Sent(_uri(put), self._url(kept.handle, put), at)

    async def delete(self, post_id: str) -> None:
        """Take a post of ours away; one that is gone already is fine."""
        did, rkey = records.place(post_id)
        kept = await self._session.open()
        if did != kept.did:
            raise NotSent(f"{post_id} is not {kept.handle}'s")
        self._wait_for(self._writes, DELETE, "the network's limit for posts is used up")
        self._writes.spend(DELETE)
        body = msgspec.json.encode({"repo": did, "collection": POST, "rkey": rkey})
        try:
            answer = await self._session.procedure(f"{_repo}deleteRecord", body)
        except NotReached as error:
            raise self._later(error) from error
        except Refused as error:
            raise self._refusal(error, self._writes) from error
        except CallError as error:
            raise Unclear(str(error)) from error
        self._writes.take_in(answer.headers)

    async def check(self) -> AccountReport:
        """Sign in where needed, and say who the account is and what is left to it."""
        said = (await self._ask("com.atproto.server.getSession")).body
        if said.get("active") is False:
            raise NotSent(f"the account is {said.get('status') or 'not active'}; see bsky.app")
        kept = await self._session.open()
        name = ""
        try:
            answer = await self._session.query(
                f"{_repo}getRecord",
                ("repo", kept.did),
                ("collection", "app.bsky.actor.profile"),
                ("rkey", "self"),
            )
            value = answer.body.get("value")
            name = str(value.get("displayName") or "") if isinstance(value, dict) else ""
        except CallError:
            pass  # who never named themselves has no such record
        limits = self._writes.sentences() or (f"{WRITES[3600]:,} points an hour, {CREATE} a post",)
        sign_ins = tuple(f"sign-ins: {one}" for one in self._session.logins.sentences())
        handle = str(said.get("handle") or kept.handle)
        return AccountReport(handle, name, ("read", "post", "upload"), limits + sign_ins)

    async def close(self) -> None:
        """End the connections."""
        await self._xrpc.close()

    # --- inside ------------------------------------------------------------------------------

    async def _did_of(self, handle: str) -> str:
        """Give somebody's DID; "" where the network knows nobody of that handle."""
        if known := self._people.get(handle):
            return known
        try:
            answer = await self._session.query(
                "com.atproto.identity.resolveHandle", ("handle", handle)
            )
        except Refused as error:
            if error.is_limit:
                raise self._refusal(error, self._writes) from error
            return ""
        except CallError as error:
            raise self._later(error) from error
        did = answer.body.get("did")
        if not isinstance(did, str):
            return ""
        self._people[handle] = did
        if len(self._people) > REMEMBERED:
            del self._people[next(iter(self._people))]
        return did

    async def _thread(self, uri: str) -> Thread:
        """Look up what a post answers; the server asks the network for what is not its own."""
        did, rkey = records.place(uri)
        try:
            answer = await self._session.query(
                f"{_repo}getRecord", ("repo", did), ("collection", POST), ("rkey", rkey)
            )
        except Refused as error:
            if error.is_limit:
                raise self._refusal(error, self._writes) from error
            raise NotSent(f"the post answered is not there any more ({error})") from error
        except CallError as error:
            raise self._later(error) from error
        return records.thread_of(uri, answer.body)

    async def _upload(self, blob: Blob) -> None:
        """Bring a picture to the server, unless it has been there within minutes."""
        now = self._clock()
        if self._uploaded.get(blob.cid, now - UPLOADED_FOR) > now - UPLOADED_FOR:
            return
        data = await asyncio.to_thread(pictures.bytes_of, self._folder, blob.file)
        if hashlib.sha256(data).hexdigest() != blob.sha256:
            raise NotSent(f"{blob.file}: the file has changed since; {pictures.ANEW}")
        self._wait_for(self._uploads, 1, "the network's limit for pictures is used up")
        self._uploads.spend(1)
        try:
            answer = await self._session.procedure(
                f"{_repo}uploadBlob", data, content_type=blob.mime, seconds=UPLOAD_SECONDS
            )
        except Refused as error:
            raise self._refusal(error, self._uploads) from error
        except CallError as error:
            raise self._later(error) from error
        self._uploads.take_in(answer.headers)
        if answer.body.get("blob") != blob.reference:
            raise NotSent(f"the server takes {blob.file} for something else than {blob.mime}")
        self._uploaded[blob.cid] = now
        if len(self._uploaded) > REMEMBERED:
            del self._uploaded[next(iter(self._uploaded))]

    async def _ask(self, method: str) -> Answer:
        try:
            return await self._session.query(method)
        except Refused as error:
            raise self._refusal(error, self._writes) from error
        except CallError as error:
            raise self._later(error) from error

    def _wait_for(self, limits: Limits, points: int, reason: str) -> None:
        if until := limits.until(points):
            raise NotYet(reason, until)

    def _refusal(self, error: Refused, limits: Limits) -> NotSent:
        if error.is_limit:
            return NotYet(f"the server says: too many ({error})", limits.refused(error.headers))
        return NotSent(f"the server refuses: {error}")

    def _later(self, error: CallError) -> NotYet:
        return NotYet(str(error), self._clock() + session.AGAIN)

    def _url(self, handle: str, put: Put) -> str:
        return f"https://bsky.app/profile/{handle}/post/{put.rkey}"


def _uri(put: Put) -> str:
    return f"at://{put.repo}/{POST}/{put.rkey}"
