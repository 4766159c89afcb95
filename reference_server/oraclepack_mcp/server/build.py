"""The MCP server over a catalogue."""

from typing import Any, Final, TypeAlias

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server

from oraclepack_mcp import VERSION
from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.protocol.conduct import Conduct
from oraclepack_mcp.server import completions, prompts, resources
from oraclepack_mcp.server.answers import in_thread, page_of, progress_of
from oraclepack_mcp.server.subscriptions import Listening
from oraclepack_mcp.server.tools.reading import ToolBox
from oraclepack_mcp.settings import Settings

Context: TypeAlias = ServerRequestContext[Any, Any]
Page: TypeAlias = types.PaginatedRequestParams | None

INSTRUCTIONS: Final = (
    "Reads and validates oraclepack packs: Markdown files that hold twenty numbered shell steps. "
    "Start with oraclepack_list_packs, look at one with oraclepack_list_steps, and judge it with "
    "oraclepack_validate_pack. Nothing is ever run or changed."
)
_PAGE: Final = 50
_LISTS: Final = CacheHint(ttl_ms=5_000, scope="private")
_CACHE_HINTS: Final[dict[Any, CacheHint]] = {
    "server/discover": _LISTS,
    "tools/list": _LISTS,
    "prompts/list": _LISTS,
    "resources/list": _LISTS,
    "resources/templates/list": _LISTS,
    "resources/read": _LISTS,
}


def build_server(settings: Settings, *, domain: Catalogue | None = None) -> Server[Any]:
    """Make the server; `domain` replaces the catalogue over the configured roots.

    Raises:
        OSError: a configured root is absent or no directory.
    """
    features = _Features(domain or settings.open_library().catalogue(), settings.page_size)
    server = _OraclepackServer(
        "oraclepack-mcp",
        version=VERSION,
        title="oraclepack",
        description="Packs of twenty shell steps: listed, read and validated.",
        instructions=INSTRUCTIONS,
        cache_hints=_CACHE_HINTS,
        get_tool_input_schema=features.tools.input_schema,
        on_list_tools=features.list_tools,
        on_call_tool=features.call_tool,
        on_list_resources=features.list_resources,
        on_list_resource_templates=features.list_templates,
        on_read_resource=features.read_resource,
        on_list_prompts=features.list_prompts,
        on_get_prompt=features.get_prompt,
        on_completion=features.complete,
        on_subscriptions_listen=Listening(features.domain),
    )
    server.middleware.append(Conduct(server))
    return server


class _OraclepackServer(Server[Any]):
    """Declares what is delivered: tools and prompts never change, which the SDK infers otherwise from `listen`."""

    def get_capabilities(self, *args: Any, **kwargs: Any) -> types.ServerCapabilities:
        """The capabilities at a revision."""
        capabilities = super().get_capabilities(*args, **kwargs)
        still = {
            "tools": types.ToolsCapability(list_changed=False),
            "prompts": types.PromptsCapability(list_changed=False),
        }
        return capabilities.model_copy(update=still)


class _Features:
    """One handler for each method; each hands its params to the module that knows."""

    def __init__(self, domain: Catalogue, page_size: int) -> None:
        self.domain = domain
        self._page_size = page_size
        self.tools = ToolBox(domain)

    async def list_tools(self, _: Context, params: Page) -> types.ListToolsResult:
        tools, following = page_of("tools", self.tools.declared, _cursor(params), _PAGE)
        return types.ListToolsResult(tools=tools, next_cursor=following)

    async def call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        return await self.tools.call(params, ctx.protocol_version, progress_of(ctx))

    async def list_resources(self, _: Context, params: Page) -> types.ListResourcesResult:
        declared = [fixed.declare() for fixed in resources.FIXED]
        declared += await in_thread(resources.declare_packs, self.domain)
        page, following = page_of("resources", declared, _cursor(params), self._page_size)
        return types.ListResourcesResult(resources=page, next_cursor=following)

    async def list_templates(self, _: Context, params: Page) -> types.ListResourceTemplatesResult:
        declared = [template.declare() for template in resources.TEMPLATES]
        page, following = page_of("templates", declared, _cursor(params), _PAGE)
        return types.ListResourceTemplatesResult(resource_templates=page, next_cursor=following)

    async def read_resource(self, ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return await resources.read_resource(self.domain, params.uri, ctx.protocol_version)

    async def list_prompts(self, _: Context, params: Page) -> types.ListPromptsResult:
        page, following = page_of("prompts", list(prompts.PROMPTS), _cursor(params), _PAGE)
        return types.ListPromptsResult(prompts=page, next_cursor=following)

    async def get_prompt(self, _: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        return await prompts.get_prompt(self.domain, params)

    async def complete(self, _: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        return await completions.complete(self.domain, params)


def _cursor(params: Page) -> str | None:
    return params.cursor if params else None
