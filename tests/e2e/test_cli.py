"""The command line as other programs meet it: exit codes, one-line errors, files."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest
from mcp_audit_harness.calibration.reference import http_reference

from tests.e2e.program import PROGRAM, run

pytestmark = pytest.mark.e2e

SCHEMA = Path(__file__).parents[2] / "reports" / "schema" / "report-v1.schema.json"


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    with http_reference() as target:
        yield target.url


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--nonsense",), "No such option"),
        (("run",), "no target"),
        (("ftp://127.0.0.1/mcp",), "http:// or https://"),
        (("http://",), "is not the URL of a server"),
        (("http://127.0.0.1:99999/mcp",), "is not a URL"),
        (("http://127.0.0.1:80/a b",), "white space"),
        (("server.py",), "goes after --"),
        (("http://127.0.0.1/mcp", "--", "server"), "two targets"),
        (("http://127.0.0.1/mcp", "--format", "pdf"), "no format 'pdf'"),
        (("http://127.0.0.1/mcp", "--revision", "2020-01-01"), "not a revision"),
        (("http://127.0.0.1/mcp", "--header", "no colon"), "looks like 'Name: value'"),
        (("http://127.0.0.1/mcp", "--header", "X: a\r\nY: b"), "line break"),
        (("http://127.0.0.1/mcp", "--bearer-env", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE is not set"),
        (("http://127.0.0.1/mcp", "--timeout", "soon"), "--timeout"),
        (("http://127.0.0.1/mcp", "--call", "some"), "--call takes"),
        (("http://127.0.0.1/mcp", "--exposure", "orbit"), "--exposure takes"),
        (("http://127.0.0.1/mcp", "--out", "/proc/nowhere"), "cannot write"),
        (("http://127.0.0.1/mcp", "--baseline", "gone.toml"), "there is no gone.toml; write one with --write-baseline"),
        (("judge", "/no/such/file"), "cannot read"),
        (("judge", str(SCHEMA)), "not a saved run"),
        (("explain", "lifecycle/echoes-unknown-versions"), "did you mean lifecycle/echoes-unknown-version"),
        (("list", "--format", "xml"), "console or json"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_the_version_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys; from mcp_audit_harness.cli import main\ntry: main(['--version'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "mcp-audit" in loaded
    assert not loaded & {"typer", "rich", "httpx2", "anyio", "jsonschema_rs", "mcp", "pydantic"}


def test_a_closed_port_gives_exit_3_and_an_empty_report(tmp_path: Path) -> None:
    done = run("http://127.0.0.1:1/mcp", cwd=tmp_path)
    report = json.loads((tmp_path / ".mcp-audit" / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == 3
    assert "nothing answers at 127.0.0.1:1" in done.stderr
    assert report["results"] == []
    assert report["complete"] is False


def test_a_command_that_does_not_exist_gives_exit_3(tmp_path: Path) -> None:
    done = run("--quiet", "--", "no-such-program-anywhere", "--flag", cwd=tmp_path)
    assert done.returncode == 3
    assert "no-such-program-anywhere is not found" in done.stderr


def test_a_clean_server_gives_exit_0_and_reports_that_fit_their_schema(reference: str, tmp_path: Path) -> None:
    done = run(reference, "--out", "reports", cwd=tmp_path)
    report = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("PASS  no findings")
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(report)
    assert (tmp_path / "reports" / "report.md").read_text(encoding="utf-8").startswith("# ")


def test_json_alone_goes_to_standard_output(reference: str, tmp_path: Path) -> None:
    done = run(reference, "--format", "json", "--out", "-", "--only", "ping", cwd=tmp_path)
    assert {result["area"] for result in json.loads(done.stdout)["results"]} == {"ping"}
    assert list(tmp_path.iterdir()) == []


def test_a_saved_run_is_judged_again_without_its_target(reference: str, tmp_path: Path) -> None:
    first = run(reference, "--out", "first", "--quiet", "--only", "tools", cwd=tmp_path)
    again = run("judge", "first/run.json", "--out", "second", "--only", "tools", cwd=tmp_path)
    assert (first.returncode, again.returncode) == (0, 0)
    reports = [
        json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8")) for name in ("first", "second")
    ]
    assert reports[0] == reports[1]


def test_a_dry_run_prints_the_plan_and_runs_no_scenario(reference: str, tmp_path: Path) -> None:
    done = run(reference, "--dry-run", "--only", "rebinding", "--only", "ping", cwd=tmp_path)
    assert done.returncode == 0
    assert "ping/" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_findings_decide_the_exit_code_by_their_severity(tmp_path: Path) -> None:
    with http_reference(["lifecycle/echoes-unknown-version"]) as target:
        words = (target.url, "--quiet", "--only", "lifecycle", "--revision", "2025-11-25")
        codes = [run(*words, "--fail-on", level, cwd=tmp_path).returncode for level in ("low", "critical", "never")]
    assert codes == [1, 0, 0]


def test_secrets_are_in_no_output(reference: str, tmp_path: Path) -> None:
    secret = "s3cr3t-t0ken-value"
    words = (reference, "--bearer-env", "TOKEN", "--header-env", "X-Key=KEY", "--only", "jsonrpc")
    done = run(*words, cwd=tmp_path, TOKEN=secret, KEY=f"key-{secret}")
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / ".mcp-audit").iterdir())
    assert done.returncode == 0, done.stderr
    assert secret not in written + done.stdout + done.stderr
    assert "[redacted]" in written


def test_an_interrupt_leaves_a_partial_report_that_says_so(tmp_path: Path) -> None:
    silent = "import pathlib, sys, time\nsys.stdin.readline()\npathlib.Path('asked').touch()\ntime.sleep(600)\n"
    server = Path(tmp_path / "slow.py")
    server.write_text(silent, encoding="utf-8")
    command = [*PROGRAM, "--out", "out", "--timeout", "60", "--", sys.executable, str(server)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        while not (tmp_path / "asked").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert process.returncode == 130
    assert report["complete"] is False
    assert b"interrupted" in stderr


def test_coverage_counts_duties_per_revision(tmp_path: Path) -> None:
    done = run("list", "--coverage", "--format", "json", cwd=tmp_path)
    coverage = json.loads(done.stdout)["coverage"]
    assert sorted(coverage) == ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"]
    by_observer = json.loads(done.stdout)["by_observer"]
    for revision, figures in coverage.items():
        assert 0 < figures["checked"] <= figures["requirements"]
        assert sum(counts["duties"] for counts in by_observer[revision].values()) == figures["requirements"]
        for counts in by_observer[revision].values():
            assert counts["duties"] == counts["checked"] + counts["by_feature"] + counts["excluded"]


def test_settings_come_from_a_file_and_the_command_line_wins(reference: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.mcp-audit]\nonly = ["ping"]\nformat = "json"\nout = "-"\n', "utf-8")
    areas = [
        {result["area"] for result in json.loads(run(reference, *words, cwd=tmp_path).stdout)["results"]}
        for words in ((), ("--only", "tools"))
    ]
    assert areas == [{"ping"}, {"tools"}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour = true", "there is no option colour"),
        ("only = [", "cannot read mcp-audit.toml"),
        ("only = 7", "only has to be a list"),
    ],
)
def test_settings_that_cannot_be_followed_are_wrong_usage(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "mcp-audit.toml").write_text(text, encoding="utf-8")
    done = run("http://127.0.0.1:1/mcp", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
