"""The handshake: versions, and what a client says of itself (page `basic/lifecycle`, 2024-11-05 to 2025-11-25)."""

import re
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .trials import how

_UNKNOWN_VERSION = "1999-01-01"
_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}|DRAFT-\d{4}-.+")


def _version(exchange: Exchange | None) -> str | None:
    """Return the version that the answer to an initialize names."""
    found = exchange.result.get("protocolVersion") if exchange is not None and exchange.result is not None else None
    return found if isinstance(found, str) else None


async def ordinary_initialize(probe: Probe) -> Exchange:
    """Return an initialize that led to the revision: the survey's, or else a new one.

    Raises:
        Unobservable: if the server refuses it.
    """
    for exchange in probe.transcript:
        if exchange.sent.method == "initialize" and _version(exchange) == str(probe.revision):
            return exchange
    control = await probe.initialize()
    if not control.ok:
        raise Unobservable(f"an ordinary initialize was answered with {how(control)}", control)
    return control


@dataclass(frozen=True, slots=True)
class UnknownVersion:
    """An initialize for a version that never was, and one for the version that the server offered instead."""

    control: Exchange
    unknown: Exchange
    surveyed: bool
    """Whether the survey has already seen the server agree to the offered version."""
    agreed: Exchange | None

    @property
    def offered(self) -> str | None:
        """The version that the server named; None if it refused."""
        return _version(self.unknown)


@scenario(spec=HANDSHAKE, impact=Impact.PROBING)
async def unknown_version(probe: Probe) -> UnknownVersion:
    """Ask for a version that never was, then for what was offered instead, unless that is known to be supported."""
    control = await ordinary_initialize(probe)
    unknown = await probe.initialize(protocol_version=_UNKNOWN_VERSION)
    offered = _version(unknown)
    surveyed = offered in {str(revision) for revision in probe.survey.revisions if revision in HANDSHAKE}
    agreed = None
    if offered is not None and offered != _UNKNOWN_VERSION and not surveyed:
        agreed = await probe.initialize(protocol_version=offered)
    return UnknownVersion(control, unknown, surveyed, agreed)


