"""Ports on loopback: free ones, and who holds the others."""

import json
import os
import socket

import psutil

from infra.local.home import Home, Ports, write_private

DEFAULTS = {"edge": 8000, "aws": 4566, "database": 54320, "redis": 63790}
VARIABLES = {
    "edge": "CLIPWAVE_PORT",
    "aws": "CLIPWAVE_AWS_PORT",
    "database": "CLIPWAVE_DATABASE_PORT",
    "redis": "CLIPWAVE_REDIS_PORT",
}


class PortTaken(Exception):
    """Somebody else listens where a part of ours should."""


def choose_ports(home: Home, *, free: bool = False) -> Ports:
    """Return this home's ports: remembered, given by environment, the usual, or free ones."""
    path = home.root / "ports.json"
    if path.exists():
        remembered: dict[str, int] = json.loads(path.read_text())
    else:
        remembered = {name: free_port() for name in DEFAULTS} if free else dict(DEFAULTS)
    chosen = {name: int(os.environ.get(VARIABLES[name], remembered[name])) for name in DEFAULTS}
    write_private(path, chosen)
    return Ports(**chosen)


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_free(name: str, port: int) -> None:
    """Raise PortTaken, naming the holder where that can be known, unless a port is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            hint = f"stop it, or choose another port with {VARIABLES[name]}"
            raise PortTaken(f"port {port} is taken by {_holder(port)}; {hint}") from error


def answers(port: int) -> bool:
    """Whether somebody accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            if connection.status == psutil.CONN_LISTEN and address and address.port == port:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass
    return "another program"
