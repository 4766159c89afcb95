"""Messages of any size: bodies by their declared length, in chunks, and compressed; lines on stdio.

The proof that all of it was taken in is an answer under the id that stands behind the padding, at the very end of the
message. A limit above the size that is tried is none of our business, and is not looked for.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    STDIO_ONLY,
    Category,
    Era,
    Exchange,
    Impact,
    JsonObject,
    Outcome,
    ProcessReading,
    Revision,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_observed,
)
from mcp_audit_harness.probe import Headers, Probe, Session

from ..conformance.trials import fresh_id, how, plain_method
from .evidence import passed_if_answered
from .occasions import newest_of_era

MEBIBYTE = 1024 * 1024
LARGE = 16 * MEBIBYTE
"""The size above which a message ought to be refused; the largest messages of common SDKs have 4 MiB."""
_CHUNK = 64 * 1024
_SEND_S, _ANSWER_S, _LINE_S = 15.0, 10.0, 20.0
_PADDING = "example.com/padding"
_ORDERLY_END = "exit code 0"
_REQUIREMENTS = ("exhaustion/bounds-input",)
_ADVISORIES = (
    "https://github.com/modelcontextprotocol/python-sdk/security/advisories/GHSA-fmmv-w9g8-j3gc",
    "https://nvd.nist.gov/vuln/detail/CVE-2026-67432",
    "https://cwe.mitre.org/data/definitions/770.html",
)
_SEVERITY = SeverityByExposure(local=Severity.MEDIUM, remote=Severity.HIGH)


@dataclass(frozen=True, slots=True)
class LargeBody:
    """A plain request, the same one with much padding, twice if it was served, and the plain one again."""

    control: Exchange
    large: Exchange
    again: Exchange | None
    after: Exchange
    size: int
    sent: int
    """Bytes of it that the target's side took."""


def padded(message: JsonObject, size: int, rpc_id: int) -> bytes:
    """Return a message as bytes, with padding that makes it `size` bytes long, and its id as the last member."""
    plain = {key: value for key, value in message.items() if key != "id"}
    params = plain.get("params") or {}
    plain["params"] = {**params, "_meta": {**params.get("_meta", {}), _PADDING: "@"}}
    text = json.dumps(plain)[:-1] + f', "id": {rpc_id}}}'
    return text.replace('"@"', '"' + "x" * (size - len(text)) + '"').encode()


async def template_of(probe: Probe, session: Session) -> tuple[Exchange, JsonObject]:
    """Send a plain request in a session; return the exchange and its message.

    Raises:
        Unobservable: if it was refused, so that there is no control.
    """
    method = plain_method(probe)
    control = await session.request(method)
    if not control.ok:
        raise Unobservable(f"{method} was answered with {how(control)}, so there is no control", control)
    message: JsonObject = json.loads(control.sent.body)
    return control, message


def head_of(probe: Probe, session: Session, message: JsonObject, changes: Headers) -> bytes:
    """Return the head of a correct POST of `message` in a session, with some headers changed."""
    own: dict[str, str | None] = {}
    if probe.revision.era is Era.HANDSHAKE:
        own["mcp-session-id"] = session.session_id
        own["mcp-protocol-version"] = str(probe.revision) if probe.revision >= Revision.V2025_06_18 else None
    return probe.http_request_bytes(message, headers={**own, **changes}).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), _CHUNK):
        piece = body[start : start + _CHUNK]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


async def _post(
    probe: Probe, session: Session, message: JsonObject, body: bytes, headers: Headers, rpc_id: int
) -> tuple[Exchange, int]:
    chunked = "transfer-encoding" in headers
    length: Headers = {"content-length": None if chunked else str(len(body))}
    head = head_of(probe, session, message, {**length, **headers})
    async with probe.link() as link:
        await link.send(head)
        await link.send(b"".join(_chunks(body)) if chunked else body, timeout=_SEND_S)
        answer = await link.answer({"jsonrpc": "2.0", "id": rpc_id, "method": message["method"]}, timeout=_ANSWER_S)
        return answer, link.sent_bytes