@check(
    unknown_version,
    id="lifecycle/echoes-unknown-version",
    title="Server agrees to a protocol version that does not exist",
    requirements=("lifecycle/counter-offer-version",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer with a version that you implement; do not echo the client's.",
)
def echoes_unknown_version(seen: UnknownVersion) -> Verdict:
    """A server that echoes any version promises semantics that it lacks. Clients of coming revisions will believe it
    and use features that are not there.
    """
    if not seen.unknown.answered:
        return not_observed("no answer came to an initialize with an unknown version", seen.unknown, seen.control)
    if seen.offered == _UNKNOWN_VERSION:
        return failed(f"The server agreed to the version {_UNKNOWN_VERSION}.", seen.unknown, seen.control)
    return passed(seen.unknown, seen.control)


@check(
    unknown_version,
    id="lifecycle/counter-offers-unsupported-version",
    title="Server offers a version that it refuses when asked for it",
    requirements=("lifecycle/counter-offer-version", "lifecycle/echo-supported-version"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Offer the newest version that you implement, and agree to it when a client asks for it.",
)
def counter_offers_unsupported_version(seen: UnknownVersion) -> Verdict:
    """A client that speaks the offered version reconnects with it. If the server then names yet another one, the two
    never come together.
    """
    if seen.surveyed and seen.unknown.answered:
        return passed(seen.unknown, seen.control)
    if seen.agreed is None:
        return not_observed(
            f"the unknown version was answered with {how(seen.unknown)}, no counter offer", seen.unknown
        )
    if not seen.agreed.answered:
        return not_observed("no answer came to the initialize with the offered version", seen.agreed, seen.unknown)
    if _version(seen.agreed) != seen.offered:
        got = f"the version {_version(seen.agreed)}" if seen.agreed.ok else how(seen.agreed)
        message = f"The server offered {seen.offered!r}, and answered a request for just that with {got}."
        return failed(message, seen.agreed, seen.unknown, seen.control)
    return passed(seen.agreed, seen.unknown)


@check(
    unknown_version,
    id="lifecycle/counter-offers-malformed-version",
    title="Server offers something that is no protocol version",
    requirements=("lifecycle/counter-offer-version",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Name protocol versions by their date, YYYY-MM-DD.",
)
def counter_offers_malformed_version(seen: UnknownVersion) -> Verdict:
    """Protocol versions are dates of the form YYYY-MM-DD. Clients compare them as text; another form sorts before or
    after all of them.
    """
    if seen.offered is None or seen.offered == _UNKNOWN_VERSION:
        return not_observed(
            f"the unknown version was answered with {how(seen.unknown)}, no counter offer", seen.unknown
        )
    if _SHAPE.fullmatch(seen.offered) is None:
        return failed(f"The server offered the version {seen.offered!r}.", seen.unknown, seen.control)
    return passed(seen.unknown, seen.control)


@dataclass(frozen=True, slots=True)
class Clients:
    """The same version asked for by an ordinary client, and by an unknown one with capabilities from the future."""

    control: Exchange
    future: Exchange
    plain: Exchange | None
    """The unknown client without the capabilities; only asked for where `future` did not get its version."""
    version: str

    @property
    def stranger(self) -> Exchange:
        """The exchange that shows how a client of another name is received."""
        return self.plain or self.future


@scenario(spec=HANDSHAKE)
async def clients(probe: Probe) -> Clients:
    """Initialize as another client, with capabilities and members that no revision knows yet."""
    control = await ordinary_initialize(probe)
    version = str(probe.revision)
    plain: JsonObject = {
        "protocolVersion": version,
        "capabilities": {"roots": {}, "sampling": {}},
        "clientInfo": {"name": "acme-desktop", "version": "0.0.1"},
    }
    future = await probe.initialize(
        params={
            **plain,
            "capabilities": {**plain["capabilities"], "experimental": {"x.audit": {}}, "auditUnknown": {"deep": True}},
            "clientInfo": {**plain["clientInfo"], "auditUnknown": "1"},
            "auditUnknown": True,
        }
    )
    again = None if _version(future) == version else await probe.initialize(params=plain)
    return Clients(control, future, again, version)


@check(
    clients,
    id="lifecycle/version-depends-on-client",
    title="The same version is agreed to for one client and not for another",
    requirements=("lifecycle/echo-supported-version",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Choose the version by what the client asks for, not by its name.",
)
def version_depends_on_client(seen: Clients) -> Verdict:
    """A version that the server supports has to be agreed to whenever a client asks for it. A server that looks at
    the client's name gives new clients an old protocol for no reason that they could see.
    """
    if _version(seen.control) != seen.version or not seen.stranger.answered:
        return not_observed("one of the two initialize requests got no answer to compare", seen.control, seen.stranger)
    if not seen.stranger.ok:
        message = f"The server answered the initialize of a client of another name with {how(seen.stranger)}."
        return failed(message, seen.stranger, seen.control)
    if _version(seen.stranger) != seen.version:
        message = (
            f"The server agreed to {seen.version} for one client, and offered {_version(seen.stranger)} to another."
        )
        return failed(message, seen.stranger, seen.control)
    return passed(seen.stranger, seen.control)


@check(
    clients,
    id="lifecycle/refuses-unknown-capabilities",
    title="A client with unknown capabilities is refused",
    requirements=("lifecycle/initialize-result", "lifecycle/handle-lifecycle-errors"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Ignore capabilities and members of initialize that you do not know.",
)
def refuses_unknown_capabilities(seen: Clients) -> Verdict:
    """The set of capabilities is open: the schema says that clients may define their own. A server that refuses what
    it does not know shuts out every later client.
    """
    if not seen.future.answered:
        return not_observed("no answer came to an initialize with unknown capabilities", seen.future, seen.control)
    if seen.plain is not None and not seen.plain.ok:
        return not_observed("the client was refused without the capabilities too", seen.future, seen.plain)
    if not seen.future.ok:
        message = f"The server answered an initialize with unknown capabilities with {how(seen.future)}."
        return failed(message, seen.future, seen.control)
    return passed(seen.future, seen.control)
