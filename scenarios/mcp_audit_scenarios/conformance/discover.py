"""server/discover: what a server of the stateless era says of itself (2026-07-28, server/discover)."""

import re
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, feature, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Revision,
    Severity,
    Sighting,
    Verdict,
    failed,
    implemented,
    missing,
    not_applicable,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

_LABEL = r"[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EXTENSION = re.compile(rf"{_LABEL}(?:\.{_LABEL})*/(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Discovery:
    """server/discover, twice, and once at each stateless revision that it lists."""

    first: Exchange
    second: Exchange
    at_listed: tuple[Exchange, ...]


@scenario(spec=STATELESS)
async def discovery(probe: Probe) -> Discovery:
    first = await probe.request("server/discover")
    listed = [version for version in _listed(first.result or {}) if _is_stateless(version)]
    at_listed = [
        await probe.request(
            "server/discover",
            meta={"io.modelcontextprotocol/protocolVersion": version},
            headers={"mcp-protocol-version": str(version)},
        )
        for version in listed[:5]
    ]
    return Discovery(first, await probe.request("server/discover"), tuple(at_listed))


def _listed(result: JsonObject) -> list[object]:
    versions = result.get("supportedVersions")
    return versions if isinstance(versions, list) else []


def _is_stateless(version: object) -> bool:
    """Whether the version is dated, and not older than the first of this era."""
    return isinstance(version, str) and bool(_DATED.fullmatch(version)) and version >= str(Revision.V2026_07_28)


@check(
    discovery,
    id="discover/malformed-versions",
    title="supportedVersions is no list of distinct versions",
    requirements=("derived/discover-result-fields",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="List each version that you implement once, as a string.",
)
def malformed_versions(seen: Discovery) -> Verdict:
    """A client picks its version from this list; what it cannot read there it cannot use."""
    if seen.first.result is None:
        return not_observed("server/discover gave no result", seen.first)
    versions = seen.first.result.get("supportedVersions")
    if not isinstance(versions, list) or not versions or not all(isinstance(item, str) for item in versions):
        return failed("supportedVersions is no list of strings with at least one item", seen.first)
    if len(set(versions)) != len(versions):
        return failed("supportedVersions lists a version twice", seen.first)
    return passed(seen.first)


@check(
    discovery,
    id="discover/lists-version-that-it-refuses",
    title="Listed version is refused when it is used",
    requirements=(
        "discover/implement-discover",
        "basic/base-versioning-patterns-support",
        "transports/binding-delivers-messages",
    ),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="List only versions whose requests you serve.",
)
def lists_version_that_it_refuses(seen: Discovery) -> Verdicts:
    """A client that believes the list fails with its first request, and has nothing else to try."""
    if not seen.at_listed:
        return not_observed("no listed version of the stateless era", seen.first)
    refused = [exchange for exchange in seen.at_listed if exchange.refused]
    if refused:
        return failed("server/discover at a version that it lists was refused", refused[0], seen.first)
    unseen = [exchange for exchange in seen.at_listed if not exchange.ok]
    return not_observed("no answer at a listed version", *unseen) if unseen else passed(*seen.at_listed, seen.first)


@check(
    discovery,
    id="discover/changes-between-requests",
    title="Two discoveries in a row disagree",
    requirements=("basic/no-connection-context",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Derive versions and capabilities from the server, not from what was asked before.",
)
def changes_between_requests(seen: Discovery) -> Verdict:
    """Clients keep what discovery said; a server whose answer depends on earlier requests holds hidden state."""
    if seen.first.result is None or seen.second.result is None:
        return not_observed("server/discover gave no result", seen.first)
    for member in ("supportedVersions", "capabilities"):
        if seen.first.result.get(member) != seen.second.result.get(member):
            return failed(f"{member} differs between two requests", seen.second, seen.first)
    return passed(seen.first, seen.second)


def _extensions(seen: Discovery) -> JsonObject:
    capabilities = (seen.first.result or {}).get("capabilities")
    found = capabilities.get("extensions") if isinstance(capabilities, dict) else None
    return found if isinstance(found, dict) else {}


@check(
    discovery,
    id="discover/malformed-extension-id",
    title="Extension is declared under no proper identifier",
    requirements=("versioning/extension-identifiers",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Name extensions like _meta keys, with a prefix: com.example/my-extension.",
)
def malformed_extension_id(seen: Discovery) -> Verdict:
    """Without the prefix of its author two extensions of one name cannot be told apart."""
    if seen.first.result is None:
        return not_observed("server/discover gave no result", seen.first)
    found = _extensions(seen)
    odd = [name for name in found if not _EXTENSION.fullmatch(name)]
    if odd:
        return failed(f"the extension {odd[0][:80]!r} has no identifier of the form prefix/name", seen.first)
    return passed(seen.first) if found else not_applicable("the server declares no extension", seen.first)


@feature(
    discovery,
    id="discover/extensions",
    title="Extensions of the protocol",
    since="2026-07-28",
    page="basic/versioning#extension-negotiation",
    priority=Priority.LOW,
    effort=Effort.MEDIUM,
    remediation="Declare the extensions that you implement under capabilities.extensions.",
)
def extensions(seen: Discovery) -> Sighting:
    """What the core leaves out, such as tasks and apps, clients find among the extensions."""
    if seen.first.result is None:
        return unseen("server/discover gave no result")
    found = _extensions(seen)
    if found:
        return implemented(f"declared: {', '.join(sorted(found))[:120]}", seen.first)
    return missing("capabilities have no extensions", seen.first)
