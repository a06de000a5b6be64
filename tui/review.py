"""The last look before something goes out: what exactly, as whom, where to.

Pure: makes lines. A post is shown to the character, a thread post by post, an answer on the wall
with the question that it stands under.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventlive.listening.entities import links, links_of_mastodon
from eventlive.messages import AccountInfo
from eventlive.model import Item, Picture
from tui.cells import clean, one_line, wrap
from tui.lines import Line, Span, foreign, length
from tui.posts import Posts, name_of, size, speaker

LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "it": "Italian",
    "no": "Norwegian",
}
_LINKS = 5
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
    language: str = "",
    pair: bool = False,
) -> list[Line]:
    """The posts of a text; `answers` is what they answer, with a `plain` one as no reply.

    `language` is the one that it speaks; with `pair` both go on the wall, too.
    """
    spoken = [] if not language else [Span(f", in {LANGUAGES.get(language, language)}", "title")]
    first = (Span("Goes out as ", "dim"), foreign(speaker(account), "title"), *spoken)
    lines: list[Line] = [first]
    if account.language and language and account.language.partition("-")[0] != language:
        own = LANGUAGES.get(account.language.partition("-")[0], one_line(account.language))
        lines.append((Span("            ", "dim"), Span(f"! this account speaks {own}", "warn")))
    if answers:
        word = "no reply; about " if plain else "answering   "
        lines.append((Span(word, "dim"), foreign(answers, "title")))
    if pair:
        words = "question and answer on the wall, once it is out"
        lines.append((Span("and then    ", "dim"), Span(words, "title")))
    if warning:
        lines.append((Span("behind      ", "dim"), Span(f"Warning: {one_line(warning)}", "warn")))
    for picture in pictures:
        alt = one_line(picture.alt) or "no description"
        lines.append((Span("with        ", "dim"), foreign(picture.file), Span(f" “{alt}”")))
    leads = _links(posts.texts, account.network)
    lines += [(Span("links to    ", "dim"), foreign(link, "accent")) for link in leads]
    many = len(posts.texts)
    if many > 1:
        lines.append((Span(f"a thread of {many} posts, one answering the other", "warn"),))
    else:
        where = name_of(account.network)
        lines.append((Span(f"{size(posts.used)} on {where}", "dim"),))
    for number, text in enumerate(posts.texts, 1):
        lines.append(_rule(f"{number}/{many}" if many > 1 else "", cells))
        lines.extend((Span(line),) for line in wrap(clean(text), cells))
    lines.append(_rule("", cells))
    return lines


def _links(texts: Sequence[str], network: str) -> list[str]:
    """Where a text leads on its network, each once."""
    find = links_of_mastodon if network == "mastodon" else links
    found = [text[span.start : span.end] for text in texts for span in find(text)]
    return list(dict.fromkeys(found))[:_LINKS]


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
