"""The state of a fake X beside its posts: who asks, what it costs, which limits and faults hold.

Owns the shapes that handlers share (`Ask`, `Answer`, `Refusal`), the price list, the rate limits
and the queue of faults. Never touches a socket and answers no endpoint itself.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Literal, get_args

from tests.service.x_fake_archive import Archive, Json, User, XPost
from tests.service.x_openapi import HOSTS, Spelling

# --- asking and answering -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: the app alone (a bearer token), or an account through it (OAuth 1.0a)."""

    kind: Literal["BearerToken", "UserToken"]
    user: User | None = None

    @property
    def key(self) -> str:
        return self.user.id if self.user else "app"


@dataclass(slots=True)
class Ask:
    """One request: `endpoint` is "METHOD /2/path/{template}", `body` its JSON or form."""

    endpoint: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    who: Who
    body: Json = field(default_factory=dict)

    @property
    def me(self) -> User:
        assert self.who.user is not None, "the description lets accounts alone ask for this"
        return self.who.user


@dataclass(slots=True)
class Answer:
    status: int
    body: Json
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The request is refused with a problem; `kind` is the end of the problem's address."""

    def __init__(self, status: int, kind: str, title: str, detail: str, /, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.kind = status, kind
        self.body: Json = {"title": title, "detail": detail, "type": kind, **more}

    def answer(self, spelling: Spelling) -> Answer:
        body = dict(self.body)
        if spelling == "post" and "errors" in body:
            # The newest version names the parameter, the one before lists reasons.
            (reason,) = body.pop("errors")
            ((name, values),) = reason["parameters"].items()
            body |= {"detail": reason["message"], "parameter": name, "value": values[0]}
        return Answer(self.status, spelt_problem(body, spelling), "application/problem+json")


def spelt_problem(body: Json, spelling: Spelling) -> Json:
    """Write out the address of a problem's kind."""
    kind = body["type"]
    at = kind if kind == "about:blank" else f"{HOSTS[spelling]}/2/problems/{kind}"
    return body | {"type": at}


def forbidden(detail: str) -> Refusal:
    return Refusal(403, "about:blank", "Forbidden", detail, status=403)


def unauthorized() -> Refusal:
    return Refusal(401, "about:blank", "Unauthorized", "Unauthorized", status=401)


def wrong_way_in(allowed: Iterable[str], who: Who) -> Refusal:
    """Refuse a kind of authentication that the endpoint does not take."""
    names = {
        "BearerToken": "OAuth 2.0 Application-Only",
        "UserToken": "OAuth 1.0a User Context",
        "OAuth2UserToken": "OAuth 2.0 User Context",
    }
    listed = ", ".join(sorted(names[one] for one in allowed))
    return Refusal(
        403,
        "unsupported-authentication",
        "Unsupported Authentication",
        f"Authenticating with {names[who.kind]} is forbidden for this endpoint.  "
        f"Supported authentication types are [{listed}].",
        status=403,
    )


def invalid(parameter: str, value: str, message: str) -> Refusal:
    """Refuse a parameter, or a field of the body."""
    return Refusal(
        400,
        "invalid-request",
        "Invalid Request",
        "One or more parameters to your request was invalid.",
        errors=[{"parameters": {parameter: [value]}, "message": message}],
    )


def not_found(spelling: Spelling, kind: str, parameter: str, value: str) -> Json:
    """Give the entry of `errors` for what is not there; X answers 200 all the same."""
    problem = {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": "resource-not-found",
    }
    return spelt_problem(problem, spelling)


# --- money ----------------------------------------------------------------------------------------

PRICES = {
    "post read": 0.005,
    "user read": 0.010,
    "own read": 0.001,
    "counts": 0.005,
    "create": 0.015,
    "create with url": 0.200,
    "summoned reply": 0.010,
}
"""USD each: X's price list as of 2026. Deleting, rules and uploads are taken as free here."""


@dataclass(slots=True)
class Bill:
    """What the requests cost: `counts` of what was charged, by the names in `prices`.

    X charges a resource (a post, a person) once in a day of UTC; `once_a_day` turns that off.
    """

    clock: Callable[[], datetime]
    prices: dict[str, float] = field(default_factory=lambda: dict(PRICES))
    once_a_day: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)

    def charge(self, item: str, resource: str = "") -> None:
        if resource and self.once_a_day:
            key = (item.partition(" ")[0], resource, self.clock().date().isoformat())
            if key in self._seen:
                return
            self._seen.add(key)
        self.counts[item] += 1

    def read(self, item: Literal["post", "user"], resource: str, own: bool = False) -> None:
        """Charge for a post or a person given away; less for what is the asker's own."""
        key = (item, resource, self.clock().date().isoformat())
        if key in self._seen and self.once_a_day:
            return
        self._seen.add(key)
        self.counts["own read" if own else f"{item} read"] += 1

    @property
    def usd(self) -> float:
        return round(sum(self.prices[item] * count for item, count in self.counts.items()), 6)


# --- limits ---------------------------------------------------------------------------------------

