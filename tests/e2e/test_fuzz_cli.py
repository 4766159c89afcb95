"""Fuzzing from the command line: what it finds, remembers, and writes for others."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from mcp_audit_harness.calibration.reference import http_reference

from tests import breakable_server
from tests.e2e import program

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(400),
    pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="needs bash and curl"),
]

FAULT = "fuzz/message-server-error"
NEWEST = ("--revision", "2025-11-25", "--only", "message-*")


run = partial(program.run, timeout_s=300)


def replayed(path: Path, url: str) -> "subprocess.CompletedProcess[str]":
    """Run the emitted tests against a server."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(path.parent), str(path)]
    environment = {**os.environ, "PYTHONPATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MCP_URL": url}
    return subprocess.run(
        command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def broken() -> Iterator[str]:
    with http_reference([FAULT]) as target:
        yield target.url


@pytest.fixture(scope="module")
def clean() -> Iterator[str]:
    with http_reference() as target:
        yield target.url


def test_a_failure_is_found_written_as_a_test_and_played_first_next_time(
    broken: str, clean: str, tmp_path: Path
) -> None:
    tests = tmp_path / "test_found.py"
    words = ("fuzz", broken, *NEWEST, "--call", "none", "--fail-on", "low")
    first = run(*words, "--cases", "400", "--seed", "1", "--emit-test", str(tests), cwd=tmp_path)
    assert first.returncode == 1, first.stderr
    assert first.stderr.startswith("mcp-audit: seed 1\n")
    assert f"{tests}: 1 tests" in first.stderr
    assert "cases (" in first.stderr
    report = json.loads((tmp_path / ".mcp-audit" / "report.json").read_text(encoding="utf-8"))
    (failure,) = report["fuzz"]["failures"]
    assert (failure["check"], failure["finding"], failure["reproduced"]) == (FAULT, "F001", True)
    assert report["fuzz"]["seed"] == 1
    assert report["matrix"] == []
    assert "seed 1" in first.stdout
    assert "reproduce" in first.stdout

    pasted = subprocess.run(
        ["bash", "-c", failure["reproduce"]], capture_output=True, text=True, timeout=30, check=False
    )
    assert pasted.stdout.startswith("HTTP/1.1 500")
    assert failure["reproduce"] == report["findings"][0]["reproduce"]

    assert "1 failed" in replayed(tests, broken).stdout
    assert "1 passed" in replayed(tests, clean).stdout

    again = run(*words, "--cases", "5", "--seed", "77", cwd=tmp_path)
    assert again.returncode == 1, again.stderr
    elsewhere = run(*words, "--cases", "5", "--seed", "77", "--database", "elsewhere", cwd=tmp_path)
    assert elsewhere.returncode == 0, elsewhere.stdout
    assert {path.name for path in tmp_path.iterdir()} <= {".mcp-audit", "elsewhere", "test_found.py", "__pycache__"}


def test_a_sound_server_gives_no_test(clean: str, tmp_path: Path) -> None:
    done = run("fuzz", clean, *NEWEST, "--call", "none", "--cases", "40", "--emit-test", "t.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "nothing failed: t.py is not written" in done.stderr
    assert not (tmp_path / "t.py").exists()


def test_the_deep_profile_generates_requests_and_the_others_say_that_they_do_not(clean: str, tmp_path: Path) -> None:
    words = (clean, "--revision", "2025-11-25", "--only", "fuzz/message-*", "--only", "ping", "-q")
    assert run(*words, "--profile", "deep", cwd=tmp_path).returncode == 0
    deep = json.loads((tmp_path / ".mcp-audit" / "report.json").read_text(encoding="utf-8"))
    assert deep["fuzz"]["cases"] >= 1000
    assert run(*words, cwd=tmp_path).returncode == 0
    standard = json.loads((tmp_path / ".mcp-audit" / "report.json").read_text(encoding="utf-8"))
    assert "fuzz" not in standard
    skipped = [item for item in standard["unobserved"] if "generates its requests" in item["reason"]]
    assert [item["grant"] for item in skipped] == ["--profile deep"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("fuzz",), "no target"),
        (("fuzz", "http://127.0.0.1/mcp", "--cases", "0"), "--cases"),
        (("fuzz", "http://127.0.0.1/mcp", "--emit-test", "no/such/directory/t.py"), "--emit-test takes a file"),
        (("openapi",), "no target"),
        (("openapi", "http://127.0.0.1:1/mcp"), "nothing answers"),
    ],
)
def test_wrong_words_are_told_in_one_line(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = run(*words, cwd=tmp_path)
    assert done.returncode in {2, 3}
    assert says in done.stderr.splitlines()[-1]


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfound = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'schemathesis' else found(name, *rest)\n",
        encoding="utf-8",
    )
    done = run("fuzz", "http://127.0.0.1/mcp", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "mcp-audit: error: fuzzing needs the extra: pip install 'mcp-audit[fuzz]'\n"


def test_an_offer_becomes_an_openapi_document(clean: str, tmp_path: Path) -> None:
    shown = run("openapi", clean, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert document["openapi"] == "3.1.0"
    assert "/mcp#tool/oraclepack_list_packs" in document["paths"]
    written = run("openapi", clean, "--call", "all", "--out", "o.json", cwd=tmp_path)
    assert written.stderr.startswith(
        f"o.json: {len(json.loads((tmp_path / 'o.json').read_text())['paths'])} operations"
    )


def test_a_stdio_server_has_a_document_too(tmp_path: Path) -> None:
    done = run("openapi", "--", sys.executable, breakable_server.__file__, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["paths"] == {}
