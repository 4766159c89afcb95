"""Single HTTP exchanges with a target: built, sent, recorded. Sessions and connectors share this; it has no state."""

import base64
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..errors import HarnessError
from ..model import Exchange, HttpTarget, Revision, Sent, Transport
from ..model.target import is_loopback
from ..probe import Headers
from ..transport.http import HttpClient, HttpRequest, authority, parsed
from ..transport.link import RawLink, linked
from ..transport.raw import RawConnection
from ..transport.reading import HttpAnswer, HttpLimits
from ..wire.codec import dump, identity, parse_or_none
from ..wire.http_headers import for_message, for_verb
from ..wire.own_words import CLIENT_INFO
from .bounds import Bounds
from .inbox import Inbox
from .transcript import Transcript

AGENT = f"{CLIENT_INFO['name']}/{CLIENT_INFO['version']}"


@dataclass(frozen=True, slots=True)
class Where:
    """What an exchange is recorded under."""

    revision: Revision
    scenario: str


class HttpCaller:
    """The way to one target: its URL, its connections and the operator's own headers."""

    def __init__(self, target: HttpTarget, transcript: Transcript, bounds: Bounds, transport: Transport) -> None:
        self.bounds = bounds
        self.transport = transport
        self._transcript = transcript
        url = parsed(target.url)
        self._operator = {key.lower(): value for key, value in target.headers}
        if login := basic_login(target.url):
            self._operator.setdefault("authorization", f"Basic {login}")
        self._url = url.copy_with(username="", password="", fragment=None) if url.userinfo else url
        self.url = str(self._url)
        limits = HttpLimits(bounds.body_bytes, bounds.line_bytes, bounds.events, bounds.connect_timeout_s)
        self.client = HttpClient(url.scheme, verify_tls=target.verify_tls, limits=limits)
        self._raw = RawConnection(self._url, verify_tls=target.verify_tls, limits=limits)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.client.aclose()

    def build(
        self, verb: str, standard: Mapping[str, str], overrides: Headers | None, body: bytes | None, *, url: str = ""
    ) -> HttpRequest:
        """Return a request with the operator's headers over the `standard` ones, and `overrides` over both."""
        given = {key.lower(): value for key, value in (overrides or {}).items()}
        return HttpRequest.of(verb, url or self.url, {**standard, **self._operator, **given}, body, agent=AGENT)

    def address(self, path: str) -> str:
        """Return the URL of another path (with its query, if any) on the target's origin.

        Raises:
            HarnessError: if it is no path; odd ones are for raw requests.
        """
        if not path.startswith("/"):
            raise HarnessError("a path has to start with a slash")
        return str(parsed(f"{self._url.scheme}://{self._url.netloc.decode('ascii')}{path}"))

    async def call(
        self, where: Where, request: HttpRequest, message: Any, inbox: Inbox, *, timeout: float | None = None
    ) -> Exchange:
        """Send a request whose body is `message` (None: no JSON) and record what came back."""
        answer = await self.client.fetch(
            request, timeout=self.deadline(timeout), on_event=inbox, awaiting=inbox.awaiting
        )
        return self.record(where, self.sent(request, message), answer, inbox)

    async def bare(
        self,
        where: Where,
        verb: str,
        *,
        headers: Headers | None,
        body: bytes | None,
        path: str | None,
        address: str | None = None,
        timeout: float | None,
    ) -> Exchange:
        """Send a request without any standard header."""
        url = self.address(path) if path is not None else ""
        if address is not None:
            url, headers = elsewhere(url or self.url, address), {"host": authority(self.url), **(headers or {})}
        request = self.build(verb, {}, headers, body, url=url)
        message = parse_or_none(body)
        return await self.call(
            where, request, message, Inbox(message, depth=self.bounds.depth, until_endpoint=True), timeout=timeout
        )

    async def raw(self, where: Where, data: bytes, *, timeout: float | None) -> Exchange:
        """Send bytes on a new connection; if they end with a JSON message, its response is looked for."""
        message = parse_or_none(data.partition(b"\r\n\r\n")[2])
        inbox = Inbox(message, depth=self.bounds.depth)
        answer = await self._raw.exchange(data, timeout=self.deadline(timeout), on_event=inbox)
        method, rpc_id = identity(message)
        sent = Sent("BYTES", body=data.decode("utf-8", "replace"), method=method, rpc_id=rpc_id)
        return self.record(where, sent, answer, inbox)

    def link(self) -> AbstractAsyncContextManager[RawLink]:
        """Open a connection that is written piece by piece."""
        return linked(self._raw)

    def request_bytes(
        self, message: Any, *, headers: Headers | None, http_version: str, revision: Revision | None
    ) -> bytes:
        """Return a correct POST of `message` as bytes; the connection is asked to be closed after it."""
        body = message if isinstance(message, bytes) else dump(message)
        standard = for_verb("POST") | {"connection": "close"}
        if revision is not None:
            standard |= for_message(revision, message, {})
        request = self.build("POST", standard, headers, body)
        lines = [f"POST {self._url.raw_path.decode('ascii')} HTTP/{http_version}"]
        lines += [f"{key}: {value}" for key, value in request.headers]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogatepass") + body

    def sent(self, request: HttpRequest, message: Any) -> Sent:
        """Return how a request is recorded: without the query of the operator's URL, which may be a secret."""
        url = parsed(request.url)
        path = url.raw_path.decode("ascii")
        if url.query and url.query == self._url.query:
            path = path.partition("?")[0] + "?…"
        method, rpc_id = identity(message)
        return Sent(request.verb, path, request.headers, request.body.decode("utf-8", "replace"), method, rpc_id)

    def record(
        self, where: Where, sent: Sent, answer: HttpAnswer, inbox: Inbox, *, asked: str | None = None
    ) -> Exchange:
        """Record an answer, with the messages of `inbox` or, if nothing streamed, those of its body."""
        if not answer.events and holds_json(answer) and not self._is_document(sent):
            inbox.take(answer.body.decode("utf-8", "replace"))
            inbox.strays.clear()
        draft = Exchange(
            id="",
            scenario=where.scenario,
            revision=str(where.revision),
            transport=self.transport,
            sent=sent,
            outcome=answer.outcome,
            status=answer.status,
            headers=answer.headers,
            messages=tuple(inbox.messages),
            events=answer.events,
            body=answer.body.decode("utf-8", "replace"),
            strays=tuple(inbox.strays),
            elapsed_ms=answer.elapsed_ms,
            note=answer.note,
        )
        return self._transcript.record(draft, asked=asked)

    def _is_document(self, sent: Sent) -> bool:
        """Whether something beside the endpoint was asked, and not with a message of MCP: nor is its JSON one."""
        if sent.verb == "BYTES":
            return False
        is_beside = sent.path.partition("?")[0] != self._url.raw_path.decode("ascii").partition("?")[0]
        return is_beside and (sent.verb == "GET" or (sent.method is None and sent.rpc_id is None))

    def deadline(self, timeout: float | None) -> float:
        """Return the deadline of a probe in seconds."""
        return self.bounds.probe_timeout_s if timeout is None else timeout


def basic_login(url: str) -> str:
    """Return the credentials in a URL as HTTP's Basic scheme sends them (RFC 7617); empty if there are none.

    A secret like the password itself: whoever makes the transcript has to name both.
    """
    login = unquote(parsed(url).userinfo.decode("ascii"))
    return base64.b64encode(login.encode()).decode("ascii") if login else ""


def elsewhere(url: str, address: str) -> str:
    """Return a URL of this machine with another of its loopback addresses for the host.

    Raises:
        HarnessError: if either is not on loopback: no probe goes to a host that the operator did not name.
    """
    here = parsed(url)
    if not (is_loopback(here.host) and is_loopback(address)):
        raise HarnessError(f"{address} is not asked in the place of {here.host}: both have to be this machine")
    return str(here.copy_with(host=address))


def holds_json(answer: HttpAnswer) -> bool:
    """Whether the body says or looks as if it is JSON."""
    media_type = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    text = answer.body.lstrip()
    return bool(text) and (media_type.endswith(("/json", "+json")) or text[:1] in {b"{", b"["})
