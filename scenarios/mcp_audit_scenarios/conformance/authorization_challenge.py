"""The 401 that sends a client to log in: its status, and what its challenge says (page `basic/authorization`)."""

import re
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .addresses import address_of
from .challenge import bearer, bearer_guarded, challenges, guarded, let_in, opening, out_of_order, welcomed
from .trials import how

_MERGED = re.compile(r"\b(?:error|error_description|scope|realm|resource_metadata)\s*=")
_NO_CHALLENGE = "the server sends no challenge, which is a finding of its own"


@dataclass(frozen=True, slots=True)
class Refused:
    """The opening with credentials, and twice without any."""

    control: Exchange
    refused: Exchange
    again: Exchange


@scenario(transports=HTTP_ONLY, needs=(guarded,), bench=Bench.AUTHORIZED)
async def refused_opening(probe: Probe) -> Refused:
    control = await welcomed(probe)
    return Refused(control, await opening(probe, probe.anonymous()), await opening(probe, probe.anonymous()))


@scenario(transports=HTTP_ONLY, needs=(bearer_guarded,), bench=Bench.AUTHORIZED)
async def refused_bearer(probe: Probe) -> Refused:
    control = await welcomed(probe)
    return Refused(control, await opening(probe, probe.anonymous()), await opening(probe, probe.anonymous()))


@check(
    refused_opening,
    id="authorization/wrong-status-without-token",
    title="A request without a token is refused with another status than 401",
    requirements=("authorization/unauthorized-401", "authorization/auth-status-codes"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer requests without credentials with 401 Unauthorized and a WWW-Authenticate header.",
)
def wrong_status_without_token(seen: Refused) -> Verdict:
    """401 is what makes a client start the login. To another status it answers with an error that its user cannot do
    anything about.
    """
    if let_in(seen.refused) or out_of_order(seen.refused):
        return not_observed(f"without a token the server answers {how(seen.refused)}", seen.refused, seen.control)
    if seen.refused.status != 401:
        message = f"The server answered a request without a token with {how(seen.refused)}, not with 401."
        return failed(message, seen.refused, seen.control)
    return passed(seen.refused, seen.control)


@check(
    refused_opening,
    id="authorization/no-challenge",
    title="A 401 says not how to log in",
    requirements=("authorization/token-error-response",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Send `WWW-Authenticate: Bearer` with every 401.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2",),
)
def no_challenge(seen: Refused) -> Verdict:
    """The WWW-Authenticate header tells a client that a bearer token is wanted, and where to get one. HTTP demands it
    of every 401.
    """
    if seen.refused.status != 401:
        return not_observed(f"without a token the server answers {how(seen.refused)}", seen.refused, seen.control)
    if not challenges(seen.refused):
        return failed("The server refused with 401 and sent no WWW-Authenticate header.", seen.refused, seen.control)
    return passed(seen.refused)


@check(
    refused_opening,
    id="authorization/no-bearer-challenge",
    title="The server wants other credentials than bearer tokens",
    requirements=("authorization/http-follows-authorization-spec", "basic/auth-http-conform-stdio-env"),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Follow the authorization framework of the specification: OAuth 2.1 bearer tokens.",
)
def no_bearer_challenge(seen: Refused) -> Verdict:
    """Clients implement the framework of the specification. For a scheme of its own, a server needs clients that were
    configured by hand.
    """
    found = challenges(seen.refused)
    if not found:
        return not_observed(_NO_CHALLENGE, seen.refused, seen.control)
    if bearer(seen.refused) is None:
        names = " and ".join(sorted({challenge.scheme for challenge in found}))
        return failed(f"The server wants credentials of the scheme {names}, not Bearer.", seen.refused)
    return passed(seen.refused)


@check(
    refused_bearer,
    id="authorization/challenge-without-metadata",
    title="A 401 does not name the resource metadata",
    requirements=("authorization/www-authenticate-resource-metadata",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation='Add `resource_metadata="https://…/.well-known/oauth-protected-resource/…"` to the challenge.',
    references=("https://www.rfc-editor.org/rfc/rfc9728#section-5.1",),
)
def challenge_without_metadata(seen: Refused) -> Verdict:
    """At this revision the challenge is the only way by which a client learns where tokens come from."""
    if seen.refused.status != 401:
        return not_observed(f"without a token the server answers {how(seen.refused)}", seen.refused, seen.control)
    challenge = bearer(seen.refused)
    if challenge is None:
        return not_observed(_NO_CHALLENGE, seen.refused, seen.control)
    if not challenge.parameters.get("resource_metadata"):
        return failed("The challenge of the 401 names no resource_metadata.", seen.refused)
    return passed(seen.refused)


@check(
    refused_bearer,
    id="authorization/challenge-scope-varies",
    title="The same refusal names other scopes each time",
    requirements=("authorization/consistent-scopes", "authorization/scope-strategy-consistent"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Build the scopes of a challenge by one fixed rule.",
)
def challenge_scope_varies(seen: Refused) -> Verdict:
    """A client asks its user to agree to the challenged scopes. If they change from one refusal to the next, it asks
    again and again.
    """
    first, second = bearer(seen.refused), bearer(seen.again)
    if first is None or second is None:
        return not_observed("there are no two challenges to compare", seen.refused, seen.again)
    if not first.scopes and not second.scopes:
        return not_applicable("the challenges name no scopes", seen.refused, seen.again)
    if first.scopes != second.scopes:
        named = " and then ".join(repr(" ".join(sorted(found.scopes))) for found in (first, second))
        return failed(f"For the same request the challenge named the scopes {named}.", seen.refused, seen.again)
    return passed(seen.refused, seen.again)


@check(
    refused_bearer,
    id="authorization/challenge-malformed",
    title="A challenge cannot be used as it is written",
    requirements=("authorization/token-error-response", "authorization/discovery-requirements"),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Let `resource_metadata` be a whole URL of your own origin, and separate parameters by commas.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc9728#section-5.1",
        "https://www.rfc-editor.org/rfc/rfc9110#section-11.2",
    ),
)
def challenge_malformed(seen: Refused) -> Verdict:
    """Clients take the address from the challenge. If it is no whole URL, or the parameters run into each other, they
    find nothing there.
    """
    challenge = bearer(seen.refused)
    if challenge is None:
        return not_observed(_NO_CHALLENGE, seen.refused, seen.control)
    if not challenge.parameters:
        return not_applicable("the challenge has no parameters", seen.refused)
    named = challenge.parameters.get("resource_metadata")
    if named is not None and address_of(named) is None:
        return failed(f"resource_metadata is {named[:200]!r}, which is no whole URL.", seen.refused)
    merged = next((name for name, value in challenge.parameters.items() if _MERGED.search(value)), None)
    if merged is not None:
        return failed(f"The parameter {merged} holds another one: a quotation mark or comma is missing.", seen.refused)
    return passed(seen.refused)
