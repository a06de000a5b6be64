"""What listening costs, and how well it knows a question: two tables, on this machine, now.

Owns posts of the size of real ones and the measuring of each step, in µs beside two references of
the same run, so that a busy or another machine shows. The second table needs the cases beside the
project. Run with `python -m tests.bench.bench_listening`.
"""

from __future__ import annotations

import random
import string
import sys
import timeit
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from eventlive.listening.characters import fold
from eventlive.listening.cleaning import clean
from eventlive.listening.duplicates import Recent, fingerprint_folded
from eventlive.listening.hashtags import Matcher
from eventlive.listening.judging import Judge, Person, Rules
from eventlive.listening.language import language_of, language_of_text
from eventlive.listening.questions import is_question, is_question_folded, warm_up
from eventlive.listening.reach import points
from eventlive.listening.words import WordList
from eventlive.model import Author, Media, Post

VOICE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "voice"
LANGUAGES = ("en", "fi", "de", "no", "es", "it")
# Many short rounds: on a busy machine some of them are left alone.
ROUNDS, CALLS = 60, 100

ENGLISH = (
    "Great session on open hardware at the main stage right now, the slides are here "
    "https://example.org/slides #demo26 @anna what a turnout, see you all later {}"
)
GERMAN = (
    "Großartige Vorträge über freie Hardware auf der großen Bühne, die Folien gibt es hier "
    "https://example.org/folien #demo26 @anna so viele Leute, wir sehen uns später {}"
)
EMOJI = (
    "Great session 🎉🎉 on open hardware at the main stage ❤️ right now, slides "
    "https://example.org/slides #demo26 @anna what a turnout 👩🏽‍💻👏🏽 see you later {}"
)


def posts(text: str, language: str, count: int = 2_000) -> list[Post]:
    """Return posts that differ in their last word, with all the fields that a network fills."""
    return [
        Post(
            network="bluesky",
            id=f"3kabcdefgh{number:05}",
            created_at=datetime(2026, 5, 1, 12, tzinfo=UTC),
            text=text.format(f"no{number}"),
            author=Author(
                id=f"did:plc:abcdefghijklmnop{number % 700:08}",
                handle=f"anna{number % 700}.example.org",
                name="Anna Ångström",
                followers=number * 7,
            ),
            url=f"https://bsky.app/profile/anna.example.org/post/3kabcdefgh{number:05}",
            language=language,
            tags=("demo26",),
            mentions=("anna",),
            links=("https://example.org/slides",),
            media=(Media("https://cdn.example.org/a.jpg", alt="The stage"),)
            if number % 5 == 0
            else (),
        )
        for number in range(count)
    ]


def rules() -> Rules:
    """Return rules as a large event has them: 2,000 words, 60 listed people, 100 muted authors."""
    chance = random.Random(26)
    words = tuple(
        "".join(chance.choices(string.ascii_lowercase, k=chance.randint(4, 11)))
        for _ in range(2_000)
    )
    return Rules(
        hashtags=("#demo26", "#opendays"),
        keywords=("open days", "avoimet ovet*"),
        stop_words=words[:1_000],
        flag_words=words[1_000:],
        muted=frozenset(f"bluesky:did:plc:muted{number}" for number in range(100)),
        people=tuple(
            Person(
                f"p{number}", f"Person {number}", "speaker", {"bluesky": f"p{number}.example.org"}
            )
            for number in range(60)
        ),
        house={"bluesky": ("demo.example.org",), "x": ("demo26",)},
        languages=LANGUAGES,
    )


