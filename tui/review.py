"""The last look before something goes out: what exactly, as whom, where to.

Pure: makes lines. A post is shown to the character, a thread post by post, an answer on the wall
with the question that it stands under.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventlive.messages import AccountInfo
from eventlive.model import Item, Picture
from tui.cells import clean, one_line, wrap
from tui.lines import Line, Span, foreign, length
from tui.posts import Posts, size, speaker

_ASKED = 1_000
"""Characters of a question that are looked at for its first lines."""


def goes_out(
    cells: int,
    posts: Posts,
    account: AccountInfo,
    answers: str = "",
    *,
    plain: bool = False,
    warning: str = "",
    pictures: Sequence[Picture] = (),
) -> list[Line]:
    """The posts of a text; `answers` is what they answer, with a `plain` one as no reply."""
    lines: list[Line] = [(Span("Goes out as ", "dim"), foreign(speaker(account), "title"))]
    if answers:
        word = "no reply; about " if plain else "answering   "
        lines.append((Span(word, "dim"), foreign(answers, "title")))
    if warning:
        lines.append((Span("behind      ", "dim"), Span(f"Warning: {one_line(warning)}", "warn")))
    for picture in pictures:
        alt = one_line(picture.alt) or "no description"
        lines.append((Span("with        ", "dim"), foreign(picture.file), Span(f" “{alt}”")))
    many = len(posts.texts)
    if many > 1:
        lines.append((Span(f"a thread of {many} posts, one answering the other", "warn"),))
    else:
        lines.append((Span(size(posts.used), "dim"),))
    for number, text in enumerate(posts.texts, 1):
        lines.append(_rule(f"{number}/{many}" if many > 1 else "", cells))
        lines.extend((Span(line),) for line in wrap(clean(text), cells))
    lines.append(_rule("", cells))
    return lines


def goes_on_wall(cells: int, text: str, item: Item) -> list[Line]:
    """An answer of the house, and the question above it."""
    asked = f"@{item.post.author.handle}: {item.post.text}"
    lines: list[Line] = [(Span("This goes on the wall, under the question", "title"),)]
    if not item.on_wall:
        lines.append((Span("The question is not there yet: it goes up with it", "warn"),))
    rows = wrap(clean(asked[:_ASKED]), cells)
    rows = [*rows[:3], "…"] if len(rows) > 4 else rows
    lines.extend((Span(row, "dim"),) for row in rows)
    lines.append(_rule("the answer", cells))
    lines.extend((Span(line),) for line in wrap(clean(text), cells))
    lines.append(_rule("", cells))
    return lines


def _rule(word: str, cells: int) -> Line:
    """A line between what goes out and what is only said of it."""
    if not word:
        return (Span("─" * cells, "rule"),)
    begin = (Span("── ", "rule"), Span(word, "title"), Span(" ", "rule"))
    return (*begin, Span("─" * max(cells - length(begin), 0), "rule"))
