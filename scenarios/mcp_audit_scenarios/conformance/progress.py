"""Progress (page `basic/utilities/progress`): judged on all that was said, since any request may cause it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import Category, Exchange, JsonObject, Severity, Verdict, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

_METHOD = "notifications/progress"


@dataclass(frozen=True, slots=True)
class Progress:
    """Every exchange of the revision in which progress arrived, and every token that was ever given."""

    exchanges: tuple[Exchange, ...]
    tokens: tuple[str | int, ...]


@scenario(observes=True)
async def progress(probe: Probe) -> Progress:
    """Collect progress notifications and the tokens of all requests."""
    tokens = dict.fromkeys(token for exchange in probe.transcript for token in _given(exchange))
    return Progress(
        tuple(exchange for exchange in probe.transcript if exchange.notifications(_METHOD)),
        tuple(token for _, token in tokens),
    )


def _given(exchange: Exchange) -> Iterator[tuple[type, str | int]]:
    try:
        sent = json.loads(exchange.sent.body) if "progressToken" in exchange.sent.body else None
    except ValueError:
        return
    for message in sent if isinstance(sent, list) else [sent]:
        params = message.get("params") if isinstance(message, dict) else None
        meta = params.get("_meta") if isinstance(params, dict) else None
        token = meta.get("progressToken") if isinstance(meta, dict) else None
        if isinstance(token, str | int) and not isinstance(token, bool):
            yield type(token), token


@check(
    progress,
    id="progress/unsolicited-token",
    title="Progress is reported for a token that no request gave",
    requirements=("progress/progress-only-for-active-token",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Report progress only for requests that carry a progressToken, with that token unchanged.",
)
def unsolicited_token(seen: Progress) -> Verdicts:
    """A client finds the request by the token. Progress under another token, or for a request that asked for none,
    reaches nobody, or the wrong request.
    """
    shown = [exchange for exchange, _ in _reports(seen.exchanges)]
    if not shown:
        return not_observed("no progress was reported; tools that may be called could cause some")
    given = {(type(token), token) for token in seen.tokens}
    failures: dict[str, Verdict] = {}
    for exchange, params in _reports(seen.exchanges):
        token = params.get("progressToken")
        if not isinstance(token, str | int) or (type(token), token) not in given:
            message = f"The server reported progress for the token {token!r}, which no request gave."
            failures.setdefault(repr(token), failed(message, exchange))
    return list(failures.values())[:1] or passed(*shown)


@check(
    progress,
    id="progress/does-not-increase",
    title="Progress does not increase",
    requirements=("progress/progress-increases",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Report a larger progress value each time, also where the total is not known.",
)
def does_not_increase(seen: Progress) -> Verdicts:
    """Clients draw bars and extend deadlines by progress. A value that repeats or falls looks like a server that is
    stuck.
    """
    several = False
    for exchange in seen.exchanges:
        last: dict[str, float] = {}
        for _, params in _reports((exchange,)):
            token, value = repr(params.get("progressToken")), params.get("progress")
            if not isinstance(value, int | float):
                continue
            if token in last and value <= last[token]:
                message = f"The server reported progress {value} after {last[token]} for the token {token}."
                return failed(message, exchange)
            several = several or token in last
            last[token] = value
    if not several:
        return not_observed("no request reported progress twice; tools that may be called could cause it")
    return passed(*seen.exchanges)


def _reports(exchanges: tuple[Exchange, ...]) -> Iterator[tuple[Exchange, JsonObject]]:
    for exchange in exchanges:
        for notification in exchange.notifications(_METHOD):
            params = notification.get("params")
            if isinstance(params, dict):
                yield exchange, params
