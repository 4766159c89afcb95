"""The document that says which authorization servers this resource trusts (RFC 9728)."""

from typing import Final

from mcp.server.auth.routes import build_resource_metadata_url
from mcp.shared.auth import ProtectedResourceMetadata
from pydantic import AnyHttpUrl, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.security.scopes import SCOPES

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_CACHE: Final = {"Cache-Control": "public, max-age=3600"}
_URL: Final[TypeAdapter[AnyHttpUrl]] = TypeAdapter(AnyHttpUrl)


def metadata_url_of(settings: AuthSettings) -> str:
    """Where the document is; made of the configured URL only, whatever a Host header says."""
    return str(build_resource_metadata_url(_URL.validate_python(settings.resource_url)))


def metadata_routes(settings: AuthSettings) -> list[Route]:
    """Serve the document at its place, and at the well-known root, where clients look when they know no path."""
    document = _document(settings)

    async def serve(_: Request) -> Response:
        return Response(document, media_type="application/json", headers=_CACHE)

    path = WELL_KNOWN + metadata_url_of(settings).partition(WELL_KNOWN)[2]
    return [Route(place, serve, methods=["GET"]) for place in dict.fromkeys((path, WELL_KNOWN))]


def _document(settings: AuthSettings) -> bytes:
    metadata = ProtectedResourceMetadata.model_validate(
        {
            "resource": settings.resource_url,
            "authorization_servers": list(settings.servers),
            "scopes_supported": list(SCOPES),
            "resource_name": "oraclepack",
        }
    )
    return metadata.model_dump_json(exclude_none=True).encode()
