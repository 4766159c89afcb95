"""One tool call, told to everybody who keeps account of it."""

import logging
from collections.abc import Mapping
from typing import Any

from oraclepack_mcp.telemetry import request_ids
from oraclepack_mcp.telemetry.audit_log import AuditedCall, AuditLog, hash_of
from oraclepack_mcp.telemetry.audit_queue import AuditQueue
from oraclepack_mcp.telemetry.metrics import Metrics
from oraclepack_mcp.telemetry.settings import TelemetrySettings
from oraclepack_mcp.telemetry.tracing import note_call

_logger = logging.getLogger(__name__)


class CallRecorder:
    """Writes each tool call to the metrics, the audit log, the log and the current span, as far as there are any.

    Arguments are never written, only their hash. It belongs to one event loop.
    """

    def __init__(self, metrics: Metrics | None = None, audit_log: AuditLog | None = None) -> None:
        self._metrics = metrics
        self._audit = AuditQueue(audit_log) if audit_log is not None else None

    @classmethod
    def open(cls, settings: TelemetrySettings, metrics: Metrics | None = None) -> "CallRecorder":
        """The recorder that the settings ask for.

        Raises:
            OSError: the audit log cannot be opened.
        """
        return cls(metrics, AuditLog(settings.audit_log) if settings.audit_log else None)

    async def record(
        self,
        tool: str,
        principal: str,
        arguments: Mapping[str, Any],
        outcome: str,
        seconds: float,
        run_id: str | None = None,
    ) -> None:
        """Record a call that has ended; `outcome` is `ok` or an error code.

        Raises:
            OSError: the audit log cannot be written.
        """
        if self._metrics is not None:
            self._metrics.tool_called(tool, outcome, seconds)
        note_call(outcome, run_id)
        if _logger.isEnabledFor(logging.INFO):
            told = {"tool": tool, "principal": principal, "outcome": outcome, "seconds": round(seconds, 6)}
            _logger.info("tool call", extra=told if run_id is None else {**told, "run_id": run_id})
        if self._audit is not None:
            await self._audit.write(
                AuditedCall(
                    request_id=request_ids.current.get(),
                    principal=principal,
                    tool=tool,
                    arguments_sha256=hash_of(arguments),
                    outcome=outcome,
                    seconds=round(seconds, 6),
                    run_id=run_id,
                )
            )
