"""Choosing faults by name, and serving the clean server with them around it."""

import difflib
import ipaddress
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import anyio
from oraclepack_mcp.catalogue import Catalogue
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

    Raises:
        UnknownFaultError: no fault has one of the names.
        OSError: a configured root is absent or no directory.
    """
    faults = choose(names)
    return wrap_http(build_http_app(settings, domain=_domain(settings, faults)), faults)


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

    Raises:
        UnknownFaultError: no fault has one of the names.
        OSError: a root cannot be opened, or the address cannot be bound.
        RuntimeError: the app did not start.
    """
    _refuse_exposure(settings, names)
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
    if settings.transport == "stdio":
        anyio.run(_serve_stdio, settings, faults)
    else:
        serve_http(build_app(settings, names), settings, on_listening=announce)


async def _serve_stdio(settings: Settings, faults: Sequence[Fault]) -> None:
    process = ProcessStreams(settings.max_message_bytes)
    clean = partial(serve_stdio, settings, domain=_domain(settings, faults))

    async def serve_clean(stdin: LineReader, stdout: LineWriter) -> None:
        await clean(stdin=stdin, stdout=stdout)

    await serve_lines(serve_clean, faults, LineStreams(process, process))


def _domain(settings: Settings, faults: Sequence[Fault]) -> Catalogue | None:
    substitutions = [fault.domain for fault in faults if fault.domain is not None]
    if not substitutions:
        return None
    domain = settings.open_library().catalogue()
    for substitute in substitutions:
        domain = substitute(domain)
    return domain


def _refuse_exposure(settings: Settings, names: Sequence[str]) -> None:
    if names and settings.transport == "streamable-http" and not _is_loopback(settings.host):
        raise ExposedFaultError(f"a server with faults listens on a loopback address only, not on {settings.host}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
