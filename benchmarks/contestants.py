"""The servers that are compared, each as fast as its own options make it, with one worker.

All serve on `uvloop` and `httptools` and write no access log. Those of others have two tools, `add` and `echo`, which
are coroutines.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from .asking import Era, Request, ask
from .hardened import hardened_server
from .installed import CHUK, FASTMCP, SDK, programs_of
from .servers import Server, reference_server, serving

Serve: TypeAlias = Callable[[], AbstractContextManager[Server]]
RIVALS: Final = Path(__file__).with_name("rivals")
PLAIN: Final = f"{SDK}, low level"
PLAIN_MANY: Final = f"{PLAIN}, the tools of oraclepack-mcp"
_BOTH: Final = (Era.STATELESS, Era.HANDSHAKE)
ADD: Final = Request("tools/call", "add", {"a": 2, "b": 3})
LIST_RUNS: Final = Request("tools/call", "oraclepack_list_runs")
"""The cheapest tool of the reference server that answers from what it knows: validated, audited, and empty."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One server to measure."""

    name: str
    serve: Serve
    call: Request
    """Of a tool that does next to nothing."""
    expected: str
    """What the text of the answer contains."""
    eras: tuple[Era, ...] = _BOTH
    accept: str = "application/json, text/event-stream"
    """What lets it answer fastest."""
    many_tools: bool = False
    """Whether its answers to `tools/list` are those of the reference server."""
    only_lists: bool = False
    """Whether it is there for that comparison only."""


def ours() -> tuple[Contestant, ...]:
    """The reference server, with and without its protections."""
    return (
        Contestant("oraclepack-mcp, hardened", _hardened, LIST_RUNS, '"runs":[]', many_tools=True),
        Contestant("oraclepack-mcp", reference_server, LIST_RUNS, '"runs":[]', many_tools=True),
    )


def rivals(home: Path, directory: Path) -> tuple[Contestant, ...]:
    """Those of others; installs into `home` what is not there yet, and writes what they are told to `directory`."""
    sdk, fast, chuk = (programs_of(package, home) / "python" for package in (SDK, FASTMCP, CHUK))
    tools = _write_tools(directory)
    return (
        Contestant(PLAIN, _rival(sdk, "on_sdk"), ADD, "5"),
        Contestant(PLAIN_MANY, _rival(sdk, "on_sdk", str(tools)), LIST_RUNS, "", many_tools=True, only_lists=True),
        Contestant(f"{SDK}, MCPServer", _rival(sdk, "on_mcpserver"), ADD, "5"),
        Contestant(FASTMCP, _rival(fast, "on_fastmcp"), ADD, "5"),
        Contestant(CHUK, _rival(chuk, "on_chuk"), ADD, "5", eras=(Era.HANDSHAKE,), accept="application/json"),
    )


def _write_tools(directory: Path) -> Path:
    """Ask the reference server for its tools, for others to list the same."""
    request, era, file = Request("tools/list"), Era.STATELESS, directory / "tools.json"
    with reference_server() as server:
        listed = ask(server.url, request.headers(era), request.body(era, 1)).result["tools"]
    file.write_text(json.dumps(listed), encoding="utf-8")
    return file


@contextlib.contextmanager
def _hardened() -> Iterator[Server]:
    with hardened_server(1) as (url, headers, pids):
        yield Server(url, tuple(pids), headers)


def _rival(python: Path, script: str, *options: str) -> Serve:
    def command(port: int, _: Path) -> Sequence[str]:
        return (str(python), str(RIVALS / f"{script}.py"), str(port), *options)

    return lambda: serving(command)
