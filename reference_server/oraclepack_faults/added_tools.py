"""What faults need to add a tool that the clean server does not have: it takes texts only."""

import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from .fault import PASS, Context, Fault, Json, Level, Reply, Rewritten, answers, both, rewrites
from .results import method_of, params_of, with_error, with_member, with_result

Run: TypeAlias = Callable[[Json], str | None]
"""Makes the text of the result from the arguments; None is a failure."""
_NO_TASK = -32601
_TAKES_TASKS = "added tool beside tasks"


def adds_tool(name: str, level: Level, tool: Json, *, first: bool = False) -> Callable[[Run], Fault]:
    """Make a fault of what a further tool does; `tool` is what the list says of it, as its last tool or its `first`."""

    def fault(run: Run) -> Fault:
        def lists_it(message: Json, context: Context) -> Rewritten:
            result = message.get("result")
            _remember_tasks(result, context)
            if method_of(context) != "tools/list" or not isinstance(result, dict):
                return message
            if first and "cursor" not in params_of(context.request):
                return with_member(message, "tools", [tool, *result["tools"]])
            if first or "nextCursor" in result:
                return message
            return with_member(message, "tools", [*result["tools"], tool])

        def runs_it(message: Any, context: Context) -> Reply:
            params = params_of(message)
            if not isinstance(message, dict) or message.get("method") != "tools/call":
                return PASS
            if params.get("name") != tool["name"]:
                return PASS
            if "task" in params and context.session.get(_TAKES_TASKS):
                return with_error(message, _NO_TASK)
            text = run(params["arguments"]) if _fits(params.get("arguments"), tool) else None
            content = [{"type": "text", "text": "It did not work." if text is None else text}]
            return with_result(message, {"content": content, **({"isError": True} if text is None else {})}, context)

        lists_it.__doc__ = runs_it.__doc__ = run.__doc__
        return both(rewrites(name, level)(lists_it), answers(name, level)(runs_it))

    return fault


def text_tool(name: str, description: str, *required: str, closed: bool = True, **about: Json) -> Json:
    """Return a tool that only reads; `about` says what each argument is, all of them texts.

    If it is `closed`, there are no others.
    """
    return {
        "name": name,
        "description": description,
        "inputSchema": {
            "type": "object",
            "properties": {argument: {"type": "string", **said} for argument, said in about.items()},
            "required": list(required),
            "additionalProperties": not closed,
        },
        "annotations": {"readOnlyHint": True},
    }


def _remember_tasks(result: object, context: Context) -> None:
    """Keep whether the server takes tasks: one that takes none ignores what a call says of them."""
    if method_of(context) == "initialize" and isinstance(result, dict):
        context.session[_TAKES_TASKS] = "tasks" in result.get("capabilities", {})


def _fits(arguments: object, tool: Json) -> bool:
    schema = tool["inputSchema"]
    if not isinstance(arguments, dict) or set(schema["required"]) - set(arguments):
        return False
    declared = schema["properties"]
    if schema["additionalProperties"] is False and set(arguments) - set(declared):
        return False
    given = {name: value for name, value in arguments.items() if name in declared}
    return all(isinstance(value, str) and len(value) <= _longest(declared[name]) for name, value in given.items())


def _longest(declared: Json) -> int:
    longest: int = declared.get("maxLength", sys.maxsize)
    return longest
