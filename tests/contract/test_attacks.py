"""The table of attacks: every known one is tried, or left out for a reason."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp_audit_harness.cli.app import execute
from mcp_audit_scenarios import catalogue
from mcp_audit_scenarios.attack_table import load_attacks
from oraclepack_faults import FAULTS

ROWS = load_attacks()
KNOWN = Path(__file__).parents[2].parent / "shared" / "security" / "attacks.yaml"
AT_LEAST = 170


def test_most_known_attacks_are_tried() -> None:
    assert sum(bool(row.checks) for row in ROWS) >= AT_LEAST


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_attack_is_proven_by_faults_or_left_out_with_a_reason(row: Any) -> None:
    assert set(row.checks) <= set(FAULTS)
    assert bool(row.checks) or len(row.excluded.split()) >= 5


@pytest.mark.shared
@pytest.mark.skipif(not KNOWN.exists(), reason="needs the attack scenarios beside the checkout")
def test_no_known_attack_is_forgotten() -> None:
    known = {attack["id"] for attack in yaml.safe_load(KNOWN.read_text(encoding="utf-8"))["attacks"]}
    assert known - {row.id for row in ROWS} == set()


def test_the_table_can_be_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert execute(["list", "--attacks", "--format", "json"]) == 0
    listed = json.loads(capfd.readouterr().out)["attacks"]
    assert [row["id"] for row in listed] == [row.id for row in catalogue().attacks]
