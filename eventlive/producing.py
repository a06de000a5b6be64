"""What the command line does for those who write event scripts.

Owns the commands new, import, check, timeline, lint and reload. Errors go to stderr as one line
that says what to do; results go to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import json
import os
import re
import shutil
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from eventlive import timeline as timelines
from eventlive.asking import ask, free_path, save_new
from eventlive.errors import Problem, SettingsError
from eventlive.messages import Previewed
from eventlive.networks import imported
from eventlive.new import first_answers, questions, write_script
from eventlive.schedule.programme import BYTES_MAX
from eventlive.schedule.writing import write_toml
from eventlive.script import examine, load
from eventlive.taking_in import take_in


def write_new(options: argparse.Namespace) -> int:
    """Write a new event script from answers."""
    if options.script is not None and options.script.exists():
        raise SettingsError(f"{options.script} is there already: name another file")
    given = {
        question.name: answer
        for question in questions()
        if (answer := getattr(options, question.name)) is not None
    }
    source = sys.stdin if sys.stdin.isatty() else None
    answers = ask(first_answers(datetime.now().astimezone().date()), given, source, sys.stdout)
    if answers is None:
        print("eventlive: no script was written", file=sys.stderr)
        return 1
    path = options.script or free_path(Path(), answers.title)
    save_new(path, write_script(answers))
    print(f"{path} is written; try: eventlive run {path}")
    return 0


def import_programme(options: argparse.Namespace) -> int:
    """Turn a programme into tables of the event script."""
    if options.timezone not in available_timezones():
        raise SettingsError(f"there is no time zone {options.timezone!r}; write Europe/Oslo")
    try:
        with options.schedule.open("rb") as file:
            data = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise SettingsError(f"{options.schedule}: {error.strerror}") from error
    # The calendar library takes a moment to load, and no other command needs it.
    schedule = imported("eventlive.schedule.reading:read_schedule")(
        data, str(options.schedule), ZoneInfo(options.timezone)
    )
    text = write_toml(schedule)
    if options.out is None:
        print(text, end="")
    else:
        save_new(options.out, text)
    for note in schedule.notes:
        print(note, file=sys.stderr)
    return 0


def check(options: argparse.Namespace) -> int:
    """Find every problem of the scripts."""
    problems: list[Problem] = []
    for path in options.scripts:
        found = examine(path)[1]
        problems += found
        if not found and not options.json:
            print(f"{path}: good")
    for problem in problems:
        if options.json:
            print(json.dumps({name: getattr(problem, name) for name in problem.__slots__}))
        else:
            print(f"{problem.severity}: {problem}", file=sys.stderr)
    return 2 if any(problem.severity == "error" for problem in problems) else 0


def lint(options: argparse.Namespace) -> int:
    """Hold texts against the house's voice."""
    # Six languages' words: only this command and the composer need them.
    from eventlive.checks.words import voice_rules  # noqa: PLC0415
    from eventlive.lint import findings  # noqa: PLC0415
    from eventlive.listening.voice_rules import HOUSE  # noqa: PLC0415

    rules, otherwise = HOUSE, ""
    if options.script is not None:
        script = load(options.script)
        rules, otherwise = voice_rules(script.voice), script.event.language
    found_error = False
    with contextlib.ExitStack() as stack:
        source = sys.stdin.buffer
        try:
            if options.file != "-":
                source = stack.enter_context(Path(options.file).open("rb"))
        except OSError as error:
            raise SettingsError(f"{error.filename}: {error.strerror}") from error
        lines = (line.decode("utf-8", "replace") for line in source)
        for found in findings(
            lines,
            language=options.language,
            otherwise=otherwise,
            network=options.network,
            rules=rules,
        ):
            print(found.json() if options.json else found)
            found_error = found_error or found.severity == "error"
    return 1 if found_error else 0


def timeline(options: argparse.Namespace) -> int:
    """Print the day as it will run."""
    script = load(options.script)
    entries = timelines.play(script)
    if options.json:
        for entry in entries:
            print(json.dumps(timelines.plain(entry, script.event.zone), ensure_ascii=False))
        return 0
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1000
    for line in timelines.lines(entries, script, script.event.zone, width=width):
        print(line)
    if not entries:
        print("nothing in this script has a time")
    return 0


def reload(options: argparse.Namespace) -> int:
    """Show what a running engine's script would change, and let it take that in."""
    if not re.match(r"^wss?://", options.url):
        raise SettingsError(f"{options.url!r} must read ws://host:port/console")

    wrong = False

    def agree(found: Previewed) -> bool:
        nonlocal wrong
        wrong = any(problem.startswith("error") for problem in found.problems)
        for line in (*found.problems, *found.lines):
            print(line)
        if not found.digest:
            return False
        return options.yes or (
            sys.stdin.isatty() and input("take this in? [y/N] ").strip().lower() == "y"
        )

    name, token = options.name or getpass.getuser(), os.environ.get("EVENTLIVE_TOKEN", "")
    taken = asyncio.run(take_in(options.url, name, token, agree))
    print(taken.reason or ("taken in" if taken.ok else "nothing was changed"))
    if wrong:
        return 2
    return 0 if taken.ok or not taken.reason else 1
