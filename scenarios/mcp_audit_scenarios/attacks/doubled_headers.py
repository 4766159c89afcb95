"""Requests that say twice where they come from or go to, and values that try to become headers of the answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Exposure,
    Impact,
    JsonObject,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Headers, Probe

from ..conformance.streamable_http import STREAMABLE
from ..conformance.trials import control_and_template, how, plain_method
from .confirmed import Sender, Sends, Tried, judge_each, try_each
from .occasions import newest_only
from .rebinding import ATTACKER, REMOTE_HOSTS, accepted

_CWE_444 = "https://cwe.mitre.org/data/definitions/444.html"
_WAIT_S = 1.0
Spoil: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Doubled:
    """The plain request in raw bytes: as it should be, from and to somebody else, and saying both."""

    control: Exchange
    foreign_origin: Exchange
    foreign_host: Exchange
    origins: tuple[Tried, ...]
    hosts: tuple[Tried, ...]
    targets: tuple[Tried, ...]
    local: bool


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the plain request in bytes, for one session."""

    probe: Probe
    template: JsonObject
    headers: Headers

    async def raw(self, spoil: Spoil | None = None, **headers: str) -> Exchange:
        """Send it with other headers, and spoiled."""
        data = self.probe.http_request_bytes(self.template, headers={**self.headers, **headers})
        return await self.probe.raw(spoil(data) if spoil else data, timeout=_WAIT_S)

    def sends(self, spoil: Spoil | None = None, **headers: str) -> Sends:
        """Return what sends it; each time the connection is a new one."""

        async def send(_: Sender) -> Exchange:
            return await self.raw(spoil, **headers)

        return send


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,), thorough=True)
async def doubled(probe: Probe) -> Doubled:
    """Add a second header to the bytes of a correct request, or another host to its first line."""
    _, template = await control_and_template(probe)
    async with probe.session() as session:
        writer = _Writer(probe, template, {"mcp-session-id": session.session_id} if session.session_id else {})
        control = await writer.raw()
        if not control.ok:
            raise Unobservable(f"a request in raw bytes was answered with {how(control)}", control)
        own = urlsplit(probe.url).netloc.rpartition("@")[2]
        to_others = f"POST http://{ATTACKER}{urlsplit(probe.url).path or '/'}".encode()
        targets = [("another server in its first line", writer.sends(lambda data: _aimed(data, to_others)))]
        return Doubled(
            control,
            foreign_origin=await writer.raw(origin=f"http://{ATTACKER}"),
            foreign_host=await writer.raw(host=ATTACKER),
            origins=await try_each(probe, _two_origins(writer, f"{urlsplit(probe.url).scheme}://{own}"), accepted),
            hosts=await try_each(probe, _two_hosts(writer, own), accepted),
            targets=await try_each(probe, targets, accepted),
            local=probe.survey.exposure is Exposure.LOCAL,
        )


def _two_origins(writer: _Writer, own: str) -> Iterator[tuple[str, Sends]]:
    bad = f"http://{ATTACKER}"
    yield "its own Origin and then a foreign one", writer.sends(_with(f"origin: {bad}", "origin"), origin=own)
    yield "a foreign Origin and then its own", writer.sends(_with(f"origin: {own}", "origin"), origin=bad)
    yield "both origins in one header", writer.sends(origin=f"{own}, {bad}")


def _two_hosts(writer: _Writer, own: str) -> Iterator[tuple[str, Sends]]:
    yield "its own Host and then a foreign one", writer.sends(_with(f"host: {ATTACKER}", "host"))
    yield "a foreign Host and then its own", writer.sends(_with(f"host: {own}", "host"), host=ATTACKER)


def _with(line: str, behind: str) -> Spoil:
    """Return what puts a header behind the first one of that name."""

    def spoil(data: bytes) -> bytes:
        lines = data.split(b"\r\n")
        place = next(index for index, text in enumerate(lines) if text.lower().startswith(f"{behind}:".encode()))
        return b"\r\n".join([*lines[: place + 1], line.encode(), *lines[place + 1 :]])

    return spoil


def _aimed(data: bytes, start: bytes) -> bytes:
    return start + data[data.index(b" HTTP/1.1") :]


