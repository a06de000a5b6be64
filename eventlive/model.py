"""The nouns of an event, frozen: what exists, without any idea of where it is kept or shown.

Owns the shapes that every other part shares. Never does I/O, never reads a clock. msgspec's
structs rather than pydantic's models, because a post is built for every line of a flood
(docs/performance.md has the figures); scripts and settings, read once, are pydantic.

Every noun that the desk changes has an `id` and a `version` that only grows: a change is always
the whole noun in its newest version, never a patch. Over 500 lines because the nouns refer to each
other, and are read together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Network = Literal["x", "bluesky", "mastodon"]
PostKind = Literal["post", "reply", "repost", "quote"]
Role = Literal["viewer", "operator", "lead"]
Moment = Annotated[datetime, Meta(tz=True)]


# --- what the networks bring -----------------------------------------------------------------


class Author(Struct, frozen=True):
    """Who wrote a post, as the network names them. `handle` has no leading @."""

    id: str
    handle: str
    name: str = ""
    followers: int = 0
    verified: bool = False
    bot: bool = False


class Media(Struct, frozen=True, omit_defaults=True):
    """A picture or film of a post; `width` and `height` in pixels, 0 where unknown."""

    url: str
    kind: Literal["image", "video", "gif"] = "image"
    alt: str = ""
    width: int = 0
    height: int = 0


class Post(Struct, frozen=True, omit_defaults=True):
    """What somebody said on a network: the one shape for all of them (docs/protocol.md).

    `tags` come without #, `mentions` without @. `in_reply_to` is the id of the post answered,
    reposted or quoted, on the same network; `quoted` is that of the post quoted, also where the
    post is a reply; `to` are the handles of those whom it answers or quotes. `warning` is the
    author's content warning.
    """

    network: Network
    id: str
    created_at: Moment
    text: str
    author: Author
    url: str = ""
    language: str = ""
    kind: PostKind = "post"
    in_reply_to: str = ""
    quoted: str = ""
    to: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    sensitive: bool = False
    warning: str = ""

    @property
    def key(self) -> str:
        """The post's id across networks."""
        return f"{self.network}:{self.id}"


class Edited(Struct, frozen=True):
    """A post that its author changed, in its new form; `at` where it is known when."""

    post: Post
    at: Moment | None = None


class Deleted(Struct, frozen=True, omit_defaults=True):
    """A post that its author or its network took away; `at` where it is known when."""

    network: Network
    id: str
    at: Moment | None = None

    @property
    def key(self) -> str:
        return f"{self.network}:{self.id}"


class Skipped(Struct, frozen=True):
    """Something that a feed could not use: where it stood and why."""

    where: str
    reason: str


FeedEvent = Post | Edited | Deleted
FeedState = Literal[
    "starting",
    "live",
    "catching-up",
    "silent",
    "limited",
    "over-budget",
    "lost",
    "refused",
    "failed",
    "ended",
]


class Batch(Struct, frozen=True):
    """What a feed hands over at once.

    `cursor` is the feed's own mark, stored in the same transaction as the events: following
    again from it brings everything after them and may bring some of them again.
    """

    events: tuple[FeedEvent, ...] = ()
    cursor: str = ""
    skipped: tuple[Skipped, ...] = ()


class Money(Struct, frozen=True, omit_defaults=True):
    """What a feed costs, in US dollars: since the event's start, and an hour; 0 for no budget."""

    spent: float = 0.0
    per_hour: float = 0.0
    budget: float = 0.0


class Status(Struct, frozen=True):
    """How a feed says that it is, between batches; `until` is when a limit ends."""

    state: FeedState
    reason: str = ""
    until: Moment | None = None
    money: Money | None = None


# --- what listening makes of a post ----------------------------------------------------------


