"""Write demo.jsonl, the replay of the made-up event, from demo_authors.txt and demo_posts.txt.

Owns the marks of those two files (explained at their tops) and the spreading of posts over ten
minutes. Contains no text of its own: to change what is said, change demo_posts.txt and run

    python events/make_demo.py            (--check only says whether demo.jsonl is up to date)

Never reads a clock or the network: the same two files and pictures give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import struct
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent
STARTS = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)
LAST = 598.0
"""Seconds after which nothing but the pinned last word is posted."""
SEED = 2027

NETWORKS = {"x": "x", "b": "bluesky", "m": "mastodon"}
LONGEST = {"x": 280, "bluesky": 300, "mastodon": 500}
SERVERS = {
    "fi": "meri.example",
    "de": "hafen.example",
    "no": "brygge.example",
    "es": "muelle.example",
    "it": "molo.example",
}
HOUSE = {
    "x": "harbourforum",
    "bluesky": "harbourforum.example",
    "mastodon": "harbourforum@quay.example",
}
SHORT = {"#hf": "#harbourforum", "#wl": "#waterline27", "#bath": "#harbourbath"}

NEVER_REPOST = frozenset(
    """
    x/saltwell x/tove x/noray b/ludo b/serafina m/mirja x/kaiholm b/pilar m/ropewalk m/access
    x/ferry x/lodewren x/brinebank b/tangvik x/bilge x/hivis x/shellcoin x/zalgo b/pushy
    x/tide b/weather m/hafenbot
    """.split()
)

# How posts crowd in a stretch: the share that has come after the share `u` of its time, and back.
Curve = tuple[Callable[[float], float], Callable[[float], float]]
CURVES: dict[str, Curve] = {
    "even": (lambda u: u, lambda p: p),
    "rise": (lambda u: u**2, lambda p: p**0.5),
    "fall": (lambda u: 1 - (1 - u) ** 2, lambda p: 1 - (1 - p) ** 0.5),
    "burst": (lambda u: 1 - (1 - u) ** 2.5, lambda p: 1 - (1 - p) ** 0.4),
}

_POST = re.compile(r"(?:@(?P<at>[\d.]+) )?(?P<who>[xbm]/\w+)(?P<marks> .*?)? \| (?P<text>.*)")
_EDIT = re.compile(r"@(?P<at>[\d.]+) ~ (?P<name>\w+) \| (?P<text>.*)")
_DELETE = re.compile(r"@(?P<at>[\d.]+) - (?P<name>\w+)")
_REPOSTS = re.compile(r"\* (?P<name>\w+) (?P<count>\d+) (?P<spread>\d+)")
_STRETCH = re.compile(r"== (?P<start>\d+)-(?P<end>\d+) (?P<curve>\w+) .+")
_MARK = re.compile(
    r" (?:(?P<question>\?)|=(?P<name>\w+)|\^(?P<reply>\w+)|&(?P<quote>\w+)|lang:(?P<lang>\w+)"
    r"|cw\((?P<cw>[^)]*)\)|(?P<sensitive>sensitive)|\+(?P<picture>[\w-]+)(?:\((?P<alt>[^)]*)\))?)"
)
_ESCAPE = re.compile(r"\\(?:n|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_UNSEEN = re.compile("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\x7f-\x9f]")


class Wrong(Exception):
    """A line of the two files cannot be used; the message names file, line and reason."""


@dataclass(frozen=True, slots=True)
class Author:
    """One line of demo_authors.txt."""

    key: str
    network: str
    id: str
    handle: str
    language: str
    name: str
    followers: int
    verified: bool
    bot: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A post of demo_posts.txt, or a repost made of one, with its second."""

    at: float
    order: int
    author: Author
    text: str
    language: str
    kind: str = "post"
    parent: Draft | None = None
    question: bool = False
    warning: str = ""
    sensitive: bool = False
    pictures: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Script:
    """Everything that happens, in no particular order of time."""

    posts: list[Draft] = field(default_factory=list)
    named: dict[str, Draft] = field(default_factory=dict)
    edits: list[tuple[float, Draft, str]] = field(default_factory=list)
    deletes: list[tuple[float, Draft]] = field(default_factory=list)


def _number(word: str) -> int:
    return round(float(word[:-1]) * 1000) if word.endswith("k") else int(word)


def _hashed(text: str, digits: int) -> str:
    value = int.from_bytes(hashlib.sha256(text.encode()).digest()[:12], "big")
    return str(10 ** (digits - 1) + value % (9 * 10 ** (digits - 1)))


