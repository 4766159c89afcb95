"""The server's own log: one line for each event on stderr, JSON unless a person reads it.

Everything that logs through `logging` ends here, the SDK and uvicorn included. Secrets are taken out of every line, and
an exception is told by its type and where it came from, never by its text, which may quote what a client sent.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from oraclepack_mcp.telemetry import request_ids
from oraclepack_mcp.telemetry.settings import TelemetrySettings

HIDDEN: Final = "[hidden]"
_SECRET_KEYS: Final = frozenset(
    {"arguments", "authorization", "cookie", "headers", "params", "password", "secret", "session_id", "token"}
)
_SECRETS: Final = re.compile(
    r"(?i:bearer\s+\S+)"
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT
    r"|(?:(?<=[^0-9A-Za-z])|^)[0-9a-f]{32}(?![0-9A-Za-z])"  # a session id of the SDK
)
_MARK: Final = "_oraclepack_handler"

Event = MutableMapping[str, Any]


def configure(settings: TelemetrySettings, stream: TextIO | None = None) -> None:
    """Send the process's log to a stream (default: stderr) as the settings say; the latest call counts."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
        _tell_exception,
        _hide_secrets,
    ]
    as_json = settings.log_format == "json"
    render = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render]
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    setattr(handler, _MARK, True)
    root = logging.getLogger()
    root.handlers = [kept for kept in root.handlers if not hasattr(kept, _MARK)] + [handler]
    root.setLevel(settings.log_level.upper())


def _add_request_id(_: Any, __: str, event: Event) -> Event:
    for repeated in ("message", "asctime", "color_message"):  # what other formatters leave on a record
        event.pop(repeated, None)
    if (request_id := request_ids.current.get()) is not None:
        event["request_id"] = request_id
    return event


def _tell_exception(_: Any, __: str, event: Event) -> Event:
    raised = event.pop("exc_info", None)
    event.pop("stack_info", None)
    if isinstance(raised, tuple):
        raised = raised[1]
    if raised is True:
        raised = sys.exc_info()[1]
    if isinstance(raised, BaseException):
        frames = traceback.extract_tb(raised.__traceback__)
        event["exception"] = type(raised).__name__
        event["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _hide_secrets(_: Any, __: str, event: Event) -> Event:
    for key, value in event.items():
        if key in _SECRET_KEYS:
            event[key] = HIDDEN
        elif isinstance(value, str) and key not in {"request_id", "trace_id"}:
            event[key] = _SECRETS.sub(HIDDEN, value)
    return event
