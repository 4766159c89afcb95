"""Scans the published sources of others and writes reports/published/source-audit.md: `python -m tests.source.publish`.

What is found is drawn from at random; a finding that was drawn and that nobody has judged yet (`verdicts.toml`) is
printed with the lines around it, and no page is written before it is judged.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from mcp_audit_harness.model import Severity, SourceFinding, SourceScan
from mcp_audit_harness.source.scan import SourceSettings, scan
from mcp_audit_reports.escape import code, prose
from mcp_audit_scenarios.advisories import load_advisories
from mcp_audit_scenarios.source import source_rules

from .drawn import DRAWN, MOST_ALIKE, Judged, Verdict, draw, judged, key_of
from .trees import VARIABLE, Published, home, listed, tree

PAGE: Final = Path(__file__).resolve().parents[2] / "reports" / "published" / "source-audit.md"
_AROUND: Final = 12
"""Lines that are printed around a finding which is to be judged."""
_SIDE_BY_SIDE: Final = 2
_FIRST: Final = 48
"""Packages drawn at random that were there at the first draw."""


def scanned(package: Published, directory: Path) -> SourceScan:
    """Return what every engine finds in a package."""
    return scan(tree(package, directory), source_rules(), load_advisories(), SourceSettings(), lambda _: None)


def page(scans: Mapping[Published, SourceScan], said: Judged) -> str:
    """Return the page; raises KeyError for a finding that was drawn and has no verdict."""
    return "\n".join([*_head(scans, said), *_trees(scans), *_drawn(scans, said), ""])


def _head(scans: Mapping[Published, SourceScan], said: Judged) -> Iterator[str]:
    drawn = draw(scans)
    true = sum(said.verdicts[key_of(package, finding)].true for package, finding in drawn)
    found = sum(finding.severity is not Severity.INFO for result in scans.values() for finding in result.findings)
    chosen = sum(package.drawn for package in scans)
    yield "# Sources of real servers, audited"
    yield ""
    yield (
        f"What `mcp-audit source` finds in {len(scans)} published packages: {len(scans) - chosen} well-known servers, "
        f"and {chosen} that were drawn at random among the servers of PyPI and npm, unseen when rules were made. "
        "Versions and hashes are in `tests/source/trees.toml`. `python -m tests.source.publish` fetches the packages, "
        f"scans each (`mcp-audit source PATH`; nothing of them is run) and writes this page."
    )
    yield ""
    yield (
        f"Of {found} findings above INFO, {len(drawn)} were drawn at random, at most {MOST_ALIKE} of one rule in one "
        "package, and each was judged by reading the code around it: is the defect of the rule at that line, and would "
        "a maintainer agree? What no client can reach, or what is guarded elsewhere, counts as false. The verdicts are "
        "in `tests/source/verdicts.toml`."
    )
    yield ""
    yield f"**{true} of {len(drawn)} are true: a precision of {_percent(true, len(drawn))} %.**"
    yield ""
    first, second = said.of_draw(1), said.of_draw(2)
    yield (
        "That is after rules were narrowed by what earlier draws showed, and so is no figure for servers unseen. Those "
        f"are: {_true(first)} at the first draw, from the well-known servers and {_FIRST} of the others; "
        f"{_true(second)} at the second, from the rest, with rules that the first draw had narrowed. What was mended "
        "after each, with a sample that shows the near miss:"
    )
    yield ""
    yield from (f"- `{item.rule}` ({item.false} false): {item.how}" for item in said.mended)
    yield ""


def _true(verdicts: Sequence[Verdict]) -> str:
    true = sum(verdict.true for verdict in verdicts)
    return f"{true} of {len(verdicts)} were true ({_percent(true, len(verdicts))} %)"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f}"


def _trees(scans: Mapping[Published, SourceScan]) -> Iterator[str]:
    shown = [severity for severity in Severity if any(_count(result)[severity] for result in scans.values())]
    yield "## Packages"
    yield ""
    yield f"| Package | Version | Language | Lines | Typed | {' | '.join(str(item).upper() for item in shown)} |"
    yield f"| --- | --- | --- | --- | --- |{' --- |' * len(shown)}"
    for package, result in scans.items():
        languages = ", ".join(result.project.languages)
        typed = result.quality.type_completeness
        percent = "" if typed is None else f"{typed:.0f} %"
        counts = " | ".join(str(_count(result)[severity] or "") for severity in shown)
        where = package.ecosystem if not package.drawn else f"{package.ecosystem}, drawn"
        name = f"{prose(package.name)} ({where})"
        yield f"| {name} | {package.version} | {languages} | {result.project.lines} | {percent} | {counts} |"
    yield ""
    yield '"Typed" is the share of parameters and results that have a type.'
    yield ""


def _count(result: SourceScan) -> Counter[Severity]:
    return Counter(finding.severity for finding in result.findings)


def _drawn(scans: Mapping[Published, SourceScan], said: Judged) -> Iterator[str]:
    yield f"## {DRAWN} findings, drawn at random"
    yield ""
    yield "| Package | Rule | Place | Line | What it says | Verdict | Why |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for package, finding in draw(scans):
        verdict = said.verdicts[key_of(package, finding)]
        word = "true" if verdict.true else "**false**"
        yield (
            f"| {package.directory} | `{finding.rule}` | {code(str(finding.place))} | {code(finding.place.text)} "
            f"| {prose(finding.message)} | {word} | {prose(verdict.why)} |"
        )


def _asked(package: Published, finding: SourceFinding, directory: Path) -> Iterator[str]:
    """Yield what is needed to judge a finding."""
    yield f"== {package.directory} {finding.fingerprint} {finding.severity.name} {finding.rule} {finding.place}"
    yield f"   {finding.message} {finding.subject}"
    yield from (f"   {step.place.line}: {step.note}" for step in finding.trail)
    text = (directory / package.directory / finding.place.path).read_text(encoding="utf-8", errors="replace")
    lines = text.split("\n")
    first = max(finding.place.line - _AROUND, 1)
    for number, line in enumerate(lines[first - 1 : finding.place.line + _AROUND], first):
        yield f"{'>' if number == finding.place.line else ' '}{number:5} {line[:160]}"


def main(packages: Sequence[Published], directory: Path) -> int:
    """Write the page, and return how many findings still are to be judged."""
    for package in packages:
        tree(package, directory)
    with ProcessPoolExecutor(_SIDE_BY_SIDE) as workers:
        results = workers.map(scanned, packages, [directory] * len(packages))
        scans = dict(zip(packages, results, strict=True))
    said = judged()
    open_ones = [item for item in draw(scans) if key_of(*item) not in said.verdicts]
    for package, finding in open_ones:
        print("\n".join(_asked(package, finding, directory)))  # noqa: T201
    if not open_ones:
        PAGE.write_text(page(scans, said), encoding="utf-8")
    return len(open_ones)


if __name__ == "__main__":
    place = home()
    if place is None:
        sys.exit(f"set {VARIABLE} to the directory that the trees are to be unpacked in")
    sys.exit(1 if main(listed(), place) else 0)