def _handle(network: str, name: str, language: str, given: str) -> str:
    if network == "mastodon":
        return f"{name}@{SERVERS.get(language, 'quay.example')}"
    return f"{name}.sky.example" if network == "bluesky" else given


def read_authors(path: Path) -> dict[str, Author]:
    """Read the people, by key.

    Raises Wrong for a line with missing fields or a handle on X that somebody real could have.
    """
    rng = random.Random(SEED)
    authors: dict[str, Author] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [part.strip() for part in line.split("|")]
        if len(fields) != 5 or fields[0] in authors:
            raise Wrong(f"{path.name}:{number}: five fields and a new key are needed")
        key, given, language, name, rest = fields
        network = NETWORKS[key[0]]
        if network == "x" and not 16 <= len(given) <= 20:
            raise Wrong(f"{path.name}:{number}: {given!r} needs 16 to 20 characters")
        handle = _handle(network, key[2:], language, given)
        words = rest.split()
        drawn = int(min(4000.0, 20 + rng.lognormvariate(5.4, 1.1)))
        authors[key] = Author(
            key=key,
            network=network,
            id=f"did:web:{handle}" if network == "bluesky" else _hashed(handle, 18),
            handle=handle,
            language=language,
            name=name,
            followers=_number(words[0]) if words and words[0][0].isdigit() else drawn,
            verified="verified" in words,
            bot="bot" in words,
        )
    return authors


