"""The examples of docs/ci: they parse, the guide shows them as they are, and what they run does what it says."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import parse

import pytest
import yaml
from mcp_audit_harness.calibration.tokens import free_port

from tests.e2e.program import IN_A_SHELL, set_up_desk
from tests.e2e.runner import ROOT

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "docs" / "ci"
FAULT = "--fault rebinding/accepts-foreign-origin"
PROGRAMS = {
    "mcp-audit": IN_A_SHELL,
    "my-server": "-m oraclepack_faults --transport streamable-http $FAULT",
    "python": "",
}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a directory with a stdio server, the programs that the examples call, and few checks to run."""
    work = set_up_desk(tmp_path, PROGRAMS)
    (work / "mcp-audit.toml").write_text('only = ["ping/*", "rebinding/*"]\n', encoding="utf-8")
    return work


def run(script: str, desk: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        **os.environ,
        "FAULT": "",
        **variables,
        "PATH": f"{desk.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        ["sh", "-c", script], cwd=desk, env=environment, capture_output=True, text=True, timeout=110, check=False
    )


def document(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", sorted(path for path in EXAMPLES.iterdir() if path.is_file()), ids=lambda path: path.name
)
def test_the_guide_shows_the_example_as_it_is(path: Path) -> None:
    blocks = re.findall(
        r"^```\w+\n(.*?)^```", (ROOT / "docs" / "ci.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert path.read_text(encoding="utf-8") in blocks


@pytest.mark.parametrize("name", ["github.yml", "github-reusable.yml"])
def test_a_workflow_gives_the_action_inputs_that_it_has_and_reads_outputs_that_it_has(name: str) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (job,) = document(name)["jobs"].values()
    (step,) = [step for step in job["steps"] if "mcp-audit@" in step.get("uses", "")]
    assert step["with"].keys() <= action["inputs"].keys()
    outputs = re.findall(r"steps\.audit\.outputs\.([\w-]+)", (EXAMPLES / name).read_text(encoding="utf-8"))
    assert outputs
    assert set(outputs) <= action["outputs"].keys()


def test_every_input_and_output_of_the_action_is_in_the_guide() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    guide = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert [name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in guide] == []


def test_the_job_of_gitlab_audits_and_leaves_the_reports_that_it_names(desk: Path) -> None:
    job = document("gitlab.yml")["mcp-audit"]
    done = run("\n".join(["set -e", *job["script"]]), desk, **job["variables"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert parse(desk / job["artifacts"]["reports"]["junit"]).getroot().get("failures") == "0"  # noqa: S314 - ours
    assert (desk / job["artifacts"]["paths"][0] / "report.html").is_file()


@pytest.mark.parametrize(("fault", "code"), [("", 0), (FAULT, 1)])
def test_the_script_starts_the_server_and_ends_with_the_code_of_the_audit(fault: str, code: int, desk: Path) -> None:
    port = str(free_port())
    (desk / "gate.sh").write_bytes((EXAMPLES / "gate.sh").read_bytes())
    done = run("sh gate.sh", desk, PORT=port, FAULT=fault)
    assert done.returncode == code, done.stdout + done.stderr
    failures = parse(desk / "audit-report" / "junit.xml").getroot().get("failures")  # noqa: S314 - ours
    assert (failures == "0") is (code == 0)
    gone = run(f"mcp-audit http://127.0.0.1:{port}/mcp --out -", desk)
    assert gone.returncode == 3, "the server was not stopped"


def test_the_session_of_nox_audits_with_what_it_installed(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nox", SimpleNamespace(session=lambda function: function, Session=object))
    audit = runpy.run_path(str(EXAMPLES / "noxfile.py"))["audit"]
    installed: list[str] = []
    ran: list[tuple[str, ...]] = []
    audit(
        SimpleNamespace(
            posargs=["--quiet"], install=lambda *words: installed.extend(words), run=lambda *words: ran.append(words)
        )
    )
    assert installed == [".", "mcp-audit"]
    (words,) = ran
    assert run(" ".join(words), desk).returncode == 0


def test_the_hook_of_the_example_exists() -> None:
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    (repository,) = document("pre-commit-config.yaml")["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= hooks
