"""What X is asked for: rules and searches of few words, changed as little as can be, page by page.

Rules are read back by the fake's reader of X's query language, which knows X's refusals.
"""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.x.bodies import Body, Rule
from feeds.x.pace import Ladder, Pace
from feeds.x.rules import NO_REPOSTS, QUERY_MAX, RULE_MAX, difference, joined, terms
from feeds.x.search import Ask, Marks
from tests.service import x_fake_query as x
from tests.service.x_fake_query import Subject

# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "term"),
    [
        ("#EventLive", "#EventLive"),
        ("eventlive", "#eventlive"),
        (" ＃東京 ", "#東京"),
        ("हिन्दी", "#हिन्दी"),
        ("Straße_2027", "#Straße_2027"),
        ("2027", "2027"),  # no tag on X: figures alone
        ("open-air", '"open-air"'),
        ("", None),
        ("#", None),
    ],
)
def test_hashtags(tag: str, term: str | None) -> None:
    assert terms([tag], [], []) == (() if term is None else (term,))


@pytest.mark.parametrize(
    ("keyword", "term"),
    [
        ("pycon", "pycon"),
        ("open space", '"open space"'),
        ("  open \n space ", '"open space"'),
        ("C++", '"C++"'),
        ("AND", '"AND"'),
        ("or", '"or"'),
        ("from:somebody", '"from:somebody"'),
        ("-is:retweet", '"-is:retweet"'),
        ("(pycon", '"(pycon"'),
        ('say "hi"', '"say hi"'),
        ("back\\slash", '"back slash"'),
        ("音楽", "音楽"),
        ("🎉", "🎉"),
        ("", None),
    ],
)
def test_keywords(keyword: str, term: str | None) -> None:
    assert terms([], [keyword], []) == (() if term is None else (term,))


def test_what_x_has_no_words_for_is_refused() -> None:
    for wrong in ("&&", '"', "...", "- -"):
        with pytest.raises(ValueError, match="X cannot look for"):
            terms([], [wrong], [])


def test_accounts_are_mentioned_and_answered() -> None:
    assert terms([], [], ["@house", "Desk_2"]) == ("@house", "to:house", "@Desk_2", "to:Desk_2")
    for wrong in ("a.b", "house@example.org", "x" * 16, "ha us", "", "@"):
        with pytest.raises(ValueError, match="no handle of X"):
            terms([], [], [wrong])


def test_each_thing_is_asked_for_once_and_nothing_endless() -> None:
    assert terms(["#A", "a", "#b"], ["c", "C"], ["d", "@D"]) == ("#A", "#b", "c", "@d", "to:d")
    longest = "x" * (QUERY_MAX - len(NO_REPOSTS))
    assert joined(terms([], [longest], []), QUERY_MAX) == (longest + NO_REPOSTS,)
    with pytest.raises(ValueError, match="too long for X"):
        terms([], [longest + "x"], [])


# --- joined to rules and searches -----------------------------------------------------------------


def test_few_words_are_one_rule() -> None:
    wanted = terms(["#eventlive"], ["open space"], ["house"])
    rule = '("open space" OR #eventlive OR @house OR to:house) -is:retweet'
    assert joined(wanted, RULE_MAX) == (rule,)
    assert joined(["#a"], RULE_MAX) == ("#a -is:retweet",)
    assert joined([], RULE_MAX) == ()


