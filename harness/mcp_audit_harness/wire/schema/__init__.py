"""Wire schema: what a server may send at each revision, from one table of shapes.

`violations` holds a message against the schema of a revision. It knows which definition a message has to fit: by its
method for requests and notifications, by the method that was asked for results. What the specification leaves open
stays open: unknown methods, extensions and members are judged by their envelope alone.
"""

from functools import cache
from typing import Any

from ...model import JsonObject, Revision, SchemaViolation
from .judgement import MOST, definitions, misfits, validator
from .table import REVISIONS, TABLE, schema_for

__all__ = ["REVISIONS", "TABLE", "definition_fits", "result_definition", "schema_for", "violations"]

_RESULTS = {
    "initialize": "InitializeResult",
    "server/discover": "DiscoverResult",
    "ping": "EmptyResult",
    "logging/setLevel": "EmptyResult",
    "resources/subscribe": "EmptyResult",
    "resources/unsubscribe": "EmptyResult",
    "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult",
    "resources/list": "ListResourcesResult",
    "resources/templates/list": "ListResourceTemplatesResult",
    "resources/read": "ReadResourceResult",
    "prompts/list": "ListPromptsResult",
    "prompts/get": "GetPromptResult",
    "completion/complete": "CompleteResult",
    "subscriptions/listen": "SubscriptionsListenResult",
    "tasks/get": "GetTaskResult",
    "tasks/list": "ListTasksResult",
    "tasks/cancel": "CancelTaskResult",
}
_ENVELOPE = {"jsonrpc": "2.0", "id": 0}
_SMALLEST_RESULT = {"resultType": "complete"}
_EMPTY = "EmptyResult"
_INPUT_REQUIRED = "InputRequiredResult"
_CREATED_TASK = "CreateTaskResult"


def violations(message: JsonObject, revision: Revision | str, *, method: str | None) -> tuple[SchemaViolation, ...]:
    """Return what the schema of `revision` does not allow in a message of the server, at most twenty.

    `method` is that of the request which the message answers, if it answers one.
    """
    at = str(revision)
    if "method" in message:
        return misfits(message, _by_method(at, message), at)
    if "error" in message:
        return misfits(_with_id(message), _named(at, "JSONRPCErrorResponse", "JSONRPCError"), at)
    envelope = _named(at, "JSONRPCResultResponse", "JSONRPCResponse")
    result = message.get("result")
    if not isinstance(result, dict):
        return misfits(message, envelope, at)
    outside = misfits({**message, "result": _SMALLEST_RESULT}, envelope, at)
    definition = _of_result(at, method, result)
    if definition is None:
        return (*outside, *misfits({**_ENVELOPE, "result": result}, envelope, at))[:MOST]
    return (*outside, *misfits(result, definition, at))[:MOST]


def result_definition(method: str, revision: str) -> str | None:
    """Return the name of the definition that results of `method` have at `revision`, or None if it is not known."""
    name = _RESULTS.get(method)
    return "Result" if name == _EMPTY else name if name in definitions(revision) else None


def definition_fits(name: str, instance: Any, revision: str) -> bool:
    """Whether an instance fits a definition of a revision; raises KeyError for an unknown one."""
    return bool(validator(name, revision).is_valid(instance))


def _of_result(revision: str, method: str | None, result: JsonObject) -> str | None:
    if result.get("resultType") == "input_required" and _INPUT_REQUIRED in definitions(revision):
        return _INPUT_REQUIRED
    if method == "tools/call" and "task" in result and "content" not in result:
        return _CREATED_TASK if _CREATED_TASK in definitions(revision) else result_definition(method, revision)
    return result_definition(method, revision) if method is not None else None


def _by_method(revision: str, message: JsonObject) -> str:
    """Return the definition of a request or notification; that of the envelope for a method that is not known."""
    known = _methods(revision).get(str(message["method"]))
    is_request = "id" in message
    if known is not None and ("Request" in known) == is_request:
        return known
    return "JSONRPCRequest" if is_request else "JSONRPCNotification"


@cache
def _methods(revision: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, definition in definitions(revision).items():
        method = definition.get("properties", {}).get("method", {}).get("const")
        if isinstance(method, str):
            found[method] = name
    return found


def _with_id(message: JsonObject) -> JsonObject:
    """Take an error without an id, or with null, for one with an id.

    JSON-RPC 2.0 demands null where the request could not be read; the schemas up to 2025-06-18 demand a string or a
    number, later ones leave the id out. All three are accepted.
    """
    return {**message, "id": 0} if message.get("id") is None else message


def _named(revision: str, *names: str) -> str:
    return next(name for name in names if name in definitions(revision))
