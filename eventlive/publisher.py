"""The way out: sends what the desk says is due, and never the same thing twice.

Owns the machine of intent, send, outcome and reconciling, and says what an outlet must offer.
Never decides what is said or when.

    intent on disk ──> send ──> outcome on disk ──> the desk is told
          │              └─ nobody knows ──> look ──> there: outcome
          │                                   ├────> not there: once more, the same bytes and key
          │                                   └────> cannot be told: a person decides
          └─ a crash anywhere ──> on start, look ──> not there: the desk says when, by hold and time

A thread goes through it part by part. What is out stays out: the next attempt goes on after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from eventlive.desk.inputs import Failed, NeverLeft, Outcome, Settled, TakenDown, Unsure, Waits
from eventlive.errors import NotSent, NotYet, OutletError, StoreError, Unclear
from eventlive.model import AccountReport, Change, Intent, Outgoing, Put, Sent
from eventlive.trail import Trail, digest, read, written

log = logging.getLogger("eventlive.publisher")

SEND_SECONDS = 30.0
PICTURE_SECONDS = 60.0
"""More for each picture: a venue's line may be thin."""

LOOK_SECONDS = 15.0
LOOKS = 8
"""Looks that may fail before a person is asked: a minute and a half, longer than most outages."""

LOOK_WAIT = 1.0
"""Seconds before the second look; each further one waits twice as long, up to 30 times that."""

ASK_AGAIN = timedelta(seconds=15)
"""How long a post waits where the network could not be asked what it needs to be prepared."""

DELETES = 5

CLOSE_SECONDS = 2.0

QUEUE = 64
"""Posts of one account that wait to be sent; the desk starts one at a time, so it never fills."""


class Outlet(Protocol):
    """A way out through one account.

    `patience` is how many seconds after a send a post may still turn up; `tries` how often the
    same intent may be sent in all, looks in between. `parts` gives the texts of the posts that it
    takes, one or a thread, always the same for the same post. `prepare` freezes the key and the
    bytes of one of them; `before` are the parts that are out. Both may look things up; nothing is
    posted. `send` posts it. `find` looks whether it is there: None where it is not seen now.

    NotSent means that nothing was posted, and NotYet that it may be tried again at a time that is
    known; Unclear, or anything else, that nobody knows. `delete` may be repeated. `check` says who
    the account is; it raises OutletError with what to do.
    """

    patience: float
    tries: int

    async def parts(self, outgoing: Outgoing) -> tuple[str, ...]: ...

    async def prepare(
        self, outgoing: Outgoing, part: int, before: tuple[Sent, ...]
    ) -> tuple[str, bytes]: ...

    async def send(self, intent: Intent) -> Sent: ...

    async def find(self, intent: Intent) -> Sent | None: ...

    async def delete(self, post_id: str) -> None: ...

    async def check(self) -> AccountReport: ...

    async def close(self) -> None: ...


class Intents(Protocol):
    """What the publisher asks of the store."""

    async def write_intent(self, intent: Intent) -> None: ...

    async def write_outcome(self, intent: Intent, outcome: str) -> None: ...

    async def intents(self, *, unsettled: bool = True) -> list[Intent]: ...


