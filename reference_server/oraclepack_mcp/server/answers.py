"""Protocol errors that features raise, each with a code by revision and one sentence."""

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import anyio.to_thread
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from oraclepack_mcp.cursors import decode_cursor, encode_cursor
from oraclepack_mcp.errors import DomainError

RESOURCE_NOT_FOUND: Final = -32002
"""The code for an unknown resource up to 2025-11-25; later revisions use -32602 and never this one."""

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
