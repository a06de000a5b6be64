"""What is wrong with an event script across its tables: a file a concern.

Owns the list of checks. Pure: a script in, findings out; nothing is opened, asked or waited for.
"""

from __future__ import annotations

from collections.abc import Iterator

from eventlive.checks import house, links, names, posts, programme, screens, silence, words
from eventlive.checks.findings import Finding, Proof
from eventlive.checks.programme import plan

__all__ = ["Finding", "Proof", "findings"]


def findings(proof: Proof) -> Iterator[Finding]:
    """Find what is wrong with a script; never raises, whatever it holds."""
    spans = plan(proof.script.segments)
    leaving = posts.departures(proof.script, spans)
    yield from names.findings(proof)
    yield from programme.findings(proof, spans)
    yield from posts.findings(proof, spans, leaving)
    yield from silence.findings(proof, spans, leaving)
    yield from words.findings(proof, spans, leaving)
    yield from links.findings(proof)
    yield from house.findings(proof)
    yield from screens.findings(proof)
