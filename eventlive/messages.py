"""What travels between the engine and those attached to it: commands in, changes out.

Owns the shapes on the wire and the protocol's version; docs/protocol.md describes them in words
and `eventlive schema` prints them as JSON Schema. Never opens a socket and never decides anything.

Over 500 lines because all that is on the wire stands in one place.

Every frame is one JSON object in a text message. Frames from a console carry "say", frames to it
carry "tell", commands carry "do".
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from eventlive.errors import ProtocolError
from eventlive.listening.cleaning import clean_line, clean_text
from eventlive.listening.signals import Reading
from eventlive.listening.variables import NOBODY, Names
from eventlive.listening.voice_rules import HOUSE, VoiceRules
from eventlive.model import (
    Anchor,
    Card,
    Complaint,
    Decision,
    Evidence,
    Health,
    Item,
    Moment,
    Programme,
    Reminder,
    Role,
    Scene,
    SceneName,
    Screen,
    Segment,
    Shown,
    Thing,
)

_T = TypeVar("_T")

PROTOCOL = 1
MAX_FRAME = 1 << 20
"""Bytes of the largest frame that the engine takes."""

MAX_FRAME_TO_CONSOLE = 1 << 26
"""Bytes of the largest frame that a console takes: a first view of 500 of the longest posts."""

Id = Annotated[str, Meta(min_length=1, max_length=600)]
Name = Annotated[str, Meta(min_length=1, max_length=60)]
Text = Annotated[str, Meta(max_length=10_000)]
Seq = Annotated[int, Meta(ge=0, le=1 << 53)]
"""A number that only grows; a browser, too, counts as far as that."""

Pixels = Annotated[int, Meta(ge=0, le=65_535)]
OVER_MAX = 20
Over = Annotated[tuple[Name, ...], Meta(max_length=OVER_MAX)]
"""Names of rules that a writer sets aside."""

# --- commands: what an operator or a cue asks of the desk -------------------------------------


class _Command(Struct, frozen=True, omit_defaults=True, tag_field="do", forbid_unknown_fields=True):
    pass


class _OnItem(_Command, frozen=True):
    """A command on one post, in the version that the operator saw."""

    item: Id
    version: int


class Approve(_OnItem, frozen=True, tag="approve"):
    """Put the post on the wall."""


class ShowAnswer(_OnItem, frozen=True, tag="show-answer"):
    """Answer the post on the wall: it goes up with these words of the house.

    `over` names the rules of the voice that its writer sets aside.
    """

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    over: Over = ()


class TakeOff(_OnItem, frozen=True, tag="take-off"):
    """Take the post off the wall; it stays where it was otherwise."""


class Pin(_OnItem, frozen=True, tag="pin"):
    """Keep the post on the wall whatever comes after it, or no longer."""

    on: bool = True


class Reject(_OnItem, frozen=True, tag="reject"):
    """Never show the post; takes it off the wall too."""


class Archive(_OnItem, frozen=True, tag="archive"):
    """Done with it; what is on the wall stays there."""


class Reopen(_OnItem, frozen=True, tag="reopen"):
    """Bring an archived, rejected or snoozed post back to the inbox."""


class Snooze(_OnItem, frozen=True, tag="snooze"):
    """Hide the post until later: for some minutes, `until` a time, or a moment of the programme."""

    minutes: Annotated[int, Meta(ge=1, le=24 * 60)] = 10
    until: Moment | None = None
    anchor: Anchor | None = None


class Question(_OnItem, frozen=True, tag="question"):
    """Mark the post as a question, or as none."""

    on: bool = True


class AddNote(_OnItem, frozen=True, tag="note"):
    """Leave a word for the colleagues."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class ClaimItem(_OnItem, frozen=True, tag="claim"):
    """Say "I deal with this", for 30 s; the same again renews it.

    A lead may take it `over` from somebody else.
    """

    over: bool = False


