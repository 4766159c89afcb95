"""The middleware around every request: what may be asked when, and how a failure is said.

`mcp` 2.3 accepts a second `initialize`, answers requests before the first one with -32602, checks the params of methods
that it does not serve, and gives a failing handler the code 0 and the text of its exception.
"""

import logging
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from oraclepack_mcp.server.sentences import describe

_logger = logging.getLogger(__name__)


class Conduct:
    """Holds a server's clients to the lifecycle and its handlers to the error codes."""

    def __init__(self, server: Server[Any]) -> None:
        self._server = server

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve one message.

        Raises:
            MCPError: every failure of a request, with a code of the specification and one sentence.
        """
        if ctx.request_id is None:
            return await call_next(ctx)
        self._admit(ctx)
        try:
            return await call_next(ctx)
        except MCPError:
            raise
        except ValidationError as error:
            raise MCPError(INVALID_PARAMS, f"Invalid request: {describe(error)}.") from error
        except Exception as error:  # the boundary: whatever a handler did not foresee ends here, once
            _logger.exception("a handler of %s failed", ctx.method)
            raise MCPError(INTERNAL_ERROR, "The server failed on this request.") from error

    def _admit(self, ctx: ServerRequestContext[Any, Any]) -> None:
        stateless = ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        initialized = ctx.session.client_params is not None
        if ctx.method == "initialize":
            if initialized and not stateless:
                raise MCPError(INVALID_REQUEST, "This connection is initialized already.")
            return
        if not initialized and not stateless and ctx.method != "ping":
            raise MCPError(INVALID_REQUEST, "The first request on a connection is initialize.")
        if self._server.get_request_handler(ctx.method) is None:
            raise MCPError(METHOD_NOT_FOUND, "Method not found.", {"method": ctx.method})
