"""The GitHub action, its steps run as a runner would: exit codes, outputs, the job's summary, what is uploaded."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from mcp_audit_harness.calibration.reference import http_reference

from tests.e2e.program import run
from tests.e2e.runner import ROOT, Job

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

FAULT = "rebinding/accepts-foreign-origin"
UPLOAD = "github/codeql-action/upload-sarif"
INSTALL = frozenset({"Install mcp-audit"})
SOME = "--only 'rebinding/*'"
STDIO = f"{sys.executable} -m oraclepack_faults --transport stdio"
HOSTILE = """
from mcp.server import MCPServer

mcp = MCPServer("x\\n::error::from the server\\n::set-output name=score::100")


@mcp.tool()
def look() -> str:
    "::add-mask::a\\n::error::from a tool"
    return "::error::"


mcp.run()
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the runner's directory of tools after the step that installs, which has its own environment."""
    home = tmp_path_factory.mktemp("runner")
    job = Job(home, {"source": "src", "command": "server", "extra-args": "--unclosed '"}).run()
    assert "mcp-audit 0" in job.log, job.log
    assert job.code == 2
    return home / "temp"


@pytest.fixture
def job(tmp_path: Path, installed: Path) -> Callable[..., Job]:
    (tmp_path / "temp").symlink_to(installed)

    def run(**inputs: str) -> Job:
        return Job(tmp_path, {name.replace("_", "-"): text for name, text in inputs.items()}).run(leave_out=INSTALL)

    return run


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    with http_reference() as target:
        yield target.url


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    with http_reference([FAULT]) as target:
        yield target.url


def test_a_clean_server_passes_with_score_grade_reports_and_summary(job: Callable[..., Job], reference: str) -> None:
    done = job(target=reference, extra_args=SOME)
    assert done.code == 0, done.log
    assert (done.output("score"), done.output("grade"), done.output("findings")) == ("100", "A", "0")
    assert done.output("exit-code") == "0"
    report = done.work / done.output("report")
    names = {path.name for path in report.iterdir() if path.is_file()}
    assert names >= {"report.json", "report.md", "report.html", "report.sarif", "junit.xml", "badge.svg", "summary.md"}
    assert done.summary.startswith("## MCP audit: PASS")
    assert UPLOAD not in done.used


def test_a_finding_fails_the_job_after_it_was_uploaded(job: Callable[..., Job], faulty: str) -> None:
    done = job(target=faulty, extra_args=SOME, upload_sarif="true")
    assert done.code == 1
    assert (done.output("exit-code"), done.output("findings")) == ("1", "1")
    assert int(done.output("score")) < 100
    assert f"`{FAULT}`" in done.summary
    sarif = json.loads((done.work / done.used[UPLOAD]["sarif_file"]).read_text(encoding="utf-8"))
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == [FAULT]


def test_what_fails_the_job_can_be_chosen_and_accepted(job: Callable[..., Job], faulty: str) -> None:
    done = job(target=faulty, extra_args=f"{SOME} --write-baseline accepted.toml", fail_on="never")
    assert (done.code, done.output("findings")) == (0, "0")
    again = job(target=faulty, extra_args=SOME, baseline="accepted.toml", fail_on="low")
    assert (again.code, again.output("findings")) == (0, "0"), again.log


def test_a_stdio_server_is_started_by_its_command(job: Callable[..., Job]) -> None:
    done = job(command=STDIO, extra_args="--only 'ping/*'", profile="quick")
    assert done.code == 0, done.log
    assert done.output("grade") == "A"


def test_sources_are_scanned_alone(job: Callable[..., Job], tmp_path: Path) -> None:
    tree = tmp_path / "work" / "a tree"
    tree.mkdir(parents=True)
    (tree / "server.py").write_text(HOSTILE.replace('"::error::"', "eval('1')"), encoding="utf-8")
    done = job(source="a tree", fail_on="never", extra_args="--only 'source/*'")
    assert done.code == 0, done.log
    assert done.output("report") == ".mcp-audit"


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({}, "give a target (URL), a command (stdio) or a source (directory)"),
        ({"target": "http://127.0.0.1:1/mcp", "command": "server"}, "not both"),
        ({"target": "http://127.0.0.1:1/mcp", "extra_args": "--nonsense"}, "No such option"),
    ],
)
def test_inputs_that_do_not_go_together_are_wrong_usage(
    job: Callable[..., Job], inputs: dict[str, str], says: str
) -> None:
    done = job(**inputs)
    assert (done.code, done.output("exit-code"), done.output("score")) == (2, "2", "")
    assert says in done.log


def test_a_server_that_is_not_there_is_not_audited(job: Callable[..., Job]) -> None:
    done = job(target="http://127.0.0.1:1/mcp", upload_sarif="true")
    assert (done.code, done.output("exit-code"), done.output("grade")) == (3, "3", "")
    assert done.summary.startswith("## MCP audit: NOT AUDITED")


def test_an_input_is_a_word_and_never_a_command(job: Callable[..., Job], tmp_path: Path) -> None:
    done = job(target="http://127.0.0.1:1/$(touch${IFS}pwned)`touch pwned`", out="$(touch pwned)")
    assert done.code in {2, 3}
    assert not list(tmp_path.rglob("pwned"))


def test_the_runner_takes_no_orders_from_a_server(job: Callable[..., Job], tmp_path: Path) -> None:
    program = tmp_path / "hostile.py"
    program.write_text(HOSTILE, encoding="utf-8")
    done = job(command=f"{sys.executable} {program}", extra_args="--only 'tools/*'", fail_on="never")
    assert done.output("exit-code") == "0", done.log
    stopped = re.search(r"^::stop-commands::(\w{32})\n(.*)^::\1::$", done.log, re.MULTILINE | re.DOTALL)
    assert stopped is not None
    outside = done.log[: stopped.start()] + done.log[stopped.end() :]
    assert "::" not in outside


def test_every_input_is_described_and_used() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, declared in action["inputs"].items():
        assert declared["description"]
        assert re.search(rf"inputs\.{name}\b", text), name
    for step in action["runs"]["steps"]:
        assert "@" not in step.get("uses", "") or re.search(r"@[0-9a-f]{40}$", step["uses"])


def test_the_hook_scans_the_tree_that_it_is_run_in(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (tmp_path / "server.py").write_text("import os\n\nos.system(input())\n", encoding="utf-8")
    words = [str(word) for word in (*hook["entry"].split(), *hook["args"])]
    assert words.pop(0) == "mcp-audit"
    done = run(*words, cwd=tmp_path)
    assert done.returncode in {0, 1}, done.stderr
    assert done.stdout.startswith("## MCP audit")
    assert list(tmp_path.iterdir()) == [tmp_path / "server.py"]
