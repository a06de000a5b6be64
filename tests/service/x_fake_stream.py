"""The filtered stream of a fake X: its rules, the one connection, and the ways in which it ends.

Owns rules (added, deleted, tried, refused), who is connected and what is written to them, and the
faults of a stream on command. Posts come from the archive by `offer`. Whoever made this checks
whether the description allows an entry.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from tests.service.x_fake_archive import Json, XPost, written
from tests.service.x_fake_query import RULE_LENGTH, Query, QueryError, read
from tests.service.x_fake_views import View, Wanted, spelt
from tests.service.x_fake_world import Answer, Ask, Refusal, World, invalid, spelt_problem

RULES = 1000
KEEP_ALIVE = b"\r\n"
Ending = Literal["", "close", "drop", "reset", "killed", "client", "over"]
"""How a connection ended; "" while it lasts. client: they left. over: the fake was closed."""


@dataclass(slots=True)
class Rule:
    """A rule of the stream; it holds between two times of the monotonic clock."""

    id: str
    value: str
    tag: str | None
    query: Query
    since: float
    until: float = float("inf")

    def shown(self) -> Json:
        tag = {} if self.tag is None else {"tag": self.tag}
        return {"id": self.id, "value": self.value, **tag}


@dataclass(eq=False, slots=True)
class Connect:
    """One connection to the stream: when (monotonic clock), and what was written to it."""

    at: float
    query: dict[str, str]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    entries: int = 0
    ended: float = 0.0
    how: Ending = ""
    lines: asyncio.Queue[bytes | Ending] = field(
        default_factory=lambda: asyncio.Queue(100_000), repr=False
    )


class Stream:
    """The stream and its rules. A test turns `keep_alive` and the rest, and calls what ends it."""

    def __init__(self, world: World, check: Callable[[str, int, str, Json], None]) -> None:
        self._world, self._check = world, check
        self._keep_alive = 20.0
        self.rule_delay = 0.0
        """Seconds until a change of the rules holds (X: up to 20)."""
        self.all_or_none = True
        """Whether one refused rule keeps the others of its request out; X does not say."""
        self.tagless = False
        """Whether entries name the matching rules without their tags."""
        self.stalled = False
        """Whether nothing is written to who is connected; what comes meanwhile is lost to them."""
        self.ghosts = 0
        """Connections that X believes in, and nobody holds: each new one is refused."""
        self.leave_ghosts = False
        """Whether a connection that ends leaves a ghost."""
        self.rules: dict[str, Rule] = {}
        self.connects: list[Connect] = []
        """All connections that were let in, the first first."""
        self.refused = 0

    # --- what a test does ---------------------------------------------------------------------

    @property
    def keep_alive(self) -> float:
        """Seconds of silence after which an empty line is sent; holds at once when set."""
        return self._keep_alive

    @keep_alive.setter
    def keep_alive(self, seconds: float) -> None:
        self._keep_alive = seconds
        if self.live is not None:
            self.live.lines.put_nowait(b"")

    @property
    def live(self) -> Connect | None:
        return next((one for one in reversed(self.connects) if not one.how), None)

    def add_rule(self, value: str, tag: str | None = None) -> Rule:
        """Add a rule as if it had been there all along."""
        rule = Rule(self._world.archive.new_id(), value, tag, read(value, RULE_LENGTH), 0.0)
        self.rules[rule.id] = rule
        return rule

    def raw(self, line: bytes) -> None:
        """Write a line as it is to who is connected: broken JSON, for example."""
        if self.live is not None:
            self.live.lines.put_nowait(line + b"\r\n")

    def huge(self, size: int = 300_000) -> None:
        """Write a line of valid JSON that is far longer than a post."""
        entry: Json = {"data": {"id": self._world.archive.new_id(), "text": "x" * size}}
        entry["data"][_history(self._world)] = [entry["data"]["id"]]
        self._send(entry | {"matching_rules": [{"id": "1"}]})

    def close(self) -> None:
        """End the answer as HTTP ends one."""
        self._end("close")

    def drop(self) -> None:
        """Close the socket in the middle of the answer."""
        self._end("drop")

    def reset(self) -> None:
        """Reset the connection (RST)."""
        self._end("reset")

    def disconnect(self, kind: str = "OperationalDisconnect", close: bool = True) -> None:
        """Say in the stream that it is over, and close it."""
        problem = {
            "title": "operational-disconnect",
            "disconnect_type": kind,
            "detail": "This stream has been disconnected for operational reasons.",
            "type": "operational-disconnect",
        }
        self._send({"errors": [spelt_problem(problem, self._world.spelling)]})
        if close:
            self._end("close")

    def over(self) -> None:
        """End everything, with the fake."""
        self._end("over")

    def offer(self, post: XPost) -> None:
        """Send a post to who is connected, where a rule matches."""
        live = self.live
        if live is None or self.stalled:
            return
        subject = self._world.archive.subject(post)
        now = time.monotonic()
        matching = [
            rule
            for rule in self.rules.values()
            if rule.since <= now < rule.until and rule.query.matches(subject)
        ]
        if not matching:
            return
        view = View(self._world, Wanted.read(live.query))
        entry: Json = {"data": view.post(post)}
        includes = view.includes()
        if includes:
            entry["includes"] = includes
        entry["matching_rules"] = [
            {"id": rule.id, **({} if rule.tag is None or self.tagless else {"tag": rule.tag})}
            for rule in matching
        ]
        self._send(spelt(entry, self._world.spelling))
        live.entries += 1

    # --- what is asked ------------------------------------------------------------------------

    async def serve(
        self, request: web.Request, ask: Ask, headers: dict[str, str]
    ) -> web.StreamResponse:
        """Let a client in and write to it until one of the two ends it. Raises Refusal."""
        self._let_in(ask)
        response = web.StreamResponse(headers={**headers, "Content-Type": "application/json"})
        connect = Connect(time.monotonic(), dict(ask.query))
        self.connects.append(connect)
        try:
            await response.prepare(request)
            connect.how = await self._write(connect, response)
        except ConnectionError:
            # They left while something was written: nobody reads this answer's end.
            connect.how = "client"
            return response
        except asyncio.CancelledError:
            connect.how = "client"
            raise
        finally:
            connect.ended = time.monotonic()
            if self.leave_ghosts and connect.how not in {"over", "killed"}:
                self.ghosts += 1
        if connect.how == "close":
            await response.write_eof()
        elif connect.how != "over":
            cut(request.transport, hard=connect.how == "reset")
        return response

    def get_rules(self, ask: Ask) -> Answer:
        wanted = ask.query.get("ids", "")
        rules = [
            rule.shown() for rule in self._standing() if not wanted or rule.id in wanted.split(",")
        ]
        meta: Json = {"result_count": len(rules)}
        if self._world.spelling == "tweet":
            meta["sent"] = written(self._world.clock())
        return Answer(200, {**({"data": rules} if rules else {}), "meta": meta})

    def post_rules(self, ask: Ask) -> Answer:
        """Add or delete rules, or only try to (dry_run)."""
        dry = ask.query.get("dry_run") == "true"
        if ask.query.get("delete_all") == "true":
            body = self._delete([rule.id for rule in self._standing()], [], dry)
        elif ("add" in ask.body) == ("delete" in ask.body):
            raise invalid("add", "", "Exactly one of `add` and `delete` must be given")
        elif "add" in ask.body:
            body = self._add(ask.body["add"], dry)
        else:
            given = ask.body["delete"]
            body = self._delete(given.get("ids", []), given.get("values", []), dry)
        return Answer(200, body)

    def kill_all(self, ask: Ask) -> Answer:
        """End every connection, ghosts too."""
        live = self.live
        killed = self.ghosts + (live is not None)
        self.ghosts = 0
        results = [{"uuid": live.id, "success": True}] if live else []
        self._end("killed")
        if live is not None:
            # Gone for who asks next, though its end is not written yet.
            live.how = "killed"
        data: Json = {"successful_kills": killed, "failed_kills": 0, "results": results}
        return Answer(200, {"data": data})

    # --- pieces -------------------------------------------------------------------------------

    def _let_in(self, ask: Ask) -> None:
        if "backfill_minutes" in ask.query:
            raise invalid(
                "backfill_minutes", ask.query["backfill_minutes"], "Backfill is not available"
            )
        if self.live is not None or self.ghosts:
            self.refused += 1
            raise Refusal(
                429,
                "streaming-connection",
                "ConnectionException",
                "This stream is currently at the maximum allowed connection limit.",
                connection_issue="TooManyConnections",
            )
        if not self._standing():
            raise Refusal(
                409,
                "streaming-connection",
                "ConnectionException",
                "You must define rules using the POST /2/tweets/search/stream/rules endpoint "
                "before connecting to filtered stream.",
                connection_issue="RuleConfigurationIssue",
            )

    async def _write(self, connect: Connect, response: web.StreamResponse) -> Ending:
        while True:
            try:
                async with asyncio.timeout(self.keep_alive):
                    line = await connect.lines.get()
            except TimeoutError:
                line = KEEP_ALIVE
            if isinstance(line, str):
                return line
            if line and not self.stalled:
                await response.write(line)

    def _send(self, entry: Json) -> None:
        self._check("GET /2/tweets/search/stream", 200, "application/json", entry)
        self.raw(json.dumps(entry, ensure_ascii=False).encode())

    def _end(self, how: Ending) -> None:
        live = self.live
        if live is not None:
            live.lines.put_nowait(how)

    def _standing(self) -> list[Rule]:
        return [rule for rule in self.rules.values() if rule.until == float("inf")]

    def _add(self, asked: list[Json], dry: bool) -> Json:
        made: list[Rule] = []
        errors: list[Json] = []
        values = {rule.value: rule for rule in self._standing()}
        since = time.monotonic() + self.rule_delay
        for one in asked:
            value, tag = one["value"], one.get("tag")
            if value in values:
                errors.append(_refused("duplicate-rules", "DuplicateRule", values[value]))
                continue
            try:
                query = read(value, RULE_LENGTH)
            except QueryError as error:
                errors.append(
                    {
                        "value": value,
                        "details": [str(error)],
                        "title": "UnprocessableEntity",
                        "type": "invalid-rules",
                    }
                )
                continue
            rule = Rule(self._world.archive.new_id(), value, tag, query, since)
            values[value] = rule
            made.append(rule)
        if len(self._standing()) + len(made) > RULES:
            # The kind is the description's; the status is a guess.
            raise Refusal(
                422,
                "rule-cap",
                "RulesCapExceeded",
                f"Your rules would be more than the {RULES} that a stream may have.",
                status=422,
            )
        kept = [] if errors and self.all_or_none else made
        if not dry:
            self.rules |= {rule.id: rule for rule in kept}
        summary = {
            "created": 0 if dry else len(kept),
            "not_created": len(asked) - (0 if dry else len(kept)),
            "valid": len(made),
            "invalid": len(errors),
        }
        return self._body(summary, [rule.shown() for rule in kept], errors)

    def _delete(self, ids: list[str], values: list[str], dry: bool) -> Json:
        standing = self._standing()
        gone = [rule for rule in standing if rule.id in ids or rule.value in values]
        until = time.monotonic() + self.rule_delay
        missing = len(ids) + len(values) - len(gone)
        if not dry:
            for rule in gone:
                rule.until = until
        return self._body({"deleted": len(gone), "not_deleted": max(0, missing)}, [], [])

    def _body(self, summary: Json, rules: list[Json], errors: list[Json]) -> Json:
        spelling = self._world.spelling
        body: Json = {"meta": {"sent": written(self._world.clock()), "summary": summary}}
        if rules:
            body["data"] = rules
        if errors:
            body["errors"] = [spelt_problem(error, spelling) for error in errors]
        return body


def cut(transport: asyncio.BaseTransport | None, hard: bool = True) -> None:
    """End a connection without an answer: reset where `hard`, closed otherwise."""
    if not isinstance(transport, asyncio.Transport):
        return
    sock = transport.get_extra_info("socket")
    if hard and sock is not None:
        # No lingering: the kernel sends RST.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _refused(kind: str, title: str, rule: Rule) -> Json:
    return {"value": rule.value, "id": rule.id, "title": title, "type": kind}


def _history(world: World) -> str:
    name: str = next(iter(spelt({"edit_history_post_ids": 0}, world.spelling)))
    return name