def _unescape(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        digits = found[1] or found[2] or found[3]
        return chr(int(digits, base=16)) if digits else "\n"

    return _ESCAPE.sub(one, text)


_Row = tuple[int, re.Match[str]]


class _Reader:
    """Reads demo_posts.txt: one stretch at a time, because posts share out its seconds."""

    def __init__(self, path: Path, authors: dict[str, Author]) -> None:
        self._path = path
        self._authors = authors
        self._rng = random.Random(SEED)
        self._script = Script()
        self._reposts: list[tuple[Draft, int, int]] = []
        self._busy_until: dict[str, float] = {}
        self._line = 0

    def _wrong(self, reason: str) -> NoReturn:
        raise Wrong(f"{self._path.name}:{self._line}: {reason}")

    def read(self) -> Script:
        """Return the whole script. Raises Wrong for the first line that cannot be used."""
        stretch: re.Match[str] | None = None
        rows: list[_Row] = []
        for number, raw in enumerate(self._path.read_text(encoding="utf-8").split("\n"), 1):
            self._line = number
            line = raw.rstrip()
            if not line or line.startswith("#"):
                continue
            if found := _STRETCH.fullmatch(line):
                self._lay_out(stretch, rows)
                stretch, rows = found, []
                continue
            for shape in (_EDIT, _DELETE, _REPOSTS, _POST):
                if found := shape.fullmatch(line):
                    rows.append((number, found))
                    break
            else:
                self._wrong("not a post, an edit, a delete or reposts")
        self._lay_out(stretch, rows)
        for original, count, spread in self._reposts:
            self._repost(original, count, spread)
        return self._script

    def _named(self, name: str) -> Draft:
        if name not in self._script.named:
            self._wrong(f"no post above is named {name!r}")
        return self._script.named[name]

    def _lay_out(self, stretch: re.Match[str] | None, rows: list[_Row]) -> None:
        if stretch is None:
            return
        times = self._times(stretch, [found for _, found in rows if found.re is _POST])
        for self._line, found in rows:
            if found.re is _POST:
                self._post(found, next(times))
            elif found.re is _REPOSTS:
                original = self._named(found["name"])
                self._reposts.append((original, int(found["count"]), int(found["spread"])))
            elif found.re is _DELETE:
                self._script.deletes.append((float(found["at"]), self._named(found["name"])))
            else:
                edit = (float(found["at"]), self._named(found["name"]), _expand(found["text"]))
                self._script.edits.append(edit)

    def _times(self, stretch: re.Match[str], posts: list[re.Match[str]]) -> Iterator[float]:
        """Yield a second for each post; between two pinned ones they follow the curve."""
        start, end = float(stretch["start"]), float(stretch["end"])
        length = end - start
        share, back = CURVES[stretch["curve"]]
        runs: list[tuple[float, int, bool]] = [(start, 0, False)]
        for found in posts:
            if found["at"]:
                runs.append((float(found["at"]), 0, True))
            else:
                since, count, pinned = runs[-1]
                runs[-1] = (since, count + 1, pinned)
        until = [since for since, _, _ in runs[1:]] + [end]
        for (since, count, pinned), stop in zip(runs, until, strict=True):
            if pinned:
                yield since
            low, high = share((since - start) / length), share((stop - start) / length)
            drawn = [start + length * back(self._rng.uniform(low, high)) for _ in range(count)]
            yield from sorted(drawn)

    def _post(self, found: re.Match[str], at: float) -> None:
        author = self._authors.get(found["who"])
        if author is None:
            self._wrong(f"nobody is called {found['who']!r}")
        post = Draft(at, self._line * 100, author, _expand(found["text"]), author.language)
        marks, end, name = found["marks"] or "", 0, ""
        for mark in _MARK.finditer(marks):
            if mark.start() != end:
                break
            end = mark.end()
            name = mark["name"] or name
            if parent := mark["reply"] or mark["quote"]:
                kind = "reply" if mark["reply"] else "quote"
                post = replace(post, kind=kind, parent=self._named(parent))
            elif mark["picture"]:
                picture = (mark["picture"], mark["alt"] or "")
                post = replace(post, pictures=(*post.pictures, picture))
            post = replace(
                post,
                question=post.question or bool(mark["question"]),
                language=mark["lang"] or post.language,
                warning=mark["cw"] or post.warning,
                sensitive=post.sensitive or bool(mark["sensitive"]),
            )
        if end != len(marks):
            self._wrong(f"cannot read the marks {marks[end:]!r}")
        if post.parent and post.parent.author.network != author.network:
            self._wrong("answers a post of another network")
        if not found["at"]:
            written = self._busy_until.get(author.key, 0.0)
            read = post.parent.at + self._rng.uniform(4, 11) if post.parent else 0.0
            post = replace(post, at=min(max(at, written, read), LAST))
        self._busy_until[author.key] = post.at + self._rng.uniform(6, 12)
        if name:
            if name in self._script.named:
                self._wrong(f"{name!r} is the name of another post")
            self._script.named[name] = post
        self._script.posts.append(post)

    def _repost(self, original: Draft, count: int, spread: int) -> None:
        """Add reposts by people of the same network: who says little, and reads the language.

        Whoever writes something of their own at that time is left out, or they would pass on
        what they contradict; so are those on the programme and those who make trouble.
        """
        ends = [(at, post) for at, post, _ in self._script.edits] + self._script.deletes
        last = min([LAST, *(at for at, post in ends if post is original)])
        said: dict[str, int] = {}
        for post in self._script.posts:
            said[post.author.key] = said.get(post.author.key, 0) + 1
        busy = {
            post.author.key
            for post in self._script.posts
            if post.kind != "repost" and abs(post.at - original.at) < 90
        }
        people = [
            author
            for author in self._authors.values()
            if author.network == original.author.network and author.key not in busy | NEVER_REPOST
        ]
        foreign = 0.4 if original.language == "en" else 0.1
        weights = [
            (1.0 if author.language == original.language else foreign)
            / (1 + said.get(author.key, 0)) ** 2
            for author in people
        ]
        for number in range(count):
            chosen = self._rng.choices(range(len(people)), weights)[0]
            weights[chosen] = 0.0
            later = 3 + self._rng.expovariate(2.5 / spread)
            at = original.at + later
            if at > last:
                at = self._rng.uniform(original.at + 1, last)
            repost = replace(
                original,
                at=at,
                order=original.order + number + 1,
                author=people[chosen],
                kind="repost",
                parent=original,
                question=False,
            )
            self._script.posts.append(repost)


def _expand(text: str) -> str:
    return re.sub(r"#(hf|wl|bath)\b", lambda found: SHORT[found.group()], _unescape(text))


def read_script(folder: Path = HERE) -> Script:
    """Read both files of `folder`. Raises Wrong, which names the line."""
    return _Reader(folder / "demo_posts.txt", read_authors(folder / "demo_authors.txt")).read()


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height in pixels of a PNG or a JPEG, read from its header."""
    data = path.read_bytes()
    if data.startswith(b"\x89PNG"):
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    at = 2
    while data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xC3:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return int(width), int(height)
        at += 2 + length
    raise Wrong(f"{path.name} is neither PNG nor JPEG")


def _moment(at: float) -> str:
    moment = STARTS + timedelta(milliseconds=round(at * 1000))
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _post_id(post: Draft) -> str:
    """Make an id of the network's own shape, growing with time."""
    ms = round((STARTS.timestamp() + post.at) * 1000)
    low = int(_hashed(f"{post.order} {post.author.key}", 9))
    match post.author.network:
        case "x":
            return str((ms - 1_288_834_974_657 << 22) + low % 4_000_000)
        case "bluesky":
            value, letters = (ms * 1000 + low % 1000 << 10) + low % 1024, ""
            for _ in range(13):
                letters = "234567abcdefghijklmnopqrstuvwxyz"[value % 32] + letters
                value //= 32
            return f"at://{post.author.id}/app.bsky.feed.post/{letters}"
        case _:
            return str((ms << 16) + low % 65536)


def _url(post: Draft) -> str:
    handle, ident = post.author.handle, _post_id(post)
    match post.author.network:
        case "x":
            return f"https://x.example/{handle}/status/{ident}"
        case "bluesky":
            return f"https://sky.example/profile/{handle}/post/{ident.rpartition('/')[2]}"
        case _:
            user, _, server = handle.partition("@")
            return f"https://{server}/@{user}/{ident}"


def _mentions(text: str, network: str, authors: dict[str, Author]) -> tuple[str, list[str]]:
    """Return the text with every @key spelled as its network does, and the handles mentioned."""
    mentions: list[str] = []

    def one(found: re.Match[str]) -> str:
        key = f"{network[0]}/{found[1]}"
        if found[1] == "house":
            handle = HOUSE[network]
        elif key in authors:
            handle = authors[key].handle
        else:
            return found.group()
        if handle not in mentions:
            mentions.append(handle)
        return "@" + (handle.partition("@")[0] if network == "mastodon" else handle)

    return re.sub(r"(?<!\[)@(\w+)", one, text), mentions


def _shape(post: Draft, authors: dict[str, Author], folder: Path) -> dict[str, object]:
    """Return the post as docs/protocol.md describes it, without what equals a default."""
    network = post.author.network
    text, mentions = _mentions(post.text, network, authors)
    if len(text) > LONGEST[network]:
        raise Wrong(f"{len(text)} characters are too many for {network}: {text}")
    author: dict[str, object] = {"id": post.author.id, "handle": post.author.handle}
    author |= {"name": post.author.name, "followers": post.author.followers}
    author |= {"verified": post.author.verified, "bot": post.author.bot}
    shape: dict[str, object] = {"network": network, "id": _post_id(post)}
    shape |= {"created_at": _moment(post.at), "text": text, "author": author, "url": _url(post)}
    media: list[dict[str, object]] = []
    for name, alt in post.pictures:
        path = next((folder / "pictures").glob(f"{name}.*"), None)
        if path is None:
            raise Wrong(f"there is no picture {name!r}")
        width, height = picture_size(path)
        picture: dict[str, object] = {"kind": "image", "url": f"pictures/{path.name}"}
        picture |= {"alt": alt} if alt else {}
        media.append(picture | {"width": width, "height": height})
    optional: dict[str, object] = {
        "language": post.language,
        "kind": "" if post.kind == "post" else post.kind,
        "in_reply_to": _post_id(post.parent) if post.parent else "",
        "tags": list(dict.fromkeys(re.findall(r"(?<!\w)#(\w+)", text))),
        "mentions": mentions,
        "links": [link.rstrip(".,!?)") for link in re.findall(r"https://\S+", text)],
        "media": media,
        "sensitive": post.sensitive,
        "warning": post.warning,
    }
    return shape | {key: value for key, value in optional.items() if value}


def _line(value: Mapping[str, object]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def make(folder: Path = HERE) -> str:
    """Return the text of demo.jsonl. Raises Wrong, which names what to mend."""
    authors = read_authors(folder / "demo_authors.txt")
    script = read_script(folder)
    lines: list[tuple[float, int, str]] = [
        (post.at, post.order, _line(_shape(post, authors, folder))) for post in script.posts
    ]
    for at, post, text in script.edits:
        edited = {"edit": _shape(replace(post, text=text), authors, folder), "at": _moment(at)}
        lines.append((at, post.order, _line(edited)))
    for at, post in script.deletes:
        gone: dict[str, object] = {"network": post.author.network, "id": _post_id(post)}
        lines.append((at, post.order, _line({"delete": gone, "at": _moment(at)})))
    return "".join(f"{line}\n" for _, _, line in sorted(lines))


def main(arguments: list[str]) -> int:
    """Write demo.jsonl, or with --check say whether it is what would be written."""
    target = HERE / "demo.jsonl"
    try:
        text = make()
    except Wrong as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if "--check" in arguments:
        fresh = target.exists() and target.read_text(encoding="utf-8") == text
        if not fresh:
            print("demo.jsonl is out of date: python events/make_demo.py", file=sys.stderr)
        return 0 if fresh else 1
    target.write_text(text, encoding="utf-8", newline="\n")
    print(f"{target.name}: {text.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