@given(
    st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40), max_size=60),
    st.lists(st.text(min_size=1, max_size=60), max_size=60),
    st.randoms(use_true_random=False),
)
def test_every_term_stands_in_one_rule_that_x_takes(
    tags: list[str], keywords: list[str], chance: random.Random
) -> None:
    wanted = terms(tags, [f"{word} x" for word in keywords], ["house"])
    for limit in (QUERY_MAX, RULE_MAX):
        made = joined(wanted, limit)
        assert len(set(made)) == len(made)
        assert sum(rule.count(" OR ") + 1 for rule in made) >= len(wanted)
        for rule in made:
            assert len(rule) <= limit
            assert rule.endswith(NO_REPOSTS)
        for term in wanted:
            assert sum(term in rule for rule in made) >= 1
        shuffled = list(wanted)
        chance.shuffle(shuffled)
        assert joined(shuffled, limit) == made
        # Nearly full: two that fit together are never left apart (beyond the first plane, a
        # character counts twice).
        sizes = sorted(len(rule.encode("utf-16-le")) // 2 for rule in made)
        assert all(one + two > limit for one, two in pairwise(sizes))


def test_x_understands_the_rules() -> None:
    wanted = terms(
        ["#EventLive", "東京"], ["open space", "OR", "C++", "from:anna"], ["house", "desk"]
    )
    rules = [x.read(rule, RULE_MAX) for rule in joined(wanted, 80)]
    assert len(rules) > 1

    def asked(**seen: object) -> bool:
        subject = Subject(**{"text": "", "author": frozenset({"bob"}), **seen})  # type: ignore[arg-type]
        return any(rule.matches(subject) for rule in rules)

    assert asked(tags=frozenset({"eventlive"}))
    assert asked(tags=frozenset({"東京"}))
    assert asked(text="an Open Space here")
    assert asked(text="this or that")
    assert asked(text="it says from anna")
    assert asked(mentions=frozenset({"house"}))
    assert asked(to=frozenset({"desk"}))
    assert not asked(text="an open door, in space")
    assert not asked(text="eventlive", author=frozenset({"anna"}))
    assert not asked(tags=frozenset({"eventlive"}), kinds=frozenset({"retweet"}))


# --- what changes at X ----------------------------------------------------------------------------

OURS = Rule("1", "#a -is:retweet", "eventlive:x:0")


def test_rules_are_added_once_and_named() -> None:
    wanted = ("#a -is:retweet", "#b -is:retweet")
    change = difference("x", wanted, [])
    assert change.add == (
        Rule(value=wanted[0], tag="eventlive:x:0"),
        Rule(value=wanted[1], tag="eventlive:x:1"),
    )
    assert (change.remove, change.ours) == ((), ())
    there = [Rule(str(number), rule.value, rule.tag) for number, rule in enumerate(change.add)]
    again = difference("x", wanted, there)
    assert (again.add, again.remove, again.ours) == ((), (), ("0", "1"))


def test_what_is_no_longer_wanted_goes_and_what_is_others_stays() -> None:
    others = [
        Rule("5", "cats", "cats with images"),
        Rule("6", "dogs"),
        Rule("7", "#old -is:retweet", "eventlive:y:0"),
        Rule("8", "#old -is:retweet", "eventlive:xx:0"),
        Rule(None, "#broken", "eventlive:x:9"),
    ]
    old = [
        OURS,
        Rule("2", "#old -is:retweet", "eventlive:x:1"),
        Rule("3", "#a -is:retweet", "eventlive:x:7"),
    ]
    change = difference("x", ("#a -is:retweet", "#new -is:retweet"), [*others, *old])
    assert set(change.remove) == {"2", "3"}
    assert change.add == (Rule(value="#new -is:retweet", tag="eventlive:x:1"),)
    assert change.ours == ("1",)


def test_anothers_rule_of_the_same_words_serves_us_too() -> None:
    """X takes no second one, and sends what either asks for."""
    theirs = Rule("9", "#a -is:retweet", "their own")
    change = difference("x", ("#a -is:retweet",), [theirs])
    assert (change.add, change.remove, change.ours) == ((), (), ("9",))
    both = difference("x", ("#a -is:retweet",), [theirs, OURS])
    assert (both.add, both.remove, set(both.ours)) == ((), (), {"1", "9"})


# --- pages ----------------------------------------------------------------------------------------


def page(*ids: int, more: str = "") -> Body:
    return Body((), charged=tuple(map(str, ids)), newest=max(ids, default=0), next_token=more)


def test_a_mark_moves_when_its_last_page_is_taken() -> None:
    marks = Marks(["a", "b"])
    marks.move(100)
    look = marks.look()
    assert look.ask == Ask("a", 100)
    look.take(page(130, 120, more="t1"))
    assert look.ask == Ask("a", 100, "t1")
    assert marks.written() == {"a": "100", "b": "100"}  # broken off here, nothing is left out
    look.take(page(110, more="t2"))
    look.take(page())
    assert marks.written() == {"a": "130", "b": "100"}
    assert look.ask == Ask("b", 100)
    look.take(page())  # nothing there: the next look begins at the same place
    assert marks.written() == {"a": "130", "b": "100"}
    assert marks.look().ask == Ask("a", 130)


def test_marks_never_move_back_and_the_stream_moves_them_all() -> None:
    marks = Marks(["a", "b"])
    marks.move(100)
    marks.move(50)
    look = marks.look()
    marks.move(200)
    look.take(page(150))
    assert marks.written() == {"a": "200", "b": "200"}
    assert marks.oldest == 200


def test_marks_of_an_earlier_run() -> None:
    marks = Marks(["a", "new"])
    marks.recall({"a": "300", "gone": "200", "odd": "x"})
    assert marks.written() == {"a": "300", "new": "200"}
    marks.recall({})
    assert marks.written() == {"a": "300", "new": "200"}


def test_what_x_does_not_search_for_any_more_is_given_up() -> None:
    marks = Marks(["a", "b"])
    marks.move(100)
    look = marks.look()
    assert look.give_up(500, 900) == 500
    assert marks.written() == {"a": "500", "b": "100"}
    assert look.ask == Ask("a", 500)
    assert look.give_up(510, 910) == 910  # refused again
    assert marks.written() == {"a": "910", "b": "100"}
    assert look.ask == Ask("b", 100)


# --- waits ----------------------------------------------------------------------------------------


class Chance(random.Random):
    """Chance that always says the least, or the most."""

    def __init__(self, share: float) -> None:
        super().__init__(1)
        self.share = share

    def uniform(self, a: float, b: float) -> float:
        return a + (b - a) * self.share


def test_the_waits_are_those_that_x_advises() -> None:
    ladder = Ladder(Pace(), Chance(0.0))
    network = [ladder.network() for _ in range(80)]
    assert network[:6] == [1.0, 1.0, 1.0, 1.0, 1.0, 1.25]  # 250 ms more each time, 1 s at least
    assert network[-1] == 16.0
    ladder.settled()
    assert [ladder.http() for _ in range(8)] == [5, 10, 20, 40, 80, 160, 320, 320]
    ladder.settled()
    assert [ladder.limited(0.0) for _ in range(6)] == [60, 120, 240, 480, 900, 900]
    assert ladder.limited(417.0) == 417.0
    assert ladder.network() > 1.0
    ladder.settled()
    assert ladder.network() == 1.0


def test_no_two_feeds_come_back_at_once() -> None:
    least, most = Ladder(Pace(), Chance(0.0)), Ladder(Pace(), Chance(1.0))
    assert most.network() >= least.network() * 1.5
    assert most.http() > least.http()
    assert most.limited(100) > least.limited(100)
    assert least.beside().http() == 5.0
