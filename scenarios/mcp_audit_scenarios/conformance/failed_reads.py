"""Reads of listed resources that fail: with the code of internal errors (server/resources#error-handling)."""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Verdicts, check, listed, scenario
from mcp_audit_harness.model import Category, Exchange, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

_INTERNAL_ERROR = -32603
_MEAN_SOMETHING_ELSE = {
    0: "no code of JSON-RPC",
    -32700: "the code of unreadable JSON",
    -32600: "the code of invalid requests",
    -32601: "the code of unknown methods",
}
_MOST = 5


_NOT_ALLOWED = frozenset({401, 403})
"""Statuses that say who may read, not that reading failed."""


@dataclass(frozen=True, slots=True)
class FailedReads:
    """Reads of listed resources that were refused with an error, and one that was not."""

    refused: tuple[Exchange, ...]
    read: tuple[Exchange, ...]


@scenario(needs=(listed("resources"),), observes=True, bench=Bench.DIAGNOSTICS)
async def failed_reads(probe: Probe) -> FailedReads:
    uris = {item.get("uri") for item in probe.offer.resources if isinstance(item.get("uri"), str)}
    asked = [seen for seen in probe.transcript if seen.sent.method == "resources/read" and read_uri(seen) in uris]
    return FailedReads(
        tuple(seen for seen in asked if seen.error is not None and seen.status not in _NOT_ALLOWED),
        tuple([seen for seen in asked if seen.ok][:1]),
    )


def read_uri(exchange: Exchange) -> str | None:
    """Return the URI that a read asked for; None where it cannot be told."""
    try:
        uri = json.loads(exchange.sent.body)["params"]["uri"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return uri if isinstance(uri, str) else None


@check(
    failed_reads,
    id="resources/wrong-code-for-failure",
    title="Resource that cannot be read is refused with a code that means something else",
    requirements=("resources/resource-internal-error-code", "resources/resource-internal-32603"),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Answer -32603 where reading fails for reasons of the server.",
)
def wrong_code_for_failure(seen: FailedReads) -> Verdicts:
    """By the code a client knows whose fault it is. Codes of an application's own are accepted; 0, and the codes for
    unreadable messages, invalid requests and unknown methods, do not fit a resource that is listed.
    """
    wrong = {
        str(read_uri(refusal)): failed(
            f"a listed resource is refused with {refusal.error_code}, {_MEAN_SOMETHING_ELSE[refusal.error_code]}",
            refusal,
            *seen.read,
            subject=f"resource:{str(read_uri(refusal))[:80]}",
        )
        for refusal in seen.refused
        if refusal.error_code in _MEAN_SOMETHING_ELSE
    }
    internal = [refusal for refusal in seen.refused if refusal.error_code == _INTERNAL_ERROR]
    if wrong:
        return list(wrong.values())[:_MOST]
    return passed(*internal[:_MOST]) if internal else not_observed("no listed resource failed to be read", *seen.read)
