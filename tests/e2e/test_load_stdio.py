"""Load over stdio: clients that share a few child processes."""

import sys
from pathlib import Path

import psutil
import pytest
from mcp_audit_harness.load.plan import Ask
from mcp_audit_harness.model import Revision
from mcp_audit_harness.model.loading import Bottleneck

from tests.generating import generator, gone, plan_of

pytestmark = pytest.mark.e2e

_SERVER = """
import json, sys, time
odd = 0
for line in sys.stdin.buffer:
    message = json.loads(line)
    if "id" not in message:
        continue
    odd += 1
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": {}}
    BEHAVIOUR
    sys.stdout.write(json.dumps(answer) + chr(10))
    sys.stdout.flush()
"""


def _server(directory: Path, behaviour: str = "pass") -> tuple[str, ...]:
    """Write a server that answers everything, but for its behaviour; return its command line."""
    path = directory / "server.py"
    path.write_text(_SERVER.replace("BEHAVIOUR", behaviour))
    return (sys.executable, str(path))


@pytest.mark.parametrize("revision", [Revision.V2025_11_25, Revision.V2026_07_28], ids=str)
def test_every_request_is_answered_by_four_children_that_end_with_the_run(revision: Revision, tmp_path: Path) -> None:
    with generator(plan_of(argv=_server(tmp_path), rate=200, clients=8, revision=revision)) as running:
        children = [psutil.Process(pid) for pid in running.until("pids")]
        done = running.finish()
        assert gone(children)
    assert len(children) == 4
    assert done.all.requests == 400
    assert done.errors == ()
    sessions = {series.label: series.requests for series in done.series}.get("initialize", 0)
    assert sessions <= (4 if revision is Revision.V2025_11_25 else 0)


def test_the_reference_server_is_loaded_over_stdio() -> None:
    ask = Ask(
        "tools/call oraclepack_validate_pack",
        "tools/call",
        1.0,
        ({"name": "oraclepack_validate_pack", "arguments": {"pack": "release-readiness.md"}},),
    )
    argv = (sys.executable, "-m", "oraclepack_mcp", "--transport", "stdio")
    with generator(plan_of(argv=argv, rate=10, duration_s=2, clients=1, asks=(ask,))) as running:
        done = running.finish()
    assert (done.all.requests, done.errors) == (20, ())


def test_several_requests_are_on_their_way_to_one_child_at_a_time(tmp_path: Path) -> None:
    behaviour = "\n    ".join(
        (
            "import threading",
            "def late(text): sys.stdout.write(text); sys.stdout.flush()",
            "if message['method'] == 'ping':",
            "    threading.Timer(0.5, late, [json.dumps(answer) + chr(10)]).start()",
            "    continue",
        )
    )
    plan = plan_of(argv=_server(tmp_path, behaviour), rate=40, clients=80, revision=Revision.V2026_07_28)
    with generator(plan) as running:
        done = running.finish()
    assert (done.all.requests, done.errors) == (80, ())
    assert done.bottleneck is not Bottleneck.SERVER
    assert done.all.latency.p50_ms >= 500


def test_what_fails_is_told_apart(tmp_path: Path) -> None:
    behaviour = "\n    ".join(
        (
            "kind = odd % 4",
            "if kind == 1: answer = {'jsonrpc': '2.0', 'id': message['id'], 'error': {'code': -32603, 'message': 'x'}}",
            "if kind == 2: answer['result'] = {'isError': True, 'content': []}",
            "if kind == 3: sys.stdout.write('no JSON at all' + chr(10))",
        )
    )
    ask = Ask("tools/call a", "tools/call", 1.0, ({"name": "a", "arguments": {}},))
    plan = plan_of(argv=_server(tmp_path, behaviour), rate=40, clients=1, asks=(ask,), revision=Revision.V2026_07_28)
    with generator(plan) as running:
        done = running.finish()
    counts = {(error.kind, error.what): error.count for error in done.errors}
    assert set(counts) == {("jsonrpc", "-32603"), ("tool", "isError")}
    assert all(abs(count - 20) <= 1 for count in counts.values())
    assert done.all.requests == 80


def test_a_child_that_ends_costs_its_requests_and_is_started_anew(tmp_path: Path) -> None:
    behaviour = "if odd == 40: sys.exit('enough')"
    plan = plan_of(argv=_server(tmp_path, behaviour), rate=40, duration_s=4, clients=1)
    with generator(plan) as running:
        first = running.until("pids")
        done = running.finish()
    assert len(first) == 1
    assert {(error.kind, error.what) for error in done.errors} == {("transport", "ended")}
    assert 0 < done.all.errors < done.all.requests
    assert done.all.requests == 160


def test_a_command_that_cannot_be_started_fails_every_request_and_not_the_generator() -> None:
    with generator(plan_of(argv=("/no/such/command",), rate=20, duration_s=1)) as running:
        done = running.finish()
    assert "pids" not in running.said
    assert {(error.kind, error.what) for error in done.errors} == {("transport", "not started")}
    assert done.all.errors == done.all.requests == 20


def test_lines_that_are_hostile_to_the_generator_are_passed_over(tmp_path: Path) -> None:
    lines = (
        "'{\"id\":' + '[' * 5000 + ']' * 5000 + '}'",
        "'[1]'",
        "'{\"id\":1e999}'",
        '\'{"id":true,"result":{}}\'',
        "'\\x00'",
    )
    asking = '\'{"jsonrpc":"2.0","id":[7],"method":"sampling/createMessage"}\''
    behaviour = "\n    ".join(f"sys.stdout.write({line} + chr(10))" for line in (*lines, asking))
    behaviour += "\n    if 'method' not in message: continue"
    plan = plan_of(argv=_server(tmp_path, behaviour), rate=20, clients=2, revision=Revision.V2026_07_28)
    with generator(plan) as running:
        done = running.finish()
    assert (done.all.requests, done.errors) == (40, ())


def test_an_endless_line_costs_the_child(tmp_path: Path) -> None:
    behaviour = "sys.stdout.write('x' * (17 << 20)); sys.stdout.flush(); continue"
    plan = plan_of(argv=_server(tmp_path, behaviour), rate=10, duration_s=1, clients=1, revision=Revision.V2026_07_28)
    with generator(plan) as running:
        done = running.finish()
    assert "wrote a line of more than 16777216 bytes" in {error.what for error in done.errors}
    assert done.all.errors == done.all.requests == 10


def test_a_child_that_says_nothing_any_more_costs_time_and_nothing_else(tmp_path: Path) -> None:
    plan = plan_of(
        argv=_server(tmp_path, "if odd > 1: continue"),
        rate=10,
        duration_s=1,
        revision=Revision.V2026_07_28,
        timeout_s=0.5,
    )
    with generator(plan) as running:
        done = running.finish()
    assert {error.kind for error in done.errors} == {"timeout"}
    assert done.all.latency.p50_ms >= 500
    assert done.silence_s > 0.3
