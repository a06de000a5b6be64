"""Each scene of a screen as a few lines of text: what it shows, as far as anybody here can know.

Pure. Which of the cards that wait stands just now the page decides, by how long each takes to read:
here it says of how many, and names those that come into question. A scene with nothing to show is
the masonry on the page, and that without cards the invitation; so it is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from eventlive.model import Card, Item, Part, Scene, Screen
from tui.cells import fit, one_line, wrap
from tui.lines import Line, Span, cut, foreign, spread
from tui.masonry import Stage, answer_of, has_media, picture, tag, words_of
from tui.moments import hour

_VOICES = 8
"""Of people so many are shown at once."""


class Seen(NamedTuple):
    """All that a picture is made of: the frame, the screen as it is set, the cards in order."""

    scene: Scene
    wall: Screen
    cards: Sequence[Item | Card]
    parts: Sequence[Part]
    on: Stage
    now: datetime
    where: tzinfo

    @property
    def dark(self) -> bool:
        """Whether the picture is black; the hold is seen all the same."""
        return self.wall.dark and not self.scene.held


def stands(name: str, seen: Seen) -> str:
    """Which scene really stands where this one is meant: one with nothing to show gives way."""
    if seen.scene.held or name == "hold":
        return "hold"
    there = {
        "pair": any(answer_of(one).strip() for one in seen.cards),
        "pictures": any(_has_seen_pictures(one) for one in seen.cards),
        "statement": bool(seen.wall.statement.strip()),
        "sponsors": bool(seen.scene.sponsors),
        "now-next": bool(seen.parts),
        "test": True,
    }
    if there.get(name, bool(seen.cards)):
        return name
    return "masonry" if seen.cards else "hold"


def framed(name: str, seen: Seen, cells: int, rows: int) -> list[Line]:
    """The picture of a scene in its frame, in just so many lines of so many cells."""
    inner, high = cells - 2, rows - 2
    body = [] if seen.dark else _body(stands(name, seen), seen, inner, high)
    if seen.dark:
        body = [()] * (high // 2) + [(Span("  black", "dim"),)]
    body = [*body, *[()] * (high - len(body))][:high]
    lines = [(Span("│", "rule"), *spread(line, (), inner), Span("│", "rule")) for line in body]
    edge = "─" * inner
    return [(Span(f"┌{edge}┐", "rule"),), *lines, (Span(f"└{edge}┘", "rule"),)]


def _body(name: str, seen: Seen, cells: int, rows: int) -> list[Line]:
    makers: dict[str, Callable[[Seen, int, int], list[Line]]] = {
        "hold": _poster,
        "spotlight": _spotlight,
        "carousel": _carousel,
        "ticker": _ticker,
        "pair": _pair,
        "now-next": _now_next,
        "statement": _statement,
        "sponsors": _sponsors,
        "pictures": _pictures,
        "people": _people,
        "test": _test,
    }
    if (maker := makers.get(name)) is not None:
        return maker(seen, cells, rows)
    return picture(seen.scene, seen.cards, seen.on, cells, rows)


# --- scenes ---------------------------------------------------------------------------------------


def _poster(seen: Seen, cells: int, rows: int) -> list[Line]:
    """The frame without cards: the event's name, its hashtag; while not held how to join in."""
    scene = seen.scene
    named = wrap(one_line(scene.title or tag(scene)), max(cells - 4, 4))[: max(rows - 3, 1)]
    block: list[tuple[str, str]] = [(row, "title") for row in named]
    if scene.title and scene.hashtag:
        block += [("", ""), (one_line(tag(scene)), "accent")]
    if scene.link and not scene.held:
        block.append((f"▦ {one_line(scene.link)}", "dim"))
    return _centred(block, cells, rows)


def _spotlight(seen: Seen, cells: int, rows: int) -> list[Line]:
    return _turns("one post, large", seen.cards, cells, rows)


def _carousel(seen: Seen, cells: int, rows: int) -> list[Line]:
    return _turns("one post large, the next two beside it", seen.cards, cells, rows)


def _ticker(seen: Seen, cells: int, rows: int) -> list[Line]:
    return _turns("a strip at the foot, in which they pass", seen.cards, cells, rows)


def _pictures(seen: Seen, cells: int, rows: int) -> list[Line]:
    cards = [one for one in seen.cards if _has_seen_pictures(one)]
    return _turns("the pictures of one post", cards, cells, rows)


