"""A client over HTTP: one Locust user, one connection, and at handshake revisions one session."""

import contextlib
from collections.abc import Callable
from itertools import count
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

import msgspec
from geventhttpclient.url import URL
from locust import task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser

from ...model import Era
from ...wire.http_headers import for_session, for_verb
from ...wire.own_words import initialize_params
from .answers import excerpt, failure, is_answer
from .connection import Connection, NoAnswerError, Reply
from .course import Course
from .ledger import Failure, Group
from .loops import attend
from .messages import Request, head, notification, request

_CLOSING_S: Final = 2.0
_AGENT: Final = {"user-agent": "mcp-audit-load"}


class HttpClient(FastHttpUser):  # type: ignore[misc]
    """Speaks MCP over one connection; `course` is set by the class that Locust runs."""

    abstract = True
    concurrency = 1
    course: ClassVar[Course]

    def __init__(self, environment: Any) -> None:
        plan = self.course.plan
        self.insecure = not plan.verify_tls
        self.connection_timeout = self.network_timeout = plan.profile.timeout_s
        super().__init__(environment)
        agent = self.client.client.clientpool.get_client(URL(plan.url))
        self.pool = agent._connection_pool  # noqa: SLF001 - the one way to the sockets of a FastHttpUser
        self.connection = Connection(self.pool, plan.profile.timeout_s)
        self.revision = plan.revision
        self.ids = count(1)
        self._handshake = plan.revision.era is Era.HANDSHAKE
        self._session: str | None = None
        self._refused: Failure | None = None
        self.ready = not self._handshake
        self._sent = 0
        self._heads: dict[str, bytes] = {}
        self._agree(None)

    @task
    def work(self) -> None:
        """Send what the schedule asks for; the end of the run ends this client."""
        attend(self.course, self)
        raise StopUser

    def on_stop(self) -> None:
        """Leave, whether the run is over or was ended."""
        self.leave()

    def send(self, message: Request) -> Failure | None:
        """See `loops.Sender`."""
        if not self.ready:
            self.begin_session()
            if self._refused is not None:
                return self._refused
        self._sent += 1
        return self._ask(message)[0]

    def rest(self) -> None:
        """See `loops.Sender`: after the profile's number of requests comes another session over another connection."""
        self.connection.settle()
        churn = self.course.profile.session_requests
        if churn and self._sent >= churn:
            self._sent = 0
            self.leave()
        if not self.ready and self._refused is None:
            self.begin_session()

    def leave(self) -> None:
        """See `loops.Sender`."""
        if self._session is not None:
            with contextlib.suppress(NoAnswerError):
                self.connection.exchange(self.raw("DELETE"), _never, timeout_s=_CLOSING_S)
        self.connection.close()
        self._session, self._refused, self.ready = None, None, not self._handshake
        self._agree(None)

    def begin_session(self) -> None:
        """Open a session; `_refused` says why there is none."""
        started = self.course.now()
        opening = request(self.revision, "initialize", "initialize", initialize_params(str(self.revision)), {})
        self._refused, reply, answer = self._ask(opening)
        self.course.record(opening, started, self.course.now(), self._refused, Group.SESSION)
        if self._refused is not None or reply is None:
            return
        self._session = str(reply.get("mcp-session-id") or "") or None
        result = msgspec.json.decode(answer).get("result")
        version = result.get("protocolVersion") if isinstance(result, dict) else None
        self._agree(version if isinstance(version, str) else str(self.revision))
        self.ready = True
        told = notification(self.revision, "notifications/initialized")
        try:
            status, _, said = self.connection.exchange(self.raw("POST", told.head, told.before), _never)
        except NoAnswerError as lost:
            self._refused, self.ready = (lost.kind, lost.what, lost.example), False
        else:
            if status >= 400:
                self._refused, self.ready = ("http", str(status), excerpt(said)), False

    def raw(self, verb: str, lines: bytes = b"", body: bytes = b"") -> bytes:
        """Return a request as bytes: `lines` are its own headers."""
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (self._heads[verb], lines, len(body), body)

    def _ask(self, message: Request) -> tuple[Failure | None, Reply | None, bytes]:
        identity = next(self.ids)
        wanted: Callable[[bytes], bool] = lambda said: is_answer(said, identity)  # noqa: E731
        try:
            status, reply, answer = self.connection.exchange(
                self.raw("POST", message.head, message.body(identity)), wanted
            )
        except NoAnswerError as lost:
            return (lost.kind, lost.what, lost.example), None, b""
        if not 200 <= status < 300:
            if status == 404 and self._session is not None:
                self._session, self.ready = None, False
                self._agree(None)
            return ("http", str(status), excerpt(answer)), None, b""
        return failure(answer, identity, message.method), reply, answer

    def _agree(self, version: str | None) -> None:
        """Make the headers that every request has from now on."""
        plan, place = self.course.plan, urlsplit(self.course.plan.url)
        host = place.netloc.rpartition("@")[2]
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        session = for_session(self.revision, self._session, version) if self._handshake else {}
        for verb in ("POST", "GET", "DELETE"):
            lines = {
                "host": place.netloc.rpartition("@")[2],
                **_AGENT,
                **for_verb(verb),
                **dict(plan.headers),
                **session,
            }
            self._heads[verb] = f"{verb} {path} HTTP/1.1\r\n".encode("latin-1") + head(lines)


def _never(_: bytes) -> bool:
    """Wait for the end."""
    return False
