"""The SDK's span of each message, made only while somebody collects spans."""

from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from oraclepack_mcp.telemetry.tracing import wanted


class TracedWhenWanted:
    """Stands in the place of a middleware that traces; spans that nobody collects cost as much as others."""

    def __init__(self, tracing: ServerMiddleware[Any]) -> None:
        self._tracing = tracing

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve one message."""
        return await (self._tracing(ctx, call_next) if wanted() else call_next(ctx))
