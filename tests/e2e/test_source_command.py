"""`mcp-audit source`, and `--source` beside a running server, as users call them."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import run

pytestmark = pytest.mark.e2e

SERVER = '''
"""A server whose tool hands its argument to a shell."""

import subprocess

from mcp.server import MCPServer

mcp = MCPServer("pinger")


@mcp.tool()
def check_host(host: str) -> str:
    """Check that a host is there."""
    done = subprocess.run(f"echo checking {host}", shell=True, capture_output=True, text=True, timeout=5)
    return done.stdout + done.stderr


if __name__ == "__main__":
    mcp.run()
'''
MANIFEST = '[project]\nname = "pinger"\nversion = "1.0"\ndependencies = ["mcp>=0.1.0"]\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "pinger"
    root.mkdir()
    (root / "server.py").write_text(SERVER, encoding="utf-8")
    (root / "pyproject.toml").write_text(MANIFEST, encoding="utf-8")
    return root


def mcp_audit(directory: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    done = run(*words, cwd=directory)
    written = directory / ".mcp-audit" / "report.json"
    return (
        done.returncode,
        json.loads(written.read_text("utf-8")) if written.exists() else {},
        done.stdout + done.stderr,
    )


def test_a_tree_is_scanned_and_its_defects_have_lines(tree: Path) -> None:
    code, report, text = mcp_audit(tree, "source", ".", "--no-color")
    assert code == 1, text
    found = {finding["check"]: finding for finding in report["findings"]}
    shell = found["source/shell-command-from-argument"]
    line = 1 + SERVER.splitlines().index(next(line for line in SERVER.splitlines() if "shell=True" in line))
    assert (shell["places"][0]["path"], shell["places"][0]["line"]) == ("server.py", line)
    assert shell["subject"] == "tool:check_host"
    assert len(shell["trail"]) > 1
    assert found["source/lower-bound-allows-advisory"]["subject"] == "package:mcp"
    assert report["source"]["sdks"][0]["name"] == "mcp"
    assert report["source"]["transports"] == ["stdio"]
    assert f"server.py:{line}" in text


def test_a_clean_tree_passes_and_says_what_looked_at_it(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text('"""Nothing."""\n', encoding="utf-8")
    code, report, text = mcp_audit(tmp_path, "source", ".", "--strict", "--fail-on", "low")
    assert (code, report["findings"]) == (0, []), text
    engines = {row["engine"] for row in report["source"]["matrix"]}
    assert {"rules", "bandit", "mypy"} <= engines
    assert report["scores"]["overall"]["score"] == 100


def test_an_accepted_finding_is_none(tree: Path) -> None:
    text = SERVER.replace("timeout=5)", "timeout=5)  # mcp-audit: ignore[source/shell-command-from-argument] a test")
    (tree / "server.py").write_text(text, encoding="utf-8")
    _, report, _ = mcp_audit(tree, "source", ".", "--only", "source/shell-*")
    assert report["findings"] == []


def test_no_directory_is_no_audit(tmp_path: Path) -> None:
    code, _, text = mcp_audit(tmp_path, "source", "nowhere")
    assert code == 3
    assert "nowhere is not a directory" in text


def test_a_running_server_and_its_source_speak_of_one_weakness(tree: Path) -> None:
    words = ("--source", ".", "--only", "injection/runs-shell-commands", "--only", "source/*", "--call", "all")
    code, report, text = mcp_audit(tree, "run", *words, "--no-color", "--", sys.executable, "server.py")
    assert code == 1, text
    (proved,) = [finding for finding in report["findings"] if finding["check"] == "injection/runs-shell-commands"]
    assert proved["evidence"]
    assert proved["places"][0]["path"] == "server.py"
    assert proved["rules"] == ["source/shell-command-from-argument"]
    assert "source/shell-command-from-argument" not in {finding["check"] for finding in report["findings"]}
