"""A real Mosquitto on loopback that a test starts, stops, kills and starts again.

Owns the process and its folder. Knows nothing of eventlive: tests speak
MQTT to it as anybody would.
"""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.loopback import HOST, free_port

OPEN = ("allow_anonymous true",)
PATIENCE = 10.0  # seconds for a start or a stop that usually takes some hundredths


class Broker:
    """One broker, on one port for its whole life; what it retains survives a restart and a kill.

    ``async with Broker(program, folder) as broker`` starts it and, at the end, ends it.
    What it retains is written to ``store`` right after it was acknowledged, and at a stop.
    """

    def __init__(self, program: Path, folder: Path, more: Sequence[str] = ()) -> None:
        """Take the program, a folder of its own, and `more` lines of its configuration."""
        self.host = HOST
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self.store = folder / "mosquitto.db"
        self._program = program
        self._config = folder / "mosquitto.conf"
        self._process: Process | None = None
        lines = [
            f"listener {self.port} {self.host}",
            *(() if any(line.startswith("allow_anonymous") for line in more) else OPEN),
            *more,
            "persistence true",
            f"persistence_location {folder}/",
            f"persistence_file {self.store.name}",
            "autosave_on_changes true",
            "autosave_interval 1",  # after that many changes
            f"log_dest file {self.log}",
            "log_type all",
        ]
        if os.geteuid() == 0:
            # Started by root it would change to a user of its own, who cannot write to this folder.
            lines.append("user root")
        self._config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    @property
    def url(self) -> str:
        """Give the address as an event script writes it."""
        return f"mqtt://{self.host}:{self.port}"

    @property
    def running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, and wait until it takes connections.

        Raises RuntimeError where it runs already, ends at once, or does not answer within
        PATIENCE seconds.
        """
        if self.running:
            raise RuntimeError("this broker runs already")
        process = self._process = await asyncio.create_subprocess_exec(
            self._program,
            "-c",
            self._config,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            await self._takes_connections(process)
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """End it in order: clients are closed, what it retains is written. Idle if it is down."""
        await self._end("terminate")

    async def kill(self) -> None:
        """End it as a power cut would: no goodbye, nothing written. Idle where it is down."""
        await self._end("kill")

    async def restart(self) -> None:
        """Stop it in order and start it again, on the same port with what it retained."""
        await self.stop()
        await self.start()

    async def _end(self, how: str) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            getattr(process, how)()
        try:
            async with asyncio.timeout(PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _takes_connections(self, process: Process) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._answers():
                    if process.returncode is not None:
                        raise RuntimeError(f"mosquitto ended at its start:\n{self._said()}")
                    await asyncio.sleep(0.01)
        except TimeoutError as error:
            raise RuntimeError(f"mosquitto took no connection:\n{self._said()}") from error

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else "(it wrote no log)"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