class Unclaim(_OnItem, frozen=True, tag="unclaim"):
    """Let a claim go."""


class MuteAuthor(_OnItem, frozen=True, tag="mute"):
    """Keep this author's posts out of the inbox and off the screens, those here included."""


class BlockAuthor(_OnItem, frozen=True, tag="block"):
    """Mute this author for good; only a lead does, and only a lead undoes it."""


class AvoidAuthor(_OnItem, frozen=True, tag="avoid"):
    """Do not engage with this author, or do so again: answering them takes saying so twice."""

    on: bool = True


class ReportPost(_OnItem, frozen=True, tag="report"):
    """Keep the post as it stands as evidence, and never show it.

    The network is told by a person, at the post's address.
    """

    complaint: Complaint = "other"
    words: Annotated[str, Meta(max_length=1000)] = ""


class MoveCard(_OnItem, frozen=True, tag="move-card"):
    """Move the post among those on the wall, by so many places; newer where positive."""

    by: Annotated[int, Meta(ge=-100, le=100)]


class Unmute(_Command, frozen=True, tag="unmute"):
    """Let a muted author in again; `author` is "network:author id"."""

    author: Id
    version: int


class Write(_Command, frozen=True, tag="write"):
    """Write a post of the house, or an answer to `item`; `send` queues it at once.

    An answer is a reply on the network; a `plain` one is a post of its own, where the network
    takes no reply. With `at` or an `anchor` it leaves at that time instead. `over` names the rules
    of the voice that its writer sets aside; where the script does not let an error through, the
    post is refused without. An answer to somebody whom the house avoids is refused without
    "do-not-engage" among them. With `pair`, question and answer go on the wall once it is out.
    """

    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    account: Name = "main"
    item: str = ""
    version: int = 0
    send: bool = False
    plain: bool = False
    at: Moment | None = None
    anchor: Anchor | None = None
    over: Over = ()
    pair: bool = False


class Rewrite(_Command, frozen=True, tag="rewrite"):
    """Change the text of a draft, or of a post taken back, held or failed.

    One that is planned for later keeps its time, also while it is queued. An approval that it had
    is void.
    """

    outgoing: Id
    version: int
    text: Annotated[str, Meta(min_length=1, max_length=10_000)]
    over: Over = ()


class _OnOutgoing(_Command, frozen=True):
    outgoing: Id
    version: int


class Send(_OnOutgoing, frozen=True, tag="send"):
    """Send a draft, a held, a failed or a planned post now, after the seconds for taking back."""


class TakeBack(_OnOutgoing, frozen=True, tag="take-back"):
    """Make a queued post a draft again."""


class Move(_OnOutgoing, frozen=True, tag="move"):
    """Let a post that has not left leave at a time, absolute or tied to a segment."""

    at: Moment | None = None
    anchor: Anchor | None = None


class HoldPost(_OnOutgoing, frozen=True, tag="hold-post"):
    """Keep a queued post until somebody decides."""

    reason: Annotated[str, Meta(max_length=200)] = ""


class ApprovePost(_OnOutgoing, frozen=True, tag="approve-post"):
    """Say, as a second person, that a post may leave as it stands."""


class Discard(_OnOutgoing, frozen=True, tag="discard"):
    """Drop a post that was not sent; of one that comes again and again, the `series` as well."""

    series: bool = False


class Delete(_OnOutgoing, frozen=True, tag="delete"):
    """Take down a post that is out; a thread that was broken off, too."""


class Settle(_OnOutgoing, frozen=True, tag="settle"):
    """Say of an uncertain post what a person found: it was posted, or it was not."""

    posted: bool
    url: Annotated[str, Meta(max_length=2000)] = ""


class StartSegment(_Command, frozen=True, tag="start-segment"):
    """The segment begins now; the one that was running ends."""

    segment: Id


class EndSegment(_Command, frozen=True, tag="end-segment"):
    """The segment ends now."""

    segment: Id


