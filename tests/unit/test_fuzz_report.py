"""From the facts of fuzzing to the report: failures with their findings, replays, coverage; also after a saved run."""

import base64
import json
import shlex
from dataclasses import replace
from typing import Any

import pytest
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.declare import check, scenario
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.engine.reproduce import replay
from mcp_audit_harness.engine.saved import Record, Run, dump, load
from mcp_audit_harness.model import (
    Category,
    Citation,
    Exchange,
    Exposure,
    Fuzzed,
    FuzzedOperation,
    FuzzFailure,
    Level,
    Offer,
    Requirement,
    Revision,
    Severity,
    Survey,
    ToolInfo,
    Transport,
    Verdict,
    failed,
    passed,
)
from mcp_audit_harness.policy import Options
from mcp_audit_harness.probe import Probe

from tests.exchanges import exchange

REVISION = Revision.V2025_11_25
URL = "http://127.0.0.1:8000/mcp"
ROW = Requirement("robustness/sound", "Nothing breaks.", (Citation(REVISION, Level.ADVICE, "specification/ping"),))


@scenario(deep=True)
async def arguments(probe: Probe) -> Fuzzed:
    raise AssertionError("not run here")


@check(
    arguments,
    id="fuzz/internal-error",
    title="The server breaks on arguments",
    requirements=("robustness/sound",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Refuse them.",
)
def internal_error(seen: Fuzzed) -> list[Verdict] | Verdict:
    """A model cannot correct what it is not told."""
    found = [failure for failure in seen.failures if failure.again]
    return [failed(one.message, *one.exchanges, subject=one.subject) for one in found] or passed(
        *(sample for operation in seen.operations for sample in operation.samples)
    )


CATALOGUE = Catalogue((internal_error,), (ROW,))


def body(method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})


def called(**fields: Any) -> Exchange:
    given: dict[str, Any] = {
        "error": {"code": -32603, "message": "no"},
        "rpc_id": 7,
        "method": "tools/call",
        "sent_body": body("tools/call", name="add", arguments={"n": -1}),
        "sent_headers": (("mcp-session-id", "s1"), ("content-type", "application/json")),
    }
    return exchange(**{**given, **fields})


def failure(*exchanges: Exchange, **fields: Any) -> FuzzFailure:
    minimal = {"method": "tools/call", "params": {"name": "add", "arguments": {"n": -1}}}
    given: dict[str, Any] = {"control": exchange(result={}), "cases": 17, "minimal": minimal}
    members = {**given, **fields}
    return FuzzFailure("fuzz/internal-error", "tool:add", "-32603", "It breaks.", exchanges=exchanges, **members)


def run_of(*failures: FuzzFailure, label: str = URL, kind: str = "http") -> Run:
    sample = exchange(result={})
    operation = FuzzedOperation("tool:add", 900, 600, 300, ("/properties/n/type+",), 4, 2.0, samples=(sample,))
    broken = FuzzedOperation("tool:odd", 0, broken_schema="it refers to itself without end")
    controls = [one.control for one in failures if one.control]
    survey = Survey(Transport.HTTP, label, Exposure.LOCAL, (Offer(REVISION, {}, {}),))
    return Run(
        ToolInfo("mcp-audit", "0"),
        kind,
        label,
        "2026-01-01T00:00:00Z",
        4.0,
        True,
        5,
        survey,
        (Record(arguments.name, REVISION, 3000.0, Fuzzed((operation, broken), failures)),),
        exchanges=(sample, *controls, *(item for one in failures for item in one.exchanges)),
    )


@pytest.mark.parametrize("saved", [False, True])
def test_the_report_has_failures_with_their_findings_and_the_coverage(saved: bool) -> None:
    run = run_of(failure(called()))
    report = judge(load(dump(run)) if saved else run, CATALOGUE, Options())
    assert report.fuzzing is not None
    assert (report.fuzzing.cases, report.fuzzing.cases_per_s, report.fuzzing.seed) == (900, 300.0, 5)
    assert report.fuzzing.covered == (1, 4)
    (found,) = report.fuzzing.failures
    assert (found.finding, found.reproduced, found.first_after) == ("F001", True, 17)
    assert found.minimal["params"]["arguments"] == {"n": -1}
    assert found.reproduce == report.findings[0].reproduce
    assert [schema.trouble for schema in report.fuzzing.schemas] == ["", "it refers to itself without end"]


