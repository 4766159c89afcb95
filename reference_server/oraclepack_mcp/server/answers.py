"""Protocol errors that features raise, each with a code by revision and one sentence."""

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import anyio.from_thread
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from oraclepack_mcp.catalogue import Report, unheard
from oraclepack_mcp.cursors import decode_cursor, encode_cursor
from oraclepack_mcp.errors import DomainError

RESOURCE_NOT_FOUND: Final = -32002
"""The code for an unknown resource up to 2025-11-25; later revisions use -32602 and never this one."""
MOST_REPORTS: Final = 20
"""Progress notifications for one request, at most."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def invalid_params(sentence: str, data: Any = None) -> MCPError:
    """The request cannot be served as it stands."""
    return MCPError(INVALID_PARAMS, sentence, data)


def resource_not_found(uri: str, revision: str) -> MCPError:
    """No resource has that URI, or none that the client may see: the two look the same."""
    code = INVALID_PARAMS if revision in MODERN_PROTOCOL_VERSIONS else RESOURCE_NOT_FOUND
    return MCPError(code, "Resource not found.", {"uri": uri})


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call the domain without holding up the event loop."""
    return await anyio.to_thread.run_sync(lambda: function(*args, **kwargs))


def progress_of(ctx: ServerRequestContext[Any, Any]) -> Report:
    """Return what tells the caller of progress, where it gave a token; call it from the thread of the work."""
    if (ctx.meta or {}).get("progress_token") is None:
        return unheard

    def report(done: int, total: int) -> None:
        step = -(-total // MOST_REPORTS)
        if done == total or done % step == 0:
            anyio.from_thread.run(ctx.session.report_progress, done, total)

    return report


def page_of(kind: str, items: list[_T], cursor: str | None, size: int) -> tuple[list[_T], str | None]:
    """One page of a list and the cursor of the next.

    Raises:
        MCPError: -32602, the cursor is not one that this list issued.
    """
    try:
        start = decode_cursor(kind, cursor)
    except DomainError as error:
        raise invalid_params(f"Invalid cursor: {error.sentence}.") from error
    if start and start >= len(items):
        raise invalid_params("Invalid cursor: the list has become shorter.")
    end = start + size
    return items[start:end], encode_cursor(kind, end) if end < len(items) else None
