"""Attacks by doing several things at once (S-31, S-42)."""

import itertools
import json
import os
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio
import anyio.from_thread
from mcp.client import Client
from oraclepack_mcp.runs.model import RunModel
from oraclepack_mcp.runs.service import RunService

from tests.attacks.arena import Arena, attack

PATIENCE_S = 3.0
"""Seconds after which something that is waited for in vain goes on."""
THREADS, WAITING = 40, 60
"""How many threads there are for calls, and how many wait."""


@attack("oraclepack/s31-runs-beside-itself")
def test_s31_of_runs_that_are_started_at_once_one_begins(arena: Arena) -> None:
    pack = arena.pack("echo $$ >> ran; while ! test -e go; do sleep 0.05; done")
    codes: list[str] = []

    async def converse(client: Client) -> None:
        async def start() -> None:
            result = await client.call_tool("oraclepack_run_pack", {"pack": pack, "detach": True})
            structured = result.structured_content or {}
            codes.append(structured["error"]["code"] if result.is_error else "started")

        async with anyio.create_task_group() as tasks:
            for _ in range(6):
                tasks.start_soon(start)
        arena.root.joinpath("go").touch()

    arena.converse(converse)
    assert Counter(codes) == Counter({"started": 1, "RUN_BUSY": 5})
    (run,) = arena.call("oraclepack_list_runs")["runs"]
    assert arena.call("oraclepack_get_run", run_id=run["run_id"], wait_s=20)["status"] == "success"
    assert len(arena.root.joinpath("ran").read_text().split()) == 1


@attack("oraclepack/s31-writes-in-place")
def test_s31_the_state_is_whole_at_every_moment(arena: Arena) -> None:
    """A server that is killed leaves what could be read at that moment, so all of it is read."""
    arena.pack("true")
    arena.call("oraclepack_run_pack", pack="p.md")
    has_ended = threading.Event()
    broken: list[bytes] = []

    def read() -> None:
        while not has_ended.is_set():
            for name in ("p.state.json", "p.report.json"):
                raw = arena.root.joinpath(name).read_bytes()
                if not is_json(raw):
                    broken.append(raw)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert arena.call("oraclepack_run_pack", pack="p.md")["status"] == "success"
    finally:
        has_ended.set()
        reader.join()
    assert not broken


@attack("oraclepack/s42-blocks-the-loop")
def test_s42_a_slow_file_holds_nobody_up(arena: Arena) -> None:
    arena.pack("true")
    assert order(
        arena,
        lambda client: client.call_tool("oraclepack_get_pack", {"pack": "p.md"}),
        lambda client: client.call_tool("oraclepack_validate_pack", {"pack": "p.md"}),
    ) == ["quick", "slow"]
    assert order(
        arena,
        lambda client: client.read_resource("oraclepack://pack-model/p.md"),
        lambda client: client.read_resource("oraclepack://rules/runner"),
    ) == ["quick", "slow"]


@attack("oraclepack/s42-blocks-the-loop")
def test_s42_a_pipe_in_the_place_of_a_file_holds_nobody_up(arena: Arena) -> None:
    os.mkfifo(arena.root / "pipe.md")
    arena.pack("true")
    assert arena.error("oraclepack_get_pack", pack="pipe.md") == "NOT_A_FILE"
    assert order(
        arena,
        lambda client: client.call_tool("oraclepack_get_pack", {"pack": "p.md"}),
        lambda client: client.call_tool("oraclepack_read_file", {"path": "pipe.md"}),
    ) == ["quick", "slow"]


@attack("oraclepack/s42-waits-in-threads")
def test_s42_many_who_wait_for_a_run_hold_nobody_up(arena: Arena) -> None:
    run = arena.run("while ! test -e go; do sleep 0.05; done", detach=True)
    all_wait = anyio.Event()
    counting = Counting(arena.domain.runs, all_wait)
    answered: list[str] = []

    async def converse(client: Client) -> None:
        async def call(name: str, tool: str, **arguments: Any) -> None:
            await client.call_tool(tool, arguments)
            answered.append(name)

        async def wait() -> None:
            await call("waiting", "oraclepack_get_run", run_id=run["run_id"], wait_s=PATIENCE_S)

        async with anyio.create_task_group() as tasks:
            for _ in range(WAITING):
                tasks.start_soon(wait)
            await all_wait.wait()
            await call("quick", "oraclepack_list_packs")
            arena.root.joinpath("go").touch()

    replace(arena, domain=replace(arena.domain, runs=counting)).converse(converse)  # type: ignore[arg-type] # like it
    assert answered[0] == "quick"


class Counting:
    """Runs, and whether so many have looked at one, and looked again, that all threads could be held."""

    def __init__(self, runs: RunService, all_wait: anyio.Event) -> None:
        self._runs = runs
        self._looks = itertools.count(1)
        self._all_wait = all_wait

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runs, name)

    def get(self, run_id: str, wait_s: float = 0) -> RunModel:
        if next(self._looks) == WAITING + THREADS:
            anyio.from_thread.run_sync(self._all_wait.set)
        return self._runs.get(run_id, wait_s)


def order(
    arena: Arena, slow: Callable[[Client], Awaitable[object]], quick: Callable[[Client], Awaitable[object]]
) -> list[str]:
    """Who is answered first, when reading a pack lasts until the other call has been answered."""
    is_reading, may_go_on = threading.Event(), threading.Event()
    answered: list[str] = []
    packs = arena.domain.packs

    def read(pack: str, include_code: bool) -> Any:
        is_reading.set()
        may_go_on.wait(PATIENCE_S)
        return packs.get_pack(pack, include_code)

    async def converse(client: Client) -> None:
        async def call(name: str, made: Awaitable[object]) -> None:
            await made
            answered.append(name)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, "slow", slow(client))
            await anyio.to_thread.run_sync(is_reading.wait)
            await call("quick", quick(client))
            may_go_on.set()

    replace(arena, domain=replace(arena.domain, packs=replace(packs, get_pack=read))).converse(converse)
    return answered


def is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except ValueError:
        return False
    return True
