"""Wire schema: what a server may send at each revision, from one table of shapes.

`violations` holds a message against the schema of a revision. It knows which definition a message has to fit: by its
method for requests and notifications, by the method that was asked for results. What the specification leaves open
stays open: unknown methods, extensions and members are judged by their envelope alone.
"""

from functools import cache
from typing import Any

import jsonschema_rs

from ...model import JsonObject, Revision, SchemaViolation
from .sentences import place, sentence
from .table import REVISIONS, TABLE, schema_for

__all__ = ["REVISIONS", "TABLE", "definition_fits", "result_definition", "schema_for", "violations"]

_MAX_VIOLATIONS = 20
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
_EMPTY = "EmptyResult"
_INPUT_REQUIRED = "InputRequiredResult"
_CREATED_TASK = "CreateTaskResult"


def violations(message: JsonObject, revision: Revision, *, method: str | None) -> tuple[SchemaViolation, ...]:
    """Return what the schema of `revision` does not allow in a message of the server, at most twenty.

    `method` is that of the request which the message answers, if it answers one.
    """
    at = str(revision)
    if "method" in message:
        return _misfits(message, _by_method(at, message), at)
    if "error" in message:
        return _misfits(_with_id(message), _named(at, "JSONRPCErrorResponse", "JSONRPCError"), at)
    envelope = _misfits(message, _named(at, "JSONRPCResultResponse", "JSONRPCResponse"), at, skip="result")
    result = message.get("result")
    definition = _of_result(at, method, result)
    if not isinstance(result, dict) or definition is None:
        return (
            *envelope,
            *_misfits(message, _named(at, "JSONRPCResultResponse", "JSONRPCResponse"), at, only="result"),
        )
    return (*envelope, *_misfits(result, definition, at))[:_MAX_VIOLATIONS]


def result_definition(method: str, revision: str) -> str | None:
    """Return the name of the definition that results of `method` have at `revision`, or None if it is not known."""
    name = _RESULTS.get(method)
    return "Result" if name == _EMPTY else name if name in _definitions(revision) else None


def definition_fits(name: str, instance: Any, revision: str) -> bool:
    """Whether an instance fits a definition of a revision; raises KeyError for an unknown one."""
    return bool(_validator(name, revision).is_valid(instance))


def _of_result(revision: str, method: str | None, result: Any) -> str | None:
    kind = result.get("resultType") if isinstance(result, dict) else None
    if kind == "input_required" and _INPUT_REQUIRED in _definitions(revision):
        return _INPUT_REQUIRED
    if method == "tools/call" and isinstance(result, dict) and "task" in result and "content" not in result:
        return _CREATED_TASK if _CREATED_TASK in _definitions(revision) else result_definition(method, revision)
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
    for name, definition in _definitions(revision).items():
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
    return next(name for name in names if name in _definitions(revision))


@cache
def _definitions(revision: str) -> JsonObject:
    definitions: JsonObject = schema_for(revision)["$defs"]
    return definitions


@cache
def _validator(name: str, revision: str) -> jsonschema_rs.Draft202012Validator:
    if name not in _definitions(revision):
        raise KeyError(name)
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _definitions(revision)})


def _misfits(
    instance: Any, definition: str, revision: str, *, skip: str = "", only: str = ""
) -> tuple[SchemaViolation, ...]:
    validator = _validator(definition, revision)
    if validator.is_valid(instance):
        return ()
    found: list[SchemaViolation] = []
    for error in validator.iter_errors(instance):
        first = str(error.instance_path[0]) if error.instance_path else ""
        if (skip and first == skip) or (only and first != only):
            continue
        found.append(SchemaViolation(definition, place(error.instance_path), sentence(error)))
        if len(found) == _MAX_VIOLATIONS:
            break
    return tuple(dict.fromkeys(found))
