"""The pytest plugin without a server: what it adds, what it leaves alone, what its texts say."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Finding,
    HttpTarget,
    Level,
    Outcome,
    Report,
    Result,
    Revision,
    Sent,
    Severity,
    Status,
    ToolInfo,
    Transport,
)
from mcp_audit_harness.policy import FailOn, Options
from mcp_audit_harness.pytest_plugin.agenda import Agenda, Entry
from mcp_audit_harness.pytest_plugin.auditing import outcomes_of
from mcp_audit_harness.pytest_plugin.options import Order
from mcp_audit_harness.pytest_plugin.outcomes import Outcomes

pytest_plugins = ["pytester"]

_CHECK = "ping/not-answered"
_AT = Revision.V2025_11_25
_ENTRY = Entry(_CHECK, str(_AT), "conformance", "medium")
_ORDER = Order(HttpTarget("http://127.0.0.1:1/mcp"), Options(), FailOn.LOW, infos=False, save="", ids=())
_EXCHANGE = Exchange(
    "x1",
    "ping.asked",
    str(_AT),
    Transport.HTTP,
    Sent("POST", "/mcp", body='{"method":"ping"}', method="ping", rpc_id=1),
    Outcome.ANSWERED,
    status=200,
    body="\x1b[31mred\u202e",
)
_RESULT = Result(
    _CHECK,
    "Ping is not answered",
    _AT,
    Status.FAIL,
    Severity.MEDIUM,
    Level.MUST,
    Category.CONFORMANCE,
    "ping",
    ("ping/answered",),
    message="said \x1b[2J",
    evidence=("x1",),
)


def _report(*results: Result) -> Report:
    failed = [result for result in results if result.status is Status.FAIL]
    findings = tuple(
        Finding(
            "F001",
            result.check,
            (_AT,),
            result.severity,
            result.level,
            result.category,
            result.title,
            result.subject,
            result.message,
            "Answer it.",
            "Clients ask whether a server is alive.",
            ("https://example.org/ping",),
            result.evidence,
            "curl http://127.0.0.1:1/mcp",
            "0",
        )
        for result in failed
    )
    return Report(
        ToolInfo("mcp-audit", "0"),
        None,
        "http",
        "http://127.0.0.1:1/mcp",
        "2026-01-01T00:00:00Z",
        1.0,
        complete=True,
        seed=0,
        results=results,
        findings=findings,
        exchanges=(_EXCHANGE,),
    )


def _outcome(*results: Result, order: Order = _ORDER, **changes: Any) -> tuple[str, str]:
    report = replace(_report(*results), **changes)
    found = outcomes_of(report, load_catalogue(), (_ENTRY,), order).of(_ENTRY.id)
    return found.kind, found.text


def test_a_failure_shows_rule_request_answer_remedy_and_docs() -> None:
    kind, text = _outcome(_RESULT)
    assert kind == "failed"
    assert text.splitlines()[0] == "Ping is not answered"
    for piece in (
        '{"method":"ping"}',
        "HTTP 200",
        "Answer it.",
        "https://example.org/ping",
        "curl http",
        "explain ping",
    ):
        assert piece in text


def test_nothing_that_the_target_said_steers_the_terminal() -> None:
    text = _outcome(_RESULT)[1]
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "said \\x1b[2J" in text
    assert "\\x1b[31mred\\u202e" in text


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        (["pass"], "passed"),
        (["pass", "not_observed"], "passed"),
        (["pass", "fail"], "failed"),
        (["error", "pass"], "error"),
        (["fail", "error"], "failed"),
        (["not_applicable"], "skipped"),
        (["not_observed", "not_applicable"], "skipped"),
        ([], "error"),
    ],
)
def test_the_verdicts_of_all_subjects_come_to_one_outcome(statuses: list[str], kind: str) -> None:
    assert _outcome(*(replace(_RESULT, status=Status(status)) for status in statuses))[0] == kind


@pytest.mark.parametrize(("severity", "kind"), [("low", "failed"), ("info", "xfailed")])
def test_information_alone_is_no_failure(severity: str, kind: str) -> None:
    assert _outcome(replace(_RESULT, severity=Severity(severity)))[0] == kind
    assert _outcome(replace(_RESULT, severity=Severity(severity)), order=replace(_ORDER, infos=True))[0] == "failed"
    assert _outcome(replace(_RESULT, severity=Severity(severity)), order=replace(_ORDER, fail_on=FailOn.HIGH))[0] == (
        "xfailed"
    )


def test_an_audit_that_failed_says_why() -> None:
    assert _outcome(failure="nobody is there") == ("error", "mcp-audit: nobody is there")


def test_what_workers_get_is_what_the_controller_had() -> None:
    agenda = Agenda("label", (_ENTRY,), whole=False)
    assert Agenda.load(agenda.dump()) == agenda
    outcomes = outcomes_of(_report(_RESULT), load_catalogue(), (_ENTRY,), _ORDER)
    assert Outcomes.load(outcomes.dump()) == outcomes
    assert outcomes.of("mcp-audit::another").kind == "error"


def test_without_a_target_nothing_changes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_mine(): pass")
    ended = pytester.runpytest_subprocess("-W", "error", "--strict-markers")
    ended.assert_outcomes(passed=1)
    assert "mcp-audit:" not in ended.stdout.str()


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    program = (
        "import sys, pytest; n = set(sys.modules); import mcp_audit_harness.pytest_plugin; print(*set(sys.modules) - n)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in ended.stdout.split()} == {"mcp_audit_harness"}
    assert len(ended.stdout.split()) == 4


def test_a_fixture_without_a_target_says_what_to_give(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_mine(mcp_target): pass")
    ended = pytester.runpytest_subprocess()
    ended.assert_outcomes(errors=1)
    ended.stdout.fnmatch_lines(["*give --mcp-target URL or --mcp-stdio COMMAND*"])


def test_a_project_can_define_the_target_itself(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest
        from mcp_audit_harness import StdioTarget

        @pytest.fixture(scope="session")
        def mcp_target():
            return StdioTarget(("mine",))
        """
    )
    pytester.makepyfile("def test_of_mine(mcp_probe): assert mcp_probe.target.argv == ('mine',)")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--mcp-target", "nonsense"], "is not the URL of a server"),
        (["--mcp-target", "http://a/", "--mcp-stdio", "b"], "two targets"),
        (["--mcp-stdio", "b", "--mcp-revision", "2020-01-01"], "is not a revision"),
        (["--mcp-target", "http://a/", "--mcp-bearer-env", "MCP_AUDIT_NOT_SET"], "is not set"),
        (["--mcp-stdio", "b", "--mcp-plant-dir", "/nonexistent"], "--plant-dir"),
    ],
)
def test_options_that_cannot_be_are_errors_of_usage(pytester: pytest.Pytester, words: list[str], told: str) -> None:
    ended = pytester.runpytest_subprocess(*words)
    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    ended.stderr.fnmatch_lines([f"ERROR: mcp-audit: *{told}*"])


def test_markers_are_known_without_a_target(pytester: pytest.Pytester) -> None:
    ended = pytester.runpytest_subprocess("--markers")
    ended.stdout.fnmatch_lines(["@pytest.mark.mcp(*", "@pytest.mark.mcp_security:*"])
