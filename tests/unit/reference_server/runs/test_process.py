"""A program runs in a session of its own, its output arrives as it comes, and nothing of it is left when it ended."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs import reaper
from oraclepack_mcp.runs.guard import Guard
from oraclepack_mcp.runs.process import MAX_CODE_BYTES, Command, Ending, Launcher, shell_argv
from oraclepack_mcp.security.roots import Location, Root

GRACE_S = 0.5


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    guard.close()


@pytest.fixture
def launcher(guard: Guard) -> Launcher:
    return Launcher(guard, GRACE_S)


def never() -> bool:
    return False


def command(directory: Path, code: str, limit_s: float = 20.0) -> Command:
    mark = f"ORACLEPACK_RUN_ID={secrets.token_hex(8)}"
    name, _, value = mark.partition("=")
    return Command(
        argv=shell_argv(code.encode(), login=False, prefix=()),
        directory=Location(Root.open("work", directory, writable=True), ()),
        environment={"PATH": "/usr/bin:/bin", name: value},
        mark=mark.encode(),
        limit_s=limit_s,
    )


def run(launcher: Launcher, what: Command, stop: Callable[[], bool] = never) -> tuple[Ending, str]:
    pieces: list[bytes] = []
    ending = launcher.run(what, pieces.append, stop)
    assert reaper.members(0, what.mark) == set()
    return ending, b"".join(pieces).decode()


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_both_streams_arrive_in_order_with_the_real_exit_code(launcher: Launcher, tmp_path: Path) -> None:
    ending, output = run(launcher, command(tmp_path, "echo one; echo two >&2; echo three; exit 7"))
    assert output == "one\ntwo\nthree\n"
    assert ending == Ending("exit", 7, None, left_behind=False)


def test_the_name_of_a_fatal_signal_is_kept(launcher: Launcher, tmp_path: Path) -> None:
    ending, _ = run(launcher, command(tmp_path, "kill -KILL $$"))
    assert (ending.exit_code, ending.signal) == (None, "SIGKILL")


def test_a_program_has_no_input_and_runs_in_its_directory(launcher: Launcher, tmp_path: Path) -> None:
    _, output = run(launcher, command(tmp_path, "wc -c; pwd -P"))
    assert output.split() == ["0", str(tmp_path.resolve())]


def test_only_the_given_environment_is_inherited(
    launcher: Launcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_KEY", "leaked-value")
    _, output = run(launcher, command(tmp_path, "env"))
    assert "CANARY" not in output
    assert {line.partition("=")[0] for line in output.splitlines()} == {
        "PATH",
        "ORACLEPACK_RUN_ID",
        "PWD",
        "SHLVL",
        "_",
    }


def test_no_descriptor_of_the_server_is_inherited(launcher: Launcher, tmp_path: Path) -> None:
    _, output = run(launcher, command(tmp_path, "ls /proc/self/fd"))
    assert {int(number) for number in output.split()} <= {0, 1, 2, 3}


def test_a_program_over_its_limit_is_asked_then_killed_and_its_output_is_kept(
    launcher: Launcher, tmp_path: Path
) -> None:
    ending, output = run(launcher, command(tmp_path, "trap 'echo asked' TERM; echo begun; sleep 60; sleep 60", 0.3))
    assert ending.cause == "timeout"
    assert output.startswith("begun\n")
    assert "asked" in output


def test_a_program_that_ignores_the_request_is_killed(launcher: Launcher, tmp_path: Path) -> None:
    ending, _ = run(launcher, command(tmp_path, "trap '' TERM; while true; do sleep 60; done", 0.2))
    assert (ending.cause, ending.signal) == ("timeout", "SIGKILL")


@pytest.mark.parametrize(
    "background",
    [
        "sleep 60 & wait",
        "(trap '' TERM HUP; sleep 60; sleep 60) & wait",
        "setsid sleep 60 & wait",
        "setsid bash -c 'trap \"\" TERM; while true; do sleep 60; done' & wait",
        "env -i setsid sleep 60 & wait",
        "setsid --fork sleep 60; sleep 60",
    ],
)
def test_no_child_outlives_the_limit(launcher: Launcher, tmp_path: Path, background: str) -> None:
    ending, _ = run(launcher, command(tmp_path, f"{background}", 0.5))
    assert ending.cause == "timeout"


@pytest.mark.parametrize("kept", ["", ">/dev/null 2>&1"])
def test_what_a_program_leaves_behind_is_ended_with_it(launcher: Launcher, tmp_path: Path, kept: str) -> None:
    ending, output = run(launcher, command(tmp_path, f"setsid sleep 60 {kept} & echo done"))
    assert output == "done\n"
    assert ending == Ending("exit", 0, None, left_behind=True)


def test_a_child_may_finish_its_output_after_the_program_has_ended(launcher: Launcher, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    _, output = run(launcher, command(tmp_path, "(read -r line < gate; echo $line) & (echo late > gate) & exit 0"))
    assert output == "late\n"


def test_a_request_to_stop_ends_everything(launcher: Launcher, tmp_path: Path) -> None:
    stopping = threading.Event()
    what = command(tmp_path, "setsid sleep 60 & touch begun; wait")
    ended: list[Ending] = []
    thread = threading.Thread(target=lambda: ended.append(run(launcher, what, stopping.is_set)[0]))
    thread.start()
    eventually((tmp_path / "begun").exists)
    stopping.set()
    thread.join(10)
    assert [ending.cause for ending in ended] == ["stop"]


def test_a_program_that_closes_its_output_is_still_waited_for(launcher: Launcher, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    ending, output = run(
        launcher, command(tmp_path, "(sleep 0.1; echo > gate) & exec >&- 2>&-; read -r < gate; exit 3")
    )
    assert (ending.exit_code, output) == (3, "")


def test_endless_output_reaches_the_sink_in_bounded_pieces(launcher: Launcher, tmp_path: Path) -> None:
    sizes: list[int] = []
    ending = launcher.run(
        command(tmp_path, "head -c 20000000 /dev/zero"), lambda piece: sizes.append(len(piece)), never
    )
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 64 * 1024
    assert ending.exit_code == 0


def test_a_program_that_is_not_there_is_refused(launcher: Launcher, tmp_path: Path) -> None:
    absent = Command((b"/nonexistent",), Location(Root.open("work", tmp_path), ()), {}, b"ORACLEPACK_RUN_ID=x", 1)
    with pytest.raises(DomainError) as caught:
        launcher.run(absent, lambda _: None, never)
    assert caught.value.code == "TOOL_MISSING"


def test_code_is_an_argument_of_the_shell_after_the_prefix() -> None:
    assert shell_argv(b"echo \xff", login=False, prefix=("nice", "-n")) == (
        b"nice",
        b"-n",
        b"/bin/bash",
        b"--noprofile",
        b"--norc",
        b"-c",
        b"--",
        b"echo \xff",
    )
    assert shell_argv(b"-x", login=True, prefix=())[1:] == (b"-lc", b"--", b"-x")


@pytest.mark.parametrize(("code", "refusal"), [(b"#" * (MAX_CODE_BYTES + 1), "TOO_LARGE"), (b"a\0b", "SYNTAX_INVALID")])
def test_code_that_fits_no_argument_is_refused(code: bytes, refusal: str) -> None:
    with pytest.raises(DomainError) as caught:
        shell_argv(code, login=False, prefix=())
    assert caught.value.code == refusal


def test_the_largest_code_runs(launcher: Launcher, tmp_path: Path) -> None:
    code = "echo ran #"
    _, output = run(launcher, command(tmp_path, code + "x" * (MAX_CODE_BYTES - len(code))))
    assert output == "ran\n"


def test_code_that_starts_like_an_option_is_code(launcher: Launcher, tmp_path: Path) -> None:
    ending, output = run(launcher, command(tmp_path, "--help"))
    assert ending.exit_code == 127
    assert "not found" in output


def test_a_login_shell_is_needed_to_read_profile_files(launcher: Launcher, tmp_path: Path) -> None:
    (tmp_path / ".profile").write_text("echo profile-was-read\n")
    (tmp_path / ".bashrc").write_text("echo rc-was-read\n")
    plain = command(tmp_path, "echo ran")
    home = {**plain.environment, "HOME": str(tmp_path), "BASH_ENV": ""}
    _, output = run(launcher, Command(plain.argv, plain.directory, home, plain.mark, 20))
    assert output == "ran\n"
    login = shell_argv(b"echo ran", login=True, prefix=())
    _, output = run(launcher, Command(login, plain.directory, home, plain.mark, 20))
    assert "profile-was-read\n" in output


def test_a_killed_reaper_is_replaced(guard: Guard, launcher: Launcher, tmp_path: Path) -> None:
    run(launcher, command(tmp_path, "true"))
    assert guard._process is not None
    first = guard._process
    first.kill()
    first.wait()
    run(launcher, command(tmp_path, "true"))
    assert guard._process is not None
    assert guard._process.pid != first.pid


def test_the_reaper_ends_what_is_watched_when_the_server_goes(tmp_path: Path) -> None:
    guard = Guard()
    what = command(tmp_path, "setsid sleep 60 & touch begun; wait")
    thread = threading.Thread(target=lambda: Launcher(guard, GRACE_S).run(what, lambda _: None, never))
    thread.start()
    eventually((tmp_path / "begun").exists)
    assert reaper.members(0, what.mark)
    guard.close()
    thread.join(10)
    assert not thread.is_alive()
    assert reaper.members(0, what.mark) == set()
    guard.close()
