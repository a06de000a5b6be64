"""Reach: how much a post deserves a look before others, and why.

Owns the points by which the inbox is ordered, and their reasons in words. Never decides what
becomes of a post; `judging` says what is known about it. A point is about what a question is worth
to an operator with ten seconds, a third of one; followers count by their logarithm, so that a
million people outweigh a thousand by little and never a question.
"""

from __future__ import annotations

from math import log10

from eventlive.model import Post

QUESTION = 3.0
MENTIONS_US = 2.0
LISTED = 2.0
ROLES = {
    "speaker": 4.0,
    "moderator": 4.0,
    "host": 4.0,
    "journalist": 3.5,
    "press": 3.5,
    "organiser": 3.0,
    "organizer": 3.0,
    "crew": 3.0,
    "sponsor": 2.5,
    "partner": 2.5,
}
"""Roles of listed people that weigh more than `LISTED`; any other text is a role too."""
FOLLOWERS = 0.5
"""For each power of ten."""
MANY = 10_000
"""Followers from which they are worth a reason."""
VERIFIED = 0.3
MEDIA = 0.3
FLAG = -1.0
BOT = -2.0
COPY = -3.0
REPOST = -3.0
PROMOTION = -2.0
OTHER_LANGUAGE = -1.0

_FOLLOWERS = tuple(FOLLOWERS * log10(1 + count) for count in range(1_000))
"""Most accounts are small: looked up, not computed."""


def points(
    post: Post,
    *,
    question: bool = False,
    role: str = "",
    mentions_us: bool = False,
    copy: bool = False,
    promotional: bool = False,
    other_language: bool = False,
    flags: int = 0,
) -> tuple[float, tuple[str, ...]]:
    """Return the points of a post and the reasons for them, the strongest first.

    `role` is that of a listed person, "" for anybody else; `flags` counts reasons for doubt beyond
    the ones named here.
    """
    author = post.author
    followers = author.followers
    score = (
        _FOLLOWERS[followers]
        if 0 <= followers < len(_FOLLOWERS)
        else FOLLOWERS * log10(1 + max(followers, 0))
    )
    reasons: list[str] = []
    if role:
        score += ROLES.get(role.lower(), LISTED)
        reasons.append(role)
    if question:
        score += QUESTION
        reasons.append("question")
    if mentions_us:
        score += MENTIONS_US
        reasons.append("mentions us")
    if followers >= MANY:
        reasons.append(f"{short_count(followers)} followers")
    if author.verified:
        score += VERIFIED
    if post.media:
        score += MEDIA
    if author.bot:
        score += BOT
        reasons.append("bot")
    if post.kind == "repost":
        score += REPOST
        reasons.append("repost")
    if copy:
        score += COPY
        reasons.append("copy")
    if promotional:
        score += PROMOTION
        reasons.append("promotional")
    if other_language:
        score += OTHER_LANGUAGE
    if flags:
        score += FLAG * flags
    return score, tuple(reasons)


def short_count(count: int) -> str:
    """Return a count as people say it: 950, 1.2k, 120k, 3.4M."""
    if count < 1_000:
        return str(count)
    # 999,500 is 1M, not 1000k.
    whole, unit = (count / 1_000, "k") if count < 999_500 else (count / 1_000_000, "M")
    return f"{whole:.1f}".removesuffix(".0") + unit if whole < 9.95 else f"{whole:.0f}{unit}"
