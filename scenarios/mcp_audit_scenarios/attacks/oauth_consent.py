"""Whether users are asked before codes go out, and where codes may go.

Sources: Security Best Practices, "Confused Deputy Problem"; RFC 9700; OAuth 2.1.
"""

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from ..conformance.trials import subject_of
from .browsing import Flow, cookies_of
from .oauth_clients import (
    CALLBACK,
    NO_CLIENTS,
    Flows,
    Login,
    Registrations,
    flows,
    is_registered,
    registrations,
    upstream_of,
)

_PROXIES = ("https://nvd.nist.gov/vuln/detail/CVE-2026-27124", "https://cwe.mitre.org/data/definitions/441.html")


@check(
    registrations,
    id="oauth/registers-bad-redirects",
    title="Clients may register addresses to which no code should go",
    requirements=("oauth/redirects-https-or-loopback",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Register https addresses, and http on loopback, without a fragment; refuse the rest.",
    references=("https://cwe.mitre.org/data/definitions/601.html", "https://www.rfc-editor.org/rfc/rfc7591#section-5"),
)
def registers_bad_redirects(seen: Registrations) -> Verdicts:
    """Whoever registers chooses where users, and codes, are sent. A script there runs on the page of the login, a code
    without TLS is read on the way.
    """
    if seen.good is None:
        return not_applicable(NO_CLIENTS, seen.metadata)
    failures = [
        failed(
            f"The server registered a client with {trial.name}.", trial.exchange, seen.good, subject=subject_of(trial)
        )
        for trial in seen.bad
        if is_registered(trial.exchange)
    ]
    if failures:
        return failures
    refused = [trial.exchange for trial in seen.bad if trial.exchange.refused]
    return passed(*refused, seen.good) if refused else not_observed("no bad client was answered", seen.good)


def _same_way(flow: Flow, control: Flow) -> bool:
    """Whether a request goes on as the good one does."""
    return flow.goes_on and (flow.is_page, bool(flow.location)) == (control.is_page, bool(control.location))


@check(
    flows,
    id="oauth/pkce-not-enforced",
    title="Codes are given out without PKCE",
    requirements=("oauth/pkce-with-s256",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse authorization requests without a code_challenge of the method S256 with invalid_request.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1",
        "https://cwe.mitre.org/data/definitions/1390.html",
    ),
)
def pkce_not_enforced(login: Login) -> Verdicts:
    """A public client has no secret: only the challenge keeps a code that was caught from being exchanged by others.
    Judged by it that the server goes on as with a challenge; likely, since it could still refuse after the login.
    """
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    trials = (("without a code challenge", seen.without_pkce), ("with a code challenge in the clear", seen.plain_pkce))
    failures = [
        failed(
            f"An authorization request {name} of a public client goes on as one with S256 does.",
            *flow.hops,
            *seen.control.hops,
            subject=f"request:{name.replace(' ', '-')}",
        )
        for name, flow in trials
        if _same_way(flow, seen.control)
    ]
    answered = [flow.last for _, flow in trials if flow.last.answered and not flow.goes_on]
    return failures or _passes(answered, seen)


@check(
    flows,
    id="oauth/redirect-not-exact",
    title="Users are sent to an address that the client did not register",
    requirements=("oauth/redirects-compared-exactly",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Compare redirect_uri with those that the client registered, as whole texts.",
    references=(
        "https://cwe.mitre.org/data/definitions/601.html",
        "https://www.rfc-editor.org/rfc/rfc9700#section-4.1",
    ),
)
def redirect_not_exact(login: Login) -> Verdicts:
    """A code that goes to another address than the client's belongs to whoever listens there: another page of the same
    site with a redirect of its own, or another site with a similar name.
    """
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    failures = [
        failed(
            f"A redirect_uri with {name} than the one that was registered is accepted.".replace(
                "with another", "with another"
            ),
            *flow.hops,
            *seen.control.hops,
            subject=f"redirect:{name.replace(' ', '-')}",
        )
        for name, flow in seen.redirects
        if _same_way(flow, seen.control)
    ]
    answered = [flow.last for _, flow in seen.redirects if flow.last.answered and not flow.goes_on]
    return failures or _passes(answered, seen)


def _passes(answered: list[Exchange], seen: Flows) -> Verdict:
    if answered:
        return passed(*answered, *seen.control.hops)
    return not_observed("no changed request was refused", *seen.control.hops)


@check(
    flows,
    id="oauth/no-consent",
    title="A client that nobody knows gets on without asking the user",
    requirements=("security-best-practices/proxy-per-client-consent", "oauth/consent-first"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Show a page of your own, with the name and address of the client, before you send the user on.",
    references=("https://github.com/advisories/GHSA-c2jp-c369-7pvx", *_PROXIES),
)
def no_consent(login: Login) -> Verdict:
    """A proxy that logs in to somebody else's service in one name for all its clients has to ask for each of them. If
    it does not, a link is enough: the user is still logged in there, and the code goes to the client of the attacker.
    """
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    both = (seen.control, seen.again)
    if all(flow.location.startswith(CALLBACK) and "code=" in flow.location for flow in both):
        return failed("A client got a code, and no user was asked for anything.", *seen.control.hops, *seen.again.hops)
    if all(upstream_of(flow, seen.client_id) for flow in both):
        message = "A client that had just registered was passed on to another login, in the name of the server."
        return failed(message, *seen.control.hops, *seen.again.hops, seen.registered)
    if seen.control.is_page:
        return passed(*seen.control.hops, seen.registered)
    return not_observed("the user is sent to another site, of which nobody says what it asks", *seen.control.hops)


@check(
    flows,
    id="oauth/no-browser-binding",
    title="A login is not tied to the browser that began it",
    requirements=("security-best-practices/oauth-state-handling", "oauth/callback-bound-to-browser"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Set a cookie with the state when the user consents, and compare the two when they come back.",
    references=_PROXIES,
)
def no_browser_binding(login: Login) -> Verdict:
    """Who begins a login and lets somebody else end it gets that user's access. What tells the two browsers apart is a
    cookie; a proxy that passes users on without having set one cannot know them when they come back.
    """
    seen = login.flows
    if seen is None:
        return not_applicable(NO_CLIENTS, login.metadata)
    if seen.returned is not None:
        location = seen.returned.header("location") or ""
        if location.startswith(CALLBACK) and "code=" in location:
            return failed("A browser that began no login got a code at its end.", seen.returned, *seen.control.hops)
    flow = seen.consented or seen.control
    if not upstream_of(flow, seen.client_id):
        return not_applicable("the user is not passed on to another login", *flow.hops)
    if cookies_of(flow.hops):
        return passed(*flow.hops)
    return failed("The user was passed on to another login, and no cookie was set.", *flow.hops)
