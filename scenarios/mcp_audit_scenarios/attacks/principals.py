"""Two users of one server: the sessions of one in the hands of the other, and callers who only say who they are.

It takes a token of another user. Sources: Security Best Practices, "Session Hijacking"; CWE-290, CWE-639.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, scenario
from mcp_audit_harness.lab.jose import parse
from mcp_audit_harness.model import (
    HANDSHAKE,
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.authorization_tokens import own_token
from ..conformance.authorization_users import somebody_else
from ..conformance.challenge import guarded, out_of_order
from ..conformance.task_calls import TASKS, begin, id_of, stop, task_of, task_tool, task_tools
from ..conformance.trials import Trial, how
from .occasions import newest_of_era

_FIXTURES = ("test_task_required",)
_PATIENCE_S = 0.4
_HIJACKING = (
    "https://nvd.nist.gov/vuln/detail/CVE-2026-52869",
    "https://cwe.mitre.org/data/definitions/639.html",
)
_NAMES = (
    "x-user-id",
    "x-user",
    "x-username",
    "x-forwarded-user",
    "x-forwarded-email",
    "x-remote-user",
    "remote-user",
    "x-auth-request-user",
    "x-authenticated-user",
    "x-tenant-id",
)


@dataclass(frozen=True, slots=True)
class Intrusion:
    """A session of the operator: before, while and after another user asks something of it by HTTP."""

    before: Exchange
    other: Exchange
    after: Exchange


@dataclass(frozen=True, slots=True)
class Intrusions:
    """What another user may do in a session that is not theirs; each twice where it went well."""

    welcome: Exchange
    listening: tuple[Intrusion, ...]
    ending: tuple[Intrusion, ...]
    assigned: bool


@scenario(
    spec=HANDSHAKE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(guarded, newest_of_era), bench=Bench.AUTHORIZED
)
async def intrusions(probe: Probe) -> Intrusions:
    welcome, headers = await somebody_else(probe)
    async with probe.session() as session:
        if session.session_id is None:
            return Intrusions(welcome, (), (), assigned=False)
    listening = [await _intrude(probe, "GET", headers)]
    ending = [await _intrude(probe, "DELETE", headers)]
    if _heard(listening[0]):
        listening.append(await _intrude(probe, "GET", headers))
    if _ended(ending[0]):
        ending.append(await _intrude(probe, "DELETE", headers))
    return Intrusions(welcome, tuple(listening), tuple(ending), assigned=True)


async def _intrude(probe: Probe, verb: str, headers: Headers) -> Intrusion:
    """Open a session and let somebody else ask for its stream, or for its end."""
    sent = {**headers, "accept": "text/event-stream"} if verb == "GET" else headers
    async with probe.session() as session:
        return Intrusion(
            before=await session.request("ping"),
            other=await session.http(verb, headers=sent, timeout=_PATIENCE_S if verb == "GET" else None),
            after=await session.request("ping"),
        )


def _heard(seen: Intrusion) -> bool:
    """Whether the stream of the session was opened."""
    return seen.before.ok and seen.other.status == 200 and seen.other.media_type == "text/event-stream"


def _ended(seen: Intrusion) -> bool:
    """Whether the session worked before, and no longer works."""
    return seen.before.ok and not seen.after.ok and seen.after.status in {400, 401, 403, 404}


@check(
    intrusions,
    id="principals/stream-open-to-others",
    title="A user may listen to the session of another",
    requirements=("security-best-practices/session-bound-to-user",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep the subject of the token with the session, and answer 404 to everybody else who shows its id.",
    references=_HIJACKING,
)
def stream_open_to_others(seen: Intrusions) -> Verdict:
    """On the stream come the questions that the server asks its user, its logs, and results that were cut off. Who
    hears them knows what the other one does; who opens the stream first keeps it from its owner.
    """
    if not seen.assigned:
        return not_applicable("the server assigns no session ids", seen.welcome)
    others = [one.other for one in seen.listening]
    if len(seen.listening) > 1 and all(map(_heard, seen.listening)):
        return failed("The server opened the stream of a session to another user.", *others, seen.welcome)
    refused = [one for one in seen.listening if one.before.ok and one.other.refused and not out_of_order(one.other)]
    if not refused:
        return not_observed("the request for the stream was not refused, nor served twice", *others, seen.welcome)
    if all(one.other.status == 405 for one in refused):
        return not_applicable("sessions have no stream here", *others)
    return passed(*(exchange for one in refused for exchange in (one.other, one.before)))


@check(
    intrusions,
    id="principals/session-ended-by-others",
    title="A user may end the session of another",
    requirements=("security-best-practices/session-bound-to-user",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare the subject of the token with that of the session before DELETE ends it.",
    references=_HIJACKING,
)
def session_ended_by_others(seen: Intrusions) -> Verdict:
    """What runs in a session ends with it. Where only requests with messages are checked, DELETE is left open."""
    if not seen.assigned:
        return not_applicable("the server assigns no session ids", seen.welcome)
    if len(seen.ending) > 1 and all(map(_ended, seen.ending)):
        evidence = [exchange for one in seen.ending for exchange in (one.before, one.other, one.after)]
        return failed("DELETE by another user ended the session of its owner.", *evidence, seen.welcome)
    survived = [one for one in seen.ending if one.before.ok and one.after.ok and not out_of_order(one.other)]
    if not survived:
        return not_observed("the session did not work for its owner before and after", seen.welcome)
    return passed(*(exchange for one in survived for exchange in (one.other, one.before, one.after)))


@dataclass(frozen=True, slots=True)
class Claims:
    """A task of the operator, and what another user gets who says that they are the operator."""

    control: Exchange
    """The owner's tasks/get."""
    plain: Exchange
    """That of the other user."""
    claims: tuple[Trial, ...]
    """The same with the owner's name in headers, or in the message."""
    again: tuple[Trial, ...]


