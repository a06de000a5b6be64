"""Why X refuses, and what a person can do about it.

Owns the reading of X's refusals (status and problem body) and the sentences for the desk. Pure.
X's problem addresses say little where it matters ("about:blank" for a duplicate as for a reply
that is not allowed), so its words are looked at, too.
"""

from __future__ import annotations

import re
from datetime import timedelta

from eventlive.errors import NotSent, NotYet, OutletError, Unclear
from feeds.x.outlet_api import Answer, Api, Problem, key_names

_DUPLICATE = re.compile(r"duplicate", re.IGNORECASE)
_REPLY = re.compile(r"\breply|conversation|mention|engage|not permitted", re.IGNORECASE)
_RIGHTS = re.compile(r"permission|client-forbidden|read-?only|oauth", re.IGNORECASE)
_LOCKED = re.compile(r"suspended|locked|deactivated", re.IGNORECASE)
_CAP = re.compile(r"usage[- ]?cap", re.IGNORECASE)

CLOCK_OFF = timedelta(minutes=2)
"""X takes a signature of five minutes ago at most; what is half of it off deserves a word."""


def proof(answer: Answer) -> Problem | None:
    """Give X's own words for a refusal; None where an answer does not prove one.

    Only a 4xx with X's problem body does. Whoever stands before X (a gateway, a proxy) answers
    for itself, and 408 and 499 say only that somebody lost patience; a 429 with X's limits in
    its headers is X's without a body, too.
    """
    problem = answer.problem()
    if answer.status == 429 and "x-rate-limit-reset" in answer.headers:
        return problem or Problem("Too Many Requests")
    return problem if 400 <= answer.status < 500 and answer.status not in (408, 499) else None


def is_duplicate(status: int, problem: Problem) -> bool:
    """Say whether X refuses words because it has them already."""
    return status == 403 and _DUPLICATE.search(problem.text) is not None


def meaning(answer: Answer, api: Api, reply: str = "") -> OutletError:
    """Say what an answer that is no yes means; `reply` is the post that was to be answered."""
    problem = proof(answer)
    if problem is None:
        return Unclear(f"X answered {answer.status}, which does not tell what became of it")
    if answer.closed and not _CAP.search(f"{problem.kind} {problem.text}"):
        return NotYet(f"X takes no more for now ({answer.closed})", answer.closed.until)
    return NotSent(_refusal(answer.status, problem, api, reply))


def fine(answer: Answer, api: Api) -> Answer:
    """Return an answer that says yes; raise what any other one means."""
    if not answer.fine:
        raise meaning(answer, api)
    return answer


def _refusal(status: int, problem: Problem, api: Api, reply: str) -> str:
    """Say what X has against a request of an account, and what to do."""
    said = f"X says: {problem.text or problem.kind}"
    about = f"{problem.kind} {problem.text}"
    if status == 401:
        names, off = ", ".join(key_names(api.account)), ""
        if api.ahead is not None and abs(api.ahead) > CLOCK_OFF:
            minutes = round(abs(api.ahead).total_seconds() / 60)
            off = f"; the clock of this machine is {minutes} min off, which alone may be the reason"
        return f"X does not take the keys of account {api.account}: check {names}{off} ({said})"
    if status == 402:
        return f"the X account pays for no more: buy credits in X's developer console ({said})"
    if _CAP.search(about):
        return f"the X plan's cap is reached: raise it in X's developer console ({said})"
    if status == 403 and _LOCKED.search(problem.text):
        return f"X has locked the account: log in to it in a browser ({said})"
    if status == 403 and _RIGHTS.search(about):
        return (
            "the keys may not do this: set the app to Read and write in X's developer console, "
            f"then make new access tokens ({said})"
        )
    if status == 403 and reply and _REPLY.search(problem.text):
        return (
            "X takes no reply to this post: write a post of its own that names the question, show "
            "the answer on the wall, or answer by hand: "
            f"https://x.com/intent/post?in_reply_to={reply} ({said})"
        )
    return said
