"""One tool call, as everybody who keeps account of it is told."""

import json
import logging
from pathlib import Path

import pytest
from oraclepack_mcp.telemetry import request_ids
from oraclepack_mcp.telemetry.audit_log import AuditLog, hash_of, verify
from oraclepack_mcp.telemetry.calls import CallRecorder
from oraclepack_mcp.telemetry.metrics import Metrics

pytestmark = pytest.mark.anyio


async def test_a_call_reaches_metrics_and_audit_log_and_its_arguments_reach_neither(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    metrics, log = Metrics(["known_tool"]), AuditLog(tmp_path / "audit.jsonl")
    recorder = CallRecorder(metrics, log)
    arguments = {"pack": "very-secret-name.md"}

    before = request_ids.current.set("request-1")
    await recorder.record("known_tool", "alice", arguments, "NOT_FOUND", 0.5, "run-1")
    request_ids.current.reset(before)
    log.close()

    entry = json.loads((tmp_path / "audit.jsonl").read_text())
    assert (entry["request_id"], entry["principal"], entry["run_id"]) == ("request-1", "alice", "run-1")
    assert entry["arguments_sha256"] == hash_of(arguments)
    assert verify(tmp_path / "audit.jsonl") == []
    told = metrics.exposition().decode()
    assert 'oraclepack_tool_calls_total{outcome="NOT_FOUND",tool="known_tool"} 1.0' in told
    assert "very-secret" not in told + (tmp_path / "audit.jsonl").read_text() + str(caplog.records[0].__dict__)


async def test_names_and_outcomes_that_a_client_invents_share_one_series() -> None:
    metrics = Metrics(["known_tool"])
    recorder = CallRecorder(metrics)
    for number in range(5):
        await recorder.record(f"invented-{number}", "local", {}, f"strange-{number}", 0.1)

    told = metrics.exposition().decode()
    assert 'oraclepack_tool_calls_total{outcome="other",tool="other"} 5.0' in told
    assert "invented" not in told


async def test_runs_are_counted_by_the_status_that_they_end_with() -> None:
    metrics = Metrics()
    for status in ("success", "success", "interrupted", "odd"):
        metrics.run_ended(status)

    told = metrics.exposition().decode()
    assert 'oraclepack_runs_total{status="success"} 2.0' in told
    assert 'oraclepack_runs_total{status="interrupted"} 1.0' in told
    assert 'oraclepack_runs_total{status="other"} 1.0' in told
