"""What the composer shows of a text: whose it is and how long, the last look at it, the keys.

Pure makers of lines; what they say is the composer's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import voicing
from tui.cells import one_line, wrap
from tui.keys import REVIEW, Key
from tui.lines import Line, Span, cut, foreign, length, spread, wrapped
from tui.posts import speaker
from tui.review import goes_on_wall, goes_out

if TYPE_CHECKING:
    from tui.composer import Composer
    from tui.piece import Piece

_NEAR = 0.9
"""Of the limit: from here on the count warns."""


def head(composer: Composer, piece: Piece, cells: int) -> list[Line]:
    """What is written, as whom, and how much of the limit it uses; why it cannot be a reply."""
    what = "New post"
    if piece.item is not None:
        name = f"@{one_line(piece.item.post.author.handle)}"
        what = f"Answer to {name}"
        if piece.plain:
            what = f"Post of its own, about {name}"
        if piece.pair:
            what += ", and both on the wall"
        elif piece.wall:
            what = f"Answer on the wall alone to {name}"
    elif piece.outgoing:
        what = "New words for a planned post" if piece.keeps_time else "Change and send"
    account = composer.account
    left, count = [Span(f" {what}", "title")], [_count(composer)]
    speaks = [Span("  as "), foreign(speaker(account) if account else "no account", "key")]
    if piece.wall:
        lines = [spread(left, count, cells)]
    elif length([*left, *speaks, *count]) < cells or not piece.pair:
        lines = [spread([*left, *speaks], count, cells)]
    else:  # where it goes and as whom: neither gives way to the other
        lines = [spread(left, count, cells), cut(speaks, cells)]
    if piece.item is not None and piece.item.avoided:
        words = f"⊘ The house does not engage with @{one_line(piece.item.post.author.handle)}"
        words += ": you answer all the same" if piece.engaged else ""
        lines.append((Span(" "), Span(words, "hold")))
    if composer.obstacle:
        ink = "bad" if composer.trouble == composer.obstacle else "warn"
        other = piece.item and account and piece.item.post.network != account.network
        begin = "not where it was asked" if other else "no reply"
        rows = wrap(one_line(f"✗ {begin}: {composer.obstacle}"), cells - 2)
        lines += [(Span(f" {row}", ink),) for row in rows]
    return lines


def _count(composer: Composer) -> Span:
    many, (used, limit, unit) = composer.counted
    if many > 1:
        return Span(f"thread of {many} ", "key")
    counted = f"{used:,} / {limit:,}" if limit else f"{used:,}"
    if unit == "bytes":
        counted += " bytes"
    if limit and used > limit:
        return Span(f"✗ {counted} ", "bad")
    return Span(f"{counted} ", "warn" if limit and used > limit * _NEAR else "dim")


def review(composer: Composer, piece: Piece, cells: int) -> list[Line]:
    """What is not the house's voice and what has no value, then exactly what goes out."""
    said = voicing.lines(composer.findings, cells)
    account, filled = composer.account, composer.filled
    if filled.missing:
        held = "at its time it would be held" if piece.keeps_time else "it would be held"
        said += wrapped(f"✗ {held}: {filled.missing}", cells, "bad")
    if piece.wall and piece.item is not None:
        return [*said, *goes_on_wall(cells, composer.text.strip(), piece.item)]
    if account is None:
        return said
    out = goes_out(
        cells,
        composer.posts,
        account,
        piece.asked,
        plain=piece.plain,
        warning=piece.warning,
        pictures=piece.pictures,
        language=composer.language,
        pair=piece.pair,
    )
    if filled.text:
        out += wrapped(f"As written: {composer.text.strip()}", cells, "dim")
    return [*said, *out]


def foot(composer: Composer, piece: Piece, cells: int) -> list[Line]:
    """What is in the way, and the keys of this stage as far as there is room."""
    if composer.stage == "handing":
        return [(Span(" Handing it to the engine …", "warn"),)]
    trouble = composer.trouble or composer.blocked
    if trouble == composer.obstacle:
        trouble = ""  # the head says it
    rows = wrap(one_line(f"✗ {trouble}"), cells - 2) if trouble else []
    lines: list[Line] = [(Span(f" {row}", "bad"),) for row in rows]
    spans, right = [Span(" ")], []
    if composer.stage == "review":
        word = " This goes on the wall. " if piece.wall else " Exactly this goes out. "
        if piece.keeps_time:
            word = " This goes out at its time. "
        said = Span(word, "new")
        if composer.broken:
            said = Span(" Not the house's voice. ", "bad")
        spans = [said, Span(" ")]
        if more := composer.looking.more:
            right = [Span(f"{more} more lines: j ", "warn")]
    for key, word in _keys(composer, piece):
        add = [Span(key.shown, "key"), Span(f" {word}  ")]
        if length([*spans, *add, *right]) <= cells + 1:
            spans += add
    return [*lines, spread(spans, right, cells)]


def _keys(composer: Composer, piece: Piece) -> list[tuple[Key, str]]:
    """The keys of this stage and what each does here, most important first."""
    if composer.stage == "review":
        words = {"send": "show it", "send_over": "show it anyway"} if piece.wall else {}
        if piece.keeps_time:
            words = {"send": "change it", "send_over": "change it anyway"}
        unused = "send" if composer.broken else "send_over"
        keys = [key for key in REVIEW if key.word and key.action != unused]
        if composer.broken:
            keys.sort(key=lambda key: key.action != "edit")
        return [(key, words.get(key.action, key.word)) for key in keys]
    review, account, leave = composer.keymap.writing
    ways = [(review, review.word)]
    if len(composer.accounts) > 1 and not (piece.wall or piece.outgoing):
        ways.append((account, account.word))
    others = [(key, key.word) for key in composer.keymap.ways if piece.item and not piece.outgoing]
    words = {"plain": "reply"} if piece.plain else {}
    if piece.wall:
        words["wall"] = "reply"
    elif piece.pair:
        words["wall"] = "wall alone"
    elif not (composer.obstacle or piece.plain):
        words["wall"] = "wall, too"
    others = [(key, words.get(key.action, word)) for key, word in others]
    aside = [(leave, leave.word)]
    return [*ways, *others, *aside] if composer.obstacle else [*ways, *aside, *others]
