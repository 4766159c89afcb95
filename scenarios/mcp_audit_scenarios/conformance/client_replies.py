"""What the harness says when a server asks: a person, a model and a file system, each played in a few manners.

Sources: the pages `client/elicitation`, `client/sampling` and `client/roots` of each revision.
"""

from typing import Any, Final

from mcp_audit_harness.model import JsonObject

from ..arguments import valid_arguments

ELICIT, SAMPLE, LIST_ROOTS = "elicitation/create", "sampling/createMessage", "roots/list"

ACCEPT: Final = "accept"
"""Fill in every form, open every page, answer for the model; use each offered tool once."""
DECLINE: Final = "decline"
CANCEL: Final = "cancel"
WRONG: Final = "wrong"
"""Accept forms with content of other types than was asked for; answer for the model with content of no known type."""
LOOP: Final = "loop"
"""As `ACCEPT`, but let the model use a tool again each time."""
SILENT: Final = "silent"
"""Leave every question unanswered, pings too."""

MOST_USES: Final = 50
"""How often a model uses tools in one call before that counts as endless; then it ends the loop by itself."""
MARKER: Final = "mcp-audit-7d1f"
"""A text that only the harness can have brought in."""
ROOT: Final = "file:///tmp/mcp-audit"

_FORMATS: Final = {
    "email": "mcp-audit@example.com",
    "uri": "https://example.com/mcp-audit",
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
}
_REFUSED: Final[JsonObject] = {"error": {"code": -32601, "message": "Method not found"}}


def reply(request: JsonObject, manner: str, earlier: int = 0, roots: tuple[str, ...] = (ROOT,)) -> JsonObject | None:
    """Return the result that answers a request in a manner, or an error; None for silence.

    `earlier` is how many requests of this method came before it in the same call.
    """
    if manner == SILENT:
        return None
    params = request.get("params")
    params = params if isinstance(params, dict) else {}
    match request.get("method"):
        case "ping":
            return {}
        case "roots/list":
            return {"roots": [{"uri": uri, "name": f"root-{index}"} for index, uri in enumerate(roots)]}
        case "sampling/createMessage":
            return _sampled(params, manner, earlier)
        case "elicitation/create":
            return _elicited(params, manner)
        case _:
            return dict(_REFUSED)


def _elicited(params: JsonObject, manner: str) -> JsonObject:
    if manner in {DECLINE, CANCEL}:
        return {"action": manner}
    if params.get("mode") == "url":
        return {"action": "accept"}
    schema = params.get("requestedSchema")
    content = wrong_content(schema) if manner == WRONG else filled_in(schema)
    return {"action": "accept", "content": content}


def _sampled(params: JsonObject, manner: str, earlier: int) -> JsonObject:
    said: JsonObject = {"role": "assistant", "model": "mcp-audit-canned", "stopReason": "endTurn"}
    if manner == WRONG:
        return {**said, "content": {"type": "mcp-audit-unknown", "text": MARKER}}
    tools = params.get("tools")
    offered = tools[0] if isinstance(tools, list) and tools and isinstance(tools[0], dict) else None
    if offered is not None and earlier < (MOST_USES if manner == LOOP else 1):
        arguments = valid_arguments(offered.get("inputSchema"))
        use = {"type": "tool_use", "id": f"use-{earlier + 1}", "name": offered.get("name"), "input": arguments}
        return {**said, "content": [use], "stopReason": "toolUse"}
    return {**said, "content": {"type": "text", "text": "A short canned answer."}}


def filled_in(schema: Any) -> JsonObject:
    """Return content for every required field of a form, or for all where none is required."""
    fields = form_fields(schema)
    required = schema.get("required") if isinstance(schema, dict) else None
    chosen = [name for name in required if name in fields] if isinstance(required, list) else []
    return {name: _value(fields[name]) for name in chosen or fields}


def wrong_content(schema: Any) -> JsonObject:
    """Return content in which every field that has a type has a value of another."""
    return {name: [MARKER] if _kind(field) == "object" else {MARKER: 1} for name, field in form_fields(schema).items()}


def form_fields(schema: Any) -> dict[str, JsonObject]:
    """Return the fields of a form by name, as far as they are described."""
    fields = schema.get("properties") if isinstance(schema, dict) else None
    return (
        {name: field for name, field in fields.items() if isinstance(field, dict)} if isinstance(fields, dict) else {}
    )


def _value(field: JsonObject) -> Any:
    if _kind(field) == "array":
        return _chosen(field)
    if _kind(field) == "boolean":
        return True
    if "default" not in field and "oneOf" in field:
        return next((option.get("const") for option in field["oneOf"] if isinstance(option, dict)), None)
    if isinstance(field.get("format"), str) and "default" not in field:
        return _FORMATS.get(field["format"], "mcp-audit")
    value = valid_arguments({"properties": {"field": field}, "required": ["field"]})["field"]
    shortest = field.get("minLength")
    if isinstance(value, str) and isinstance(shortest, int) and not isinstance(shortest, bool):
        return value.ljust(min(shortest, 1000), "x")
    return value


def _chosen(field: JsonObject) -> list[Any]:
    items = field.get("items")
    if not isinstance(items, dict):
        return []
    for member in ("anyOf", "oneOf"):
        options = items.get(member)
        if isinstance(options, list) and options and isinstance(options[0], dict):
            return [options[0].get("const")]
    options = items.get("enum")
    return [options[0]] if isinstance(options, list) and options else []


def _kind(field: JsonObject) -> object:
    return field.get("type")
