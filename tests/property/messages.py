"""JSON as targets might send it, right, nearly right and wrong."""

from typing import Any

from hypothesis import strategies as st

from .searching import spoiled

TEXTS = st.text(max_size=6) | st.sampled_from(["\ud800", "\x00", "\u2028", "\x1b[2J", "name", "text", "a" * 300])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -0.0, 1e308, 2**53 + 1])
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)

_METHODS = (
    *("notifications/progress", "notifications/message", "notifications/cancelled", "notifications/tools/list_changed"),
    *("sampling/createMessage", "elicitation/create", "roots/list", "ping", "notifications/tasks/status"),
)
_MEMBERS = (
    *("content", "type", "text", "data", "mimeType", "resource", "uri", "blob", "tools", "name", "inputSchema"),
    *("annotations", "icons", "src", "sizes", "protocolVersion", "capabilities", "serverInfo", "version", "_meta"),
    *("structuredContent", "isError", "task", "taskId", "status", "messages", "role", "contents", "resultType"),
    *("completion", "values", "progressToken", "progress", "inputRequests", "requestedSchema", "properties"),
)
_TAGS = st.sampled_from(
    ["text", "image", "audio", "resource", "resource_link", "complete", "input_required", "object", "user", "working"]
)
_PARTS: st.SearchStrategy[Any] = st.recursive(
    VALUES | _TAGS,
    lambda inner: st.dictionaries(st.sampled_from(_MEMBERS), inner, max_size=6) | st.lists(inner, max_size=30),
    max_leaves=20,
)
_OBJECTS = st.dictionaries(st.sampled_from(_MEMBERS), _PARTS, max_size=6)
MESSAGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | VALUES,
        "id": st.integers(0, 3) | VALUES,
        "method": st.sampled_from(_METHODS) | VALUES,
        "params": _OBJECTS | VALUES,
        "result": _OBJECTS | VALUES,
        "error": st.fixed_dictionaries({}, optional={"code": VALUES, "message": VALUES, "data": VALUES}) | VALUES,
        "more": VALUES,
    },
)
"""Responses, notifications and requests of servers, of known methods and members, with anything in them."""

_WHOLE = (
    b'{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"\\u00e9\\ud83d\\ude00"}],"isError":false}}',
    b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no"}}',
    b'{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1.5e0}}',
    b'[{"jsonrpc":"2.0","id":null,"result":null},[],{}]',
)
_PIECES = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b'"a":1', b'"a":1,"a":2', b"NaN", b"-Infinity", b"1e400"),
    *(b"9" * 4301, b"\xff", b"\xed\xa0\x80", b'"\\ud800"', b"\xef\xbb\xbf", b"\x00", b"-", b"0x1", b" \t\r\n", b"//"),
)
TEXT: st.SearchStrategy[bytes] = spoiled(_WHOLE, _PIECES)
"""Bytes that are JSON, nearly JSON, or nothing of the kind."""
