"""The keys: which one does what, how it is shown, and when it is worth a place in the bottom line.

One table; the bindings, the bottom line, the help screen and the command palette are made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.binding import Binding, BindingType


class Key(NamedTuple):
    """A key: Textual's names for it, the action, how it is shown, and what it does in words.

    `word` is for the bottom line, `help` for the help screen and the palette; `group` orders the
    help. A `priority` key works while a text is being written or a question is open, too.
    """

    keys: str
    action: str
    shown: str
    word: str
    help: str
    group: str
    priority: bool = False


MOVE = "Moving about"
DECIDE = "Deciding on the post under the cursor"
ANSWER = "Answering and speaking"
PLAN = "The programme (6), and posts that are planned (3)"
SHOW = "The venue's screens"
REST = "Everything else"

KEYS: tuple[Key, ...] = (
    Key("j,down", "move(1)", "j ↓", "down", "next post; in a live list: pick the top one", MOVE),
    Key("k,up", "move(-1)", "k ↑", "up", "previous post", MOVE),
    Key("pagedown,ctrl+d", "page(1)", "PgDn", "page down", "a page down", MOVE),
    Key("pageup,ctrl+u", "page(-1)", "PgUp", "page up", "a page up", MOVE),
    Key("g,home", "first", "g", "show new", "show what is new and go to the top", MOVE),
    Key("G,end", "last", "G", "last", "go to the last post", MOVE),
    Key("enter", "open", "Enter", "open", "open the post (narrow screen); pick the top one", MOVE),
    Key("escape", "back", "Esc", "back", "back to the list; again: let go, the list is live", MOVE),
    Key(
        "J,shift+down",
        "scroll(1)",
        "J",
        "scroll",
        "scroll the post at the right down; of the screens: the next one",
        MOVE,
    ),
    Key(
        "K,shift+up",
        "scroll(-1)",
        "K",
        "",
        "scroll the post at the right up; of the screens: the one before",
        MOVE,
    ),
    Key("1", "go('inbox')", "1", "inbox", "the inbox: everything that waits, best first", MOVE),
    Key("2", "go('questions')", "2", "questions", "open questions", MOVE),
    Key("3", "go('outgoing')", "3", "outgoing", "posts of the house, their state", MOVE),
    Key("4", "go('wall')", "4", "wall", "what is on the venue's screens", MOVE),
    Key("5", "go('found')", "5", "found", "what the last search found", MOVE),
    Key("6", "go('rundown')", "6", "rundown", "the programme: what runs, when, how late", MOVE),
    Key("7", "go('mentions')", "7", "mentions", "posts that name or answer the house", MOVE),
    Key("8", "go('people')", "8", "people", "posts of those whom the script lists", MOVE),
    Key("9", "go('flagged')", "9", "flagged", "posts to look at twice", MOVE),
    Key("0", "go('snoozed')", "0", "snoozed", "posts that come back later", MOVE),
    Key("Q", "go('overdue')", "Q", "overdue", "questions that wait longer than they should", MOVE),
    Key("U", "go('uncertain')", "U", "unclear", "posts of the house that failed or are lost", MOVE),
    Key("d", "go('done')", "d", "done", "what was decided last", MOVE),
    Key("]", "step(1)", "]", "", "next queue", MOVE),
    Key("[", "step(-1)", "[", "", "previous queue", MOVE),
    Key("/", "filter", "/", "filter", "filter as you type; ! in front inverts; Esc clears", MOVE),
    Key("\\", "filters", "\\", "filters", "filters that were saved: pick one, or drop it", MOVE),
    Key("comma", "sort", ",", "sort", "order: rank, newest, oldest, most followers", MOVE),
    Key("ctrl+f", "search", "^f", "search", "search in everything stored", MOVE),
    Key("t", "around", "t", "thread", "its thread and its author; again: the post", MOVE),
    Key(
        "space",
        "mark('one')",
        "Spc",
        "mark",
        "mark it: deciding keys mean all marked",
        DECIDE,
    ),
    Key("v", "mark('range')", "v", "mark to", "mark from the last mark to here", DECIDE),
    Key("*", "mark('all')", "*", "mark all", "mark all that is shown; again: none", DECIDE),
    Key("w", "deed('approve')", "w", "to wall", "put it on the wall", DECIDE),
    Key("W", "deed('take-off')", "W", "off wall", "take it off the wall", DECIDE),
    Key("e", "deed('archive')", "e", "archive", "done with it (on the wall it stays)", DECIDE),
    Key(
        "E",
        "deed('reopen')",
        "E",
        "reopen",
        "bring it back to the inbox; rundown: plan it again",
        DECIDE,
    ),
    Key(
        "x",
        "deed('reject')",
        "x",
        "reject",
        "never show it; outgoing: drop, take down; rundown: skip (both ask)",
        DECIDE,
    ),
    Key("s", "deed('snooze')", "s", "snooze", "hide it for ten minutes", DECIDE),
    Key("B", "deed('until')", "B", "until", "hide it until a time or a part begins", DECIDE),
    Key("f", "deed('question')", "f", "question", "mark it as a question, or as none", DECIDE),
    Key("a", "deed('claim')", "a", "claim", "say: I deal with this", DECIDE),
    Key("A", "deed('unclaim')", "A", "release", "let your claim go", DECIDE),
    Key("C", "deed('take-over')", "C", "take over", "take a colleague's claim over (lead)", DECIDE),
    Key("n", "note", "n", "note", "leave a note for your colleagues", DECIDE),
    Key("m", "deed('mute')", "m", "mute", "mute its author (asks)", DECIDE),
    Key("M", "deed('block')", "M", "block", "mute its author for good (lead, asks)", DECIDE),
    Key("N", "deed('avoid')", "N", "avoid", "do not engage with its author, or do again", DECIDE),
    Key("b", "deed('report')", "b", "report", "keep it as evidence, never show it (asks)", DECIDE),
    Key("<", "deed('older')", "<", "", "on the wall: one place down", DECIDE),
    Key(">", "deed('newer')", ">", "", "on the wall: one place up", DECIDE),
    Key("+", "deed('like')", "+", "like", "on the wall: it comes again (♥), or no longer", DECIDE),
    Key("P", "deed('pin')", "P", "pin", "keep it on the wall whatever comes; z ends that", DECIDE),
    Key("z", "undo", "z", "undo", "take your last decision back", DECIDE),
    Key("Z", "redo", "Z", "redo", "do it again", DECIDE),
    Key("r", "reply", "r", "reply", "answer in your own words; outgoing: edit and send", ANSWER),
    Key("c", "prepared", "c", "prepared", "answer with a prepared text", ANSWER),
    Key("p", "write", "p", "post", "write a new post", ANSWER),
    Key(
        "u,ctrl+z",
        "take_back",
        "u",
        "take back",
        "take back what is about to go out; a planned post: its time (asks)",
        ANSWER,
    ),
    Key("V", "settle", "V", "settle", "say what became of an uncertain post (asks)", ANSWER),
    Key("S", "plan('now')", "S", "start", "start the part; outgoing: send now (asks)", PLAN),
    Key("X", "plan('end')", "X", "end", "end the part that runs (asks)", PLAN),
    Key("L", "plan('late')", "L", "late by", "it comes, or ends, so many minutes later", PLAN),
    Key("T", "plan('move')", "T", "move", "say when it is to be: 14:05, +10, keynote+05:00", PLAN),
    Key("H", "plan('hold')", "H", "hold", "keep a planned post until somebody decides", PLAN),
    Key("O", "plan('approve')", "O", "OK", "approve a post as a second person", PLAN),
    Key("D", "plan('seen')", "D", "done", "the reminder above this line is seen to", PLAN),
    Key("!", "hold", "!", "HOLD", "hold everything: screens calm, nothing goes out", SHOW, True),
    Key("f8", "hold", "F8", "HOLD", "the same, also while you write", SHOW, True),
    Key("#", "screens('scenes')", "#", "scenes", "what a screen shows, by turns (asks)", SHOW),
    Key(
        '"',
        "screens('statement')",
        '"',
        "statement",
        "show words of the house on a screen (asks)",
        SHOW,
    ),
    Key(".", "screens('black')", ".", "black", "make a screen black, or seen again (asks)", SHOW),
    Key(
        "=",
        "screens('follow')",
        "=",
        "script",
        "give a screen back to the script (asks)",
        SHOW,
    ),
    Key("%", "screens('anew')", "%", "load anew", "every screen loads its page anew (asks)", SHOW),
    Key("R", "release", "R", "release", "end the hold (asks)", SHOW),
    Key("o", "show_url", "o", "address", "show and copy the post's address", REST),
    Key("y", "copy", "y", "copy", "copy the post's text", REST),
    Key("F", "feeds", "F", "feeds", "how each feed is, and what it costs", REST),
    Key("ctrl+r", "plan('reload')", "^r", "reload", "what the script's file would change", REST),
    Key("i", "signals", "i", "signals", "what goes on as a whole: rates, terms, voices", REST),
    Key("l", "log", "l", "log", "who decided what: read it and filter it", REST),
    Key("h", "hand_over", "h", "hand over", "end your shift: what is left, to the others", REST),
    Key("f9", "colours", "F9", "colours", "change the colours", REST),
    Key("f2", "tour", "F2", "tour", "the tour of one minute", REST),
    Key("?,f1", "help", "?", "help", "this page", REST),
    Key("ctrl+p,:", "command_palette", "^p", "commands", "every command by its name", REST),
    Key("ctrl+q", "leave", "^q", "leave", "leave the console (asks)", REST, True),
)

WRITING: tuple[Key, ...] = (
    Key("ctrl+s,ctrl+enter", "review", "^s", "review", "look at it before it goes", ANSWER),
    Key("ctrl+t", "account", "^t", "account", "speak from another account", ANSWER),
    Key("escape", "leave", "Esc", "put aside", "put it aside; the text is kept", ANSWER),
)
# ctrl+w, which would be the natural one for the wall, deletes a word wherever people write.
WAYS: tuple[Key, ...] = (
    Key("ctrl+o", "plain", "^o", "own post", "a post of its own that names the question", ANSWER),
    Key(
        "ctrl+g",
        "wall",
        "^g",
        "on the wall",
        "on the wall, too; again: on the wall alone; again: a reply",
        ANSWER,
    ),
    Key("ctrl+l", "by_hand", "^l", "by hand", "show and copy where to answer by hand", ANSWER),
)
"""Ways to answer beside a reply; the same key again goes back to one."""
REVIEW: tuple[Key, ...] = (
    Key("j,down", "scroll(1)", "j", "", "look further down", ANSWER),
    Key("k,up", "scroll(-1)", "k", "", "look further up", ANSWER),
    Key("y", "send", "y", "send", "send it; five seconds to take it back", ANSWER),
    Key("Y", "send_over", "Y", "send anyway", "send it all the same; the log says so", ANSWER),
    Key("e,escape", "edit", "e", "edit", "go on writing", ANSWER),
    Key("n", "leave", "n", "back", "back to the list; the text is kept", ANSWER),
)

_BOTTOM: dict[str, str] = {
    "live": "j ! p 6 / ^f g i F ^p ^q",
    "item": "w e x s r ! c a f t n z g / ^q",
    "found": "w E e r ! c a n o ^f ^q",
    "wall": "W ! P + r g 1 ^q",
    "screens": 'j ! # " . = % J g 1 ^q',
    "outgoing": "r u x ! V O T S p g ^q",
    "planned": "O r T S H x ! p g ^q",
    "rundown": "S X L T x E ! J g ^q",
}


def bindings(keys: tuple[Key, ...]) -> list[BindingType]:
    """Textual's bindings for a table of keys."""
    return [
        Binding(key.keys, key.action, key.word or key.help, show=False, priority=key.priority)
        for key in keys
    ]


def bottom(place: str) -> list[Key]:
    """The keys that matter most where the operator is, most important first."""
    by_shown = {
        key.shown.split()[0].lower() if len(key.shown) > 1 else key.shown: key for key in KEYS
    }
    return [by_shown[shown] for shown in _BOTTOM[place].split()]


def groups(keys: tuple[Key, ...] = KEYS) -> Iterator[tuple[str, list[Key]]]:
    """The keys by group, in the order of the table."""
    names = dict.fromkeys(key.group for key in keys)
    for name in names:
        yield name, [key for key in keys if key.group == name]
