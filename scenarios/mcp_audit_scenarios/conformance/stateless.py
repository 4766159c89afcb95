"""The request context of the stateless era: `_meta`, versions, removed methods (2026-07-28, basic, versioning).

A server that speaks both eras tells them apart by the context, so what it does without one is judged only where the
request cannot be meant for the older era: `server/discover` exists in the stateless era alone.
"""

from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Transport,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

_PREFIX = "io.modelcontextprotocol/"
_VERSION = f"{_PREFIX}protocolVersion"
_CAPABILITIES = f"{_PREFIX}clientCapabilities"
_FAR_PAST = "1900-01-01"
_REMOVED: tuple[tuple[str, JsonObject], ...] = (
    ("ping", {}),
    ("logging/setLevel", {"level": "error"}),
    ("resources/subscribe", {"uri": "mcp-audit://none"}),
    ("resources/unsubscribe", {"uri": "mcp-audit://none"}),
)


async def discover_control(probe: Probe) -> Exchange:
    """Return the answer to a correct `server/discover`; raises Unobservable if it is no result."""
    control = await probe.request("server/discover")
    if not control.ok:
        raise Unobservable("a correct server/discover was refused", control)
    return control


@dataclass(frozen=True, slots=True)
class MissingContext:
    """The same request with parts of its context left out."""

    control: Exchange
    without_version: Exchange
    without_capabilities: Exchange
    without_meta: Exchange

    def spoiled(self) -> tuple[tuple[str, Exchange], ...]:
        """Return what was left out, and what came back."""
        return (
            ("protocolVersion", self.without_version),
            ("clientCapabilities", self.without_capabilities),
            ("_meta", self.without_meta),
        )


@scenario(spec=STATELESS, impact=Impact.PROBING)
async def missing_context(probe: Probe) -> MissingContext:
    return MissingContext(
        control=await discover_control(probe),
        without_version=await probe.request("server/discover", meta={_VERSION: None}),
        without_capabilities=await probe.request("server/discover", meta={_CAPABILITIES: None}),
        without_meta=await probe.request(
            "server/discover", meta={_VERSION: None, _CAPABILITIES: None, f"{_PREFIX}clientInfo": None}
        ),
    )