@check(
    doubled,
    id="rebinding/accepts-doubled-origin",
    title="A second Origin hides a foreign one",
    requirements=("rebinding/every-origin-is-read",),
    severity=Severity.INFO,
    category=Category.CONFORMANCE,
    remediation="Refuse requests with more than one Origin header, and compare the whole value.",
    references=(_CWE_444,),
)
def accepts_doubled_origin(seen: Doubled) -> Verdicts:
    """No browser sends two, so pages gain nothing by it, and the rule about Origin is kept; a proxy that adds its own
    may. It shows that a value is compared by its beginning, or that one of two headers is looked at alone.
    """
    if accepted(seen.foreign_origin):
        return not_observed("every Origin is accepted, which is a finding of its own", seen.foreign_origin)
    return judge_each(seen.control, seen.origins, accepted, lambda one: f"The server served a request with {one.name}.")


@check(
    doubled,
    id="http/serves-doubled-host",
    title="A request with two Host headers is served",
    requirements=("http/one-host",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer 400 to a request with more than one Host header.",
    references=("https://www.rfc-editor.org/rfc/rfc9112#section-3.2", _CWE_444),
)
def serves_doubled_host(seen: Doubled) -> Verdicts:
    """HTTP demands 400, since the proxy in front and the server may each believe another one. No browser sends two."""
    return judge_each(seen.control, seen.hosts, accepted, lambda one: f"The server served a request with {one.name}.")


@check(
    doubled,
    id="http/ignores-host-of-target",
    title="The host in the first line of a request is ignored",
    requirements=("http/target-before-host",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Where the request target is a whole URL, take the host from there and refuse foreign ones.",
    references=("https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2", _CWE_444),
)
def ignores_host_of_target(seen: Doubled) -> Verdicts:
    """The URL counts and Host does not, says HTTP. A server that refuses foreign hosts, and looks at the header alone,
    is reached through proxies by the other way. No browser sends this to a server.
    """
    if not seen.local:
        return not_applicable(REMOTE_HOSTS, seen.control)
    if accepted(seen.foreign_host):
        return not_observed("every Host is accepted, which is a finding of its own", seen.foreign_host, seen.control)
    return judge_each(seen.control, seen.targets, accepted, lambda one: f"The server served a request with {one.name}.")


@dataclass(frozen=True, slots=True)
class Injections:
    """Requests with a line break and a header in a value that may come back in a header."""

    control: Exchange
    trials: tuple[Exchange, ...]
    name: str


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,))
async def injections(probe: Probe) -> Injections:
    control = await probe.request(plain_method(probe))
    if not control.answered:
        raise Unobservable("no answer came to an ordinary request", control)
    name = f"x-audit-{probe.rng.getrandbits(48):012x}"
    text, path = f"%0d%0a{name}:%20injected", urlsplit(probe.url).path or "/"
    return Injections(
        control,
        (
            await probe.http("GET", path=f"{path}/{text}", timeout=_WAIT_S / 2),
            await probe.http("GET", path=f"{path}/?next={text}", timeout=_WAIT_S / 2),
            await probe.request(plain_method(probe), headers={"origin": f"http://{ATTACKER}/{text}"}),
            await probe.request(plain_method(probe), headers={"mcp-session-id": f"audit{text}"}),
        ),
        name,
    )


@check(
    injections,
    id="http/lets-headers-be-injected",
    title="A value of the request becomes a header of the answer",
    requirements=("http/no-injected-headers",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Decode no value that goes into a header, and refuse line breaks in it.",
    references=("https://cwe.mitre.org/data/definitions/113.html",),
)
def lets_headers_be_injected(seen: Injections) -> Verdict:
    """Whoever can write headers of an answer sets cookies, allows origins, or ends the answer and begins another one
    that a cache keeps for everybody.
    """
    for exchange in seen.trials:
        if exchange.header(seen.name) is not None:
            return failed("A line break in the request made a header of the answer.", exchange, seen.control)
    answered = [exchange for exchange in seen.trials if exchange.answered]
    return passed(*answered, seen.control) if answered else not_observed("no answer came", *seen.trials)
