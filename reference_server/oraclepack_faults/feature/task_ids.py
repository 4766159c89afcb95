"""Task ids, the list of tasks, and ids and cursors that name nothing."""

from typing import Any

from oraclepack_mcp.server.answers import invalid_params

from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, replaces, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member

_STORE = "oraclepack_mcp.diagnostics.task_store"
_RELATED = "io.modelcontextprotocol/related-task"
_UNKNOWN = "There is no such task."
_QUICK = "test_task_required"


def _created(message: Json, context: Context) -> Json | None:
    """Return the created task, where the message answers a task request with one."""
    result = message.get("result")
    task = result.get("task") if method_of(context) == "tools/call" and isinstance(result, dict) else None
    return task if isinstance(task, dict) else None


def _is_unknown(message: Json) -> bool:
    error = message.get("error")
    return isinstance(error, dict) and error.get("message") == _UNKNOWN


@rewrites("tasks/id-repeats", "feature")
def id_repeats(message: Json, context: Context) -> Rewritten:
    """Quick tasks of a session all have the id of the first."""
    task = _created(message, context)
    if task is None or params_of(context.request).get("name") != _QUICK:
        return message
    first = context.session.setdefault("first task", task["taskId"])
    return with_member(message, "task", {**task, "taskId": first})


@replaces("tasks/id-guessable", "feature", f"{_STORE}.secrets")
def id_guessable(part: Any) -> Any:
    """Task ids count upwards."""
    del part

    class Counting:
        count = 0

        def token_urlsafe(self, _: int) -> str:
            self.count += 1
            return f"task-{self.count:08}"

    return Counting()


@rewrites("tasks/adopts-client-id", "feature")
def adopts_client_id(message: Json, context: Context) -> Rewritten:
    """A task has the id that the request brings."""
    task = _created(message, context)
    wanted = params_of(context.request).get("task", {}).get("taskId")
    return message if task is None or wanted is None else with_member(message, "task", {**task, "taskId": wanted})


@rewrites("tasks/list-incomplete", "feature")
def list_incomplete(message: Json, context: Context) -> Rewritten:
    """The first page of tasks says that it is the last."""
    result = message.get("result")
    if method_of(context) != "tasks/list" or not isinstance(result, dict):
        return message
    return {**message, "result": {"tasks": result["tasks"]}}


def _all_tasks(store: Any, _: str) -> list[Any]:
    return list(store._tasks.values())  # noqa: SLF001 - the store hides them for good reason


@replaces("tasks/lists-tasks-to-anybody", "feature", f"{_STORE}.TaskStore.of")
def lists_tasks_to_anybody(part: Any) -> Any:
    """Every session is shown the tasks of all."""
    del part
    return _all_tasks


@replaces("tasks/lists-foreign-tasks", "feature", f"{_STORE}.TaskStore.of")
def lists_foreign_tasks(part: Any) -> Any:
    """Everybody is shown the tasks of all users."""
    del part
    return _all_tasks


@replaces("tasks/serves-foreign-task", "feature", f"{_STORE}.TaskStore.find")
def serves_foreign_task(part: Any) -> Any:
    """A task is found by its id, whosoever it is."""
    del part

    def by_id(store: Any, _: str, task_id: str) -> Any:
        return store._tasks.get(task_id)  # noqa: SLF001 - the store hides them for good reason

    return by_id


@answers("tasks/follows-related-task", "feature")
def follows_related_task(message: Any, context: Context) -> Reply:
    """tasks/get answers for the task in the metadata."""
    del context
    if not isinstance(message, dict) or message.get("method") != "tasks/get":
        return PASS
    params = params_of(message)
    named = params.get("_meta", {}).get(_RELATED, {}).get("taskId")
    return PASS if named is None else Forward({**message, "params": {**params, "taskId": named}})


@rewrites("tasks/unknown-task-not-invalid-params", "feature")
def unknown_task_not_invalid_params(message: Json, context: Context) -> Rewritten:
    """Asking for a task that does not exist is an internal error."""
    del context
    return with_error(message, -32603, _UNKNOWN) if _is_unknown(message) else message


@rewrites("tasks/unknown-cursor-not-invalid-params", "feature")
def unknown_cursor_not_invalid_params(message: Json, context: Context) -> Rewritten:
    """A cursor that was not given is an internal error."""
    refused = method_of(context) == "tasks/list" and "error" in message
    return with_error(message, -32603) if refused else message


@rewrites("tasks/error-without-message", "feature")
def error_without_message(message: Json, context: Context) -> Rewritten:
    """Asking for a task that does not exist is refused without a word."""
    del context
    return with_error(message, -32602, "") if _is_unknown(message) else message


@replaces("tasks/foreign-task-told-apart", "feature", f"{_STORE}.TaskStore.find")
def foreign_task_told_apart(find: Any) -> Any:
    """Whether a task exists is said before whose it is."""

    def found(store: Any, owner: str, task_id: str) -> Any:
        task = find(store, owner, task_id)
        if task is None and task_id in store._tasks:  # noqa: SLF001 - the store hides them for good reason
            raise invalid_params("This task is somebody else's.")
        return task

    return found
