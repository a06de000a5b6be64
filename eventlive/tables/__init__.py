"""The event script's tables: what a producer may write, key by key.

Owns the models and what one key alone can get wrong. Checks that span tables are
`eventlive.checks`', the loading is `eventlive.script`'s. Never opens a file or a socket, and never
looks at a clock.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eventlive.tables.cells import (
    Identifier,
    NetworkName,
    Table,
    Zoned,
    handle_problem,
    is_hashtag,
)
from eventlive.tables.event import Event, Follow, Goals, Person
from eventlive.tables.house import (
    Desk,
    Moderation,
    OutgoingTable,
    Support,
    Venue,
    Voice,
)
from eventlive.tables.networks import (
    Account,
    BlueskyFeed,
    FeedTable,
    MastodonFeed,
    ReplayFeed,
    XFeed,
)
from eventlive.tables.show import (
    Answer,
    Fact,
    PictureTable,
    PreparedPost,
    ReminderTable,
    SegmentTable,
)
from eventlive.tables.wall import (
    EVERY,
    MAIN,
    ScreenTable,
    SponsorTable,
    StatementTable,
    Theme,
    ThemeName,
    Wall,
)


class Script(Table):
    """An event script, whole."""

    version: Literal[1] = 1
    event: Event
    follow: Follow = Follow()
    feeds: list[FeedTable] = []
    accounts: list[Account] = []
    people: list[Person] = []
    segments: list[SegmentTable] = []
    posts: list[PreparedPost] = []
    reminders: list[ReminderTable] = []
    answers: list[Answer] = []
    facts: list[Fact] = []
    voice: Voice = Voice()
    support: Support | None = None
    goals: Goals = Goals()
    moderation: Moderation = Moderation()
    wall: Wall = Wall()
    theme: Theme = Theme()
    screens: list[ScreenTable] = []
    statements: list[StatementTable] = []
    sponsors: list[SponsorTable] = Field(default=[], max_length=60)
    venue: Venue | None = None
    outgoing: OutgoingTable = OutgoingTable()
    desk: Desk = Desk()


__all__ = [
    "EVERY",
    "MAIN",
    "Account",
    "Answer",
    "BlueskyFeed",
    "Desk",
    "Event",
    "Fact",
    "FeedTable",
    "Follow",
    "Goals",
    "Identifier",
    "MastodonFeed",
    "Moderation",
    "NetworkName",
    "OutgoingTable",
    "Person",
    "PictureTable",
    "PreparedPost",
    "ReminderTable",
    "ReplayFeed",
    "ScreenTable",
    "Script",
    "SegmentTable",
    "SponsorTable",
    "StatementTable",
    "Support",
    "Table",
    "Theme",
    "ThemeName",
    "Venue",
    "Voice",
    "Wall",
    "XFeed",
    "Zoned",
    "handle_problem",
    "is_hashtag",
]
