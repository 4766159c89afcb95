"""Faults in the shape of messages: one member of one kind of message has the wrong type, or is missing."""

from collections.abc import Callable
from typing import Any, Final

from oraclepack_faults.fault import PASS, Answer, Context, Json, Reply, Rewritten, answers, both, rewrites

_COUNTED: Final = 1000
"""Clients count their requests; an id beyond this is one of a probe."""
_REQUEST_ID: Final = "shapeless-roots"


def _changed(message: Json, context: Context, method: str, change: Callable[[Json], Any]) -> Json:
    """Apply `change` to the result that answers a method; it alters the result in place."""
    asked = (context.request or {}).get("method")
    if asked == method and isinstance(message.get("result"), dict):
        change(message["result"])
    return message


def _number_for_description(member: str) -> Callable[[Json], None]:
    def change(result: Json) -> None:
        for item in result.get(member, [])[:1]:
            item["description"] = 7

    return change


@rewrites("schema/initialize-result", "wire")
def server_without_version(message: Json, context: Context) -> Rewritten:
    """The server does not say which version of itself it is."""
    return _changed(message, context, "initialize", lambda result: result["serverInfo"].pop("version"))


@rewrites("schema/tools-list-result", "wire")
def tool_described_by_number(message: Json, context: Context) -> Rewritten:
    """The description of the first tool is a number."""
    return _changed(message, context, "tools/list", _number_for_description("tools"))


@rewrites("schema/tools-call-result", "wire")
def content_annotated_by_text(message: Json, context: Context) -> Rewritten:
    """The annotations of what a tool returns are a text."""
    return _changed(message, context, "tools/call", lambda result: result["content"][0].update(annotations="none"))


@rewrites("schema/resources-list-result", "wire")
def resource_described_by_number(message: Json, context: Context) -> Rewritten:
    """The description of the first resource is a number."""
    return _changed(message, context, "resources/list", _number_for_description("resources"))


@rewrites("schema/resource-templates-list-result", "wire")
def template_described_by_number(message: Json, context: Context) -> Rewritten:
    """The description of the first resource template is a number."""
    return _changed(message, context, "resources/templates/list", _number_for_description("resourceTemplates"))


@rewrites("schema/resources-read-result", "wire")
def contents_of_numbered_type(message: Json, context: Context) -> Rewritten:
    """The media type of what is read is a number."""
    return _changed(message, context, "resources/read", lambda result: result["contents"][0].update(mimeType=7))


@rewrites("schema/prompts-list-result", "wire")
def prompt_described_by_number(message: Json, context: Context) -> Rewritten:
    """The description of the first prompt is a number."""
    return _changed(message, context, "prompts/list", _number_for_description("prompts"))


@rewrites("schema/prompts-get-result", "wire")
def got_prompt_described_by_number(message: Json, context: Context) -> Rewritten:
    """The description of a prompt that was asked for is a number."""
    return _changed(message, context, "prompts/get", lambda result: result.update(description=7))


@rewrites("schema/completion-result", "wire")
def completions_counted_in_words(message: Json, context: Context) -> Rewritten:
    """The number of completions is a text."""
    return _changed(
        message, context, "completion/complete", lambda result: result["completion"].update(total="many of them")
    )


@rewrites("schema/empty-result", "wire")
def ping_with_number_for_meta(message: Json, context: Context) -> Rewritten:
    """The metadata of the result of ping is a number; small ids are those of single requests, not of batches."""
    identity = (context.request or {}).get("id")
    if isinstance(identity, int) and identity > _COUNTED:
        return message
    return _changed(message, context, "ping", lambda result: result.update(_meta=7))


@rewrites("schema/error-object", "wire")
def error_with_list_for_message(message: Json, context: Context) -> Rewritten:
    """The message of the error for an unknown method is an array."""
    error = message.get("error")
    if isinstance(error, dict) and error.get("code") == -32601:
        error["message"] = [error["message"]]
    return message


@rewrites("schema/server-request", "wire")
def _asks_shapelessly(message: Json, context: Context) -> Rewritten:
    """The server asks for the roots with a number for metadata."""
    if (context.request or {}).get("method") != "completion/complete" or context.era != "handshake":
        return message
    return [{"jsonrpc": "2.0", "id": _REQUEST_ID, "method": "roots/list", "params": {"_meta": 7}}, message]


@answers("schema/server-request", "wire")
def _takes_roots(message: Any, context: Context) -> Reply:
    """The server asks for the roots with a number for metadata."""
    return Answer(None, 202) if isinstance(message, dict) and message.get("id") == _REQUEST_ID else PASS


asks_shapelessly = both(_asks_shapelessly, _takes_roots)


@rewrites("schema/notification", "wire")
def progress_without_value(message: Json, context: Context) -> Rewritten:
    """Progress notifications do not say how far the request is."""
    params = (context.request or {}).get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    token = meta.get("progressToken") if isinstance(meta, dict) else None
    if not isinstance(token, str | int) or isinstance(token, bool):
        return message
    told = {"progressToken": token}
    return [{"jsonrpc": "2.0", "method": "notifications/progress", "params": told}, message]


@rewrites("schema/envelope", "wire")
def envelope_of_other_version(message: Json, context: Context) -> Rewritten:
    """Completions are sent as JSON-RPC 1.0."""
    asked = (context.request or {}).get("method")
    return {**message, "jsonrpc": "1.0"} if asked == "completion/complete" else message