def _pair(seen: Seen, cells: int, rows: int) -> list[Line]:
    cards = [one for one in seen.cards if answer_of(one).strip()]
    lines = [_count("a question and its answer", len(cards), cells)]
    for card in cards:
        lines.append(_card(card, cells))
        lines.append(cut((Span("   │ ", "accent"), foreign(answer_of(card), "accent")), cells))
    return _or_more(lines, rows, cells)


def _now_next(seen: Seen, cells: int, rows: int) -> list[Line]:
    lines: list[Line] = []
    track = None
    for part in seen.parts:
        if part.track != track and part.track:
            lines.append((Span(" "), foreign(part.track, "accent")))
        track = part.track
        lines.append(cut(_part(part, seen), cells))
    return _or_more(lines, rows, cells)


def _part(part: Part, seen: Seen) -> Line:
    word, at = ("NOW ", part.ends) if part.running else ("next", part.begins)
    when = f" {'until ' if part.running else ''}{hour(at, seen.now, seen.where)}" if at else ""
    late = at is not None and at <= seen.now
    if part.by == "hand" and not part.running and late:
        when = " any moment"
    ink = "title" if part.running else ""
    return (Span(f" {word} ", "dim"), foreign(part.title, ink), Span(when, "dim"))


def _statement(seen: Seen, cells: int, rows: int) -> list[Line]:
    words = wrap(one_line(seen.wall.statement), max(cells - 4, 4))
    block = [(row, "title") for row in words[: max(rows - 2, 1)]]
    return _centred([*block, ("", ""), (one_line(seen.scene.title), "dim")], cells, rows)


def _sponsors(seen: Seen, cells: int, rows: int) -> list[Line]:
    names = ", ".join(one_line(one.name) for one in seen.scene.sponsors)
    lines: list[Line] = [(Span(" all of them at once", "dim"),)]
    lines += [(Span(f" {row}"),) for row in wrap(names, max(cells - 2, 4))]
    return _or_more(lines, rows, cells)


def _people(seen: Seen, cells: int, rows: int) -> list[Line]:
    said = [one.post.author if isinstance(one, Item) else one for one in seen.cards]
    voices = Counter(one.name or one.handle for one in said)
    lines: list[Line] = [(Span(" those with most posts on the wall", "dim"),)]
    for name, count in voices.most_common(_VOICES):
        posts = f"{count} post{'' if count == 1 else 's'} "
        lines.append(spread([Span(" "), foreign(name)], [Span(posts, "dim")], cells))
    return _or_more(lines, rows, cells)


def _test(seen: Seen, cells: int, rows: int) -> list[Line]:
    words = ("the test picture", "name, size, safe area, type, the clock's offset")
    return _centred([(words[0], "title"), (words[1], "dim")], cells, rows)


# --- what they are made of ------------------------------------------------------------------------


def _turns(what: str, cards: Sequence[Item | Card], cells: int, rows: int) -> list[Line]:
    """What stands by turns, in no order that anybody here could know."""
    lines = [_count(what, len(cards), cells), *(_card(card, cells) for card in cards)]
    return _or_more(lines, rows, cells)


def _count(what: str, many: int, cells: int) -> Line:
    words = f" {what}: {f'one of {many} by turns' if many > 1 else 'there is one'}"
    return cut((Span(words, "dim"),), cells)


def _card(card: Item | Card, cells: int) -> Line:
    said = card.post.author if isinstance(card, Item) else card
    name = fit(one_line(said.name or said.handle), max(cells // 4, 6), pad=False)
    return cut((Span(f" ▌{name} ", "dim"), foreign(words_of(card))), cells)


def _or_more(lines: list[Line], rows: int, cells: int) -> list[Line]:
    """As many lines as there is room for; the last tells where more follow."""
    if len(lines) <= rows:
        return lines
    return [
        *lines[: rows - 1],
        cut((Span(f" and {len(lines) - rows + 1} more lines", "dim"),), cells),
    ]


def _centred(block: Sequence[tuple[str, str]], cells: int, rows: int) -> list[Line]:
    above = max((rows - len(block)) // 2, 0)
    return [*[()] * above, *[cut((Span("  "), Span(text, ink)), cells) for text, ink in block]]


def _has_seen_pictures(card: Item | Card) -> bool:
    """Whether its pictures may be seen: none that is covered."""
    said = card.post if isinstance(card, Item) else card
    return has_media(card) and not (said.sensitive or said.warning)
