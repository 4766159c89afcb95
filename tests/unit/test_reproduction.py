"""Reproductions: shell text that repeats what a finding shows."""

import json
import shlex
from dataclasses import replace

import pytest
from mcp_audit_harness.engine.reproduce import load_again, reproduction
from mcp_audit_harness.engine.saved import Run
from mcp_audit_harness.model import Revision, ToolInfo, Transport
from mcp_audit_harness.model.loading import Knee

from tests.exchanges import exchange
from tests.unit.load.runs import load_run

BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"quote": "it's $HOME `x`"}})


def run_at(label: str, kind: str = "http") -> Run:
    return Run(ToolInfo("mcp-audit", "0"), kind, label, "2026-01-01T00:00:00Z", 1.0, True, 0, None)


def words_of(command: str) -> list[str]:
    return shlex.split(command.replace("\\\n", " "))


def test_a_request_becomes_a_curl_command_whose_body_the_shell_leaves_alone() -> None:
    shown = exchange(sent_body=BODY, sent_headers=(("origin", "http://attacker.example"), ("content-length", "9")))
    words = words_of(reproduction(shown, run_at("http://127.0.0.1:8000/mcp")))
    assert words[0] == "curl"
    assert "http://127.0.0.1:8000/mcp" in words
    assert words[words.index("--data-binary") + 1] == BODY
    assert "origin: http://attacker.example" in words
    assert not any(word.startswith("content-length") for word in words)


def test_a_session_is_opened_before_the_request_that_needs_it() -> None:
    shown = exchange(sent_body=BODY, sent_headers=(("mcp-session-id", "abc"),))
    first, _, rest = reproduction(shown, run_at("http://127.0.0.1:8000/mcp")).partition("\n")
    assert first.startswith("SESSION=$(curl")
    assert '"method":"initialize"' in first
    assert '-H "mcp-session-id: $SESSION"' in rest
    assert "abc" not in rest


def test_a_foreign_host_is_kept_and_the_right_one_left_out() -> None:
    label = "http://127.0.0.1:8000/mcp"
    right = reproduction(exchange(sent_body=BODY, sent_headers=(("host", "127.0.0.1:8000"),)), run_at(label))
    foreign = reproduction(exchange(sent_body=BODY, sent_headers=(("host", "attacker.example"),)), run_at(label))
    assert "host:" not in right
    assert "'host: attacker.example'" in foreign


@pytest.mark.parametrize("revision", ["2025-11-25", "2026-07-28"])
def test_stdio_lines_are_typed_after_the_handshake_that_their_era_needs(revision: str) -> None:
    shown = exchange(transport=Transport.STDIO, verb="LINE", sent_body=BODY, revision=revision)
    text = reproduction(shown, run_at("python -m server", "stdio"))
    assert text.endswith("| python -m server")
    assert ("initialize" in text) == (revision == "2025-11-25")
    assert BODY in shlex.split(text.partition("; sleep")[0].removeprefix("("))


def test_the_end_of_input_is_repeated_by_closing_it() -> None:
    shown = exchange(transport=Transport.STDIO, verb="EOF", method=None, rpc_id=None, messages=())
    text = reproduction(shown, run_at("python -m server", "stdio"))
    assert text.endswith("| python -m server; echo exit $?")
    assert "sleep" not in text


def test_load_is_produced_again_as_it_was() -> None:
    run, revision = load_run(rate=100, seconds=60), Revision.V2026_07_28
    options = "--profile sustained-100 --revision 2026-07-28 --clients 16 --rate 100 --duration 60"
    over_http = load_again(run, revision, run_at("http://127.0.0.1:8000/mcp"))
    assert over_http == f"mcp-audit load http://127.0.0.1:8000/mcp {options}"
    ramp = replace(run, knee=Knee(400.0, 800.0, "p99 1520 ms"))
    short = "--profile sustained-100 --revision 2026-07-28 --clients 16"
    assert load_again(ramp, revision, run_at("http://h/mcp")) == f"mcp-audit load http://h/mcp {short}"
    assert load_again(run, revision, run_at("serve --now", "stdio")) == f"mcp-audit load {options} -- serve --now"
