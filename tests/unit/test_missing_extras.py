"""A command whose extra is not installed says so in one sentence, with the command that installs it."""

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from mcp_audit_harness.cli.app import execute

URL = "http://127.0.0.1:1/mcp"


@pytest.mark.parametrize(
    ("words", "missing", "extra"),
    [
        (["fuzz", URL], "hypothesis", "fuzz"),
        (["fuzz", URL], "schemathesis", "fuzz"),
        (["load", URL], "locust", "load"),
        (["load", URL], "hdrh", "load"),
        (["source", "."], "bandit", "source"),
        (["source", "."], "tree_sitter", "source"),
        ([URL, "--source", "."], "yaml", "source"),
        (["demo"], "mcp", "server"),
        (["serve-reference"], "uvicorn", "server"),
        (["calibrate"], "mcp", "server"),
        (["issuer"], "jwt", "server"),
    ],
)
def test_the_sentence_names_the_command(
    words: list[str],
    missing: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    real = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == missing else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    monkeypatch.chdir(tmp_path)
    assert execute(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith("mcp-audit: error: ")
    assert told.err.rstrip().endswith(f"pip install 'mcp-audit[{extra}]'")
