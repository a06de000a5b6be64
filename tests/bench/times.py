"""How long screens wait for what they are to show.

Owns the matching of moments of sending with moments of reading, and its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

from tests.bench.operator import Operator
from tests.bench.screens import Account
from tests.bench.table import Row, Target, percentile

LAST = 25.0
"""Milliseconds in which the last of a thousand screens is to be reached, 99 times of 100."""


class Times:
    """From an approval to the screens' sockets: for each approval, milliseconds to each screen."""

    def __init__(self, waits: list[list[float]], unseen: int = 0, closed: int = 0) -> None:
        self.every = [wait for one in waits for wait in one]
        self.last = [max(one) for one in waits]
        self.unseen = unseen
        self.closed = closed

    @classmethod
    def of(
        cls, operator: Operator, account: Account, begun: float = 0.0, ended: float = inf
    ) -> Times:
        """Match what an operator approved between two moments with what the screens saw."""
        shown = {item: times for items, times in account.changes for item in items}
        approved = {
            item: left
            for item, left in operator.left.items()
            if item in operator.approved and begun <= left <= ended
        }
        waits = [
            [(at - left) * 1e3 for at in shown[item]]
            for item, left in approved.items()
            if item in shown
        ]
        return cls(waits, len(approved) - len(waits), account.closed)

    @classmethod
    def in_turn(cls, sent: Sequence[float], account: Account) -> Times:
        """Match moments of sending with the changes that the screens saw, in their order."""
        return cls(
            [
                [(at - left) * 1e3 for at in times]
                for left, (_, times) in zip(sent, account.changes, strict=True)
            ]
        )

    def rows(self, what: str, beside: Times | None = None, reference: str = "") -> Iterator[Row]:
        """Make the rows of a table; with a reference, the last screen has a target."""
        for percent in (50, 99):
            bare = percentile(beside.every, percent) if beside else None
            yield Row(f"{what}, p{percent}", percentile(self.every, percent), "ms", bare, reference)
        if len(self.every) > len(self.last):
            yield self.row_of_last(what, beside, reference)
        if self.unseen:
            yield Row(f"{what}: approved, never seen", self.unseen, "", target=Target(0))
        if self.closed:
            yield Row(f"{what}: screens closed", self.closed, "", target=Target(0))

    def row_of_last(self, what: str, beside: Times | None, reference: str) -> Row:
        """Make the row of the screen that waited longest each time."""
        return Row(
            f"{what}, the last one, p99",
            percentile(self.last, 99),
            "ms",
            percentile(beside.last, 99) if beside else None,
            reference,
            Target(LAST) if beside else None,
            f"{len(self.last)} times",
        )
