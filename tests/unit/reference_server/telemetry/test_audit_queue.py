"""Calls that end at once share a trip to the disk; each waits until it is on file."""

import threading
from pathlib import Path

import anyio
import pytest
from oraclepack_mcp.telemetry.audit_log import AuditedCall, AuditLog, verify
from oraclepack_mcp.telemetry.audit_queue import AuditQueue

pytestmark = pytest.mark.anyio


def a_call(number: int) -> AuditedCall:
    return AuditedCall(f"request-{number}", "local", "a_tool", "0" * 64, "ok", 0.25, None)


class Slow(AuditLog):
    """Writes when it is let."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.may = threading.Event()
        self.batches: list[int] = []

    def append(self, *calls: AuditedCall) -> None:
        assert self.may.wait(10)
        self.batches.append(len(calls))
        super().append(*calls)


async def test_calls_that_end_while_the_log_writes_are_written_together(tmp_path: Path) -> None:
    log = Slow(tmp_path / "audit.jsonl")
    queue, written = AuditQueue(log), 0

    async def bring(number: int) -> None:
        nonlocal written
        await queue.write(a_call(number))
        written += 1

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(bring, number)
        await anyio.wait_all_tasks_blocked()
        assert written == 0, "nobody is told before the line is on file"
        log.may.set()
    log.close()

    assert written == sum(log.batches) == 10
    assert len(log.batches) <= 2
    assert verify(tmp_path / "audit.jsonl") == []


async def test_what_cannot_be_written_is_an_error_of_each_call_and_the_next_are_tried_again(tmp_path: Path) -> None:
    log = Slow(tmp_path / "audit.jsonl")
    queue, errors = AuditQueue(log), 0

    async def bring(number: int) -> None:
        nonlocal errors
        try:
            await queue.write(a_call(number))
        except OSError:
            errors += 1

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(bring, number)
        await anyio.wait_all_tasks_blocked()
        log.close()
        log.may.set()
    assert errors == 3

    queue = AuditQueue(AuditLog(tmp_path / "audit.jsonl"))
    await queue.write(a_call(3))
    await queue.write(a_call(4))
    assert len((tmp_path / "audit.jsonl").read_bytes().splitlines()) == 2


async def test_who_is_cancelled_while_others_wait_for_it_leaves_them_an_error_and_not_alone(tmp_path: Path) -> None:
    log = Slow(tmp_path / "audit.jsonl")
    queue, ends = AuditQueue(log), list[str]()

    async def bring(number: int) -> None:
        try:
            await queue.write(a_call(number))
            ends.append("written")
        except OSError:
            ends.append("error")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bring, 0)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as leaving:
            leaving.start_soon(bring, 1)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(bring, 2)
            await anyio.wait_all_tasks_blocked()
            leaving.cancel_scope.cancel()
        await anyio.wait_all_tasks_blocked()
        assert ends == ["error"]
        log.may.set()
    await queue.write(a_call(3))
    log.close()

    assert ends == ["error", "written"]
    assert verify(tmp_path / "audit.jsonl") == []
