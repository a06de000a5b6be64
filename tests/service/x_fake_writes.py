"""Writing to a fake X: posts, replies, deletions, and pictures before them.

Owns what X refuses: replies to who did not ask for one, the same words twice, pictures that are
nobody's or not ready. Everything is done, or nothing: a handler that raises has changed nothing.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta

from tests.service.x_fake_archive import Json, Media, XPost, addressed, cashtags, has_link
from tests.service.x_fake_world import Answer, Ask, Refusal, World, forbidden, invalid

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_ASKED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)
KEPT = 86400
"""Seconds for which an upload can be used."""
SEGMENT = 5 * 1024 * 1024


def create_post(world: World, ask: Ask) -> Answer:
    """Create a post. The reasons are tried in an order of our own: X's is not published."""
    text: str = ask.body.get("text", "")
    pictures = _pictures(world, ask)
    if not text.strip() and not pictures:
        raise invalid("text", text, "One of `text`, `media` or `poll` is required")
    if "quote_tweet_id" in ask.body:
        raise forbidden("Quoting by API is not available.")
    if world.length is not None and world.length(text) > world.longest:
        raise forbidden("Your Tweet text is too long.")
    if cashtags(text) > 1:
        raise forbidden("A post may hold one cashtag.")
    target = _target(world, ask)
    if target is not None and world.reply_rule and not _summoned(world, ask, target):
        raise forbidden(NOT_ASKED)
    whole = addressed(text, ask.me, target) if target and world.reply_prefix else text
    since = world.clock() - timedelta(seconds=world.duplicate_window)
    for post in world.archive.newest_first():
        if post.at <= since:
            break
        # Pictures differ even where words do not: each upload is another.
        if post.author is ask.me and post.raw.strip() == whole.strip() and not pictures:
            raise forbidden(DUPLICATE)
    made = world.archive.add(
        ask.me, text, reply_to=target, media=pictures, prefix=world.reply_prefix
    )
    if has_link(text):
        world.bill.charge("create with url")
    elif target is not None and target.author is not ask.me:
        world.bill.charge("summoned reply")
    else:
        world.bill.charge("create")
    data: Json = {"id": made.id, "text": made.text}
    if world.spelling == "post":
        data["edit_history_post_ids"] = [made.id]
    return Answer(201, {"data": data})


def delete_post(world: World, ask: Ask) -> Answer:
    """Delete a post of one's own; one that is gone or never was answers the same."""
    post = world.archive.post(ask.path["id"])
    if post is not None and post.author is not ask.me:
        raise forbidden("You are not authorized to delete this Tweet.")
    if post is not None:
        post.deleted = True
        post.author.posts -= 1
    return Answer(200, {"data": {"deleted": True}})


def _target(world: World, ask: Ask) -> XPost | None:
    wanted = ask.body.get("reply", {}).get("in_reply_to_tweet_id")
    if wanted is None:
        return None
    target = world.archive.post(wanted)
    if target is None:
        raise forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
    return target


def _summoned(world: World, ask: Ask, target: XPost) -> bool:
    """Say whether a post asks for an answer; one's own posts can be gone on with."""
    quoted = world.archive.post(target.referred("quoted"))
    return (
        target.author is ask.me
        or target.names(ask.me)
        or (quoted is not None and quoted.author is ask.me)
    )


# --- pictures -------------------------------------------------------------------------------------


def start_upload(world: World, ask: Ask) -> Answer:
    body = ask.body
    for name in ("media_type", "total_bytes", "media_category"):
        if name not in body:
            raise invalid(name, "", f"The `{name}` field is required")
    made = Media(world.archive.new_id(), ask.me.id, body["media_type"], body["total_bytes"])
    world.archive.media[made.id] = made
    return Answer(200, {"data": _receipt(made)})


def append_upload(world: World, ask: Ask) -> Answer:
    media = _upload(world, ask, ask.path["id"])
    index = int(ask.body["segment_index"])
    content = _bytes(ask)
    if len(content) > SEGMENT:
        raise invalid("media", "", "A segment may hold 5 MB")
    media.parts[index] = content
    expires = round(world.clock().timestamp()) + KEPT
    return Answer(200, {"data": {"expires_at": expires}})


def finish_upload(world: World, ask: Ask) -> Answer:
    media = _upload(world, ask, ask.path["id"])
    if len(media.content) != media.size:
        raise invalid("id", media.id, "Segments do not add up to provided total file size.")
    media.ready = True
    return Answer(200, {"data": _receipt(media) | {"size": media.size}})


def upload_state(world: World, ask: Ask) -> Answer:
    media = _upload(world, ask, ask.query["media_id"])
    return Answer(200, {"data": _receipt(media) | {"size": media.size}})


def upload_at_once(world: World, ask: Ask) -> Answer:
    content = _bytes(ask)
    made = Media(world.archive.new_id(), ask.me.id, "image/jpeg", len(content))
    made.parts[0], made.ready = content, True
    world.archive.media[made.id] = made
    return Answer(200, {"data": _receipt(made) | {"size": made.size}})


def describe_media(world: World, ask: Ask) -> Answer:
    media = _upload(world, ask, ask.body["id"])
    given = ask.body.get("metadata", {})
    if "alt_text" in given:
        media.alt = given["alt_text"]["text"]
    return Answer(200, {"data": {"id": media.id, "associated_metadata": given}})


def _upload(world: World, ask: Ask, media_id: str) -> Media:
    media = world.archive.media.get(media_id)
    if media is None or media.owner != ask.me.id:
        raise invalid("id", media_id, "The media id is not one of your uploads")
    return media


def _receipt(media: Media) -> Json:
    return {"id": media.id, "media_key": media.key, "expires_after_secs": KEPT}


def _bytes(ask: Ask) -> bytes:
    given = ask.body.get("media", b"")
    if isinstance(given, bytes):
        return given
    try:
        return base64.b64decode(given, validate=True)
    except binascii.Error:
        raise invalid("media", "", "The media is not base64") from None


def _pictures(world: World, ask: Ask) -> list[Media]:
    asked = ask.body.get("media", {}).get("media_ids", ())
    found = [world.archive.media.get(media_id) for media_id in asked]
    ready = [one for one in found if one is not None and one.ready and one.owner == ask.me.id]
    if len(ready) != len(asked):
        raise Refusal(
            400, "invalid-request", "Invalid Request", "Your media IDs are invalid.", status=400
        )
    return ready
