"""The command line's words: what can be typed, and the help that teaches it.

Owns the parser. Never runs anything.
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eventlive.new import questions
from eventlive.tables import is_hashtag

EXIT_CODES = """\
exit codes:
  0  done
  1  something failed; the last line on stderr says what
  2  a script, an option or an address cannot be used
  3  no engine answers at that address
  4  the store (disk, database) failed; nothing that was shown is lost
  130  ended by ctrl+c before it was up
"""


def parser() -> argparse.ArgumentParser:
    """Build the parser of every command."""
    top = argparse.ArgumentParser(
        prog="eventlive",
        description="A second-screen engine for live events: listen, answer, speak, show.",
        epilog="Try: eventlive run events/demo.toml --rehearse\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"eventlive {_version()}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _run(commands)
    _serve(commands)
    _console(commands)
    _relay(commands)
    _new(commands)
    _import(commands)
    _check(commands)
    _timeline(commands)
    _reload(commands)
    _record(commands)
    _lint(commands)
    _convert(commands)
    _accounts(commands)
    _export(commands)
    _schema(commands)
    return top


def _version() -> str:
    try:
        return version("eventlive")
    except PackageNotFoundError:
        return "(run from its files, not installed)"


def duration(text: str) -> float:
    """Read 30s, 5m, 2h or plain seconds. Raises ArgumentTypeError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)?", text.strip())
    if not found or float(found.group(1)) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 30s, 5m or 2h")
    return float(found.group(1)) * {"s": 1, "m": 60, "h": 3600}[found.group(2) or "s"]


def speed(text: str) -> float:
    """Read a replay's speed; "max" is 0. Raises ArgumentTypeError."""
    if text == "max":
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed; write 1, 10, 0.5 or max")
    return value


def moment(text: str) -> datetime:
    """Read a time with its zone. Raises ArgumentTypeError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time with its zone; write 2027-05-20T11:50+03:00"
        )
    return at.astimezone(UTC)


def hashtag(text: str) -> str:
    """Read a hashtag, with or without #. Raises ArgumentTypeError."""
    if not is_hashtag(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a hashtag; write '#name' in quotes")
    return text


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    short: str,
    long: str,
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=short,
        description=long,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _relay(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "relay",
        "serve an event's wall from another machine, fed by the venue's broker",
        "Show the wall of an event that runs elsewhere. It needs the broker that the event's script"
        " names under [venue], and keeps its last picture without it. User and password come from"
        " EVENTLIVE_VENUE_USER and EVENTLIVE_VENUE_PASSWORD (docs/scaling.md).",
    )
    command.add_argument("--broker", required=True, metavar="URL", help="mqtt://host or mqtts://…")
    command.add_argument("--event", required=True, metavar="ID", help="the event's id")
    command.add_argument(
        "--name", metavar="NAME", help="how consoles call this relay (this machine's name)"
    )
    command.add_argument("--host", help="address to listen on (127.0.0.1: this machine alone)")
    command.add_argument("--port", type=int, help="port to listen on (8600; 0 takes a free one)")
    command.add_argument("--cert", type=Path, help="TLS certificate file, with --cert-key")
    command.add_argument("--cert-key", type=Path, help="the certificate's key file")
    command.add_argument(
        "--secrets", type=Path, metavar="FILE", help="NAME=value lines that only you can read"
    )
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="where the last picture is kept (eventlive-data)"
    )
    command.add_argument(
        "--log-level", choices=("debug", "info", "warning", "error"), help="what to say on stderr"
    )


def _engine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--hashtag",
        action="append",
        type=hashtag,
        default=[],
        metavar="TAG",
        help="follow this hashtag too, live on Bluesky; again for another one. Quote it: '#name'",
    )
    command.add_argument(
        "--host", help="address to listen on (127.0.0.1: this machine alone). Off it, set tokens"
    )
    command.add_argument("--port", type=int, help="port to listen on (8600; 0 takes a free one)")
    command.add_argument("--cert", type=Path, help="TLS certificate file, with --cert-key")
    command.add_argument("--cert-key", type=Path, help="the certificate's key file")
    command.add_argument(
        "--secrets", type=Path, metavar="FILE", help="NAME=value lines that only you can read"
    )
    command.add_argument(
        "--for", dest="seconds", type=duration, metavar="TIME", help="end after 30s, 5m, 2h"
    )
    command.add_argument(
        "--speed", type=speed, default=1.0, help="of a replay or rehearsal: 10 is ten times as fast"
    )
    command.add_argument(
        "--rehearse",
        action="store_true",
        help="a rehearsal: nothing leaves the house, and the clock is the event's own",
    )
    command.add_argument(
        "--from",
        dest="starts",
        type=moment,
        metavar="TIME",
        help="when a rehearsal begins: 2027-05-20T11:50+03:00 (its first recorded post)",
    )
    command.add_argument(
        "--fresh", action="store_true", help="begin anew; what was stored before is set aside"
    )
    _data(command)
    _log_level(command)


