"""What the harness says of itself as a client, in the handshake and in every request: pure words.

Sources: the page `basic/lifecycle` of the handshake revisions; `RequestMetaObject` in the 2026-07-28 schema.
"""

import importlib.metadata
from collections.abc import Mapping
from typing import Any, Final

from ..model import Era, JsonObject, Revision

CLIENT_INFO: Final[JsonObject] = {"name": "mcp-audit", "version": importlib.metadata.version("mcp-audit")}

META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
META_CLIENT_INFO: Final = "io.modelcontextprotocol/clientInfo"
META_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"


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
