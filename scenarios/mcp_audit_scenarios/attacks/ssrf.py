"""Tools that fetch addresses of their callers: which ones inside the machine they reach. The proof is a visit.

A tool that fetches is no defect; that it fetches from the loopback of its machine is what others there have to live
with.
"""

from collections.abc import Callable, Iterable

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)

from .fetching import Fetch, Fetching, Fetchings, fetchings

NO_ADDRESS = "no tool that may be called takes an address to fetch"
_NOT_FETCHED = "no address of the listener is fetched; name one that the target may fetch with --canary-host"
_EVERYTHING = "loopback is fetched as it is, which is a finding of its own"
_SSRF = "https://cwe.mitre.org/data/definitions/918.html"
_BY_EXPOSURE = SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH)
_INSIDE = ("ssrf/nothing-inside",)


def _judge(seen: Fetchings, fetches: Callable[[Fetching], Iterable[Fetch]], did: str, why_not: str) -> Verdicts:
    """Judge that none of the fetches was visited; `did` says what the target did, `why_not` why there are none."""
    if not seen.places:
        return not_applicable(NO_ADDRESS)
    failures: list[Verdict] = []
    answered: list[Exchange] = []
    for place in seen.places:
        for fetch in fetches(place):
            answered += [fetch.exchange] if fetch.exchange.answered else []
            if fetch.visited and fetch.again is not None:
                message = did.format(how=fetch.how, label=place.label)
                failures.append(failed(message, fetch.exchange, fetch.again, subject=place.subject))
                break
    if failures:
        return failures
    return passed(*answered[:10]) if answered else not_observed(why_not)


@check(
    fetchings,
    id="ssrf/reaches-loopback",
    title="Tool fetches from the loopback of the server",
    requirements=_INSIDE,
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Resolve the host, refuse loopback, private and link-local addresses, and connect to what you checked.",
    references=(
        _SSRF,
        "https://nvd.nist.gov/vuln/detail/CVE-2025-65513",
        "https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-request-forgery/",
    ),
)
def reaches_loopback(seen: Fetchings) -> Verdicts:
    """To fetch is what such a tool is for. Still, services on loopback trust whoever reaches them, and a model asks for
    the addresses that it read somewhere. On the user's own machine that is a capability to know of; on a server that
    others reach it opens the machine to them. The proof is a visit of a random address of the auditor's listener.
    """
    did = "The server fetched the auditor's listener on 127.0.0.1 for the argument {label}."
    return _judge(seen, lambda place: (place.plain,), did, "no call with an address was answered")


@check(
    fetchings,
    id="ssrf/filter-misses-spelling",
    title="Filter of addresses misses another spelling of loopback",
    requirements=_INSIDE,
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Compare the addresses to which a host resolves with networks, never its text with a list.",
    references=(_SSRF, "https://nvd.nist.gov/vuln/detail/CVE-2026-49857"),
)
def filter_misses_spelling(seen: Fetchings) -> Verdicts:
    """127.0.0.1 is also 127.1, 0, 2130706433 and [::ffff:127.0.0.1]. A filter that looks for texts lets those through,
    and everybody believes that loopback is out of reach.
    """
    did = "127.0.0.1 was not fetched for the argument {label}, and it was with {how}."
    return _judge(seen, lambda place: place.spelled, did, _EVERYTHING)


@check(
    fetchings,
    id="ssrf/allows-lookalike-address",
    title="List of allowed hosts takes an address that only looks like one",
    requirements=_INSIDE,
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Parse the address, and compare its scheme, host and port as a whole with the list.",
    references=(
        "https://cwe.mitre.org/data/definitions/183.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-46341",
    ),
)
def allows_lookalike_address(seen: Fetchings) -> Verdicts:
    """What begins like an allowed address, or holds its name somewhere, may lead anywhere: before @ it is a user."""
    if seen.places and not any(place.lookalike for place in seen.places):
        if any(place.plain.visited for place in seen.places):
            return not_observed(_EVERYTHING)
        return not_applicable("no argument for an address names a host that it allows")
    did = "127.0.0.1 was not fetched for the argument {label}, and it was with {how}."
    return _judge(seen, lambda place: place.lookalike, did, _EVERYTHING)


@check(
    fetchings,
    id="ssrf/follows-redirect-inside",
    title="Redirect leads to where the tool does not fetch from",
    requirements=_INSIDE,
    severity=_BY_EXPOSURE,
    category=Category.SECURITY,
    remediation="Follow redirects yourself, and check the address of each hop as you check the first.",
    references=(_SSRF, "https://cwe.mitre.org/data/definitions/601.html"),
)
def follows_redirect_inside(seen: Fetchings) -> Verdicts:
    """A filter that looks at the first address only is passed by any page that redirects. The first hop is a name that
    the operator allows, the second the number of the machine, which the tool refused when it was asked for it.
    """
    did = "The number of the machine was refused for the argument {label}, and fetched after {how}."
    inside = any(place.plain.visited for place in seen.places)
    return _judge(seen, lambda place: place.redirected, did, _EVERYTHING if inside else _NOT_FETCHED)


@check(
    fetchings,
    id="ssrf/sends-credentials-out",
    title="Credentials of the server go to the addresses that callers name",
    requirements=("ssrf/no-credentials-to-strangers",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Send credentials to the hosts that they are for, and to no other; drop them when a redirect leaves.",
    references=("https://cwe.mitre.org/data/definitions/201.html",),
)
def sends_credentials_out(seen: Fetchings) -> Verdicts:
    """Whoever makes the tool fetch an address of his own then has the token. Only the names of the headers are kept."""
    if not seen.places:
        return not_applicable(NO_ADDRESS)
    reached = [(place, fetch) for place in seen.places for fetch in place.all if fetch.visited]
    for place, fetch in reached:
        if fetch.credentials:
            names = ", ".join(fetch.credentials)
            message = f"The request for the argument {place.label} brought the headers {names}."
            return failed(message, fetch.exchange, subject=place.subject)
    answered = [fetch.exchange for _, fetch in reached if fetch.exchange.answered]
    return passed(*answered) if answered else not_observed(_NOT_FETCHED)


@check(
    fetchings,
    id="injection/splits-requests-at-newlines",
    title="Line break in an address becomes one in the request",
    requirements=("tools/validate-tool-inputs",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse control characters in addresses, or encode them, before they reach the HTTP client.",
    references=("https://cwe.mitre.org/data/definitions/93.html",),
)
def splits_requests_at_newlines(seen: Fetchings) -> Verdicts:
    """With a line break of his own a caller writes headers, and further requests, that the server's network trusts.
    The proof is a header at the listener that was part of the address.
    """
    if not seen.places:
        return not_applicable(NO_ADDRESS)
    tried = [(place, fetch) for place in seen.places for fetch in place.broken]
    for place, fetch in tried:
        if fetch.split and fetch.again is not None:
            message = f"A header arrived that {fetch.how} in the argument {place.label} began."
            return failed(message, fetch.exchange, fetch.again, subject=place.subject)
    answered = [fetch.exchange for _, fetch in tried if fetch.exchange.answered]
    return passed(*answered) if answered else not_observed(_NOT_FETCHED)
