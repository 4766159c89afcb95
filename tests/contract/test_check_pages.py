"""The committed pages are those that the declarations give."""

from pathlib import Path

from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.cli.check_pages import pages

DIRECTORY = Path(__file__).parents[2] / "docs" / "checks"


def test_the_pages_of_the_checks_are_up_to_date() -> None:
    wanted = dict(pages(load_catalogue()))
    found = {str(path.relative_to(DIRECTORY)): path.read_text(encoding="utf-8") for path in DIRECTORY.glob("**/*.md")}
    assert found == wanted, "write them anew: mcp-audit explain --pages docs/checks"
