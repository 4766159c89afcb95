"""Weaknesses of doing several things at once."""

import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from oraclepack_mcp.server.answers import in_thread

from oraclepack_faults.fault import both, replaces

Function = Callable[..., Any]


@replaces("oraclepack/s31-runs-beside-itself", "security", "oraclepack_mcp.runs.service._holding")
def _without_lock(_: Function) -> Function:
    """A pack can be run while it is being run."""
    return lambda *_: nullcontext()


@replaces("oraclepack/s31-runs-beside-itself", "security", "oraclepack_mcp.runs.store.RunStore.claim")
def _without_claim(claim: Function) -> Function:
    """A pack can be run while it is being run."""
    return lambda self, run, its, max_runs: claim(self, run, replace(its, state_key=run.run_id), max_runs)


runs_beside_itself = both(_without_lock, _without_claim)


@replaces("oraclepack/s31-writes-in-place", "security", "oraclepack_mcp.security.writing._replace")
def writes_in_place(_: Function) -> Function:
    """Files are written over, so that for a moment half of one is there."""

    def write(name: str, data: bytes, parent: int) -> None:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=parent)
        half = len(data) // 2
        os.write(descriptor, data[:half])
        time.sleep(0.01)
        os.write(descriptor, data[half:])
        os.close(descriptor)

    return write


@replaces(
    "oraclepack/s42-blocks-the-loop",
    "security",
    "oraclepack_mcp.server.tools.toolbox.in_thread",
    "oraclepack_mcp.server.resources.reading.in_thread",
)
def blocks_the_loop(_: Function) -> Function:
    """While a file is read, nobody else is answered."""

    async def at_once(function: Function, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return at_once


@replaces("oraclepack/s42-waits-in-threads", "security", "oraclepack_mcp.server.tools.toolbox.wait_for")
def waits_in_threads(_: Function) -> Function:
    """Whoever waits for a run holds a thread, and once all are held nobody is answered."""

    async def wait(runs: Any, run: Any, seconds: float) -> Any:
        return await in_thread(runs.get, run.run_id, seconds)

    return wait
