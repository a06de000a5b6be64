"""Links: those that cannot lead anywhere, by their form alone.

Owns what is wrong with the form of a link in a text, and of one that stands for itself. Pure: no
server is asked whether a page is there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

from eventlive.checks.findings import Finding, Proof, Severity, row_of
from eventlive.checks.texts import texts
from eventlive.listening.domains import is_domain
from eventlive.listening.entities import links
from eventlive.listening.variables import variables


class Fault(NamedTuple):
    """What is wrong with a link, and where in the text that begins."""

    start: int
    message: str
    suggestion: str = ""
    severity: Severity = "error"


_WHOLE = re.compile(r"https?://[^\s<>\"“”«»]*", re.IGNORECASE)
_LOOSE = ".,;:!?…'’*_"
"""Signs that end a sentence rather than a link."""
_HALF = re.compile(
    r"(?<![\w/:.])(https?)(?!://)(\s?:\s?/{1,3}|:\\{1,2}|;//|//)(?=\S)", re.IGNORECASE
)
_APART = re.compile(r"\s+([\w-]+(?:\.[\w-]+)+)")
_SCHEME = re.compile(r"(?<![\w/:.])([A-Za-z]{3,8})://")
_SCHEMES = frozenset(
    "dat dweb file ftp gemini gopher http https ipfs ipns mqtt mqtts sftp ssb ws wss".split()
)
_WWW = re.compile(r"(?<![\w@/.:-])www\.[\w.-]+(?:/[^\s<>\"]*)?", re.IGNORECASE)
_OWN = ("example", "test", "invalid", "localhost", "local", "internal", "onion")
"""Endings that are no top-level domains and mean something all the same (RFC 2606 and kin)."""
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def findings(proof: Proof) -> Iterator[Finding]:
    """Find links that are dead in form, in texts of ours and where a link stands alone."""
    seen = set()
    for said in texts(proof):
        if said.place in seen:
            continue
        seen.add(said.place)
        text = said.text
        for one in variables(text) if said.fillable else ():
            text = text[: one.start] + "{" * (one.end - one.start) + text[one.end :]
        for fault in faults(text):
            words = row_of(said.text, fault.start)
            yield Finding(said.place, fault.message, fault.suggestion, fault.severity, words)
    event = proof.script.event
    for fault in _of_link(event.link) if event.link else ():
        yield Finding(("event", "link"), fault.message, fault.suggestion, fault.severity)
    for index, fact in enumerate(proof.script.facts):
        for fault in _of_link(fact.source) if fact.source else ():
            place = ("facts", index, "source")
            yield Finding(place, fault.message, fault.suggestion, fault.severity)


def faults(text: str) -> list[Fault]:
    """List what is wrong with the form of the links in a text, in order."""
    return sorted((*_whole(text), *_half(text), *_foreign(text), *_bare(text)))


def _whole(text: str) -> Iterator[Fault]:
    for found in _WHOLE.finditer(text):
        link = found.group().rstrip(_LOOSE)
        # "(see https://example.org)": the bracket is the sentence's.
        while link[-1:] in (")", "]") and link.count(")") + link.count("]") > (
            link.count("(") + link.count("[")
        ):
            link = link[:-1].rstrip(_LOOSE)
        if "{" in link:
            continue  # A variable stands in it: what it will be is not known here.
        rest = _APART.match(text, found.end())
        if link.endswith("://"):
            said = "a space breaks this link" if rest else "this link leads nowhere"
            hint = f"write {found.group()}{rest[1]}" if rest else ""
            yield Fault(found.start(), f"{_short(found.group())}: {said}", hint)
            continue
        for fault in _of_link(link):
            yield fault._replace(start=found.start() + fault.start)


def _of_link(link: str) -> Iterator[Fault]:
    """Find what is wrong with one link that names its scheme."""
    _, _, rest = link.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    name, port = _port(host)
    shown = _short(link)
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        yield Fault(0, f"{shown}: {_short(port)} is no port", "1 to 65535, or none")
    elif wrong := _host_problem(name):
        yield Fault(0, f"{shown}: {wrong}")
    elif "." in name and not _is_known(name):
        ending = name.rstrip(".").rpartition(".")[2]
        yield Fault(0, f"{shown}: nothing on the internet ends in .{ending}", "", "warning")
    if link.count("(") != link.count(")") or link.count("[") != link.count("]"):
        yield Fault(0, f"{shown}: a bracket in it is not closed", "", "warning")


def _port(host: str) -> tuple[str, str | None]:
    if host.startswith("["):
        name, _, port = host.partition("]")
        return f"{name}]", port[1:] if port.startswith(":") else None
    name, colon, port = host.partition(":")
    return name, port[:6] if colon else None


def _host_problem(name: str) -> str:
    if name.startswith("["):
        try:
            IPv6Address(name.strip("[]"))
        except AddressValueError:
            return f"{_short(name)} is no address"
        return ""
    if name.lower() == "localhost":
        return ""
    if not name:
        return "there is no host in this link"
    if "." not in name:
        return f"the host {_short(name)} has no dot"
    if _ADDRESS.fullmatch(name):
        return "" if all(int(part) < 256 for part in name.split(".")) else "this is no address"
    if not all(_LABEL.fullmatch(label) for label in name.removesuffix(".").split(".")):
        return f"{_short(name)} is no name of a host"
    return ""


def _is_known(name: str) -> bool:
    name = name.rstrip(".").lower()
    ending = name.rpartition(".")[2]
    return is_domain(name) or ending in _OWN or bool(_ADDRESS.fullmatch(name))


def _half(text: str) -> Iterator[Fault]:
    """Find "http//", "https:/example.org" and the like."""
    for found in _HALF.finditer(text):
        rest = re.match(r"[^\s<>\"]*", text[found.end() :])
        assert rest is not None
        right = f"{found[1]}://{rest.group().lstrip('/')}"
        yield Fault(
            found.start(), f"{found.group()!r} begins no link", f"write {_short(right, bare=True)}"
        )


def _foreign(text: str) -> Iterator[Fault]:
    """Find schemes that are a slip of the finger: "htttp://", "htps://", "ttps://"."""
    for found in _SCHEME.finditer(text):
        scheme = found[1].lower()
        if scheme in _SCHEMES:
            continue
        if near := difflib.get_close_matches(scheme, ("https", "http"), 1, 0.7):
            said = f"{found.group()!r} begins no link"
            yield Fault(found.start(), said, f"did you mean '{near[0]}://'?")


def _bare(text: str) -> Iterator[Fault]:
    """Find links without a scheme: some networks link them, Mastodon and readers' apps do not."""
    spans: dict[int, tuple[int, str]] = {}
    for link in links(text):
        # A name with capitals ("Harbour.net") is a name rather than a link.
        if "://" not in link.value and ("/" in link.value or link.value.islower()):
            spans[link.start] = (link.end, link.value)
    for found in _WWW.finditer(text):
        spans[found.start()] = (found.end(), found.group().rstrip(_LOOSE + ")"))
    done = 0
    whole = [found.span() for found in _WHOLE.finditer(text)]
    for start, (end, value) in sorted(spans.items()):
        inside = any(first <= start < last for first, last in whole)
        # What follows half a scheme is no link of its own; the scheme is what is wrong.
        before = text[max(start - 10, 0) : start]
        half = before.rstrip().endswith(("//", "\\"))
        if start < done or inside or half or "{" in value:
            continue
        done = end
        said = f"{_short(value)} has no scheme: not every network makes a link of it"
        yield Fault(start, said, f"write {_short(f'https://{value}', bare=True)}", "warning")


def _short(text: str, *, bare: bool = False) -> str:
    text = text if len(text) <= 80 else f"{text[:80]}…"
    return text if bare else repr(text)
