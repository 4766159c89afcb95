"""What a server demands of callers without good credentials: the challenge of a 401 or 403, taken apart.

Sources: RFC 9110 section 11 (challenges), OAuth 2.1 section 5.3 and RFC 6750 section 3 (`Bearer`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mcp_audit_harness.declare import Unobservable
from mcp_audit_harness.model import Era, Exchange, Verdict, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Headers, Probe

from .trials import how, served

ASKS_NOBODY = "the server asks nobody for credentials"
_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_PARAMETER = re.compile(rf"\s*({_WORD})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]*))\s*")
_SCHEME = re.compile(rf"\s*({_WORD})(?:\s+(?!=)|\s*(?=,)|\s*$)")
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*\s*(?=,|$)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: its scheme in lower case, and its parameters by their names in lower case."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that it names."""
        return frozenset(self.parameters.get("scope", "").split())


def challenges(exchange: Exchange) -> tuple[Challenge, ...]:
    """Return the challenges of an answer, of all its WWW-Authenticate headers."""
    text = ", ".join(value for name, value in exchange.headers if name == "www-authenticate")
    return tuple(_parsed(text))


def bearer(exchange: Exchange) -> Challenge | None:
    """Return the first challenge of the scheme Bearer."""
    return next((found for found in challenges(exchange) if found.scheme == "bearer"), None)


def _parsed(text: str) -> Iterator[Challenge]:
    current: Challenge | None = None
    at = 0
    while at < len(text):
        if text[at] in ", \t":
            at += 1
        elif (parameter := _PARAMETER.match(text, at)) and current is not None:
            name, quoted, plain = parameter.groups()
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            current.parameters.setdefault(name.lower(), value)
            at = parameter.end()
        elif scheme := _SCHEME.match(text, at):
            if current is not None:
                yield current
            current = Challenge(scheme[1].lower())
            at = scheme.end()
            blob = _TOKEN68.match(text, at)
            at = blob.end() if blob else at
        else:
            at = max(at + 1, text.find(",", at) if "," in text[at:] else len(text))
    if current is not None:
        yield current


def guarded(probe: Probe) -> Verdict | None:
    """Need a server that refuses callers without credentials."""
    return None if probe.survey.auth.required else not_applicable(ASKS_NOBODY)


def bearer_guarded(probe: Probe) -> Verdict | None:
    """Need a server that wants bearer tokens: other schemes are not what the authorization framework speaks of."""
    if not probe.survey.auth.required:
        return not_applicable(ASKS_NOBODY)
    scheme = probe.survey.auth.scheme.lower()
    own = dict(probe.identity("own") or {}).get("authorization") or ""
    if scheme == "bearer" or (not scheme and own.lower().startswith("bearer ")):
        return None
    return not_applicable(f"the server wants {probe.survey.auth.scheme or 'credentials that are no bearer token'}")


async def opening(probe: Probe, headers: Headers | None = None) -> Exchange:
    """Send what opens a conversation, on no session: initialize, or server/discover in the stateless era."""
    if probe.revision.era is Era.HANDSHAKE:
        return await probe.initialize(headers=headers)
    async with probe.unopened() as session:
        return await session.request("server/discover", headers=headers)


async def welcomed(probe: Probe) -> Exchange:
    """Return the opening with the operator's credentials, the control of every other.

    Raises:
        Unobservable: if it was refused.
    """
    control = await opening(probe)
    if not control.ok:
        raise Unobservable(f"with the given credentials the server answers {how(control)}", control)
    return control


def let_in(exchange: Exchange) -> bool:
    """Whether a request was served: with a result, or, where none is due, with HTTP success; a web page is neither."""
    if served(exchange):
        return True
    due = ("text/event-stream",) if exchange.sent.verb == "GET" else ("", "text/event-stream", "application/json")
    has_error = any("error" in response for response in exchange.responses)
    return exchange.status is not None and exchange.status < 300 and exchange.media_type in due and not has_error


def out_of_order(exchange: Exchange) -> bool:
    """Whether an answer tells nothing of authorization: none at all, too many requests, or a server in trouble."""
    return not exchange.answered or exchange.status is None or exchange.status == 429 or exchange.status >= 500


def passes(*evidence: Exchange) -> Verdict:
    """Return a PASS that rests on these answers; NOT_OBSERVED if none of them is one."""
    if any(exchange.answered for exchange in evidence):
        return passed(*evidence)
    return not_observed("no request was answered", *evidence)
