"""What one client says over HTTP: one connection, and at handshake revisions one session."""

import contextlib
from itertools import count
from typing import Final
from urllib.parse import urlsplit

from geventhttpclient.connectionpool import ConnectionPool

from ...model import Era
from ...wire.http_headers import for_session, for_verb
from ...wire.own_words import initialize_params
from .answers import agreed_version, excerpt, failure, is_answer
from .connection import Connection, NoAnswerError, Reply
from .course import Course
from .ledger import Failure, Group
from .messages import Request, head, notification, request

_CLOSING_S: Final = 2.0
_AGENT: Final = {"user-agent": "mcp-audit-load"}


class Conversation:
    """A `loops.Sender`."""

    def __init__(self, course: Course, pool: ConnectionPool) -> None:
        self.course = course
        self.revision = course.plan.revision
        self.connection = Connection(pool, course.profile.timeout_s)
        self._ids = count(1)
        self._handshake = self.revision.era is Era.HANDSHAKE
        self._session: str | None = None
        self._ready = not self._handshake
        self._refused: Failure | None = None
        self._sent = 0
        self._heads: dict[str, bytes] = {}
        self._agree(None)

    @property
    def ready(self) -> bool:
        """Whether requests can be sent."""
        return self._ready

    def send(self, message: Request) -> Failure | None:
        """See `loops.Sender`."""
        if not self._ready:
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
            self.leave()
        if not self._ready and self._refused is None:
            self.begin_session()

    def leave(self) -> None:
        """See `loops.Sender`."""
        if self._session is not None:
            with contextlib.suppress(NoAnswerError):
                self.connection.exchange(self.raw("DELETE"), _never, timeout_s=_CLOSING_S)
        self.connection.close()
        self._sent, self._refused = 0, None
        self._forget()

    def begin_session(self) -> None:
        """Open a session, unless that is refused or nothing like it is needed."""
        if self._ready:
            return
        started = self.course.now()
        opening = request(self.revision, "initialize", "initialize", initialize_params(str(self.revision)), {})
        self._refused, reply, answer = self._ask(opening)
        if reply is not None and self._refused is None:
            self._session = str(reply.get("mcp-session-id") or "") or None
            self._agree(agreed_version(answer) or str(self.revision))
            self._refused = self._tell_initialized()
        self.course.record(opening, started, self.course.now(), self._refused, Group.SESSION)
        self._ready = self._refused is None

    def raw(self, verb: str, lines: bytes = b"", body: bytes = b"") -> bytes:
        """Return a request as bytes: `lines` are its own headers."""
        return b"%b%bcontent-length: %d\r\n\r\n%b" % (self._heads[verb], lines, len(body), body)

    def raw_request(self, message: Request) -> bytes:
        """Return a POST of a request with the next id."""
        return self.raw("POST", message.head, message.body(next(self._ids)))

    def _tell_initialized(self) -> Failure | None:
        told = notification(self.revision, "notifications/initialized")
        try:
            status, _, said = self.connection.exchange(self.raw("POST", told.head, told.before), _never)
        except NoAnswerError as lost:
            return lost.failure
        return None if status < 400 else ("http", str(status), excerpt(said))

    def _ask(self, message: Request) -> tuple[Failure | None, Reply | None, bytes]:
        identity = next(self._ids)
        raw = self.raw("POST", message.head, message.body(identity))
        try:
            status, reply, answer = self.connection.exchange(raw, lambda said: is_answer(said, identity))
        except NoAnswerError as lost:
            return lost.failure, None, b""
        if not 200 <= status < 300:
            if status == 404 and self._session is not None:
                self._forget()
            return ("http", str(status), excerpt(answer)), None, b""
        return failure(answer, identity, message.method), reply, answer

    def _forget(self) -> None:
        self._session, self._ready = None, not self._handshake
        self._agree(None)

    def _agree(self, version: str | None) -> None:
        """Make the headers that every request has from now on."""
        plan, place = self.course.plan, urlsplit(self.course.plan.url)
        host = place.netloc.rpartition("@")[2]
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        session = for_session(self.revision, self._session, version) if self._handshake else {}
        for verb in ("POST", "GET", "DELETE"):
            lines = {"host": host, **_AGENT, **for_verb(verb), **dict(plan.headers), **session}
            self._heads[verb] = f"{verb} {path} HTTP/1.1\r\n".encode("latin-1") + head(lines)


def _never(_: bytes) -> bool:
    """Wait for the end."""
    return False
