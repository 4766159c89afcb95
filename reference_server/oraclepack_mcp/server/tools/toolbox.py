"""Listing and calling the tools."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import anyio
from mcp.server.context import ServerRequestContext
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    InputRequiredResult,
    ResourceLink,
    TextContent,
)
from mcp_types.version import is_version_at_least
from pydantic import ValidationError
from pydantic_core import to_json

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import RETRYABLE, DomainError
from oraclepack_mcp.security.scopes import Caller
from oraclepack_mcp.server.answers import in_thread, invalid_params, progress_of
from oraclepack_mcp.server.confirmation import answered, ask
from oraclepack_mcp.server.sentences import describe
from oraclepack_mcp.server.tools import TOOLS
from oraclepack_mcp.server.tools.spec import Call, ToolSpec
from oraclepack_mcp.server.watching import follow, wait_for

Context: TypeAlias = ServerRequestContext[Any, Any]


class ToolBox:
    """Lists and calls the tools; the list is always the same, in the same order.

    Texts are cut after `text_limit` characters; structured content is always whole.
    """

    def __init__(self, domain: Domain, text_limit: int, specs: Sequence[ToolSpec] = TOOLS) -> None:
        self._domain = domain
        self._specs = {spec.name: spec for spec in specs}
        self._text_limit = text_limit
        self.declared = [spec.declared for spec in specs]
        self._input_schemas = {tool.name: tool.input_schema for tool in self.declared}

    def input_schema(self, name: str) -> dict[str, Any] | None:
        """The input schema of a tool, or None where there is no such tool."""
        return self._input_schemas.get(name)

    async def call(
        self, ctx: Context, params: CallToolRequestParams, caller: Caller
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; what the domain refuses is a result with `isError`, so that the model can read and mend it.

        Raises:
            MCPError: -32602 for an unknown tool, and up to 2025-06-18 for bad arguments too, as those revisions say.
        """
        spec = self._specs.get(params.name)
        if spec is None:
            raise invalid_params("Unknown tool.", {"name": params.name})
        try:
            arguments = spec.arguments.model_validate(params.arguments or {})
        except ValidationError as error:
            sentence = describe(error)
            if not is_version_at_least(ctx.protocol_version, "2025-11-25"):
                raise invalid_params(f"Invalid arguments: {sentence}.") from error
            return refused(DomainError("INVALID_ARGUMENT", sentence))
        try:
            caller.require(spec.scopes)
            call = Call(self._domain, caller, progress_of(ctx))
            agreed = await self._consent(ctx, params, spec, arguments, call)
            if isinstance(agreed, InputRequiredResult):
                return agreed
            value = await self._carry_out(ctx, spec, arguments, replace(call, pack_sha256=agreed))
        except DomainError as error:
            return refused(error)
        return self._answer(spec, value)

    async def _consent(
        self, ctx: Context, params: CallToolRequestParams, spec: ToolSpec, arguments: Any, call: Call
    ) -> InputRequiredResult | str | None:
        """Let a call through that somebody agreed to, with the hash of the pack; the result that asks, otherwise."""
        if spec.consent is None:
            return None
        policy = self._domain.execution.policy
        if policy == "off":
            raise DomainError("EXEC_DISABLED", "the operator has switched execution off")
        if policy == "allow" and spec.run is not None:
            return await in_thread(_known_pack, self._domain, spec.run(arguments).pack)
        token = getattr(arguments, "plan_token", None) or answered(params)
        if token is None:
            asked = await ask(ctx, await in_thread(spec.consent.propose, arguments, call))
            if isinstance(asked, InputRequiredResult):
                return asked
            token = asked
        return await in_thread(spec.consent.confirm, arguments, call, token)

    async def _carry_out(self, ctx: Context, spec: ToolSpec, arguments: Any, call: Call) -> Any:
        with anyio.CancelScope(shield=spec.run is not None):  # a run that has begun is followed, or ended
            value = await in_thread(spec.call, arguments, call)
        if spec.wait_s is not None:
            return await wait_for(self._domain.runs, value, spec.wait_s(arguments))
        if spec.run is None or arguments.detach:
            return value
        return await follow(ctx, self._domain.runs, value, call.caller.principal)

    def _answer(self, spec: ToolSpec, value: Any) -> CallToolResult:
        failure = spec.failure(value) if spec.failure is not None else None
        structured = spec.adapter.dump_python(value, mode="json")
        if failure is not None:
            structured |= _error_of(failure)
        text = to_json(structured).decode()
        content: list[ContentBlock] = [TextContent(text=text)]
        if len(text) > self._text_limit:
            note = f"… cut after {self._text_limit} of {len(text)} characters; the structured content is whole"
            content = [TextContent(text=text[: self._text_limit] + note)]
            if spec.whole is not None and (uri := spec.whole(value)) is not None:
                content.append(ResourceLink(uri=uri, name=uri.partition("://")[2], mime_type="application/json"))
        if failure is not None:
            content.insert(0, TextContent(text=str(failure)))
        return CallToolResult(content=content, structured_content=structured, is_error=failure is not None)


def refused(error: DomainError) -> CallToolResult:
    """A refusal as a tool says it: for people in the text, for programs in the structured content."""
    return CallToolResult(content=[TextContent(text=str(error))], structured_content=_error_of(error), is_error=True)


def _error_of(error: DomainError) -> dict[str, Any]:
    return {
        "error": {
            "code": error.code,
            "message": error.sentence,
            "details": dict(error.details),
            "retryable": error.code in RETRYABLE,
        }
    }


def _known_pack(domain: Domain, pack: str) -> str:
    sha256 = domain.packs.get_pack(pack, False).sha256
    if sha256 not in domain.execution.allowed_packs:
        raise DomainError("PACK_NOT_ALLOWED", "the pack is none of those that the operator lets run")
    return sha256
