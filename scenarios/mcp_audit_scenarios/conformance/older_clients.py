"""What a server of the stateless era alone says to clients of the older era (2026-07-28, streamable-http, versioning).

A server of both eras serves these clients, so it is not judged here.
"""

import json
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Era,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .stateless import discover_control

_OLDER = "2025-11-25"


def one_era(probe: Probe) -> Verdict | None:
    """Need a server of which no revision of the handshake era was found; it may only not have been looked for."""
    older = [revision for revision in probe.survey.revisions if revision.era is Era.HANDSHAKE]
    return not_applicable(f"the server serves clients of {older[-1]}, too") if older else None


async def _initialize(probe: Probe) -> Exchange:
    return await probe.initialize(protocol_version=_OLDER, headers={"mcp-protocol-version": None, "mcp-method": None})


def _serves_both(initialize: Exchange) -> Verdict:
    return not_applicable("the server answers initialize, so it serves older clients, too", initialize)


@dataclass(frozen=True, slots=True)
class OlderRequests:
    """Verbs of the older transport, and a request without the version header."""

    control: Exchange
    older: Exchange
    """initialize: whoever serves it serves the older era."""
    get: Exchange
    delete: Exchange
    without_version: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(one_era,))
async def older_requests(probe: Probe) -> OlderRequests:
    control = await discover_control(probe)
    version = {"mcp-protocol-version": str(probe.revision)}
    return OlderRequests(
        control,
        older=await _initialize(probe),
        get=await probe.http("GET", headers={"accept": "text/event-stream", **version}, timeout=2.0),
        delete=await probe.http("DELETE", headers={"mcp-session-id": "mcp-audit", **version}, timeout=2.0),
        without_version=await probe.request("server/discover", headers={"mcp-protocol-version": None}),
    )


@check(
    older_requests,
    id="stateless/odd-answer-to-older-verbs",
    title="GET or DELETE is not answered with 405",
    requirements=("streamable-http/get-delete-405",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer 405 to every method but POST.",
)
def odd_answer_to_older_verbs(seen: OlderRequests) -> Verdicts:
    """By 405 an older client learns that there is no such stream or session, and goes on without."""
    if seen.older.ok:
        return _serves_both(seen.older)
    odd = [
        failed(f"{verb} was answered with HTTP {exchange.status}", exchange, seen.control, subject=f"verb:{verb}")
        for verb, exchange in (("GET", seen.get), ("DELETE", seen.delete))
        if exchange.status is not None and exchange.status != 405
    ]
    answered = [exchange for exchange in (seen.get, seen.delete) if exchange.answered and exchange.status is not None]
    return odd or (passed(*answered) if answered else not_observed("neither verb was answered", seen.get, seen.delete))


@check(
    older_requests,
    id="stateless/serves-without-version-header",
    title="Request without its version header is served",
    requirements=("streamable-http/missing-version-header-rejected",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse a POST without MCP-Protocol-Version with 400 and -32020.",
)
def serves_without_version_header(seen: OlderRequests) -> Verdict:
    """A gateway that decides by the version sees none, and the server acts by one that it read elsewhere."""
    if seen.older.ok:
        return _serves_both(seen.older)
    spoiled = seen.without_version
    if spoiled.ok:
        return failed("a request without MCP-Protocol-Version was served", spoiled, seen.control)
    if spoiled.answered and spoiled.refused:
        return passed(spoiled, seen.control)
    return not_observed("the target did not answer", spoiled)


@dataclass(frozen=True, slots=True)
class Initialization:
    """initialize, as an older client sends it."""

    answer: Exchange


@scenario(spec=STATELESS, impact=Impact.PROBING, needs=(one_era,))
async def initialization(probe: Probe) -> Initialization:
    return Initialization(await _initialize(probe))


@check(
    initialization,
    id="stateless/initialize-refused-without-versions",
    title="Refusal of initialize does not name the supported versions",
    requirements=("versioning/initialize-error-names-versions",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Name the versions that you implement in the message or the data of the error.",
)
def initialize_refused_without_versions(seen: Initialization) -> Verdict:
    """An older client shows the error to its user, who has no other way to learn that a newer client is needed."""
    if seen.answer.ok:
        return _serves_both(seen.answer)
    if seen.answer.error is None:
        return not_observed("initialize was not refused with an error", seen.answer)
    told = json.dumps(seen.answer.error)
    named = "2026-07-28" in told
    return passed(seen.answer) if named else failed("the error names no version that the server supports", seen.answer)