class SkipSegment(_Command, frozen=True, tag="skip-segment"):
    """The segment does not take place; what was tied to it is held."""

    segment: Id


class PlanSegment(_Command, frozen=True, tag="plan-segment"):
    """The segment is still to come after all: takes back a start, an end, or that it is skipped."""

    segment: Id


class SlipSegment(_Command, frozen=True, tag="slip-segment"):
    """The segment comes so many seconds later than expected now, sooner where negative.

    A running one ends later. What follows it slips along.
    """

    segment: Id
    seconds: Annotated[int, Meta(ge=-86_400, le=86_400)]


class MoveSegment(_Command, frozen=True, tag="move-segment"):
    """The segment begins at this time; a running one ends then."""

    segment: Id
    at: Moment


class SeeTo(_Command, frozen=True, tag="see-to"):
    """A reminder is seen to."""

    reminder: Id
    version: int


class Reload(_Command, frozen=True, tag="reload"):
    """Take in the script as it was shown by a preview; `digest` is the preview's."""

    digest: Annotated[str, Meta(min_length=1, max_length=64)]


class Like(_OnItem, frozen=True, tag="like"):
    """Have the post come again on the screens when nothing new waits, or no longer."""

    on: bool = True


Target = Annotated[str, Meta(min_length=1, max_length=60)]
"""The name of a screen, "main" for those without an own, "*" for all of them."""

Scenes = Annotated[tuple[SceneName, ...], Meta(min_length=1, max_length=12)]


class SetScreen(_Command, frozen=True, tag="set-screen"):
    """Have a screen show these scenes by turns, each for so many seconds; ends its darkness."""

    scenes: Scenes
    screen: Target = "*"
    seconds: Annotated[int, Meta(ge=3, le=3600)] = 30


class PlayStatement(_Command, frozen=True, tag="play-statement"):
    """Show a statement of the house: one of the script by its id, or these words."""

    statement: Annotated[str, Meta(max_length=60)] = ""
    text: Annotated[str, Meta(max_length=1000)] = ""
    screen: Target = "*"


class Darken(_Command, frozen=True, tag="darken"):
    """Make a screen black, or let it be seen again."""

    screen: Target
    on: bool = True


class FollowScript(_Command, frozen=True, tag="follow-script"):
    """Give a screen back to what the script says for this moment of the programme."""

    screen: Target = "*"


class RefreshScreens(_Command, frozen=True, tag="refresh-screens"):
    """Have every screen load its page anew."""


class ApproveNext(_Command, frozen=True, tag="approve-next"):
    """Put the best waiting post that no rule stops on the wall."""


class Hold(_Command, frozen=True, tag="hold"):
    """Freeze outgoing posts and put every screen on its calm frame, at once."""

    reason: Annotated[str, Meta(max_length=200)] = ""


class Release(_Command, frozen=True, tag="release"):
    """End the hold."""


class HandOver(_Command, frozen=True, tag="hand-over"):
    """End a shift: what this operator claims is free again, and all are told what is left to do.

    `text` becomes a reminder that is due at once, until somebody has seen to it.
    """

    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Undo(_Command, frozen=True, tag="undo"):
    """Take this operator's last decision back."""


class Redo(_Command, frozen=True, tag="redo"):
    """Do again what this operator last took back."""


ItemCommand = (
    Approve
    | ShowAnswer
    | TakeOff
    | Pin
    | Reject
    | Archive
    | Reopen
    | Snooze
    | Question
    | AddNote
    | MuteAuthor
    | BlockAuthor
    | AvoidAuthor
    | ReportPost
    | MoveCard
    | Like
)


class Several(_Command, frozen=True, tag="several"):
    """Decide the same on several posts, as one decision, which undo takes back as one.

    Those that are refused are left alone, and the reply says how many and why; where all are, the
    command is.
    """

    commands: Annotated[tuple[ItemCommand, ...], Meta(min_length=1, max_length=500)]


