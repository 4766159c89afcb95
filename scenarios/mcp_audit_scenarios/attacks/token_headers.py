"""Where a token is taken from: odd Authorization headers, cookies; and where it comes out again: answers, caches."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    since,
)
from mcp_audit_harness.probe import Probe

from ..conformance.authorization_tokens import own_token
from ..conformance.challenge import bearer_guarded, guarded, let_in, passes, welcomed
from .attempts import Attempt, attempted, judged
from .occasions import newest_of_era, newest_only

_HOLE = SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL)
_COOKIES = ("access_token", "token", "Authorization")
_SHARED = ("public", "s-maxage")
_MOST = 5
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class OddHeaders:
    """The opening with a made-up token, with headers that hold none or more than one, and with cookies."""

    control: Exchange
    made_up: Exchange
    headers: tuple[Attempt, ...]
    cookies: tuple[Attempt, ...]


@scenario(
    spec=since("2025-03-26"),
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(bearer_guarded, newest_only),
    bench=Bench.AUTHORIZED,
)
async def odd_headers(probe: Probe) -> OddHeaders:
    control, nobody, token = await welcomed(probe), probe.anonymous(), own_token(probe)
    made_up = await attempted(
        probe, "a made-up token", {**nobody, "authorization": f"Bearer {probe.rng.randbytes(16).hex()}"}
    )
    if not token:
        raise Unobservable("the operator gave no bearer token; name one with --bearer-env VAR", control)
    values = (
        ("an empty Authorization header", ""),
        ("the token null", "Bearer null"),
        ("the token undefined", "Bearer undefined"),
        ("the operator's token with a letter behind it", f"Bearer {token}x"),
        ("a made-up Digest login", 'Digest username="mcp-audit"'),
    )
    headers = [await attempted(probe, name, {**nobody, "authorization": value}) for name, value in values]
    cookies = [
        await attempted(probe, f"a token in the cookie {name}", {**nobody, "cookie": f"{name}={token}"})
        for name in _COOKIES
    ]
    return OddHeaders(control, made_up.first, tuple(headers), tuple(cookies))


@check(
    odd_headers,
    id="tokens/odd-header-accepted",
    title="An Authorization header without a good token is accepted",
    requirements=("authorization/validate-access-tokens", "authorization/token-handling-oauth21-s5"),
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Take a token from `Bearer` and one value, verify all of it, and refuse whatever else is there.",
    references=("https://cwe.mitre.org/data/definitions/287.html",),
)
def odd_header_accepted(seen: OddHeaders) -> Verdicts:
    """Front ends send `Bearer null` when nobody is logged in, and an empty header when a variable is not set. Code that
    only asks whether the header is there lets them in.
    """
    if let_in(seen.made_up):
        return not_observed("every token is taken, which is a finding of its own", seen.made_up)
    return judged(seen.headers, seen.made_up, seen.control)


@check(
    odd_headers,
    id="tokens/taken-from-cookie",
    title="A token is taken from a cookie",
    requirements=("tokens/header-only",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Read tokens from the Authorization header only.",
    references=("https://cwe.mitre.org/data/definitions/352.html", "https://www.rfc-editor.org/rfc/rfc6750#section-2"),
)
def taken_from_cookie(seen: OddHeaders) -> Verdicts:
    """Browsers send cookies by themselves, whoever made the page that asks: a token there is at the service of every
    site that the user visits.
    """
    if let_in(seen.made_up):
        return not_observed("every token is taken, which is a finding of its own", seen.made_up)
    return judged(seen.cookies, seen.made_up, seen.control)


@dataclass(frozen=True, slots=True)
class ToACaller:
    """Answers to a caller that showed a token."""

    answers: tuple[Exchange, ...]


@scenario(transports=HTTP_ONLY, needs=(guarded, newest_of_era), bench=Bench.AUTHORIZED)
async def to_a_caller(probe: Probe) -> ToACaller:
    control = await welcomed(probe)
    lists = [f"{kind}/list" for kind in ("tools", "resources", "prompts") if probe.offer.declares(kind)]
    return ToACaller((control, *[await probe.request(method) for method in lists]))


@check(
    to_a_caller,
    id="tokens/answer-cacheable-by-all",
    title="An answer to a logged-in caller may be kept for everybody",
    requirements=("tokens/answers-not-shared",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Send `Cache-Control: no-store`, or `private`, with answers to callers that showed a token.",
    references=(
        "https://cwe.mitre.org/data/definitions/524.html",
        "https://www.rfc-editor.org/rfc/rfc9111#section-3.5",
    ),
)
def answer_cacheable_by_all(seen: ToACaller) -> Verdict:
    """A shared cache keeps nothing that was asked for with a token, unless the answer tells it to: with `public` or
    `s-maxage`. Then the next caller gets what was meant for the first.
    """
    for exchange in seen.answers:
        said = (exchange.header("cache-control") or "").lower().split(",")
        directives = {part.partition("=")[0].strip() for part in said}
        told = next((name for name in _SHARED if name in directives), None)
        if told is not None and exchange.ok:
            message = f"The answer to {exchange.sent.method} with a token says {told} in Cache-Control."
            return failed(message, exchange)
    return passes(*seen.answers) if seen.answers else not_observed("no request was answered")


@dataclass(frozen=True, slots=True)
class Echoes:
    """What was answered to callers with a token, in all conversations so far."""

    answered: tuple[Exchange, ...]
    """A few answers to callers that showed one."""
    echoing: tuple[Exchange, ...]
    """Those in which a token of the operator was."""
    has_token: bool


@scenario(transports=HTTP_ONLY, observes=True, bench=Bench.AUTHORIZED)
async def echoes(probe: Probe) -> Echoes:
    with_token = [
        exchange
        for exchange in probe.transcript
        if exchange.answered and any(name == "authorization" for name, _ in exchange.sent.headers)
    ]
    echoing = [exchange for exchange in probe.transcript if exchange.echoes_token]
    return Echoes(tuple(with_token[:_ENOUGH]), tuple(echoing[:_MOST]), bool(own_token(probe)))


@check(
    echoes,
    id="tokens/echoed",
    title="A token comes back in an answer",
    requirements=("tokens/never-repeated",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Never put the Authorization header, or parts of it, into results, errors, logs or notifications.",
    references=(
        "https://cwe.mitre.org/data/definitions/532.html",
        "https://owasp.org/www-project-mcp-top-10/2025/MCP01-2025-Token-Mismanagement-and-Secret-Exposure",
    ),
)
def echoed(seen: Echoes) -> Verdict:
    """Answers go to models, histories and logs. A token in one of them is soon where it can be read by people for whom
    it was not meant. Requests that hold the token elsewhere than in a header are left out.
    """
    if not seen.has_token:
        return not_applicable("no bearer token was shown to the server")
    if seen.echoing:
        first = seen.echoing[0]
        what = first.sent.method or first.sent.verb
        return failed(f"The answer to {what} holds the token of its caller, or its signature.", *seen.echoing)
    return passes(*seen.answered) if seen.answered else not_observed("no request with a token was answered")
