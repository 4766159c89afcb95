"""What holds for the catalogue as a whole: checks, requirements and faults fit together."""

import re
from pathlib import Path

import mcp_audit_scenarios
import pytest
from mcp_audit_harness.declare import Check
from mcp_audit_harness.model import Category, Level, Requirement, Revision, Severity, SeverityByExposure
from mcp_audit_scenarios import catalogue
from oraclepack_faults import FAULTS

CATALOGUE = catalogue()
IDS = [check.id for check in CATALOGUE.checks]
AREAS = sorted({check.area for check in CATALOGUE.checks})
PACKAGE = Path(mcp_audit_scenarios.__file__).parent
MODULES = sorted(path for level in ("conformance", "attacks") for path in (PACKAGE / level).glob("*.py"))
ATTACKED: frozenset[str] = frozenset(name for name, fault in FAULTS.items() if fault.level == "security")
"""Faults that tests/attacks proves: weaknesses of the program that the reference server replaces."""

every_check = pytest.mark.parametrize("check", CATALOGUE.checks, ids=IDS)


def test_the_catalogue_is_of_useful_size() -> None:
    assert len(CATALOGUE.checks) >= 80


def test_every_check_has_a_fault_that_it_has_to_find() -> None:
    assert sorted(set(IDS) - set(FAULTS)) == []


def test_every_fault_has_a_check_that_has_to_find_it() -> None:
    assert sorted(set(FAULTS) - set(IDS) - ATTACKED) == []


def test_every_requirement_is_looked_at_or_excluded_with_a_reason() -> None:
    rows = [(row, cited.revision) for row in CATALOGUE.requirements if row.of_servers for cited in row.citations]
    seen = {revision: CATALOGUE.looked_at(revision) for revision in Revision}
    assert [(row.id, str(at)) for row, at in rows if bool(row.excluded_at(at)) is (row.id in seen[at])] == []


def test_what_binds_clients_alone_is_out_of_scope() -> None:
    seen = frozenset().union(*(CATALOGUE.looked_at(revision) for revision in Revision))
    assert [row.id for row in CATALOGUE.requirements if row.id in seen and not row.of_servers] == []


def test_what_needs_cooperation_says_what_is_needed() -> None:
    rows = [row for row in CATALOGUE.requirements if row.of_servers and row.observable == "needs-cooperation"]
    assert [row.id for row in rows if not row.needs] == []


@pytest.mark.parametrize("row", CATALOGUE.requirements, ids=[row.id for row in CATALOGUE.requirements])
def test_a_requirement_says_what_and_where(row: Requirement) -> None:
    assert re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", row.id)
    assert len(row.text) >= 10
    assert row.citations
    assert all(citation.page for citation in row.citations)


@every_check
def test_a_check_has_a_stable_id_and_words_for_its_page(check: Check) -> None:
    assert re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", check.id)
    assert check.title.strip()
    assert not check.title.endswith(".")
    assert check.remediation.strip()
    assert len(check.explanation) >= 40


@every_check
def test_a_check_applies_to_some_revision(check: Check) -> None:
    assert any(CATALOGUE.applies(check, revision) for revision in Revision)


@every_check
def test_a_check_runs_over_some_transport(check: Check) -> None:
    assert check.scenario.transports


@every_check
def test_a_slip_against_less_than_a_must_is_of_medium_severity_at_most(check: Check) -> None:
    levels = {CATALOGUE.level(check, revision) for revision in Revision if CATALOGUE.applies(check, revision)}
    of = check.severity
    severities = {of.local, of.remote} if isinstance(of, SeverityByExposure) else {of}
    if not levels & {Level.MUST, Level.MUST_NOT} and check.category is Category.CONFORMANCE:
        assert min(severity.rank for severity in severities) >= Severity.MEDIUM.rank


@pytest.mark.parametrize("area", AREAS)
def test_no_two_checks_of_an_area_have_one_title(area: str) -> None:
    titles = [check.title for check in CATALOGUE.checks if check.area == area]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("path", MODULES, ids=[f"{path.parent.name}/{path.name}" for path in MODULES])
def test_a_module_can_be_read_in_one_go(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