OutgoingCommand = (
    Rewrite | Send | TakeBack | Move | HoldPost | ApprovePost | Discard | Delete | Settle
)
SegmentCommand = StartSegment | EndSegment | SkipSegment | PlanSegment | SlipSegment | MoveSegment
ScreenCommand = SetScreen | PlayStatement | Darken | FollowScript | RefreshScreens
Command = (
    ItemCommand
    | ClaimItem
    | Unclaim
    | Unmute
    | Write
    | OutgoingCommand
    | SegmentCommand
    | ScreenCommand
    | SeeTo
    | Reload
    | ApproveNext
    | Several
    | HandOver
    | Hold
    | Release
    | Undo
    | Redo
)


class Reply(Struct, frozen=True, omit_defaults=True, tag="reply", tag_field="tell"):
    """What became of a command: done, or refused with the reason and what is there now.

    `ref` is the console's own number of the command. What was done in part says in `reason` what
    was not. `thing` is the id of what it made or changed,
    `present` that thing as it is now, where the desk holds it.
    """

    ref: int
    ok: bool
    reason: str = ""
    thing: str = ""
    present: Thing | None = None


# --- from a console ---------------------------------------------------------------------------

Queue = Literal[
    "inbox",
    "questions",
    "outgoing",
    "wall",
    "mentions",
    "people",
    "flagged",
    "snoozed",
    "overdue",
    "uncertain",
    "done",
]
Sort = Literal["rank", "newest", "oldest", "reach"]
"""How a queue is ordered: as the queue does, by time, or by how many follow the author."""


class Hello(Struct, frozen=True, tag="hello", tag_field="say"):
    """The first frame: which protocol, who, and the token where the engine asks for one."""

    protocol: int
    name: Name
    token: str = ""


class Watch(Struct, frozen=True, tag="watch", tag_field="say"):
    """Ask for a view; the same `view` again replaces it.

    Rows come in the order of `sort`, `count` of them. `filter` keeps rows that hold every word in
    text, author or flags; a leading "!" inverts all of it, a "-" one word. `lang:fi`, `on:bluesky`,
    `from:handle`, `is:question` (flagged, person, claimed, shown, answered, reply) and
    `has:picture` (link, note) look at that alone. More than twelve words are refused.
    """

    view: Name
    queue: Queue
    filter: Annotated[str, Meta(max_length=200)] = ""
    sort: Sort = "rank"
    count: Annotated[int, Meta(ge=1, le=500)] = 200


class Unwatch(Struct, frozen=True, tag="unwatch", tag_field="say"):
    """End a view."""

    view: Name


class Order(Struct, frozen=True, tag="order", tag_field="say"):
    """A command with the console's own number for it."""

    ref: int
    command: Command


class Search(Struct, frozen=True, tag="search", tag_field="say"):
    """Look in everything stored."""

    ref: int
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    count: Annotated[int, Meta(ge=1, le=200)] = 50


class Looking(Struct, frozen=True, tag="looking", tag_field="say"):
    """Say which post this operator looks at, "" for none, and whether they answer it just now."""

    item: Annotated[str, Meta(max_length=600)] = ""
    writing: bool = False


class About(Struct, frozen=True, tag="about", tag_field="say"):
    """Ask for what is stored around a post: its thread, and what its author said at this event."""

    ref: int
    item: Id
    count: Annotated[int, Meta(ge=1, le=100)] = 30


class ReadLog(Struct, frozen=True, tag="read-log", tag_field="say"):
    """Ask for decisions of the log, the newest first: those before `before`, 0 for the newest.

    `filter` keeps those that hold every word in who, action, detail or the post's id.
    """

    ref: int
    filter: Annotated[str, Meta(max_length=200)] = ""
    before: Seq = 0
    count: Annotated[int, Meta(ge=1, le=500)] = 100


