"""The headers that a correct client sends with each HTTP request, by revision.

Sources: the pages `basic/transports` of 2025-03-26 to 2025-11-25 and `basic/transports/streamable-http` of 2026-07-28.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..model import Era, JsonObject, Revision

ACCEPT_BOTH = "application/json, text/event-stream"
_NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_WRAPPED = re.compile(r"=\?base64\?.*\?=")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def for_verb(verb: str) -> dict[str, str]:
    """Return what every revision sends with `verb`."""
    if verb == "POST":
        return {"accept": ACCEPT_BOTH, "content-type": "application/json"}
    return {"accept": "text/event-stream"} if verb == "GET" else {}


def for_session(revision: Revision, session_id: str | None, version: str | None) -> dict[str, str]:
    """Return the headers of an opened handshake session; `version` is the negotiated one, None before that."""
    headers = {} if session_id is None else {"mcp-session-id": session_id}
    if version is not None and revision >= Revision.V2025_06_18:
        headers["mcp-protocol-version"] = field_value(version)
    return headers


def for_message(revision: Revision, message: Any, schemas: Mapping[str, JsonObject]) -> dict[str, str]:
    """Return what the stateless era mirrors of a message: version, method, name and annotated parameters.

    `schemas` holds the input schemas of tools by name. Nothing is added at revisions of the handshake era.
    """
    if revision.era is Era.HANDSHAKE:
        return {}
    headers = {"mcp-protocol-version": str(revision)}
    method = message.get("method") if isinstance(message, dict) else None
    if not isinstance(method, str):
        return headers
    headers["mcp-method"] = field_value(method)
    params = message.get("params")
    name = params.get(_NAMED_BY.get(method, "")) if isinstance(params, dict) else None
    if isinstance(name, str):
        headers["mcp-name"] = field_value(name)
        if method == "tools/call" and name in schemas:
            headers |= dict(_parameters(schemas[name], params.get("arguments")))
    return headers


def field_value(text: str) -> str:
    """Return `text` as a header value: as it is if it is printable ASCII, else in the base64 form of 2026-07-28."""
    if text == "" or (_PLAIN.fullmatch(text) and not _WRAPPED.fullmatch(text)):
        return text
    return f"=?base64?{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode('ascii')}?="


def _parameters(schema: Any, arguments: Any) -> Iterator[tuple[str, str]]:
    """Walk annotated properties and the arguments side by side; only chains of `properties` count."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or not isinstance(arguments, dict):
        return
    for name, inner in properties.items():
        if not isinstance(inner, dict) or name not in arguments:
            continue
        token, value = inner.get("x-mcp-header"), arguments[name]
        if isinstance(token, str) and _TOKEN.fullmatch(token) and isinstance(value, str | int | bool):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            yield f"mcp-param-{token.lower()}", field_value(text)
        yield from _parameters(inner, value)
