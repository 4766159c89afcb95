"""Serves an application of the test's own process on a free port of 127.0.0.1, in a thread of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_PATIENCE_S = 20.0
_MAKERS = ("streamable_http_app", "http_app")
"""What the servers of the official SDK and of FastMCP call it."""


def application_of(server: Any) -> Any:
    """Return the ASGI application of a server object, or the object itself if it can be called as one."""
    for name in _MAKERS:
        if callable(getattr(server, name, None)):
            return getattr(server, name)()
    if not callable(server):
        raise pytest.UsageError(f"mcp_audit: {type(server).__name__} is no target, no URL and no ASGI application")
    return server


@contextmanager
def serving(application: Any) -> Iterator[str]:
    """Serve `application` and give its URL, without a path."""
    try:
        import uvicorn  # noqa: PLC0415 - an extra
    except ImportError:
        raise pytest.UsageError("mcp_audit: to audit an application in the test's process, install uvicorn") from None
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, log_level="critical", ws="none", http="h11", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        end = time.monotonic() + _PATIENCE_S
        while not server.started and thread.is_alive() and time.monotonic() < end:
            time.sleep(0.01)
        if not server.started:
            raise RuntimeError("the application did not start")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(_PATIENCE_S)
        listener.close()