def _seat(command: argparse.ArgumentParser) -> None:
    command.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="your own keys, colours and filters (~/.config/eventlive/console.toml)",
    )


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="where the event is kept (./eventlive-data)"
    )


def _log_level(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        help="how much is said on stderr (warning)",
    )


def _run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "run",
        "cover an event: engine and console together",
        "Cover an event: starts the engine as a process of its own and opens the console in this\n"
        "terminal. Leaving the console asks whether to stop the coverage or leave it running.\n"
        "Without a terminal, or with --headless, it says every few seconds what happens.\n\n"
        "  eventlive run events/demo.toml --rehearse --speed 10\n"
        "  eventlive run --hashtag '#fosdem'        follows Bluesky, no account needed",
    )
    command.add_argument("script", nargs="?", type=Path, help="the event script (events/*.toml)")
    command.add_argument("--headless", action="store_true", help="no console; say what happens")
    command.add_argument("--name", help="your name for the log of decisions (your login)")
    _seat(command)
    _engine_options(command)


def _serve(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "serve",
        "run the engine alone",
        "Run the engine alone. Prints one line when it accepts connections:\n"
        "  ready wall=http://… console=ws://…\n"
        "SIGINT or SIGTERM ends it in order within ten seconds; a second one at once.",
    )
    command.add_argument("script", nargs="?", type=Path, help="the event script (events/*.toml)")
    command.add_argument("--headless", action="store_true", help="also say what happens")
    _engine_options(command)


def _console(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "console",
        "open a console on a running engine",
        "Open a console on a running engine, here or over SSH.\n\n"
        "  eventlive console ws://127.0.0.1:8600/console\n\n"
        "The token, where the engine asks for one, comes from EVENTLIVE_TOKEN.",
    )
    command.add_argument("url", help="the console=… address of the engine's ready line")
    command.add_argument("--name", help="your name for the log of decisions (your login)")
    _seat(command)
    _data(command)
    _log_level(command)


def _new(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "new",
        "write an event script from a few questions",
        "Write a commented event script from a few questions; each answer may be given as an\n"
        "option, and without a terminal the defaults stand for the rest. Never overwrites one.\n\n"
        "  eventlive new\n"
        "  eventlive new fair.toml --title 'The fair' --timezone Europe/Oslo",
    )
    command.add_argument(
        "script", nargs="?", type=Path, metavar="FILE", help="where to (TITLE.toml)"
    )
    for question in questions():
        command.add_argument(f"--{question.name}", metavar="TEXT", help=question.text)


def _import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "import",
        "turn a programme into segments and people",
        "Turn a programme into tables of the event script: the schedule.json of pretalx or frab,\n"
        "an iCalendar file, or CSV from a spreadsheet (of talks, or of posts). A file that is\n"
        "broken or foreign is refused with every reason and its place, and nothing of it read.\n\n"
        "  eventlive import schedule.json >> event.toml",
    )
    command.add_argument("schedule", type=Path, metavar="SCHEDULE", help="the programme's file")
    command.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="of times that have none (UTC)"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="a file to make (standard output)"
    )


def _check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "check",
        "find every problem of event scripts",
        "Find every problem of event scripts at once, each with file, line and key.\n"
        "Exit code 2 where there is an error; warnings alone give 0.",
    )
    command.add_argument("scripts", nargs="+", type=Path, metavar="SCRIPT")
    command.add_argument("--json", action="store_true", help="one JSON object a problem")


def _timeline(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "timeline",
        "print the day as it will run",
        "Print what begins, what goes out and of what the crew is reminded, in order, in the\n"
        "event's time zone and in yours: as it will run with nobody late and all approved.",
    )
    command.add_argument("script", type=Path, metavar="SCRIPT")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _reload(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "reload",
        "let a running engine take in its changed script",
        "Show what the script's file, as it is now, would change in a running engine, and apply\n"
        "it as one step once you agree. What is already sent never changes.\n\n"
        "  eventlive reload ws://127.0.0.1:8600/console\n\n"
        "The token, where the engine asks for one, comes from EVENTLIVE_TOKEN.",
    )
    command.add_argument("url", help="the console=… address of the engine's ready line")
    command.add_argument("--yes", action="store_true", help="agree without being asked")
    command.add_argument("--name", help="your name for the log of decisions (your login)")