class Preview(Struct, frozen=True, tag="preview", tag_field="say"):
    """Ask what the script's file, as it is now, would change."""

    ref: int


FromConsole = Hello | Watch | Unwatch | Order | Search | Preview | Looking | About | ReadLog

# --- to a console -----------------------------------------------------------------------------


class AccountInfo(Struct, frozen=True):
    """An account of the house, as a console needs to know it.

    `limit` is counted as its network counts; a `long` of "thread" makes several posts of a text
    over it. `signature` is added to every post.
    """

    id: str
    network: str
    handle: str
    name: str
    limit: int
    signature: str = ""
    long: str = "refuse"
    language: str = ""
    role: str = "main"
    approval: bool = False
    first_person: bool = False


class AnswerInfo(Struct, frozen=True):
    """A prepared answer; from `account` where it says so, and no longer than `valid_until`."""

    id: str
    language: str
    keywords: tuple[str, ...]
    text: str
    valid_until: Moment | None = None
    account: str = ""


class FactInfo(Struct, frozen=True):
    """A fact of the script: what is so, where that can be read, and until when it holds."""

    id: str
    statement: str
    source: str
    language: str = ""
    valid_until: Moment | None = None


class StatementInfo(Struct, frozen=True):
    """A text of the house that the script has for the screens."""

    id: str
    text: str
    language: str = ""


class Welcome(Struct, frozen=True, tag="welcome", tag_field="tell"):
    """The engine's first frame: what event this is and what may be said in its name.

    Sent again after a reload. `support` is the account that answers cases for support, "" for none;
    `speed` is how fast the engine's clock goes, other than 1 in a rehearsal alone; `names` are what
    variables in a post stand for; `answer_within` is for how many seconds a question may wait.
    """

    protocol: int
    event: str
    title: str
    timezone: str
    now: Moment
    role: Role
    name: str
    wall: str
    take_back: float
    accounts: tuple[AccountInfo, ...]
    answers: tuple[AnswerInfo, ...]
    facts: tuple[FactInfo, ...] = ()
    support: str = ""
    voice: VoiceRules = HOUSE
    speed: float = 1.0
    names: Names = NOBODY
    answer_within: float = 600.0
    statements: tuple[StatementInfo, ...] = ()


class Waiting(Struct, frozen=True, omit_defaults=True):
    """How many wait in a queue, and since when the one that waits longest."""

    queue: Queue
    count: int
    oldest: Moment | None = None


class Present(Struct, frozen=True, omit_defaults=True):
    """Who is at a console: which post they look at, "" for none, and whether they write to it.

    `idle` is for how many seconds they have asked for nothing.
    """

    who: str
    role: Role
    item: str = ""
    writing: bool = False
    idle: float = 0.0


class ScreenInfo(Struct, frozen=True, omit_defaults=True):
    """A screen of the venue: its name or address, its size in pixels, how far it is behind.

    `behind` counts changes that it has not said to have drawn; `silent` is for how many seconds it
    has said nothing. What else it says of itself is as in `Seen`; `relay` is the name of the relay
    that it is at, "" for the engine itself. `gone` is one that the script names and that is not
    attached.
    """

    name: str
    width: int = 0
    height: int = 0
    behind: int = 0
    silent: float = 0.0
    scene: str = ""
    page: str = ""
    lag: int = 0
    errors: int = 0
    error: str = ""
    relay: str = ""
    gone: bool = False


class Off(Struct, frozen=True, omit_defaults=True):
    """Something that had to go from the screens, and how many of them have said that it is gone.

    `what` says it in words; `screens` were attached at that moment, `off` of them have confirmed;
    `missing` names some that have not, also those that went away before they did.
    """

    seq: int
    what: str
    at: Moment
    screens: int
    off: int = 0
    missing: tuple[str, ...] = ()


