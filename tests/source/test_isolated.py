"""Nothing of a tree is run, and what looks at it is told no secrets."""

import sys
from pathlib import Path

import pytest
from mcp_audit_harness.source import isolated
from mcp_audit_harness.source.bandit import run_bandit
from mcp_audit_harness.source.isolated import ProgramError, copied, run
from mcp_audit_harness.source.mypy import run_mypy
from mcp_audit_harness.source.project import project_of
from mcp_audit_harness.source.quality import quality_of
from mcp_audit_harness.source.tree import read_tree

IMPORTED = (
    "setup.py",
    "conftest.py",
    "plugin.py",
    "sitecustomize.py",
    "usercustomize.py",
    "bandit.py",
    "mypy.py",
    "json.py",
    "stevedore/__init__.py",
    "bandit/__init__.py",
    "bandit/__main__.py",
    "mypy/__init__.py",
    "mypy/__main__.py",
    "src/app/__init__.py",
    "src/app/server.py",
)
SETTINGS = {
    "mypy.ini": "[mypy]\nplugins = plugin.py\nmypy_path = .\n",
    ".mypy.ini": "[mypy]\nplugins = plugin.py\n",
    "setup.cfg": "[mypy]\nplugins = plugin.py\n[metadata]\nversion = attr: app.version\n",
    "pyproject.toml": '[project]\nname = "a"\ndynamic = ["version"]\n[tool.mypy]\nplugins = ["plugin.py"]\n'
    '[tool.hatch.version]\npath = "src/app/__init__.py"\n',
    ".bandit": "[bandit]\ntargets = /\nplugins = plugin\n",
    "run.pth": "import plugin\n",
}


@pytest.mark.e2e
def test_nothing_of_a_tree_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bandit")
    pytest.importorskip("mypy")
    tree, mark = tmp_path / "tree", tmp_path / "it-ran"
    for name in IMPORTED:
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n")
    for name, text in SETTINGS.items():
        (tree / name).write_text(text)
    monkeypatch.chdir(tree)
    monkeypatch.setenv("PYTHONPATH", str(tree))
    read = read_tree(tree)
    bandit, (mypy, errors) = run_bandit(read), run_mypy(read)
    project_of(read)
    quality_of(read, errors)
    assert not mark.exists()
    assert bandit.rules
    assert mypy.rules
    assert errors is not None


def test_credentials_are_not_told_and_the_directory_of_the_copy_is_no_search_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "invented")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = isolated._environment(tmp_path)
    assert not {"GITHUB_TOKEN", "PYTHONPATH"}.intersection(told)
    assert told["HOME"] == str(tmp_path)


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="not done after"):
        run("timeit", ["-n1", "-r1", "import time; time.sleep(60)"], tmp_path, patience_s=0.2)


def test_what_a_program_writes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "_LARGEST_OUTPUT", 10)
    with pytest.raises(ProgramError, match="more than can be read"):
        run("this", [], tmp_path, patience_s=30)


def test_the_copy_holds_sources_only_and_is_removed(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("a = 1\n")
    (tmp_path / "setup.cfg").write_text("[mypy]\n")
    (tmp_path / "linked.py").symlink_to(sys.executable)
    with copied(read_tree(tmp_path).shipped) as home:
        assert sorted(path.name for path in home.rglob("*")) == ["server.py", "tree"]
    assert not home.exists()
