import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.errors import TargetError
from mcp_audit_harness.transport.lines import Line, LineFramer
from mcp_audit_harness.transport.stdio import STDERR_BYTES, StdioChannel

pytestmark = pytest.mark.anyio

STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


@asynccontextmanager
async def running(source: str, *, line_bytes: int = 1000, **options: str) -> AsyncIterator[StdioChannel]:
    env = {"PYTHONUNBUFFERED": "1", **options}
    channel = await StdioChannel.start((sys.executable, "-c", source), env=env, line_bytes=line_bytes)
    try:
        yield channel
    finally:
        await channel.stop(grace=0)


def lives(pid: int) -> bool:
    """Whether a process runs; one that only waits for its parent's attention does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def ends(pid: int) -> None:
    """Return once the process has ended; the test's own limit bounds the wait."""
    while lives(pid):  # noqa: ASYNC110 - another process sets no event of ours
        await anyio.sleep(0.01)


def text(line: Line | None) -> str:
    assert line is not None
    return line.data.decode()


async def test_lines_go_both_ways() -> None:
    async with running("import sys\nfor line in sys.stdin: print(line.strip()[::-1])") as channel:
        assert await channel.send(b"abc")
        assert await channel.receive() == Line(b"cba")


async def test_a_child_that_ends_at_the_end_of_input_needs_no_signal() -> None:
    async with running("import sys; sys.stdin.read(); sys.exit(3)") as channel:
        ending = await channel.stop(grace=20)
        assert (ending.exited, ending.exit_code, ending.signal) == (True, 3, "")
        assert await channel.receive() is None


async def test_what_a_child_says_after_the_end_of_input_is_still_read() -> None:
    async with running("import sys; sys.stdin.read(); print('bye')") as channel:
        await channel.stop(grace=20)
        assert await channel.receive() == Line(b"bye")
        assert await channel.receive() is None


async def test_a_child_that_ignores_the_end_of_input_is_terminated() -> None:
    async with running("import time; print('ready'); time.sleep(600)") as channel:
        await channel.receive()
        ending = await channel.stop(grace=0)
        assert (ending.exited, ending.exit_code, ending.signal) == (False, -signal.SIGTERM, "SIGTERM")


async def test_a_child_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_audit_harness.transport.stdio._TERM_GRACE_S", 0.05)
    async with running(STUBBORN) as channel:
        await channel.receive()
        ending = await channel.stop(grace=0)
        assert (ending.exit_code, ending.signal) == (-signal.SIGKILL, "SIGKILL")


async def test_a_second_stop_says_how_the_first_one_ended() -> None:
    async with running("import sys; sys.stdin.read()") as channel:
        assert await channel.stop(grace=20) == await channel.stop(grace=0)


async def test_a_child_of_the_child_ends_with_it() -> None:
    source = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).pid)"
    async with running(source + "; sys.stdin.read()") as channel:
        said = {text(await channel.receive()), text(await channel.receive())}
        (grandchild,) = said - {"ready"}
        assert lives(int(grandchild))
        await channel.stop(grace=20)
        await ends(int(grandchild))


async def test_cancelling_the_shutdown_still_leaves_no_process() -> None:
    async with running(STUBBORN) as channel:
        await channel.receive()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await channel.stop(grace=600)
        assert scope.cancelled_caught
        assert channel.exit_code == -signal.SIGKILL
        await ends(channel.pid)


async def test_a_descendant_that_left_the_group_cannot_keep_the_reader_waiting() -> None:
    source = (
        "import subprocess, sys;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True);"
        "print(p.pid)"
    )
    async with running(source) as channel:
        escaped = int(text(await channel.receive()))
        try:
            assert await channel.receive() is None
        finally:
            os.kill(escaped, signal.SIGKILL)


async def test_stderr_is_kept_apart_and_bounded() -> None:
    source = f"import sys; sys.stderr.write('x' * {STDERR_BYTES} + 'the end'); print('out')"
    async with running(source) as channel:
        assert text(await channel.receive()) == "out"
        assert await channel.receive() is None
        assert channel.stderr.endswith("the end")
        assert len(channel.stderr) == STDERR_BYTES


