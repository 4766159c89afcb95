"""The reference server with every protection on, as the benchmarks and the load profiles meet it.

    python benchmarks/hardened.py [--workers N]       serves until interrupted, and says how to call it

Tokens signed by a key of this machine (EdDSA), Host and Origin checked against explicit lists, requests counted per
caller and per tool, limits on headers, bodies, places and time, an audit log of every call, metrics, request ids. The
rates are set so high that they count and never refuse.
"""

import argparse
import contextlib
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
from oraclepack_mcp.http.dev_token import development_auth, mint

HOST: Final = "127.0.0.1"
NEVER_REFUSED: Final = 100_000_000
"""Requests in a minute."""
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
_TTL_SECONDS: Final = 24 * 3600


@contextlib.contextmanager
def hardened_server(workers: int = 1) -> Iterator[tuple[str, dict[str, str], list[int]]]:
    """Serve on a free port of this machine; yields the URL, the headers that let a client in, and all process ids.

    The first id is that of the process that was started; with several workers it serves nothing itself, and the others
    are the workers.

    Raises:
        RuntimeError: the server did not start; its text is what the server said.
    """
    with tempfile.TemporaryDirectory(prefix="hardened-") as name:
        directory, port = Path(name), free_port()
        url = f"http://{HOST}:{port}/mcp"
        file = directory / "settings.toml"
        file.write_text(_settings(directory, url, port, workers))
        token = mint(directory, url, ttl_s=_TTL_SECONDS).token
        command = [sys.executable, "-m", "oraclepack_mcp", "--config", str(file)]
        log = directory / "log"
        with log.open("wb") as said, subprocess.Popen(command, cwd=directory, stderr=said) as process:  # noqa: S603 - our own server
            try:
                _wait_for(process, url, log)
                workers_of = psutil.Process(process.pid).children()
                yield url, {"Authorization": f"Bearer {token}"}, [process.pid, *(worker.pid for worker in workers_of)]
            finally:
                stop(process)


def _settings(directory: Path, url: str, port: int, workers: int) -> str:
    auth = development_auth(directory, url)
    lines = [
        'transport = "streamable-http"',
        f"host = {json.dumps(HOST)}",
        f"port = {port}",
        f"workers = {workers}",
        'allowed_origins = ["https://app.example"]',
        "[auth]",
        f"issuer = {json.dumps(auth.issuer)}",
        f"resource_url = {json.dumps(auth.resource_url)}",
        f"jwks_file = {json.dumps(str(auth.jwks_file))}",
        f"algorithms = {json.dumps(auth.algorithms)}",
        "development = true",
        "[limits.authenticated]",
        f"requests = {NEVER_REFUSED}",
        f"calls_of_a_tool = {NEVER_REFUSED}",
        "[telemetry]",
        "metrics = true",
        f"audit_log = {json.dumps(str(directory / 'audit.jsonl'))}",
    ]
    return "\n".join(lines) + "\n"


def _wait_for(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """The server says its URL once every worker accepts connections."""
    deadline = time.monotonic() + START_SECONDS
    while url not in (said := log.read_text(errors="replace")):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start: {said.strip()[-2000:]}")
        time.sleep(0.05)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask a server to end; kill one that does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
    return port


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    with hardened_server(args.workers) as (url, headers, pids), contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(json.dumps({"url": url, "headers": headers, "pids": pids}) + "\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    main()
