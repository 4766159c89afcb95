"""Which load a fault is brought out by, and how often a case is tried that a busy machine may spoil."""

from dataclasses import replace

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.calibration import run as module
from mcp_audit_harness.calibration.cases import Case, cases, fault_case
from mcp_audit_harness.calibration.loads import compares, load_of
from mcp_audit_harness.calibration.run import run_case
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Era

pytestmark = pytest.mark.anyio

CATALOGUE = load_catalogue()
CHECKS = [check for check in CATALOGUE.checks if check.scenario.load]
LONGEST_S = 32.0
every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)


@every_check
def test_a_fault_is_brought_out_in_seconds_with_one_tool(check: Check) -> None:
    case = fault_case(check, CATALOGUE)
    assert [options.revisions[0].era for options in case.audits] == [Era.HANDSHAKE, Era.STATELESS]
    for options in case.audits:
        assert options.load is not None
        assert sum(stage.duration_s for stage in options.load.profile.stages) <= LONGEST_S
        assert (options.only, options.consent.tools) == (("load/*",), ("oraclepack_list_packs",))
        assert options.consent.intrusive


@every_check
def test_near_by_a_fault_is_looked_for_once(check: Check) -> None:
    case = fault_case(check, CATALOGUE, near=True)
    assert len(case.audits) == 1
    assert case.tries > 1


def test_what_a_fault_breaks_beside_its_check_is_not_demanded() -> None:
    thresholds = load_of("load/falls-silent").profile.thresholds
    assert (thresholds.p50_ms, thresholds.p99_ms, thresholds.silence_s) == (None, None, 3.0)
    assert load_of("load/slow-tail").profile.thresholds.p99_ms == 2000.0


def test_one_check_compares_with_the_clean_server() -> None:
    measured = [case.name for case in cases(CATALOGUE) if case.measured is not None]
    assert measured == ["fault load/slower-than-before"]
    assert [check.id for check in CHECKS if compares(check.id)] == ["load/slower-than-before"]


@pytest.mark.parametrize(("outcomes", "said", "runs"), [(["late", ""], "", 2), (["late"] * 5, "late", 3)])
async def test_a_case_is_tried_until_it_has_its_outcome(
    outcomes: list[str], said: str, runs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = list(outcomes)

    async def once(_: Case, __: Catalogue) -> str:
        return left.pop(0)

    monkeypatch.setattr(module, "_run_once", once)
    case = fault_case(CHECKS[0], CATALOGUE, near=True)
    assert await run_case(replace(case, tries=3), CATALOGUE) == said
    assert len(outcomes) - len(left) == runs
