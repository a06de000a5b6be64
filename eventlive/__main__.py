"""The command line: commands, signals, exit codes.

Owns what each command does with the parts that `assembly` puts together. Errors go to stderr as
one line that says what to do; results go to stdout.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import getpass
import json
import logging
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import msgspec

from eventlive import assembly, child, cli, producing, report
from eventlive.accounts import Checked, check_accounts
from eventlive.broker import Broker
from eventlive.clock import utc_now
from eventlive.convert import convert
from eventlive.engine import Engine
from eventlive.errors import EventliveError, SettingsError
from eventlive.export import export
from eventlive.networks import Networks, archive, imported
from eventlive.recorder import Recorder
from eventlive.relay import relaying
from eventlive.schema import schema
from eventlive.script import load
from eventlive.settings import Settings, read_settings
from eventlive.store import open_store
from eventlive.tables import Account, BlueskyFeed, Event, Follow, Script, Venue

log = logging.getLogger("eventlive")

SHUTDOWN_SECONDS = 10.0
REPORT_SECONDS = 5.0


def main(argv: list[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    options = cli.parser().parse_args(argv)
    commands: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "run": run,
        "serve": serve,
        "console": console,
        "relay": relay,
        "new": producing.write_new,
        "import": producing.import_programme,
        "check": producing.check,
        "timeline": producing.timeline,
        "reload": producing.reload,
        "record": record,
        "lint": producing.lint,
        "convert": convert_payloads,
        "accounts": accounts,
        "export": write_export,
        "schema": print_schema,
    }
    try:
        return commands[options.command](options)
    except EventliveError as error:
        print(f"eventlive: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


# --- commands -----------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> int:
    """Cover an event with a console in this terminal, or without one where there is none."""
    if options.port is None and not os.environ.get("EVENTLIVE_PORT") and _taken(options.host):
        # A second event beside the first on one machine; `serve` insists, for screens know it.
        options.port = 0
    if options.headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
        options.headless = True
        return serve(options)
    script = _script(options)
    settings = _settings(options)
    log_file = settings.data / f"{script.event.id}.log"
    return asyncio.run(_run_with_console(options, settings, log_file))


def serve(options: argparse.Namespace) -> int:
    """Run an engine in this process until it is told to end."""
    _logging(options)
    script = _script(options)
    written = assembly.Written(script, options.script)
    settings = _settings(options)
    try:
        return asyncio.run(_serve(written, settings, options))
    except BaseExceptionGroup as group:
        # The tasks of an engine fail together; the first error of ours is the reason.
        raise _reason(group) from group


def console(options: argparse.Namespace) -> int:
    """Open a console on a running engine."""
    if not re.match(r"^wss?://", options.url):
        raise SettingsError(f"{options.url!r} must read ws://host:port/console")
    return asyncio.run(_console(options, options.url, running_here=False))[0]


def relay(options: argparse.Namespace) -> int:
    """Serve an event's wall that runs elsewhere, until told to end."""
    _logging(options)
    try:
        url = Venue(broker=options.broker).broker
    except ValueError as error:
        raise SettingsError("--broker reads mqtt://host:port or mqtts://host:port") from error
    name = options.name or socket.gethostname()
    if not re.fullmatch(r"[\w.-]{1,60}", name):
        raise SettingsError(f"{name!r} cannot be a relay's name: letters, digits, . _ - (--name)")
    if not re.fullmatch(r"[\w-]{1,60}", options.event):
        raise SettingsError(f"{options.event!r} is no event's id")
    settings = _settings(options, consoles=False)
    try:
        return asyncio.run(_relay(options.event, name, settings.broker(url), settings))
    except BaseExceptionGroup as group:
        raise _reason(group) from group


async def _relay(event: str, name: str, broker: Broker, settings: Settings) -> int:
    stop = _signals()
    async with relaying(event, name, broker, settings) as wall:
        print(f"ready wall={wall}", flush=True)
        await stop.wait()
    return 0


def record(options: argparse.Namespace) -> int:
    """Record feeds to a JSON Lines file."""
    _logging(options)
    script = _script(options)
    folder = options.script.parent if options.script else Path()
    settings = _settings(options, host=None, port=None)
    networks = Networks(script, folder, settings, utc_now, Random())
    feeds = networks.feeds(options.speed, {})

    async def until_stopped(recorder: Recorder) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(options.seconds):
                await recorder.run(feeds, _signals())

    with contextlib.ExitStack() as stack:
        out = sys.stdout.buffer
        if options.out is not None:
            try:
                out = stack.enter_context(options.out.open("ab"))
            except OSError as error:
                raise SettingsError(f"{options.out}: {error.strerror}") from error
        recorder = Recorder(out, utc_now)
        try:
            asyncio.run(until_stopped(recorder))
        except BaseExceptionGroup as group:
            raise _reason(group) from group
    print(
        f"recorded {recorder.lines} lines"
        + (f"; skipped {recorder.skipped}, the last: {recorder.last}" if recorder.skipped else ""),
        file=sys.stderr,
    )
    return 0


