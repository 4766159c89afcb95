"""Choosing faults by name, and serving the clean server with them around it."""

import difflib
import importlib.util
import ipaddress
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import anyio
from oraclepack_mcp.cli import announce
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.http.listening import ListeningServer, serve_http
from oraclepack_mcp.settings import Settings
from oraclepack_mcp.stdio import ProcessStreams, serve_stdio

import oraclepack_faults
from oraclepack_faults.fault import ASGIApp, Fault, LineReader, LineStreams, LineWriter
from oraclepack_faults.http_layer import HttpLayer
from oraclepack_faults.messages import MessageFaults
from oraclepack_faults.stdio_layer import serve_lines


class UnknownFaultError(ValueError):
    """No fault has this name; the message names the closest ones."""


class ExposedFaultError(ValueError):
    """A broken server would be reachable from other machines."""


def choose(names: Iterable[str], faults: Mapping[str, Fault] | None = None) -> tuple[Fault, ...]:
    """Find faults by their names, in the order asked for; a name that comes twice counts once.

    Raises:
        UnknownFaultError: no fault has this name.
    """
    known = oraclepack_faults.FAULTS if faults is None else faults
    chosen: dict[str, Fault] = {}
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(close)}?" if close else "--list-faults names them all"
            raise UnknownFaultError(f"unknown fault {name!r}: {hint}")
        chosen[name] = known[name]
    return tuple(chosen.values())


def build_app(settings: Settings, names: Sequence[str] = ()) -> ASGIApp:
    """Make the ASGI app of the clean server with faults around it; it serves one lifespan.

    Parts of the server are not replaced by this; `replaced` does, for as long as the app is made and served.

    Raises:
        UnknownFaultError: no fault has one of the names.
        OSError: a configured root is absent or no directory.
    """
    faults = choose(names)
    return wrap_http(build_http_app(settings), faults)


def wrap_http(app: ASGIApp, faults: Sequence[Fault]) -> ASGIApp:
    """Put faults around an app: the message hooks nearest to it, then the wrappers, the last fault outermost."""
    if messages := MessageFaults(faults):
        app = HttpLayer(app, messages)
    for fault in faults:
        if fault.http is not None:
            app = fault.http(app)
    return app


@contextmanager
def running(settings: Settings, names: Sequence[str] = ()) -> Iterator[str]:
    """Serve over HTTP in a thread of this process, and give the URL; with port 0 it is a free one.

    Faults that replace parts replace them for the whole process, so serve one of those at a time.

    Raises:
        UnknownFaultError: no fault has one of the names.
        OSError: a root cannot be opened, or the address cannot be bound.
        RuntimeError: the app did not start.
    """
    _refuse_exposure(settings, names)
    with replaced(choose(names)):
        decided = threading.Event()
        server = ListeningServer(build_app(settings, names), settings, lambda _: decided.set())

        def run() -> None:
            try:
                server.run()
            finally:
                decided.set()

        thread = threading.Thread(target=run, name="oraclepack-mcp", daemon=True)
        thread.start()
        decided.wait()
        try:
            if not server.started:
                raise RuntimeError("the server did not start")
            yield server.url
        finally:
            server.should_exit = True
            thread.join()


def serve(settings: Settings, names: Sequence[str]) -> None:
    """Serve over the transport of the settings until the client or the operator ends it.

    Raises:
        UnknownFaultError: no fault has one of the names.
        ExposedFaultError: the address can be reached from other machines.
        OSError: a root cannot be opened, or the address cannot be bound.
    """
    faults = choose(names)
    _refuse_exposure(settings, names)
    with replaced(faults):
        if settings.transport == "stdio":
            anyio.run(_serve_stdio, settings, faults)
        else:
            serve_http(build_app(settings, names), settings, on_listening=announce)


@contextmanager
def replaced(faults: Iterable[Fault]) -> Iterator[None]:
    """Replace the parts of the server that the faults name, in their order, and put them back at the end.

    Raises:
        AttributeError: the server has no such part.
    """
    with ExitStack() as stack:
        for fault in faults:
            for name, replacement in (fault.parts or {}).items():
                owner, attribute = _owner_of(name)
                part = getattr(owner, attribute)
                stack.callback(setattr, owner, attribute, vars(owner)[attribute])
                setattr(owner, attribute, replacement(part))
        yield


def _owner_of(name: str) -> tuple[Any, str]:
    """The module or class that a part belongs to, and its name there."""
    *path, attribute = name.split(".")
    for length in range(len(path), 0, -1):
        module = ".".join(path[:length])
        if _is_module(module):
            owner: Any = importlib.import_module(module)
            for part in path[length:]:
                owner = getattr(owner, part)
            return owner, attribute
    raise AttributeError(f"the server has no part {name!r}")


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


async def _serve_stdio(settings: Settings, faults: Sequence[Fault]) -> None:
    process = ProcessStreams(settings.max_message_bytes)

    async def serve_clean(stdin: LineReader, stdout: LineWriter) -> None:
        await serve_stdio(settings, stdin=stdin, stdout=stdout)

    await serve_lines(serve_clean, faults, LineStreams(process, process))


def _refuse_exposure(settings: Settings, names: Sequence[str]) -> None:
    if names and settings.transport == "streamable-http" and not _is_loopback(settings.host):
        raise ExposedFaultError(f"a server with faults listens on a loopback address only, not on {settings.host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
