"""Reading from a fake X: recent search, counts, people's posts and mentions, look-ups.

Owns paging, time ranges and what is left out. The parameters' forms are checked against the
description before a request comes here; what is checked here is what they mean together.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from tests.service.x_fake_archive import Json, User, XPost, first_id_at, written
from tests.service.x_fake_query import (
    QUERY_LENGTH,
    Query,
    QueryError,
    asks_for_reposts,
    read,
)
from tests.service.x_fake_views import View, Wanted
from tests.service.x_fake_world import Answer, Ask, Refusal, World, invalid, not_found

Lag = float | Callable[[XPost], float]
LOOK_BACK = timedelta(days=7)
_STEPS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


def search_recent(world: World, ask: Ask) -> Answer:
    query = _query(ask)
    found = _matching(world, ask, query, world.search_lag)
    return _page(world, ask, found, int(ask.query.get("max_results", 10)))


def counts_recent(world: World, ask: Ask) -> Answer:
    query = _query(ask)
    world.bill.charge("counts")
    step = _STEPS[ask.query.get("granularity", "hour")]
    now = world.clock()
    start = _moment(ask, "start_time") or now - LOOK_BACK
    end = _moment(ask, "end_time") or now
    times = [post.at for post in _matching(world, ask, query, world.search_lag)]
    buckets: list[Json] = []
    at = start
    while at < end:
        # Steps begin on the hour (the minute, the day); the first and the last may be shorter.
        following = min(_floor(at, step) + step, end)
        count = sum(at <= moment < following for moment in times)
        buckets.append({"start": written(at), "end": written(following), "post_count": count})
        at = following
    total = sum(bucket["post_count"] for bucket in buckets)
    return Answer(200, {"data": buckets, "meta": {"total_post_count": total}})


def user_posts(world: World, ask: Ask) -> Answer:
    user = world.archive.users.get(ask.path["id"])
    if user is None:
        return _no_user(world, "id", ask.path["id"])
    left_out = set(ask.query.get("exclude", "").split(","))

    def stands(post: XPost) -> bool:
        return (
            post.author is user
            and not ("replies" in left_out and post.referred("replied_to"))
            and not ("retweets" in left_out and post.referred("retweeted"))
        )

    return _timeline(world, ask, user, stands)


def user_mentions(world: World, ask: Ask) -> Answer:
    user = world.archive.users.get(ask.path["id"])
    if user is None:
        return _no_user(world, "id", ask.path["id"])
    return _timeline(world, ask, user, lambda post: post.names(user) and post.author is not user)


def posts_by_ids(world: World, ask: Ask) -> Answer:
    view = View(world, Wanted.read(ask.query))
    data: list[Json] = []
    errors: list[Json] = []
    for post_id in dict.fromkeys(ask.query["ids"].split(",")):
        post = world.archive.post(post_id)
        if post is None:
            errors.append(not_found(world.spelling, "tweet", "ids", post_id))
        else:
            data.append(view.post(post))
    return Answer(200, _filled(data=data, includes=view.includes(), errors=errors))


def post_by_id(world: World, ask: Ask) -> Answer:
    post_id = ask.path["id"]
    post = world.archive.post(post_id)
    if post is None:
        return Answer(200, {"errors": [not_found(world.spelling, "tweet", "id", post_id)]})
    view = View(world, Wanted.read(ask.query))
    data = view.post(post)
    return Answer(200, _filled(data=data, includes=view.includes()))


def users_me(world: World, ask: Ask) -> Answer:
    return Answer(200, {"data": View(world, Wanted.read(ask.query)).user(ask.me, own=True)})


def user_by_name(world: World, ask: Ask) -> Answer:
    user = world.archive.named(ask.path["username"])
    if user is None:
        return _no_user(world, "username", ask.path["username"])
    return Answer(200, {"data": View(world, Wanted.read(ask.query)).user(user)})


def user_by_id(world: World, ask: Ask) -> Answer:
    user = world.archive.users.get(ask.path["id"])
    if user is None:
        return _no_user(world, "id", ask.path["id"])
    return Answer(200, {"data": View(world, Wanted.read(ask.query)).user(user)})


# --- what they share ------------------------------------------------------------------------------


def _query(ask: Ask) -> Query:
    text = ask.query["query"]
    try:
        return read(text, QUERY_LENGTH)
    except QueryError as error:
        raise invalid(
            "query", text, f"There were errors processing your request: {error}"
        ) from None


def _matching(world: World, ask: Ask, query: Query, lag: Lag) -> list[XPost]:
    """List what a search finds, newest first: no reposts, unless they are asked for."""
    archive, now = world.archive, world.clock()
    oldest = first_id_at(now - LOOK_BACK)
    since = ask.query.get("since_id")
    if since is not None and int(since) < oldest:
        raise invalid(
            "since_id",
            since,
            f"'since_id' must be a tweet id created after [{written(now - LOOK_BACK)}]. "
            f"Please use a 'since_id' that is larger than {oldest}",
        )
    start = _moment(ask, "start_time")
    if start is not None and start < now - LOOK_BACK:
        raise invalid(
            "start_time",
            ask.query["start_time"],
            f"Invalid 'start_time':'{ask.query['start_time']}'. 'start_time' must be on or after "
            f"{written(now - LOOK_BACK)}",
        )
    newest_first = _between(world, ask, lag, oldest)
    reposts = asks_for_reposts(query)
    return [
        post
        for post in newest_first
        if (reposts or not post.referred("retweeted")) and query.matches(archive.subject(post))
    ]


def _between(world: World, ask: Ask, lag: Lag, oldest: int = 0) -> Iterable[XPost]:
    after = max(int(ask.query.get("since_id", 0)), oldest)
    before = int(ask.query.get("until_id", 1 << 63))
    start, end = _moment(ask, "start_time"), _moment(ask, "end_time")
    now = world.clock()
    for post in world.archive.newest_first():
        if (
            after < post.number < before
            and (start is None or post.at >= start)
            and (end is None or post.at < end)
            and _is_found(post, lag, now)
        ):
            yield post


def _is_found(post: XPost, lag: Lag, now: datetime) -> bool:
    seconds = lag(post) if callable(lag) else lag
    return not seconds or post.at <= now - timedelta(seconds=seconds)


def _timeline(world: World, ask: Ask, user: User, stands: Callable[[XPost], bool]) -> Answer:
    found = [post for post in _between(world, ask, world.timeline_lag) if stands(post)]
    own = user.id in world.own
    return _page(world, ask, found, int(ask.query.get("max_results", 10)), own)


def _page(world: World, ask: Ask, found: list[XPost], size: int, own: bool = False) -> Answer:
    """Give a page of what was found. The token holds where it goes on, and for which request."""
    mark = hashlib.sha256(ask.query.get("query", ask.endpoint).encode()).hexdigest()[:12]
    name = next((one for one in ("next_token", "pagination_token") if one in ask.query), "")
    if name:
        token = ask.query[name]
        try:
            told, _, last = base64.b32decode(token.upper()).decode().partition(":")
        except ValueError:
            told, last = "", ""
        if told != mark:
            raise invalid(name, token, f"Invalid '{name}':'{token}'")
        found = [post for post in found if post.number < int(last)]
    shown, more = found[:size], len(found) > size
    view = View(world, Wanted.read(ask.query), own)
    meta: Json = {"result_count": len(shown)}
    if shown:
        meta |= {"newest_id": shown[0].id, "oldest_id": shown[-1].id}
    if more:
        meta["next_token"] = base64.b32encode(f"{mark}:{shown[-1].id}".encode()).decode().lower()
    data = view.posts(shown)
    return Answer(200, _filled(data=data, includes=view.includes(), meta=meta))


def _filled(**parts: object) -> Json:
    """Leave out what is empty, as X does."""
    return {name: part for name, part in parts.items() if part}


def _moment(ask: Ask, name: str) -> datetime | None:
    text = ask.query.get(name)
    return datetime.fromisoformat(text) if text else None


def _floor(moment: datetime, step: timedelta) -> datetime:
    zero = datetime(2010, 1, 1, tzinfo=UTC)
    return moment - (moment - zero) % step


def _no_user(world: World, parameter: str, value: str) -> Answer:
    return Answer(200, {"errors": [not_found(world.spelling, "user", parameter, value)]})


def gone(detail: str) -> Refusal:
    """Refuse what has no such address."""
    return Refusal(404, "about:blank", "Not Found", detail, status=404)
