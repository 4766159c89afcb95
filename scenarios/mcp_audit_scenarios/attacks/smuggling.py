"""Messages whose length two readers see differently: what one takes for a body, the other serves as a request.

On the operator's own host only, on connections of their own: where others' requests share a connection with ours, the
probe itself would do harm (RFC 9112, sections 6.3 and 11.2).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Unobservable, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Exposure,
    Impact,
    Severity,
)
from mcp_audit_harness.probe import Probe

from ..conformance.streamable_http import STREAMABLE
from ..conformance.trials import control_and_template, served
from .confirmed import Looks, Sender, Sends, Tried, judge_each, try_each
from .occasions import newest_only

_FOLLOWED = "followed by: HTTP/1"
_WAIT_S = 2.0
_SECTION_6_3 = "https://www.rfc-editor.org/rfc/rfc9112#section-6.3"
_CWE_444 = "https://cwe.mitre.org/data/definitions/444.html"
_REQUIREMENTS = ("smuggling/one-length",)


@dataclass(frozen=True, slots=True)
class Framings:
    """The plain request with a length that is certain, and with several that are not."""

    control: Exchange
    within: tuple[Tried, ...]
    """A request within a chunk is answered: the length counted, and not the coding."""
    behind: tuple[Tried, ...]
    """A request behind the last chunk is answered: the connection was not closed."""
    lengths: tuple[Tried, ...]
    codings: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class _Message:
    """A correct request in bytes, in two parts."""

    head: bytes
    body: bytes

    def framed(self, body: bytes, *fields: str) -> bytes:
        """Return the request with other fields in the place of its length, and on a connection that stays open."""
        bare = re.sub(rb"\r\n(?:content-length: *\d+|connection: *close)", b"", self.head, flags=re.IGNORECASE)
        return b"\r\n".join([bare, *(field.encode() for field in fields), b"", body])

    @property
    def chunked(self) -> bytes:
        """The body in the chunked coding."""
        return b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.body), self.body)


@scenario(
    spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_only,), alone=True, timeout_s=60
)
async def framings(probe: Probe) -> Framings:
    """Send the plain request in raw bytes; a second answer on the connection shows what was taken for a request."""
    control, template = await control_and_template(probe)
    if probe.survey.exposure is not Exposure.LOCAL:
        raise Unobservable("messages of doubtful length are sent to servers of this machine only", control)
    async with probe.session() as session:
        headers = {"mcp-session-id": session.session_id} if session.session_id else {}
        head, _, body = probe.http_request_bytes(template, headers=headers).partition(b"\r\n\r\n")
        message = _Message(head, body)
        plain = await probe.raw(message.framed(message.chunked, "Transfer-Encoding: chunked"), timeout=_WAIT_S)
        if not served(plain):
            raise Unobservable("a chunked request in raw bytes was not served, so there is no control", plain)

        async def each(named: Iterator[tuple[str, bytes]], looks: Looks) -> tuple[Tried, ...]:
            return await try_each(probe, [(name, _raw(probe, data)) for name, data in named], looks)

        start = f"POST /audit-{probe.rng.getrandbits(32):08x} HTTP/1.1\r\nHost: {urlsplit(probe.url).netloc}\r\n"
        return Framings(
            plain,
            await each(_within(message, start), _is_followed),
            await each(_behind(message, start), _is_followed),
            await each(_lengths(message), served),
            await each(_codings(message), served),
        )


_CODING = "Transfer-Encoding: chunked"


def _within(message: _Message, start: str) -> Iterator[tuple[str, bytes]]:
    end = b"\r\n0\r\n\r\n"
    hidden = f"{start}Content-Length: {len(end)}\r\n\r\n".encode()
    size = b"%x\r\n" % len(hidden)
    yield "a request within a chunk", message.framed(size + hidden + end, f"Content-Length: {len(size)}", _CODING)


def _behind(message: _Message, start: str) -> Iterator[tuple[str, bytes]]:
    body = b"0\r\n\r\n" + f"{start}Content-Length: 0\r\n\r\n".encode()
    yield "a request behind the last chunk", message.framed(body, f"Content-Length: {len(body)}", _CODING)


def _lengths(message: _Message) -> Iterator[tuple[str, bytes]]:
    right, wrong = f"Content-Length: {len(message.body)}", "Content-Length: 5"
    yield "two lengths, the right one first", message.framed(message.body, right, wrong)
    yield "two lengths, the right one last", message.framed(message.body, wrong, right)
    yield "a length with a sign", message.framed(message.body, f"Content-Length: +{len(message.body)}")


def _codings(message: _Message) -> Iterator[tuple[str, bytes]]:
    yield "a coding that is not quite chunked", message.framed(message.chunked, "Transfer-Encoding: xchunked")
    yield "chunked before another coding", message.framed(message.chunked, "Transfer-Encoding: chunked, identity")
    yield "a space before the colon", message.framed(message.chunked, "Transfer-Encoding : chunked")


def _raw(probe: Probe, data: bytes) -> Sends:
    async def send(_: Sender) -> Exchange:
        return await probe.raw(data, timeout=_WAIT_S)

    return send


def _is_followed(exchange: Exchange) -> bool:
    return _FOLLOWED in exchange.note


@check(
    framings,
    id="smuggling/serves-what-is-hidden",
    title="A request that is hidden in the body of another is served",
    requirements=_REQUIREMENTS,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Refuse requests with both Content-Length and Transfer-Encoding with 400, and close the connection.",
    references=(_SECTION_6_3, _CWE_444),
)
def serves_what_is_hidden(seen: Framings) -> Verdicts:
    """Where both are given, the coding counts and the length does not, says HTTP, and proxies follow. For this server
    the message ends earlier, and the rest is a request that no rule of the proxy has seen.
    """
    return judge_each(
        seen.control, seen.within, _is_followed, lambda one: f"The server answered {one.name} of two lengths."
    )


@check(
    framings,
    id="smuggling/keeps-doubtful-connection",
    title="A connection stays open after a message with two lengths",
    requirements=("smuggling/close-after-two-lengths",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Refuse requests with both Content-Length and Transfer-Encoding with 400, and close the connection.",
    references=("https://www.rfc-editor.org/rfc/rfc9112#section-6.1", _CWE_444),
)
def keeps_doubtful_connection(seen: Framings) -> Verdicts:
    """A proxy that goes by the length takes what follows for a part of the body. HTTP demands that the connection is
    closed, so that nothing follows. It takes such a proxy to make an attack of it.
    """
    return judge_each(
        seen.control, seen.behind, _is_followed, lambda one: f"The server answered {one.name} of two lengths."
    )


@check(
    framings,
    id="smuggling/accepts-doubtful-length",
    title="A message of doubtful length is served",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse a Content-Length that is repeated with another value, or that is no plain number, with 400.",
    references=("https://www.rfc-editor.org/rfc/rfc9110#section-8.6", _CWE_444),
)
def accepts_doubtful_length(seen: Framings) -> Verdicts:
    """The proxy in front may take the other one of two lengths, or read the number otherwise."""
    return judge_each(seen.control, seen.lengths, served, lambda one: f"The server served a request with {one.name}.")


@check(
    framings,
    id="smuggling/accepts-doubtful-coding",
    title="A message in a coding that is not quite chunked is served",
    requirements=_REQUIREMENTS,
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Refuse a Transfer-Encoding that is not exactly `chunked`, and header names with spaces, with 400.",
    references=("https://www.rfc-editor.org/rfc/rfc9112#section-5.1", _SECTION_6_3, _CWE_444),
)
def accepts_doubtful_coding(seen: Framings) -> Verdicts:
    """A header that one reader understands and the other does not gives the message two lengths."""
    return judge_each(seen.control, seen.codings, served, lambda one: f"The server served a request with {one.name}.")
