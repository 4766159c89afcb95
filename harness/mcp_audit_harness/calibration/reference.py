"""The reference server as a child process, clean or with named faults."""

import importlib.util
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..declare import Bench
from ..errors import HarnessError
from ..model import HttpTarget, StdioTarget

PROGRAM = (sys.executable, "-m", "oraclepack_faults")
_MAX_LINES = 200
_PROFILE = {
    Bench.DEFAULT: (),
    Bench.DIAGNOSTICS: ("--profile", "diagnostics"),
}
"""What each bench adds to the command line."""


def installed() -> bool:
    """Whether the extra `server` is installed."""
    return importlib.util.find_spec("mcp") is not None and importlib.util.find_spec("uvicorn") is not None


def stdio_reference(faults: Sequence[str] = (), bench: Bench = Bench.DEFAULT) -> StdioTarget:
    """Return the reference server as a stdio target, with the named faults."""
    return StdioTarget((*PROGRAM, "--transport", "stdio", *_PROFILE[bench], *_switches(faults)))


@contextmanager
def http_reference(faults: Sequence[str] = (), bench: Bench = Bench.DEFAULT) -> Iterator[HttpTarget]:
    """Run the reference server on a free loopback port, with the named faults; yield the target that it is.

    Raises:
        HarnessError: if it ends, or goes on talking, without saying where it listens.
    """
    command = [*PROGRAM, "--transport", "streamable-http", "--port", "0", *_PROFILE[bench], *_switches(faults)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            url = _url(process)
            # Somebody has to read on, so that a full pipe never stops the server.
            drain = threading.Thread(target=deque, args=(process.stderr, 0), daemon=True)
            drain.start()
            yield HttpTarget(url)
        finally:
            _end(process)
        drain.join()


def _switches(faults: Sequence[str]) -> list[str]:
    return [word for fault in faults for word in ("--fault", fault)]


def _url(process: "subprocess.Popen[str]") -> str:
    seen: list[str] = []
    for line in process.stderr or ():
        seen.append(line.strip())
        word = next((word for word in line.split() if word.startswith("http://127.0.0.1:")), None)
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