class Publisher:
    """The way out of one engine; `places` say on which network and server each account is."""

    def __init__(
        self,
        outlets: Mapping[str, Outlet],
        store: Intents,
        clock: Callable[[], datetime],
        tell: Callable[[Settled], None],
        *,
        held: Callable[[], bool] = lambda: False,
        places: Mapping[str, str] | None = None,
        send_seconds: float = SEND_SECONDS,
        look_wait: float = LOOK_WAIT,
    ) -> None:
        self._outlets = outlets
        self._store = store
        self._clock = clock
        self._tell = tell
        self._held = held
        self._places = places or {}
        self._trail = Trail()
        self._send_seconds = send_seconds
        self._look_wait = look_wait
        self._taken_up: dict[str, tuple[int, str]] = {}
        self._queues = {account: asyncio.Queue[Outgoing | None](QUEUE) for account in outlets}
        self._deletes = {account: asyncio.Queue[Outgoing | None](QUEUE) for account in outlets}

    def listen(self, changes: list[Change]) -> None:
        """Take up what the desk has just started; called after it is stored. Never waits."""
        for change in changes:
            match change:
                case Put(Outgoing(state="sending" | "deleting") as out):
                    # What is under way may change in some other way, and is begun only once.
                    if self._taken_up.get(out.id) == (out.attempt, out.state):
                        continue
                    self._take_up(out)
                    if out.state == "deleting":
                        self._take_down(out)
                    else:
                        self._queues[out.account].put_nowait(out)
                case _:
                    pass

    async def run(self, started: Iterable[Outgoing]) -> None:
        """Settle what an earlier life left unfinished, then send what comes; ends after `finish`.

        `started` are the posts that the desk believes to be under way. An account's posts leave
        in their order; what is to be taken down does not wait behind them. Raises StoreError:
        what cannot be written down is not sent.
        """
        started = list(started)
        for out in started:
            self._take_up(out)
            if out.account not in self._queues:
                gone = f"there is no account {out.account!r} any more"
                outcome = Unsure(gone) if out.state == "sending" else Failed(gone)
                self._tell(Settled(out.id, out.attempt, outcome, out.sent_ids))
            elif out.state == "deleting":
                self._take_down(out)
        self._trail = Trail(await self._store.intents(unsettled=False))
        async with asyncio.TaskGroup() as tasks:
            for account in self._queues:
                unfinished = [
                    out for out in started if out.account == account and out.state == "sending"
                ]
                tasks.create_task(self._serve(account, unfinished), name=f"publisher:{account}")
                tasks.create_task(self._serve_deletes(account), name=f"deletes:{account}")

    def finish(self) -> None:
        """Let what is being sent come to its end, and send no more."""
        for queue in (*self._queues.values(), *self._deletes.values()):
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    def _take_up(self, out: Outgoing) -> None:
        self._taken_up[out.id] = out.attempt, out.state

    async def close(self) -> None:
        """Close every outlet, for a few seconds at most each."""
        for account, outlet in self._outlets.items():
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await outlet.close()
            except Exception as error:  # noqa: BLE001 - the end goes on
                log.warning("account %s: closing failed: %s", account, type(error).__name__)

    # --- sending -----------------------------------------------------------------------------

    async def _serve(self, account: str, unfinished: list[Outgoing]) -> None:
        outlet, queue = self._outlets[account], self._queues[account]
        for out in unfinished:
            self._settle(out, await self._left_over(outlet, out))
        while (next_out := await queue.get()) is not None:
            self._settle(next_out, await self._send(outlet, next_out))

    async def _left_over(self, outlet: Outlet, out: Outgoing) -> Outcome:
        """Say what became of a post that an earlier life was sending; sends nothing."""
        outcome: Outcome = NeverLeft()
        intents = self._trail.of(out)
        for intent in intents:
            place = self._places.get(out.account, "")
            if intent.outcome is None and intent.place and intent.place != place:
                reason = f"it was being sent to {intent.place}, and {out.account} is {place} now"
                outcome = await self._note(intent, Unsure(f"{reason}: look there"))
            elif intent.outcome is None:
                # An earlier life may have ended at any moment of its last try.
                found = await self._look(outlet, intent, outlet.patience)
                outcome = await self._note(intent, found or NeverLeft(looked=True))
            elif intent.attempt == out.attempt:
                outcome = read(intent.outcome)
        if isinstance(outcome, Sent) and len(self._trail.sent(out.id)) < intents[0].of:
            return NeverLeft(looked=True)
        return outcome

    async def _send(self, outlet: Outlet, out: Outgoing) -> Outcome:
        """Send a post, or what of its thread is not out yet."""
        try:
            async with asyncio.timeout(self._send_seconds):
                texts = await outlet.parts(out)
            said = digest(out, texts, self._places.get(out.account, ""))
            before = self._trail.sent(out.id)
            if self._trail.parted(out.id, said):
                return Failed("a part of it is out in other words: finish it by hand, or delete it")
            for part in range(len(before), len(texts)):
                if self._held():
                    return NeverLeft()
                earlier = self._trail.again(out.id, part, said)
                if earlier is not None:
                    frozen = earlier.key, earlier.body
                else:
                    async with asyncio.timeout(self._send_seconds):
                        frozen = await outlet.prepare(out, part, self._trail.sent(out.id))
                if self._held():
                    return NeverLeft()
                outcome = await self._send_part(outlet, out, part, len(texts), said, frozen)
                if earlier is not None and isinstance(outcome, Failed | Waits):
                    # Refused now, it may be under way from an earlier life all the same.
                    newest = self._trail.of(out)[part]
                    outcome = await self._note(newest, replace(outcome, looked=True))
                if not isinstance(outcome, Sent):
                    return outcome
        except NotYet as error:
            return Waits(error.reason, error.until)
        except NotSent as error:
            return Failed(str(error))
        except (TimeoutError, OutletError) as error:
            # Nothing was posted yet: what is looked up first can be asked again.
            reason = str(error) or "the network does not answer"
            return Waits(reason, self._clock() + ASK_AGAIN)
        except StoreError:
            raise
        except Exception as error:
            log.exception("outgoing %s: the outlet failed to prepare it", out.id)
            return Failed(_fault(error))
        return self._trail.sent(out.id)[0]

    async def _send_part(
        self,
        outlet: Outlet,
        out: Outgoing,
        part: int,
        count: int,
        said: str,
        frozen: tuple[str, bytes],
    ) -> Outcome:
        intent = Intent(
            outgoing=out.id,
            attempt=out.attempt,
            account=out.account,
            key=frozen[0],
            body=frozen[1],
            at=self._clock(),
            part=part,
            of=count,
            digest=said,
            place=self._places.get(out.account, ""),
        )
        await self._store.write_intent(intent)
        self._trail.note(intent)
        seconds = self._send_seconds + PICTURE_SECONDS * len(out.pictures)
        outcome = await self._try(outlet, intent, seconds)
        if isinstance(outcome, Unsure):
            outcome = await self._reconcile(outlet, intent, seconds, outcome.reason)
        return await self._note(intent, outcome)

    async def _try(self, outlet: Outlet, intent: Intent, seconds: float) -> Outcome:
        """Send once; an error never means "not posted" unless the outlet is certain."""
        try:
            async with asyncio.timeout(seconds):
                sent = await outlet.send(intent)
            if self._is_anothers(intent, sent):
                return Unsure(f"the network says that it is another post of ours: {sent.url}")
            return sent
        except NotYet as error:
            return Waits(error.reason, error.until)
        except NotSent as error:
            return Failed(str(error))
        except TimeoutError:
            reason = f"no answer within {seconds:g} s"
        except Unclear as error:
            reason = str(error)
        except Exception as error:
            log.exception("outgoing %s: the outlet failed", intent.outgoing)
            reason = _fault(error)
        log.warning("outgoing %s: %s; looking whether it was posted", intent.outgoing, reason)
        return Unsure(reason)

    async def _reconcile(
        self, outlet: Outlet, intent: Intent, seconds: float, reason: str
    ) -> Outcome:
        """Find out whether it was posted; send again only where it certainly was not.

        And only where nothing is held: then it is the desk's to say when.
        """
        for _ in range(1, outlet.tries):
            found = await self._look(outlet, intent, outlet.patience)
            if found is not None:
                return found
            if self._held():
                return NeverLeft(looked=True)
            match await self._try(outlet, intent, seconds):
                case Unsure(reason):
                    pass
                case Failed() | Waits() as refused:
                    # That this try was refused says nothing of the one before it.
                    return replace(refused, looked=True)
                case outcome:
                    return outcome
        found = await self._look(outlet, intent, outlet.patience)
        sends = f"tried {outlet.tries} times, and it is not there"
        return found or Failed(f"{sends}: {reason}", looked=True)

    async def _look(self, outlet: Outlet, intent: Intent, patience: float) -> Sent | Unsure | None:
        """Look until it can be told; None for certainly not posted.

        `patience` is in seconds from now: until then it may still turn up.
        """
        loop = asyncio.get_running_loop()
        believed_at = loop.time() + patience
        wait, reason, failed = self._look_wait, "", 0
        while failed < LOOKS:
            asked_at = loop.time()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    found = await outlet.find(intent)
                if found is not None and self._is_anothers(intent, found):
                    return Unsure(f"what was found is another post of ours: {found.url}")
                if found is not None:
                    return found
                if asked_at >= believed_at:
                    return None
                await asyncio.sleep(max(0.0, min(wait, believed_at - loop.time())))
            except TimeoutError:
                failed, reason = failed + 1, "looking took too long"
            except Exception as error:  # noqa: BLE001 - whatever failed, nothing is known
                said = str(error) if isinstance(error, OutletError) else ""
                failed, reason = failed + 1, said or _fault(error)
            if reason and failed < LOOKS:
                await asyncio.sleep(wait)
            wait = min(wait * 2, self._look_wait * 30)
        log.error("outgoing %s is uncertain: %s", intent.outgoing, reason)
        return Unsure(f"nobody knows whether it was posted: {reason}")

    def _is_anothers(self, intent: Intent, sent: Sent) -> bool:
        return self._trail.owner(sent.id) not in (None, (intent.outgoing, intent.part))

    async def _note(self, intent: Intent, outcome: Outcome) -> Outcome:
        text = written(outcome)
        await self._store.write_outcome(intent, text)
        self._trail.note(replace(intent, outcome=text))
        return outcome

    def _settle(self, out: Outgoing, outcome: Outcome) -> None:
        ids = tuple(sent.id for sent in self._trail.sent(out.id))
        self._tell(Settled(out.id, out.attempt, outcome, ids))

    # --- deleting ----------------------------------------------------------------------------

    def _take_down(self, out: Outgoing) -> None:
        try:
            self._deletes[out.account].put_nowait(out)
        except asyncio.QueueFull:
            self._tell(Settled(out.id, out.attempt, Failed("too many deletes wait"), out.sent_ids))

    async def _serve_deletes(self, account: str) -> None:
        outlet, queue = self._outlets[account], self._deletes[account]
        while (out := await queue.get()) is not None:
            outcome = await self._delete(outlet, out)
            self._tell(Settled(out.id, out.attempt, outcome, out.sent_ids))

    async def _delete(self, outlet: Outlet, out: Outgoing) -> Outcome:
        """Delete every part, the last one first; it may be done again, so whatever fails is."""
        wait, reason = self._look_wait, ""
        for attempt in range(DELETES):
            try:
                async with asyncio.timeout(self._send_seconds):
                    for post_id in reversed(out.sent_ids):
                        await outlet.delete(post_id)
                return TakenDown()
            except NotYet as error:
                reason = f"{error.reason}, until {error.until:%H:%M:%S} UTC"
            except NotSent as error:
                return Failed(str(error))
            except TimeoutError:
                reason = "no answer"
            except OutletError as error:
                reason = str(error)
            except Exception as error:
                log.exception("outgoing %s: the outlet failed to delete it", out.id)
                reason = _fault(error)
            if attempt < DELETES - 1:
                await asyncio.sleep(wait)
                wait *= 2
        return Failed(reason)


def _fault(error: Exception) -> str:
    """Name a fault without its words: they may hold what was to be sent, and with what key."""
    return f"the outlet failed ({type(error).__name__}); the log has it"
