"""What one answer says against a target: pure judgements of a case and the exchange that it led to.

Each oracle names the cause of a flaw by what does not follow the input: a place in a schema, a keyword, an error code.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import Exchange, Outcome, Revision
from mcp_audit_harness.model.fuzzing import Flaw
from mcp_audit_harness.wire.schema import violations

from ..attacks.leak_patterns import likely_secret, place, proven_secret, trace
from ..attacks.leaks import is_failure, strings_in, told
from .operations import PROMPT, TOOL, Operation
from .schema_errors import Misfit, misfits

STOPS: Final = "fuzz/stops-answering"
MALFORMED: Final = "fuzz/malformed-answer"
ACCEPTS: Final = "fuzz/accepts-invalid-arguments"
INTERNAL: Final = "fuzz/internal-error"
OUTPUT: Final = "fuzz/breaks-output-schema"
LEAKS: Final = "fuzz/leaks-internals"
STDOUT: Final = "fuzz/dirty-stdout"

_FIRST_WITH_OUTPUT: Final = Revision.V2025_06_18
_INTERNAL_ERROR, _NO_METHOD = -32603, -32601
_OK, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500
_NO_OBJECT: Final = "shapeless"
"""How messages call arguments that are no object."""
_BUSY: Final = frozenset({501, 503})
"""Server errors that say nothing against a server."""
_CAME: Final = frozenset({Outcome.ANSWERED, Outcome.TOO_LARGE, Outcome.MALFORMED})
_SHAPE: Final = re.compile(r"\d+")
_COERCED: Final = {"integer", "number", "boolean", "string", "null"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as it was played, and what came back."""

    operation: Operation
    arguments: Any
    valid: bool
    exchange: Exchange

    @property
    def success(self) -> bool:
        """Whether the target did what it was asked: a complete result that does not say that it failed."""
        result = self.exchange.result
        return result is not None and result.get("isError") is not True and not _is_interim(result)

    @property
    def revision(self) -> Revision:
        """The revision in force."""
        return Revision(self.exchange.revision)


def came(exchange: Exchange) -> bool:
    """Whether an answer came, whatever it is worth; messages on the way to one that never came are none.

    A stream that ends after a response to something else has answered, under the wrong id.
    """
    return exchange.outcome in _CAME or exchange.reply is not None or _ended_with_another(exchange)


def _ended_with_another(exchange: Exchange) -> bool:
    """Whether a stream that was opened ended in order, with no response but one that belongs to no request of it."""
    return exchange.outcome is Outcome.CLOSED and exchange.status == _OK and bool(exchange.responses)


def _is_interim(result: Mapping[str, Any]) -> bool:
    return result.get("resultType", "complete") != "complete" or ("task" in result and "content" not in result)


def flaws(seen: Seen) -> list[Flaw]:
    """Return what every oracle says of one answer, the gravest first."""
    oracles = (malformed, leaks, internal_error, breaks_output_schema, accepts_invalid, dirty_stdout)
    return [flaw for oracle in oracles for flaw in oracle(seen)]


def malformed(seen: Seen) -> Iterator[Flaw]:
    """Find answers that are no JSON-RPC, answer nothing, or break the wire schema."""
    exchange = seen.exchange
    if exchange.outcome is Outcome.MALFORMED:
        yield Flaw(MALFORMED, "transport", "The answer does not follow the transport.")
        return
    reply = exchange.reply
    whole = exchange.outcome is Outcome.ANSWERED or _ended_with_another(exchange)
    if reply is None and whole and not (exchange.status or 0) >= _CLIENT_ERROR:
        yield Flaw(MALFORMED, *_no_reply(exchange))
        return
    for message in exchange.objects:
        found = violations(message, seen.revision, method=exchange.sent.method if message is reply else None)
        for one in found[:1]:
            where = f"{one.definition} {_SHAPE.sub('*', one.path)}".strip()
            yield Flaw(MALFORMED, where, f"The answer breaks the wire schema of {exchange.revision} at {where}.")
            return


def _no_reply(exchange: Exchange) -> tuple[str, str]:
    if exchange.responses:
        return "id", "The answer has another id than the request."
    if exchange.messages:
        return "no-response", "What came back holds no response to the request."
    return "no-json", f"The request was answered with HTTP {exchange.status} and no JSON-RPC response." if (
        exchange.status is not None
    ) else "What came back is no JSON-RPC."


def internal_error(seen: Seen) -> Iterator[Flaw]:
    """Find answers that call it an error of the server's inside, or that the method does not exist."""
    exchange, code = seen.exchange, seen.exchange.error_code
    fit = "valid" if seen.valid else "invalid" if isinstance(seen.arguments, dict) else _NO_OBJECT
    status = exchange.status or 0
    if code == _INTERNAL_ERROR:
        yield Flaw(INTERNAL, f"{code} {fit}", f"The server answers {fit} arguments with an internal error ({code}).")
    elif status >= _SERVER_ERROR and status not in _BUSY:
        yield Flaw(INTERNAL, f"HTTP {status} {fit}", f"The server answers {fit} arguments with HTTP {status}.")
    elif code == _NO_METHOD and isinstance(seen.arguments, dict):
        text = f"The server answers {fit} arguments as if the method did not exist ({code})."
        yield Flaw(INTERNAL, f"{code} {fit}", text)


