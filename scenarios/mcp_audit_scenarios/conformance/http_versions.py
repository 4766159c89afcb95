"""The header MCP-Protocol-Version within a session (page `basic/transports`, 2025-06-18 and 2025-11-25)."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Revision,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

from .trials import how

_ODD_VERSIONS = ("1999-01-01", "not-a-version")


@dataclass(frozen=True, slots=True)
class VersionHeaders:
    """A ping with the negotiated version in its header, without the header, and with versions that never were."""

    control: Exchange
    absent: Exchange
    odd: tuple[Exchange, ...]
    offers_default: bool
    """Whether the server offers 2025-03-26, which an absent header stands for."""


@scenario(spec=since("2025-06-18").before("2026-07-28"), transports=HTTP_ONLY, impact=Impact.PROBING)
async def version_headers(probe: Probe) -> VersionHeaders:
    control = await probe.request("ping")
    if not control.ok:
        raise Unobservable(f"ping was answered with {how(control)}", control)
    return VersionHeaders(
        control=control,
        absent=await probe.request("ping", headers={"mcp-protocol-version": None}),
        odd=tuple([await probe.request("ping", headers={"mcp-protocol-version": odd}) for odd in _ODD_VERSIONS]),
        offers_default=Revision.V2025_03_26 in probe.survey.revisions,
    )


def _version(exchange: Exchange) -> str:
    return dict(exchange.sent.headers).get("mcp-protocol-version", "")


@check(
    version_headers,
    id="http/serves-unknown-version-header",
    title="A request for a version that does not exist is served",
    requirements=("transports/bad-version-header-400",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer 400 when MCP-Protocol-Version names a version that you do not implement.",
)
def serves_unknown_version_header(seen: VersionHeaders) -> list[Verdict]:
    """The header says by which rules the client reads the answer. A server that does not look at it answers by rules
    that the client does not know.
    """
    failures = [
        failed(
            f"The server served a request with MCP-Protocol-Version {_version(exchange)}.",
            exchange,
            seen.control,
            subject=f"version:{_version(exchange)}",
        )
        for exchange in seen.odd
        if exchange.ok
    ]
    answered = [exchange for exchange in seen.odd if exchange.answered]
    if failures:
        return failures
    return [passed(*answered, seen.control) if answered else not_observed("no answer came", *seen.odd, seen.control)]


@check(
    version_headers,
    id="http/wrong-status-for-unknown-version-header",
    title="An unknown version header is refused with another status than 400",
    requirements=("transports/bad-version-header-400",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Use status 400 for an MCP-Protocol-Version that you do not implement.",
)
def wrong_status_for_unknown_version_header(seen: VersionHeaders) -> Verdict:
    """Clients read the status: 404 tells them that their session has ended, 5xx to try again."""
    refused = [exchange for exchange in seen.odd if exchange.answered and exchange.refused]
    for exchange in refused:
        if exchange.status != 400:
            return failed(f"The server refused an unknown version with {how(exchange)}.", exchange, seen.control)
    if not refused:
        return not_observed("no unknown version was refused", *seen.odd, seen.control)
    return passed(*refused, seen.control)


@check(
    version_headers,
    id="http/refuses-absent-version-header",
    title="A request without a version header is refused",
    requirements=("transports/default-version-2025-03-26",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Without MCP-Protocol-Version go by the version of the session, or assume 2025-03-26.",
)
def refuses_absent_version_header(seen: VersionHeaders) -> Verdict:
    """The header came with 2025-06-18; older clients do not send it, and newer ones forget it at times. The server
    knows from the handshake, or is told to assume, by which rules to go.
    """
    if not seen.offers_default:
        return not_applicable("the server does not offer 2025-03-26, which an absent header stands for", seen.control)
    if not seen.absent.answered:
        return not_observed("no answer came", seen.absent, seen.control)
    if seen.absent.refused:
        return failed(
            f"The server answered a ping without the header with {how(seen.absent)}.", seen.absent, seen.control
        )
    return passed(seen.absent, seen.control)
