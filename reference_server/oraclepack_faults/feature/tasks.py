"""Tasks: their creation, their states, and what is said of them."""

from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_REVISION = "2025-11-25"
_ENDED = frozenset({"completed", "failed", "cancelled"})
_RELATED = "io.modelcontextprotocol/related-task"


def _result(message: Json, context: Context, method: str) -> Json | None:
    """Return the result of a method, where the message is one."""
    result = message.get("result")
    return result if method_of(context) == method and isinstance(result, dict) else None


def _created(message: Json, context: Context) -> Json | None:
    """Return the created task, where the message answers a task request with one."""
    result = _result(message, context, "tools/call")
    task = result.get("task") if result is not None else None
    return task if isinstance(task, dict) and "content" not in (result or {}) else None


def _is_task_request(message: Any) -> bool:
    return isinstance(message, dict) and message.get("method") == "tools/call" and "task" in params_of(message)


def _without(message: Json, member: str) -> Json:
    result = message["result"]
    return {**message, "result": {name: value for name, value in result.items() if name != member}}


@rewrites("tasks/no-create-task-result", "feature")
def no_create_task_result(message: Json, context: Context) -> Rewritten:
    """A task request is answered with the result of a call."""
    text = {"content": [{"type": "text", "text": "Begun."}]}
    return with_result(message, text, context) if _created(message, context) is not None else message


@rewrites("tasks/begins-in-other-status", "feature")
def begins_in_other_status(message: Json, context: Context) -> Rewritten:
    """Tasks wait for an answer when they are created."""
    task = _created(message, context)
    return message if task is None else with_member(message, "task", {**task, "status": "input_required"})


@rewrites("tasks/leaves-final-status", "feature")
def leaves_final_status(message: Json, context: Context) -> Rewritten:
    """A task that was seen as completed works again when it is asked for once more."""
    task = _result(message, context, "tasks/get")
    if task is None or task.get("status") != "completed":
        return message
    seen = context.session.setdefault("completed tasks", set())
    if task["taskId"] in seen:
        return with_member(message, "status", "working")
    seen.add(task["taskId"])
    return message


@rewrites("tasks/id-not-text", "feature")
def id_not_text(message: Json, context: Context) -> Rewritten:
    """tasks/get names the task by a number once it has ended."""
    task = _result(message, context, "tasks/get")
    return message if task is None or task["status"] not in _ENDED else with_member(message, "taskId", 7)


@rewrites("tasks/created-at-not-iso-8601", "feature")
def created_at_not_iso_8601(message: Json, context: Context) -> Rewritten:
    """tasks/get says in words when the task was created."""
    task = _result(message, context, "tasks/get")
    return message if task is None else with_member(message, "createdAt", "a moment ago")


@rewrites("tasks/last-updated-at-not-iso-8601", "feature")
def last_updated_at_not_iso_8601(message: Json, context: Context) -> Rewritten:
    """Tasks were last changed long before they were created."""
    task = _result(message, context, "tasks/get")
    return message if task is None else with_member(message, "lastUpdatedAt", "1970-01-01T00:00:00Z")


@rewrites("tasks/ttl-missing", "feature")
def ttl_missing(message: Json, context: Context) -> Rewritten:
    """tasks/get does not say how long the task is kept."""
    return message if _result(message, context, "tasks/get") is None else _without(message, "ttl")


@rewrites("tasks/cancels-ended-task", "feature")
def cancels_ended_task(message: Json, context: Context) -> Rewritten:
    """Cancelling a task that has ended is an internal error."""
    ended = method_of(context) == "tasks/cancel" and "already" in str(message.get("error"))
    return with_error(message, -32603, "It has ended.") if ended else message


@rewrites("tasks/redundant-related-task", "feature")
def redundant_related_task(message: Json, context: Context) -> Rewritten:
    """tasks/get names the task as related, too."""
    task = _result(message, context, "tasks/get")
    if task is None:
        return message
    return with_member(message, "_meta", {_RELATED: {"taskId": task["taskId"]}})


@rewrites("tasks/status-with-related-task", "feature")
def status_with_related_task(message: Json, context: Context) -> Rewritten:
    """Notifications of a status name the task as related, too."""
    del context
    if message.get("method") != "notifications/tasks/status":
        return message
    params = params_of(message)
    return {**message, "params": {**params, "_meta": {_RELATED: {"taskId": params["taskId"]}}}}


