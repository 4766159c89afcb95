"""A single question goes to the program as arguments; its answer is put in its place by the server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import OracleCall
from oraclepack_mcp.runs.service import RunService

SHOW = 'for a in "$@"; do printf "<%s>" "$a"; done; echo'
ANSWER = 'while test "$1" != --write-output; do shift; done; echo "the answer" > "$2"; echo saved'


@pytest.fixture
def oracle(bench: Any, tmp_path: Path) -> Callable[..., RunService]:
    def make(code: str, **settings: Any) -> RunService:
        program = tmp_path / "the-oracle"
        program.write_text(f"#!/bin/bash\n{code}\n")
        program.chmod(0o755)
        service: RunService = bench.service(tools={"oracle": program}, **settings)
        return service

    return make


def refusal(service: RunService, call: OracleCall) -> str:
    with pytest.raises(DomainError) as caught:
        service.call_oracle(call, "local")
    return caught.value.code


def test_everything_is_an_argument_of_its_own(bench: Any, oracle: Callable[..., RunService]) -> None:
    (bench.directory / "a file.md").write_text("x")
    bench.url = "https://chatgpt.com/g/x"
    prompt = "$(touch pwn); `touch pwn`\n--flag 'quote'"
    result = oracle(SHOW).call_oracle(OracleCall(prompt, ("a file.md",), None, ("--wait",)), "local")
    path = bench.directory.resolve() / "a file.md"
    assert result.text == f"<--wait><--chatgpt-url><https://chatgpt.com/g/x><-f><{path}><-p><{prompt}>\n"
    assert (result.exit_code, result.output_path) == (0, None)
    assert not (bench.directory / "pwn").exists()


def test_the_answer_is_written_inside_the_roots(bench: Any, oracle: Callable[..., RunService]) -> None:
    service = oracle(ANSWER)
    result = service.call_oracle(OracleCall("q", write_output="answers/a.md"), "local")
    assert (result.output_path, result.text) == ("w:answers/a.md", "saved\n")
    assert (bench.directory / "answers" / "a.md").read_text() == "the answer\n"
    assert service.read_log(result.run_id, "01").text == "saved\n"
    assert result.log_uri == f"oraclepack://run/{result.run_id}/step/01/log"
    assert service.get(result.run_id).status == "success"


def test_a_failing_program_is_an_answer(oracle: Callable[..., RunService]) -> None:
    result = oracle("echo no luck; exit 3").call_oracle(OracleCall("q", write_output="a.md"), "local")
    assert (result.exit_code, result.output_path, result.text) == (3, None, "no luck\n")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (OracleCall("q", ("../x",)), "PATH_INVALID"),
        (OracleCall("q", ("/etc/passwd",)), "PATH_OUTSIDE_ROOTS"),
        (OracleCall("q", ("absent.md",)), "NOT_FOUND"),
        (OracleCall("q", write_output="../x.md"), "PATH_INVALID"),
        (OracleCall("q", write_output=".bashrc"), "PATH_INVALID"),
        (OracleCall("q", write_output="x.sh"), "PATH_INVALID"),
        (OracleCall("q", flags=("--write-output", "x")), "OVERRIDE_INVALID"),
        (OracleCall("q", flags=("--token=x",)), "OVERRIDE_INVALID"),
        (OracleCall("q", flags=("; touch pwn",)), "OVERRIDE_INVALID"),
        (OracleCall("a\0b"), "INVALID_ARGUMENT"),
        (OracleCall("x" * 200_000), "INVALID_ARGUMENT"),
        (OracleCall("half \ud800"), "INVALID_ARGUMENT"),
    ],
)
def test_calls_that_reach_too_far_are_refused(oracle: Callable[..., RunService], call: OracleCall, code: str) -> None:
    assert refusal(oracle(SHOW), call) == code


def test_execution_that_is_off_is_off_for_questions_too(oracle: Callable[..., RunService]) -> None:
    service = oracle(SHOW, policy="off")
    assert refusal(service, OracleCall("q")) == "EXEC_DISABLED"
    with pytest.raises(DomainError) as caught:
        service.run_argv(["true"])
    assert caught.value.code == "EXEC_DISABLED"


def test_a_program_that_does_not_answer_in_time_is_refused(oracle: Callable[..., RunService]) -> None:
    service = oracle("sleep 60", step_timeout_s=0.3)
    assert refusal(service, OracleCall("q")) == "TIMEOUT"
    assert service.list().runs[0].status == "timed_out"


def test_without_a_program_there_is_no_answer(bench: Any) -> None:
    service = bench.service(environment={"PATH": "/usr/bin:/bin"})
    assert refusal(service, OracleCall("q")) == "TOOL_MISSING"
    assert service.list().runs[0].status == "failed"


def test_the_guard_surrounds_the_call(bench: Any, oracle: Callable[..., RunService]) -> None:
    service = oracle(SHOW)
    seen: list[str] = []

    @contextmanager
    def guard() -> Iterator[None]:
        seen.append("before")
        yield
        seen.append("after")

    object.__setattr__(service._preparation.surroundings, "guard", guard)
    service.call_oracle(OracleCall("q"), "local")
    assert seen == ["before", "after"]


def test_arguments_run_without_a_shell_and_leave_no_record(bench: Any, oracle: Callable[..., RunService]) -> None:
    service = oracle(SHOW + "; exit 5")
    assert service.run_argv(["oracle", "--dry-run", "summary", "$(touch pwn)"]) == (
        5,
        "<--dry-run><summary><$(touch pwn)>\n",
        "",
    )
    assert service.list().runs == []
    assert list((bench.records / "runs").iterdir()) == []
    with pytest.raises(DomainError) as caught:
        service.run_argv(["no-such-program"])
    assert caught.value.code == "TOOL_MISSING"
