"""What the metadata of a resource and its challenge say: of whom they speak, and what they ask a user for."""

import json

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import (
    Category,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
)

from .addresses import address_of
from .authorization_metadata import (
    ATTACKER,
    Metadata,
    document,
    published,
    resource_metadata,
    scopes_of,
    servers_of,
    unpublished,
)
from .challenge import bearer, out_of_order, passes


@check(
    resource_metadata,
    id="authorization/metadata-follows-host-header",
    title="The metadata believes the Host of the request",
    requirements=("derived/prm-not-host-header-derived",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Build the addresses in metadata and challenge from configuration, never from headers of the request.",
    references=("https://cwe.mitre.org/data/definitions/644.html",),
)
def metadata_follows_host_header(seen: Metadata) -> Verdict:
    """Whoever gets a cache or a proxy to store such an answer sends all later clients to an authorization server of
    their own choice.
    """
    for trial in seen.disguised:
        challenge = bearer(trial.exchange)
        text = json.dumps(document(trial.exchange)) + " ".join((challenge.parameters if challenge else {}).values())
        if ATTACKER in text:
            return failed(f"The answer names {ATTACKER}, which it took from {trial.name}.", trial.exchange)
    answered = [trial.exchange for trial in seen.disguised if not out_of_order(trial.exchange)]
    return passes(*answered) if answered else not_observed("no request under another name was answered", seen.refused)


@check(
    resource_metadata,
    id="authorization/without-tls",
    title="Tokens travel without TLS",
    requirements=("authorization/tls-communication",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Serve the endpoint, its metadata and the authorization server over https.",
    references=("https://cwe.mitre.org/data/definitions/319.html",),
)
def without_tls(seen: Metadata) -> Verdict:
    """A token that travels in the clear belongs to everybody on the way. What stays on this machine is exempt."""
    found, where = published(seen)
    evidence = (seen.refused,) if where is None else (seen.refused, where)
    named = (seen.url, seen.elsewhere, str(found.get("resource", "")), *servers_of(found))
    for address in map(address_of, named):
        if address is not None and address.scheme == "http" and not address.is_loopback:
            return failed(f"{address.text} is named for authorized requests, and has no TLS.", *evidence)
    return passes(*evidence)


@check(
    resource_metadata,
    id="authorization/resource-with-trailing-slash",
    title="The resource ends with a slash that the endpoint does not have",
    requirements=("authorization/no-trailing-slash",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Leave out the slash at the end of `resource`.",
)
def resource_with_trailing_slash(seen: Metadata) -> Verdict:
    """Some clients and issuers compare the text. With and without the slash are then two resources."""
    found, where = published(seen)
    if where is None:
        return unpublished(seen)
    if found["resource"].endswith("/") and not seen.url.endswith("/"):
        return failed(f"The metadata names the resource {found['resource']!r}.", where)
    return passes(where)


@check(
    resource_metadata,
    id="authorization/challenge-without-scope",
    title="A 401 does not name the scopes to ask for",
    requirements=("authorization/challenge-scope",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation='Add `scope="…"` with the scopes that a client needs to begin with.',
)
def challenge_without_scope(seen: Metadata) -> Verdict:
    """Without it a client asks its user for every scope that there is, or for none."""
    challenge, (found, where) = bearer(seen.refused), published(seen)
    if challenge is None:
        return not_observed("the server sends no Bearer challenge, which is a finding of its own", seen.refused)
    if challenge.scopes:
        return passes(seen.refused)
    if where is None or not scopes_of(found):
        return not_applicable("the server names no scopes at all", seen.refused)
    return failed("The challenge names no scope, though the metadata lists scopes.", seen.refused, where)


@check(
    resource_metadata,
    id="authorization/asks-for-offline-access",
    title="The server asks for offline_access",
    requirements=("authorization/no-offline-access-scope",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Leave offline_access out of challenges and of `scopes_supported`.",
)
def asks_for_offline_access(seen: Metadata) -> Verdict:
    """Whether a client gets a refresh token is between it and the authorization server. A resource that lists the
    scope makes every client ask its user for lasting access.
    """
    challenge, (found, where) = bearer(seen.refused), published(seen)
    evidence = (seen.refused,) if where is None else (seen.refused, where)
    for place, scopes in (("challenge", challenge.scopes if challenge else ()), ("metadata", scopes_of(found))):
        if "offline_access" in scopes:
            return failed(f"The {place} names the scope offline_access.", *evidence)
    return passes(*evidence)
