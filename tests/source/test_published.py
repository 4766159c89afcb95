"""The page about the sources of others says what was found in them, and what people said of it."""

import re
from collections import Counter
from pathlib import Path

import pytest
from mcp_audit_harness.model import Place, Project, Quality, Severity, SourceFinding, SourceScan

from .drawn import DRAWN, MOST_ALIKE, Verdict, draw, judged
from .publish import PAGE, page, scanned
from .trees import Published, listed
from .unpacked import unpacked

LEAST = 0.9
_ROW = re.compile(
    r"^\| (?P<tree>[\w.+-]+-\d[\w.]*) \| `(?P<rule>[\w/-]+)` \| `(?P<place>[^`]+)` \| .* "
    r"\| (?P<word>true|\*\*false\*\*) \| .* \|$",
    re.MULTILINE,
)
_SAID = re.compile(r"\*\*(?P<true>\d+) of (?P<all>\d+) are true: a precision of (?P<percent>\d+) %\.\*\*")


def rows() -> list[dict[str, str]]:
    return [match.groupdict() for match in _ROW.finditer(PAGE.read_text(encoding="utf-8"))]


def verdict_of(row: dict[str, str]) -> Verdict:
    found = [
        verdict
        for verdict in judged().verdicts.values()
        if (verdict.tree, verdict.rule, verdict.place) == (row["tree"], row["rule"], row["place"])
    ]
    assert len(found) == 1, row
    return found[0]


def test_as_many_findings_as_were_drawn_have_a_verdict_of_somebody() -> None:
    assert len(rows()) == DRAWN
    for row in rows():
        verdict = verdict_of(row)
        assert (row["word"] == "true") is verdict.true
        assert verdict.why.endswith(".")


def test_nine_of_ten_are_true_and_the_page_says_so() -> None:
    true = sum(verdict_of(row).true for row in rows())
    said = _SAID.search(PAGE.read_text(encoding="utf-8"))
    assert said is not None
    assert (int(said["true"]), int(said["all"])) == (true, DRAWN)
    assert int(said["percent"]) == round(100 * true / DRAWN)
    assert true / DRAWN >= LEAST


def test_no_tree_fills_the_draw_with_one_rule() -> None:
    assert max(Counter((row["tree"], row["rule"]) for row in rows()).values()) <= MOST_ALIKE


def test_every_package_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for package in listed():
        assert package.version in text
        assert package.name.rpartition("/")[2].replace("_", "\\_") in text


def test_earlier_draws_are_told_as_they_were() -> None:
    said = judged()
    earlier = [said.of_draw(number) for number in (1, 2)]
    assert len(earlier[0]) == DRAWN
    for verdicts in earlier:
        true = sum(verdict.true for verdict in verdicts)
        assert f"{true} of {len(verdicts)} were true" in PAGE.read_text(encoding="utf-8")
    false = Counter(verdict.rule for verdicts in earlier for verdict in verdicts if not verdict.true)
    assert all(item.false == false[item.rule] for item in said.mended)


def test_enough_packages_were_drawn_with_which_no_rule_was_made() -> None:
    assert sum(package.drawn for package in listed()) >= 25


def finding(rule: str, line: int, severity: Severity = Severity.LOW) -> SourceFinding:
    return SourceFinding(rule, Place("server.py", line), severity, "wrong", fingerprint=f"{rule}{line}")


def scan_with(*findings: SourceFinding) -> SourceScan:
    return SourceScan(".", Project(), Quality(), (), findings)


def test_a_draw_depends_on_nothing_but_what_was_found() -> None:
    one, other = (Published(name, "PyPI", "1.0", name) for name in ("one", "other"))
    scans = {
        package: scan_with(*(finding(f"source/r{number % 9}", number) for number in range(80)))
        for package in (one, other)
    }
    backwards = {package: scan_with(*reversed(scans[package].findings)) for package in (other, one)}
    drawn = draw(scans)
    assert len(drawn) == DRAWN
    assert set(drawn) == set(draw(backwards))
    assert max(Counter((package, found.rule) for package, found in drawn).values()) <= MOST_ALIKE


def test_notes_and_what_two_versions_share_are_not_drawn_twice() -> None:
    old, new = Published("one", "PyPI", "1.0", "a"), Published("one", "PyPI", "2.0", "b")
    note = finding("source/note", 1, Severity.INFO)
    shared, own = finding("source/shared", 2), finding("source/own", 3)
    drawn = draw({old: scan_with(note, shared), new: scan_with(note, shared, own)})
    assert Counter(found for _, found in drawn) == Counter([shared, own])


@pytest.fixture(scope="module")
def directory() -> Path:
    return unpacked(listed())


@pytest.mark.e2e
@pytest.mark.timeout(1800)
def test_the_page_is_what_a_scan_shows_now(directory: Path) -> None:
    scans = {package: scanned(package, directory) for package in listed()}
    assert page(scans, judged()) == PAGE.read_text(encoding="utf-8")
