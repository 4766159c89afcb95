"""The middleware that tells the call recorder of every `tools/call`, however it ends."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from oraclepack_mcp.telemetry.calls import CallRecorder

LOCAL: Final = "local"
"""The principal of whoever calls without a token."""
_MAX_NAME: Final = 128

_logger = logging.getLogger(__name__)


class RecordedCalls:
    """Records each call under the name of its caller, which `principal` gives while the call is served.

    A call that the audit log cannot take is answered all the same, since its work is done; the log says so.
    """

    def __init__(self, recorder: CallRecorder, principal: Callable[[], str]) -> None:
        self._recorder = recorder
        self._principal = principal

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve one message."""
        if ctx.method != "tools/call" or ctx.request_id is None:
            return await call_next(ctx)
        started, outcome, run_id = time.perf_counter(), "internal", None
        try:
            result = await call_next(ctx)
            outcome, run_id = _told(result)
        except MCPError as error:
            outcome = "INVALID_ARGUMENT" if error.error.code == INVALID_PARAMS else "internal"
            raise
        except ValidationError:
            outcome = "INVALID_ARGUMENT"
            raise
        except anyio.get_cancelled_exc_class():
            outcome = "CANCELLED"
            raise
        finally:
            await self._record(ctx.params or {}, outcome, time.perf_counter() - started, run_id)
        return result

    async def _record(self, params: Mapping[str, Any], outcome: str, seconds: float, run_id: str | None) -> None:
        name, arguments = params.get("name"), params.get("arguments")
        tool = name[:_MAX_NAME] if isinstance(name, str) else ""
        given = arguments if isinstance(arguments, dict) else {}
        with anyio.CancelScope(shield=True):
            try:
                await self._recorder.record(tool, self._principal(), given, outcome, seconds, run_id)
            except OSError:
                _logger.exception("a tool call is missing in the audit log")


def _told(result: HandlerResult) -> tuple[str, str | None]:
    """What a result, as it goes over the wire, says of its outcome, and of the run that it is about."""
    if not isinstance(result, dict):
        return "ok", None
    if result.get("resultType") == "input_required":
        return "input_required", None
    structured = result.get("structuredContent")
    structured = structured if isinstance(structured, dict) else {}
    run_id = structured.get("run_id")
    outcome = "ok"
    if result.get("isError"):
        error = structured.get("error")
        outcome = (error.get("code") if isinstance(error, dict) else None) or "internal"
    return outcome, run_id if isinstance(run_id, str) else None
