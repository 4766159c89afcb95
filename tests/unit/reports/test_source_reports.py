"""What a source scan looks like in each format, as before."""

import pytest
from mcp_audit_reports import RENDERERS
from syrupy.assertion import SnapshotAssertion

from tests.unit.reports.source_samples import EVERY


@pytest.mark.parametrize("form", ["console", "json", "markdown"])
@pytest.mark.parametrize("name", EVERY)
def test_a_scan_is_shown_as_before(name: str, form: str, golden: SnapshotAssertion) -> None:
    assert RENDERERS[form].render(EVERY[name], width=90, color=False) == golden