async def _large(probe: Probe, headers: Headers) -> LargeBody:
    async with probe.session() as session:
        control, message = await template_of(probe, session)
        answers: list[Exchange] = []
        sent = 0
        while len(answers) < 2 and all(answer.ok for answer in answers):
            rpc_id = fresh_id(probe)
            answer, sent = await _post(probe, session, message, padded(message, LARGE, rpc_id), headers, rpc_id)
            answers.append(answer)
        after = await session.request(plain_method(probe))
    return LargeBody(control, answers[0], answers[1] if len(answers) > 1 else None, after, LARGE, sent)


def _judge(seen: LargeBody, how_sent: str) -> Verdict:
    evidence = (seen.large, *([seen.again] if seen.again else []), seen.control, seen.after)
    if seen.again is not None and seen.again.ok:
        text = f"The server took in and served a message of {seen.size // MEBIBYTE} MiB, {how_sent}, twice."
        return failed(text, *evidence)
    if seen.large.ok:
        return not_observed("a large message was served once, and not again", *evidence)
    if not seen.after.ok:
        return not_observed(f"after a large message a plain one got {how(seen.after)}", *evidence)
    if seen.large.outcome is Outcome.SILENT and seen.sent > seen.size:
        return not_observed("a large message was taken, and not answered in time", *evidence)
    if seen.large.outcome is Outcome.UNREACHABLE:
        return not_observed("no connection could be made for the large message", *evidence)
    return passed_if_answered(*evidence, message=f"refused: {_refusal(seen.large)}, with {seen.sent} bytes sent")


def _refusal(exchange: Exchange) -> str:
    return f"HTTP {exchange.status}" if exchange.status is not None else exchange.note or exchange.outcome.value


@scenario(transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=90.0)
async def declared_body(probe: Probe) -> LargeBody:
    return await _large(probe, {})


@check(
    declared_body,
    id="exhaustion/unbounded-body",
    title="A body of any length is read into memory",
    requirements=_REQUIREMENTS,
    severity=_SEVERITY,
    category=Category.SECURITY,
    remediation="Answer 413 as soon as Content-Length is above your limit; a few MiB are enough for messages.",
    references=_ADVISORIES,
)
def unbounded_body(seen: LargeBody) -> Verdict:
    """A body is kept in memory, as bytes, as text and as objects, before anybody looks at what it asks for, and often
    before anybody looks at who asks. A few such requests at once end a server of ordinary size.

    16 MiB are tried. A server whose callers need more sets its limit accordingly, and this finding aside.
    """
    return _judge(seen, "declared in Content-Length")


@scenario(transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=90.0)
async def chunked_body(probe: Probe) -> LargeBody:
    return await _large(probe, {"transfer-encoding": "chunked"})


@check(
    chunked_body,
    id="exhaustion/unbounded-chunked-body",
    title="A body in chunks is read however long it gets",
    requirements=_REQUIREMENTS,
    severity=_SEVERITY,
    category=Category.SECURITY,
    remediation="Count what arrives, and stop reading at the limit: Content-Length is not all that bodies come with.",
    references=_ADVISORIES,
)
def unbounded_chunked_body(seen: LargeBody) -> Verdict:
    """A body sent in chunks does not say how long it is. A limit that only looks at Content-Length does not see it."""
    return _judge(seen, "in chunks")


@dataclass(frozen=True, slots=True)
class CompressedBody:
    """A plain request, the same one compressed, and compressed with much padding."""

    control: Exchange
    small: tuple[Exchange, ...]
    """One for each encoding that was tried, up to the first that was served."""
    bomb: LargeBody | None
    encoding: str
    packed: int
    """Bytes of the bomb on the wire."""


def _packed(encoding: str, body: bytes) -> bytes:
    for name in encoding.split(", "):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31 if name == "gzip" else 15)
        body = packer.compress(body) + packer.flush()
    return body


