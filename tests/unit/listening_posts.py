"""Posts for the tests of listening: made with only what a test cares about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from eventlive.model import Author, Post

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANNA = Author(id="did:plc:anna", handle="anna.example.org", name="Anna")


def a_post(text: str = "Good morning from the main stage", **fields: Any) -> Post:
    """Return a post with this text; `author` fields go in as `handle`, `name`, `followers` …"""
    of_author: dict[str, Any] = {
        key: fields.pop(key)
        for key in ("handle", "name", "followers", "verified", "bot")
        if key in fields
    }
    if "author_id" in fields:
        of_author["id"] = fields.pop("author_id")
    author = fields.pop("author", ANNA)
    if of_author:
        author = replace(author, **of_author)
    whole = {
        "network": "bluesky",
        "id": "3k1",
        "created_at": NOON,
        "text": text,
        "author": author,
        **fields,
    }
    return Post(**whole)
