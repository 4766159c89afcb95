"""Emitted tests: each fails at the server that showed the failure, and passes at one that does not."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_harness.model import (
    Exchange,
    Exposure,
    FailingInput,
    Fuzzing,
    Offer,
    Outcome,
    Report,
    Revision,
    SchemaViolation,
    Survey,
    ToolInfo,
    Transport,
)
from mcp_audit_reports import render_tests

from tests import breakable_server
from tests.breakable_server import OUTPUT_SCHEMA, Serving
from tests.exchanges import exchange

REVISION = Revision.V2025_11_25
SERVER = Path(breakable_server.__file__)
REFUSED = {"code": -32603, "message": "Internal error"}
FINE = {"content": [{"type": "text", "text": "-1"}], "structuredContent": {"n": -1}}


def sent(name: str, rpc_id: int = 3, n: int = -1) -> str:
    params = {"name": name, "arguments": {"n": n}}
    return json.dumps({"jsonrpc": "2.0", "id": rpc_id, "method": "tools/call", "params": params})


class Bench:
    """Failures over one transport, as an audit would have recorded them."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.http = transport is Transport.HTTP
        self.exchanges: list[Exchange] = []
        self.failures: list[FailingInput] = []

    def played(self, **fields: Any) -> Exchange:
        given: dict[str, Any] = {"transport": self.transport, "verb": "POST" if self.http else "LINE"}
        headers = (
            ("mcp-session-id", "recorded"),
            ("content-type", "application/json"),
            ("authorization", "[redacted]"),
        )
        given["sent_headers"] = headers if self.http else ()
        self.exchanges.append(exchange(**{**given, **fields}))
        return self.exchanges[-1]

    def called(self, name: str, rpc_id: int = 3, n: int = -1, **fields: Any) -> Exchange:
        return self.played(method="tools/call", rpc_id=rpc_id, sent_body=sent(name, rpc_id, n), **fields)

    def failing(self, check: str, name: str, *steps: Exchange, message: str = "It breaks.", **fields: Any) -> None:
        control = self.played(result={}, rpc_id=9, sent_body='{"jsonrpc":"2.0","id":9,"method":"ping"}')
        minimal = {"method": "tools/call", "params": {"name": name, "arguments": {"n": -1}}}
        members = {
            "minimal": minimal,
            "cause": "",
            "reproduced": True,
            "first_after": 1,
            "control": control.id,
            **fields,
        }
        ids = tuple(step.id for step in steps)
        self.failures.append(FailingInput(check, f"tool:{name}", REVISION, message=message, evidence=ids, **members))

    def report(self, label: str) -> Report:
        tools = ({"name": "output", "outputSchema": OUTPUT_SCHEMA},)
        offer = Offer(REVISION, {}, {"tools": {}}, tools=tools)
        return Report(
            ToolInfo("mcp-audit", "0"),
            Survey(self.transport, label, Exposure.LOCAL, (offer,)),
            "http" if self.http else "stdio",
            label,
            "2026-11-21T00:00:00Z",
            1.0,
            True,
            7,
            exchanges=tuple(self.exchanges),
            fuzzing=Fuzzing(1, 1.0, 7, tuple(self.failures)),
        )


def everything(transport: Transport) -> Bench:
    """Return a bench with a failure for each oracle of which a test can be made."""
    bench = Bench(transport)
    trace = {"code": -32602, "message": 'Traceback (most recent call last):\n  File "/srv/app.py", line 3'}
    bench.failing("fuzz/internal-error", "internal", bench.called("internal", error=REFUSED))
    bench.failing("fuzz/accepts-invalid-arguments", "accepts", bench.called("accepts", result=FINE))
    bench.failing("fuzz/leaks-internals", "trace", bench.called("trace", error=trace))
    bench.failing(
        "fuzz/leaks-internals",
        "trace",
        bench.called("trace", error={"code": -32602, "message": "in /srv/app.py"}),
        message="The answer names '/srv/app.py'.",
    )
    bench.failing("fuzz/malformed-answer", "wrong_id", bench.called("wrong_id", result=FINE, reply_id=999))
    bench.failing("fuzz/slow-for-small-input", "slow", bench.called("slow", result=FINE, elapsed_ms=1200.0))
    bench.failing(
        "fuzz/breaks-output-schema", "output", bench.called("output", result={"structuredContent": {"n": "x"}})
    )
    twice = {"steps": [{"method": "tools/call", "params": {"name": "again", "arguments": {"n": -1}}}] * 2}
    first, second = bench.called("again", 3, result=FINE), bench.called("again", 4, error=REFUSED)
    bench.failing("fuzz/idempotent-tool-fails-again", "again", first, second, minimal=twice)
    spoiled = b'{"jsonrpc": "\xff'
    broken = bench.played(
        method=None,
        rpc_id=None,
        sent_body=spoiled.decode("utf-8", "replace"),
        error=REFUSED,
        status=500 if bench.http else None,
    )
    bench.failing("fuzz/message-server-error", "x", broken, minimal={"bytes": base64.b64encode(spoiled).decode()})
    if bench.http:
        steps = [{"method": "tools/call", "params": {"name": "mixes", "arguments": {"n": n}}} for n in (1, 2)]
        both = [bench.called("mixes", n + 10, n, result=FINE) for n in (1, 2)]
        bench.failing("fuzz/mixes-concurrent-answers", "mixes", *both, minimal={"steps": steps, "together": True})
        ended = bench.played(method=None, rpc_id=None, verb="DELETE", status=200)
        served = bench.called("plain", result=FINE)
        bench.failing("fuzz/serves-ended-session", "x", ended, served, minimal={"steps": ["end", "call"]})
    else:
        bench.failing("fuzz/dirty-stdout", "noisy", bench.called("noisy", result=FINE, strays=("debug: called",)))
        gone = bench.called("ends", outcome=Outcome.CLOSED)
        bench.failing("fuzz/stops-answering", "ends", gone)
    return bench


