"""Putting fixtures beside what a server has: lists show both, and a name or URI decides who answers.

Every handler here stands in front of the one that the server registered, and hands on what is none of its business.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp_types.version import is_version_at_least
from pydantic import ValidationError

from oraclepack_mcp.diagnostics.audience import Audience
from oraclepack_mcp.diagnostics.fixture import (
    Asked,
    Context,
    Fixtures,
    ResourceFixture,
    TemplateFixture,
    ToolAnswer,
    ToolFixture,
    UnansweredError,
    failed,
)
from oraclepack_mcp.server.answers import invalid_params, page_of, resource_not_found
from oraclepack_mcp.server.sentences import describe

_Handler: TypeAlias = Callable[[Context, Any], Awaitable[Any]]
_Asking = TypeVar("_Asking", types.CallToolRequestParams, types.GetPromptRequestParams, types.ReadResourceRequestParams)
_PAGE: Final = 50
_MOST_COMPLETIONS: Final = 100


def join(server: Server[Any], fixtures: Fixtures, audience: Audience, page_size: int) -> None:
    """Make a server offer fixtures before its own features; `page_size` is that of the list of resources."""
    joined = _Joined(server, fixtures, audience)
    server.get_tool_input_schema = joined.schema_lookup(server.get_tool_input_schema)
    lists: dict[str, tuple[type[Any], str, Callable[[], list[Any]], int]] = {
        "tools/list": (types.ListToolsResult, "tools", joined.declared_tools, _PAGE),
        "prompts/list": (types.ListPromptsResult, "prompts", joined.declared_prompts, _PAGE),
        "resources/list": (types.ListResourcesResult, "resources", joined.declared_resources, page_size),
        "resources/templates/list": (
            types.ListResourceTemplatesResult,
            "resource_templates",
            joined.declared_templates,
            _PAGE,
        ),
    }
    for method, (result, member, declared, size) in lists.items():
        handler = _listing(joined.before(method), result, member, declared, size)
        server.add_request_handler(method, types.PaginatedRequestParams, handler)
    server.add_request_handler("tools/call", types.CallToolRequestParams, joined.call_tool)
    server.add_request_handler("prompts/get", types.GetPromptRequestParams, joined.get_prompt)
    server.add_request_handler("resources/read", types.ReadResourceRequestParams, joined.read_resource)
    server.add_request_handler("completion/complete", types.CompleteRequestParams, joined.complete)
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, joined.set_level)
    server.add_request_handler("resources/subscribe", types.SubscribeRequestParams, joined.subscribe)
    server.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, joined.unsubscribe)
    server.add_notification_handler("notifications/initialized", types.NotificationParams, joined.initialized)


class _Joined:
    """The handlers; each looks for a fixture first."""

    def __init__(self, server: Server[Any], fixtures: Fixtures, audience: Audience) -> None:
        self._fixtures = fixtures
        self._audience = audience
        self._tools = {tool.name: tool for tool in fixtures.tools}
        self._prompts = {prompt.prompt.name: prompt for prompt in fixtures.prompts}
        self._resources = {resource.resource.uri: resource for resource in fixtures.resources}
        self._before = {
            method: entry.handler
            for method in (
                "tools/list",
                "tools/call",
                "prompts/list",
                "prompts/get",
                "resources/list",
                "resources/templates/list",
                "resources/read",
                "resources/subscribe",
                "resources/unsubscribe",
                "completion/complete",
            )
            if (entry := server.get_request_handler(method)) is not None
        }

    def before(self, method: str) -> _Handler:
        """What the server did with a method until now."""
        return self._before[method]

    def schema_lookup(
        self, before: Callable[[str], Mapping[str, Any] | None] | None
    ) -> Callable[[str], Mapping[str, Any] | None]:
        """What finds the input schema of a tool of either kind, for checking headers against arguments."""
        schemas = {tool.name: tool.declare().input_schema for tool in self._fixtures.tools}

        def look_up(name: str) -> Mapping[str, Any] | None:
            return schemas.get(name) or (before(name) if before is not None else None)

        return look_up

    def declared_tools(self) -> list[types.Tool]:
        """The tools that are there now."""
        return [tool.declare() for tool in self._fixtures.tools if tool.present()]

    def declared_prompts(self) -> list[types.Prompt]:
        """The prompts that are there now."""
        return [prompt.prompt for prompt in self._fixtures.prompts if prompt.present()]

    def declared_resources(self) -> list[types.Resource]:
        """The resources that are there now."""
        return [resource.resource for resource in self._fixtures.resources if resource.present()]

    def declared_templates(self) -> list[types.ResourceTemplate]:
        """The templates."""
        return [template.template for template in self._fixtures.templates]

    async def call_tool(self, ctx: Context, params: types.CallToolRequestParams) -> Any:
        """Call a fixture, or let the server call its tool."""
        tool = self._tools.get(params.name)
        if tool is None or not tool.present():
            return await self._before["tools/call"](ctx, params)
        return await _call(tool, ctx, params)

    async def get_prompt(self, ctx: Context, params: types.GetPromptRequestParams) -> Any:
        """Fill in a fixture, or let the server fill in its prompt.

        Raises:
            MCPError: -32602, an argument is missing.
        """
        prompt = self._prompts.get(params.name)
        if prompt is None or not prompt.present():
            return await self._before["prompts/get"](ctx, params)
        given = params.arguments or {}
        for argument in prompt.prompt.arguments or ():
            if argument.required and argument.name not in given:
                raise invalid_params(f"The prompt needs the argument {argument.name}.")
        try:
            return await prompt.get(_asked(ctx, params, given))
        except UnansweredError as error:
            raise invalid_params(str(error)) from error

    async def read_resource(self, ctx: Context, params: types.ReadResourceRequestParams) -> Any:
        """Read a fixture, or let the server read its resource."""
        found = self._find(params.uri)
        if found is None:
            return await self._before["resources/read"](ctx, params)
        fixture, variables = found
        try:
            content = await fixture.read(_asked(ctx, params, variables))
        except UnansweredError as error:
            raise invalid_params(str(error)) from error
        if isinstance(content, types.InputRequiredResult):
            return content
        return types.ReadResourceResult(contents=[_contents(params.uri, _mime_type(fixture), content)])

    async def complete(self, ctx: Context, params: types.CompleteRequestParams) -> Any:
        """Complete an argument of a fixture, or let the server complete its own."""
        ref = params.ref
        key = ref.name if isinstance(ref, types.PromptReference) else ref.uri
        values = self._fixtures.completions.get((key, params.argument.name))
        if values is None:
            return await self._before["completion/complete"](ctx, params)
        given = (params.context.arguments if params.context is not None else None) or {}
        matching = [value for value in values(given) if value.startswith(params.argument.value)]
        shown = matching[:_MOST_COMPLETIONS]
        more = len(matching) > len(shown)
        return types.CompleteResult(completion=types.Completion(values=shown, total=len(matching), has_more=more))

    async def set_level(self, ctx: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
        """Send the session no messages below a level."""
        self._audience.set_level(ctx, params.level)
        return types.EmptyResult()

    async def subscribe(self, ctx: Context, params: types.SubscribeRequestParams) -> Any:
        """Tell the session of changes of a fixture, or let the server tell of its resource."""
        if self._find(params.uri) is None:
            return await self._hand_on("resources/subscribe", ctx, params)
        self._audience.subscribe(ctx, params.uri)
        return types.EmptyResult()

    async def unsubscribe(self, ctx: Context, params: types.UnsubscribeRequestParams) -> Any:
        """Tell the session no longer."""
        if self._find(params.uri) is None:
            return await self._hand_on("resources/unsubscribe", ctx, params)
        self._audience.unsubscribe(ctx, params.uri)
        return types.EmptyResult()

    async def initialized(self, ctx: Context, _: types.NotificationParams) -> None:
        """Remember the session."""
        self._audience.join(ctx)

    async def _hand_on(self, method: str, ctx: Context, params: Any) -> Any:
        if method not in self._before:
            raise resource_not_found(params.uri, ctx.protocol_version)
        return await self._before[method](ctx, params)

    def _find(self, uri: str) -> tuple[ResourceFixture | TemplateFixture, Mapping[str, Any]] | None:
        resource = self._resources.get(uri)
        if resource is not None and resource.present():
            return resource, {}
        for template in self._fixtures.templates:
            if (variables := template.matcher.match(uri)) is not None:
                return template, variables
        return None


async def _call(tool: ToolFixture, ctx: Context, params: types.CallToolRequestParams) -> ToolAnswer:
    try:
        checked = tool.arguments.model_validate(params.arguments or {})
    except ValidationError as error:
        sentence = describe(error)
        if not is_version_at_least(ctx.protocol_version, "2025-11-25"):
            raise invalid_params(f"Invalid arguments: {sentence}.") from error
        return failed(f"INVALID_ARGUMENT: {sentence}")
    try:
        return await tool.call(_asked(ctx, params, checked))
    except UnansweredError as error:
        return failed(str(error))


def _asked(ctx: Context, params: _Asking, arguments: Any) -> Asked:
    return Asked(ctx, arguments, params.input_responses or {}, params.request_state)


def _listing(
    before: _Handler, result: type[Any], member: str, declared: Callable[[], list[Any]], size: int
) -> _Handler:
    """List the fixtures, then all that the server lists, in pages of one size."""

    async def list_both(ctx: Context, params: types.PaginatedRequestParams) -> Any:
        items = declared()
        cursor: str | None = None
        while True:
            page = await before(ctx, types.PaginatedRequestParams(cursor=cursor))
            items += getattr(page, member)
            cursor = page.next_cursor
            if cursor is None:
                break
        shown, following = page_of(f"diagnostics-{member}", items, params.cursor, size)
        return result(**{member: shown}, next_cursor=following)

    return list_both


def _mime_type(fixture: ResourceFixture | TemplateFixture) -> str | None:
    declared = fixture.resource if isinstance(fixture, ResourceFixture) else fixture.template
    return declared.mime_type


def _contents(
    uri: str, mime_type: str | None, content: str | bytes
) -> types.TextResourceContents | types.BlobResourceContents:
    if isinstance(content, str):
        return types.TextResourceContents(uri=uri, mime_type=mime_type, text=content)
    return types.BlobResourceContents(uri=uri, mime_type=mime_type, blob=base64.b64encode(content).decode("ascii"))
