import pytest
from mcp_audit_harness.transport.lines import Line
from mcp_audit_harness.transport.memory import MemoryChannel, MemoryTarget, ReceiveLine, SendLine

pytestmark = pytest.mark.anyio


async def shout(receive: ReceiveLine, send: SendLine) -> int:
    while (line := await receive()) is not None:
        await send(line.upper())
    return 4


async def stubborn(receive: ReceiveLine, send: SendLine) -> None:
    while True:
        await receive()


async def broken(receive: ReceiveLine, send: SendLine) -> None:
    await receive()
    raise RuntimeError("the test's server is wrong")


async def test_lines_go_both_ways_until_the_end_of_input() -> None:
    channel = MemoryChannel(MemoryTarget(shout))
    assert await channel.send(b"a\nb")
    assert [await channel.receive(), await channel.receive()] == [Line(b"A"), Line(b"B")]
    ending = await channel.stop(grace=5)
    assert (ending.exited, ending.exit_code, channel.exit_code) == (True, 4, 4)
    assert await channel.receive() is None
    assert await channel.receive() is None
    assert await channel.send(b"c") is False


async def test_a_server_that_ignores_the_end_of_input_is_cancelled() -> None:
    channel = MemoryChannel(MemoryTarget(stubborn))
    ending = await channel.stop(grace=0)
    assert (ending.exited, ending.exit_code, ending.signal) == (False, -9, "SIGKILL")


async def test_what_a_server_raises_is_raised_where_it_is_stopped() -> None:
    channel = MemoryChannel(MemoryTarget(broken))
    await channel.send(b"a")
    assert await channel.receive() is None
    assert channel.exit_code == 1
    with pytest.raises(RuntimeError, match="the test's server is wrong"):
        await channel.stop(grace=5)


async def test_overlong_lines_are_cut_as_on_a_pipe() -> None:
    channel = MemoryChannel(MemoryTarget(shout), line_bytes=3)
    await channel.send(b"abcdef")
    assert await channel.receive() == Line(b"ABC", cut=True)
    await channel.stop(grace=5)