@scenario(
    spec=TASKS,
    transports=HTTP_ONLY,
    impact=Impact.PROBING,
    needs=(guarded, task_tool),
    timeout_s=30.0,
    bench=Bench.AUTHORIZED,
)
async def claims(probe: Probe) -> Claims:
    welcome, headers = await somebody_else(probe)
    token = parse(own_token(probe))
    subject = token.claims.get("sub") if token is not None else None
    if not isinstance(subject, str):
        raise Unobservable("the operator's token does not say whom it is for, so nobody can claim to be them", welcome)
    created = await begin(probe, task_tools(probe, *_FIXTURES)[0])
    task_id = id_of(created)
    if task_id is None:
        raise Unobservable("no task was created", created)
    which = {"taskId": task_id}
    async with probe.session(headers=headers) as other:
        if not other.usable:
            raise Unobservable("the second identity could open no session", welcome)
        control, plain = await probe.request("tasks/get", which), await other.request("tasks/get", which)

        async def asked() -> tuple[Trial, ...]:
            named: Mapping[str, str] = dict.fromkeys(_NAMES, subject)
            told = {"user_id": subject, "userId": subject, "user": subject}
            return (
                Trial("headers such as X-User-Id", await other.request("tasks/get", which, headers=named)),
                Trial("_meta", await other.request("tasks/get", which, meta=told)),
                Trial("arguments of the request", await other.request("tasks/get", {**told, **which})),
            )

        tried = await asked()
        again = await asked() if any(trial.exchange.ok for trial in tried) else ()
    await stop(probe, task_id)
    return Claims(control, plain, tried, again)


@check(
    claims,
    id="principals/believes-claimed-identity",
    title="The server believes who a caller says they are",
    requirements=("principals/no-claimed-identity",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Take the user from the verified token only; strip identity headers that clients send at the proxy.",
    references=("https://cwe.mitre.org/data/definitions/290.html",),
)
def believes_claimed_identity(seen: Claims) -> Verdicts:
    """Headers such as X-User-Id are for a proxy to set. A server that takes them, or a member of the message, from
    anybody lets every user be every other.
    """
    if task_of(seen.control) is None:
        return not_observed(f"the owner's tasks/get is answered with {how(seen.control)}", seen.control)
    if not seen.plain.refused:
        return not_observed("the other user gets the task without any claim, which is a finding of its own", seen.plain)
    confirmed = {trial.name: trial.exchange for trial in seen.again if trial.exchange.ok}
    failures = [
        failed(
            f"With the owner's name in {trial.name}, the server answered tasks/get of another user's task.",
            trial.exchange,
            confirmed[trial.name],
            seen.plain,
            seen.control,
            subject=f"claim:{trial.name.replace(' ', '-')}",
        )
        for trial in seen.claims
        if trial.exchange.ok and trial.name in confirmed
    ]
    refused = [trial.exchange for trial in seen.claims if trial.exchange.refused]
    if failures:
        return failures
    return passed(*refused, seen.plain, seen.control) if refused else not_observed("no claim was answered", seen.plain)