STREAM = "GET /2/tweets/search/stream"
WINDOW = 900.0
_LIMITS = {
    # endpoint: (the app's, an account's) requests in 15 minutes
    "POST /2/tweets": (0, 100),
    "DELETE /2/tweets/{id}": (0, 50),
    "GET /2/tweets/search/recent": (450, 300),
    "GET /2/tweets/search/stream": (50, 0),
    "GET /2/tweets/search/stream/rules": (450, 0),
    "POST /2/tweets/search/stream/rules": (100, 0),
    "DELETE /2/connections/all": (25, 0),
    "GET /2/tweets/counts/recent": (300, 300),
    "GET /2/users/me": (0, 75),
    "GET /2/users/{id}/tweets": (1500, 900),
    "GET /2/users/{id}/mentions": (450, 300),
}
_OTHERS = (300, 900)


@dataclass(slots=True)
class _Spent:
    used: int
    reset: int


@dataclass(slots=True)
class Limits:
    """How often each endpoint may be asked, by the app and by each account."""

    clock: Callable[[], datetime]
    _set: dict[str, tuple[int, float]] = field(default_factory=dict)
    _spent: dict[tuple[str, str], _Spent] = field(default_factory=dict)

    def set(self, endpoint: str, limit: int, window: float = WINDOW) -> None:
        """Allow `limit` requests in `window` seconds; begins a new window."""
        self._set[endpoint] = (limit, window)
        for key in [key for key in self._spent if key[0] == endpoint]:
            del self._spent[key]

    def take(self, endpoint: str, who: Who) -> tuple[bool, dict[str, str]]:
        """Count a request; say whether it is allowed, and the headers that go with it."""
        limit, window = self._set.get(endpoint) or (
            _LIMITS.get(endpoint, _OTHERS)[who.kind == "UserToken"],
            WINDOW,
        )
        now = self.clock().timestamp()
        spent = self._spent.get((endpoint, who.key))
        if spent is None or now >= spent.reset:
            # X's reset is a whole second, and what it says is when it holds.
            spent = self._spent[endpoint, who.key] = _Spent(0, math.ceil(now + window))
        allowed = spent.used < limit
        spent.used += allowed
        return allowed, {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(limit - spent.used),
            "x-rate-limit-reset": str(spent.reset),
        }


def too_many() -> Refusal:
    return Refusal(429, "about:blank", "Too Many Requests", "Too Many Requests", status=429)


# --- faults ---------------------------------------------------------------------------------------

Fault = Literal[
    "drop",
    "hang",
    "503",
    "500",
    "401",
    "429",
    "429 html",
    "bad json",
    "commit then drop",
    "commit then cut",
    "commit then hang",
    "commit then 503",
]
"""What goes wrong with a request. Without "commit" nothing is done before.

drop: the connection is reset without an answer. cut: half of the answer arrives. hang: no answer
until the client leaves. 503 and "429 html" have bodies of HTML, the rest problems as X's.
"""
COMMITTED: frozenset[Fault] = frozenset(
    fault for fault in get_args(Fault) if fault.startswith("commit") or fault == "bad json"
)


@dataclass(slots=True)
class Faults:
    """Which faults wait for which endpoint, and how often one is drawn by chance."""

    _waiting: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _chances: dict[str, tuple[float, tuple[Fault, ...], Random]] = field(default_factory=dict)

    def queue(self, endpoint: str, faults: Iterable[Fault]) -> None:
        known: set[Fault] = set(get_args(Fault))
        asked = list(faults)
        if endpoint == STREAM:
            known -= COMMITTED
        assert known.issuperset(asked), f"no faults of {endpoint}: {set(asked) - known}"
        self._waiting[endpoint].extend(asked)

    def chance(self, endpoint: str, rate: float, faults: Iterable[Fault], random: Random) -> None:
        self._chances[endpoint] = (rate, tuple(faults), random)

    def draw(self, endpoint: str) -> Fault | None:
        """Give the fault of the next request of an endpoint, None for none."""
        if self._waiting[endpoint]:
            return self._waiting[endpoint].popleft()
        rate, faults, random = self._chances.get(endpoint, (0.0, (), Random(0)))
        if faults and random.random() < rate:
            return random.choice(faults)
        return None


# --- the whole ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keys:
    """What an account signs with. Made up; shaped like X's."""

    user: User
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_secret: str = field(repr=False)

    def secrets(self) -> dict[str, str]:
        """Give the secrets of an outlet."""
        return {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "access_token": self.access_token,
            "access_secret": self.access_secret,
        }


class World:
    """Everything that handlers may read and change, and the knobs that a test turns."""

    def __init__(self, spelling: Spelling, clock: Callable[[], datetime]) -> None:
        self.spelling = spelling
        self.clock = clock
        self.archive = Archive(clock)
        self.bill = Bill(clock)
        self.limits = Limits(clock)
        self.faults = Faults()
        self.search_lag: float | Callable[[XPost], float] = 0.0
        """Seconds until a new post is found by search and counts (X's own default is 30), for all
        posts or for each."""
        self.timeline_lag = 0.0
        """Seconds until a new post stands in its author's posts and in mentions."""
        self.duplicate_window = 3600.0
        """Seconds in which an account may not say the same again."""
        self.reply_prefix = True
        """Whether a reply made by API gets @whom at its start, as X does."""
        self.reply_rule = True
        """Whether only who mentioned or quoted the account can be answered."""
        self.length: Callable[[str], int] | None = None
        """How X would measure a text; None for no limit."""
        self.longest = 280
        self.own: set[str] = set()
        """Ids of the accounts that have keys: reading what is theirs is cheap."""
