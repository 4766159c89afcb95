"""Tools that only a fault brings: listed on the first page, and answered in the clean server's place."""

from collections.abc import Callable
from typing import Any

from .fault import PASS, Context, Fault, Json, Level, Reply, Rewritten, answers, both, rewrites
from .results import method_of, params_of, with_member, with_result


def adds_tool(name: str, level: Level, tool: Json) -> Callable[[Callable[[Json], str]], Fault]:
    """Make a fault of `f(arguments)`, whose text is what the added tool answers.

    `tool` is listed as it is, annotated as one that only reads.
    """

    def made(call: Callable[[Json], str]) -> Fault:
        def listed(message: Json, context: Context) -> Rewritten:
            if method_of(context) != "tools/list" or "cursor" in params_of(context.request) or "result" not in message:
                return message
            read_only = {"annotations": {"readOnlyHint": True}, **tool}
            return with_member(message, "tools", [*message["result"]["tools"], read_only])

        def answered(message: Any, context: Context) -> Reply:
            params = params_of(message)
            asked = isinstance(message, dict) and message.get("method") == "tools/call"
            if not asked or params.get("name") != tool["name"]:
                return PASS
            arguments = params.get("arguments")
            text = call(arguments if isinstance(arguments, dict) else {})
            return with_result(message, {"content": [{"type": "text", "text": text}]}, context)

        listed.__doc__ = answered.__doc__ = call.__doc__
        return both(rewrites(name, level)(listed), answers(name, level)(answered))

    return made
