"""Other ways to the same server: spellings of the endpoint's path, and the endpoints of older transports (CWE-288)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    SeverityByExposure,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.challenge import guarded, let_in, opening, out_of_order, welcomed
from ..conformance.trials import Trial, how
from .occasions import newest_only

_OF_THE_WIRE = frozenset({"host", "content-length", "user-agent", "accept-encoding", "authorization"})
_COMPANIONS = ("/", "/mcp", "/mcp_message", "/message", "/messages", "/messages/", "/sse", "/api/mcp", "/rpc")
_STREAMS = ("/sse", "/mcp/sse", "/events")
_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Siblings:
    """The opening with and without credentials, and without them at other paths of the same origin."""

    control: Exchange
    refused: Exchange
    trials: tuple[Trial, ...]
    """Each named after its path."""
    again: tuple[Trial, ...]
    """Those that were served, once more."""


@scenario(
    transports=HTTP_ONLY, impact=Impact.PROBING, needs=(guarded, newest_only), timeout_s=30.0, bench=Bench.AUTHORIZED
)
async def siblings(probe: Probe) -> Siblings:
    control, refused = await welcomed(probe), await opening(probe, probe.anonymous())
    if let_in(refused) or out_of_order(refused):
        raise Unobservable(f"without a token the server answers {how(refused)}", refused, control)
    path = urlsplit(probe.url).path or "/"
    asked = [("POST", place) for place in dict.fromkeys((*_spellings(path), *_COMPANIONS)) if place != path]
    asked += [("GET", place) for place in _STREAMS if place != path]
    trials = [Trial(place, await _ask(probe, control, verb, place)) for verb, place in asked]
    again = [
        Trial(trial.name, await _ask(probe, control, trial.exchange.sent.verb, trial.name))
        for trial in trials
        if _serves(trial.exchange, control)
    ]
    return Siblings(control, refused, tuple(trials), tuple(again))


def _spellings(path: str) -> Iterator[str]:
    """Yield paths that a router and a filter in front of it may read differently."""
    if path.strip("/"):
        yield path.rstrip("/") if path.endswith("/") else f"{path}/"
        yield f"/{path}"
        yield path.swapcase()
        yield f"{path};mcp-audit=1"
        yield f"{path}/.."
        yield f"/%{ord(path[1]):02x}{path[2:]}"
        yield f"/mcp-audit/%2e%2e{path}"
        yield f"{path}%2f"


async def _ask(probe: Probe, control: Exchange, verb: str, path: str) -> Exchange:
    """Send the opening at another path without credentials, or listen there; end the session that it may open."""
    nobody = probe.anonymous()
    if verb == "GET":
        headers = {**nobody, "accept": "text/event-stream"}
        return await probe.http("GET", path=path, headers=headers, timeout=_PATIENCE_S)
    own = {*_OF_THE_WIRE, *nobody}
    copied = {name: value for name, value in control.sent.headers if name not in own}
    body = control.sent.body.encode()
    exchange = await probe.http("POST", headers={**copied, **nobody}, body=body, path=path, timeout=_PATIENCE_S)
    if session_id := exchange.header("mcp-session-id"):
        await probe.http("DELETE", headers={**nobody, "mcp-session-id": session_id}, path=path, timeout=_PATIENCE_S)
    return exchange


def _serves(exchange: Exchange, control: Exchange) -> bool:
    """Whether the same server answered, or one opened a stream of HTTP+SSE: its first event names an endpoint."""
    if exchange.sent.verb == "GET":
        return exchange.media_type == "text/event-stream" and any(one.event == "endpoint" for one in exchange.events)
    return exchange.ok and _name(exchange.result) == _name(control.result)


def _name(result: JsonObject | None) -> str:
    """Return who a server says it is."""
    found = result or {}
    meta = found.get("_meta")
    own = meta.get("io.modelcontextprotocol/serverInfo") if isinstance(meta, dict) else None
    return json.dumps(found.get("serverInfo") or own, sort_keys=True, default=str)


@check(
    siblings,
    id="authorization/open-sibling-endpoint",
    title="The server is open at another path",
    requirements=("security-best-practices/verify-all-inbound-requests",),
    severity=SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL),
    category=Category.SECURITY,
    remediation="Put the check of tokens in front of every route, and remove endpoints of old transports.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-33032",
        "https://cwe.mitre.org/data/definitions/288.html",
        "https://cwe.mitre.org/data/definitions/306.html",
    ),
)
def open_sibling_endpoint(seen: Siblings) -> Verdicts:
    """A check of tokens that is bound to one path leaves the others open: the endpoint of an older transport, or the
    same one with a slash more. Whoever finds it calls every tool without a login.
    """
    confirmed = {trial.name: trial.exchange for trial in seen.again if _serves(trial.exchange, seen.control)}
    failures = [
        failed(
            f"The server answers at {trial.name} without a token, though {seen.refused.sent.path} refuses.",
            trial.exchange,
            confirmed[trial.name],
            seen.refused,
            seen.control,
            subject=f"path:{trial.name}",
        )
        for trial in seen.trials
        if _serves(trial.exchange, seen.control) and trial.name in confirmed
    ]
    if failures:
        return failures
    answered = [trial.exchange for trial in seen.trials if not out_of_order(trial.exchange)]
    return passed(*answered, seen.refused) if answered else not_observed("no other path was answered", seen.refused)
