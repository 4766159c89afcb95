"""`pytest --mcp-stdio`, `pytest --mcp-target`, and the fixtures, with real servers."""

import os
import sys
from pathlib import Path

import pytest
from mcp_audit_harness.engine.saved import load

from tests.correct_server_http import HandshakeServer
from tests.servers import serving

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.e2e

_TESTS = Path(__file__).parents[1]
_CORRECT = f"{sys.executable} {_TESTS / 'correct_server.py'} handshake"
_TRUSTING = f"{sys.executable} {_TESTS.parent / 'docs' / 'guides' / 'test-first' / 'step_2.py'}"
_COUNTING = """
import sys
from pathlib import Path
with Path("starts").open("a") as file:
    file.write("x")
exec(Path({script!r}).read_text())
"""


@pytest.fixture(autouse=True)
def _strict(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers --strict-config -p no:cacheprovider\nfilterwarnings = error\n"
    )


def _audit(pytester: pytest.Pytester, server: str, *words: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess("--mcp-stdio", server, "--mcp-revision", "2025-11-25", *words)


def test_a_check_that_holds_is_a_test_that_passes(pytester: pytest.Pytester) -> None:
    ended = _audit(pytester, _CORRECT, "--mcp-only", "ping/not-answered", "-v")
    ended.assert_outcomes(passed=1)
    ended.stdout.fnmatch_lines(["*mcp-audit::ping/not-answered?2025-11-25? PASSED*"])


def test_a_check_that_fails_shows_its_evidence(pytester: pytest.Pytester) -> None:
    ended = _audit(pytester, _TRUSTING, "--mcp-only", "jsonrpc/serves-null-id")
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        [
            "found *answered a request with the id null with a result*",
            "rule *",
            'sent *"id":null*',
            'answer *"result"*',
            "why *",
            "remedy *",
            "docs *JSON-RPC 2.0 section*",
            "repeat *printf*step_2.py",
            "FAILED mcp-audit::jsonrpc/serves-null-id?2025-11-25?*",
        ]
    )
    assert "Traceback" not in ended.stdout.str()


def test_a_check_with_nothing_to_look_at_is_skipped_with_the_reason(pytester: pytest.Pytester) -> None:
    ended = _audit(pytester, _CORRECT, "--mcp-only", "prompts/*", "-rs")
    assert set(ended.parseoutcomes()) == {"skipped"}
    ended.stdout.fnmatch_lines(["SKIPPED * not applicable: the server does not declare prompts*"])


def test_what_is_below_the_bound_is_expected_to_fail(pytester: pytest.Pytester) -> None:
    ended = _audit(pytester, _TRUSTING, "--mcp-only", "jsonrpc/serves-null-id", "--mcp-fail-on", "never", "-rx")
    ended.assert_outcomes(xfailed=1)
    ended.stdout.fnmatch_lines(["XFAIL *below --mcp-fail-on*"])


def test_a_server_that_cannot_be_audited_is_an_error_of_collection(pytester: pytest.Pytester) -> None:
    ended = _audit(pytester, "false")
    assert ended.ret == pytest.ExitCode.INTERRUPTED
    ended.stdout.fnmatch_lines(["*mcp-audit: false ended before it answered*", "ERROR mcp-audit*"])


def test_one_item_can_be_named(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_of_mine(): pass")
    ended = _audit(pytester, _CORRECT, "mcp-audit::ping/not-answered[2025-11-25]")
    ended.assert_outcomes(passed=1)
    unknown = _audit(pytester, _CORRECT, "mcp-audit::ping/unknown[2025-11-25]")
    unknown.stdout.fnmatch_lines(["*there is no item mcp-audit::ping/unknown*"])


@pytest.mark.parametrize("expression", ["mcp_ping", "mcp and mcp_ping", "mcp(area='ping')"])
def test_markers_select_areas_beside_tests_of_ones_own(pytester: pytest.Pytester, expression: str) -> None:
    pytester.makepyfile("def test_of_mine(): pass")
    ended = _audit(pytester, _CORRECT, "-m", expression, "--collect-only", "-q")
    names = [line for line in ended.outlines if "::" in line]
    assert names
    assert all(name.startswith("mcp-audit::ping/") for name in names)


def test_workers_report_one_audit(pytester: pytest.Pytester) -> None:
    counting = pytester.makepyfile(counting=_COUNTING.format(script=str(_TESTS / "correct_server.py")))
    pytester.makepyfile("def test_of_mine(): pass")
    server = f"{sys.executable} {counting} handshake"
    assert _audit(pytester, server, "-m", "mcp_ping").parseoutcomes()["passed"] == 4
    alone = len(Path("starts").read_text())
    Path("starts").unlink()
    assert _audit(pytester, server, "-m", "mcp_ping", "-n", "2").parseoutcomes()["passed"] == 4
    assert 0 < len(Path("starts").read_text()) <= alone + 2  # a process more where a machine is slow


def test_workers_show_the_evidence(pytester: pytest.Pytester) -> None:
    ended = _audit(pytester, _TRUSTING, "--mcp-only", "jsonrpc/serves-null-id", "-n", "2")
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["found *", "FAILED mcp-audit::jsonrpc/serves-null-id*"])


