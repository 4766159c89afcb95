"""What a master and its workers say to each other beside what Locust's runners say by themselves.

In this order: a worker says HELLO with the key of the run; the master says PLAN; the worker prepares itself and says
BUILT; the master has Locust spawn the users; each worker says READY when its clients are; the master says BEGIN to all.
During the run the ledgers come with Locust's own reports. FINISH ends the run early; DONE brings the last of a ledger,
and the master lets the worker go.
"""

import hmac
import os
from typing import Any, Final, TypeAlias

import msgspec

from ..plan import Plan

KEY_VARIABLE: Final = "MCP_AUDIT_LOAD_KEY"
"""What master and workers have to know alike: the plan, credentials included, is for nobody else."""
HELLO, PLAN, BUILT, READY, BEGIN, FINISH, DONE = (
    f"mcp_{word}" for word in ("hello", "plan", "built", "ready", "begin", "finish", "done")
)
LEDGER: Final = "mcp_ledger"
"""What the ledger is called in Locust's reports."""
REPORT_S: Final = 1.0
"""How often a worker reports."""

Said: TypeAlias = dict[str, Any]
"""The data of a message."""


def key() -> str:
    """Return the key of this process; empty if it was given none."""
    return os.environ.get(KEY_VARIABLE, "")


def knows(said: Said | None, wanted: str) -> bool:
    """Whether a HELLO brings the key of the run."""
    return hmac.compare_digest(str((said or {}).get("key", "")).encode(), wanted.encode())


def task(plan: Plan, worker: int, workers: int) -> Said:
    """Return what a PLAN says to one of several workers."""
    return {"plan": msgspec.json.encode(plan).decode(), "worker": worker, "workers": workers}


def read_task(said: Said) -> tuple[Plan, int, int]:
    """Return the plan of a PLAN, which of how many workers this one is, from 0."""
    return msgspec.json.decode(said["plan"], type=Plan), int(said["worker"]), int(said["workers"])