async def test_a_line_without_an_end_is_cut_at_the_bound() -> None:
    async with running("import sys; sys.stdout.write('x' * 5_000_000); print(); print('next')") as channel:
        assert await channel.receive() == Line(b"x" * 1000, cut=True)
        assert await channel.receive() == Line(b"next")


async def test_what_stands_without_a_newline_at_the_end_is_a_line_that_did_not_end() -> None:
    async with running("import sys; sys.stdout.write('half')") as channel:
        assert await channel.receive() == Line(b"half", ended=False)


async def test_a_flood_stays_in_the_pipe_until_it_is_read() -> None:
    async with running("while True: print('x' * 900)") as channel:
        for _ in range(5000):
            assert await channel.receive() == Line(b"x" * 900)
        assert channel._child._queued < 3 * 1024 * 1024


async def test_sending_to_a_child_that_has_ended_says_so() -> None:
    async with running("pass") as channel:
        assert await channel.receive() is None
        assert await channel.send(b"anything") is False


async def test_a_child_that_does_not_read_makes_the_sender_wait_not_fail() -> None:
    async with running("import time; print('ready'); time.sleep(600)") as channel:
        await channel.receive()
        with anyio.move_on_after(0.05) as scope:
            await channel.send(b"x" * 10_000_000)
        assert scope.cancelled_caught


async def test_the_environment_is_added_to_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES_OURS", "ours")
    async with running(
        "import os; print(os.environ['LINES_OURS'] + os.environ['LINES_ADDED'])", LINES_ADDED="!"
    ) as child:
        assert text(await child.receive()) == "ours!"


@pytest.mark.parametrize(
    ("argv", "cwd", "sentence"),
    [
        (("no-such-command-here",), None, "the command no-such-command-here is not found"),
        ((os.devnull,), None, f"the command {os.devnull} cannot be executed"),
        ((sys.executable,), "/no/such/place", "the working directory /no/such/place does not exist"),
        (("a\0b",), None, "cannot be started"),
        ((), None, "command line is empty"),
    ],
)
async def test_a_command_that_cannot_be_started_is_the_targets_fault(
    argv: tuple[str, ...], cwd: str | None, sentence: str
) -> None:
    with pytest.raises(TargetError, match=sentence) as caught:
        await StdioChannel.start(argv, cwd=cwd)
    assert "\n" not in str(caught.value)


async def test_cancelling_a_reader_does_not_lose_the_line() -> None:
    async with running("import sys\nfor line in sys.stdin: print(line.strip())") as channel:
        with anyio.move_on_after(0.01):
            await channel.receive()
        await channel.send(b"kept")
        assert await channel.receive() == Line(b"kept")


@given(data=st.binary(max_size=200).map(lambda data: data.replace(b"x", b"\n")), sizes=st.lists(st.integers(1, 9)))
def test_framing_does_not_depend_on_how_the_bytes_arrive(data: bytes, sizes: list[int]) -> None:
    framer, rest, lines = LineFramer(1000), data, []
    for size in sizes:
        lines += framer.feed(rest[:size])
        rest = rest[size:]
    lines += framer.feed(rest)
    last = framer.finish()
    expected = data.split(b"\n")
    assert [line.data for line in lines] + [last.data if last else b""] == expected
    assert all(line.ended and not line.cut for line in lines)


@given(data=st.binary(max_size=300).map(lambda data: data.replace(b"x", b"\n")), size=st.integers(1, 50))
def test_a_framer_never_returns_more_than_its_limit(data: bytes, size: int) -> None:
    framer, lines = LineFramer(10), []
    for start in range(0, len(data), size):
        lines += framer.feed(data[start : start + size])
        assert len(framer._rest) <= 10
    for line, whole in zip(lines, data.split(b"\n"), strict=False):
        assert line.data == whole[:10]
        assert line.cut is (len(whole) > 10)


def test_the_loop_closes_without_a_process_left(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcp_audit_harness.transport.stdio._TERM_GRACE_S", 0.05)

    async def leave() -> int:
        async with running(STUBBORN) as channel:
            await channel.receive()
            return channel.pid

    pid = asyncio.run(leave())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert "Traceback" not in capfd.readouterr().err
