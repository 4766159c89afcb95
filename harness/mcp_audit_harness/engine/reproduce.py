"""How a reader sees a finding with their own eyes: a `curl` command, or the lines to type to a stdio server."""

import json
import shlex
from collections.abc import Sequence

from ..model import Exchange, Revision, Transport
from .saved import Run

_OWN_HEADERS = frozenset({"content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"})


def reproduction(exhibit: Exchange, run: Run) -> str:
    """Return shell text that repeats `exhibit`; a session that it needs is opened first.

    Credentials were replaced when they were recorded, so they have to be filled in by hand.
    """
    if exhibit.transport is Transport.STDIO:
        return _stdio(exhibit, run)
    if exhibit.sent.verb == "BYTES":
        return f"printf '%b' {shlex.quote(_escaped(exhibit.sent.body))} | nc {_host_and_port(run.target_label)}"
    return _curl(exhibit, run)


def _curl(exhibit: Exchange, run: Run) -> str:
    origin = "/".join(run.target_label.split("/", 3)[:3])
    url = origin + exhibit.sent.path if exhibit.sent.path.startswith("/") else run.target_label
    headers = [(name, value) for name, value in exhibit.sent.headers if name not in _OWN_HEADERS]
    host = _host_and_port(run.target_label).replace(" ", ":")
    lines = [f"curl -isS --max-time 5 -X {exhibit.sent.verb} {shlex.quote(url)}"]
    session = any(name == "mcp-session-id" for name, _ in headers) and bool(exhibit.sent.body or headers)
    for name, value in headers:
        if name == "mcp-session-id":
            lines.append('-H "mcp-session-id: $SESSION"')
        elif (name, value) != ("host", host):
            lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if exhibit.sent.body:
        lines.append(f"--data-binary {shlex.quote(exhibit.sent.body)}")
    command = " \\\n  ".join(lines)
    return f"{_open_session(run.target_label, exhibit.revision)}\n{command}" if session else command


def _open_session(url: str, revision: str) -> str:
    body = json.dumps(_initialize(revision), separators=(",", ":"))
    accept = "-H 'accept: application/json, text/event-stream' -H 'content-type: application/json'"
    pick = "awk 'tolower($1)==\"mcp-session-id:\"{print $2}' | tr -d '\\r'"
    return (
        f"SESSION=$(curl -sS --max-time 5 -D - -o /dev/null {shlex.quote(url)} {accept} "
        f"--data-binary {shlex.quote(body)} | {pick})"
    )


def _stdio(exhibit: Exchange, run: Run) -> str:
    lines: list[str] = []
    if Revision(exhibit.revision) < Revision.V2026_07_28 and exhibit.sent.method != "initialize":
        lines = [json.dumps(_initialize(exhibit.revision)), '{"jsonrpc":"2.0","method":"notifications/initialized"}']
    if exhibit.sent.body:
        lines.append(exhibit.sent.body)
    typed = " ".join(shlex.quote(line) for line in lines)
    if exhibit.sent.verb == "EOF":
        return f"printf '%s\\n' {typed} | {run.target_label}; echo exit $?"
    return f"(printf '%s\\n' {typed}; sleep 2) | {run.target_label}"


def _initialize(revision: str) -> dict[str, object]:
    info = {"name": "reproduction", "version": "1"}
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": info}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


def _host_and_port(label: str) -> str:
    host, _, port = label.partition("://")[2].partition("/")[0].rpartition(":")
    return f"{host} {port}"


def _escaped(text: str) -> str:
    replacements: Sequence[tuple[str, str]] = (("\\", "\\\\"), ("\r", "\\r"), ("\n", "\\n"), ("'", "\\047"))
    for old, new in replacements:
        text = text.replace(old, new)
    return text
