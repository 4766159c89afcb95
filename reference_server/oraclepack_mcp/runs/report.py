"""The report of a run: built from its state, written and read as the original does, with the steps that did not run."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, get_args

from oraclepack_mcp.runs import go_json
from oraclepack_mcp.runs.go_json import Json, Reader
from oraclepack_mcp.runs.model import (
    NotRun,
    NotRunReason,
    PackInfo,
    Report,
    ReportStep,
    ReportSummary,
    RunState,
    StepStatus,
)
from oraclepack_mcp.runs.state_text import read_warning, warning_fields
from oraclepack_mcp.runs.times import ZERO, nanoseconds

_MILLISECOND: Final = 1_000_000


def build_report(
    pack_name: str,
    state: RunState,
    *,
    generated_at: str,
    not_run: Iterable[NotRun] = (),
    durations: Mapping[str, int] = MappingProxyType({}),
) -> Report:
    """The report of a state.

    `durations` are nanoseconds that a steady clock measured; a step without one gets the difference of its stamps.
    """
    statuses = state.step_statuses or {}
    steps = [_step(key, statuses[key], durations.get(key)) for key in sorted(statuses)]
    words = [step.status for step in steps]
    total = sum(step.duration for step in steps)
    return Report(
        summary=ReportSummary(
            total_steps=len(steps),
            success_count=words.count("success"),
            failure_count=words.count("failed"),
            skipped_count=words.count("skipped"),
            total_duration=total,
            total_duration_ms=_milliseconds(total),
        ),
        pack_info=PackInfo(pack_name, state.pack_hash),
        steps=steps,
        warnings=list(state.warnings),
        not_run=sorted(not_run, key=lambda step: step.id),
        generated_at=generated_at,
    )


def report_text(report: Report) -> bytes:
    """The bytes of a report file."""
    summary, info = report.summary, report.pack_info
    fields: dict[str, Any] = {
        "summary": {name: getattr(summary, name) for name in _SUMMARY},
        "pack_info": {"name": info.name, "hash": info.hash},
        "steps": [_step_fields(step) for step in sorted(report.steps, key=lambda step: step.id)],
        "warnings": [warning_fields(warning) for warning in report.warnings],
        "generated_at": report.generated_at or ZERO,
        "not_run": [{"id": step.id, "reason": step.reason} for step in report.not_run],
    }
    return go_json.dump({key: value for key, value in fields.items() if value or key not in {"warnings", "not_run"}})


def parse_report(raw: bytes) -> Report:
    """Read a report file; its steps are sorted, since the original writes them in no order.

    Raises:
        DomainError: STATE_INVALID_JSON, STATE_WRONG_TYPE.
    """
    found = go_json.read_object(go_json.parse(raw), _REPORT, "report")
    found["steps"] = sorted(found.get("steps", []), key=lambda step: step.id)
    if found.get("generated_at") == ZERO:
        del found["generated_at"]
    return Report(**found)


def _step(key: str, status: StepStatus, measured: int | None) -> ReportStep:
    duration = _between(status) if measured is None else measured
    return ReportStep(key, status.status, status.exit_code, duration, _milliseconds(duration), status.error)


def _between(status: StepStatus) -> int:
    if status.started_at is None or status.ended_at is None:
        return 0
    return nanoseconds(status.ended_at) - nanoseconds(status.started_at)


def _milliseconds(duration: int) -> int:
    """Whole milliseconds, cut towards zero as Go does."""
    return -(-duration // _MILLISECOND) if duration < 0 else duration // _MILLISECOND


def _step_fields(step: ReportStep) -> dict[str, Any]:
    fields = {name: getattr(step, name) for name in ("id", "status", "exit_code", "duration", "duration_ms")}
    return {**fields, "error": step.error} if step.error else fields


def _read_summary(value: Json, before: ReportSummary | None, where: str) -> ReportSummary | None:
    return before if value is None else ReportSummary(**go_json.read_object(value, _SUMMARY, where))


def _read_info(value: Json, before: PackInfo | None, where: str) -> PackInfo | None:
    return before if value is None else PackInfo(**go_json.read_object(value, _INFO, where))


def _read_step(value: Json, _before: ReportStep | None, where: str) -> ReportStep:
    return ReportStep(**{"id": "", "status": "", **go_json.read_object(value, _STEP, where)})


def _read_not_run(value: Json, _before: NotRun | None, where: str) -> NotRun | None:
    """A step that did not run; a reason that this server never gives is left out with its step."""
    found = go_json.read_object(value, _NOT_RUN, where)
    reason: NotRunReason | None = next((word for word in get_args(NotRunReason) if word == found.get("reason")), None)
    return NotRun(found.get("id", ""), reason) if reason else None


_SUMMARY: Final[dict[str, Reader[Any]]] = dict.fromkeys(
    (
        "total_steps",
        "success_count",
        "failure_count",
        "skipped_count",
        "total_duration",
        "total_duration_ms",
    ),
    go_json.integer,
)
_INFO: Final[dict[str, Reader[Any]]] = {"name": go_json.text, "hash": go_json.text}
_STEP: Final[dict[str, Reader[Any]]] = {
    "id": go_json.text,
    "status": go_json.text,
    "exit_code": go_json.integer,
    "duration": go_json.integer,
    "duration_ms": go_json.integer,
    "error": go_json.text,
}
_NOT_RUN: Final[dict[str, Reader[Any]]] = {"id": go_json.text, "reason": go_json.text}
_REPORT: Final[dict[str, Reader[Any]]] = {
    "summary": _read_summary,
    "pack_info": _read_info,
    "steps": go_json.array(_read_step),
    "warnings": go_json.array(read_warning),
    "generated_at": go_json.time,
    "not_run": go_json.array(_read_not_run),
}
