"""A further tool that repeats what it is given: raw in plain text, in HTML, or in CSV."""

from typing import Any

from oraclepack_faults.added_tools import text_tool
from oraclepack_faults.fault import PASS, Context, Fault, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_TOOL = text_tool("oraclepack_repeat", "Repeats a text.", "text", text={"maxLength": 2000})
_REFUSED_AS_TASK = -32601


def _repeats(name: str, media_type: str, form: str, *, bare: bool = False) -> Fault:
    """Make the fault of a tool that puts its text into `form` without a change; as plain text if it is `bare`."""

    def lists_it(message: Json, context: Context) -> Rewritten:
        tools = (message.get("result") or {}).get("tools") if method_of(context) == "tools/list" else None
        if not tools or "cursor" in params_of(context.request):
            return message
        return with_member(message, "tools", [_TOOL, *tools])

    def runs_it(message: Any, context: Context) -> Reply:
        params = params_of(message)
        if params.get("name") != _TOOL["name"] or message.get("method") != "tools/call":
            return PASS
        if "task" in params:
            return with_error(message, _REFUSED_AS_TASK)
        arguments = params.get("arguments")
        text = arguments.get("text") if isinstance(arguments, dict) and set(arguments) == {"text"} else None
        if not isinstance(text, str):
            failed: Json = {"content": [{"type": "text", "text": "No text."}], "isError": True}
            return with_result(message, failed, context)
        said = form.format(text) if bare else form.format("".join(filter(_visible, text)))
        item: Json = {"type": "text", "text": said}
        if not bare:
            item = {"type": "resource", "resource": {"uri": "test://page", "mimeType": media_type, "text": said}}
        return with_result(message, {"content": [item]}, context)

    lists_it.__doc__ = runs_it.__doc__ = f"A further tool repeats its text unescaped as {media_type}."
    return both(rewrites(name, "feature")(lists_it), answers(name, "feature")(runs_it))


def _visible(char: str) -> bool:
    return char >= " "


repeats_terminal_escape: Fault = _repeats("outputs/repeats-terminal-escape", "text/plain", "You said {}.", bare=True)
unescaped_html: Fault = _repeats("outputs/unescaped-html", "text/html", "<p>{}</p>")
unescaped_formula: Fault = _repeats("outputs/unescaped-formula", "text/csv", "text\n{}\n")
