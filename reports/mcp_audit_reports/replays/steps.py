"""From recorded exchanges to the steps of a test."""

import base64
import binascii
import json
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from mcp_audit_harness.model import Exchange, FailingInput, JsonObject, Report

from .parts import Step

_OWN: Final = frozenset(
    {
        *("content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"),
        *("authorization", "cookie", "proxy-authorization"),
    }
)
_SESSION: Final = "mcp-session-id"
_REDACTED: Final = "[redacted]"
_LONGEST: Final = 60_000
"""A longer body may not have been recorded whole."""


def chosen(failure: FailingInput, exchanges: list[Exchange]) -> list[Exchange]:
    """Return the exchanges that play the smallest case itself, without what was asked to be sure of it."""
    wanted = _requests(failure.minimal)
    left, found = list(exchanges), []
    for request in wanted:
        played = next((exchange for exchange in left if _carries(exchange, request)), None)
        if played is not None:
            left.remove(played)
            found.append(played)
    return found if wanted and len(found) == len(wanted) else exchanges


def _requests(minimal: Any) -> list[JsonObject]:
    steps = minimal.get("steps", [minimal]) if isinstance(minimal, dict) else []
    found = [step for step in steps if isinstance(step, dict) and "method" in step and "params" in step]
    return found if len(found) == len(steps) else []


def _carries(exchange: Exchange, request: JsonObject) -> bool:
    try:
        message = json.loads(exchange.sent.body)
    except ValueError:
        return False
    if not isinstance(message, dict) or message.get("method") != request["method"]:
        return False
    params, wanted = message.get("params"), request["params"]
    if not isinstance(params, dict) or not isinstance(wanted, dict):
        return bool(params == wanted)
    return all(params.get(name) == value for name, value in wanted.items() if name != "_meta")


def steps_of(failure: FailingInput, exchanges: list[Exchange], report: Report) -> list[Step] | None:
    """Return the steps that repeat the exchanges; None if they were not recorded whole."""
    if not exchanges or any(len(exchange.sent.body) > _LONGEST for exchange in exchanges):
        return None
    last = exchanges[-1]
    raw = _bytes(failure.minimal)
    return [step_of(exchange, report, raw if exchange is last else None) for exchange in exchanges]


def step_of(exchange: Exchange, report: Report, raw: bytes | None = None) -> Step:
    """Return the step that sends what was sent, without credentials; `raw` where it was no text."""
    endpoint = urlsplit(report.target_label)
    headers = tuple(
        (name, value)
        for name, value in exchange.sent.headers
        if name not in _OWN and value != _REDACTED and (name, value) != ("host", endpoint.netloc)
    )
    path = exchange.sent.path.partition("?")[0]
    opened = exchange.header(_SESSION) if exchange.sent.method == "initialize" else None
    return Step(
        exchange.sent.verb,
        exchange.sent.body.encode("utf-8", "backslashreplace") if raw is None else raw,
        headers,
        "" if path == (endpoint.path or "/") else path,
        exchange.sent.rpc_id,
        opened or "",
    )


def renamed(steps: list[Step]) -> list[Step]:
    """Return the steps with names in the place of the ids that sessions had."""
    ids = [value for step in steps for value in (step.opens, *_sessions(step)) if value]
    names = {value: f"session-{place}" for place, value in enumerate(dict.fromkeys(ids), start=1)}
    return [
        replace(
            step,
            headers=tuple((name, names[value] if name == _SESSION else value) for name, value in step.headers),
            opens=names.get(step.opens, ""),
        )
        for step in steps
    ]


def _sessions(step: Step) -> list[str]:
    return [value for name, value in step.headers if name == _SESSION]


def _bytes(minimal: Any) -> bytes | None:
    encoded = minimal.get("bytes") if isinstance(minimal, dict) else None
    try:
        data = base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else None
    except (binascii.Error, ValueError):
        return None
    try:
        return None if data is None or data.decode() else data
    except UnicodeDecodeError:
        return data
