"""Ranges of versions: what requirements of Python packages and of npm's admit, and where they begin."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp_audit_harness.source.dependencies import admits, lowest
from mcp_audit_harness.source.dependencies.packages import NPM, PYPI
from mcp_audit_harness.source.dependencies.ranges import pinned, unbounded

from .npm_range_facts import ADMITTED, LOWEST, REFUSED


@pytest.mark.parametrize(("requirement", "version"), ADMITTED)
def test_npm_admits(requirement: str, version: str) -> None:
    assert admits(requirement, version, NPM)


@pytest.mark.parametrize(("requirement", "version"), REFUSED)
def test_npm_refuses(requirement: str, version: str) -> None:
    assert not admits(requirement, version, NPM)


@pytest.mark.parametrize(("requirement", "version"), LOWEST)
def test_npm_begins_at(requirement: str, version: str) -> None:
    assert lowest(requirement, NPM) == version


@pytest.mark.parametrize(
    ("requirement", "inside", "outside", "low"),
    [
        (">=1.2,<2", "1.9", "2.0", "1.2"),
        ("~=1.27.0", "1.27.9", "1.28.0", "1.27.0"),
        ("==1.*", "1.5", "2.0", "1"),
        (">=1.0,!=1.0", "1.1", "1.0", "1.1"),
        (">1.2", "1.3", "1.2", "1.3"),
        ("^1.2.3", "1.9", "2.0", "1.2.3"),
        ("^0.2.3", "0.2.9", "0.3", "0.2.3"),
        ("^0.0.3", "0.0.3", "0.0.4", "0.0.3"),
        ("^0", "0.9", "1.0", "0"),
        ("^1", "1.9", "2.0", "1"),
        ("~1.2.3", "1.2.9", "1.3", "1.2.3"),
        ("~1", "1.9", "2.0", "1"),
        ("1.2.*", "1.2.9", "1.3", "1.2"),
        ("1.2.3", "1.2.3", "1.2.4", "1.2.3"),
        ("^1.2 || ^3.0", "3.1", "2.5", "1.2"),
        (">= 1.2 , < 2", "1.2", "2", "1.2"),
        ("<2", "0.1", "2", "0"),
    ],
)
def test_python_ranges_of_pep_440_and_poetry(requirement: str, inside: str, outside: str, low: str) -> None:
    assert admits(requirement, inside, PYPI)
    assert not admits(requirement, outside, PYPI)
    assert lowest(requirement, PYPI) == low


@pytest.mark.parametrize("requirement", ["git+https://example.org/x", "path:../x", "nonsense!", ">=1,=<2", "~=1"])
def test_what_is_no_range_admits_nothing(requirement: str) -> None:
    assert not admits(requirement, "1.0", PYPI)
    assert lowest(requirement, PYPI) == ""


@pytest.mark.parametrize(
    ("requirement", "ecosystem", "version"),
    [
        ("==1.2.3", PYPI, "1.2.3"),
        ("===1.2.3", PYPI, "1.2.3"),
        ("1.2.3", PYPI, "1.2.3"),
        ("==1.2.*", PYPI, ""),
        (">=1.2.3", PYPI, ""),
        ("^1.2.3", PYPI, ""),
        ("1.2.3", NPM, "1.2.3"),
        ("=1.2.3", NPM, "1.2.3"),
        ("1.2.3-beta.1", NPM, "1.2.3-beta.1"),
        ("1.2", NPM, ""),
        ("1.2.x", NPM, ""),
        ("^1.2.3", NPM, ""),
    ],
)
def test_a_requirement_of_one_version_pins_it(requirement: str, ecosystem: str, version: str) -> None:
    assert pinned(requirement, ecosystem) == version


@pytest.mark.parametrize(
    ("requirement", "ecosystem", "expected"),
    [
        ("", PYPI, True),
        ("*", PYPI, True),
        (">=0", PYPI, True),
        (">=0.0.0", NPM, True),
        ("*", NPM, True),
        ("x", NPM, True),
        ("latest", NPM, True),
        ("next", NPM, True),
        ("", NPM, True),
        ("<2", PYPI, False),
        (">=0.1", PYPI, False),
        ("^1", NPM, False),
        ("workspace:*", NPM, False),
        ("git+https://example.org/x.git", NPM, False),
        ("github:owner/name", NPM, False),
    ],
)
def test_a_requirement_without_a_bound_takes_anything(requirement: str, ecosystem: str, expected: bool) -> None:
    assert unbounded(requirement, ecosystem) is expected


NUMBERS = st.integers(0, 30).map(str)
PARTS = st.one_of(NUMBERS, st.sampled_from(["x", "*", "X"]))
PRE = st.sampled_from(["", "", "", "-0", "-alpha", "-alpha.1", "-rc.2", "-1.2"])
VERSIONS = st.builds(lambda a, b, c, pre: f"{a}.{b}.{c}{pre}", NUMBERS, NUMBERS, NUMBERS, PRE)
PARTIALS = st.one_of(
    VERSIONS, PARTS, st.builds("{}.{}".format, PARTS, PARTS), st.builds("{}.{}.{}".format, PARTS, PARTS, PARTS)
)
COMPARATORS = st.builds(
    str.__add__, st.sampled_from(["", "^", "~", ">", "<", ">=", "<=", "=", "~>", "^ ", ">= "]), PARTIALS
)
ALTERNATIVES = st.one_of(
    st.lists(COMPARATORS, min_size=1, max_size=3).map(" ".join), st.builds("{} - {}".format, PARTIALS, PARTIALS)
)
RANGES = st.lists(ALTERNATIVES, min_size=1, max_size=3).map(" || ".join)


@settings(deadline=None)
@given(RANGES)
def test_the_lowest_version_of_a_range_is_in_it(requirement: str) -> None:
    low = lowest(requirement, NPM)
    assert not low or admits(requirement, low, NPM)


@settings(deadline=None)
@given(RANGES, VERSIONS)
def test_a_range_admits_nothing_that_none_of_its_alternatives_admits(requirement: str, version: str) -> None:
    each = [admits(part, version, NPM) for part in requirement.split("||")]
    assert any(each) or not admits(requirement, version, NPM)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=40), st.sampled_from([PYPI, NPM]))
def test_any_text_can_be_asked_of(requirement: str, version: str, ecosystem: str) -> None:
    assert isinstance(admits(requirement, version, ecosystem), bool)
    assert isinstance(unbounded(requirement, ecosystem), bool)
    assert isinstance(pinned(requirement, ecosystem), str)
    low = lowest(requirement, ecosystem)
    assert not low or admits(requirement, low, ecosystem)


@settings(deadline=None)
@given(st.text(alphabet="0123456789.x*^~<>=!| -,abv+", max_size=40), st.sampled_from([PYPI, NPM]))
def test_any_text_of_the_letters_of_ranges_can_be_asked_of(requirement: str, ecosystem: str) -> None:
    low = lowest(requirement, ecosystem)
    assert not low or admits(requirement, low, ecosystem)


_SEMVER = """
const semver = require(process.argv[1]);
const pairs = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(pairs.map(([range, version]) => semver.satisfies(version, range))));
"""


@pytest.mark.e2e
def test_npm_itself_says_the_same() -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    semver = Path(npm).resolve().parents[1] / "node_modules" / "semver" if npm else Path("absent")
    if node is None or not semver.is_dir():
        pytest.skip("node, and an npm with its semver package, are not installed")
    pairs: list[tuple[str, str]] = [*ADMITTED, *REFUSED]

    @settings(max_examples=1000, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.tuples(RANGES, VERSIONS))
    def collect(found: tuple[str, str]) -> None:
        pairs.append(found)

    collect()
    done = subprocess.run(
        [node, "-e", _SEMVER, str(semver)], input=json.dumps(pairs), capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    wrong = [pair for pair, there in zip(pairs, said, strict=True) if admits(*pair, NPM) != there]
    assert wrong == []
