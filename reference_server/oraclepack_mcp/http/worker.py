"""One worker of several, as its parent starts it: `python -P -m oraclepack_mcp.http.worker`.

The parent writes one line of JSON to its stdin, an `Order`, and keeps that pipe open: when it ends, so does the worker.
The worker answers on stdout with `READY`, or with the sentence that says why it cannot serve.
"""

import json
import shutil
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Final, TypedDict

READY: Final = "ready"


class Order(TypedDict):
    """What a worker has to know; it goes through a pipe, since the settings hold secrets."""

    settings: dict[str, Any]
    number: int
    workers: int
    listener: int
    """The descriptor of the shared socket."""
    directory: str
    """Where the private sockets of all workers lie."""


def main() -> int:
    """Serve until the parent says stop or is gone; 2 when the server cannot be made."""
    order: Order = json.loads(sys.stdin.buffer.readline())
    try:
        _serve(order)
    except (OSError, ValueError) as error:
        _say(" ".join(str(error).split()))
        return 2
    return 0


def _serve(order: Order) -> None:
    from oraclepack_mcp.http.app import build_http_app  # noqa: PLC0415 - the order is read before anything slow
    from oraclepack_mcp.http.collecting import collect_seldom  # noqa: PLC0415
    from oraclepack_mcp.http.forwarding import SessionRouter, socket_of  # noqa: PLC0415
    from oraclepack_mcp.http.listening import ListeningServer, PrivateDoor  # noqa: PLC0415
    from oraclepack_mcp.settings import Settings  # noqa: PLC0415
    from oraclepack_mcp.telemetry.logs import configure  # noqa: PLC0415

    settings, directory = Settings(**order["settings"]), Path(order["directory"])
    configure(settings.telemetry)
    router = SessionRouter(build_http_app(settings), order["number"], order["workers"], directory)
    server = ListeningServer(
        router,
        settings,
        lambda _: _say(READY),
        listener=socket.socket(fileno=order["listener"]),
        door=PrivateDoor(socket_of(directory, order["number"]), router.arrivals),
    )

    orphaned = threading.Event()

    def stop_with_the_parent() -> None:
        sys.stdin.buffer.read()
        orphaned.set()
        server.should_exit = True

    threading.Thread(target=stop_with_the_parent, daemon=True).start()
    collect_seldom()
    server.run()
    if orphaned.is_set():
        shutil.rmtree(directory, ignore_errors=True)  # the parent cannot any more, and other workers may do so too


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
