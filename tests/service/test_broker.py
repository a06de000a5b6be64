"""The broker that tests are given: real, and like a real one it survives what is done to it."""

import asyncio

import aiomqtt
import pytest

from tests.broker import Broker
from tests.loopback import HOST


async def put(broker: Broker, topic: str, payload: bytes) -> None:
    async with aiomqtt.Client(broker.host, broker.port, timeout=10) as client:
        await client.publish(topic, payload, qos=1, retain=True)


async def read(broker: Broker, topic: str) -> bytes:
    async with asyncio.timeout(10), aiomqtt.Client(broker.host, broker.port, timeout=10) as client:
        await client.subscribe(topic, qos=1)
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            return message.payload
    raise AssertionError("the broker closed the connection")


async def test_what_is_retained_survives_a_restart(mosquitto: Broker) -> None:
    await put(mosquitto, "scene", b"hold")
    await mosquitto.restart()

    assert await read(mosquitto, "scene") == b"hold"


async def test_a_killed_broker_is_gone_and_comes_back_on_its_port(mosquitto: Broker) -> None:
    port = mosquitto.port
    await put(mosquitto, "scene", b"hold")
    async with asyncio.timeout(10):
        while not (mosquitto.store.exists() and b"hold" in mosquitto.store.read_bytes()):
            await asyncio.sleep(0.01)
    await mosquitto.kill()

    assert not mosquitto.running
    with pytest.raises(aiomqtt.MqttError):
        await put(mosquitto, "scene", b"lost")

    await mosquitto.start()
    assert mosquitto.port == port
    assert await read(mosquitto, "scene") == b"hold"


async def test_it_listens_on_loopback_alone(mosquitto: Broker, free_port: int) -> None:
    assert mosquitto.url == f"mqtt://{HOST}:{mosquitto.port}"
    assert free_port != mosquitto.port
    with pytest.raises(OSError, match=r"[Rr]efused|Connect call failed"):
        await asyncio.open_connection("127.0.0.2", mosquitto.port)


async def test_a_second_start_is_refused(mosquitto: Broker) -> None:
    with pytest.raises(RuntimeError, match="runs already"):
        await mosquitto.start()
