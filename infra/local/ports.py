"""Ports on loopback: free ones, and who holds the others."""

import errno
import json
import os
import secrets
import socket
from dataclasses import asdict
from pathlib import Path

import psutil

from infra.local.home import Home, Ports, write_private

DEFAULTS = {"edge": 8000, "aws": 4566, "database": 15432, "redis": 16379}
VARIABLES = {
    "edge": "CLIPWAVE_PORT",
    "aws": "CLIPWAVE_AWS_PORT",
    "database": "CLIPWAVE_DATABASE_PORT",
    "redis": "CLIPWAVE_REDIS_PORT",
}
# Systems give outgoing connections ports from 32768 on: a server's own must lie below those.
CANDIDATES = range(20_000, 32_768)
HIGHEST = 65_535


class PortTaken(Exception):
    """A part of ours can't listen where it should; the message says who does, and what to do."""


def choose_ports(home: Home, *, free: bool = False) -> Ports:
    """Return and remember this home's ports: by environment, as before, the usual, or free ones."""
    known = remembered_ports(home)
    if known is not None:
        usual = asdict(known)
    else:
        usual = dict(zip(DEFAULTS, free_ports(4), strict=True)) if free else DEFAULTS
    chosen = {name: _given(name) or usual[name] for name in DEFAULTS}
    write_private(_file(home), chosen)
    return Ports(**chosen)


def remembered_ports(home: Home) -> Ports | None:
    """Return the ports this home was last brought up with, whatever the environment says now."""
    path = _file(home)
    return Ports(**json.loads(path.read_text())) if path.exists() else None


def _file(home: Home) -> Path:
    return home.root / "ports.json"


def free_port() -> int:
    """Return a port nobody listens on at the moment."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return different ports nobody listens on at the moment, in no order."""
    found: list[int] = []
    for port in secrets.SystemRandom().sample(CANDIDATES, len(CANDIDATES)):
        if len(found) == count:
            break
        if _why_not(port) is None:
            found.append(port)
    return found


def check_free(name: str, port: int) -> None:
    """Raise PortTaken, naming the holder where that can be known, unless a port is free."""
    problem = _why_not(port)
    if problem is None:
        return
    if problem.errno == errno.EADDRINUSE:
        hint = f"stop it, or choose another port with {VARIABLES[name]}"
        raise PortTaken(f"port {port} is taken by {_holder(port)}; {hint}")
    hint = f"choose another with {VARIABLES[name]}"
    raise PortTaken(f"port {port} can't be used: {problem.strerror}; {hint}")


def _why_not(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error
    return None


def _given(name: str) -> int | None:
    text = os.environ.get(VARIABLES[name])
    if not text:
        return None
    if not (text.isdecimal() and 0 < int(text) <= HIGHEST):
        raise PortTaken(f"{VARIABLES[name]}={text} is no port; set a number from 1 to {HIGHEST}")
    return int(text)


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            address = connection.laddr
            listens = connection.status == psutil.CONN_LISTEN and connection.pid is not None
            if listens and address and address.port == port:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass
    return "another program"
