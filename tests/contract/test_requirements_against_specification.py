"""Our rows say what the collected duties of the specification say: same revisions, same level, same page."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp_audit_harness.model import Level, Requirement, Revision
from mcp_audit_scenarios.requirements import load_requirements

DUTIES = Path(__file__).parents[3] / "shared" / "spec" / "requirements"
SYNONYMS = {"REQUIRED": "MUST", "RECOMMENDED": "SHOULD", "OPTIONAL": "MAY"}
OURS = [row for row in load_requirements() if row.citations[0].level is not Level.ADVICE]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not DUTIES.is_dir(), reason="the collected duties are not beside this checkout"),
]


@cache
def collected() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the duties by slug and revision: one page may repeat what another says."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for revision in Revision:
        text = (DUTIES / f"{revision}.yaml").read_text(encoding="utf-8")
        document = yaml.load(text, Loader=loader)  # noqa: S506 - the safe loader, in C where there is one
        for entry in (*document["requirements"], *document["derived"]):
            found[entry["id"].rpartition("/")[2]][str(revision)].append(entry)
    return found


@pytest.mark.parametrize("row", OURS, ids=lambda row: row.id)
def test_a_row_agrees_with_the_collected_duty(row: Requirement) -> None:
    theirs = collected()[row.id.rpartition("/")[2]]
    assert [str(citation.revision) for citation in row.citations] == sorted(theirs)
    for citation in row.citations:
        entries = theirs[str(citation.revision)]
        assert citation.level.value in {SYNONYMS.get(entry["level"], entry["level"]) for entry in entries}
        places = {str(entry.get("page") or entry.get("source")) for entry in entries}
        assert any(citation.page in place for place in places), places


@pytest.mark.parametrize("row", OURS, ids=lambda row: row.id)
def test_a_row_says_who_is_bound_and_who_can_see_it(row: Requirement) -> None:
    entries = [entry for listed in collected()[row.id.rpartition("/")[2]].values() for entry in listed]
    assert row.role.value in {entry["role"] for entry in entries}
    if row.of_servers:
        assert row.observable in {entry.get("observable") for entry in entries}


@pytest.mark.parametrize("revision", Revision, ids=str)
def test_every_collected_duty_has_a_row(revision: Revision) -> None:
    ours = {row.id.rpartition("/")[2] for row in OURS if row.at(revision)}
    theirs = {slug for slug, by_revision in collected().items() if str(revision) in by_revision}
    assert sorted(theirs - ours) == []
