"""Completion in shells: the scripts, and the words that they are given."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mcp_audit_harness.cli import COMMANDS
from mcp_audit_harness.cli.app import app, execute
from mcp_audit_harness.cli.completion import answer
from typer.main import get_group


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["completion", shell]) == 0
    assert f"_MCP_AUDIT_COMPLETE=complete_{shell}" in capsys.readouterr().out


def test_an_unknown_shell_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["completion", "csh"]) == 2
    assert "bash, zsh, fish" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        (["mcp-audit", "do"], {"doctor"}),
        (["mcp-audit", "--pro"], {"--profile"}),
        (["mcp-audit", "http://127.0.0.1/mcp", "--fail-on", ""], {"critical", "high", "medium", "low", "never"}),
        (["mcp-audit", "run", "--bas"], {"--baseline"}),
        (["mcp-audit", "diff", "--no-c"], {"--no-color"}),
        (["mcp-audit", "http"], set()),
        (["mcp-audit", ""], set(COMMANDS)),
    ],
)
def test_bash_is_given_the_words_that_fit(
    typed: list[str], fits: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_MCP_AUDIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "\n".join(typed))
    monkeypatch.setenv("COMP_CWORD", str(len(typed) - 1))
    assert answer() == 0
    assert set(capsys.readouterr().out.split()) == fits


def test_other_shells_give_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_MCP_AUDIT_COMPLETE", "complete_zsh")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "mcp-audit http://127.0.0.1/mcp --prof")
    assert answer() == 0
    assert '"--profile"' in capsys.readouterr().out


def test_every_command_is_known_to_the_one_who_makes_run_explicit() -> None:
    assert set(get_group(app).commands) == set(COMMANDS)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_itself_completes(tmp_path: Path) -> None:
    program = tmp_path / "mcp-audit"
    program.write_text(f"#!{sys.executable}\nfrom mcp_audit_harness.cli import main\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    script = f"""
        PATH={tmp_path}:$PATH
        source <(mcp-audit completion bash)
        complete -p mcp-audit
        COMP_WORDS=(mcp-audit --prof) COMP_CWORD=1
        _mcp_audit_completion mcp-audit
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True, timeout=100)
    assert done.stdout.splitlines()[-1] == "--profile"
