"""Listed resources, and resources that do not exist (server/resources)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.declare import Verdicts, capability, check, listed, scenario
from mcp_audit_harness.model import (
    HANDSHAKE,
    STATELESS,
    Category,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .encodings import is_base64, is_uri

_MAX_READS = 10
_MAX_SUBJECTS = 5
_NOT_FOUND = -32002
_INVALID_PARAMS = -32602


@dataclass(frozen=True, slots=True)
class Reading:
    """One listed resource, read."""

    uri: str
    exchange: Exchange

    def contents(self) -> Iterator[JsonObject]:
        """Yield the content objects."""
        contents = self.exchange.result.get("contents") if self.exchange.result is not None else None
        for item in contents if isinstance(contents, list) else ():
            if isinstance(item, dict):
                yield item


@dataclass(frozen=True, slots=True)
class Readings:
    """The first listed resources."""

    listing: Exchange
    readings: tuple[Reading, ...]


@scenario(needs=(listed("resources"),), timeout_s=30.0)
async def readings(probe: Probe) -> Readings:
    listing = await probe.request("resources/list")
    uris = [item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)][:_MAX_READS]
    return Readings(listing, tuple([Reading(uri, await probe.request("resources/read", {"uri": uri})) for uri in uris]))


@check(
    readings,
    id="resources/foreign-contents",
    title="Reading one resource gives the contents of another",
    requirements=("derived/resource-contents-uri",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put the URI that was asked for into the contents.",
)
def foreign_contents(seen: Readings) -> Verdicts:
    """A client files contents under their URI: the wrong one overwrites what it knows of another resource.

    Several contents may belong to one resource (the files of a directory), so only a single one is judged.
    """
    foreign = []
    for reading in seen.readings:
        contents = list(reading.contents())
        given = contents[0].get("uri") if len(contents) == 1 else reading.uri
        if isinstance(given, str) and given.rstrip("/") != reading.uri.rstrip("/"):
            text = f"asked for {reading.uri[:80]!r}, got {given[:80]!r}"
            foreign.append(failed(text, reading.exchange, subject=f"resource:{reading.uri}"))
    return foreign[:_MAX_SUBJECTS] or _read(seen)


@check(
    readings,
    id="resources/bad-base64",
    title="Binary contents are no base64",
    requirements=("resources/binary-encoding",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Encode blob with the standard alphabet and padding (RFC 4648, section 4).",
    references=("RFC 4648, section 4",),
)
def bad_base64(seen: Readings) -> Verdicts:
    """What does not decode is lost: the client shows a broken image, or drops the file."""
    broken = [
        failed("blob does not decode as base64", reading.exchange, subject=f"resource:{reading.uri}")
        for reading in seen.readings
        for item in reading.contents()
        if isinstance(item.get("blob"), str) and not is_base64(item["blob"])
    ]
    return broken[:_MAX_SUBJECTS] or _read(seen)


def _read(seen: Readings) -> Verdict:
    read = [reading.exchange for reading in seen.readings if reading.exchange.ok]
    return passed(*read) if read else not_observed("no listed resource could be read", seen.listing)


@check(
    readings,
    id="resources/malformed-uri",
    title="Listed URI does not follow RFC 3986",
    requirements=("resources/custom-uri-rfc3986",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Percent-encode what RFC 3986 does not allow in a URI, and give it a scheme.",
    references=("RFC 3986",),
)
def malformed_uri(seen: Readings) -> Verdicts:
    """Clients parse the URI; what they cannot parse they drop, or rewrite so that it no longer matches."""
    items: Any = seen.listing.result.get("resources") if seen.listing.result is not None else None
    if not isinstance(items, list):
        return not_observed("resources/list gave no list", seen.listing)
    uris = [item["uri"] for item in items if isinstance(item, dict) and isinstance(item.get("uri"), str)]
    odd = [
        failed(f"{uri[:80]!r} is no URI", seen.listing, subject=f"resource:{uri[:80]}")
        for uri in uris
        if not is_uri(uri)
    ]
    return odd[:_MAX_SUBJECTS] or passed(seen.listing)


@dataclass(frozen=True, slots=True)
class UnknownResource:
    """Reads of a URI that no server has, and of what is no URI at all."""

    control: Exchange
    unknown: Exchange
    no_uri: Exchange


@scenario(needs=(capability("resources"),), impact=Impact.PROBING)
async def unknown_resource(probe: Probe) -> UnknownResource:
    number = probe.rng.randrange(10**6)
    return UnknownResource(
        control=await probe.request("resources/list"),
        unknown=await probe.request("resources/read", {"uri": f"mcp-audit-none://no-such-resource/{number}"}),
        no_uri=await probe.request("resources/read", {"uri": "no uri \u0001 at all"}),
    )


@check(
    unknown_resource,
    id="resources/serves-unknown",
    title="Read of a resource that does not exist succeeds",
    requirements=("resources/resource-not-found-code", "resources/no-empty-contents"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer an error for a URI that you do not know: -32002 up to 2025-11-25, then -32602.",
)
def serves_unknown(seen: UnknownResource) -> Verdict:
    """Empty contents read like an empty file: the caller goes on with nothing, and does not know."""
    if seen.unknown.ok:
        return failed("a made-up URI was answered with a result", seen.unknown, seen.control)
    if seen.unknown.answered and seen.unknown.refused:
        return passed(seen.unknown, seen.control)
    return not_observed("no answer", seen.unknown)


@check(
    unknown_resource,
    id="resources/wrong-code-for-unknown",
    title="Unknown resource is refused with another code than the revision's",
    requirements=("resources/resource-not-found-code", "resources/resource-not-found-32602"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer -32002 up to 2025-11-25, and -32602 from 2026-07-28 on.",
)
def wrong_code_for_unknown(seen: UnknownResource) -> Verdict:
    """By the code a client knows whether to forget the resource or to try again."""
    if seen.unknown.error_code is None:
        return not_observed("the read was not refused with an error", seen.unknown)
    wanted = _INVALID_PARAMS if seen.unknown.revision >= str(STATELESS.first) else _NOT_FOUND
    if seen.unknown.error_code == wanted:
        return passed(seen.unknown, seen.control)
    return failed(f"the error has code {seen.unknown.error_code}, not {wanted}", seen.unknown, seen.control)


@check(
    unknown_resource,
    id="resources/reads-what-is-no-uri",
    title="Read of what is no URI succeeds",
    requirements=("resources/validate-resource-uris",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Parse the URI and compare it with what you serve before you open anything.",
)
def reads_what_is_no_uri(seen: UnknownResource) -> Verdict:
    """A server that hands on what it did not parse hands on path and URL tricks as well."""
    if seen.no_uri.ok:
        return failed("text that is no URI was answered with a result", seen.no_uri, seen.control)
    if seen.no_uri.answered and seen.no_uri.refused:
        return passed(seen.no_uri, seen.control)
    return not_observed("no answer", seen.no_uri)


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Subscribing to a listed resource, and taking it back."""

    uri: str
    declared: bool
    subscribe: Exchange
    unsubscribe: Exchange


