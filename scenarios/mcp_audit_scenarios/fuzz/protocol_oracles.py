"""What is wrong with the answer to a message that is nearly right; pure.

An answer to what is malformed is judged as the answer to anything: whether it is well-formed, whether it has the right
id, whether it gives away the inside of the server. A cause never follows the input, but for the rule that it breaks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import Exchange, JsonObject, Outcome, Revision, Transport
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.wire.codec import MessageKind, classify
from mcp_audit_harness.wire.schema import violations

from ..attacks.leak_patterns import place, proven_secret, trace
from ..attacks.leaks import told
from .message_rules import Reading, ids_in, is_plain_id

STOPS: Final = "fuzz/message-stops-answers"
MALFORMED: Final = "fuzz/message-malformed-answer"
ACCEPTS: Final = "fuzz/accepts-malformed-message"
BREAKS: Final = "fuzz/message-server-error"
LEAKS: Final = "fuzz/message-leaks-internals"

_INTERNAL_ERROR: Final = -32603
_NOT_ITS_FAULT: Final = frozenset({501, 503, 505})
_SERVER_ERROR: Final = 500
_BREAK: Final = "\n\0\n"


@dataclass(frozen=True, slots=True)
class Played:
    """A message that was sent, and what came back."""

    body: bytes
    reading: Reading
    exchange: Exchange
    revision: Revision
    headers_changed: bool = False

    @property
    def what(self) -> str:
        """The message as a noun phrase."""
        if self.reading.rule:
            return f"a message that is malformed ({self.reading.rule})"
        return "a message with odd headers" if self.headers_changed else "a message that is odd, but not malformed"


def flaws_of(played: Played) -> list[Flaw]:
    """Return what is wrong with an answer, the gravest first."""
    return [*_leaks(played), *_server_errors(played), *_successes(played), *_malformed(played)]


def _leaks(played: Played) -> Iterator[Flaw]:
    exchange = played.exchange
    failures = exchange.error is not None or (exchange.status or 0) >= 400
    if not (failures and exchange.answered):
        return
    text = _BREAK.join(told(exchange))
    known = played.body.decode("utf-8", "replace") + "\n".join(value for _, value in exchange.sent.headers)
    if secret := proven_secret(text, known):
        yield Flaw(LEAKS, secret[0], f"The error that answers {played.what} holds {secret[0]}.")
    if kind := trace(text, known):
        yield Flaw(LEAKS, f"a trace of {kind}", f"The error that answers {played.what} holds a trace of {kind}.")
    elif place(text, known):
        yield Flaw(LEAKS, "a place", f"The error that answers {played.what} names a place on the host.")


def _server_errors(played: Played) -> Iterator[Flaw]:
    status, about = played.exchange.status or 0, played.reading.rule or "odd, not malformed"
    if status >= _SERVER_ERROR and status not in _NOT_ITS_FAULT:
        yield Flaw(BREAKS, "HTTP 5xx", f"The server answered {played.what} with HTTP {status}.")
    elif any(_code(response) == _INTERNAL_ERROR for response in played.exchange.responses):
        text = f"The server answered {played.what} with {_INTERNAL_ERROR}, an internal error."
        yield Flaw(BREAKS, f"{_INTERNAL_ERROR}: {about}", text)


def _code(response: JsonObject) -> Any:
    error = response.get("error")
    return error.get("code") if isinstance(error, dict) else None


def _successes(played: Played) -> Iterator[Flaw]:
    rule = played.reading.rule
    if rule and any("result" in response and _is_ours(response, played) for response in played.exchange.responses):
        yield Flaw(ACCEPTS, rule, f"The server answered {played.what} with a result.")


def _is_ours(response: JsonObject, played: Played) -> bool:
    """Whether a response is to what was sent: over HTTP every one; a line may be a late answer to an earlier one."""
    rpc_id = response.get("id")
    over_http = played.exchange.transport is not Transport.STDIO
    return over_http or (rpc_id is not None and str(rpc_id).encode() in played.body)


def _malformed(played: Played) -> Iterator[Flaw]:
    exchange, ids = played.exchange, ids_in(played.body)
    plain = all(is_plain_id(rpc_id) for rpc_id in ids)
    if exchange.outcome is Outcome.MALFORMED:
        yield _unlike(played, "what is no HTTP")
    if exchange.strays and exchange.transport is not Transport.STDIO:
        yield _unlike(played, "an event that is no JSON")
    for response in exchange.responses:
        yield from _misshapen(response, played, plain=plain)
        if plain and not _has_id_of(response, ids):
            yield _unlike(played, "a response with the id of no request")
    if is_unanswered(played):
        yield _unlike(played, "no response")


def _misshapen(response: JsonObject, played: Played, *, plain: bool) -> Iterator[Flaw]:
    kind, reason = classify(response)
    if kind is MessageKind.INVALID and (plain or not reason.startswith("id ")):
        yield _unlike(played, f"a response in which {reason}")
        return
    reading = played.reading
    asked = reading.message["method"] if reading.wants_answer else None
    for violation in violations(response, played.revision, method=asked):
        if plain or violation.path != "id":
            where = violation.path or violation.definition
            yield _unlike(played, f"a response that does not fit the schema at {where}")
            return


def _unlike(played: Played, answer: str) -> Flaw:
    return Flaw(MALFORMED, answer, f"The server answered {played.what} with {answer}.")


def _has_id_of(response: JsonObject, ids: tuple[Any, ...]) -> bool:
    rpc_id = response.get("id")
    if rpc_id is None:
        return "error" in response
    return any(rpc_id == ours and isinstance(rpc_id, str) == isinstance(ours, str) for ours in ids)


def is_unanswered(played: Played) -> bool:
    """Whether a correct request went without a response, where nothing else was odd about it."""
    exchange, reading = played.exchange, played.reading
    if not reading.wants_answer or played.headers_changed or reading.message["method"] == "tools/call":
        return False
    silent = exchange.outcome is Outcome.SILENT or (exchange.status or 0) in {200, 202, 204}
    return silent and not exchange.responses and exchange.outcome is not Outcome.TOO_LARGE