@check(
    missing_context,
    id="stateless/serves-without-context",
    title="Request without its required context is served",
    requirements=("basic/missing-meta-32602",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Refuse a request whose _meta lacks protocolVersion or clientCapabilities with -32602.",
)
def serves_without_context(seen: MissingContext) -> Verdicts:
    """In the stateless era the context of a request is all that a server may rely on.

    One that serves a request without it has to guess the client's version and capabilities, and guesses differ between
    servers, so that a client which forgets the context works here and fails elsewhere.
    """
    served = [
        failed(f"server/discover without {part} was answered with a result", spoiled, seen.control, subject=part)
        for part, spoiled in seen.spoiled()
        if spoiled.ok
    ]
    return served or _passed_if_refused(seen.control, *(spoiled for _, spoiled in seen.spoiled()))


@check(
    missing_context,
    id="stateless/wrong-code-for-missing-context",
    title="Request without client capabilities is refused with the wrong error code",
    requirements=("basic/missing-meta-32602",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32602 when _meta lacks a required member.",
)
def wrong_code_for_missing_context(seen: MissingContext) -> Verdicts:
    """A client tells a mistake of its own from a failure of the server by the code.

    Only the missing capabilities are judged: without a version a server of both eras may take the request for one of
    the older era, and answer by its rules.
    """
    spoiled = seen.without_capabilities
    if spoiled.error_code is None:
        return not_observed("no refusal with an error code was seen", spoiled)
    if spoiled.error_code == -32602:
        return passed(spoiled, seen.control)
    return failed(f"the refusal has code {spoiled.error_code}, not -32602", spoiled, seen.control)


@check(
    missing_context,
    id="stateless/wrong-status-for-missing-context",
    title="Request without client capabilities is not refused with HTTP 400",
    requirements=("basic/missing-meta-http-400",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send the -32602 error with HTTP status 400.",
)
def wrong_status_for_missing_context(seen: MissingContext) -> Verdicts:
    """Gateways and caches look at the status alone: 200 tells them that all is well."""
    spoiled = seen.without_capabilities
    if spoiled.transport is not Transport.HTTP:
        return not_applicable("a status belongs to HTTP")
    if spoiled.status is None or spoiled.error is None:
        return not_observed("no refusal over HTTP was seen", spoiled)
    if spoiled.status == 400:
        return passed(spoiled)
    return failed(f"the refusal has HTTP status {spoiled.status}, not 400", spoiled, seen.control)


@dataclass(frozen=True, slots=True)
class UnsupportedVersion:
    """The same request at a version that was never published."""

    control: Exchange
    spoiled: Exchange


@scenario(spec=STATELESS, impact=Impact.PROBING)
async def unsupported_version(probe: Probe) -> UnsupportedVersion:
    control = await discover_control(probe)
    headers = {"mcp-protocol-version": _FAR_PAST}
    return UnsupportedVersion(
        control, await probe.request("server/discover", meta={_VERSION: _FAR_PAST}, headers=headers)
    )


@check(
    unsupported_version,
    id="stateless/serves-unsupported-version",
    title="Request at a version that does not exist is served",
    requirements=("versioning/unsupported-version-error",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Compare the version of each request with the versions that you implement; refuse others with -32022.",
)
def serves_unsupported_version(seen: UnsupportedVersion) -> Verdict:
    """A server that serves any version promises semantics that it lacks."""
    if seen.spoiled.ok:
        return failed(f"server/discover at version {_FAR_PAST} was served", seen.spoiled, seen.control)
    return _passed_if_refused(seen.control, seen.spoiled)


@check(
    unsupported_version,
    id="stateless/wrong-code-for-unsupported-version",
    title="Unsupported version is not refused with UnsupportedProtocolVersionError",
    requirements=("versioning/unsupported-version-error",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer with code -32022 and data.supported.",
)
def wrong_code_for_unsupported_version(seen: UnsupportedVersion) -> Verdict:
    """By this code a client knows that it can try again with another version; by any other it gives up."""
    if seen.spoiled.error_code is None:
        return not_observed("no refusal with an error code was seen", seen.spoiled)
    if seen.spoiled.error_code == -32022:
        return passed(seen.spoiled, seen.control)
    return failed(f"the refusal has code {seen.spoiled.error_code}, not -32022", seen.spoiled, seen.control)


@check(
    unsupported_version,
    id="stateless/unsupported-version-without-list",
    title="Refusal of a version does not list the supported ones",
    requirements=("versioning/unsupported-version-error",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put the versions that you implement into error.data.supported.",
)
def unsupported_version_without_list(seen: UnsupportedVersion) -> Verdict:
    """Without the list a client has to guess which version to fall back to."""
    if seen.spoiled.error is None or seen.spoiled.error_code != -32022:
        return not_observed("no UnsupportedProtocolVersionError was seen", seen.spoiled)
    data = seen.spoiled.error.get("data")
    supported = data.get("supported") if isinstance(data, dict) else None
    if isinstance(supported, list) and supported and all(isinstance(version, str) for version in supported):
        return passed(seen.spoiled)
    return failed("error.data.supported is no list of versions", seen.spoiled, seen.control)


@dataclass(frozen=True, slots=True)
class RemovedMethods:
    """Methods of the older era, each with the full context of this one."""

    control: Exchange
    answers: tuple[Exchange, ...]


@scenario(spec=STATELESS, impact=Impact.PROBING)
async def removed_methods(probe: Probe) -> RemovedMethods:
    control = await discover_control(probe)
    return RemovedMethods(control, tuple([await probe.request(method, params) for method, params in _REMOVED]))


@check(
    removed_methods,
    id="stateless/serves-removed-method",
    title="Method that the revision removed is still served",
    requirements=("derived/removed-methods",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32601 to methods of the handshake era when a request carries the stateless context.",
)
def serves_removed_method(seen: RemovedMethods) -> Verdicts:
    """Serving them invites clients to depend on what the next server does not have."""
    served = [
        failed(f"{answer.sent.method} was served", answer, seen.control, subject=f"method:{answer.sent.method}")
        for answer in seen.answers
        if answer.ok
    ]
    return served or _passed_if_refused(seen.control, *seen.answers)


@dataclass(frozen=True, slots=True)
class UnknownMethod:
    """A method that does not exist."""

    control: Exchange
    answer: Exchange


@scenario(spec=STATELESS, transports=HTTP_ONLY, impact=Impact.PROBING)
async def unknown_method(probe: Probe) -> UnknownMethod:
    return UnknownMethod(await discover_control(probe), await probe.request("mcp-audit/unknown"))


@check(
    unknown_method,
    id="stateless/wrong-status-for-unknown-method",
    title="Unknown method is not answered with HTTP 404",
    requirements=("streamable-http/unknown-method-404",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send the -32601 error with HTTP status 404.",
)
def wrong_status_for_unknown_method(seen: UnknownMethod) -> Verdict:
    """Clients that probe for a feature, and gateways, act on the status before they read the body."""
    if seen.answer.status is None or not (seen.answer.answered and seen.answer.refused):
        return not_observed("the unknown method was not refused over HTTP", seen.answer)
    if seen.answer.status == 404:
        return passed(seen.answer)
    return failed(f"the HTTP status is {seen.answer.status}, not 404", seen.answer, seen.control)


def _passed_if_refused(control: Exchange, *spoiled: Exchange) -> Verdict:
    """PASS when the target said no to each; NOT_OBSERVED when it said nothing."""
    unseen = [exchange for exchange in spoiled if not (exchange.answered and exchange.refused)]
    if unseen or not spoiled:
        return not_observed("the target did not answer", *unseen)
    return passed(*spoiled, control)
