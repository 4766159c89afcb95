"""The text of a state file, schema 1: what the original program writes and reads, and `x_ref`, which it drops."""

from typing import Any, Final

from oraclepack_mcp.runs import go_json
from oraclepack_mcp.runs.go_json import Json, Reader
from oraclepack_mcp.runs.model import RunState, RunTrace, ScriptWarning, StepStatus, StepTrace
from oraclepack_mcp.runs.times import ZERO


def parse_state(raw: bytes) -> RunState:
    """Read a state file as the original does; a step without a status word gets an empty one.

    Raises:
        DomainError: STATE_INVALID_JSON, STATE_WRONG_TYPE.
    """
    found = go_json.read_object(go_json.parse(raw), _STATE, "state")
    return RunState(**{"schema_version": 0, "step_statuses": None, **_without_zero_times(found)})


def state_text(state: RunState) -> bytes:
    """The bytes of a state file."""
    statuses = state.step_statuses
    fields: dict[str, Any] = {
        "schema_version": state.schema_version,
        "pack_hash": state.pack_hash,
        "start_time": state.start_time or ZERO,
        "current_step": state.current_step or None,
        "step_statuses": {key: _status_fields(statuses[key]) for key in sorted(statuses or {})} if statuses else {},
        "roi_threshold": state.roi_threshold or None,
        "roi_mode": state.roi_mode or None,
        "warnings": [warning_fields(warning) for warning in state.warnings] or None,
        "x_ref": _trace_fields(state.x_ref) if state.x_ref else None,
    }
    return go_json.dump({key: value for key, value in fields.items() if value is not None})


def warning_fields(warning: ScriptWarning) -> dict[str, Any]:
    """A warning of the sanitizer as it stands in state and report files."""
    fields = {
        "scope": warning.scope,
        "step_id": warning.step_id or None,
        "line": warning.line,
        "token": warning.token,
        "message": warning.message,
    }
    return {key: value for key, value in fields.items() if value is not None}


def read_warning(value: Json, _before: ScriptWarning | None, where: str) -> ScriptWarning:
    """Read a warning of the sanitizer."""
    found = go_json.read_object(value, _WARNING, where)
    scope = "prelude" if found.get("scope") == "prelude" else "step"
    return ScriptWarning(**{"line": 0, "token": "", "message": "", **found, "scope": scope})


def _status_fields(status: StepStatus) -> dict[str, Any]:
    fields = {
        "status": status.status,
        "exit_code": status.exit_code,
        "started_at": status.started_at or ZERO,
        "ended_at": status.ended_at or ZERO,
    }
    return {**fields, "error": status.error} if status.error else fields


def _trace_fields(trace: RunTrace) -> dict[str, Any]:
    return {
        "pack": trace.pack,
        "run_id": trace.run_id,
        "steps": {
            key: {
                "attempts": step.attempts,
                "timed_out": step.timed_out,
                "cancelled": step.cancelled,
                "log": step.log,
                "argv_sha256": step.argv_sha256,
            }
            for key, step in sorted(trace.steps.items())
        },
    }


def _read_status(value: Json, _before: StepStatus | None, where: str) -> StepStatus:
    return StepStatus(**{"status": "", **_without_zero_times(go_json.read_object(value, _STATUS, where))})


def _read_step_trace(value: Json, _before: StepTrace | None, where: str) -> StepTrace:
    return StepTrace(**go_json.read_object(value, _STEP_TRACE, where))


def _read_trace(value: Json, before: RunTrace | None, where: str) -> RunTrace | None:
    if value is None:
        return before
    return RunTrace(**{"pack": "", "run_id": "", **go_json.read_object(value, _TRACE, where)})


def _without_zero_times(found: dict[str, Any]) -> dict[str, Any]:
    return {key: None if value == ZERO and key in _TIMES else value for key, value in found.items()}


_TIMES: Final = frozenset({"start_time", "started_at", "ended_at"})
_STATUS: Final[dict[str, Reader[Any]]] = {
    "status": go_json.text,
    "exit_code": go_json.integer,
    "started_at": go_json.time,
    "ended_at": go_json.time,
    "error": go_json.text,
}
_WARNING: Final[dict[str, Reader[Any]]] = {
    "scope": go_json.text,
    "step_id": go_json.text,
    "line": go_json.integer,
    "token": go_json.text,
    "message": go_json.text,
}
_STEP_TRACE: Final[dict[str, Reader[Any]]] = {
    "attempts": go_json.integer,
    "timed_out": go_json.boolean,
    "cancelled": go_json.boolean,
    "log": go_json.text,
    "argv_sha256": go_json.text,
}
_TRACE: Final[dict[str, Reader[Any]]] = {
    "pack": go_json.text,
    "run_id": go_json.text,
    "steps": go_json.mapping(_read_step_trace),
}
_STATE: Final[dict[str, Reader[Any]]] = {
    "schema_version": go_json.integer,
    "pack_hash": go_json.text,
    "start_time": go_json.time,
    "current_step": go_json.integer,
    "step_statuses": go_json.mapping(_read_status),
    "roi_threshold": go_json.floating,
    "roi_mode": go_json.text,
    "warnings": go_json.array(read_warning),
    "x_ref": _read_trace,
}