def _record(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "record",
        "record feeds to a JSON Lines file",
        "Record feeds to a JSON Lines file that `run` and `serve` can replay.\n\n"
        "  eventlive record --hashtag '#fosdem' --out fosdem.jsonl --for 2h",
    )
    command.add_argument("script", nargs="?", type=Path, help="record the feeds of this script")
    command.add_argument(
        "--hashtag", action="append", type=hashtag, default=[], metavar="TAG", help="follow this"
    )
    command.add_argument(
        "--out", type=Path, metavar="FILE", help="where to (standard output); appended to"
    )
    command.add_argument(
        "--for", dest="seconds", type=duration, metavar="TIME", help="end after 30s, 5m, 2h"
    )
    command.add_argument(
        "--secrets", type=Path, metavar="FILE", help="NAME=value lines that only you can read"
    )
    command.add_argument("--speed", type=speed, default=1.0, help=argparse.SUPPRESS)
    _log_level(command)


def _lint(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "lint",
        "hold texts against the house's voice",
        'Hold texts, one a line, against the house\'s voice: never "I", always "we" (English,\n'
        "Finnish, German, Norwegian, Spanish and Italian), no shouting, no bare links, not too\n"
        "many tags. Exit code 1 where there is an error; warnings alone give 0.\n\n"
        "  echo 'I will check that.' | eventlive lint --language en\n"
        "  eventlive lint --script events/conference.toml posts.txt",
    )
    command.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="what to read (-: standard input)"
    )
    command.add_argument(
        "--language", default="", metavar="XX", help="en, fi, de, no, es or it (each line's own)"
    )
    command.add_argument(
        "--script",
        type=Path,
        metavar="SCRIPT",
        help="an event's [voice]; its language where a line does not show its own",
    )
    command.add_argument(
        "--network", default="", choices=["", "x", "bluesky", "mastodon"], help="where it goes"
    )
    command.add_argument("--json", action="store_true", help="one JSON object a finding")


def _convert(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "convert",
        "turn a network's saved payloads into a replay",
        "Turn what a network's API said, saved one JSON body or frame a line, into the JSON Lines\n"
        "that `run` and `serve` can replay: X's stream lines and search pages, Mastodon's\n"
        "statuses and streaming frames, Bluesky's Jetstream frames. What holds no post is\n"
        "counted; what is broken is named by its line, and gives exit code 1.\n\n"
        "  eventlive convert --from mastodon saved.jsonl > replay.jsonl",
    )
    command.add_argument(
        "--from",
        dest="network",
        required=True,
        choices=["x", "mastodon", "bluesky"],
        help="whose payloads they are",
    )
    command.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="what to read (-: standard input)"
    )
    command.add_argument("--out", type=Path, metavar="FILE", help="where to (standard output)")


def _accounts(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "accounts",
        "log in to an event's accounts and say what they may do",
        "Log in to each account of an event script: who it is, what it may do, what is left of\n"
        "its limits. Posts nothing. The secrets come from the environment or a file of NAME=value\n"
        "lines: EVENTLIVE_<ACCOUNT>_ACCESS_TOKEN and so on (docs/networks.md has the names).\n\n"
        "  eventlive accounts check events/demo.toml --secrets secrets.env",
    )
    command.add_argument("action", choices=["check"], help="check: log in, and say who they are")
    command.add_argument("script", type=Path, metavar="SCRIPT", help="the event script")
    command.add_argument(
        "--secrets", type=Path, metavar="FILE", help="NAME=value lines that only you can read"
    )
    command.add_argument("--json", action="store_true", help="one JSON object an account")
    _data(command)
    _log_level(command)


def _export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "export",
        "write out posts, decisions, outgoing posts and evidence",
        "Write out what an event came to, also while it runs: posts, decisions, outgoing, and the\n"
        "evidence of what was reported, each as JSON Lines and as CSV for a spreadsheet, into a\n"
        "folder.\n\n"
        "  eventlive export events/demo.toml --to export/",
    )
    command.add_argument("event", help="the event script, or the event's id")
    command.add_argument(
        "--to", type=Path, default=Path("export"), metavar="DIR", help="folder (./export)"
    )
    command.add_argument("--rehearsal", action="store_true", help="what its rehearsal came to")
    _data(command)


def _schema(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "schema",
        "print JSON Schemas",
        "Print the JSON Schema (2020-12) of the event script, of a post's line, or of the frames\n"
        "that travel; editors check and complete a script with it.",
    )
    command.add_argument(
        "what",
        nargs="?",
        default="all",
        choices=["all", "script", "post", "console", "screen"],
        help="which one (all: an object with each)",
    )
