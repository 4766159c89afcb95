"""What holds for every answer on a transport: its encoding, whose it is, and who may keep it."""

import re
from dataclasses import dataclass

import anyio
from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe, Session

from .streamable_http import STREAMABLE, STREAMABLE_SESSIONS
from .trials import how, patience, plain_method

_NOT_ASCII = "größe-€-😀"
_REPLACED = "\ufffd"
_SHARED = re.compile(r"\bpublic\b|\bs-maxage\s*=\s*\"?[1-9]|\bmax-age\s*=\s*\"?[1-9]")
_PRIVATE = re.compile(r"\bprivate\b|\bno-store\b|\bno-cache\b")
_LISTS = ("tools", "resources", "prompts")
_PARALLEL = 4


@dataclass(frozen=True, slots=True)
class NotAscii:
    """A request whose id, and one whose method, has letters beyond ASCII."""

    named: Exchange
    unknown: Exchange


@scenario(spec=since("2025-03-26"))
async def not_ascii(probe: Probe) -> NotAscii:
    named = await probe.request(plain_method(probe), rpc_id=_NOT_ASCII)
    return NotAscii(named, await probe.request(f"audit/{_NOT_ASCII}", timeout=patience(named)))


@check(
    not_ascii,
    id="transports/answer-not-utf-8",
    title="An answer is not encoded in UTF-8",
    requirements=("transports/utf8",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Encode every message in UTF-8, whatever the locale of the process is.",
)
def answer_not_utf_8(seen: NotAscii) -> Verdict:
    """A server that writes in the encoding of its locale works until the first name with an accent; then its client
    fails to decode the line, or shows other letters.
    """
    for exchange in (seen.named, seen.unknown):
        if _REPLACED in exchange.body:
            return failed("The server sent bytes that are no UTF-8, or lost letters of the request.", exchange)
    answered = [exchange for exchange in (seen.named, seen.unknown) if exchange.answered]
    return passed(*answered) if answered else not_observed("no answer came", seen.named, seen.unknown)


@dataclass(frozen=True, slots=True)
class Parallel:
    """Requests under the same ids at the same time, in two sessions: pings in one, lists of `member` in the other."""

    member: str
    pings: tuple[Exchange, ...]
    lists: tuple[Exchange, ...]


@scenario(spec=STREAMABLE_SESSIONS, transports=HTTP_ONLY, thorough=True)
async def parallel(probe: Probe) -> Parallel:
    """Ask two sessions different questions under the same ids, all at once."""
    member = next((name for name in _LISTS if probe.offer.declares(name)), None)
    if member is None:
        raise Unobservable("the server offers no list, so that the answers of two sessions cannot be told apart")
    pings: list[Exchange] = []
    lists: list[Exchange] = []

    async def ask(session: Session, method: str, number: int, into: list[Exchange]) -> None:
        into.append(await session.request(method, rpc_id=f"crossing-{number}"))

    async with probe.session() as one, probe.session() as other:
        if not (one.usable and other.usable):
            raise Unobservable("two sessions could not be opened at the same time")
        async with anyio.create_task_group() as tasks:
            for number in range(_PARALLEL):
                tasks.start_soon(ask, one, "ping", number, pings)
                tasks.start_soon(ask, other, f"{member}/list", number, lists)
    return Parallel(member, tuple(pings), tuple(lists))


@check(
    parallel,
    id="http/answers-another-session",
    title="A session gets the answer of another session",
    requirements=("basic/response-id-matches",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Keep pending requests per session: never share a transport, or a table by request id, between them.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-25536",
        "https://cwe.mitre.org/data/definitions/488.html",
    ),
)
def answers_another_session(seen: Parallel) -> Verdict:
    """Clients all count their requests from the same number. A server that finds the waiting client by that number
    alone hands one client what another one asked for.
    """
    for exchange in seen.pings:
        if exchange.result is not None and seen.member in exchange.result:
            return failed(
                f"The server answered a ping with the {seen.member} that another session asked for.", exchange
            )
    for exchange in seen.lists:
        if exchange.result == {}:
            return failed(f"The server answered {seen.member}/list as the ping of another session.", exchange)
    answered = [exchange for exchange in (*seen.pings, *seen.lists) if exchange.ok]
    if not (any(exchange.ok for exchange in seen.pings) and any(exchange.ok for exchange in seen.lists)):
        return not_observed("one of two parallel sessions got no results", *seen.pings, *seen.lists)
    return passed(*answered)


@dataclass(frozen=True, slots=True)
class Keepable:
    """An answer that a cache may see."""

    answers: tuple[Exchange, ...]


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, thorough=True)
async def keepable(probe: Probe) -> Keepable:
    lists = [f"{name}/list" for name in _LISTS if probe.offer.declares(name)]
    answers = tuple([await probe.request(method) for method in (plain_method(probe), *lists)])
    if not any(exchange.ok for exchange in answers):
        raise Unobservable(f"{plain_method(probe)} was answered with {how(answers[0])}", *answers)
    return Keepable(tuple(exchange for exchange in answers if exchange.ok))


@check(
    keepable,
    id="http/shared-caches-may-store",
    title="Shared caches are told to store answers",
    requirements=("derived/http-cache-control",),
    severity=SeverityByExposure(local=Severity.INFO, remote=Severity.LOW),
    category=Category.SECURITY,
    remediation="Send `Cache-Control: no-store`, or `no-cache` on streams; never public or a lifetime without private.",
    references=("https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2",),
)
def shared_caches_may_store(seen: Keepable) -> Verdicts:
    """What a server answers may depend on who asks. A proxy that was told to keep it gives it to the next one."""
    for exchange in seen.answers:
        said = ", ".join(value.lower() for name, value in exchange.headers if name == "cache-control")
        if _SHARED.search(said) and not _PRIVATE.search(said):
            return failed(f"The server sent an answer with Cache-Control {said!r}.", exchange)
    answered = [exchange for exchange in seen.answers if exchange.answered]
    return passed(*answered) if answered else not_observed("no answer came that a cache could keep")
