"""`mcp-audit doctor`: what it finds, what it advises, and when it says that no audit can run."""

import importlib.metadata
import json
import socket
import subprocess
import sys
from typing import Any, NoReturn

import pytest
from mcp_audit_harness.cli.app import execute
from mcp_audit_harness.cli.doctor import examined

EXTRAS = {"fuzz": "hypothesis", "load": "locust", "source": "bandit", "server": "uvicorn", "redis": "redis"}


def lines() -> dict[str, dict[str, str]]:
    return {line.name: {"state": line.state, "found": line.found, "advice": line.advice} for line in examined()}


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    """Make packages look as if they were not installed."""
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name in missing:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)


def refuse(*_: object, **__: object) -> NoReturn:
    raise OSError(1, "Operation not permitted")


def test_a_machine_that_runs_these_tests_can_audit(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["doctor"]) == 0
    out = capsys.readouterr().out
    assert out.rstrip().endswith("audits can run here")
    assert "!!" not in out


def test_programs_read_it_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["doctor", "--format", "json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["ok"] is True
    assert {"python", "mcp-audit", "packages", "checks", "IPv4", "processes"} <= {
        line["name"] for line in told["checks"]
    }
    assert all(set(line) == {"name", "state", "found", "advice"} for line in told["checks"])


def test_there_is_no_other_form(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["doctor", "--format", "xml"]) == 2
    assert "no format 'xml'" in capsys.readouterr().err


@pytest.mark.parametrize(("extra", "package"), EXTRAS.items())
def test_an_extra_that_is_not_there_is_no_failure_and_comes_with_its_command(
    extra: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if extra not in (importlib.metadata.metadata("mcp-audit").get_all("Provides-Extra") or ()):
        pytest.skip("the installed package was made before this extra")
    without(monkeypatch, package)
    line = lines()[extra]
    assert line["state"] == "optional"
    assert line["found"].startswith(f"missing or of another version: {package}")
    assert line["advice"].endswith(f"pip install 'mcp-audit[{extra}]'")
    assert execute(["doctor"]) == 0


def test_a_package_that_every_audit_needs_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without(monkeypatch, "h11")
    assert execute(["doctor"]) == 1
    assert "!!  packages    missing or of another version: h11" in capsys.readouterr().out


def test_a_package_of_another_version_is_named_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.0.1" if name == "h11" else real(name))
    assert lines()["packages"]["found"].startswith("missing or of another version: h11 0.0.1;")


def test_where_nothing_can_listen_or_be_started_nothing_can_be_audited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(socket.socket, "bind", refuse)
    monkeypatch.setattr(subprocess, "run", refuse)
    assert execute(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "no server on 127.0.0.1: [Errno 1] Operation not permitted" in out
    assert "allow this process to start others" in out
    assert "2 of them broken" in out


def test_a_pack_that_does_not_load_is_named_and_the_rest_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = importlib.metadata.EntryPoint("mine", "no_such_module:catalogue", "mcp_audit.scenarios")
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [entry])
    found = lines()
    assert found["checks"]["state"] == "broken"
    assert "no_such_module" in found["checks"]["found"]
    assert found["processes"]["state"] == "ok"


def test_it_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    execute(["doctor"])
    longest = max(capsys.readouterr().out.splitlines(), key=len)
    assert len(longest) <= 60 or " " not in longest.strip() or sys.executable in longest