def test_what_was_seen_can_be_saved(pytester: pytest.Pytester) -> None:
    _audit(pytester, _CORRECT, "--mcp-only", "ping", "--mcp-save", "run.json").assert_outcomes(passed=4)
    assert load(Path("run.json").read_bytes()).complete


def test_probes_serve_sync_and_async_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        CALL = ("tools/call", {"name": "add", "arguments": {"a": 1, "b": 2}})

        def test_sync(mcp_probe):
            with mcp_probe() as probe:
                assert probe.request(*CALL).result["structuredContent"] == {"sum": 3}
                with probe.session() as session:
                    assert session.request("ping").ok

        def test_revision(mcp_probe):
            with mcp_probe("2025-03-26") as probe:
                assert str(probe.revision) == "2025-03-26"
                assert probe.request("ping").ok

        def test_unknown_revision(mcp_probe):
            with pytest.raises(Exception, match="does not offer 2026-07-28"), mcp_probe("2026-07-28"):
                pass

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_async(mcp_probe):
            async with mcp_probe() as probe:
                answer = await probe.request(*CALL)
                assert answer.result["structuredContent"] == {"sum": 3}
        """
    )
    ended = pytester.runpytest_subprocess("--mcp-stdio", _CORRECT, "-m", "not mcp")
    assert ended.parseoutcomes().get("passed") == 4, ended.stdout.str()
    assert "failed" not in ended.parseoutcomes()


def test_what_the_audit_generates_serves_property_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from hypothesis import given, settings, strategies as st
        from mcp_audit_scenarios.strategies import (
            follow, lifecycle_steps, protocol_messages, tool_arguments, tool_cases,
        )

        few = settings(max_examples=20, deadline=None, database=None, derandomize=True)

        @pytest.fixture(scope="module")
        def probe(mcp_probe):
            with mcp_probe("2025-11-25") as probe:
                yield probe

        def call(probe, arguments):
            return probe.request("tools/call", {"name": "add", "arguments": arguments})

        @few
        @given(data=st.data())
        def test_what_fits_is_served(probe, data):
            answer = call(probe, data.draw(tool_arguments(probe.offer.tools[0])))
            assert "isError" not in answer.result

        @few
        @given(data=st.data())
        def test_what_does_not_fit_is_refused(probe, data):
            case = data.draw(tool_cases(probe.offer.tools[0]))
            assert case.valid or call(probe, case.arguments).refused or "isError" in call(probe, case.arguments).result

        @settings(few, max_examples=5)
        @given(case=protocol_messages("2025-11-25", headers=False))
        def test_odd_messages_do_no_harm(probe, case):
            with probe.session() as session:
                session.send_bytes(case.body.replace(b"\\n", b" ") , timeout=0.2)
                assert session.request("ping").ok

        @settings(few, max_examples=3)
        @given(steps=lifecycle_steps("2025-11-25", "stdio"))
        def test_any_order_will_do(probe, steps):
            assert probe.run(follow, steps) == []
        """
    )
    ended = pytester.runpytest_subprocess("--mcp-stdio", _CORRECT, "-m", "not mcp")
    assert ended.parseoutcomes().get("passed") == 4, ended.stdout.str()


def test_audits_are_held_from_within_tests_sync_and_async(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(_TESTS.parent), prepend=os.pathsep)
    pytester.makepyfile(
        """
        import pytest
        from tests.correct_server_http import HandshakeServer

        WORDS = {"revisions": ["2025-11-25"], "only": ["ping"]}

        def test_of_the_target(mcp_audit):
            report = mcp_audit(**WORDS)
            assert report.results and not report.findings

        def test_of_an_application(mcp_audit):
            report = mcp_audit(HandshakeServer(), **WORDS)
            assert report.target_kind == "http"
            assert report.results and not report.findings

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_in_a_running_loop(mcp_audit):
            report = mcp_audit(HandshakeServer(), **WORDS)
            assert report.results and not report.findings
        """
    )
    ended = pytester.runpytest_subprocess("--mcp-stdio", _CORRECT, "-m", "not mcp")
    assert ended.parseoutcomes().get("passed") == 3, ended.stdout.str()


def test_a_server_is_audited_over_http(pytester: pytest.Pytester) -> None:
    with serving(HandshakeServer(), http="h11") as url:
        ended = pytester.runpytest_subprocess("--mcp-target", f"{url}/mcp", "--mcp-only", "ping")
    assert set(ended.parseoutcomes()) == {"passed"}
