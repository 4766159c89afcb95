"""The check pack of `docs/check-packs.md`: built and installed as its users would, its check runs beside all others."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.e2e.program import run

pytestmark = pytest.mark.e2e

_TOP = Path(__file__).parents[2]
_PACK = _TOP / "docs" / "examples" / "check-pack"
_PAGE = (_TOP / "docs" / "check-packs.md").read_text()
_CHECK = "house/tool-without-prefix"
_PREFIXED = (sys.executable, "-m", "oraclepack_faults")
_UNLIKE = (sys.executable, str(_TOP / "tests" / "correct_server.py"), "handshake")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory into which the wheel of the pack was unpacked: all that installing does to a pure package."""
    sources = tmp_path_factory.mktemp("sources") / "pack"
    shutil.copytree(_PACK, sources, ignore=shutil.ignore_patterns("__pycache__"))
    built = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", "dist"]
    subprocess.run(built, cwd=sources, capture_output=True, check=True)
    (wheel,) = (sources / "dist").glob("*.whl")
    place = tmp_path_factory.mktemp("installed")
    with ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def _run(installed: Path, directory: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return run(*words, cwd=directory, PYTHONPATH=str(installed), NO_COLOR="1")


def _statuses(directory: Path) -> set[str]:
    report = json.loads((directory / ".mcp-audit" / "report.json").read_text())
    return {result["status"] for result in report["results"] if result["check"] == _CHECK}


def test_its_check_is_listed_beside_the_others_and_explained(installed: Path, tmp_path: Path) -> None:
    listed = _run(installed, tmp_path, "list", "--only", "house/*")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [_CHECK, "1"]
    everything = json.loads(_run(installed, tmp_path, "list", "--format", "json").stdout)["checks"]
    assert len(everything) > 500
    explained = _run(installed, tmp_path, "explain", _CHECK).stdout
    assert "house/names-begin-alike" in explained
    assert "https://handbook.example/mcp-servers#names" in explained
    assert f"mcp-audit URL --only {_CHECK}" in explained
    assert "--fault" not in explained, "the reference server has no fault for it"
    calibrated = _run(installed, tmp_path, "calibrate", "--only", "fault house/*")
    assert (calibrated.returncode, "no case" in calibrated.stderr) == (2, True), calibrated.stderr


def test_it_passes_where_the_rule_is_kept(installed: Path, tmp_path: Path) -> None:
    ended = _run(installed, tmp_path, "--only", "house/*", "--fail-on", "low", "--quiet", "--", *_PREFIXED)
    assert ended.returncode == 0, ended.stderr
    assert _statuses(tmp_path) == {"pass"}


def test_it_fails_where_the_rule_is_broken(installed: Path, tmp_path: Path) -> None:
    ended = _run(installed, tmp_path, "--only", "house/*", "--fail-on", "low", "--", *_UNLIKE)
    assert ended.returncode == 1, ended.stderr
    assert _statuses(tmp_path) == {"fail"}
    assert "The names begin differently: add, echo." in ended.stdout


def test_pytest_runs_it(installed: Path, tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    words = ("--mcp-stdio", " ".join(_PREFIXED), "--mcp-only", "house/*", "--mcp-fail-on", "low")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**own, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"\b5 passed", ended.stdout), ended.stdout + ended.stderr


def test_the_code_that_the_page_shows_is_the_code_of_its_files() -> None:
    files = [path.read_text() for path in _PACK.rglob("*") if path.suffix in {".py", ".toml"}]
    shown = re.findall(r"```(?:python|toml)\n(.*?)```", _PAGE, re.DOTALL)
    assert len(shown) == 5
    for code in shown:
        assert any(code in text for text in files), code
