"""Whether a message is correct: by JSON, by JSON-RPC 2.0 and by the envelope of its revision, strictly read.

What the standards leave open (members with one name, a byte order mark, numbers and nesting beyond what anybody has to
take) is neither right nor wrong: then only what a server does to itself can be held against it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import Revision
from mcp_audit_harness.wire.codec import JSON, MessageKind, WireError, classify, decode, parse_or_none
from mcp_audit_harness.wire.schema import definition_fits

_MOST_BYTES: Final = 4 * 1024 * 1024
_MOST_LEVELS: Final = 64
_OPEN: Final = frozenset({"duplicate-key", "number-too-long", "too-deep", "too-large"})
_BOM: Final = b"\xef\xbb\xbf"
_BATCHES: Final = Revision.V2025_03_26
_MEMBERS: Final = frozenset({"jsonrpc", "id", "method", "params"})
_LARGEST_INTEGER: Final = 2**53
_LONGEST_ID: Final = 100
_ID: Final = re.compile(r"""["']id["']\s*:\s*(-?\d{1,20}|"[^"\\]{0,200}")""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a strict reader makes of some bytes."""

    rule: str = ""
    """The rule that they break, if it is certain that they break one: `jsonrpc is not '2.0'`."""
    open: bool = False
    """Whether the standards leave it to the reader what to make of them."""
    kind: MessageKind | None = None
    message: Any = None

    @property
    def valid(self) -> bool:
        """Whether every reader has to understand them, and in the same way."""
        return not self.rule and not self.open

    @property
    def wants_answer(self) -> bool:
        """Whether it is a correct request under an id that every server can keep, with no member beside the known."""
        if not self.valid or self.kind is not MessageKind.REQUEST:
            return False
        plain = self.message.keys() <= _MEMBERS and is_plain_id(self.message["id"])
        return plain and not self.message["method"].startswith("notifications/")


def read_strictly(body: bytes, revision: Revision) -> Reading:
    """Return what the body of a POST is at a revision."""
    try:
        message = decode(body, max_bytes=_MOST_BYTES, max_depth=_MOST_LEVELS)
    except WireError as error:
        if error.reason in _OPEN or body.startswith(_BOM):
            return Reading(open=True, message=parse_or_none(body.removeprefix(_BOM)))
        return Reading(error.reason)
    return _read(message, revision)


def read_lines(body: bytes, revision: Revision) -> Reading:
    """Return what is written to a standard input: several lines are open, unless a strict reader refuses each."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    if len(lines) == 1:
        return read_strictly(lines[0], revision)
    readings = [read_strictly(line, revision) for line in lines]
    if readings and all(reading.rule for reading in readings):
        return readings[0]
    return Reading(open=True, message=[reading.message for reading in readings if reading.message is not None])


def _read(message: JSON, revision: Revision) -> Reading:
    if _has_half_a_pair(message):
        return Reading(open=True, message=message)
    kind, reason = classify(message)
    if " in one message" in reason:  # objects are open: a request may have a member that is called result
        return Reading(open=True, message=message)
    if reason:
        return Reading(reason, message=message)
    if kind is MessageKind.BATCH:
        batches = revision is _BATCHES
        return Reading("" if batches else "a batch, which this revision does not have", batches, kind, message)
    if kind in {MessageKind.REQUEST, MessageKind.NOTIFICATION}:
        envelope = "JSONRPCRequest" if kind is MessageKind.REQUEST else "JSONRPCNotification"
        return Reading(_misfit(message, envelope, revision), kind=kind, message=message)
    return Reading(open=True, kind=kind, message=message)


def _has_half_a_pair(message: JSON) -> bool:
    """Whether a text holds half a surrogate pair: JSON can escape it, and UTF-8 cannot carry it (RFC 8259, 8.2)."""
    try:
        json.dumps(message, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _misfit(message: Any, envelope: str, revision: Revision) -> str:
    if definition_fits(envelope, message, str(revision)):
        return ""
    if not isinstance(message.get("params", {}), dict):
        return "params is not an object"
    return "id is not an integer" if isinstance(message.get("id"), float) else f"no {envelope}"


def ids_in(body: bytes) -> tuple[Any, ...]:
    """Return every value that may be meant as the id of a message in `body`, also by a reader that mends it first."""
    mended = body.replace(b"\0", b"").decode("utf-8", "replace")
    found = [value for text in {body, *body.split(b"\n")} for value in _ids(parse_or_none(text))]
    return (*found, *[parse_or_none(match.encode()) for match in _ID.findall(mended)])


def is_plain_id(value: Any) -> bool:
    """Whether every server can keep an id as it is."""
    if isinstance(value, str):
        return len(value) <= _LONGEST_ID and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_INTEGER


def _ids(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (inner for name, inner in value.items() if name.strip("\0 ").lower() == "id")
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)