class RelayReport(Struct, frozen=True, omit_defaults=True):
    """What a relay says of itself and its screens, over the broker; `seq` is what it has shown."""

    state: Literal["online", "offline"]
    epoch: str = ""
    seq: int = 0
    screens: int = 0
    offs: tuple[Off, ...] = ()
    listed: tuple[ScreenInfo, ...] = ()
    version: str = ""


class RelayInfo(Struct, frozen=True, omit_defaults=True):
    """A relay as consoles see it; one that is not `online` was here and is gone."""

    name: str
    online: bool
    screens: int = 0
    behind: int = 0
    version: str = ""


class Update(Struct, frozen=True, omit_defaults=True, tag="update", tag_field="tell"):
    """A view as it is now, at most ten times a second.

    `order` lists the ids in order; `rows` holds only things that are new to this view or changed;
    `total` counts the queue beyond the window. A thing that left the view because of what it
    became (archived, deleted, sent …) comes once more in `rows`, though `order` does not name it.
    """

    view: str
    order: tuple[str, ...]
    rows: tuple[Thing, ...] = ()
    total: int = 0


class State(Struct, frozen=True, omit_defaults=True, tag="state", tag_field="tell"):
    """Health, scene, programme and the last decisions: after the welcome, then once a second.

    `signals` are those of the last look, None before the first. `queues` are all there are;
    `screens` are a dozen at most: first three of each address, named ones, what is not well; then
    as many of relays. `walls` are what screens are set to; `offs` what went off them in the last
    minute, and what some have not confirmed yet, the newest first.
    """

    health: Health
    scene: Scene
    segments: tuple[Segment, ...] = ()
    decisions: tuple[Decision, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    signals: Reading | None = None
    queues: tuple[Waiting, ...] = ()
    present: tuple[Present, ...] = ()
    screens: tuple[ScreenInfo, ...] = ()
    walls: tuple[Screen, ...] = ()
    offs: tuple[Off, ...] = ()
    relays: tuple[RelayInfo, ...] = ()
    liked: tuple[str, ...] = ()


class Background(Struct, frozen=True, omit_defaults=True, tag="background", tag_field="tell"):
    """What is stored around a post.

    `thread` is the conversation that it stands in, the oldest first, the post itself among it;
    `author` what its author said at this event besides, the newest first, of `posts` in all.
    `evidence` is what was reported of this author. `reason` says why nothing was looked up.
    """

    ref: int
    item: str
    thread: tuple[Item, ...] = ()
    author: tuple[Item, ...] = ()
    posts: int = 0
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


class Logged(Struct, frozen=True, omit_defaults=True, tag="logged", tag_field="tell"):
    """Decisions of the log, the newest first; `more` tells whether older ones match, too."""

    ref: int
    decisions: tuple[Decision, ...] = ()
    more: bool = False
    reason: str = ""


class Found(Struct, frozen=True, omit_defaults=True, tag="found", tag_field="tell"):
    """What a search found, newest first; `behind` counts new posts that it could not look at yet.

    `reason` says why nothing was looked for.
    """

    ref: int
    items: tuple[Item, ...]
    total: int
    behind: int = 0
    reason: str = ""


class Previewed(Struct, frozen=True, omit_defaults=True, tag="previewed", tag_field="tell"):
    """What the script's file would change, a line each; nothing has changed yet.

    `problems` are why it cannot be taken in, or what `eventlive check` warns of; `digest` is for
    the `reload` command, "" where there is nothing to take in.
    """

    ref: int
    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    digest: str = ""


class Bye(Struct, frozen=True, tag="bye", tag_field="tell"):
    """The last frame before the engine closes: why."""

    reason: str


ToConsole = Welcome | Update | State | Reply | Found | Previewed | Background | Logged | Bye

# --- to and from a screen ---------------------------------------------------------------------


class Show(Struct, frozen=True, omit_defaults=True, tag="show", tag_field="tell"):
    """The whole picture, after connecting: the frame, the cards, the newest last, and the rest.

    `epoch` names the engine's life that `seq` counts in. `age` is for how many seconds whoever
    sends it has heard nothing from the engine: 0 from the engine itself.
    """

    protocol: int
    now: Moment
    seq: int
    scene: Scene
    cards: tuple[Card, ...] = ()
    screens: tuple[Screen, ...] = ()
    programme: Programme | None = None
    epoch: str = ""
    age: float = 0.0


class Changed(Struct, frozen=True, omit_defaults=True, tag="changed", tag_field="tell"):
    """What changed, all at once: whole things to put and [kind, id] to drop.

    `seq` grows by one with each; a gap means that the screen missed one and must reconnect. `off`
    says in words what must be gone from the screens with this, "" where nothing must.
    """

    seq: int
    put: tuple[Shown, ...] = ()
    drop: tuple[tuple[str, str], ...] = ()
    epoch: str = ""
    off: str = ""


class Pulse(Struct, frozen=True, omit_defaults=True, tag="pulse", tag_field="tell"):
    """A sign of life, every five seconds: silence for longer than 15 s is an outage.

    `age` is as in `Show`: a relay gives signs of its own life while it hears nothing.
    """

    seq: int
    now: Moment
    age: float = 0.0
    epoch: str = ""


ToScreen = Show | Changed | Pulse


class Seen(Struct, frozen=True, omit_defaults=True, tag="seen", tag_field="say"):
    """A screen says what it shows: the last `seq` it drew, and its size in pixels.

    `scene` is what stands there, `page` the version of the page, `lag` milliseconds from the
    arrival of the last change until it was drawn, `errors` how many it had and `error` the last.
    """

    seq: Seq
    width: Pixels = 0
    height: Pixels = 0
    scene: Annotated[str, Meta(max_length=20)] = ""
    page: Annotated[str, Meta(max_length=20)] = ""
    lag: Pixels = 0
    errors: Pixels = 0
    error: Annotated[str, Meta(max_length=200)] = ""


FromScreen = Seen

# --- inside the engine: what the desk takes and gives ------------------------------------------

encoder = msgspec.json.Encoder()
_Asked = TypeVar("_Asked", bound=Command)
_from_console: msgspec.json.Decoder[FromConsole] = msgspec.json.Decoder(FromConsole)
_to_console: msgspec.json.Decoder[ToConsole] = msgspec.json.Decoder(ToConsole)


def cleaned(command: _Asked) -> _Asked:
    """Strip from a command's words what must never reach a terminal, a screen or a network."""
    match command:
        case Write() | Rewrite() | ShowAnswer():
            over = tuple(clean_line(name, 60) for name in command.over[:OVER_MAX])
            return replace(command, text=clean_text(command.text), over=over)
        case AddNote() | HandOver():
            return replace(command, text=clean_text(command.text))
        case ReportPost():
            return replace(command, words=clean_text(command.words))
        case Several():
            return replace(command, commands=tuple(cleaned(one) for one in command.commands))
        case PlayStatement():
            return replace(command, text=clean_text(command.text))
        case Hold() | HoldPost():
            return replace(command, reason=clean_line(command.reason))
        case Settle():
            return replace(command, url=clean_line(command.url))
        case _:
            return command


def read_console_frame(frame: str | bytes) -> FromConsole:
    """Read a frame that a console sent.

    Raises ProtocolError with the place and the reason; nothing in a frame can crash the reader.
    """
    return _read(_from_console, frame)


def read_engine_frame(frame: str | bytes) -> ToConsole:
    """Read a frame that an engine sent to a console. Raises ProtocolError."""
    return _read(_to_console, frame)


def _read(decoder: msgspec.json.Decoder[_T], frame: str | bytes) -> _T:
    try:
        return decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        # What was wrong is quoted in the error, at whatever length it came.
        raise ProtocolError(f"this frame cannot be read: {str(error)[:200]}") from error
