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


@dataclass(frozen=True, slots=True)
class UnknownVersion:
    """An initialize for a version that never was, and one for the version that the server offered instead."""

    control: Exchange
    unknown: Exchange
    agreed: Exchange | None

    @property
    def offered(self) -> str | None:
        """The version that the server named; None if it refused."""
        return _version(self.unknown)


@scenario(spec=HANDSHAKE, impact=Impact.PROBING)
async def unknown_version(probe: Probe) -> UnknownVersion:
    """Ask for a version that never was, then for what was offered instead."""
    control = await probe.initialize()
    if not control.ok:
        raise Unobservable(f"an ordinary initialize was answered with {how(control)}", control)
    unknown = await probe.initialize(protocol_version=_UNKNOWN_VERSION)
    offered = _version(unknown)
    agreed = None
    if offered is not None and offered != _UNKNOWN_VERSION:
        agreed = await probe.initialize(protocol_version=offered)
    return UnknownVersion(control, unknown, agreed)


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
    """The same version asked for by an ordinary client, one of another name, and one from the future."""

    control: Exchange
    other_name: Exchange
    future: Exchange
    version: str


@scenario(spec=HANDSHAKE)
async def clients(probe: Probe) -> Clients:
    """Initialize as another client, and as one with capabilities and members that no revision knows yet."""
    control = await probe.initialize()
    if not control.ok:
        raise Unobservable(f"an ordinary initialize was answered with {how(control)}", control)
    version = str(probe.revision)
    info: JsonObject = {"name": "acme-desktop", "version": "0.0.1"}
    plain: JsonObject = {"protocolVersion": version, "capabilities": {"roots": {}, "sampling": {}}}
    future: JsonObject = {
        "protocolVersion": version,
        "capabilities": {"roots": {}, "sampling": {}, "experimental": {"x.audit": {}}, "auditUnknown": {"deep": True}},
        "clientInfo": {**info, "auditUnknown": "1"},
        "auditUnknown": True,
    }
    return Clients(
        control,
        await probe.initialize(params={**plain, "clientInfo": info}),
        await probe.initialize(params=future),
        version,
    )


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
    if _version(seen.control) != seen.version or not seen.other_name.answered:
        return not_observed(
            "one of the two initialize requests got no answer to compare", seen.control, seen.other_name
        )
    if not seen.other_name.ok:
        message = f"The server answered the initialize of a client of another name with {how(seen.other_name)}."
        return failed(message, seen.other_name, seen.control)
    if _version(seen.other_name) != seen.version:
        message = (
            f"The server agreed to {seen.version} for one client, and offered {_version(seen.other_name)} to another."
        )
        return failed(message, seen.other_name, seen.control)
    return passed(seen.other_name, seen.control)


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
    if not seen.future.ok:
        message = f"The server answered an initialize with unknown capabilities with {how(seen.future)}."
        return failed(message, seen.future, seen.control)
    return passed(seen.future, seen.control)
