"""The account's own posts on X, from a moment on.

Owns the pages, the names of the fields in both versions of the API, and the way from our clock to
X's. Never says "nothing" where it was not told so: silence is no proof of absence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from msgspec import Raw, Struct

from eventlive.errors import Unclear
from eventlive.model import Edited, Post
from feeds.x.outlet_api import Answer, Api
from feeds.x.outlet_refusals import fine, proof
from feeds.x.posts import Beside, read_post
from feeds.x.texts import Unreadable, id_at

REWIND = timedelta(minutes=5)
"""How far before the moment a look begins: our clock may be wrong, until an answer tells."""

CLOCKS = timedelta(seconds=2)
"""How far the clocks of X's own machines may be apart."""

PAGE = 100
PAGES = 10
"""With a thousand posts of one account since then, nobody can tell any more."""

FIELDS = {
    "tweet.fields": "attachments,created_at,edit_history_tweet_ids,entities,note_tweet,"
    "referenced_tweets"
}
"""What must be asked for, or X leaves out what a comparison needs."""

NEW_FIELDS = {
    "post.fields": "attachments,created_at,entities,note_post",
    "expansions": "referenced_posts",
}
"""The same in the names of the newest description (2.167), which tweepy does not know."""


class _Meta(Struct):
    result_count: int | None = None
    next_token: str = ""


class _Page(Struct):
    data: list[Raw] | None = None
    meta: _Meta | None = None


_page = msgspec.json.Decoder(_Page)


class Timeline:
    """What an account has posted."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._fields = FIELDS

    def there(self, moment: datetime) -> datetime:
        """Give a moment of our clock on X's, somewhat early rather than late."""
        return moment + (self._api.ahead or timedelta()) - CLOCKS

    async def since(self, moment: datetime) -> list[Post]:
        """Read the posts since a moment of our clock, and some from before.

        Raises what the answers mean, and Unclear where they do not say what there is.
        """
        while True:
            begin = self.there(moment) - REWIND
            posts = await self._pages(str(id_at(begin)))
            # The answers may have told that X's clock is far behind ours: then it was too late.
            if self.there(moment) >= begin:
                return posts

    async def _pages(self, since_id: str) -> list[Post]:
        posts: list[Post] = []
        asked = {"since_id": since_id, "max_results": str(PAGE)}
        for _ in range(PAGES):
            page, token = _read(fine(await self._ask(asked), self._api).body)
            posts += page
            if not token:
                return posts
            asked["pagination_token"] = token
        raise Unclear(f"there are more than {len(posts)} posts since then; look by hand")

    async def _ask(self, asked: dict[str, str]) -> Answer:
        """Ask for a page, in the newest version's names where X does not take the older ones."""
        route = f"/2/users/{self._api.owner}/tweets"
        answer = await self._api.request("GET", route, asked | self._fields)
        problem = proof(answer)
        if answer.status == 400 and problem is not None and "tweet.fields" in problem.text:
            self._fields = NEW_FIELDS
            answer = await self._api.request("GET", route, asked | self._fields)
        return answer


def _read(body: bytes) -> tuple[list[Post], str]:
    """Read a page: its posts, and the mark of the next one, "" after the last."""
    try:
        page = _page.decode(body)
        found = [read_post(raw, Beside()) for raw in page.data or ()]
    except (msgspec.MsgspecError, UnicodeError, RecursionError, Unreadable) as error:
        raise Unclear(f"X's timeline cannot be read: {str(error)[:200]}") from error
    if page.meta is None or (page.data is None and page.meta.result_count != 0):
        raise Unclear("X's timeline does not say what there is")
    posts = [one.post if isinstance(one, Edited) else one for one in found if one is not None]
    return posts, page.meta.next_token
