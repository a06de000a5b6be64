"""Who may be answered: whether a network takes a reply from an account, and what else there is.

Owns the rules of replying, known before anything is written. Pure. A network may refuse all the
same (an author limits who replies): only sending shows that.
"""

from __future__ import annotations

from urllib.parse import urlencode

from eventlive.model import Post

QUOTED = 90
"""Characters of a question that a post naming it repeats."""

NAMES = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}


def obstacle(post: Post, network: str, handle: str) -> str:
    """Say why the account cannot reply to a post; "" where it can.

    X takes replies by API only to posts whose author mentioned or quoted the account (its rule
    since February 2026). A rehearsal answers everything.
    """
    if network == "rehearsal":
        return ""
    if network != post.network:
        asked, ours = NAMES[post.network], NAMES.get(network, network)
        return f"it was said on {asked}, and this account is on {ours}"
    if network == "x" and _key(handle) not in map(_key, (*post.mentions, *post.to)):
        return f"X lets us reply only to who mentioned or quoted @{_key(handle)}"
    return ""


def by_hand(post: Post, text: str = "") -> str:
    """Give the address at which a person can answer a post in a browser.

    X's is its web intent (docs.x.com, "Web Intents"), with the words filled in.
    """
    if post.network != "x":
        return post.url
    fields = {"in_reply_to": post.id} | ({"text": text} if text else {})
    return f"https://x.com/intent/post?{urlencode(fields)}"


def naming(post: Post, text: str) -> str:
    """Write an answer as a post of its own, that names whom it answers and what.

    On X by the question's first words: a link would make the post thirteen times as dear.
    """
    if post.network == "x" or not post.url:
        asked = " ".join(post.text.split())
        if len(asked) > QUOTED:
            asked = asked[:QUOTED].rpartition(" ")[0] or asked[:QUOTED]
            asked = f"{asked.rstrip(' ,;:')} …"
        return f"@{post.author.handle}: “{asked}”\n\n{text}"
    return f"@{post.author.handle} asked: {post.url}\n\n{text}"


def _key(handle: str) -> str:
    handle = handle.removeprefix("@")
    return handle.lower() if handle.isascii() else handle
