"""The reference server as a child process, clean or with named faults."""

import atexit
import functools
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ..declare import Bench
from ..errors import HarnessError
from ..model import Call, Consent, HttpTarget, Impact, StdioTarget, Transport
from ..policy import Options
from .certificates import issue
from .tokens import free_port, key_file, mint

PROGRAM = (sys.executable, "-m", "oraclepack_faults")
_MAX_LINES = 200
_PROFILE = {
    Bench.DEFAULT: (),
    Bench.DIAGNOSTICS: ("--profile", "diagnostics"),
    Bench.PROCESS: (),
    Bench.TLS: (),
    Bench.AUTHORIZED: ("--dev-auth", "--profile", "diagnostics"),
    Bench.LEGACY_SSE: ("--profile", "diagnostics"),
}
"""What each bench adds to the command line."""
_ROOT = "planted"
_ADDRESSES = ("http://127.0.0.1:", "https://127.0.0.1:")
_MAY_WRITE = ("packs:read", "packs:write", "runs:read", "urls:read")
"""What callers may do where files are planted: writing shows whether it stays in its place."""
_LISTENER = "localhost"
"""The name by which a server may reach the auditor's listener; its number is loopback, which no server should fetch."""
_UNLIMITED = {
    "ORACLEPACK_MCP_LIMITS__AUTHENTICATED": '{"requests": 120000, "calls_of_a_tool": 120000}',
    "ORACLEPACK_MCP_LIMITS__FAILED_LOGINS": "120000",
}
"""Rates at which an audit is never refused for asking too often."""


@functools.cache
def planted_directory() -> str:
    """Return a directory for planted files that lives as long as this process."""
    directory = tempfile.mkdtemp(prefix="mcp-audit-bench-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def bench_options(options: Options, bench: Bench, impact: Impact = Impact.PROBING) -> Options:
    """Return the options of audits on a bench: all that the operator of a test server would allow.

    Every tool may be called where the server is made for tests: none of them does harm.
    """
    if bench is Bench.DEFAULT and impact is not Impact.INTRUSIVE:
        return options
    directory = planted_directory() if bench is Bench.PLANTED else ""
    intrusive = impact is Impact.INTRUSIVE
    consent = Consent(Call.ALL, intrusive=intrusive, plant_dir=directory, canary_host=_LISTENER)
    return replace(options, consent=consent)


def _words(bench: Bench) -> tuple[str, ...]:
    if bench is Bench.PLANTED:
        scopes = [word for scope in _MAY_WRITE for word in ("--scope", scope)]
        return ("--profile", "diagnostics", "--root", f"{_ROOT}={planted_directory()}:rw", *scopes)
    return _PROFILE[bench]


def installed() -> bool:
    """Whether the extra `server` is installed."""
    return importlib.util.find_spec("mcp") is not None and importlib.util.find_spec("uvicorn") is not None


def stdio_reference(faults: Sequence[str] = (), bench: Bench = Bench.DEFAULT) -> StdioTarget:
    """Return the reference server as a stdio target, with the named faults."""
    return StdioTarget((*PROGRAM, "--transport", "stdio", *_words(bench), *_switches(faults)))


@contextmanager
def http_reference(faults: Sequence[str] = (), bench: Bench = Bench.DEFAULT) -> Iterator[HttpTarget]:
    """Run the reference server on a free loopback port, with the named faults; yield the target that it is.

    Raises:
        HarnessError: if it ends, or goes on talking, without saying where it listens.
    """
    if bench is Bench.AUTHORIZED:
        with _behind_tokens(faults) as target:
            yield target
        return
    if bench is Bench.TLS:
        with _over_tls(faults) as target:
            yield target
        return
    with _served(("--port", "0", *_words(bench), *_switches(faults)), os.environ) as url:
        yield legacy_target(url) if bench is Bench.LEGACY_SSE else HttpTarget(url)


def legacy_target(url: str) -> HttpTarget:
    """Return the server at `url` as clients of the HTTP+SSE transport see it."""
    return HttpTarget(url.removesuffix("/mcp") + "/sse", transport=Transport.SSE)


@contextmanager
def _behind_tokens(faults: Sequence[str]) -> Iterator[HttpTarget]:
    """Run the server behind tokens of a test issuer whose key lives as long as it does."""
    with tempfile.TemporaryDirectory(prefix="mcp-audit-") as directory:
        environment = {**os.environ, **_UNLIMITED, "XDG_STATE_HOME": directory}
        port = free_port()
        values = mint(PROGRAM, port, environment)
        words = ("--port", str(port), *_PROFILE[Bench.AUTHORIZED], *_switches(faults))
        with _served(words, environment) as url:
            own = ("authorization", values.pop("own"))
            yield HttpTarget(url, (own,), identities=tuple(values.items()), issuer_key=key_file(directory))


@contextmanager
def _over_tls(faults: Sequence[str]) -> Iterator[HttpTarget]:
    """Run the server over https; its certificate is its own authority, so that the target is not verified."""
    with tempfile.TemporaryDirectory(prefix="mcp-audit-") as directory:
        certificate, key = issue(directory)
        files = json.dumps({"certificate": certificate, "key": key})
        environment = {**os.environ, "ORACLEPACK_MCP_TLS": files}
        with _served(("--port", "0", *_switches(faults)), environment) as url:
            yield HttpTarget(url, verify_tls=False)


@contextmanager
def _served(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    command = [*PROGRAM, "--transport", "streamable-http", *words]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=dict(environment),
        text=True,
    ) as process:
        try:
            url = _url(process)
            # Somebody has to read on, so that a full pipe never stops the server.
            drain = threading.Thread(target=deque, args=(process.stderr, 0), daemon=True)
            drain.start()
            yield url
        finally:
            _end(process)
        drain.join()


def _switches(faults: Sequence[str]) -> list[str]:
    return [word for fault in faults for word in ("--fault", fault)]


def _url(process: "subprocess.Popen[str]") -> str:
    seen: list[str] = []
    for line in process.stderr or ():
        seen.append(line.strip())
        word = next(
            (word for word in line.split() if word.startswith(("http://127.0.0.1:", "https://127.0.0.1:"))), None
        )
        if word is not None:
            return word
        if len(seen) > _MAX_LINES:
            break
    raise HarnessError(f"the reference server did not start: {' '.join(seen[-3:])}")


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
