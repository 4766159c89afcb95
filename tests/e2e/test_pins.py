"""Pin, change, audit: the command line finds what is no longer as it was reviewed."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_harness.calibration.reference import PROGRAM

from tests.benches import served
from tests.e2e.program import run

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def findings(done: subprocess.CompletedProcess[str]) -> list[tuple[Any, Any]]:
    return [(finding["check"], finding["subject"]) for finding in json.loads(done.stdout)["findings"]]


def audit(directory: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run(url, "--only", "pins/*", "--format", "json", "--out", "-", "-q", *words, cwd=directory)


def test_what_changes_after_it_was_pinned_is_found(tmp_path: Path) -> None:
    with served() as target:
        assert run("pin", target.url, cwd=tmp_path).returncode == 0
        again = run("pin", target.url, cwd=tmp_path)
        assert "nothing has changed" in again.stderr
        unchanged = audit(tmp_path, target.url, "--pins", "mcp-audit.lock", "--strict")
        assert (unchanged.returncode, findings(unchanged)) == (0, [])
    with served(["pins/definition-changed", "pins/definition-added"]) as target:
        drifted = audit(tmp_path, target.url, "--pins", "mcp-audit.lock")
        assert drifted.returncode == 1
        assert findings(drifted) == [
            ("pins/definition-changed", "prompt:oraclepack_review_run"),
            ("pins/definition-added", "prompt:oraclepack_added_since"),
        ]
        assert "It sends a copy." in drifted.stdout
        unpinned = audit(tmp_path, target.url)
        assert findings(unpinned) == []
        assert "--pins FILE" in unpinned.stdout


def test_a_stdio_server_can_be_pinned_and_the_lock_set_in_the_settings(tmp_path: Path) -> None:
    command = [*PROGRAM, "--transport", "stdio"]
    words = ("--timeout", "30", "--out", "own.lock", "--revision", "2025-11-25")
    pinned = run("pin", *words, "--", *command, cwd=tmp_path)
    assert pinned.returncode == 0, pinned.stderr
    (tmp_path / "mcp-audit.toml").write_text('pins = "own.lock"\nonly = ["pins/*"]\n', encoding="utf-8")
    audited = ("--format", "json", "--out", "-", "-q", "--revision", "2025-11-25", "--timeout", "30")
    changed = run(*audited, "--", *command, "--fault", "pins/definition-removed", cwd=tmp_path)
    assert changed.returncode == 0, changed.stderr
    assert [check for check, _ in findings(changed)] == ["pins/definition-removed"]


def test_an_edited_lock_is_a_mistake_of_usage(tmp_path: Path) -> None:
    (tmp_path / "a.lock").write_text("{}", encoding="utf-8")
    done = audit(tmp_path, "http://127.0.0.1:1/mcp", "--pins", "a.lock")
    assert done.returncode == 2
    assert "no lock" in done.stderr
