"""Ports on loopback for servers that cannot be told to choose one themselves."""

import socket

HOST = "127.0.0.1"


def free_port() -> int:
    """Find a port that nothing listens on at the moment.

    A server of ours binds port 0 and says what it got; this is for those of others. Between this
    call and the server's own bind another process may take the port: rare, and then it says so.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
