"""Lists that are the same for everybody: made once for each revision, and handed out again.

The list of tools with its schemas is long. To make it, to hold it against the schema of the revision and to write it as
JSON takes a hundred times what the rest of a request does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types.methods import validate_client_request

from oraclepack_mcp.protocol.reply import WholeList

_MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {"tools/list": "tools", "prompts/list": "prompts", "resources/templates/list": "resourceTemplates"}
)
_ASKED_OF_ALL: Final = frozenset({"_meta"})


class PreparedLists:
    """The middleware that answers in the place of the handlers of these lists, from the second time on.

    For a server whose lists never change; requests that ask for more than the first page go through.
    """

    def __init__(self) -> None:
        self._prepared: dict[tuple[str, str], dict[str, Any]] = {}

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve one message.

        Raises:
            ValidationError: the params are not those of the revision.
        """
        member = _MEMBERS.get(ctx.method)
        if member is None or ctx.request_id is None or not _ASKED_OF_ALL.issuperset(ctx.params or ()):
            return await call_next(ctx)
        place = ctx.method, ctx.protocol_version
        known = self._prepared.get(place)
        if known is not None:
            validate_client_request(ctx.method, ctx.protocol_version, ctx.params)
            return dict(known)
        result = await call_next(ctx)
        if isinstance(result, dict) and isinstance(result.get(member), list):
            self._prepared[place] = {**result, member: WholeList(result[member])}
        return result
