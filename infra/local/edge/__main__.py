"""`python -m infra.local.edge --config FILE --port N`: serves the edge on loopback."""

import argparse
import errno
import socket
from pathlib import Path

import uvicorn

from infra.local.edge.app import create_app

LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
NO_SUCH_FAMILY = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    config = uvicorn.Config(
        create_app(options.config),
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=listen(options.port))


def listen(port: int) -> list[socket.socket]:
    """Listen on both loopback addresses: some programs take `localhost` for ::1 first.

    Raises OSError when the port is taken on either.
    """
    sockets: list[socket.socket] = []
    for family, address in LOOPBACK:
        try:
            sockets.append(_listen(family, address, port))
        except OSError as error:
            if family == socket.AF_INET or error.errno not in NO_SUCH_FAMILY:
                raise
    return sockets


def _listen(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    # Said outright: asyncio switches Nagle's delay of 40 ms off only where it sees TCP.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((address, port))
    return made


if __name__ == "__main__":
    main()