def per_call(step: Callable[[Post], object], over: list[Post]) -> float:
    """Return µs a call, the best of several rounds: the noise of others only ever adds."""
    taken = iter(over * (ROUNDS * CALLS // len(over) + 1))

    def one() -> None:
        step(next(taken))

    empty = iter(over * (ROUNDS * CALLS // len(over) + 1))
    floor = min(timeit.repeat(lambda: next(empty), number=CALLS, repeat=ROUNDS))
    return max(0.0, min(timeit.repeat(one, number=CALLS, repeat=ROUNDS)) - floor) / CALLS * 1e6


def steps() -> Iterator[tuple[str, Callable[[Post], object]]]:
    """Yield each step alone, then all of them as the engine goes through them."""
    known = rules()
    words = WordList(known.stop_words + known.flag_words)
    matcher = Matcher(known.hashtags, known.keywords)
    recent = Recent(20_000)
    judge = Judge(known, Recent(20_000))
    whole = Judge(known, Recent(20_000))
    warm_up()
    folded: dict[int, str] = {}

    def fold_once(post: Post) -> str:
        text = folded.get(id(post))
        if text is None:
            text = folded[id(post)] = fold(post.text)
        return text

    yield "(reference) look up", fold_once
    yield "(reference) str.isprintable", lambda post: post.text.isprintable()
    yield "clean", clean
    yield "matches, by its tags", matcher.matches
    bare: dict[int, Post] = {}

    def match_text(post: Post) -> bool:
        untagged = bare.get(id(post))
        if untagged is None:
            untagged = bare[id(post)] = replace(post, tags=())
        return matcher.matches(untagged)

    yield "matches, by its text", match_text
    yield "fold", lambda post: fold(post.text)
    yield "language, as the network says", language_of
    yield "language, looked for", lambda post: language_of_text(post.text)
    yield "question", lambda post: is_question_folded(fold_once(post), post.language)
    yield "2,000 words", lambda post: words.find_folded(fold_once(post))
    yield "fingerprint", lambda post: fingerprint_folded(fold_once(post))
    yield (
        "fingerprint and recent",
        lambda post: recent.first(fingerprint_folded(fold_once(post)), post.id),
    )
    yield "points", lambda post: points(post, question=True, role="speaker")
    yield "judge", judge.judge

    def everything(post: Post) -> object:
        post = clean(post)
        return matcher.matches(post) and whole.judge(post)

    yield "clean + matches + judge", everything


def costs() -> None:
    """Print what each step costs for three kinds of post."""
    kinds = {
        "ASCII": posts(ENGLISH, "en"),
        "accented": posts(GERMAN, "de"),
        "emoji": posts(EMOJI, "en"),
    }
    lengths = ", ".join(f"{kind} {len(each[0].text)}" for kind, each in kinds.items())
    print(f"µs of one core a post (characters: {lengths}; Python {sys.version.split()[0]})")
    print(f"{'':32}" + "".join(f"{kind:>10}" for kind in kinds))
    rows: dict[str, list[float]] = {}
    for over in kinds.values():
        for name, step in steps():
            rows.setdefault(name, []).append(per_call(step, over))
    for name, row in rows.items():
        print(f"{name:32}" + "".join(f"{figure:10.2f}" for figure in row))


def accuracy() -> None:
    """Print how well questions are known, with their mark and without it."""
    print("\nquestions (gold labels of voice/*.tsv)")
    print(f"{'':4}{'lines':>7}{'asking':>8}   {'P':>6}{'R':>6}{'F1':>6}   with the mark: P R F1")
    for language in LANGUAGES:
        path = VOICE / f"{language}.tsv"
        if not path.exists():
            print(f"{language:4} skipped: {path.name} is not beside the project")
            continue
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")[1:]
        rows = [line.split("\t") for line in lines]
        asking = sum(row[4] == "1" for row in rows)
        figures = []
        for column in (5, 0):
            said = [(row[4] == "1", is_question(row[column], language)) for row in rows]
            right = sum(gold and mine for gold, mine in said)
            precision = right / max(1, sum(mine for _, mine in said))
            recall = right / max(1, asking)
            both = precision + recall
            figures.append((precision, recall, 2 * precision * recall / both if both else 0.0))
        bare, marked = ("".join(f"{figure:6.2f}" for figure in each) for each in figures)
        print(f"{language:4}{len(rows):7}{asking:8}   {bare}   {marked}")


if __name__ == "__main__":
    costs()
    accuracy()
