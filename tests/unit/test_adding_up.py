"""What relays say of their screens, added up: also of a picture that came in place of changes."""

from datetime import UTC, datetime

from eventlive.adding_up import MISSED, Everywhere
from eventlive.messages import Off, RelayReport

NINE = datetime(2027, 5, 20, 9, 0, tzinfo=UTC)


def _report(seq: int, *offs: Off) -> RelayReport:
    return RelayReport("online", epoch="e", seq=seq, screens=3, offs=offs)


def _part(seq: int, what: str, off: int, *missing: str) -> Off:
    return Off(seq, what, NINE, 3, off, missing)


def _told(everywhere: Everywhere, *own: Off) -> list[tuple[int, int, int, tuple[str, ...]]]:
    offs = everywhere.offs(own, NINE)
    return [(off.seq, off.off, off.screens, off.missing) for off in offs]


def test_a_picture_in_place_of_several_changes_stands_for_each_of_them() -> None:
    """The broker was away: a post went off with 2, another came up with 3."""
    everywhere = Everywhere("e")
    everywhere.relayed("hall", _report(1))
    gone = Off(2, "a post of @gull", NINE, 1, 1)
    assert _told(everywhere, gone) == [(2, 1, 4, ("hall",))]
    everywhere.relayed("hall", _report(3, _part(3, MISSED, 0, "left")))
    assert _told(everywhere, gone) == [(2, 1, 4, ("hall/left",))]
    everywhere.relayed("hall", _report(3, _part(3, MISSED, 3)))
    assert _told(everywhere, gone) == [(2, 4, 4, ())]


def test_a_later_picture_takes_back_nothing_that_was_confirmed() -> None:
    everywhere = Everywhere("e")
    everywhere.relayed("hall", _report(1))
    gone = Off(2, "a post of @gull", NINE, 1, 1)
    _told(everywhere, gone)
    everywhere.relayed("hall", _report(2, _part(2, "a post of @gull", 3)))
    assert _told(everywhere, gone) == [(2, 4, 4, ())]
    everywhere.relayed("hall", _report(9, _part(9, MISSED, 0, "left")))
    assert _told(everywhere, gone) == [(2, 4, 4, ())]
