"""What was found, as rows: a figure of ours beside a reference, and the target where there is one.

Owns the layout on the terminal and in Markdown; never measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from wcwidth import wcswidth


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure should be: at least or at most `limit`; of `ratio` where that is meant."""

    limit: float
    least: bool = False
    ratio: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ours, and in the same unit the reference that was measured beside it."""

    what: str
    ours: float
    unit: str
    beside: float | None = None
    reference: str = ""
    target: Target | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.ours / self.beside if self.beside else None

    def cells(self) -> tuple[str, ...]:
        beside = "" if self.beside is None else f"{_number(self.beside)} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return (
            self.what,
            f"{_number(self.ours)} {self.unit}".strip(),
            f"{beside} ({self.reference})" if beside else self.reference,
            ratio,
            self._verdict(),
            self.note,
        )

    def _verdict(self) -> str:
        target = self.target
        if target is None:
            return ""
        unit = "" if target.ratio or not self.unit else f" {self.unit}"
        words = f"{'≥' if target.least else '≤'} {_number(target.limit)}{unit}"
        figure = self.ratio if target.ratio else self.ours
        if figure is None:
            return f"{words}: not measured"
        missed = target.limit - figure if target.least else figure - target.limit
        if missed <= 0:
            return f"{words}: met"
        by = f" by {missed / target.limit:.0%}" if target.limit else ""
        return f"{words}: missed{by}"


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together and how they were measured; or a text of its own.

    `pace` says how fast the machine was meanwhile.
    """

    title: str
    how: str
    rows: Sequence[Row] = ()
    plain: str = ""
    pace: str = ""


HEAD = ("", "eventlive", "beside", "ratio", "target", "")


def text(section: Section) -> str:
    """Lay a section out for a terminal."""
    if section.plain:
        return f"{section.title} ({section.pace})\n{section.plain}"
    lines = [HEAD, *(row.cells() for row in section.rows)]
    widths = [max(wcswidth(line[column]) for line in lines) for column in range(len(HEAD))]
    body = (
        "  ".join(
            cell + " " * (width - wcswidth(cell)) for cell, width in zip(line, widths, strict=True)
        )
        for line in lines
    )
    return "\n".join(
        [f"{section.title} ({section.pace})", *(f"  {line.rstrip()}" for line in body), ""]
    )


def markdown(section: Section) -> str:
    """Lay a section out as Markdown."""
    head = [
        f"### {section.title}",
        "",
        f"{section.how} ({section.pace[:1].upper()}{section.pace[1:]}.)",
        "",
    ]
    if section.plain:
        return "\n".join([*head, "```text", section.plain.strip(), "```", ""])
    lines = [
        *head,
        "| " + " | ".join(HEAD) + " |",
        "|---|" + "---:|" + "---|" + "---:|" + "---|---|",
        *("| " + " | ".join(row.cells()) + " |" for row in section.rows),
        "",
    ]
    return "\n".join(lines)


def percentile(values: Sequence[float], percent: int) -> float:
    """Give the value that so many percent of them do not exceed."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _number(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
