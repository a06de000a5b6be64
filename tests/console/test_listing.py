"""The rule of calm, without a screen: what may move under an operator's eyes, and when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eventlive.messages import Sort
from tests.console.engine_double import item
from tui.listing import Listing

KNOWN = {name: item(name) for name in "abcdefghijklmnop"}


def told(listing: Listing, order: str, now: float = 0.0, *, gone: str = "", **state: str) -> None:
    """The engine tells an order of one-letter posts; `gone` come with their last version."""
    rows = [KNOWN[name] for name in order]
    rows += [item(name, version=2, state=state.get("state", "archived")) for name in gone]
    listing.take([KNOWN[name].id for name in order], rows, len(order), now)


def seen(listing: Listing) -> str:
    return "".join(id.partition(":")[2] for id in listing.shown)


def cursor(listing: Listing) -> str:
    return listing.cursor.partition(":")[2]


def a_list(order: str = "abcdef", height: int = 4, window: int = 200) -> Listing:
    listing = Listing(window)
    listing.resize(height)
    told(listing, order)
    return listing


def test_live_follows_but_not_all_the_time() -> None:
    listing = a_list("abcd")
    told(listing, "eabcd", 0.4)
    assert seen(listing) == "abcd"
    assert not listing.tick(1.9)
    assert listing.tick(2.1)
    assert seen(listing) == "eabcd"


def test_live_fills_an_empty_screen_at_once() -> None:
    listing = a_list("ab", height=4)
    told(listing, "cab", 0.1)
    assert seen(listing) == "cab"


def test_the_first_key_picks_what_is_on_top_and_stops_the_movement() -> None:
    listing = a_list("abcd")
    told(listing, "eabcd", 0.4)
    listing.move(1)
    assert cursor(listing) == "a"
    told(listing, "feabcd", 5)
    listing.tick(9)
    assert seen(listing) == "abcd"
    assert listing.new == 2


def test_a_fresh_page_comes_only_when_asked_for() -> None:
    listing = a_list("abcd")
    listing.move(1)
    told(listing, "xeabcd".replace("x", "p"))
    listing.first()
    assert seen(listing) == "peabcd"
    assert cursor(listing) == "p"
    assert listing.new == 0


def test_ranking_anew_moves_nothing() -> None:
    listing = a_list("abcd")
    listing.move(1)
    listing.move(1)
    told(listing, "dcba")
    assert seen(listing) == "abcd"
    assert cursor(listing) == "b"


def test_what_ranks_below_is_added_at_the_end() -> None:
    listing = a_list("abcd")
    listing.move(1)
    told(listing, "eabcdf")
    assert seen(listing) == "abcdf"
    assert listing.new == 1


def test_a_row_that_left_stays_until_the_next_move() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.move(2)
    assert cursor(listing) == "c"
    told(listing, "acdef")
    assert seen(listing) == "abcdef"
    assert listing.is_ghost(KNOWN["b"].id)
    listing.move(1)
    assert seen(listing) == "acdef"
    assert cursor(listing) == "d"


def test_the_post_under_the_cursor_goes_only_when_the_cursor_leaves() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.move(1)
    told(listing, "acdef", gone="b")
    assert cursor(listing) == "b"
    assert listing.is_ghost(listing.cursor)
    listing.move(1)
    assert (seen(listing), cursor(listing)) == ("acdef", "c")


def test_a_full_window_makes_no_ghosts_of_what_is_still_open() -> None:
    listing = a_list("abcd", window=4)
    listing.move(1)
    told(listing, "efgh")
    assert not any(listing.is_ghost(id) for id in listing.shown)
    told(listing, "efgh", gone="a")
    assert [id for id in listing.shown if listing.is_ghost(id)] == [KNOWN["a"].id]


def test_deciding_again_and_again_keeps_the_ghost_of_the_last_above() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.advance()
    told(listing, "bcdef", gone="a")
    assert (seen(listing), cursor(listing)) == ("abcdef", "b")
    listing.advance()
    told(listing, "cdef", gone="b")
    assert (seen(listing), cursor(listing)) == ("bcdef", "c")
    assert listing.line - listing.top == 1


def test_the_last_row_decided_moves_up() -> None:
    listing = a_list("abc")
    listing.last()
    listing.advance()
    assert cursor(listing) == "b"


def test_the_only_row_decided_stays_a_ghost_until_a_key() -> None:
    listing = a_list("a")
    listing.move(1)
    listing.advance()
    told(listing, "", gone="a")
    assert cursor(listing) == "a"
    listing.move(1)
    assert (seen(listing), cursor(listing)) == ("", "")
    told(listing, "b")
    assert cursor(listing) == "b"


def test_what_was_brought_back_takes_its_place() -> None:
    listing = a_list("abcd")
    listing.last()
    told(listing, "acd")
    listing.move(-1)
    assert seen(listing) == "acd"
    listing.reveal(KNOWN["b"].id)
    told(listing, "abcd")
    assert (seen(listing), cursor(listing)) == ("abcd", "c")


def test_a_filter_turns_the_page_and_keeps_the_cursor_where_it_can() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.move(2)
    listing.refilter("x")
    told(listing, "bcd")
    assert (seen(listing), cursor(listing)) == ("bcd", "c")
    listing.refilter("y")
    told(listing, "ef")
    assert (seen(listing), cursor(listing)) == ("ef", "e")


def test_a_page_that_nobody_asked_for_keeps_the_cursors_post() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.move(2)
    listing.begin_anew()
    told(listing, "gabdef", gone="c")
    assert (seen(listing), cursor(listing), listing.line) == ("gacbdef", "c", 2)
    assert listing.is_ghost(KNOWN["c"].id)
    listing.move(1)
    assert (seen(listing), cursor(listing)) == ("gabdef", "b")
    listing.begin_anew()
    listing.refilter("x")
    told(listing, "ef")
    assert (seen(listing), cursor(listing)) == ("ef", "e"), "a filter is asked for"


def test_an_older_version_never_replaces_a_newer() -> None:
    listing = a_list("ab")
    newer = item("a", version=5)
    assert listing.refresh(newer)
    assert not listing.refresh(item("z"))
    listing.take([KNOWN["a"].id], [KNOWN["a"]], 1, 0)
    assert listing.get(newer.id) == newer


names = st.lists(st.sampled_from(sorted(KNOWN)), unique=True, max_size=10).map("".join)
steps = st.lists(
    st.one_of(
        names.map(lambda order: ("told", order)),
        st.integers(-3, 3).map(lambda by: ("move", by)),
        st.just(("advance", 0)),
        st.sampled_from([("mark", "one"), ("mark", "range"), ("mark", "all"), ("decide", 0)]),
        st.just(("first", 0)),
    ),
    max_size=30,
)


@given(steps, st.integers(1, 6))
def test_nothing_moves_but_by_the_operators_own_key(
    steps: list[tuple[str, object]], height: int
) -> None:
    listing = a_list("abcdefgh", height=height)
    listing.move(1)
    for number, (step, what) in enumerate(steps):
        before = (listing.cursor, listing.top, list(listing.shown), set(listing.marked))
        ghosts = {id for id in listing.shown if listing.is_ghost(id)}
        match step, what:
            case "told", str(order):
                told(listing, order, float(number))
                assert listing.top == before[1]
                # Rows already there keep their line; only the end may grow.
                assert listing.shown[: len(before[2])] == before[2]
                assert set(listing.marked) == before[3]
                if before[0]:
                    assert listing.cursor == before[0]
            case "move", int(by):
                listing.move(by)
                assert set(listing.marked) == before[3] - ghosts
            case "mark", how:
                mark(listing, how)
                assert not (set(listing.marked) - before[3]) & ghosts
            case "decide", _:
                decide(listing)
            case "first", _:
                listing.first()
                assert set(listing.marked) == before[3] - ghosts
            case _:
                listing.advance()
        if listing.shown:
            assert listing.cursor in listing.shown
            assert 0 <= listing.line - listing.top < height
        assert len(set(listing.shown)) == len(listing.shown)
        assert listing.marked.keys() <= set(listing.shown)


def mark(listing: Listing, how: object) -> None:
    """Mark as the keys do, which mark no ghost."""
    if listing.is_ghost(listing.cursor) or not listing.shown:
        return
    match how:
        case "one":
            listing.mark()
        case "range":
            listing.mark_range()
        case _:
            listing.mark_all()


def decide(listing: Listing) -> None:
    """Decide on all that are marked: the cursor is then on none of them, where there is another."""
    decided, cursor = listing.chosen, listing.cursor
    listing.marked.clear()
    listing.advance(decided or [cursor])
    others = [id for id in listing.shown if id not in decided and not listing.is_ghost(id)]
    if cursor in decided and others:
        assert listing.cursor in others
    elif cursor not in decided and decided:
        assert listing.cursor == cursor


def test_a_mark_goes_with_its_post_to_a_fresh_page() -> None:
    listing = a_list("abcd", window=4)
    listing.move(1)
    listing.mark()
    listing.mark()
    told(listing, "fecd")
    listing.first()
    assert (seen(listing), [*map(listing.get, listing.chosen)]) == (
        "fecdab",
        [KNOWN["a"], KNOWN["b"]],
    )


AGAIN: list[tuple[str, Sort]] = [("x", "rank"), ("", "newest")]


def test_a_filter_or_another_order_lets_the_marks_go() -> None:
    for again in AGAIN:
        listing = a_list("abcd")
        listing.move(1)
        listing.mark_all()
        listing.refilter("")
        assert len(listing.marked) == 4
        listing.refilter(again[0], again[1])
        assert not listing.marked


def test_what_the_operator_moves_takes_its_new_place_and_nothing_else_does() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.move(2)
    listing.carry()
    told(listing, "gacbdfe")
    assert (seen(listing), cursor(listing)) == ("acbdef", "c")
    listing.move(1)
    told(listing, "gabcdef")
    assert (seen(listing), cursor(listing)) == ("acbdef", "b")


def test_deciding_on_several_goes_to_the_next_that_is_none_of_them() -> None:
    listing = a_list("abcdef")
    listing.move(1)
    listing.advance([KNOWN[name].id for name in "abc"])
    assert cursor(listing) == "d"
    told(listing, "def", gone="abc")
    assert seen(listing) == "abcdef"
    listing.last()
    listing.advance([KNOWN[name].id for name in "ef"])
    assert cursor(listing) == "d"
    listing.advance([KNOWN["f"].id])
    assert cursor(listing) == "d"
