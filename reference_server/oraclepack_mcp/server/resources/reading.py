"""Listing and reading resources, each within the scopes of the caller."""

from mcp_types import BlobResourceContents, ReadResourceResult, Resource, TextResourceContents

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.scopes import Caller
from oraclepack_mcp.server.answers import in_thread, resource_not_found
from oraclepack_mcp.server.resources.declared import FIXED, JSON, MARKDOWN, Fixed, Template, entry_of
from oraclepack_mcp.server.resources.uris import pack_uri


def declare(domain: Domain, caller: Caller) -> list[Resource]:
    """The fixed resources and one for each pack that there is now, as far as the caller may read them."""
    fixed = [resource.declare() for resource in FIXED if caller.may(resource.scope)]
    return [*fixed, *(_pack(pack_id) for pack_id in domain.packs.pack_ids())] if caller.may("packs:read") else fixed


async def read_resource(domain: Domain, caller: Caller, uri: str, revision: str) -> ReadResourceResult:
    """Read a resource by URI.

    Raises:
        MCPError: the resource is unknown, the caller may not read it, or the domain refuses it; all look the same.
    """
    found = entry_of(caller, uri)
    if found is None:
        raise resource_not_found(uri, revision)
    entry, variables = found
    try:
        return _result(uri, await in_thread(entry.read, domain, variables), entry)
    except DomainError as error:
        raise resource_not_found(uri, revision) from error


def _pack(pack_id: str) -> Resource:
    return Resource(
        uri=pack_uri(pack_id),
        name=pack_id,
        title=pack_id.rpartition("/")[2].rpartition(":")[2],
        description="A pack of steps.",
        mime_type=MARKDOWN,
    )


def _result(uri: str, text: str, entry: Fixed | Template) -> ReadResourceResult:
    contents: list[TextResourceContents | BlobResourceContents] = [
        TextResourceContents(uri=uri, mime_type=JSON if isinstance(entry, Fixed) else entry.mime_type, text=text)
    ]
    public = isinstance(entry, Fixed) and entry.public
    return ReadResourceResult(contents=contents, ttl_ms=entry.ttl_ms, cache_scope="public" if public else "private")
