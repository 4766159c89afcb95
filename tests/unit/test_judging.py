"""Judgement is pure: from a saved run and a catalogue to a report."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.declare import DeclarationError, check, scenario
from mcp_audit_harness.engine.judge import judge
from mcp_audit_harness.engine.saved import Record, Run, dump, load
from mcp_audit_harness.errors import TargetError
from mcp_audit_harness.model import (
    Category,
    Citation,
    Exchange,
    Exposure,
    Level,
    Offer,
    Requirement,
    Revision,
    Severity,
    SeverityByExposure,
    Status,
    Survey,
    ToolInfo,
    Transport,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.policy import Exit, FailOn, Options, exit_code
from mcp_audit_harness.probe import Probe

from tests.exchanges import exchange, silence

REVISION = Revision.V2025_11_25
ROW = Requirement("ping/empty", "A ping is answered.", (Citation(REVISION, Level.MUST, "specification/ping"),))


@dataclass(frozen=True, slots=True)
class Facts:
    ping: Exchange
    others: tuple[Exchange, ...] = ()
    wanted: int = 0


@scenario()
async def ping(probe: Probe) -> Facts:
    return Facts(await probe.request("ping"))


@check(
    ping,
    id="ping/not-empty",
    title="Ping is answered with something",
    requirements=("ping/empty",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.CONFORMANCE,
    remediation="Answer {}.",
)
def not_empty(seen: Facts) -> Verdict | Sequence[Verdict]:
    """A ping measures nothing but life."""
    if seen.ping.result is None:
        return not_observed("no answer", seen.ping)
    if "boom" in seen.ping.result:
        raise RuntimeError("boom")
    if seen.ping.result:
        return [failed(f"sent {name}", seen.ping, subject=f"member:{name}") for name in seen.ping.result]
    return passed(seen.ping)


CATALOGUE = Catalogue((not_empty,), (ROW,))


def run_with(*pings: Exchange, exposure: Exposure = Exposure.LOCAL, complete: bool = True) -> Run:
    return Run(
        tool=ToolInfo("mcp-audit", "0"),
        target_kind="http",
        target_label="http://127.0.0.1:8000/mcp",
        started_at="2026-01-01T00:00:00Z",
        duration_s=1.0,
        complete=complete,
        seed=0,
        survey=Survey(Transport.HTTP, "http://127.0.0.1:8000/mcp", exposure, (Offer(REVISION, {}, {}),)),
        records=tuple(Record(ping.name, REVISION, 1.0, Facts(item, (item,))) for item in pings),
        exchanges=pings,
    )


def test_an_empty_answer_passes_with_its_evidence() -> None:
    answer = exchange(result={})
    report = judge(run_with(answer), CATALOGUE, Options())
    assert [(result.status, result.evidence) for result in report.results] == [(Status.PASS, (answer.id,))]
    assert report.findings == ()
    assert exit_code(report, FailOn.LOW, strict=True) is Exit.CLEAN


def test_each_subject_is_a_finding_of_its_own_with_a_stable_fingerprint() -> None:
    first = judge(run_with(exchange(result={"a": 1, "b": 2})), CATALOGUE, Options())
    second = judge(run_with(exchange(result={"b": 2, "a": 1})), CATALOGUE, Options())
    assert [finding.subject for finding in first.findings] == ["member:a", "member:b"]
    assert {finding.fingerprint for finding in first.findings} == {finding.fingerprint for finding in second.findings}
    assert first.findings[0].docs == ("https://modelcontextprotocol.io/specification/ping",)
    assert "curl" in first.findings[0].reproduce


def test_severity_follows_the_exposure_and_decides_the_exit_code() -> None:
    wrong = exchange(result={"a": 1})
    local = judge(run_with(wrong), CATALOGUE, Options())
    remote = judge(run_with(wrong, exposure=Exposure.REMOTE), CATALOGUE, Options())
    overridden = judge(run_with(wrong), CATALOGUE, Options(exposure="remote"))
    assert (local.findings[0].severity, remote.findings[0].severity) == (Severity.LOW, Severity.HIGH)
    assert exit_code(local, FailOn.HIGH, strict=False) is Exit.CLEAN
    assert exit_code(remote, FailOn.HIGH, strict=False) is Exit.FINDINGS
    assert overridden.findings[0].severity is Severity.HIGH


def test_a_judge_that_raises_is_our_bug_and_costs_only_its_own_result() -> None:
    report = judge(run_with(exchange(result={"boom": 1}), exchange(result={})), CATALOGUE, Options())
    assert [(result.status, result.blame) for result in report.results] == [
        (Status.ERROR, "harness"),
        (Status.PASS, ""),
    ]
    assert exit_code(report, FailOn.HIGH, strict=False) is Exit.OUR_BUG


def test_nothing_observed_is_never_green() -> None:
    report = judge(run_with(exchange(messages=())), CATALOGUE, Options())
    assert report.results[0].status is Status.NOT_OBSERVED
    assert exit_code(report, FailOn.HIGH, strict=False) is Exit.NOT_AUDITED


def test_a_saved_run_is_judged_as_the_live_one() -> None:
    run = run_with(exchange(result={"a": 1}), exchange(result={}))
    assert judge(load(dump(run)), CATALOGUE, Options()) == judge(run, CATALOGUE, Options())


@pytest.mark.parametrize("data", [b"", b"{}", b'{"saved_run": 2}', b'{"saved_run": 1, "run": {}}', b"\xff"])
def test_what_is_no_saved_run_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(TargetError, match="not a saved run"):
        load(data)


def test_a_pass_without_an_answer_of_the_target_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="evidence"):
        passed(silence())
    with pytest.raises(ValueError, match="evidence"):
        failed("something")


def test_a_catalogue_refuses_two_checks_of_one_id_and_unknown_requirements() -> None:
    with pytest.raises(DeclarationError, match="two checks"):
        Catalogue((not_empty, not_empty), (ROW,))
    with pytest.raises(DeclarationError, match="unknown requirements"):
        Catalogue((not_empty,), ())


def test_a_check_without_a_docstring_is_refused_where_it_is_declared() -> None:
    def silent(seen: Facts) -> Verdict:
        return passed(seen.ping)

    with pytest.raises(DeclarationError, match="docstring"):
        check(
            ping,
            id="ping/silent",
            title="",
            requirements=("ping/empty",),
            severity=Severity.LOW,
            category=Category.CONFORMANCE,
            remediation="",
        )(silent)


def test_the_score_follows_its_published_formula() -> None:
    report = judge(run_with(exchange(result={"a": 1}, rpc_id=7)), CATALOGUE, Options(exposure="remote"))
    assert report.scores[0].must_total == 1
    assert report.scores[0].must_pass == 0
    assert report.overall is not None
    assert (report.overall.score, report.overall.grade) == (0, "F")
    assert [(row.requirement, row.gap) for row in report.matrix] == [("ping/empty", "high")]
