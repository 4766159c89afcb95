"""Baselines and comparisons of reports, as a pipeline uses them."""

import json
from pathlib import Path

import pytest

from tests.e2e.program import run

pytestmark = pytest.mark.e2e

BAD = '"""Nothing."""\n\nimport subprocess\n\nPASSWORD = "hunter2-is-not-enough"\n'
WORSE = BAD + "\n\ndef run() -> None:\n    try:\n        subprocess.run([], timeout=1)\n    except:\n        pass\n"


def scan(tree: Path, out: str, *words: str) -> int:
    chosen = ("--only", "source/*", "--fail-on", "low", "--format", "json,sarif,junit", "--out", out, "--quiet")
    return run("source", ".", *chosen, *words, cwd=tree).returncode


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "server.py").write_text(BAD, encoding="utf-8")
    return tmp_path


def test_what_is_accepted_lets_the_gate_pass_until_it_is_gone(tree: Path) -> None:
    assert scan(tree, "first") == 1
    assert scan(tree, "second", "--write-baseline", "accepted.toml") == 0
    assert "not reviewed yet" in (tree / "accepted.toml").read_text(encoding="utf-8")
    assert scan(tree, "third", "--baseline", "accepted.toml") == 0
    sarif = json.loads((tree / "third" / "report.sarif").read_text(encoding="utf-8"))
    assert [result["suppressions"][0]["justification"] for result in sarif["runs"][0]["results"]] == [
        "not reviewed yet"
    ]
    (tree / "server.py").write_text('"""Nothing."""\n', encoding="utf-8")
    assert scan(tree, "fourth", "--baseline", "accepted.toml") == 1
    (stale,) = json.loads((tree / "fourth" / "report.json").read_text(encoding="utf-8"))["stale"]
    assert "take it out of the baseline" in stale


def test_a_new_defect_is_found_beside_accepted_ones_and_between_reports(tree: Path) -> None:
    scan(tree, "before", "--write-baseline", "accepted.toml")
    (tree / "server.py").write_text(WORSE, encoding="utf-8")
    assert scan(tree, "after", "--baseline", "accepted.toml") == 1
    done = run("diff", "before/report.json", "after/report.json", "--fail-on", "low", "--format", "json", cwd=tree)
    assert done.returncode == 1, done.stderr
    assert {(item["turn"], item["check"]) for item in json.loads(done.stdout)["changes"]} >= {
        ("regressed", "source/bare-except")
    }
    assert run("diff", "after/report.json", "before/report.json", "--fail-on", "low", cwd=tree).returncode == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("source", ".", "--baseline", "nowhere.toml"), "there is no nowhere.toml"),
        (("source", ".", "--baseline", "server.py"), "no TOML"),
        (("diff", "server.py", "server.py"), "is no report.json"),
        (("diff", "nowhere.json", "server.py"), "cannot read nowhere.json"),
    ],
)
def test_what_is_no_baseline_and_no_report_is_refused_in_one_line(
    tree: Path, words: tuple[str, ...], says: str
) -> None:
    done = run(*words, cwd=tree)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
