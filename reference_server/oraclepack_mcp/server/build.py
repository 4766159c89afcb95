"""The MCP server over a domain."""

from typing import Any, Final, TypeAlias

import mcp_types as types
from mcp.server.caching import CacheHint
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity

from oraclepack_mcp import VERSION
from oraclepack_mcp.composition import compose
from oraclepack_mcp.diagnostics import Diagnostics
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.protocol.conduct import Conduct
from oraclepack_mcp.sdk_version import require_known_sdk
from oraclepack_mcp.server.answers import in_thread, page_of
from oraclepack_mcp.server.callers import CallerOf, caller_by
from oraclepack_mcp.server.completions import complete
from oraclepack_mcp.server.prepared import PreparedLists
from oraclepack_mcp.server.prompts import PROMPTS, get_prompt
from oraclepack_mcp.server.resources import reading as resources
from oraclepack_mcp.server.resources.declared import LISTS_TTL_MS, TEMPLATES
from oraclepack_mcp.server.session_subscriptions import SessionSubscriptions
from oraclepack_mcp.server.subscriptions import Listening
from oraclepack_mcp.server.tools.toolbox import ToolBox
from oraclepack_mcp.server.traced import TracedWhenWanted
from oraclepack_mcp.settings import Settings

Context: TypeAlias = ServerRequestContext[Any, Any]
Page: TypeAlias = types.PaginatedRequestParams | None

NAME: Final = "oraclepack-mcp"
INSTRUCTIONS: Final = (
    "Works with oraclepack packs: Markdown files that hold numbered shell steps. Start with oraclepack_list_packs, "
    "look at one with oraclepack_list_steps, and judge it with oraclepack_validate_pack. Before a run, "
    "oraclepack_plan_run says what would happen; nothing runs without a confirmation, and nothing at all unless the "
    "operator allows it."
)
_PAGE: Final = 50
_LISTS: Final = CacheHint(ttl_ms=LISTS_TTL_MS, scope="private")
_CACHED: Final = (
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
)


def build_server(settings: Settings, *, domain: Domain | None = None) -> Server[Any]:
    """Make the server; `domain` replaces that of the settings.

    Raises:
        OSError: a configured root is absent or no directory.
        ValueError: packs may be run, and the working directory lies in no writable root; the SDK is not a known one.
    """
    require_known_sdk()
    caller = caller_by(settings)
    diagnostics = Diagnostics() if settings.profile == "diagnostics" else None
    features = _Features(domain or compose(settings), caller, settings)
    subscriptions = SessionSubscriptions(features.domain, caller)
    hints: dict[Any, CacheHint] = dict.fromkeys(_CACHED, _LISTS)
    server = _OraclepackServer(
        NAME,
        version=VERSION,
        title="oraclepack",
        description="Packs of shell steps: listed, judged, written and, where that is allowed, run.",
        instructions=INSTRUCTIONS,
        lifespan=subscriptions.lifespan,
        cache_hints=hints,
        get_tool_input_schema=features.tools.input_schema,
        on_list_tools=features.list_tools,
        on_call_tool=features.call_tool,
        on_list_resources=features.list_resources,
        on_list_resource_templates=features.list_templates,
        on_read_resource=features.read_resource,
        on_subscribe_resource=subscriptions.subscribe,
        on_unsubscribe_resource=subscriptions.unsubscribe,
        on_list_prompts=features.list_prompts,
        on_get_prompt=features.get_prompt,
        on_completion=features.complete,
        on_subscriptions_listen=Listening(features.domain, caller, diagnostics.announced if diagnostics else None),
    )
    server.middleware[:] = [TracedWhenWanted(tracing) for tracing in server.middleware]
    server.middleware.append(Conduct(server))
    server.middleware.append(RequestStateBoundary(_request_state(settings), default_audience=NAME))
    if diagnostics is None:
        server.middleware.append(PreparedLists())
    else:
        server.lists_change = True
        diagnostics.join(server, settings.page_size)
    return server


def _request_state(settings: Settings) -> RequestStateSecurity:
    """Several workers share a key, so that a call may be continued at another one."""
    if settings.request_state_key is None:
        return RequestStateSecurity.ephemeral()
    return RequestStateSecurity(keys=[settings.request_state_key.get_secret_value()])


class _OraclepackServer(Server[Any]):
    """Declares what is delivered: which lists change, the SDK infers from `listen`, which serves resources alone."""

    lists_change = False

    def get_capabilities(self, *args: Any, **kwargs: Any) -> types.ServerCapabilities:
        """The capabilities at a revision."""
        capabilities = super().get_capabilities(*args, **kwargs)
        declared: dict[str, Any] = {
            "tools": types.ToolsCapability(list_changed=self.lists_change),
            "prompts": types.PromptsCapability(list_changed=self.lists_change),
        }
        if self.lists_change:
            declared["resources"] = types.ResourcesCapability(subscribe=True, list_changed=True)
        return capabilities.model_copy(update=declared)


class _Features:
    """One handler for each method; each hands its params to the module that knows, with who is calling."""

    def __init__(self, domain: Domain, caller: CallerOf, settings: Settings) -> None:
        self.domain = domain
        self.tools = ToolBox(domain, settings.text_limit)
        self._caller = caller
        self._page_size = settings.page_size

    async def list_tools(self, _: Context, params: Page) -> types.ListToolsResult:
        tools, following = page_of("tools", self.tools.declared, _cursor(params), _PAGE)
        return types.ListToolsResult(tools=tools, next_cursor=following)

    async def call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        return await self.tools.call(ctx, params, self._caller())

    async def list_resources(self, _: Context, params: Page) -> types.ListResourcesResult:
        declared = await in_thread(resources.declare, self.domain, self._caller())
        page, following = page_of("resources", declared, _cursor(params), self._page_size)
        return types.ListResourcesResult(resources=page, next_cursor=following)

    async def list_templates(self, _: Context, params: Page) -> types.ListResourceTemplatesResult:
        declared = [template.declare() for template in TEMPLATES]
        page, following = page_of("templates", declared, _cursor(params), _PAGE)
        return types.ListResourceTemplatesResult(resource_templates=page, next_cursor=following)

    async def read_resource(self, ctx: Context, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return await resources.read_resource(self.domain, self._caller(), params.uri, ctx.protocol_version)

    async def list_prompts(self, _: Context, params: Page) -> types.ListPromptsResult:
        declared = [prompt.declare() for prompt in PROMPTS]
        page, following = page_of("prompts", declared, _cursor(params), _PAGE)
        return types.ListPromptsResult(prompts=page, next_cursor=following)

    async def get_prompt(self, _: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        return await get_prompt(self.domain, self._caller(), params)

    async def complete(self, _: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        return await complete(self.domain, self._caller(), params)


def _cursor(params: Page) -> str | None:
    return params.cursor if params else None