def outcome(path: Path, **env: str) -> dict[str, int]:
    """Return how many tests of a file passed and failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent), str(path)]
    environment = {**os.environ, "PYTHONPATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **env}
    done = subprocess.run(
        command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    words = done.stdout.splitlines()[-1].replace(",", "").split()
    counts = {word: int(words[place]) for place, word in enumerate(words[1:]) if word in {"passed", "failed", "error"}}
    assert counts, done.stdout + done.stderr
    return counts


def test_over_stdio_all_fail_at_the_broken_server_and_pass_at_the_sound_one(tmp_path: Path) -> None:
    command = [sys.executable, str(SERVER), "broken"]
    emitted = render_tests(everything(Transport.STDIO).report(" ".join(command)), command)
    assert emitted.left_out == ()
    path = tmp_path / "test_replays.py"
    path.write_text(emitted.text, encoding="ascii")
    assert outcome(path) == {"failed": emitted.count}
    assert outcome(path, MCP_COMMAND=f"{sys.executable} {SERVER}") == {"passed": emitted.count}


def test_over_http_all_fail_at_the_broken_server_and_pass_at_the_sound_one(tmp_path: Path) -> None:
    path = tmp_path / "test_replays.py"
    with Serving(broken=True) as url:
        emitted = render_tests(everything(Transport.HTTP).report(url))
        assert emitted.left_out == ()
        path.write_text(emitted.text, encoding="ascii")
        assert outcome(path) == {"failed": emitted.count}
    with Serving(broken=False) as url:
        assert outcome(path, MCP_URL=url) == {"passed": emitted.count}
    assert outcome(path, MCP_URL=url) == {"failed": emitted.count}, "a server that is not there passes no test"


@pytest.mark.parametrize("check", ["fuzz/memory-grows", "fuzz/read-only-tool-changes-files", "fuzz/unusable-schema"])
def test_what_one_input_does_not_show_has_no_test_and_says_why(check: str) -> None:
    bench = Bench(Transport.HTTP)
    bench.failing(check, "plain", bench.called("plain", result=FINE))
    emitted = render_tests(bench.report("http://127.0.0.1/mcp"))
    assert emitted.count == 0
    assert emitted.left_out[0].startswith(f"no test for {check} at tool:plain: ")


def test_what_only_the_schema_of_the_revision_refuses_is_held_against_it(tmp_path: Path) -> None:
    bench = Bench(Transport.STDIO)
    odd = {"content": "no list"}
    violation = SchemaViolation("CallToolResult", "result.content", "is no array")
    bench.failing("fuzz/malformed-answer", "odd", bench.called("odd", result=odd, violations=(violation,)))
    command = [sys.executable, str(SERVER), "broken"]
    emitted = render_tests(bench.report(" ".join(command)), command)
    assert "expect_fits_the_wire(answers, '2025-11-25')" in emitted.text
    path = tmp_path / "test_replays.py"
    path.write_text(emitted.text, encoding="ascii")
    assert outcome(path) == {"failed": 1}
    assert outcome(path, MCP_COMMAND=f"{sys.executable} {SERVER}") == {"passed": 1}


def test_an_expectation_that_the_broken_server_meets_is_not_stated() -> None:
    bench = Bench(Transport.HTTP)
    bench.failing("fuzz/internal-error", "plain", bench.called("plain", result=FINE))
    bench.failing("fuzz/internal-error", "plain", bench.called("plain", error=REFUSED), reproduced=False)
    emitted = render_tests(bench.report("http://127.0.0.1/mcp"))
    assert emitted.count == 0
    assert [reason.rpartition(": ")[2] for reason in emitted.left_out] == [
        "what it shows cannot be told from one answer",
        "it did not show again",
    ]


def test_nothing_of_a_hostile_target_becomes_code() -> None:
    bench = Bench(Transport.HTTP)
    hostile = 'x"""\nimport os\n\\N{BULLET}\u202e\ud800\r\n#'
    step = bench.called(hostile, error=REFUSED)
    minimal = {"method": "tools/call", "params": {"name": hostile, "arguments": {"n": -1}}}
    bench.failing("fuzz/internal-error", hostile, step, message=hostile, minimal=minimal)
    text = render_tests(bench.report(f"http://127.0.0.1/{hostile}")).text
    assert text.isascii()
    assert "\nimport os\n\\N" not in text
    names: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(text, "emitted", "exec"), names)  # noqa: S102 - it is what the test is about
    assert [name for name in names if name.startswith("test_")] == [
        "test_01_fuzz_internal_error_tool_x_import_os_n_bullet"
    ]
    assert "redacted" not in text


def test_a_report_without_failures_has_no_tests() -> None:
    assert render_tests(Bench(Transport.HTTP).report("http://127.0.0.1/mcp")).count == 0
