"""`wrk`: a program in C that sends the same requests over and over, and keeps every connection busy."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .measuring import run

_SCRIPT: Final = """local prepared = {}
local sent = 0
init = function(args)
  %s
end
request = function()
  sent = sent + 1
  return prepared[(sent - 1) %% #prepared + 1]
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nSUMMARY{"requests":%%d,"microseconds":%%d,"bytes":%%d,"p50":%%f,"p99":%%f,"errors":%%d}\\n',
    summary.requests, summary.duration, summary.bytes, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request as it is sent."""

    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a run came to; every answer had a status below 400."""

    requests: int
    seconds: float
    received_bytes: int
    p50_ms: float
    p99_ms: float
    own_cpu_s: float
    """Processor seconds of `wrk` itself."""

    @property
    def per_second(self) -> float:
        """Answers in a second."""
        return self.requests / self.seconds


def command(
    url: str, prepared: Sequence[Prepared], directory: Path, *, connections: int, seconds: float, pause_ms: int = 0
) -> tuple[str, ...]:
    """What sends them in turn over so many connections, each of which waits `pause_ms` before each request.

    Raises:
        RuntimeError: wrk is not installed.
    """
    program = shutil.which("wrk")
    if program is None:
        raise RuntimeError("wrk is not installed: apt install wrk")
    script = directory / "requests.lua"
    script.write_text(_script(prepared, pause_ms), encoding="utf-8")
    length = f"-d{max(1, round(seconds))}s"
    return (program, "--latency", "-t1", f"-c{connections}", length, "-s", str(script), url)


def send(url: str, prepared: Sequence[Prepared], directory: Path, *, connections: int, seconds: float) -> Sent:
    """Send as many as get answered in that time.

    Raises:
        RuntimeError: wrk is not installed, or some request was refused, lost or late.
    """
    chosen = command(url, prepared, directory, connections=connections, seconds=seconds)
    ended = run(chosen, directory)
    output = ended.output
    if "SUMMARY" not in output:
        raise RuntimeError(output)
    summary = json.loads(output.rpartition("SUMMARY")[2])
    if summary["errors"] or not summary["requests"]:
        raise RuntimeError(output)
    return Sent(
        summary["requests"],
        summary["microseconds"] / 1e6,
        summary["bytes"],
        summary["p50"] / 1e3,
        summary["p99"] / 1e3,
        ended.cpu_s,
    )


def _script(prepared: Sequence[Prepared], pause_ms: int) -> str:
    made = []
    for request in prepared:
        headers = ", ".join(f"[ {_text(name)} ] = {_text(value)}" for name, value in request.headers.items())
        made.append(f'prepared[#prepared + 1] = wrk.format("POST", nil, {{{headers}}}, {_text(request.body)})')
    pause = f"delay = function() return {pause_ms} end\n" if pause_ms else ""
    return _SCRIPT % "\n  ".join(made) + pause


def _text(value: str) -> str:
    """A literal of Lua that needs no escapes."""
    return f"[==[{value}]==]"
