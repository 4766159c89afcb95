"""What faults need to change what the server asks of its clients, in the manner of either era."""

from collections.abc import Callable
from typing import Any, TypeAlias

from .fault import Json
from .results import with_member

Change: TypeAlias = Callable[[Json], Json]
ELICIT, SAMPLE, LIST_ROOTS = "elicitation/create", "sampling/createMessage", "roots/list"


def with_questions(message: Json, method: str, change: Change) -> Json:
    """Return the message with the params of each question of a method changed: a request, or part of a result."""
    if message.get("method") == method:
        return _changed(message, change)
    result = message.get("result")
    asked = result.get("inputRequests") if isinstance(result, dict) else None
    if not isinstance(asked, dict):
        return message
    return with_member(
        message,
        "inputRequests",
        {key: _changed(value, change) if value.get("method") == method else value for key, value in asked.items()},
    )


def with_answers(message: Any, change: Change) -> Any:
    """Return a client's message with each answer to a question changed: a response, or what a repeated call brings."""
    if not isinstance(message, dict):
        return message
    if isinstance(message.get("result"), dict):
        return {**message, "result": change(message["result"])}
    params = message.get("params")
    given = params.get("inputResponses") if isinstance(params, dict) else None
    if not isinstance(params, dict) or not isinstance(given, dict):
        return message
    changed = {key: change(value) if isinstance(value, dict) else value for key, value in given.items()}
    return {**message, "params": {**params, "inputResponses": changed}}


def _changed(question: Json, change: Change) -> Json:
    return {**question, "params": change(question.get("params") or {})}
