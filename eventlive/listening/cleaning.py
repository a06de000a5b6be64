"""Cleaning: what a foreign post may hold when it enters the engine, and how much of it.

Owns the one door through which foreign text comes in: nothing behind it need fear control
characters, text that turns round or hides, letters under towers of marks, links that are code,
or a post of a megabyte. Never changes what is visible: no normal form, no case, no trimming.

The marks of direction (LRM, RLM, ALM) go with the overrides, isolates and embeddings, the whole
property Bidi_Control: a terminal shows them as nothing or as garbage, and within a word they let
a reader see what a word list does not. What is lost is small, a full stop on the wrong side where
Latin and Hebrew mix; the letters themselves carry their direction, and a screen sets each text's
own (`dir=auto`). Joiners and selectors stay where they make an emoji or a word of a script that
needs them, and go where they only hide.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from eventlive.listening.characters import (
    ASTRAL,
    ASTRAL_MARKS,
    BIDI,
    EMOJI_SELECTORS,
    FORBIDDEN,
    GLYPH_SELECTORS,
    GLYPHS,
    IDEOGRAPH_SELECTORS,
    IDEOGRAPHS,
    INVISIBLE,
    JOINERS,
    JOINING,
    MARKS,
    MONGOLIAN,
    MONGOLIAN_SELECTORS,
    NO_CHARACTERS,
    PICTOGRAPHS,
    SELECTABLE,
    SELECTORS,
    UNSPACED,
)
from eventlive.model import Author, Media, Post

MAX_ID = 500
MAX_TEXT = 10_000
MAX_NAME = 200
MAX_HANDLE = 300
MAX_ALT = 2_000
MAX_WARNING = 500
MAX_TAG = 140
MAX_URL = 2_048
MAX_LANGUAGE = 35
MAX_TAGS = 20
MAX_MENTIONS = 50
MAX_LINKS = 50
MAX_MEDIA = 16
MAX_FOLLOWERS = 10_000_000_000
MAX_PIXELS = 100_000
MAX_MARKS = 6
"""Combining marks on one letter; Hebrew with its accents and Tibetan stacks stay below."""
MAX_NEWLINES = 3
YEARS = range(2000, 2101)

# What a terminal would obey goes with its parameters: "[31m" alone would be rubbish on a wall.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,100}[ -/]{0,10}[@-~]"
    r"|(?:\x1b[\]P^_X]|[\x9d\x90\x9e\x9f\x98])[^\x07\x1b\x80-\x9f\n]{0,2000}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{1,10}[0-~]"
)
_CONTROL_BYTES = bytes((*range(10), *range(11, 32), 127))
"""ASCII's own, the newline left out."""
_BREAK = re.compile("[\t\r\x0b\x0c\x1b\x85\x90\x98\x9b\x9d-\x9f\u2028\u2029]")
_NEWLINE = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_GAP = re.compile(rf"(?:\n[^\S\n]*){{{MAX_NEWLINES + 1},}}")

_FLAG = "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
_FORBIDDEN = re.compile(f"({_FLAG})|[{FORBIDDEN}]+")
# Coarse above U+FFFF, where every range is dear: whether there may be anything to take away.
_SUSPECT = re.compile(
    f"[\x00-\x08\x0e-\x1f\x7f-\x9f{BIDI}{INVISIBLE}{NO_CHARACTERS}\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff\U0003fffe-\U000e00ff"
    "\U000e01f0-\U0010ffff]"
)
# Each takes a character first and asks for its company then: searching for one of a set is what
# `re` does fast.
_STRAY_SELECTOR = re.compile(
    f"[{SELECTORS}](?<![{SELECTABLE}][{EMOJI_SELECTORS}])(?<![{GLYPHS}][{GLYPH_SELECTORS}])"
    f"(?<![{IDEOGRAPHS}][{IDEOGRAPH_SELECTORS}])(?<![{MONGOLIAN}][{MONGOLIAN_SELECTORS}])"
)
_DOUBLED_JOINER = re.compile(f"([{JOINERS}])[{JOINERS}]+")
# A joiner may stand between pictographs, or after a letter that it shapes; a zero-width space
# between words of a script without spaces.
_STRAY_JOINER = re.compile(
    f"[{JOINERS}](?<![{JOINING}][\u200c\u200d])"
    f"(?!(?<=[{PICTOGRAPHS}\ufe0f\U000e007f]\u200d)[{PICTOGRAPHS}])"
    f"(?!(?<=[{UNSPACED}]\u200b)[{UNSPACED}])"
)
# The seventh mark on a letter and all that follows; joiners and selectors between count with them.
_PILED = f"{MARKS}{JOINERS}{SELECTORS}"
_TOWER = re.compile(f"[{MARKS}](?<=[{_PILED}]{{{MAX_MARKS + 1}}})[{_PILED}]*")
_ASTRAL = re.compile(f"[{ASTRAL}]")
_ASTRAL_TOWER = re.compile(
    f"[{MARKS}{ASTRAL_MARKS}](?<=[{_PILED}{ASTRAL_MARKS}]{{{MAX_MARKS + 1}}})"
    f"[{_PILED}{ASTRAL_MARKS}]*"
)

