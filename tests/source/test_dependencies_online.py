"""What registries are asked over the network, with programs that stand in for pip-audit and npm."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_harness.model import Severity
from mcp_audit_harness.source.dependencies import online
from mcp_audit_harness.source.looked import Looked
from mcp_audit_harness.source.tree import read_tree

LOCK = """\
[[package]]
name = "mcp"
version = "1.9.2"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "idna"
version = "3.6"
source = { registry = "https://pypi.org/simple" }
"""
VULNERABLE = {
    "dependencies": [
        {"name": "mcp", "version": "1.9.2", "vulns": []},
        {
            "name": "idna",
            "version": "3.6",
            "vulns": [{"id": "PYSEC-2024-60", "fix_versions": ["3.7"], "aliases": ["CVE-2024-3651"]}],
        },
    ],
    "fixes": [],
}


class PipAudit:
    """Stands in for the program: notes what it is asked, answers what it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str = "", code: int = 1) -> None:
        self.command: Sequence[str] = ()
        self.listed = ""
        self.environment: dict[str, str] = {}
        self._answer = stdout, stderr, code
        monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
        monkeypatch.setattr("subprocess.run", self._run)

    def _run(self, command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[bytes]":
        self.command, self.environment = command, options["env"]
        self.listed = (options["cwd"] / "requirements.txt").read_text()
        stdout, stderr, code = self._answer
        return subprocess.CompletedProcess(command, code, stdout.encode(), stderr.encode())


def asked(tmp_path: Path, files: dict[str, str]) -> Looked:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return online.audit_online(read_tree(tmp_path))


def test_what_pip_audit_knows_is_a_finding_at_the_line_of_the_lock_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = PipAudit(monkeypatch, json.dumps(VULNERABLE))
    looked = asked(tmp_path, {"uv.lock": LOCK})
    assert [(str(found.place), found.rule, found.subject) for found in looked.findings] == [
        ("uv.lock:8", "pip-audit/vulnerable-version", "package:idna")
    ]
    assert looked.findings[0].message == "idna 3.6 is affected by PYSEC-2024-60 (fixed in 3.7)"
    assert looked.unrun == ()
    assert program.command[:4] == [sys.executable, "-P", "-m", "pip_audit"]
    assert {"--no-deps", "--disable-pip"} <= {*program.command}
    assert program.listed.split() == ["idna==3.6", "mcp==1.9.2"]


def test_without_a_lock_file_pip_resolves_what_is_asked_for_and_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = PipAudit(monkeypatch, json.dumps(VULNERABLE))
    manifest = '[tool.poetry.dependencies]\npython = "^3.11"\nmcp = "^1.2"\nmine = { git = "https://example.org/x" }\n'
    looked = asked(tmp_path, {"pyproject.toml": manifest})
    assert program.listed.split() == ["mcp<2,>=1.2"]
    assert "--disable-pip" not in program.command
    assert program.environment["PIP_ONLY_BINARY"] == ":all:"
    assert [str(found.place) for found in looked.findings] == ["pyproject.toml:3"]


def test_no_secret_of_the_environment_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "invented")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    program = PipAudit(monkeypatch, json.dumps(VULNERABLE))
    asked(tmp_path, {"uv.lock": LOCK})
    assert "SOME_TOKEN" not in program.environment
    assert program.environment["HTTPS_PROXY"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("stdout", "stderr", "why"),
    [
        ("", "Traceback\nConnectionError: no route", "it ended with code 1 and no answer: ConnectionError: no route"),
        ("[" * 100_000, "", "it ended with code 1 and no answer: no reason was given"),
        ("7", "", "0 of 0 packages were not looked up: it named no package"),
        (
            json.dumps({"dependencies": [{"name": "mcp", "skip_reason": "not found"}]}),
            "",
            "1 of 1 packages were not looked up: not found",
        ),
    ],
)
def test_an_answer_that_says_nothing_is_no_clean_bill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stdout: str, stderr: str, why: str
) -> None:
    PipAudit(monkeypatch, stdout, stderr)
    looked = asked(tmp_path, {"uv.lock": LOCK})
    assert (looked.rules, looked.findings) == ((), ())
    assert [(item.what, item.why) for item in looked.unrun] == [("pip-audit", why)]


