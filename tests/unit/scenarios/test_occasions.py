"""At which revisions an attack is tried."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from mcp_audit_harness.model import Revision, Verdict
from mcp_audit_harness.probe import Probe
from mcp_audit_scenarios.attacks.occasions import newest_of_era, newest_only

OFFERED = (Revision.V2025_03_26, Revision.V2025_11_25, Revision.V2026_07_28)


def _tried(need: Callable[[Probe], Verdict | None]) -> list[str]:
    probes = [SimpleNamespace(revision=one, survey=SimpleNamespace(revisions=OFFERED)) for one in OFFERED]
    return [str(probe.revision) for probe in probes if need(cast("Probe", probe)) is None]


@pytest.mark.parametrize(
    ("need", "expected"), [(newest_only, ["2026-07-28"]), (newest_of_era, ["2025-11-25", "2026-07-28"])]
)
def test_an_attack_is_tried_at_the_newest_revisions(
    need: Callable[[Probe], Verdict | None], expected: list[str]
) -> None:
    assert _tried(need) == expected