# Nearly all text in the world holds nothing else, and nothing of this is ever touched; nor are a
# selector and a joiner within an emoji.
_NOT_PLAIN = re.compile(
    "[^\n -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2010-\u2027\U0001f000-\U0001fbff\u20a0-\u20bf"
    "\u2190-\u23ff\u2460-\u27bf\u3000-\u3029\u3030-\u3098\u309b-\u3163\u4e00-\u9fff\uac00-\ud7a3"
    "\u2030-\u205e\uff01-\uff9f\u048a-\u0556]"
    f"(?<![{SELECTABLE}]\ufe0f)(?!(?<=[{PICTOGRAPHS}\ufe0f]\u200d)[{PICTOGRAPHS}])"
)

_OWN_PICTURE = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*")
_SEEN = re.compile(r"[^\s\u2800]")


def clean(post: Post) -> Post:
    """Return the post fit to be stored, judged and shown; the same object where it already is.

    Cleaning twice changes nothing more. Raises ValueError, with a reason for people, for a post
    that nobody could use: no id or an impossible one, an impossible time, nothing to show.
    """
    if not post.id:
        raise ValueError("the post has no id")
    if len(post.id) > MAX_ID:
        raise ValueError(f"the post's id is longer than {MAX_ID} characters")
    if post.created_at.tzinfo is None:
        raise ValueError("the post's time has no time zone")
    if post.created_at.year not in YEARS:
        raise ValueError(f"the post's time cannot be right: {post.created_at.isoformat()}")

    author = post.author
    # A space between: what ends one field must not excuse what begins the next.
    line = " ".join(
        (
            post.id,
            post.url,
            post.language,
            post.in_reply_to,
            post.quoted,
            author.id,
            author.handle,
            *post.tags,
            *post.mentions,
            *post.to,
            *post.links,
        )
    )
    text = clean_text(post.text)
    if (
        len(line) <= MAX_TEXT
        and _is_plain_line(line)
        and (len(line) <= MAX_LANGUAGE or _is_short(post))
        and clean_line(author.name) == author.name
        and 0 <= author.followers <= MAX_FOLLOWERS
        and (not post.url or _is_web(post.url))
        and (not post.links or all(map(_is_web, post.links)))
        and (not post.media or _are_fit(post.media))
        and (not post.warning or _line(post.warning, MAX_WARNING) == post.warning)
        and "" not in post.tags
        and "" not in post.mentions
        and "" not in post.to
    ):
        cleaned = post if text is post.text else replace(post, text=text)
    else:
        if _line(post.id, MAX_ID) != post.id:
            raise ValueError("the post's id holds control or invisible characters")
        cleaned = _cleaned(post, text)
        if cleaned == post:
            cleaned = post
    if not cleaned.media and not _SEEN.search(cleaned.text):
        raise ValueError("the post has nothing to show: no text and no picture")
    return cleaned


def clean_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return a text of several lines without what must not be shown, cut at `limit` characters.

    The same object where nothing has to go; never longer than before; never raises.
    """
    if len(text) > limit:
        text = text[:limit]
    cleaned = text
    if text.isascii():
        if text.isprintable():
            return text
        cleaned = _stripped(text)
    elif _NOT_PLAIN.search(text):
        cleaned = _stripped(text)
    if cleaned.count("\n") > MAX_NEWLINES:
        cleaned = _GAP.sub("\n\n", cleaned)
    # Steps that keep a flag or a word in Hindi as it is build it anew.
    return text if cleaned == text else cleaned


def clean_line(text: str, limit: int = MAX_NAME) -> str:
    """Return a text of one line (a name, a warning) cleaned as `clean_text` does; blank is ""."""
    return _line(text, limit)


# --- whether there is anything to do ------------------------------------------------------------


def _is_plain_line(line: str) -> bool:
    if line.isascii():
        return line.isprintable()
    return "\n" not in line and (not _NOT_PLAIN.search(line) or _stripped(line) == line)


def _is_short(post: Post) -> bool:
    author = post.author
    return (
        len(author.handle) <= MAX_HANDLE
        and len(author.id) <= MAX_ID
        and len(post.in_reply_to) <= MAX_ID
        and len(post.quoted) <= MAX_ID
        and len(post.language) <= MAX_LANGUAGE
        and len(post.tags) <= MAX_TAGS
        and len(post.mentions) <= MAX_MENTIONS
        and len(post.to) <= MAX_MENTIONS
        and len(post.links) <= MAX_LINKS
        and (not post.tags or max(map(len, post.tags)) <= MAX_TAG)
        and (not post.mentions or max(map(len, post.mentions)) <= MAX_HANDLE)
        and (not post.to or max(map(len, post.to)) <= MAX_HANDLE)
    )


def _are_fit(media: tuple[Media, ...]) -> bool:
    return len(media) <= MAX_MEDIA and all(map(_is_fit, media))


def _is_fit(media: Media) -> bool:
    return (
        _is_picture(media.url)
        and clean_text(media.alt, MAX_ALT) == media.alt
        and 0 <= media.width <= MAX_PIXELS
        and 0 <= media.height <= MAX_PIXELS
    )


def _is_web(url: str) -> bool:
    """Tell whether a link is one of the web: nothing in it that ends it or hides its target."""
    return (
        len(url) <= MAX_URL
        and (url.startswith(("https://", "http://")) or _has_loud_scheme(url))
        and " " not in url
        and url.isprintable()
        and len(url) > len("https://")
    )


def _has_loud_scheme(url: str) -> bool:
    return url[:8].lower().startswith(("https://", "http://"))


def _is_picture(url: str) -> bool:
    """Tell whether a picture may be fetched: from the web, or a replay's own beside its file."""
    return _is_web(url) or (len(url) <= MAX_URL and _OWN_PICTURE.fullmatch(url) is not None)


