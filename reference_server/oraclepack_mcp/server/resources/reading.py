"""Listing and reading resources, each within the scopes of the caller."""

from typing import Final

from mcp_types import BlobResourceContents, ReadResourceResult, Resource, TextResourceContents

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.scopes import Caller
from oraclepack_mcp.server.answers import in_thread, resource_not_found
from oraclepack_mcp.server.resources.declared import FIXED, JSON, MARKDOWN, TEMPLATES, Fixed, Template
from oraclepack_mcp.server.resources.uris import OVERRIDES, PACK, PACK_MODEL, REPORT, STATE, VALIDATION, pack_uri

_OF_A_PACK: Final = (PACK, PACK_MODEL, VALIDATION, STATE, REPORT, OVERRIDES)


def declare(domain: Domain, caller: Caller) -> list[Resource]:
    """The fixed resources and one for each pack that there is now, as far as the caller may read them."""
    fixed = [resource.declare() for resource in FIXED if caller.may(resource.scope)]
    return [*fixed, *(_pack(pack_id) for pack_id in domain.packs.pack_ids())] if caller.may("packs:read") else fixed


def pack_of(uri: str) -> str | None:
    """The path of the pack that a resource is about, or None where it is about none."""
    for template in _OF_A_PACK:
        if (found := template.match(uri)) is not None and isinstance(path := found["path"], str):
            return path
    return None


async def read_resource(domain: Domain, caller: Caller, uri: str, revision: str) -> ReadResourceResult:
    """Read a resource by URI.

    Raises:
        MCPError: the resource is unknown, the caller may not read it, or the domain refuses it; all look the same.
    """
    try:
        for fixed in FIXED:
            if fixed.uri == uri and caller.may(fixed.scope):
                return _result(uri, JSON, await in_thread(fixed.read, domain), fixed)
        for template in TEMPLATES:
            if (found := template.template.match(uri)) is not None and caller.may(template.scope):
                variables = {name: value for name, value in found.items() if isinstance(value, str)}
                return _result(uri, template.mime_type, await in_thread(template.read, domain, variables), template)
    except DomainError as error:
        raise resource_not_found(uri, revision) from error
    raise resource_not_found(uri, revision)


def _pack(pack_id: str) -> Resource:
    return Resource(
        uri=pack_uri(pack_id),
        name=pack_id,
        title=pack_id.rpartition("/")[2].rpartition(":")[2],
        description="A pack of steps.",
        mime_type=MARKDOWN,
    )


def _result(uri: str, mime_type: str, text: str, entry: Fixed | Template) -> ReadResourceResult:
    contents: list[TextResourceContents | BlobResourceContents] = [
        TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    ]
    public = isinstance(entry, Fixed) and entry.public
    return ReadResourceResult(contents=contents, ttl_ms=entry.ttl_ms, cache_scope="public" if public else "private")
