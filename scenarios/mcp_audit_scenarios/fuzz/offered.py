"""What a server offers, as the OpenAPI document that `mcp-audit openapi` writes."""

from collections.abc import Sequence
from typing import Final

from mcp_audit_harness.model import Era, JsonObject, Offer, Revision

from .openapi import document
from .operations import operations_of

_META: Final = "io.modelcontextprotocol/"
_VERSION: Final = "MCP-Protocol-Version"


def projected(offer: Offer, tools: Sequence[JsonObject], url: str) -> JsonObject:
    """Return the document of an offer at `url`; of its tools only those that are given.

    Requests of the stateless era are complete. Those of a session need its id: whoever sends them adds the header.
    """
    name = offer.server_info.get("name")
    title = name if isinstance(name, str) and name else "MCP server"
    stateless = offer.revision.era is Era.STATELESS
    known = offer.revision >= Revision.V2025_06_18
    return document(
        operations_of(offer, tools),
        url=url,
        title=title,
        headers={_VERSION: str(offer.revision)} if known else {},
        meta=_context(offer.revision) if stateless else None,
        mirrored=stateless,
    )


def _context(revision: Revision) -> JsonObject:
    info = {"name": "openapi", "version": "1"}
    return {f"{_META}protocolVersion": str(revision), f"{_META}clientInfo": info, f"{_META}clientCapabilities": {}}