# --- the slow way ------------------------------------------------------------


def _cleaned(post: Post, text: str) -> Post:
    return replace(
        post,
        text=text,
        author=_author(post.author),
        url=_web(post.url),
        language=_line(post.language, MAX_LANGUAGE),
        in_reply_to=_identity(post.in_reply_to, MAX_ID),
        quoted=_identity(post.quoted, MAX_ID),
        to=tuple(_identity(handle, MAX_HANDLE) for handle in post.to[:MAX_MENTIONS] if handle),
        tags=_lines(post.tags, MAX_TAG, MAX_TAGS),
        mentions=tuple(
            _identity(handle, MAX_HANDLE) for handle in post.mentions[:MAX_MENTIONS] if handle
        ),
        links=tuple(link for link in map(_web, post.links[:MAX_LINKS]) if link),
        media=tuple(_media(media) for media in post.media[:MAX_MEDIA] if _picture(media.url)),
        warning=_line(post.warning, MAX_WARNING),
    )


def _author(author: Author) -> Author:
    return replace(
        author,
        id=_identity(author.id, MAX_ID),
        handle=_identity(author.handle, MAX_HANDLE),
        name=_line(author.name, MAX_NAME),
        followers=min(max(author.followers, 0), MAX_FOLLOWERS),
    )


def _media(media: Media) -> Media:
    return replace(
        media,
        url=_picture(media.url),
        alt=clean_text(media.alt, MAX_ALT),
        width=media.width if 0 <= media.width <= MAX_PIXELS else 0,
        height=media.height if 0 <= media.height <= MAX_PIXELS else 0,
    )


def _line(text: str, limit: int) -> str:
    if len(text) > limit:
        text = text[:limit]
    if not _is_plain_line(text):
        text = _stripped(text).replace("\n", " ")
    return "" if text.isspace() else text


def _lines(texts: tuple[str, ...], limit: int, count: int) -> tuple[str, ...]:
    return tuple(text for text in (_line(each, limit) for each in texts[:count]) if text)


def _identity(text: str, limit: int) -> str:
    """Clean what says who somebody is: a character that must go leaves a visible gap.

    Taking it away would make "anna" of "an<zero width>na", which is somebody else.
    """
    text = text[:limit]
    if _is_plain_line(text):
        return text
    return _stripped(text).replace("\n", " ")[: limit - 1] + "\ufffd"


def _web(url: str) -> str:
    url = _line(url, MAX_URL + 1)
    return url if _is_web(url) else ""


def _picture(url: str) -> str:
    url = _line(url, MAX_URL + 1)
    return url if _is_picture(url) else ""


def _stripped(text: str) -> str:
    """Take away what must not be shown; each step leaves nothing for a step before it."""
    if text.isascii():
        raw = text.encode("ascii")
        if len(raw.translate(None, _CONTROL_BYTES)) == len(raw):
            return text
        text = _NEWLINE.sub("\n", _ESCAPES.sub("", text)).replace("\t", " ")
        return _FORBIDDEN.sub("", text)
    if _BREAK.search(text):
        text = _NEWLINE.sub("\n", _ESCAPES.sub("", text)).replace("\t", " ")
    if _SUSPECT.search(text):
        text = _FORBIDDEN.sub(r"\1", text)
    text = _STRAY_SELECTOR.sub("", text)
    if "\u200d" in text or "\u200c" in text or "\u200b" in text:
        text = _STRAY_JOINER.sub("", _DOUBLED_JOINER.sub(r"\1", text))
    return (_ASTRAL_TOWER if _ASTRAL.search(text) else _TOWER).sub("", text)
