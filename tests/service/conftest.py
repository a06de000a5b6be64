"""Fixtures of the tests with sockets: a real PDS, and a Jetstream host before it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from tests.service.jetstream_bridge import Bridge, jetstream_bridge
from tests.service.pds_server import Pds, open_pds, pds_process


@pytest.fixture(scope="session")
def pds_addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A running PDS for the whole run: it takes three seconds to start. Ask for `pds` instead."""
    with pds_process(tmp_path_factory.mktemp("pds")) as addresses:
        yield addresses


@pytest.fixture
async def pds(pds_addresses: dict[str, str]) -> AsyncIterator[Pds]:
    """A real PDS, shared by the run: use accounts and tags of the test's own."""
    async with open_pds(pds_addresses) as server:
        yield server


@pytest.fixture
async def bridge() -> AsyncIterator[Bridge]:
    """A Jetstream host that says what the test tells it to say; no PDS behind it."""
    async with jetstream_bridge() as host:
        yield host


@pytest.fixture
async def pds_bridge(pds: Pds, bridge: Bridge) -> AsyncIterator[Bridge]:
    """A Jetstream host that says what happens on the PDS from the start of the test."""
    since = datetime.now(UTC)
    async with asyncio.TaskGroup() as tasks:
        follower = tasks.create_task(bridge.follow(pds.address, since=since), name="jetstream:pds")
        yield bridge
        follower.cancel()