def convert_payloads(options: argparse.Namespace) -> int:
    """Turn saved payloads into a replay's lines."""

    def complain(what: str) -> None:
        print(what, file=sys.stderr)

    with contextlib.ExitStack() as stack:
        source, out = sys.stdin.buffer, sys.stdout.buffer
        try:
            if options.file != "-":
                source = stack.enter_context(Path(options.file).open("rb"))
            if options.out is not None:
                if (
                    options.file != "-"
                    and options.out.exists()
                    and options.out.samefile(options.file)
                ):
                    raise SettingsError(f"{options.out}: it would be overwritten while it is read")
                out = stack.enter_context(options.out.open("wb"))
        except OSError as error:
            raise SettingsError(f"{error.filename}: {error.strerror}") from error
        tally = convert(source, options.file, archive(options.network), out, complain)
        out.flush()
    print(tally, file=sys.stderr)
    return 1 if tally.broken else 0


def accounts(options: argparse.Namespace) -> int:
    """Log in to each account, and say who it is."""
    _logging(options)
    script = load(options.script)
    settings = _settings(options, host=None, port=None)
    networks = Networks(script, options.script.parent, settings, utc_now, Random())
    checked = asyncio.run(check_accounts(networks.outlets()))
    for one in checked:
        if options.json:
            print(json.dumps({"account": one.account, "problem": one.problem, **_report(one)}))
        else:
            print(one, file=sys.stderr if one.report is None else sys.stdout)
    if not checked and not options.json:
        print(f"{options.script}: no accounts")
    return 1 if any(one.report is None for one in checked) else 0


def _report(one: Checked) -> dict[str, object]:
    return dict(msgspec.to_builtins(one.report)) if one.report else {}


def write_export(options: argparse.Namespace) -> int:
    """Write out what an event came to."""
    given = Path(options.event)
    event = load(given).event.id if given.suffix == ".toml" else options.event
    settings = _settings(options)

    path = assembly.store_path(settings, event, rehearses=options.rehearsal)

    async def write() -> dict[str, int]:
        async with open_store(path, reading=True) as store:
            return await export(store, options.to)

    counts = asyncio.run(write())
    for name, count in counts.items():
        print(f"{options.to / name}.jsonl and .csv: {count}")
    return 0


def print_schema(options: argparse.Namespace) -> int:
    """Print JSON Schemas."""
    print(json.dumps(schema(options.what), indent=2, ensure_ascii=False))
    return 0


# --- running it -------------------------------------------------------------------------------


async def _serve(written: assembly.Written, settings: Settings, options: argparse.Namespace) -> int:
    if options.starts is not None and not options.rehearse:
        raise SettingsError("--from is when a rehearsal begins: add --rehearse")
    stop = _signals()
    rehearsal = None
    if options.rehearse:
        if options.speed == 0:
            raise SettingsError("a rehearsal has a speed: --speed 60 plays an hour a minute")
        rehearsal = assembly.Rehearsal(options.starts, options.speed)
    async with assembly.covering(
        written, settings, options.speed, fresh=options.fresh, rehearsal=rehearsal
    ) as covered:
        print(f"ready wall={covered.wall} console={covered.console}", flush=True)
        reporter = _reports(covered.engine, stop) if options.headless else stop.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(options.seconds):
                await reporter
        await covered.engine.count()
        last = covered.engine.health()
        unsent = covered.engine.unsent()
        # From here a second signal ends at once, and so does an end that takes too long.
        asyncio.get_running_loop().call_later(SHUTDOWN_SECONDS, os._exit, 1)
    if options.headless:
        print(report.summary(last, written.script.event.title, unsent), flush=True)
    return 0


async def _reports(engine: Engine, stop: asyncio.Event) -> None:
    """Say every few seconds what happens, until told to stop."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REPORT_SECONDS):
                await stop.wait()
        print(report.line(engine.health()), flush=True)


def _signals() -> asyncio.Event:
    """Give an event that SIGINT and SIGTERM set; a second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked, number)
    return stop


async def _run_with_console(options: argparse.Namespace, settings: Settings, log_file: Path) -> int:
    engine = await child.start(_child_arguments(options), log_file)
    print(f"wall {engine.wall}  console {engine.console}", flush=True)
    try:
        code, leave_running = await _console(options, engine.console, running_here=True)
    except BaseException:
        await engine.end()
        raise
    if engine.process.returncode is not None:
        print(
            f"eventlive: the engine started here had ended before (the log is in {log_file});"
            " one started elsewhere goes on",
            file=sys.stderr,
        )
        return code or 1
    if leave_running:
        print(f"the coverage goes on: wall {engine.wall}")
        print(f"  come back:  eventlive console {engine.console}")
        print(f"  end it:     kill {engine.process.pid}")
        return code
    ended = await engine.end()
    print(f"the coverage has ended; the log is in {log_file}")
    return code or ended


