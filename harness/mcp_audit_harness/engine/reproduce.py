"""How a reader sees a finding with their own eyes: `curl` commands, or the lines to type to a stdio server."""

import base64
import binascii
import json
import shlex
from collections.abc import Sequence

from ..model import Exchange, FuzzFailure, Revision, Transport
from ..model.loading import Arrivals, LoadRun
from .saved import Run

_OWN_HEADERS = frozenset({"content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"})
_ACCEPT = "-H 'accept: application/json, text/event-stream' -H 'content-type: application/json'"
_PICK = "awk 'tolower($1)==\"mcp-session-id:\"{print $2}' | tr -d '\\r'"
_INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}'


def reproduction(exhibit: Exchange, run: Run) -> str:
    """Return shell text that repeats `exhibit`; a session that it needs is opened first.

    Credentials were replaced when they were recorded, so they have to be filled in by hand.
    """
    if exhibit.transport is Transport.STDIO:
        return _stdio([exhibit], run)
    session = {value: "SESSION" for name, value in exhibit.sent.headers if name == "mcp-session-id"}
    needed = session and bool(exhibit.sent.body or len(exhibit.sent.headers) > 0)
    command = _command(exhibit, run, session)
    return f"{_open_session(run.target_label, exhibit.revision)}\n{command}" if needed else command


def replay(failure: FuzzFailure, run: Run) -> str:
    """Return shell text that plays the smallest case of a failure again, step by step; empty where there is none."""
    if not failure.exchanges:
        return ""
    raw = _no_text(failure)
    if failure.exchanges[0].transport is Transport.STDIO:
        return _stdio(failure.exchanges, run, raw)
    opened: dict[str, str] = {}
    lines: list[str] = []
    for exchange in failure.exchanges:
        lines += _opening(exchange, run, opened)
        if exchange.sent.method != "initialize" or exchange.header("mcp-session-id") is None:
            lines.append(_command(exchange, run, opened, raw if exchange is failure.exchanges[-1] else ""))
    return "\n".join(lines)


def load_again(load: LoadRun, revision: Revision, run: Run) -> str:
    """Return the command that loads the target as it was; what the operator consented to has to be added.

    Of a profile of the operator's own the name is known, not the directory.
    """
    words = ["--profile", load.profile, "--revision", str(revision), "--clients", f"{load.clients}"]
    if load.knee is None:  # a load that grows until something gives way ends of itself
        highest = max((second.due for second in load.seconds if second.at_s >= 0), default=0)
        words += ["--rate", f"{highest}"] if highest and load.arrivals is Arrivals.OPEN else []
        words += ["--duration", f"{load.duration_s:g}"]
    options = " ".join(shlex.quote(word) for word in words)
    if run.target_kind == "stdio":
        return f"mcp-audit load {options} -- {run.target_label}"
    return f"mcp-audit load {shlex.quote(run.target_label)} {options}"


def _opening(exchange: Exchange, run: Run, opened: dict[str, str]) -> list[str]:
    """Return the commands that open a session which `exchange` starts, or which it needs and nothing has started."""
    given = exchange.header("mcp-session-id") if exchange.sent.method == "initialize" else None
    needed = next((value for name, value in exchange.sent.headers if name == "mcp-session-id"), None)
    session = given or needed
    if session is None or session in opened:
        return []
    opened[session] = name = f"SESSION{len(opened) + 1 if opened else ''}"
    if given:
        call = _command(exchange, run, {}).replace("curl -isS", "curl -sS -D - -o /dev/null", 1)
        return [f"{name}=$({call} | {_PICK})"]
    url = shlex.quote(run.target_label)
    told = f'curl -sS --max-time 5 -o /dev/null {url} {_ACCEPT} -H "mcp-session-id: ${name}"'
    if Revision(exchange.revision) >= Revision.V2025_06_18:
        told += f" -H 'mcp-protocol-version: {exchange.revision}'"
    return [
        _open_session(run.target_label, exchange.revision, name),
        f"{told} --data-binary {shlex.quote(_INITIALIZED)}",
    ]


def _command(exhibit: Exchange, run: Run, sessions: dict[str, str], raw: str = "") -> str:
    """Return the command that sends what `exhibit` sent; `raw` is the body in base64 where it is no text."""
    if exhibit.sent.verb == "BYTES":
        source = f"printf %s {raw} | base64 -d" if raw else f"printf '%b' {shlex.quote(_escaped(exhibit.sent.body))}"
        return f"{source} | nc {_host_and_port(run.target_label)}"
    origin = "/".join(run.target_label.split("/", 3)[:3])
    url = origin + exhibit.sent.path if exhibit.sent.path.startswith("/") else run.target_label
    host = _host_and_port(run.target_label).replace(" ", ":")
    lines = [f"curl -isS --max-time 5 -X {exhibit.sent.verb} {shlex.quote(url)}"]
    for name, value in exhibit.sent.headers:
        if name == "mcp-session-id" and value in sessions:
            lines.append(f'-H "mcp-session-id: ${sessions[value]}"')
        elif (name, value) != ("host", host) and name not in _OWN_HEADERS:
            lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if exhibit.sent.body:
        lines.append("--data-binary @-" if raw else f"--data-binary {shlex.quote(exhibit.sent.body)}")
    command = " \\\n  ".join(lines)
    return f"printf %s {raw} | base64 -d | {command}" if raw else command


def _open_session(url: str, revision: str, name: str = "SESSION") -> str:
    body = json.dumps(_initialize(revision), separators=(",", ":"))
    return (
        f"{name}=$(curl -sS --max-time 5 -D - -o /dev/null {shlex.quote(url)} {_ACCEPT} "
        f"--data-binary {shlex.quote(body)} | {_PICK})"
    )


def _stdio(exhibits: Sequence[Exchange], run: Run, raw: str = "") -> str:
    first = exhibits[0]
    lines: list[str] = []
    if Revision(first.revision) < Revision.V2026_07_28 and first.sent.method != "initialize":
        lines = [json.dumps(_initialize(first.revision)), _INITIALIZED]
    bodies = [exhibit.sent.body for exhibit in exhibits if exhibit.sent.body]
    lines += bodies[:-1] if raw else bodies
    typed = f"printf '%s\\n' {' '.join(shlex.quote(line) for line in lines)}"
    if exhibits[-1].sent.verb == "EOF":
        return f"{typed} | {run.target_label}; echo exit $?"
    rest = f" printf %s {raw} | base64 -d; echo;" if raw else ""
    return f"({typed};{rest} sleep 2) | {run.target_label}"


def _initialize(revision: str) -> dict[str, object]:
    info = {"name": "reproduction", "version": "1"}
    params = {"protocolVersion": revision, "capabilities": {}, "clientInfo": info}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}


def _no_text(failure: FuzzFailure) -> str:
    """Return the bytes of the smallest case in base64, if they are bytes that the transcript could not keep as text."""
    encoded = failure.minimal.get("bytes") if isinstance(failure.minimal, dict) else None
    try:
        data = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
        data.decode("utf-8")
    except UnicodeDecodeError:
        return str(encoded)
    except (binascii.Error, ValueError):
        return ""
    return ""


def _host_and_port(label: str) -> str:
    host, _, port = label.partition("://")[2].partition("/")[0].rpartition(":")
    return f"{host} {port}"


def _escaped(text: str) -> str:
    replacements: Sequence[tuple[str, str]] = (("\\", "\\\\"), ("\r", "\\r"), ("\n", "\\n"), ("'", "\\047"))
    for old, new in replacements:
        text = text.replace(old, new)
    return text
