"""The way out: sends what the desk says is due, and never the same thing twice.

Owns the machine of intent, send, outcome and reconciling, and says what an outlet must offer.
Never decides what is said or when.

    intent on disk ──> send ──> outcome on disk ──> the desk is told
          │              └─ nobody knows ──> look ──> there: outcome
          │                                   ├────> not there: once more, the same bytes and key
          │                                   └────> cannot be told: a person decides
          └─ a crash anywhere ──> on start, look ──> not there: the desk says when, by hold and time
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, assert_never

import msgspec
from msgspec.structs import replace

from eventlive.desk.inputs import Failed, NeverLeft, Settled, Unsure
from eventlive.errors import NotSent, Unclear
from eventlive.model import Change, Intent, Outgoing, Put, Sent

log = logging.getLogger("eventlive.publisher")

SEND_SECONDS = 30.0
LOOK_SECONDS = 15.0
LOOKS = 4
LOOK_WAIT = 1.0
"""Seconds before the second look; each further one waits twice as long."""

QUEUE = 64
"""Posts of one account that wait to be sent; the desk starts one at a time, so it never fills."""

_outcome: msgspec.json.Decoder[tuple[str, str, str, datetime]] = msgspec.json.Decoder(
    tuple[str, str, str, datetime]
)


class Outlet(Protocol):
    """A way out through one account.

    `prepare` freezes the bytes and the key under which a send can be recognised; pure (the same
    post in the same attempt always gives the same), and raises NotSent for what the network would
    never take. `send` posts them and raises NotSent where it is certain that nothing was posted,
    Unclear (or anything else) where it is not. `find` looks whether it was posted: Sent, or None
    where it certainly was not; it raises Unclear where it cannot tell.
    """

    def prepare(self, outgoing: Outgoing) -> tuple[str, bytes]: ...

    async def send(self, intent: Intent) -> Sent: ...

    async def find(self, intent: Intent) -> Sent | None: ...


class Intents(Protocol):
    """What the publisher asks of the store."""

    async def write_intent(self, intent: Intent) -> None: ...

    async def write_outcome(self, intent: Intent, outcome: str) -> None: ...

    async def intents(self, *, unsettled: bool = True) -> list[Intent]: ...


class Publisher:
    """The way out of one engine."""

    def __init__(
        self,
        outlets: Mapping[str, Outlet],
        store: Intents,
        clock: Callable[[], datetime],
        tell: Callable[[Settled], None],
        *,
        held: Callable[[], bool] = lambda: False,
        send_seconds: float = SEND_SECONDS,
        look_wait: float = LOOK_WAIT,
    ) -> None:
        self._outlets = outlets
        self._store = store
        self._clock = clock
        self._tell = tell
        self._held = held
        self._left: dict[str, Intent] = {}
        self._send_seconds = send_seconds
        self._look_wait = look_wait
        self._queues = {account: asyncio.Queue[Outgoing | None](QUEUE) for account in outlets}

    def listen(self, changes: list[Change]) -> None:
        """Take up what the desk has just started; called after it is stored. Never waits."""
        for change in changes:
            match change:
                case Put(Outgoing(state="sending") as out):
                    self._queues[out.account].put_nowait(out)
                case _:
                    pass

    async def run(self, started: Iterable[Outgoing]) -> None:
        """Settle what an earlier life left unfinished, then send what comes; ends after `finish`.

        `started` are the posts that the desk believes to be under way. An account's posts leave
        in their order. Raises StoreError: what cannot be written down is not sent.
        """
        started = list(started)
        for out in started:
            if out.account not in self._queues:
                reason = f"there is no account {out.account!r} any more to look with"
                self._tell(Settled(out.id, out.attempt, Unsure(reason)))
        intents = {(one.outgoing, one.attempt): one for one in await self._all_intents()}
        never_left = _written(NeverLeft())
        self._left = {one.outgoing: one for one in intents.values() if one.outcome == never_left}
        async with asyncio.TaskGroup() as tasks:
            for account, queue in self._queues.items():
                unfinished = [
                    (out, intents.get((out.id, out.attempt)))
                    for out in started
                    if out.account == account
                ]
                tasks.create_task(
                    self._serve(account, queue, unfinished), name=f"publisher:{account}"
                )

    def finish(self) -> None:
        """Let what is being sent come to its end, and send no more."""
        for queue in self._queues.values():
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    # --- inside ------------------------------------------------------------------------------

    async def _all_intents(self) -> list[Intent]:
        return await self._store.intents(unsettled=False)

    async def _serve(
        self,
        account: str,
        queue: asyncio.Queue[Outgoing | None],
        unfinished: list[tuple[Outgoing, Intent | None]],
    ) -> None:
        outlet = self._outlets[account]
        for out, intent in unfinished:
            if intent is None:
                self._tell(Settled(out.id, out.attempt, NeverLeft()))
            elif intent.outcome is None:
                found = await self._look(outlet, intent) or NeverLeft()
                await self._settle(outlet, intent, found)
            else:
                self._tell(Settled(out.id, out.attempt, _read(intent.outcome)))
        while (next_out := await queue.get()) is not None:
            await self._send(outlet, next_out)

    async def _send(self, outlet: Outlet, out: Outgoing) -> None:
        try:
            key, body = outlet.prepare(out)
        except NotSent as error:
            self._tell(Settled(out.id, out.attempt, Failed(str(error))))
            return
        earlier = self._left.pop(out.id, None)
        if earlier is not None:
            # The same words keep their key: what was under way at a crash may still arrive, and
            # the network then knows the second one for the first.
            again = outlet.prepare(replace(out, attempt=earlier.attempt))
            if again == (earlier.key, earlier.body):
                key, body = again
        intent = Intent(out.id, out.attempt, out.account, key, body, self._clock())
        await self._store.write_intent(intent)
        outcome = await self._try(outlet, intent)
        if isinstance(outcome, Unsure):
            await self._settle(outlet, intent, await self._reconcile(outlet, intent))
        else:
            await self._settle(outlet, intent, outcome)

    async def _settle(
        self, outlet: Outlet, intent: Intent, outcome: Sent | Failed | Unsure | NeverLeft
    ) -> None:
        await self._store.write_outcome(intent, _written(outcome))
        if isinstance(outcome, NeverLeft):
            self._left[intent.outgoing] = intent
        self._tell(Settled(intent.outgoing, intent.attempt, outcome))

    async def _try(self, outlet: Outlet, intent: Intent) -> Sent | Failed | Unsure:
        """Send once; an error never means "not posted" unless the outlet is certain."""
        try:
            async with asyncio.timeout(self._send_seconds):
                return await outlet.send(intent)
        except NotSent as error:
            return Failed(str(error))
        except TimeoutError:
            reason = f"no answer within {self._send_seconds:g} s"
        except Unclear as error:
            reason = str(error)
        except Exception as error:
            log.exception("outgoing %s: the outlet failed", intent.outgoing)
            reason = f"the outlet failed: {error!r}"
        log.warning("outgoing %s: %s; looking whether it was posted", intent.outgoing, reason)
        return Unsure(reason)

    async def _reconcile(
        self, outlet: Outlet, intent: Intent
    ) -> Sent | Failed | Unsure | NeverLeft:
        """Find out whether it was posted; send once more only where it certainly was not.

        And only where nothing is held: then it is the desk's to say when.
        """
        found = await self._look(outlet, intent)
        if found is not None:
            return found
        if self._held():
            return NeverLeft()
        again = await self._try(outlet, intent)
        if not isinstance(again, Unsure):
            return again
        found = await self._look(outlet, intent)
        return found or Failed(f"tried twice, and it is not there: {again.reason}")

    async def _look(self, outlet: Outlet, intent: Intent) -> Sent | Unsure | None:
        """Look until it can be told; None for certainly not posted."""
        wait, reason = self._look_wait, ""
        for look in range(LOOKS):
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    return await outlet.find(intent)
            except TimeoutError:
                reason = "looking took too long"
            except Exception as error:  # noqa: BLE001 - whatever failed, nothing is known
                reason = str(error) or repr(error)
            if look < LOOKS - 1:
                await asyncio.sleep(wait)
                wait *= 2
        log.error("outgoing %s is uncertain: %s", intent.outgoing, reason)
        return Unsure(f"nobody knows whether it was posted: {reason}")


def _written(outcome: Sent | Failed | Unsure | NeverLeft) -> str:
    match outcome:
        case Sent(post, url, at):
            row = ("sent", post, url, at.isoformat())
        case Failed(reason):
            row = ("failed", reason, "", "0001-01-01T00:00:00Z")
        case Unsure(reason):
            row = ("unsure", reason, "", "0001-01-01T00:00:00Z")
        case NeverLeft():
            row = ("never left", "", "", "0001-01-01T00:00:00Z")
        case _:
            assert_never(outcome)
    return msgspec.json.encode(row).decode()


def _read(outcome: str) -> Sent | Failed | Unsure | NeverLeft:
    word, first, url, at = _outcome.decode(outcome)
    match word:
        case "sent":
            return Sent(first, url, at)
        case "failed":
            return Failed(first)
        case "never left":
            return NeverLeft()
        case _:
            return Unsure(first)
