"""Callers without credentials: what is served to them, and what they are told (page `basic/authorization`).

The framework is optional. A server that asks nobody for credentials is judged by none of this; one that does may not
leave a request out.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    JsonObject,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_applicable,
    not_observed,
)
from mcp_audit_harness.probe import Probe, Session

from ..arguments import valid_arguments
from .challenge import guarded, let_in, out_of_order, passes, welcomed
from .trials import Trial, code_of, how, plain_method, subject_of

MADE_UP = "mcp-audit-made-up"
_LISTS = (
    ("tools", "tools/list"),
    ("resources", "resources/list"),
    ("resources", "resources/templates/list"),
    ("prompts", "prompts/list"),
)
_HOLE = SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL)
_REFERENCES = ("https://cwe.mitre.org/data/definitions/862.html", "https://cwe.mitre.org/data/definitions/306.html")
_PROCESSED = frozenset({-32601, -32602, -32002})
"""Codes that a server can only give after it has looked at what was asked for."""


@dataclass(frozen=True, slots=True)
class WithoutToken:
    """One request after another on an opened conversation, none of them with credentials."""

    control: Exchange
    """The plain request of the revision, with credentials."""
    trials: tuple[Trial, ...]
    """Each named after its method; the first is the control without its credentials."""
    existing: tuple[Trial, ...]
    """Requests for something that the server lists: a tool, a resource."""
    again: tuple[Trial, ...]
    """The same once more."""
    made_up: tuple[Trial, ...]
    """The same for something that nobody has; then a method that nobody has."""
    in_session: bool
    """Whether the requests show the id of a session that was opened with credentials."""
    spoiled: Exchange | None = None
    """The control with a token that is not good."""

    @property
    def first(self) -> Trial:
        """The control without its credentials."""
        return next(iter(self.trials), Trial("nothing", self.control))


@scenario(transports=HTTP_ONLY, impact=Impact.PROBING, needs=(guarded,), bench=Bench.AUTHORIZED)
async def without_token(probe: Probe) -> WithoutToken:
    await welcomed(probe)
    async with probe.session() as session:
        control = await session.request(plain_method(probe))
        if not control.ok:
            raise Unobservable(f"with the given credentials the server answers {how(control)}", control)
        asked = _Asked(probe, session)
        existing = await asked.existing()
        again, made_up = await asked.existing(), await asked.made_up()
        bad = {**probe.anonymous(), "authorization": f"Bearer {MADE_UP}"}
        spoiled = await session.request(plain_method(probe), headers=bad)
        trials = [trial async for trial in asked.everything()]
        return WithoutToken(control, tuple(trials), existing, again, made_up, session.session_id is not None, spoiled)


class _Asked:
    """Asks without credentials."""

    def __init__(self, probe: Probe, session: Session) -> None:
        self._probe = probe
        self._session = session
        self._nobody = probe.anonymous()
        uris = (item.get("uri") for item in probe.offer.resources)
        self._tool: JsonObject | None = next(iter(probe.callable_tools()), None)
        self._uri: str | None = next((uri for uri in uris if isinstance(uri, str)), None)

    async def _ask(self, name: str, method: str, params: JsonObject | None = None) -> Trial:
        return Trial(name, await self._session.request(method, params, headers=self._nobody))

    async def existing(self) -> tuple[Trial, ...]:
        """Ask for what there is: a tool that may be called, a resource."""
        asked = []
        if self._tool is not None:
            name, arguments = str(self._tool.get("name")), valid_arguments(self._tool.get("inputSchema"))
            asked.append(await self._ask("tools/call", "tools/call", {"name": name, "arguments": arguments}))
        if self._uri is not None:
            asked.append(await self._ask("resources/read", "resources/read", {"uri": self._uri}))
        return tuple(asked)

    async def made_up(self) -> tuple[Trial, ...]:
        """Ask for what there is not."""
        asked = [await self._ask("a method that nobody has", f"{MADE_UP}/method")]
        if self._tool is not None:
            arguments = valid_arguments(self._tool.get("inputSchema"))
            asked.append(await self._ask("tools/call", "tools/call", {"name": MADE_UP, "arguments": arguments}))
        if self._uri is not None:
            absent = f"{self._uri.partition(':')[0]}://{MADE_UP}/"
            asked.append(await self._ask("resources/read", "resources/read", {"uri": absent}))
        return tuple(asked)

    def _further(self) -> tuple[tuple[str, str, JsonObject], ...]:
        """Return methods that servers forget: with parameters that fit, so that only the token is missing."""
        prompts = (item.get("name") for item in self._probe.offer.prompts)
        prompt = next((name for name in prompts if isinstance(name, str)), MADE_UP)
        reference = {"type": "ref/prompt", "name": prompt}
        further: tuple[tuple[str, str, JsonObject], ...] = (
            ("prompts", "prompts/get", {"name": prompt}),
            ("completions", "completion/complete", {"ref": reference, "argument": {"name": MADE_UP, "value": ""}}),
        )
        if self._probe.revision.era is Era.STATELESS:
            return further
        return (*further, ("logging", "logging/setLevel", {"level": "error"}), ("tasks.list", "tasks/list", {}))

    async def everything(self) -> AsyncIterator[Trial]:
        """Ask for all that every client asks for; what ends the conversation comes last."""
        plain = plain_method(self._probe)
        yield await self._ask(plain, plain)
        for capability, method in _LISTS:
            if self._probe.offer.declares(capability):
                yield await self._ask(method, method)
        for capability, method, params in self._further():
            if self._probe.offer.declares(capability):
                yield await self._ask(method, method, params)
        if self._probe.revision.era is Era.STATELESS:
            return
        cancelled = {"requestId": MADE_UP, "reason": "a probe"}
        method = "notifications/cancelled"
        yield Trial(method, await self._session.notify(method, cancelled, headers=self._nobody))
        for verb in ("GET", "DELETE"):
            yield Trial(verb, await self._session.http(verb, headers=self._nobody, timeout=2.0))


def _open_throughout(seen: WithoutToken) -> bool:
    """Whether the session alone is enough, whatever is asked for."""
    return seen.in_session and let_in(seen.first.exchange)


@check(
    without_token,
    id="authorization/session-replaces-token",
    title="A session id is taken for a credential",
    requirements=("security-best-practices/session-not-authentication",),
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Verify the access token of every request, whatever session it belongs to.",
    references=("https://cwe.mitre.org/data/definitions/384.html", *_REFERENCES),
)
def session_replaces_token(seen: WithoutToken) -> Verdict:
    """Session ids travel in headers, logs and URLs of debugging tools. Where the id alone is enough, whoever sees it
    acts for its user, and goes on when the token has long expired or was revoked.
    """
    if not seen.in_session:
        return not_applicable("the server assigns no session ids", seen.control)
    first = seen.first.exchange
    if out_of_order(first):
        return not_observed(f"without a token the server answers {how(first)}", first, seen.control)
    if let_in(first):
        message = f"The server served {seen.first.name} to a caller with a session id and without a token."
        return failed(message, first, seen.control)
    if seen.spoiled is not None and let_in(seen.spoiled):
        message = f"The server served {seen.first.name} to a caller with a session id and a made-up token."
        return failed(message, seen.spoiled, seen.control)
    return passes(first, *(() if seen.spoiled is None else (seen.spoiled,)), seen.control)


@check(
    without_token,
    id="authorization/method-skips-authorization",
    title="Some requests are served without a token",
    requirements=(
        "security-best-practices/verify-all-inbound-requests",
        "authorization/authorization-on-every-request",
    ),
    severity=_HOLE,
    category=Category.SECURITY,
    remediation="Verify the access token in one place in front of all methods and HTTP verbs, not in each handler.",
    references=_REFERENCES,
)
def method_skips_authorization(seen: WithoutToken) -> Verdicts:
    """Where each handler has to ask for the token, one forgets it: lists, notifications, the event stream and DELETE
    are the usual ones.
    """
    if _open_throughout(seen):
        return not_observed("the session alone is enough, which is a finding of its own", seen.first.exchange)
    asked = [*seen.trials, *seen.existing]
    failures = [
        failed(
            f"The server served {trial.name} to a caller without a token.",
            trial.exchange,
            seen.control,
            subject=f"method:{trial.name}",
        )
        for trial in asked
        if let_in(trial.exchange)
    ]
    refused = [trial.exchange for trial in asked if not out_of_order(trial.exchange)]
    if failures:
        return failures
    return passes(*refused, seen.control) if refused else not_observed("no request was answered", seen.control)


@check(
    without_token,
    id="authorization/looks-before-validating",
    title="Requests are looked at before the token",
    requirements=("authorization/validate-before-processing",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Verify the token before the message is dispatched, so that every refusal is the same 401.",
    references=("https://cwe.mitre.org/data/definitions/696.html",),
)
def looks_before_validating(seen: WithoutToken) -> Verdicts:
    """An answer that knows whether a method, tool or resource exists was made before anybody asked who is calling. Who
    has no token then learns what there is, and reaches code that was written for callers who have one.
    """
    if _open_throughout(seen):
        return not_observed("the session alone is enough, which is a finding of its own", seen.first.exchange)
    failures = [
        failed(
            f"The server answered {trial.name} without a token with {how(trial.exchange)}: it has looked it up.",
            trial.exchange,
            seen.first.exchange,
            subject=subject_of(trial),
        )
        for trial in (*seen.made_up, *seen.existing)
        if trial.exchange.status not in {401, 403} and code_of(trial.exchange) in _PROCESSED
    ]
    if failures:
        return failures
    refused = [trial.exchange for trial in seen.made_up if trial.exchange.status in {401, 403}]
    return passes(*refused) if refused else not_observed("no request without a token was refused", seen.control)


@check(
    without_token,
    id="authorization/refusal-tells-what-exists",
    title="The refusal of a caller without a token tells what exists",
    requirements=("derived/challenge-401-no-oracle",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Answer every request without a good token with the same status, challenge and error.",
    references=("https://cwe.mitre.org/data/definitions/204.html",),
)
def refusal_tells_what_exists(seen: WithoutToken) -> Verdicts:
    """A refusal that differs for what exists and what does not lets strangers list tools and resources by guessing."""
    refused = [
        (there, again, absent)
        for there, again in zip(seen.existing, seen.again, strict=False)
        for absent in seen.made_up
        if there.name == absent.name
        and not (let_in(there.exchange) or let_in(absent.exchange))
        and not any(out_of_order(trial.exchange) for trial in (there, again, absent))
    ]
    failures = [
        failed(
            f"Without a token, the refusal of {there.name} has another status, challenge, code or text where the name "
            "exists than where it is made up.",
            there.exchange,
            again.exchange,
            absent.exchange,
            subject=f"method:{there.name}",
        )
        for there, again, absent in refused
        if _shape(there.exchange) == _shape(again.exchange) != _shape(absent.exchange)
    ]
    if failures:
        return failures
    if not seen.existing:
        return not_observed("nothing that is listed may be asked for; allow tools with --tool NAME", seen.control)
    if not refused:
        return not_observed("no request for something that is listed was refused", seen.control)
    return passes(*[trial.exchange for trials in refused for trial in trials])


def _shape(exchange: Exchange) -> tuple[object, ...]:
    """Return what two refusals may not differ in."""
    challenge = tuple(value for name, value in exchange.headers if name == "www-authenticate")
    return exchange.status, challenge, code_of(exchange), _told(exchange)


def _told(exchange: Exchange) -> str:
    """Return the text of a refusal without what the request said, and without numbers."""
    words = set(re.findall(r"[A-Za-z][^\s\"\\]{3,}", exchange.sent.body))
    text = exchange.body
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return re.sub(r"\d+", "", text)