@rewrites("tasks/cancel-leaves-status", "feature")
def cancel_leaves_status(message: Json, context: Context) -> Rewritten:
    """tasks/cancel says that the task works."""
    task = _result(message, context, "tasks/cancel")
    return message if task is None else with_member(message, "status", "working")


@rewrites("tasks/cancelled-task-goes-on", "feature")
def cancelled_task_goes_on(message: Json, context: Context) -> Rewritten:
    """A cancelled task is completed when it is asked for."""
    task = _result(message, context, "tasks/get")
    if task is None or task.get("status") != "cancelled":
        return message
    return with_member(message, "status", "completed")


@rewrites("tasks/failure-without-message", "feature")
def failure_without_message(message: Json, context: Context) -> Rewritten:
    """Failed tasks do not say why."""
    task = _result(message, context, "tasks/get")
    failed = task is not None and task.get("status") == "failed"
    return _without(message, "statusMessage") if failed else message


@rewrites("tasks/input-required-not-shown", "feature")
def input_required_not_shown(message: Json, context: Context) -> Rewritten:
    """A task that waits for an answer says that it works."""
    task = _result(message, context, "tasks/get")
    waits = task is not None and task.get("status") == "input_required"
    return with_member(message, "status", "working") if waits else message


@rewrites("tasks/stays-input-required", "feature")
def stays_input_required(message: Json, context: Context) -> Rewritten:
    """A task that has asked something waits for ever."""
    task = _result(message, context, "tasks/get")
    if task is None:
        return message
    waiting = context.session.setdefault("waiting tasks", set())
    if task["status"] == "input_required":
        waiting.add(task["taskId"])
    return with_member(message, "status", "input_required") if task["taskId"] in waiting else message


@rewrites("tasks/question-without-related-task", "feature")
def question_without_related_task(message: Json, context: Context) -> Rewritten:
    """Questions do not say which task asks."""
    del context
    params = params_of(message)
    if message.get("method") != "elicitation/create" or _RELATED not in params.get("_meta", {}):
        return message
    return {**message, "params": {name: value for name, value in params.items() if name != "_meta"}}


@rewrites("tasks/asks-client-for-task", "feature")
def asks_client_for_task(message: Json, context: Context) -> Rewritten:
    """Clients are asked for elicitation as a task, which they did not declare."""
    if message.get("method") != "elicitation/create" or context.revision != _REVISION:
        return message
    return {**message, "params": {**params_of(message), "task": {"ttl": 1000}}}


@answers("tasks/creates-undeclared-task", "feature")
def creates_undeclared_task(message: Any, context: Context) -> Reply:
    """Task requests are answered with a task, and none is declared."""
    if not _is_task_request(message) or context.revision != _REVISION:
        return PASS
    moment = "2025-11-25T10:30:00Z"
    task = {"taskId": "t", "status": "working", "createdAt": moment, "lastUpdatedAt": moment, "ttl": None}
    return {"jsonrpc": "2.0", "id": message["id"], "result": {"task": task}}


@answers("tasks/refuses-task-metadata", "feature")
def refuses_task_metadata(message: Any, context: Context) -> Reply:
    """Calls with task metadata are refused."""
    if not _is_task_request(message) or context.revision != _REVISION:
        return PASS
    error = {"code": -32602, "message": "There are no tasks here."}
    return Answer({"jsonrpc": "2.0", "id": message["id"], "error": error})


@rewrites("tasks/required-tool-without-task", "feature")
def required_tool_without_task(message: Json, context: Context) -> Rewritten:
    """A tool that has to be a task is served as a call."""
    refused = method_of(context) == "tools/call" and "has to be called as a task" in str(message.get("error"))
    text = {"content": [{"type": "text", "text": "There was nothing to do."}]}
    return with_result(message, text, context) if refused else message


@rewrites("tasks/forbidden-tool-as-task", "feature")
def forbidden_tool_as_task(message: Json, context: Context) -> Rewritten:
    """A tool that must not be a task is served as a call where one is asked for."""
    refused = method_of(context) == "tools/call" and "cannot be called as a task" in str(message.get("error"))
    text = {"content": [{"type": "text", "text": "There was nothing to do."}]}
    return with_result(message, text, context) if refused else message