def is_of_every_request(flaw: Flaw) -> bool:
    """Whether a flaw comes of arguments that are no object: who reads the request refuses them, whatever it is for."""
    return flaw.oracle == INTERNAL and flaw.cause.endswith(_NO_OBJECT)


def breaks_output_schema(seen: Seen) -> Iterator[Flaw]:
    """Find results of tools that do not fit the output schema of the tool, from the first revision that has those."""
    schema = seen.operation.output_schema
    if not has_output(seen):
        return
    result = seen.exchange.result or {}
    if "structuredContent" not in result:
        yield Flaw(OUTPUT, "missing", "The tool has an output schema, and its result no structuredContent.")
        return
    for misfit in misfits(schema, result["structuredContent"])[:1]:
        yield Flaw(OUTPUT, misfit.cause, f"structuredContent breaks the tool's output schema at {misfit.cause}.")


def has_output(seen: Seen) -> bool:
    """Whether a result has to fit an output schema."""
    operation = seen.operation
    described = operation.kind == TOOL and isinstance(operation.output_schema, dict)
    return described and seen.success and seen.revision >= _FIRST_WITH_OUTPUT


def accepts_invalid(seen: Seen) -> Iterator[Flaw]:
    """Find successes for an object of arguments that the schema which the server listed refuses.

    What is no object at all is a flaw of the request: many servers take null for none.
    """
    if seen.valid or not seen.success or seen.operation.kind not in {TOOL, PROMPT}:
        return
    if not isinstance(seen.arguments, dict):
        return
    found = misfits(seen.operation.schema, seen.arguments)
    if seen.operation.kind == PROMPT:  # which lists no schema, but only names and what is required
        found = tuple(misfit for misfit in found if misfit.keyword == "required")
    if not found:
        return
    first = found[0]
    if _is_coerced(first):
        text = "The server takes a value of another type than its schema says, and converts it."
        yield Flaw(ACCEPTS, "coercion", text)
        return
    text = f"The server accepts arguments that its own schema refuses at {first.cause}: the result is a success."
    yield Flaw(ACCEPTS, first.cause, text)


def _is_coerced(misfit: Misfit) -> bool:
    """Whether a value of another plain type has the meaning of the right one: "1" for 1, 1 for "1", 1 for true."""
    wanted, value = misfit.types, misfit.value
    if misfit.keyword != "type" or not wanted & _COERCED:
        return False
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return bool(wanted & {"string", "boolean", "integer"})
    if isinstance(value, str) and wanted & {"integer", "number"}:
        return _is_number(value)
    return isinstance(value, str) and value.lower() in {"true", "false", "0", "1", "yes", "no", "on", "off", "null", ""}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def leaks(seen: Seen) -> Iterator[Flaw]:
    """Find secrets anywhere, and traces and places of the program in failures; what the case said itself is none."""
    texts = "\0".join(told(seen.exchange))
    if not texts:
        return
    known = ""
    failure = is_failure(seen.exchange)
    if failure and trace(texts):
        known = said(seen)
        if kind := trace(texts, known):
            yield Flaw(LEAKS, f"trace {kind}", f"The answer holds a trace of {kind}.")
    secret = proven_secret(texts, known or (known := said(seen)))
    if secret is not None:
        yield Flaw(LEAKS, secret[0], f"The answer holds {secret[0]} (SHA-256 begins {secret[1]}).")
    elif kind := likely_secret(texts, known):
        yield Flaw(LEAKS, kind, f"The answer holds what is likely {kind}.")
    if failure and not _about_paths(seen) and (found := place(texts, known)):
        yield Flaw(LEAKS, "place", f"The answer holds what is likely a place of the server, {found[:120]!r}.")


_PATH_WORD: Final = re.compile(r"path|file|dir|folder|repo|root|cwd|location|uri|url", re.IGNORECASE)


def _about_paths(seen: Seen) -> bool:
    """Whether the operation is about paths, or the case names one: then the answer may name paths, too."""
    if seen.operation.kind not in {TOOL, PROMPT}:
        return True
    schema = seen.operation.schema
    properties = schema.get("properties") if isinstance(schema, dict) else None
    names = properties if isinstance(properties, dict) else {}
    return any(_PATH_WORD.search(str(name)) for name in names) or any(sign in said(seen) for sign in "/\\")


def said(seen: Seen) -> str:
    """Return the case as it was sent, and its strings as they are."""
    whole = (json.dumps(seen.arguments), json.dumps(seen.arguments, ensure_ascii=False))
    return "\n".join((*whole, *strings_in(seen.arguments, seen.operation.name)))


def dirty_stdout(seen: Seen) -> Iterator[Flaw]:
    """Find lines on the standard output of a stdio server that are no messages."""
    if seen.exchange.sent.verb == "LINE" and seen.exchange.strays:
        yield Flaw(STDOUT, "stray", "The server writes to its standard output what is no message.")
