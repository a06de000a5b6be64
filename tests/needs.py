"""The marker ``needs``: what follows where a part of the machine is missing. A pytest plugin.

``@pytest.mark.needs("mosquitto")``, or a fixture that bears a part's name, asks for a part. Where
it is missing the test is skipped, and the end of the run lists each missing part with the number
of tests, the reason and the command that mends it. With ``CI=true`` the test fails instead, with
the same reason.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.parts import PARTS, missing

_WANTED = pytest.StashKey[Counter[str]]()


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


def _needs(item: pytest.Item) -> Iterator[str]:
    for mark in item.iter_markers("needs"):
        yield from mark.args
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in PARTS:
            yield fixture


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, so that strict markers let it pass."""
    config.addinivalue_line(
        "markers", f"needs(*parts): this test needs parts of the machine: {', '.join(PARTS)}"
    )
    config.stash[_WANTED] = Counter()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a part that nobody knows: a misspelt need must not pass as one always met."""
    for item in items:
        unknown = [name for name in _needs(item) if name not in PARTS]
        if unknown:
            known = ", ".join(PARTS)
            raise pytest.UsageError(
                f"{item.nodeid} needs {unknown[0]!r}, but tests/parts.py knows only: {known}"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose part is missing; in CI, fail it."""
    lacking = {name: reason for name in dict.fromkeys(_needs(item)) if (reason := missing(name))}
    if not lacking:
        return
    item.config.stash[_WANTED].update(lacking.keys())
    if _in_ci():
        lines = [f"needs {name}: {reason}. {PARTS[name].mend}" for name, reason in lacking.items()]
        pytest.fail("\n".join(lines), pytrace=False)
    pytest.skip(", ".join(f"needs {name}: {reason}" for name, reason in lacking.items()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what a worker of a parallel run missed: its summary is shown by the controller."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        wanted: Counter[str] = session.config.stash[_WANTED]
        output["wanted"] = dict(wanted)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what a worker missed."""
    wanted: dict[str, int] = getattr(node, "workeroutput", {}).get("wanted", {})
    counts: Counter[str] = node.config.stash[_WANTED]
    counts.update(wanted)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """List what was missing, how many tests that cost, and what mends it."""
    wanted = config.stash[_WANTED]
    if not wanted:
        return
    terminalreporter.section(f"{'Failed' if _in_ci() else 'Skipped'} for want of:")
    for name, count in sorted(wanted.items()):
        tests = "1 test" if count == 1 else f"{count} tests"
        terminalreporter.line(f"{name}: {tests}, {missing(name)}")
        terminalreporter.line(f"    {PARTS[name].mend}")
