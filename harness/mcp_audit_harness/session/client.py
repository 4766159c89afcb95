"""The client that the harness plays: what it says of itself, and what it answers when a server asks.

A server asks more of a client that can do more; so this one declares every client feature and answers with canned
replies that change nothing. Sources: the pages `client/roots`, `client/sampling` and `client/elicitation` of the
handshake revisions; `RequestMetaObject` in the 2026-07-28 schema.
"""

import importlib.metadata
import itertools
from collections.abc import Mapping
from typing import Any, Final

from ..model import Era, JsonObject, Revision
from ..probe import Answers

CLIENT_INFO: Final[JsonObject] = {"name": "mcp-audit", "version": importlib.metadata.version("mcp-audit")}

META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
META_CLIENT_INFO: Final = "io.modelcontextprotocol/clientInfo"
META_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"

_ROOT: Final = {"uri": "file:///tmp/mcp-audit", "name": "mcp-audit"}
_SAMPLE: Final = {
    "role": "assistant",
    "content": {"type": "text", "text": "A short canned answer."},
    "model": "mcp-audit-canned",
    "stopReason": "endTurn",
}
_RESULTS: Final[Mapping[str, JsonObject]] = {
    "ping": {},
    "roots/list": {"roots": [_ROOT]},
    "sampling/createMessage": _SAMPLE,
    "elicitation/create": {"action": "decline"},
}


def capabilities_at(revision: Revision) -> JsonObject:
    """Return every capability that a client of `revision` can declare, but for tasks of its own."""
    declared: JsonObject = {"roots": {"listChanged": True}, "sampling": {}}
    if revision is Revision.V2025_06_18:
        declared["elicitation"] = {}
    elif revision > Revision.V2025_06_18:
        declared |= {"sampling": {"tools": {}, "context": {}}, "elicitation": {"form": {}, "url": {}}}
    if revision.era is Era.STATELESS:
        declared["roots"] = {}
    return declared


class Ids:
    """Request ids of one conversation: 1, 2, 3 …, so that the same run sends the same bytes."""

    def __init__(self, first: int = 1) -> None:
        self._numbers = itertools.count(first)

    def next(self) -> int:
        """Return the next id."""
        return next(self._numbers)


def answer(request: JsonObject, answers: Answers | None = None) -> JsonObject | None:
    """Return the JSON-RPC response to a request of the server, as `answers` wills; None to leave it unanswered.

    Without `answers`: a canned reply, or -32601 for a method that no client serves.
    """
    method = request.get("method")
    if str(method).startswith("notifications/"):
        return None  # a notification, though it has an id
    reply: JsonObject = {"jsonrpc": "2.0", "id": request.get("id")}
    if answers is not None:
        chosen = answers(request)
        if chosen is None:
            return None
        return {**reply, **chosen} if set(chosen) == {"error"} else {**reply, "result": chosen}
    if isinstance(method, str) and method in _RESULTS:
        return {**reply, "result": dict(_RESULTS[method])}
    return {**reply, "error": {"code": -32601, "message": "Method not found"}}


def initialize_params(version: str, capabilities: JsonObject | None = None) -> JsonObject:
    """Return the parameters of an initialize request that asks for `version`."""
    return {
        "protocolVersion": version,
        "capabilities": dict(capabilities_at(_known(version)) if capabilities is None else capabilities),
        "clientInfo": dict(CLIENT_INFO),
    }


def with_context(
    params: Mapping[str, Any] | None,
    revision: Revision,
    capabilities: JsonObject | None = None,
    meta: Mapping[str, Any] | None = None,
) -> JsonObject:
    """Return `params` with the `_meta` that `revision` asks of every request.

    `meta` goes over the standard members; a value of None removes one. `_meta` is left out where it would be empty,
    and left alone where `params` brings one that is no object.
    """
    merged = dict(params or {})
    given = merged.get("_meta", {})
    if not isinstance(given, dict):
        return merged
    members = {**_standard(revision, capabilities), **given, **(meta or {})}
    context = {key: value for key, value in members.items() if value is not None or key not in (meta or {})}
    if context or "_meta" in merged:
        merged["_meta"] = context
    return merged


def _standard(revision: Revision, capabilities: JsonObject | None) -> JsonObject:
    if revision.era is Era.HANDSHAKE:
        return {}
    return {
        META_VERSION: str(revision),
        META_CLIENT_INFO: dict(CLIENT_INFO),
        META_CAPABILITIES: dict(capabilities_at(revision) if capabilities is None else capabilities),
    }


def _known(version: str) -> Revision:
    """Return the revision of an initialize request; the last one that has it where the version is made up."""
    known = {str(revision): revision for revision in Revision}
    return known.get(version, Revision.V2025_11_25)
