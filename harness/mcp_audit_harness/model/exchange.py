"""One request, or some bytes, and all that came back: the unit of evidence."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from .target import Transport

JsonObject: TypeAlias = dict[str, Any]


class Outcome(enum.StrEnum):
    """How an exchange ended. A hang or a reset is an outcome, never an exception."""

    ANSWERED = "answered"
    """The target answered: a whole HTTP response, or the awaited message."""
    SILENT = "silent"
    """Nothing that answers arrived before the deadline."""
    CLOSED = "closed"
    """The target ended the connection, the stream or its process before it answered."""
    RESET = "reset"
    """The connection was reset."""
    UNREACHABLE = "unreachable"
    """No connection could be made."""
    TOO_LARGE = "too-large"
    """The answer went over a bound of the harness and was cut."""
    MALFORMED = "malformed"
    """What came back does not follow the transport (not HTTP, broken chunks, a bad header)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the harness sent."""

    verb: str
    """The HTTP method; `LINE` on stdio; `BYTES` on a raw connection."""
    path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Lower-case names; values of credentials replaced."""
    body: str = ""
    method: str | None = None
    """The JSON-RPC method, when the body is a request or notification."""
    rpc_id: str | int | None = None


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One server-sent event (WHATWG HTML, section 9.2)."""

    event: str
    data: str
    id: str | None = None
    retry: int | None = None


@dataclass(frozen=True, slots=True)
class SchemaViolation:
    """A message of the target that its revision's schema does not allow."""

    definition: str
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request or payload and everything that came back for it."""

    id: str
    scenario: str
    revision: str
    transport: Transport
    sent: Sent
    outcome: Outcome
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Lower-case names."""
    messages: tuple[Any, ...] = ()
    """Every JSON value that the target sent in answer, in order of arrival; batches are not taken apart."""
    events: tuple[SseEvent, ...] = ()
    body: str = ""
    """The raw answer as text, bounded."""
    strays: tuple[str, ...] = ()
    """Lines on stdout, or SSE data, that are not JSON; bounded."""
    violations: tuple[SchemaViolation, ...] = ()
    elapsed_ms: float = 0.0
    note: str = ""
    """What the harness knows beyond the bytes: the error text of a failed connection, a bound that was hit."""
    echoes_token: bool = False
    """Whether a token of the operator was in the answer, before it was replaced."""

    @property
    def answered(self) -> bool:
        """Whether the target sent anything that can serve as evidence: a refusal whose body broke off does not."""
        return self.outcome in {Outcome.ANSWERED, Outcome.TOO_LARGE} or bool(self.messages)

    @property
    def objects(self) -> tuple[JsonObject, ...]:
        """The messages that are JSON objects, those inside batches included."""
        return tuple(self._objects())

    def _objects(self) -> Iterator[JsonObject]:
        for message in self.messages:
            for item in message if isinstance(message, list) else [message]:
                if isinstance(item, dict):
                    yield item

    @property
    def responses(self) -> tuple[JsonObject, ...]:
        """Results and errors, whatever their id."""
        return tuple(item for item in self.objects if "method" not in item and ("result" in item or "error" in item))

    @property
    def reply(self) -> JsonObject | None:
        """The response to what was sent: the one with its id, else one without a usable id."""
        for item in self.responses:
            if self.sent.rpc_id is not None and _same_id(item.get("id"), self.sent.rpc_id):
                return item
        return next((item for item in self.responses if item.get("id") is None), None)

    @property
    def result(self) -> JsonObject | None:
        """The result of the reply, if it is one and an object."""
        found = self.reply.get("result") if self.reply is not None else None
        return found if isinstance(found, dict) else None

    @property
    def error(self) -> JsonObject | None:
        """The error of the reply, if it is one and an object."""
        found = self.reply.get("error") if self.reply is not None else None
        return found if isinstance(found, dict) else None

    @property
    def error_code(self) -> int | None:
        """The integer code of the error, if there is one."""
        code = self.error.get("code") if self.error is not None else None
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    @property
    def ok(self) -> bool:
        """Whether the reply is a result."""
        return self.result is not None

    @property
    def refused(self) -> bool:
        """Whether the target said no: an error reply, or an HTTP status of 400 or more."""
        return self.error is not None or (self.status is not None and self.status >= 400)

    @property
    def media_type(self) -> str:
        """The answer's media type in lower case, without parameters; empty if there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    def header(self, name: str) -> str | None:
        """Return the first value of the answer's header `name`, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    def notifications(self, method: str | None = None) -> tuple[JsonObject, ...]:
        """Return the notifications that arrived with the answer, all or those of one method."""
        return tuple(
            item
            for item in self.objects
            if "method" in item and "id" not in item and (method is None or item["method"] == method)
        )

    @property
    def server_requests(self) -> tuple[JsonObject, ...]:
        """Requests that the target sent to the harness."""
        return self.requests()

    def requests(self, method: str | None = None) -> tuple[JsonObject, ...]:
        """Return the requests that the target sent to the harness, all or those of one method.

        A notification to which the target gave an id is none.
        """
        return tuple(
            item
            for item in self.objects
            if "method" in item and "id" in item and (method is None or item["method"] == method)
            if not str(item["method"]).startswith("notifications/")
        )


def _same_id(ours: object, theirs: object) -> bool:
    """JSON-RPC ids are equal when value and type are: 1 is neither "1" nor true."""
    return type(ours) is type(theirs) and ours == theirs
