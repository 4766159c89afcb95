"""The list of formats."""

import subprocess
import sys

import pytest
from mcp_audit_reports import RENDERERS

from tests.unit.reports.samples import CLEAN


@pytest.mark.parametrize(
    ("name", "filename", "beginning"),
    [
        ("console", None, "PASS"),
        ("json", "report.json", "{"),
        ("markdown", "report.md", "# MCP audit"),
        ("html", "report.html", "<!doctype html>"),
        ("sarif", "report.sarif", "{"),
        ("junit", "junit.xml", "<?xml"),
        ("summary", "summary.md", "## MCP audit: PASS"),
        ("badge", "badge.svg", "<svg"),
        ("shield", "badge.json", "{"),
    ],
)
def test_every_format_has_a_name_and_a_file(name: str, filename: str | None, beginning: str) -> None:
    renderer = RENDERERS[name]
    assert renderer.filename == filename
    text = renderer.render(CLEAN, width=80, color=False)
    assert text.startswith(beginning)
    assert text.endswith("\n")


def test_the_list_of_formats_imports_none_of_them() -> None:
    wanted = "{'rich', 'jinja2', 'msgspec', 'mcp_audit_harness'}"
    script = f"import sys, mcp_audit_reports; print(sorted({wanted} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