def _child_arguments(options: argparse.Namespace) -> list[str]:
    """Hand the engine's options on; those of the console stay here."""
    arguments: list[str] = []
    for name in ("host", "port", "cert", "cert_key", "secrets", "data", "log_level"):
        value = getattr(options, name)
        if value is not None:
            arguments += [f"--{name.replace('_', '-')}", str(value)]
    if options.seconds is not None:
        arguments += ["--for", f"{options.seconds}s"]
    arguments += ["--speed", "max" if options.speed == 0 else str(options.speed)]
    arguments += ["--fresh"] if options.fresh else []
    if options.rehearse:
        arguments += ["--rehearse"]
        arguments += ["--from", options.starts.isoformat()] if options.starts else []
    for tag in options.hashtag:
        arguments += ["--hashtag", tag]
    return [*arguments, *([str(options.script)] if options.script else [])]


async def _console(
    options: argparse.Namespace, url: str, *, running_here: bool
) -> tuple[int, bool]:
    """Open the console; give the exit code and whether the engine shall go on."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SettingsError("a console needs a terminal; `eventlive run --headless` needs none")
    settings = _settings(options, host=None, port=None)
    run_console = imported("tui.app:run_console")
    where, remembered = imported("tui.settings:settings_path"), imported("tui.settings:memory_path")
    path: Path = options.config or where(os.environ)
    own = imported("tui.settings:read_settings")(path, named=options.config is not None)
    memory = imported("tui.memory:Memory")(remembered(os.environ), own)
    # What was imported stays: a collection that walks through it would keep a key waiting.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    token = os.environ.get("EVENTLIVE_TOKEN", "")
    if running_here and settings.lead_token is not None and not token:
        token = settings.lead_token.get_secret_value()
    result = await run_console(
        url=url,
        name=options.name or getpass.getuser(),
        token=token,
        drafts=settings.data / "drafts",
        mouse=not options.no_mouse,
        running_here=running_here,
        settings=own,
        memory=memory,
    )
    if result.reason:
        print(f"eventlive: {result.reason}", file=sys.stderr)
    return result.exit_code, result.leave_running


# --- options ----------------------------------------------------------------------------------


def _script(options: argparse.Namespace) -> Script:
    """Load the script, or make one up from hashtags. Raises ScriptError, SettingsError."""
    tags: list[str] = options.hashtag
    if options.script is not None:
        script = load(options.script)
        if not tags:
            return script
        follow = script.follow.model_copy(
            update={"hashtags": list(dict.fromkeys([*script.follow.hashtags, *tags]))}
        )
        feeds = list(script.feeds)
        if not any(isinstance(feed, BlueskyFeed) for feed in feeds):
            feeds.append(BlueskyFeed(kind="bluesky", id="bluesky"))
        return script.model_copy(update={"follow": follow, "feeds": feeds})
    if not tags:
        raise SettingsError("name an event script, or what to follow: --hashtag '#name'")
    name = re.sub(r"[^a-z0-9]+", "-", tags[0].lstrip("#＃").lower()).strip("-")
    return Script(
        event=Event(id=f"tag-{name}"[:40] if name else "tag", title=f"#{tags[0].lstrip('#＃')}"),
        follow=Follow(hashtags=tags),
        feeds=[BlueskyFeed(kind="bluesky", id="bluesky")],
        accounts=[Account(id="main", handle="rehearsal")],
    )


def _settings(options: argparse.Namespace, *, consoles: bool = True, **instead: object) -> Settings:
    names = ("host", "port", "data", "cert", "cert_key", "log_level")
    given = {name: getattr(options, name, None) for name in names} | instead
    return read_settings(getattr(options, "secrets", None), consoles=consoles, **given)


def _logging(options: argparse.Namespace) -> None:
    level = read_settings(log_level=options.log_level, host="127.0.0.1").log_level
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    # websockets logs every handshake that somebody breaks off; those are not our faults.
    logging.getLogger("websockets").setLevel(max(logging.ERROR, logging.root.level))


def _taken(host: str | None) -> bool:
    """Say whether something listens at the usual port already."""
    default = Settings.model_fields
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host or default["host"].default, default["port"].default))
        except OSError:
            return True
        return False


def _reason(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the error inside a group that `main` has a word for, or the group itself."""
    for error in group.exceptions:
        inner = _reason(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(inner, EventliveError | BrokenPipeError):
            return inner
    return group


if __name__ == "__main__":
    sys.exit(main())
