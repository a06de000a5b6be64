"""How clients reach a fake X: X's host names on a loopback port, certificates of the test's own.

Owns the certificate authority of one fake and the connectors that trust it. The port that a
resolver gives is the one that aiohttp connects to, so the fake needs no port of root's, while
addresses, Host headers and signatures stay X's.
"""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import aiohttp
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.loopback import HOST

HOSTS = ("api.x.com", "api.twitter.com", "upload.x.com", "upload.twitter.com")
"""tweepy 4.17 speaks to api.twitter.com."""


class Certificates:
    """An authority made for one fake, and the server's certificate signed by it."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self.pem: str = self._authority.cert_pem.bytes().decode()

    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert(*HOSTS).configure_cert(context)
        return context


class _Loopback(AbstractResolver):
    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host not in HOSTS:
            raise OSError(f"a test asked for {host}, which is not X")
        return [
            ResolveResult(
                hostname=host,
                host=HOST,
                port=self._port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


def connector(pem: str, port: int) -> aiohttp.TCPConnector:
    """Make a connector to the fake on a port, which trusts this authority and nothing else."""
    return aiohttp.TCPConnector(
        resolver=_Loopback(port), ssl=ssl.create_default_context(cadata=pem)
    )


def save(folder: Path, pem: str, port: int) -> None:
    """Write what `saved_connector` reads: ca.pem and port."""
    (folder / "ca.pem").write_text(pem)
    (folder / "port").write_text(str(port))


def saved_connector(folder: Path) -> aiohttp.TCPConnector:
    """Make a connector in another process, from what the fake wrote."""
    return connector((folder / "ca.pem").read_text(), int((folder / "port").read_text()))