class Judgement(Struct, frozen=True, omit_defaults=True):
    """What the pure judgement of a text came to.

    `flags` are reasons for a person to look twice ("stop: word", "copy of …", "sensitive");
    `stopped` means that no rule may put it on a screen by itself. `points` ranks it against
    others of the same minute; `reasons` say why, in words. `person` is the id of a listed person.
    `ours` is what the house said itself. `fact` is the id of a fact of the script that it gets
    wrong, or repeats a wrong claim about; `support` is what sounds like a case for support;
    `mentions_us` is what names, answers or quotes an account of the house.
    """

    language: str = ""
    question: bool = False
    stopped: bool = False
    muted: bool = False
    flags: tuple[str, ...] = ()
    points: float = 0.0
    reasons: tuple[str, ...] = ()
    person: str = ""
    trusted: bool = False
    ours: bool = False
    fact: str = ""
    support: bool = False
    mentions_us: bool = False


# --- what the desk keeps ---------------------------------------------------------------------


class Anchor(Struct, frozen=True, omit_defaults=True):
    """A moment tied to a segment: so many seconds after its start or end, before where negative."""

    segment: str
    edge: Literal["start", "end"] = "start"
    seconds: Annotated[int, Meta(ge=-8_640_000, le=8_640_000)] = 0


class Claim(Struct, frozen=True):
    """A lease: `who` deals with it, for as long as their console renews it."""

    who: str
    since: Moment


class Note(Struct, frozen=True):
    """A word from one operator to the others."""

    who: str
    at: Moment
    text: str


ItemState = Literal["open", "archived", "rejected", "snoozed", "deleted"]
QuestionState = Literal["", "open", "answered"]


class Item(Struct, frozen=True, omit_defaults=True, tag="item", tag_field="kind"):
    """A post on the desk, with all that was judged and decided about it.

    `rank` orders the inbox, higher first; it does not change while time passes. `deleted` is
    final: a post that its author took away never comes back to a screen. `answer` is the id of the
    house's post that answers it; `shown_answer` is an answer given on the screens instead.
    `fact`, `support` and `mentions_us` are the judgement's. A snoozed one comes back at
    `snoozed_until`, which follows the programme where it is `snoozed_to` a moment of it. Whom the
    house does not engage with is to be `avoided`; `reported` is who kept it as evidence.
    """

    id: str
    version: int
    post: Post
    received_at: Moment
    rank: float = 0.0
    state: ItemState = "open"
    on_wall: bool = False
    question: QuestionState = ""
    language: str = ""
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    person: str = ""
    stopped: bool = False
    muted: bool = False
    claim: Claim | None = None
    snoozed_until: Moment | None = None
    notes: tuple[Note, ...] = ()
    answer: str = ""
    shown_answer: str = ""
    fact: str = ""
    support: bool = False
    mentions_us: bool = False
    snoozed_to: Anchor | None = None
    avoided: bool = False
    reported: str = ""


class Card(Struct, frozen=True, omit_defaults=True, tag="card", tag_field="kind"):
    """A post as a screen shows it; nothing in it that the public may not see.

    `answer` is the house's, shown with the question.

    `order` grows with every card put up: the newest has the highest. `at` is when it was said,
    or when it arrived where its own time cannot be right.
    """

    id: str
    version: int
    order: int
    network: Network
    name: str
    handle: str
    text: str
    at: Moment
    language: str = ""
    media: tuple[Media, ...] = ()
    sensitive: bool = False
    warning: str = ""
    pinned: bool = False
    answer: str = ""
    liked: bool = False


class Sponsor(Struct, frozen=True, omit_defaults=True):
    """Somebody who pays for the event; `logo` is a path that the engine serves, "" for none."""

    name: str
    logo: str = ""


SceneName = Literal[
    "masonry",
    "spotlight",
    "carousel",
    "ticker",
    "pair",
    "now-next",
    "statement",
    "sponsors",
    "pictures",
    "people",
    "hold",
    "test",
]


