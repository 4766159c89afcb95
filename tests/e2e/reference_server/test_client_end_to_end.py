"""A person at a client: lists, confirms a run, watches it, reads its log, and cancels another one."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitRequestParams, ElicitResult

from tests.memory_http import bearer

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by their environment")

PROGRAM = (sys.executable, "-m", "oraclepack_mcp")
SCOPES = ("packs:read", "packs:execute", "packs:write", "runs:read", "urls:read")


def pack_text(first: str) -> str:
    """A pack of twenty steps, of which the first runs a script."""
    steps = [f"# 01) First\n{first}\n", *(f"# {number:02} - Step\necho step {number:02}\n" for number in range(2, 21))]
    return f"# A pack\n\n```bash\nout_dir=out\n{''.join(steps)}```\n"


@dataclass
class Person:
    """Whoever sits at the client: answers every question the same way, and remembers what was asked and told."""

    agrees: bool = True
    asked: list[str] = field(default_factory=list)
    told: list[tuple[float, float | None, str | None]] = field(default_factory=list)

    async def answer(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        if not self.agrees:
            return ElicitResult(action="decline")
        return ElicitResult(action="accept", content={"confirm": True})

    async def hear(self, progress: float, total: float | None, message: str | None) -> None:
        self.told.append((progress, total, message))


@dataclass(frozen=True)
class Served:
    url: str
    token: str
    packs: Path

    @asynccontextmanager
    async def client(self, mode: Any, person: Person) -> Any:
        async with (
            httpx2.AsyncClient(headers=bearer(self.token), timeout=30) as http,
            Client(
                streamable_http_client(self.url, http_client=http), mode=mode, elicitation_callback=person.answer
            ) as client,
        ):
            yield client


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("served")
    packs = directory / "packs"
    packs.mkdir()
    (packs / "quick.md").write_text(pack_text("echo hello from the first step"))
    (packs / "slow.md").write_text(pack_text("sleep 300 &\nwait"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "HOME": str(directory), "XDG_STATE_HOME": str(directory / "state")}
    wanted = [word for scope in SCOPES for word in ("--scope", scope)]
    minted = subprocess.run(
        [*PROGRAM, "dev-token", "--port", port, *wanted], env=environment, capture_output=True, text=True, check=True
    )
    options = ("--port", port, "--root", f"packs={packs}:rw", "--exec", "confirm", "--dev-auth")
    process = subprocess.Popen(
        [*PROGRAM, "--transport", "streamable-http", *options], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        url = process.stderr.readline().strip()
        assert url == f"http://127.0.0.1:{port}/mcp"
        yield Served(url, minted.stdout.strip(), packs)
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_run_is_confirmed_watched_and_its_log_read(served: Served, mode: str) -> None:
    person = Person()
    async with served.client(mode, person) as client:
        listed = await client.call_tool("oraclepack_list_packs", {})
        assert {pack["path"] for pack in listed.structured_content["packs"]} == {"quick.md", "slow.md"}

        arguments = {"pack": "quick.md", "mode": "steps", "steps": ["01-03"]}
        run = (
            await client.call_tool("oraclepack_run_pack", arguments, progress_callback=person.hear)
        ).structured_content
        log = await client.call_tool("oraclepack_read_log", {"run_id": run["run_id"], "step_id": "01"})
        state = await client.read_resource("oraclepack://state/packs:quick.md")

    assert len(person.asked) == 1
    assert "3 of 20 steps" in person.asked[0]
    assert run["status"] == "success"
    assert [step["id"] for step in run["steps"] if step["status"] == "success"][-3:] == ["01", "02", "03"]
    assert log.structured_content["text"] == "hello from the first step\n"
    assert '"01"' in state.contents[0].text
    assert person.told
    assert [progress for progress, _, _ in person.told] == sorted(progress for progress, _, _ in person.told)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_what_is_not_agreed_to_does_not_run(served: Served, mode: str) -> None:
    person = Person(agrees=False)
    async with served.client(mode, person) as client:
        before = (await client.call_tool("oraclepack_list_runs", {})).structured_content["runs"]
        refused = await client.call_tool("oraclepack_run_pack", {"pack": "quick.md"})
        after = (await client.call_tool("oraclepack_list_runs", {})).structured_content["runs"]

    assert refused.is_error
    assert refused.structured_content["error"]["code"] == "NOT_CONFIRMED"
    assert before == after


@needs_proc
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_detached_run_is_cancelled_with_all_its_processes(served: Served, mode: str) -> None:
    async with served.client(mode, Person()) as client:
        started = await client.call_tool("oraclepack_run_step", {"pack": "slow.md", "step_id": "1", "detach": True})
        run_id = started.structured_content["run_id"]
        with anyio.fail_after(20):
            while not _processes_of(run_id):  # noqa: ASYNC110 - another process tells nobody
                await anyio.sleep(0.05)
        cancelled = await client.call_tool("oraclepack_cancel_run", {"run_id": run_id, "reason": "enough"})

    assert cancelled.structured_content["status"] == "cancelled"
    assert _processes_of(run_id) == []


@needs_proc
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_leaves_ends_its_run(served: Served, mode: str) -> None:
    person = Person()
    async with served.client(mode, person) as client:
        before = {run["run_id"] for run in (await _runs(client))}
        with anyio.move_on_after(3):
            await client.call_tool("oraclepack_run_step", {"pack": "slow.md", "step_id": "1"})
        (run_id,) = {run["run_id"] for run in await _runs(client)} - before
        ended = (await client.call_tool("oraclepack_get_run", {"run_id": run_id, "wait_s": 20})).structured_content

    assert ended["status"] == "cancelled"
    assert _processes_of(run_id) == []


async def test_a_client_that_cannot_be_asked_uses_the_token_of_a_plan_once(served: Served) -> None:
    async with (
        httpx2.AsyncClient(headers=bearer(served.token), timeout=30) as http,
        Client(streamable_http_client(served.url, http_client=http)) as client,
    ):
        arguments = {"pack": "quick.md", "mode": "steps", "steps": ["02"]}
        unasked = await client.call_tool("oraclepack_run_pack", arguments)
        plan = (await client.call_tool("oraclepack_plan_run", arguments)).structured_content
        planned = {**arguments, "plan_token": plan["plan_token"]}
        first = await client.call_tool("oraclepack_run_pack", planned)
        second = await client.call_tool("oraclepack_run_pack", planned)
        other = await client.call_tool("oraclepack_run_pack", {**planned, "steps": ["03"]})

    assert unasked.structured_content["error"]["code"] == "NOT_CONFIRMED"
    assert first.structured_content["status"] == "success"
    assert second.structured_content["error"]["code"] == "NOT_CONFIRMED"
    assert other.is_error


async def _runs(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.call_tool("oraclepack_list_runs", {})).structured_content["runs"]
    return found


def _processes_of(run_id: str) -> list[int]:
    """Processes that carry the mark of a run in their environment."""
    mark, found = f"ORACLEPACK_RUN_ID={run_id}".encode(), []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    found.append(int(process.name))
            except OSError:
                continue
    return found
