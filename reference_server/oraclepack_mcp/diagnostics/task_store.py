"""What is known of tasks: their states, what came of them, and what they wait for.

Nothing here knows of MCP's messages beyond the shape of a task. The number of tasks and the time that they are kept are
bounded; one that has outlived its time is gone, whether it has ended or not.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

import anyio
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError

Status: TypeAlias = Literal["working", "input_required", "completed", "failed", "cancelled"]
TERMINAL: Final[frozenset[Status]] = frozenset({"completed", "failed", "cancelled"})
MAX_TASKS: Final = 1000
"""Tasks of all owners; the oldest that has ended makes room."""
MAX_RUNNING: Final = 50
"""Tasks of one owner that have not ended."""
DEFAULT_TTL_MS: Final = 60_000
SHORTEST_TTL_MS: Final = 1_000
LONGEST_TTL_MS: Final = 600_000
_POLL_MS: Final = 100


class TooManyTasksError(Exception):
    """No further task can be taken; its text is one sentence."""


@dataclass(slots=True, eq=False)
class Question:
    """A request to the client that a task waits for; `reply` is a result or what was raised in its place."""

    method: str
    params: dict[str, Any]
    answered: anyio.Event = field(default_factory=anyio.Event)
    reply: Mapping[str, Any] | MCPError | None = None


@dataclass(slots=True, eq=False)
class Task:
    """One task of one owner."""

    id: str
    owner: str
    ttl_ms: int
    created: datetime
    updated: datetime
    status: Status = "working"
    message: str | None = None
    outcome: dict[str, Any] | MCPError | None = None
    """The result or error of the request, once the task has ended."""
    work: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    questions: list[Question] = field(default_factory=list)
    listeners: list[ServerSession] = field(default_factory=list)
    """Requests for the result that wait: messages of the task go there first."""
    changed: anyio.Event = field(default_factory=anyio.Event)

    @property
    def ended(self) -> bool:
        """Whether its status is final."""
        return self.status in TERMINAL

    def describe(self) -> dict[str, Any]:
        """The task as clients see it."""
        shown: dict[str, Any] = {
            "taskId": self.id,
            "status": self.status,
            "createdAt": _text(self.created),
            "lastUpdatedAt": _text(self.updated),
            "ttl": self.ttl_ms,
            "pollInterval": _POLL_MS,
        }
        return shown if self.message is None else {**shown, "statusMessage": self.message}

    def stir(self) -> None:
        """Wake whoever waits for news of the task."""
        self.changed.set()
        self.changed = anyio.Event()


def _now() -> datetime:
    return datetime.now(UTC)


class TaskStore:
    """The tasks of one server."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._tasks: dict[str, Task] = {}

    def create(self, owner: str, ttl_ms: int | None) -> Task:
        """Begin a task; the wanted time to live is held within the limits.

        Raises:
            TooManyTasksError: the owner has too many that run, or there is no room.
        """
        running = sum(not task.ended for task in self.of(owner))
        if running >= MAX_RUNNING:
            raise TooManyTasksError(f"At most {MAX_RUNNING} tasks run at a time.")
        self._make_room()
        ttl = DEFAULT_TTL_MS if ttl_ms is None else min(max(ttl_ms, SHORTEST_TTL_MS), LONGEST_TTL_MS)
        now = self._now()
        task = Task(secrets.token_urlsafe(24), owner, ttl, now, now)
        self._tasks[task.id] = task
        return task

    def find(self, owner: str, task_id: str) -> Task | None:
        """A task of the owner; that of somebody else is unknown."""
        self._forget_expired()
        task = self._tasks.get(task_id)
        return task if task is not None and task.owner == owner else None

    def of(self, owner: str) -> list[Task]:
        """The tasks of the owner, oldest first."""
        self._forget_expired()
        return [task for task in self._tasks.values() if task.owner == owner]

    def move(self, task: Task, status: Status, message: str | None = None) -> bool:
        """Change the status; False for a task that has ended, which stays as it is."""
        if task.ended:
            return False
        task.status, task.message, task.updated = status, message, self._now()
        task.stir()
        return True

    def _make_room(self) -> None:
        if len(self._tasks) < MAX_TASKS:
            return
        oldest = next((task for task in self._tasks.values() if task.ended), None)
        if oldest is None:
            raise TooManyTasksError("The server has too many tasks.")
        del self._tasks[oldest.id]

    def _forget_expired(self) -> None:
        now = self._now()
        expired = [task for task in self._tasks.values() if now > task.created + timedelta(milliseconds=task.ttl_ms)]
        for task in expired:
            task.work.cancel()
            task.outcome = MCPError(-32602, "The task has expired.")
            self.move(task, "cancelled", "The task has expired.")
            del self._tasks[task.id]


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
