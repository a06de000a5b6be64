"""Asking for a new event script, and the file it goes to.

Owns the dialogue: a question with its default, a wrong answer with its reason and the question
again. Leaves no file behind where somebody leaves, and never writes over one that is there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from eventlive.errors import SettingsError
from eventlive.new import Answers, questions
from eventlive.schedule.naming import slug

LINE_MAX = 4_000
"""Characters of an answer that are read."""


def ask(
    answers: Answers, given: Mapping[str, str], source: TextIO | None, sink: TextIO
) -> Answers | None:
    """Ask what `given`, by the names of the questions, does not answer.

    None where the input ends (ctrl-d). Without a source the defaults are taken. Raises
    SettingsError where what is given is wrong: nobody is there to say it again.
    """
    for question in questions():
        if not question.asked(answers):
            continue
        default = question.default(answers)
        if question.name in given or source is None:
            try:
                answers = question.read(given.get(question.name, default).strip(), answers)
            except ValueError as error:
                raise SettingsError(f"--{question.name}: {error}") from error
            continue
        while True:
            sink.write(f"{question.text}{f' [{default}]' if default else ''}: ")
            sink.flush()
            line = source.readline(LINE_MAX)
            if not line:
                sink.write("\n")
                return None
            try:
                answers = question.read(line.strip() or default, answers)
                break
            except ValueError as error:
                sink.write(f"  {error}\n")
    return answers


def free_path(folder: Path, title: str) -> Path:
    """Name a file after the event that is not there yet."""
    name, number = slug(title) or "event", 1
    path = folder / f"{name}.toml"
    while path.exists():
        number += 1
        path = folder / f"{name}-{number}.toml"
    return path


def save_new(path: Path, text: str) -> None:
    """Write a file that was not there. Raises SettingsError; then there is none of ours."""
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                with contextlib.suppress(OSError):
                    path.unlink()
                raise
    except FileExistsError as error:
        raise SettingsError(f"{path} is there already: name another file") from error
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