class Screen(Struct, frozen=True, omit_defaults=True, tag="screen", tag_field="kind"):
    """What a screen of the venue is set to; `id` is its name, "main" that of all without an own.

    Its `scenes` are shown by turns, each for `seconds` (`showing`); a `dark` one is black whatever
    they are. `statement` is the text of the scene of that name, in its `language`. `title` is for
    people. `distance` is that of the last row, `width` that of the picture, both in metres, 0 where
    nobody has said. `hand` is who set it, "" where it is as the script says; `named` is one that
    the script names.
    """

    id: str
    version: int
    scenes: tuple[SceneName, ...] = ("masonry",)
    seconds: int = 30
    statement: str = ""
    language: str = ""
    dark: bool = False
    title: str = ""
    distance: float = 0.0
    width: float = 0.0
    hand: str = ""
    named: bool = False


def showing(screen: Screen, now: datetime) -> SceneName:
    """Say which of its scenes a screen shows now; all screens turn at the same moments."""
    turn = int(now.timestamp() // max(1, screen.seconds))
    return screen.scenes[turn % len(screen.scenes)]


class Scene(Struct, frozen=True, omit_defaults=True, tag="scene", tag_field="kind"):
    """The house's frame on all screens, and whether all is held.

    `cards` are how many stand at once where many do. `theme` names the stylesheet in use, `logo` is
    a path that the engine serves. A page that has seen another number as `refresh` since it was
    loaded loads itself anew. The house's words are in its `language`, times of day in its `zone`.
    """

    id: str
    version: int
    held: bool = False
    title: str = ""
    hashtag: str = ""
    link: str = ""
    accent: str = ""
    cards: int = 12
    now: str = ""
    theme: str = ""
    logo: str = ""
    sponsors: tuple[Sponsor, ...] = ()
    corner: bool = False
    language: str = ""
    refresh: int = 0
    zone: str = ""


class Part(Struct, frozen=True, omit_defaults=True):
    """A part of the programme as the public may know it; `by` hand it waits for a person."""

    id: str
    title: str
    begins: Moment | None = None
    ends: Moment | None = None
    running: bool = False
    by: Literal["clock", "hand"] = "clock"
    track: str = ""
    room: str = ""
    speakers: tuple[str, ...] = ()


class Programme(Struct, frozen=True, omit_defaults=True, tag="programme", tag_field="kind"):
    """What runs and what comes next, of each track; made from the segments, and never stored.

    Of each track the running part first, then those that come, two at most.
    """

    id: str
    version: int
    parts: tuple[Part, ...] = ()


OutgoingState = Literal[
    "draft",
    "queued",
    "held",
    "sending",
    "sent",
    "failed",
    "uncertain",
    "dropped",
    "deleting",
    "deleted",
]


class Picture(Struct, frozen=True, omit_defaults=True):
    """A picture of a post of the house: a file in the script's folder, and what it shows."""

    file: str
    alt: str = ""


class Outgoing(Struct, frozen=True, omit_defaults=True, tag="outgoing", tag_field="kind"):
    """A post of the house, from the first word to the outcome.

    `answers` is the item that it answers; `reply_to` and `reply_url` are that item's on the
    network where the answer is a reply there. It leaves at `due_at` at the earliest, and while its
    network has a limit not before `not_before`; until then a queued one can be taken back.
    `attempt` grows with every try, so that a late outcome of an earlier one is recognised.
    `sent_id` and `sent_url` are the network's, `sent_ids` those of a whole thread; `seen_at` is
    when a feed showed it. `reason` says why it waits, is held, failed or uncertain.

    A planned one has a time of its own: `at`, or an `anchor` where that is tied to a segment, and
    then `due_at` follows the programme; `stale` is how many seconds later it no longer makes sense
    (0: as the script says for all). `segment` is the one that it speaks of. `text` may hold
    variables; once it leaves, `text` is what is said and `template` what was written. `series` is
    the id of the script's post that comes again and again, `nth` counts from 1, and no further one
    comes after one that `ends_series`. `hand` is who last changed its
    words or time. Where it `needs_approval`, it leaves only once `approved_by` says by whom. `over`
    are the rules of the voice that its writer set aside.
    """

    id: str
    version: int
    account: str
    text: str
    who: str
    created_at: Moment
    state: OutgoingState = "draft"
    answers: str = ""
    due_at: Moment | None = None
    attempt: int = 0
    sent_id: str = ""
    sent_url: str = ""
    sent_at: Moment | None = None
    reason: str = ""
    reply_to: str = ""
    reply_url: str = ""
    pictures: tuple[Picture, ...] = ()
    warning: str = ""
    language: str = ""
    sent_ids: tuple[str, ...] = ()
    not_before: Moment | None = None
    seen_at: Moment | None = None
    anchor: Anchor | None = None
    stale: int = 0
    segment: str = ""
    template: str = ""
    series: str = ""
    nth: int = 0
    hand: str = ""
    needs_approval: bool = False
    approved_by: str = ""
    promo: bool = False
    over: tuple[str, ...] = ()
    at: Moment | None = None
    ends_series: bool = False
    pair: bool = False


class Intent(Struct, frozen=True, omit_defaults=True):
    """What is about to be sent, to the byte, and the key under which it can be recognised.

    On disk before the first byte leaves; `outcome` is written once it is known. `part` counts the
    posts of a thread from 0, `of` how many they are. `digest` stands for what is said: the same
    words said again keep their key and bytes. `place` is the network and server that it goes to.
    """

    outgoing: str
    attempt: int
    account: str
    key: str
    body: bytes
    at: Moment
    outcome: str | None = None
    part: int = 0
    of: int = 1
    digest: str = ""
    place: str = ""


class Sent(Struct, frozen=True):
    """The network has a post of ours: its id there, its address, since when."""

    id: str
    url: str
    at: Moment


class OutletAccount(Struct, frozen=True, omit_defaults=True):
    """An account of the house as its outlet needs it; no secrets.

    `server` is "" for the network's own; `long` says what becomes of a text over the limit.
    """

    id: str
    network: str
    handle: str
    server: str = ""
    language: str = ""
    signature: str = ""
    long: Literal["refuse", "thread"] = "refuse"


class AccountReport(Struct, frozen=True, omit_defaults=True):
    """What a network says of an account of ours: who it is, what it may do, what is left to it.

    `may` are words such as "read" and "post"; `limits` are sentences for a person.
    """

    handle: str
    name: str = ""
    may: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


SegmentState = Literal["planned", "running", "ended", "skipped"]


class Segment(Struct, frozen=True, omit_defaults=True, tag="segment", tag_field="kind"):
    """A part of the programme.

    `starts` is the script's, None for one that starts whenever that which it comes `after` has
    ended; with both it never starts before `starts`. `planned` is when the script lets it begin.
    `begins` and `ends` are when it is expected to, or did: at `begins` it starts by itself where it
    goes `by` the clock, and no sooner than a person says so where it goes by hand. `slip` is by how
    many seconds it is later than planned: its start while it is planned, its end from then on.
    `moved` is what a person has said: of its start while it is planned, of its end while it runs.
    Segments of one `track` follow one another; tracks run side by side. `speakers` are ids of
    people.
    """

    id: str
    version: int
    title: str
    starts: Moment | None
    minutes: int
    state: SegmentState = "planned"
    started_at: Moment | None = None
    ended_at: Moment | None = None
    after: str = ""
    by: Literal["clock", "hand"] = "clock"
    track: str = ""
    room: str = ""
    speakers: tuple[str, ...] = ()
    begins: Moment | None = None
    ends: Moment | None = None
    slip: int = 0
    planned: Moment | None = None
    moved: Moment | None = None


class Reminder(Struct, frozen=True, omit_defaults=True, tag="reminder", tag_field="kind"):
    """A word to the crew at its time: `due_at` follows the programme where it has an `anchor`.

    It is `due` until somebody, `who`, has seen to it.
    """

    id: str
    version: int
    text: str
    state: Literal["waiting", "due", "done"] = "waiting"
    due_at: Moment | None = None
    anchor: Anchor | None = None
    who: str = ""


class Mute(Struct, frozen=True, omit_defaults=True, tag="mute", tag_field="kind"):
    """An author whose posts no longer come to the inbox; `id` is "network:author id".

    One who is `blocked` only a lead lets in again.
    """

    id: str
    version: int
    handle: str
    who: str
    at: Moment
    off: bool = False
    blocked: bool = False


class Avoid(Struct, frozen=True, omit_defaults=True, tag="avoid", tag_field="kind"):
    """An author with whom the house does not engage; `id` is "network:author id"."""

    id: str
    version: int
    handle: str
    who: str
    at: Moment


Complaint = Literal["spam", "abuse", "hate", "false", "privacy", "other"]


class Evidence(Struct, frozen=True, omit_defaults=True, tag="evidence", tag_field="kind"):
    """A post as it stood when somebody reported it, kept whatever its author does to it.

    `id` is the item's with the number of the report; `item` the item's own. `words` are the
    operator's; `seen_at` is when the post was received.
    """

    id: str
    version: int
    item: str
    post: Post
    who: str
    at: Moment
    complaint: Complaint = "other"
    words: str = ""
    seen_at: Moment | None = None


Thing = Item | Card | Scene | Screen | Outgoing | Segment | Mute | Reminder | Avoid | Evidence
Shown = Card | Scene | Screen | Programme
"""What a screen is told of."""


class Step(Struct, frozen=True, omit_defaults=True):
    """One thing as it was before and after a decision; None where it did not exist."""

    before: Thing | None = None
    after: Thing | None = None


class Decision(Struct, frozen=True, omit_defaults=True):
    """One line of the log: who did what, when, to what.

    `on` is the id of what it was done to. `steps` are what undo needs; empty where a decision
    cannot be undone. `undoes` and `redoes` are the `seq` of the decision taken back or done again.
    """

    seq: int
    at: Moment
    who: str
    action: str
    on: str = ""
    detail: str = ""
    steps: tuple[Step, ...] = ()
    undoes: int = 0
    redoes: int = 0


# --- changes ---------------------------------------------------------------------------------


class Put(Struct, frozen=True):
    """A thing is new, or newer than what was known by its kind and id."""

    put: Thing


class Drop(Struct, frozen=True):
    """A thing is no more."""

    kind: Literal[
        "item",
        "card",
        "scene",
        "screen",
        "outgoing",
        "segment",
        "mute",
        "reminder",
        "avoid",
        "evidence",
    ]
    id: str


Change = Put | Drop


# --- how it goes -----------------------------------------------------------------------------


class FeedHealth(Struct, frozen=True, omit_defaults=True):
    """How one feed is; `newest` is when its newest post arrived, rates count the last minute.

    `until` is when a limit ends; `money` is there where posts cost something.
    """

    id: str
    state: FeedState = "starting"
    reason: str = ""
    posts: int = 0
    per_minute: int = 0
    skipped: int = 0
    newest: Moment | None = None
    until: Moment | None = None
    money: Money | None = None


class Goal(Struct, frozen=True, omit_defaults=True):
    """How far the event has come to what it is to achieve.

    `name` is the script's key. `value` is None while there is nothing to count yet; shares are
    between 0 and 1. `at_least` says whether the target is a floor, or a ceiling.
    """

    name: str
    target: float
    value: float | None = None
    at_least: bool = True

    @property
    def met(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.target if self.at_least else self.value <= self.target


ANOTHER_ENGINE = "another engine runs this event"
"""What `Health.venue` says while two engines obey the venue's cues, and would post all twice."""


class Health(Struct, frozen=True, omit_defaults=True):
    """How the engine is, once a second; nothing in it is stored.

    `posts` were stored since the start of the event, `repeats` seen before, `waiting` are open
    on the desk, `overflow` fell out of the desk's window and are found by search.
    """

    at: Moment
    started_at: Moment
    held: bool = False
    posts: int = 0
    per_minute: int = 0
    repeats: int = 0
    deletes: int = 0
    edits: int = 0
    waiting: int = 0
    questions: int = 0
    overflow: int = 0
    skipped: int = 0
    cards: int = 0
    outgoing: int = 0
    sent: int = 0
    uncertain: int = 0
    screens: int = 0
    consoles: int = 0
    feeds: tuple[FeedHealth, ...] = ()
    venue: str = ""
    lag_ms: float = 0.0
    goals: tuple[Goal, ...] = ()