def test_of_generated_requests_alone_no_duties_are_told() -> None:
    run = run_of(failure(called()))
    report = judge(run, CATALOGUE, Options())
    assert (report.matrix, report.scores, report.overall, report.coverage) == ((), (), None, ())
    both = replace(run, records=(*run.records, Record("ping.ping", REVISION, 1.0)))
    assert judge(both, CATALOGUE, Options()).matrix


def test_a_subject_that_two_scenarios_played_is_one_row() -> None:
    run = run_of()
    first, second = (
        Record(arguments.name, REVISION, 1.0, Fuzzed((FuzzedOperation("tool:add", 10, 5, 5, covered, 4),)))
        for covered in (("/a", "/b"), ("/b", "/c"))
    )
    report = judge(replace(run, records=(first, second)), CATALOGUE, Options())
    assert report.fuzzing is not None
    assert [(row.cases, row.valid, row.covered, row.coverable) for row in report.fuzzing.schemas] == [(20, 10, 3, 4)]


def test_what_did_not_show_again_is_no_finding() -> None:
    report = judge(run_of(failure(called(), again=False)), CATALOGUE, Options())
    assert report.fuzzing is not None
    assert report.findings == ()
    assert [(found.finding, found.reproduced) for found in report.fuzzing.failures] == [("", False)]


def test_without_an_ordinary_answer_nothing_is_reproduced() -> None:
    report = judge(run_of(failure(called(), control=None)), CATALOGUE, Options())
    assert report.fuzzing is not None
    assert not report.fuzzing.failures[0].reproduced


def test_a_report_without_generated_requests_has_no_such_part() -> None:
    run = run_of(failure(called()))
    assert judge(run, Catalogue((), (ROW,)), Options()).fuzzing is None


def test_a_replay_opens_the_session_completely() -> None:
    lines = replay(failure(called()), run_of()).replace("\\\n", " ").splitlines()
    assert lines[0].startswith("SESSION=$(curl")
    assert "notifications/initialized" in lines[1]
    assert "-H 'mcp-protocol-version: 2025-11-25'" in lines[1]
    words = shlex.split(lines[2])
    assert "mcp-session-id: $SESSION" in words
    assert json.loads(words[words.index("--data-binary") + 1])["params"]["arguments"] == {"n": -1}


def test_steps_are_replayed_in_order_each_in_its_session() -> None:
    opening = called(
        method="initialize",
        sent_headers=(),
        error=None,
        result={},
        sent_body=body("initialize"),
        headers=(("mcp-session-id", "s2"),),
    )
    steps = [
        opening,
        called(sent_headers=(("mcp-session-id", "s2"),)),
        called(sent_headers=(("mcp-session-id", "s3"),)),
    ]
    lines = replay(failure(*steps), run_of()).replace("\\\n", " ").splitlines()
    assert [line.partition("=")[0] for line in lines if line.startswith("SESSION")] == ["SESSION", "SESSION2"]
    assert '"mcp-session-id: $SESSION"' in lines[1]
    assert '"mcp-session-id: $SESSION2"' in lines[-1]


def test_bytes_that_are_no_text_are_sent_as_they_were() -> None:
    encoded = base64.b64encode(b'{"a": "\xff"}').decode()
    spoiled = called(sent_body='{"a": "\ufffd"}')
    text = replay(failure(spoiled, minimal={"bytes": encoded}), run_of())
    assert f"printf %s {encoded} | base64 -d | curl" in text
    assert text.endswith("--data-binary @-")


def test_lines_are_typed_into_one_process() -> None:
    line = called(transport=Transport.STDIO, verb="LINE", sent_headers=())
    text = replay(failure(line, line), run_of(label="python -m server", kind="stdio"))
    assert text.count("tools/call") == 2
    assert text.count("notifications/initialized") == 1
    assert text.endswith("sleep 2) | python -m server")


def test_without_exchanges_there_is_nothing_to_replay() -> None:
    assert replay(failure(), run_of()) == ""