def has_resources(probe: Probe) -> Verdict | None:
    """Need a listed resource to subscribe to."""
    return None if probe.offer.resources else not_applicable("the server lists no resources")


@scenario(spec=HANDSHAKE, needs=(has_resources,), impact=Impact.PROBING)
async def subscribing(probe: Probe) -> Subscribing:
    uri = next((item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)), "mcp-audit:none")
    return Subscribing(
        uri=uri,
        declared=probe.offer.declares("resources.subscribe"),
        subscribe=await probe.request("resources/subscribe", {"uri": uri}),
        unsubscribe=await probe.request("resources/unsubscribe", {"uri": uri}),
    )


@check(
    subscribing,
    id="resources/subscribe-declared-but-refused",
    title="Subscription is declared, and refused",
    requirements=("derived/subscribe-capability",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Serve resources/subscribe for what you list, or do not declare resources.subscribe.",
)
def subscribe_declared_but_refused(seen: Subscribing) -> Verdict:
    """A client that was promised updates shows stale data without knowing."""
    if not seen.declared:
        return not_applicable("the server does not declare resources.subscribe")
    for exchange in (seen.subscribe, seen.unsubscribe):
        if exchange.refused:
            return failed(f"{exchange.sent.method} for {seen.uri[:80]!r} was refused", exchange)
    unseen = [exchange for exchange in (seen.subscribe, seen.unsubscribe) if not exchange.ok]
    return not_observed("no answer", *unseen) if unseen else passed(seen.subscribe, seen.unsubscribe)