@scenario(transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=90.0)
async def compressed_body(probe: Probe) -> CompressedBody:
    async with probe.session() as session:
        control, message = await template_of(probe, session)
        small: list[Exchange] = []
        for encoding in ("gzip", "deflate", "gzip, gzip"):
            headers = {"content-encoding": encoding}
            rpc_id = fresh_id(probe)
            body = _packed(encoding, padded(message, 1024, rpc_id))
            small.append((await _post(probe, session, message, body, headers, rpc_id))[0])
            if not small[-1].ok:
                continue
            answers: list[Exchange] = []
            while len(answers) < 2 and all(answer.ok for answer in answers):
                rpc_id = fresh_id(probe)
                body = _packed(encoding, padded(message, LARGE, rpc_id))
                answers.append((await _post(probe, session, message, body, headers, rpc_id))[0])
            after = await session.request(plain_method(probe))
            again = answers[1] if len(answers) > 1 else None
            bomb = LargeBody(control, answers[0], again, after, LARGE, len(body))
            return CompressedBody(control, tuple(small), bomb, encoding, len(body))
        return CompressedBody(control, tuple(small), None, "", 0)


@check(
    compressed_body,
    id="exhaustion/inflates-any-body",
    title="A small compressed body is unpacked to any size",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Refuse Content-Encoding on requests with 415, or stop unpacking at the limit that plain bodies have.",
    references=("https://cwe.mitre.org/data/definitions/409.html",),
)
def inflates_any_body(seen: CompressedBody) -> Verdict:
    """Zeros compress to a thousandth. A limit on what arrives does not limit what it becomes."""
    if seen.bomb is not None:
        return _judge(seen.bomb, f"which had arrived as {seen.packed // 1024} KiB of {seen.encoding}")
    if not any(exchange.answered for exchange in seen.small):
        return not_observed("no answer came to a compressed request", *seen.small, seen.control)
    return passed_if_answered(*seen.small, seen.control, message="compressed requests are not taken at all")


@dataclass(frozen=True, slots=True)
class LongLine:
    """A plain request, one as long as `LARGE`, and the plain one again, with the process before and after."""

    control: Exchange
    long: Exchange
    after: Exchange
    before: ProcessReading
    then: ProcessReading


@scenario(transports=STDIO_ONLY, impact=Impact.INTRUSIVE, needs=(newest_of_era,), alone=True, timeout_s=90.0)
async def long_line(probe: Probe) -> LongLine:
    async with probe.session() as session:
        control, message = await template_of(probe, session)
        before = await probe.process(session)
        body = padded(message, LARGE, fresh_id(probe))
        long = await session.send_bytes(body, timeout=_LINE_S)
        then = await probe.process(session) if session.usable else before
        return LongLine(control, long, await session.request(plain_method(probe)), before, then)


@check(
    long_line,
    id="exhaustion/unbounded-line",
    title="A line of any length is read into memory",
    requirements=_REQUIREMENTS,
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Read lines with a bound; throw the rest of a longer one away, and answer it with an error.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-63119",
        "https://cwe.mitre.org/data/definitions/770.html",
    ),
)
def unbounded_line(seen: LongLine) -> Verdict:
    """Over stdio the client is trusted, but what it passes on is not: a model may put a whole file into an argument. A
    server without a bound grows by several times what it is sent, and its machine starts to swap.
    """
    grown = (seen.then.rss_bytes - seen.before.rss_bytes) / MEBIBYTE
    evidence = (seen.long, seen.control, seen.after)
    if seen.long.ok:
        text = f"The server took in and served a line of {LARGE // MEBIBYTE} MiB; its process grew by {grown:.0f} MiB."
        return failed(text, *evidence)
    if seen.long.outcome is Outcome.SILENT and not seen.after.ok:
        return not_observed("the long line was not answered in time, nor what followed", *evidence)
    if seen.after.outcome is Outcome.CLOSED and _ORDERLY_END in f"{seen.long.note} {seen.after.note}":
        return passed_if_answered(*evidence, message="the server ended the conversation instead of reading on")
    if not seen.after.ok:
        return not_observed(f"after the long line a plain one got {how(seen.after)}", *evidence)
    return passed_if_answered(*evidence, message=f"not served; its process grew by {grown:.0f} MiB")