def test_a_program_that_does_not_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(command: Sequence[str], **options: Any) -> None:
        raise subprocess.TimeoutExpired(command, 180)

    PipAudit(monkeypatch, "")
    monkeypatch.setattr("subprocess.run", hangs)
    assert [item.why for item in asked(tmp_path, {"uv.lock": LOCK}).unrun] == ["it was not done after 180 s"]


def test_without_pip_audit_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert [item.why for item in asked(tmp_path, {"uv.lock": LOCK}).unrun] == [
        "it is not installed: pip install pip-audit"
    ]


def test_a_tree_without_dependencies_asks_nobody(tmp_path: Path) -> None:
    assert asked(tmp_path, {"main.py": "print(1)\n"}) == Looked()


NPM_LOCK = """\
{
  "lockfileVersion": 3,
  "packages": {
    "node_modules/@modelcontextprotocol/sdk": { "version": "1.20.1" },
    "node_modules/express": { "version": "5.0.0" }
  }
}
"""
NPM_SAYS = {
    "vulnerabilities": {
        "@modelcontextprotocol/sdk": {
            "severity": "high",
            "via": [{"url": "https://github.com/advisories/GHSA-8r9q-7v3j-jr4g", "range": "<1.25.2"}],
        },
        "express": {"severity": "moderate", "via": ["body-parser"]},
    }
}


def npm_that_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: object) -> Path:
    """Put an npm into the path that notes its arguments and the files that it finds."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "npm"
    notes = tmp_path / "notes.json"
    program.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"json.dump([sys.argv[1:], sorted(os.listdir('.'))], open({str(notes)!r}, 'w'))\n"
        f"print({json.dumps(answer)!r})\nsys.exit(1)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder) + os.pathsep + os.environ["PATH"])
    return notes


@pytest.mark.skipif(os.name == "nt", reason="the program that stands in for npm is a script with a #! line")
def test_npm_audit_gets_the_lock_file_alone_and_its_findings_are_at_its_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = npm_that_says(tmp_path, monkeypatch, NPM_SAYS)
    tree = tmp_path / "tree"
    tree.mkdir()
    looked = asked(tree, {"package-lock.json": NPM_LOCK, ".npmrc": "registry=https://hostile.example\n"})
    assert [(str(found.place), found.severity, found.message) for found in looked.findings] == [
        (
            "package-lock.json:4",
            Severity.HIGH,
            "@modelcontextprotocol/sdk is affected by"
            " https://github.com/advisories/GHSA-8r9q-7v3j-jr4g (affects <1.25.2)",
        )
    ]
    arguments, files = json.loads(notes.read_text())
    assert {"--package-lock-only", "--ignore-scripts"} <= {*arguments}
    assert files == ["package-lock.json", "package.json"]


@pytest.mark.skipif(os.name == "nt", reason="the program that stands in for npm is a script with a #! line")
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"message": "request to https://registry.npmjs.org/ failed", "error": {"summary": ""}}, "request to"),
        ({"error": {"code": "ENOLOCK", "summary": "This command requires a lockfile"}}, "This command requires"),
        ([], "it gave no answer"),
    ],
)
def test_an_npm_that_cannot_ask_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: object, why: str
) -> None:
    npm_that_says(tmp_path, monkeypatch, answer)
    tree = tmp_path / "tree"
    tree.mkdir()
    looked = asked(tree, {"package-lock.json": NPM_LOCK})
    assert (looked.rules, looked.findings) == ((), ())
    assert looked.unrun[0].what == "npm audit of package-lock.json"
    assert looked.unrun[0].why.startswith(why)


def test_npm_is_not_asked_without_a_lock_file(tmp_path: Path) -> None:
    looked = asked(tmp_path, {"package.json": '{"dependencies": {"express": "^5"}}'})
    assert [item.what for item in looked.unrun] == ["npm audit"]


def test_without_npm_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    looked = asked(tmp_path, {"package-lock.json": NPM_LOCK})
    assert [item.why for item in looked.unrun] == ["npm is not installed"]
