"""Rules flag, in published versions with a known weakness, the very lines that mended versions changed or guard."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.rules import Reads
from mcp_audit_harness.source.script.module import ScriptModule
from mcp_audit_scenarios.source import source_rules

from .trees import Published, tree
from .unpacked import unpacked

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Known:
    """A weakness, and the line that it is in."""

    advisory: str
    package: str
    ecosystem: str
    vulnerable: dict[str, str]
    fixed: dict[str, str]
    rule: str
    file: str
    line: str
    guard: str = ""
    """A line of the mended version, before `line`; empty where `line` is gone."""

    @property
    def name(self) -> str:
        return f"{self.advisory}-{self.line.partition('(')[0]}"

    def lines(self, version: dict[str, str], directory: Path) -> list[str]:
        """Return the lines of the file in a version, without their indentation."""
        return [line.strip() for line in self._path(version, directory).read_text(encoding="utf-8").splitlines()]

    def flagged(self, version: dict[str, str], directory: Path) -> set[str]:
        """Return the lines of the file that the rule flags in a version."""
        lines, text = self.lines(version, directory), self._path(version, directory).read_text(encoding="utf-8")
        reads = Reads.PYTHON if self.file.endswith(".py") else Reads.SCRIPT
        module: Any = (PythonModule if reads is Reads.PYTHON else ScriptModule).parse(self.file, text)
        found = [rule for rule in source_rules() if rule.about.id == self.rule and rule.reads is reads]
        return {lines[hit.line - 1] for rule in found for hit in rule.inspect(module)}

    def published(self, version: dict[str, str]) -> Published:
        return Published(self.package, self.ecosystem, version["version"], version["sha256"])

    def _path(self, version: dict[str, str], directory: Path) -> Path:
        return tree(self.published(version), directory) / self.file


def known() -> list[Known]:
    rows = tomllib.loads(Path(__file__).with_name("known_bad.toml").read_text(encoding="utf-8"))["known"]
    return [Known(**row) for row in rows]


@pytest.fixture(scope="module")
def directory() -> Path:
    return unpacked(case.published(version) for case in known() for version in (case.vulnerable, case.fixed))


@pytest.mark.parametrize("case", known(), ids=lambda case: case.name)
def test_a_rule_flags_the_line_that_the_mended_version_changed(case: Known, directory: Path) -> None:
    assert case.line in case.flagged(case.vulnerable, directory)


@pytest.mark.parametrize("case", known(), ids=lambda case: case.name)
def test_a_rule_is_silent_about_the_line_once_it_is_mended(case: Known, directory: Path) -> None:
    assert case.line not in case.flagged(case.fixed, directory)


@pytest.mark.parametrize("case", known(), ids=lambda case: case.name)
def test_the_line_is_one_that_was_removed_or_got_a_guard(case: Known, directory: Path) -> None:
    before, after = case.lines(case.vulnerable, directory), case.lines(case.fixed, directory)
    assert case.line in before
    if case.guard:
        assert case.guard not in before
        assert after.index(case.guard) < len(after) - after[::-1].index(case.line)
    else:
        assert case.line not in after


def test_five_advisories_at_least_are_known() -> None:
    assert len({case.advisory for case in known() if not case.advisory.startswith("(")}) >= 5
