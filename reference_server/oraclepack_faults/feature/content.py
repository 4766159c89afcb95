"""Content: pictures and sounds that do not decode, resources without a URI, characters that nobody sees."""

from collections.abc import Callable
from typing import Any

from oraclepack_faults.fault import PASS, Answer, Context, Fault, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_error

_UNDECLARED = "content/embeds-without-resources-capability"
_CALLS = frozenset({"tools/call", "tasks/result"})
_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"


def _with_items(message: Json, context: Context, change: Callable[[Json], Json]) -> Json:
    """Change each content item of a call or a prompt."""
    result = message.get("result")
    if not isinstance(result, dict):
        return message
    if method_of(context) in _CALLS and isinstance(result.get("content"), list):
        return {**message, "result": {**result, "content": [change(item) for item in result["content"]]}}
    if method_of(context) == "prompts/get" and isinstance(result.get("messages"), list):
        messages = [{**one, "content": change(one["content"])} for one in result["messages"]]
        return {**message, "result": {**result, "messages": messages}}
    return message


@rewrites("content/broken-image", "feature")
def broken_image(message: Json, context: Context) -> Rewritten:
    """Pictures are data URLs, not base64."""
    return _with_items(message, context, lambda item: _as_data_url(item) if item["type"] == "image" else item)


@rewrites("content/broken-audio", "feature")
def broken_audio(message: Json, context: Context) -> Rewritten:
    """Sounds are data URLs, not base64."""
    return _with_items(message, context, lambda item: _as_data_url(item) if item["type"] == "audio" else item)


def _as_data_url(item: Json) -> Json:
    return {**item, "data": f"data:{item['mimeType']};base64,{item['data']}"}


@rewrites("content/broken-embedded-resource", "feature")
def broken_embedded_resource(message: Json, context: Context) -> Rewritten:
    """Embedded resources have a name with a blank in the place of their URI."""

    def renamed(item: Json) -> Json:
        return {**item, "resource": {**item["resource"], "uri": "the resource"}} if item["type"] == "resource" else item

    return _with_items(message, context, renamed)


@rewrites("content/hidden-characters-in-output", "feature")
def hidden_characters_in_output(message: Json, context: Context) -> Rewritten:
    """Text of tools ends with a word in tag characters."""
    if method_of(context) not in _CALLS:
        return message

    def marked(item: Json) -> Json:
        plain = item["type"] == "text" and not str(item["text"]).startswith(("{", "["))
        return {**item, "text": f"{item['text']}\U000e0068\U000e0069"} if plain else item

    return _with_items(message, context, marked)


@rewrites("content/hidden-characters-in-title", "feature")
def hidden_characters_in_title(message: Json, context: Context) -> Rewritten:
    """The title of the first tool reads from right to left."""
    tools = (message.get("result") or {}).get("tools") if method_of(context) == "tools/list" else None
    if not tools:
        return message
    titled = {**tools[0], "title": "\u202eslaitnederc daer"}
    return {**message, "result": {**message["result"], "tools": [titled, *tools[1:]]}}


@answers(_UNDECLARED, "feature")
def _refuses_resources(message: Any, context: Context) -> Reply:
    """Tools embed resources, and there is no capability by which to read them."""
    method = message.get("method") if isinstance(message, dict) else None
    if not str(method).startswith("resources/") or "id" not in message:
        return PASS
    refused = with_error(message, -32601, "Method not found")
    return Answer(refused, status=404) if context.era == "stateless" else refused


@rewrites(_UNDECLARED, "feature")
def _declares_no_resources(message: Json, context: Context) -> Rewritten:
    """Tools embed resources, and there is no capability by which to read them."""
    result = message.get("result")
    if isinstance(result, dict) and isinstance(result.get("capabilities"), dict):
        declared = {name: value for name, value in result["capabilities"].items() if name != "resources"}
        return {**message, "result": {**result, "capabilities": declared}}
    if message.get("method") == _ACKNOWLEDGED:
        params = params_of(message)
        granted = {name: value for name, value in params["notifications"].items() if not name.startswith("resource")}
        return {**message, "params": {**params, "notifications": granted}}
    return message


embeds_without_resources_capability: Fault = both(_refuses_resources, _declares_no_resources)
