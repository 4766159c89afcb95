"""Messages that are nearly right: correct ones of a revision with some things changed.

Part of the public interface: `protocol_messages` is a strategy of Hypothesis for the tests of servers. It needs the
extra `fuzz` when it is called, and not before.
"""

import base64
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from mcp_audit_harness.model import Era, JsonObject, Revision
from mcp_audit_harness.wire.codec import parse_or_none

from .message_changes import (
    CUTS,
    DETAILS,
    ODD_VALUES,
    SHAPES,
    Cut,
    Kind,
    bounded,
    byte_change_of,
    bytes_changed,
    change_of,
    changed,
    text_of,
)
from .message_rules import Reading, read_lines, read_strictly
from .message_templates import OWN_ID, correct_messages

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Header: TypeAlias = tuple[str, str | None]
T = TypeVar("T")

_MOST_CHANGES: Final = 3
_NAMED_BY: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_NO_CUT: Final = (None, 0)
_PLANS: Final = [
    *[(1, False, False)] * 6,
    *[(2, False, False)] * 3,
    *[(0, True, False)] * 2,
    (3, False, False),
    (0, False, True),
    (1, False, True),
    (1, True, False),
    (_MOST_CHANGES, True, True),
]
"""How many changes of the JSON a case has, and whether its text and its headers are changed, too."""
_HEADERS: Final[tuple[Header, ...]] = tuple(
    (name, value)
    for name, values in {
        "content-type": (
            None,
            "",
            "text/plain",
            "application/json; charset=utf-16",
            "application/json;;",
            "multipart/",
        ),
        "accept": (None, "", "*/*", "text/html", "application/json", "text/event-stream", "a/b;q=nan, ,,"),
        "mcp-protocol-version": (None, "", "1999-01-01", "2025-11-25, 2025-11-25", "x" * 300, "\u00ff"),
        "mcp-session-id": ("", "nobody", "x" * 300, "a b", "\u00ff"),
        "mcp-method": (None, "", "ping", "PING", "tools/list", "x" * 300, "=?base64?****?="),
        "mcp-name": (None, "", "mcp-audit-nothing", "=?base64?****?=", "=?base64?/w==?="),
        "last-event-id": ("", "0", "-1", "x" * 300, "\u00ff"),
        "content-encoding": ("gzip", "identity", "br", "x"),
        "accept-encoding": ("", "x", "gzip;q=nan"),
        "expect": ("x",),
        "range": ("bytes=0-0,-1",),
        "x-audit": ("x" * 2000, "\u00ff"),
    }.items()
    for value in values
)
"""Headers that protocol fuzzing replaces, removes (None) or adds; `x-audit` means nothing to anybody."""
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class MessageCase:
    """Bytes to send as the body of a POST, or as a line."""

    body: bytes
    headers: tuple[Header, ...] = ()
    """What is other than a correct client would send with it (Streamable HTTP only); None removes a header."""
    mirrored: tuple[Header, ...] = ()
    """What a correct client sends with the unchanged message: it goes along if it cannot be read from the changed."""

    def read(self, revision: Revision, *, lines: bool = False) -> Reading:
        """Return what a strict reader makes of it."""
        return read_lines(self.body, revision) if lines else read_strictly(self.body, revision)

    def numbered(self) -> bytes:
        """Return the bytes with a fresh id in the place of the one that stands for it."""
        return self.body.replace(str(OWN_ID).encode(), str(1_000_000 + next(_numbers) % 6_000_000).encode())

    def as_json(self) -> JsonObject:
        """Return the case as it is written into a report."""
        made: JsonObject = {"bytes": base64.b64encode(self.body).decode("ascii")}
        try:
            made["text"] = self.body.decode()
        except UnicodeDecodeError:
            made["text"] = repr(self.body)
        return {**made, "headers": dict(self.headers)} if self.headers else made


def protocol_messages(
    revision: Revision | str, messages: Sequence[JsonObject] | None = None, *, headers: bool = True
) -> "SearchStrategy[MessageCase]":
    """Return a strategy of messages that a client of `revision` could have sent, had it no faults.

    `messages` are the correct ones to start from, by default one for each method; `headers` says whether headers are
    changed, too. Whether a message is still correct is what `MessageCase.read` says. It shrinks to fewer changes.
    """
    from hypothesis import strategies as st  # noqa: PLC0415 - only with the extra `fuzz`

    at = Revision(str(revision)) if isinstance(revision, str) else revision
    starts = list(messages) if messages is not None else correct_messages(at)
    details = st.integers(0, DETAILS - 1)
    change = st.tuples(st.sampled_from((None, *SHAPES)), st.integers(0, len(ODD_VALUES) - 1), details)
    cut = st.tuples(st.sampled_from((None, *CUTS)), details)
    header = st.sampled_from((None, *_HEADERS))
    plans = _PLANS if headers else [plan for plan in _PLANS if not plan[2]]
    return st.one_of(
        [
            st.builds(
                _made,
                st.just(at),
                st.sampled_from(starts),
                st.tuples(*[change] * changes),
                cut if cuts else st.just(_NO_CUT),
                header if odd else st.none(),
            )
            for changes, cuts, odd in plans
        ]
    )


def _made(
    revision: Revision,
    start: JsonObject,
    changes: Iterable[tuple[tuple[Kind, int] | None, int, int]],
    byte_change: tuple[Cut | None, int] = _NO_CUT,
    header: Header | None = None,
) -> MessageCase:
    message: Any = start
    for shape, value, number in changes:
        message = message if shape is None else changed(message, change_of(shape, value, number))
    body = text_of(message)
    cut, detail = byte_change
    if cut is not None:
        body = bytes_changed(body, byte_change_of(cut, detail))
    return MessageCase(bounded(body), () if header is None else (header,), _mirrored(start, revision))


def _mirrored(start: JsonObject, revision: Revision) -> tuple[Header, ...]:
    if revision.era is Era.HANDSHAKE:
        return ()
    name = start.get("params", {}).get(_NAMED_BY.get(start["method"], ""))
    plain = isinstance(name, str) and name.isascii() and name.isprintable()
    return (("mcp-method", start["method"]), *([("mcp-name", name)] if plain else []))


def sent_headers(case: MessageCase) -> dict[str, str | None]:
    """Return the headers that go with a case over those that a correct client would send."""
    message = parse_or_none(case.body)
    is_readable = isinstance(message, dict) and isinstance(message.get("method"), str)
    return {**({} if is_readable else dict(case.mirrored)), **dict(case.headers)}


def unchanged(message: JsonObject, revision: Revision) -> MessageCase:
    """Return the case of a correct message as it is."""
    return _made(revision, message, ())
