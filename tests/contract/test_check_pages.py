"""The committed pages are those that the declarations and the recorded examples give."""

from importlib.resources import files
from pathlib import Path

from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.cli.check_pages import pages
from mcp_audit_scenarios.examples import load_area

DIRECTORY = Path(__file__).parents[2] / "docs" / "checks"
MAX_LINES, MAX_CHARACTERS = 12, 700


def test_the_pages_of_the_checks_are_up_to_date() -> None:
    wanted = dict(pages(load_catalogue()))
    found = {str(path.relative_to(DIRECTORY)): path.read_text(encoding="utf-8") for path in DIRECTORY.glob("**/*.md")}
    assert found == wanted, "write them anew: mcp-audit explain --pages docs/checks"


def test_every_example_is_short_and_belongs_to_a_check() -> None:
    known = {check.id for check in load_catalogue().checks}
    areas = [path.name for path in files("mcp_audit_scenarios.examples").iterdir() if path.name.endswith(".toml")]
    for area in areas:
        for name, example in load_area(area.removesuffix(".toml")).items():
            assert name in known
            assert name.startswith(f"{area.removesuffix('.toml')}/")
            for text in (example.request, example.before, example.after):
                assert len(text) <= MAX_CHARACTERS
                assert len(text.splitlines()) <= MAX_LINES
