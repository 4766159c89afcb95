"""Connections for one of several workers, which accept from one socket.

Left to itself, an event loop takes all connections that wait whenever it wakes. A burst then ends up with the worker
that woke first, and clients that keep their connections are served by that one for as long as they stay. Here a worker
takes one connection at a time, and lets the others have a turn before the next.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final, NoReturn

TURN_SECONDS: Final = 0.001
"""How long a worker leaves the socket to the others after each connection."""
_EXHAUSTED_SECONDS: Final = 1.0
"""How long to wait where the process may open no more files."""
_log: Final = logging.getLogger(__name__)


async def accept_in_turn(
    listener: socket.socket, connection: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None
) -> NoReturn:
    """Accept connections until cancelled; each is handed to a protocol that `connection` makes."""
    listener.setblocking(False)
    begun: set[asyncio.Task[None]] = set()
    while True:
        try:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
        except OSError as error:
            _log.warning("no connection can be accepted: %s", error.strerror)
            await asyncio.sleep(_EXHAUSTED_SECONDS)
            continue
        task = asyncio.create_task(_hand_over(accepted, connection, tls))
        begun.add(task)
        task.add_done_callback(begun.discard)
        await asyncio.sleep(TURN_SECONDS)


async def _hand_over(
    accepted: socket.socket, connection: Callable[[], asyncio.Protocol], tls: ssl.SSLContext | None
) -> None:
    """Give a connection to its protocol; a client that has left, or whose handshake fails, is gone."""
    with contextlib.suppress(OSError):
        await asyncio.get_running_loop().connect_accepted_socket(connection, accepted, ssl=tls)
