"""Reading the logs of steps, while they are written and afterwards."""

from pathlib import Path

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.handles import RunFiles
from oraclepack_mcp.runs.log_ring import LogText, read_log
from oraclepack_mcp.runs.model import FINAL_STATUSES, LogSlice, RunModel


def read_step_log(records: Path, run: RunModel, step_id: str, attempt: int | None, offset: int, limit: int) -> LogSlice:
    """Part of what an attempt of a step wrote; None is the last attempt.

    Raises:
        DomainError: NOT_FOUND, the run has no such step or attempt.
    """
    wanted = step_id.zfill(2)
    step = next((step for step in run.steps if step.id == wanted), None)
    if step is None:
        raise DomainError("NOT_FOUND", f"the run has no step {step_id[:20]!r}")
    number = step.attempts if attempt is None else attempt
    if not 1 <= number <= step.attempts:
        raise DomainError("NOT_FOUND", f"step {step.id} has {step.attempts} attempts")
    is_over = run.status in FINAL_STATUSES or step.status != "running" or number < step.attempts
    found = _read(RunFiles.of(records, run.run_id).log(step.id, number), offset, limit, is_over=is_over)
    return LogSlice(
        run_id=run.run_id,
        step_id=step.id,
        attempt=number,
        text=found.text,
        offset=found.offset,
        next_offset=found.next_offset,
        eof=is_over and found.next_offset == found.written,
        dropped_bytes=found.dropped,
    )


def _read(path: Path, offset: int, limit: int, *, is_over: bool) -> LogText:
    """The log, or nothing yet where the attempt has been announced but has not written."""
    try:
        return read_log(path, offset, limit)
    except DomainError:
        if is_over:
            raise
        return LogText("", 0, 0, 0, 0)
