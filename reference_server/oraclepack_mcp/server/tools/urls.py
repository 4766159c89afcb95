"""Stored URLs: where questions are sent."""

from typing import Final

from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import urls as args
from oraclepack_mcp.server.tools.spec import CREATES, READS, REPLACES, ToolSpec
from oraclepack_mcp.urls.model import ResolvedUrl, UrlList, UrlStoreModel

_READ: Final[frozenset[Scope]] = frozenset({"urls:read"})
_WRITE: Final[frozenset[Scope]] = frozenset({"urls:write"})

TOOLS: Final = (
    ToolSpec(
        "oraclepack_list_urls",
        "List URLs",
        "Lists the stored URLs with the default of each store, and what is wrong with a store.",
        args.ListUrls,
        UrlList,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.urls.list(a.scope, a.pack),
    ),
    ToolSpec(
        "oraclepack_resolve_url",
        "Resolve a URL",
        "Finds the URL of a name, or the default one, as a run would.",
        args.ResolveUrl,
        ResolvedUrl,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.urls.resolve(a.name, a.pack),
    ),
    ToolSpec(
        "oraclepack_save_url",
        "Save a URL",
        "Stores a URL under a name, in the place of any other of that name.",
        args.SaveUrl,
        UrlStoreModel,
        scopes=_WRITE,
        hints=CREATES,
        call=lambda a, call: call.domain.urls.save(a.scope, a.name, a.url, a.expected_sha256, a.pack),
    ),
    ToolSpec(
        "oraclepack_set_default_url",
        "Set the default URL",
        "Makes a stored URL the default of its store.",
        args.NameUrl,
        UrlStoreModel,
        scopes=_WRITE,
        hints=CREATES,
        call=lambda a, call: call.domain.urls.set_default(a.scope, a.name, a.expected_sha256, a.pack),
    ),
    ToolSpec(
        "oraclepack_delete_url",
        "Delete a URL",
        "Removes a stored URL; a default that names it is cleared.",
        args.NameUrl,
        UrlStoreModel,
        scopes=_WRITE,
        hints=REPLACES,
        call=lambda a, call: call.domain.urls.delete(a.scope, a.name, a.expected_sha256, a.pack),
    ),
)
