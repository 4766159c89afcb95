"""Operations as an OpenAPI 3.1 document: each is a POST of the JSON-RPC message that carries its arguments."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from mcp_audit_harness.model import JsonObject

from .brokenness import flaw_of
from .operations import COMPLETION, PROMPT, RESOURCE_TEMPLATE, Operation
from .projection import COMPONENTS, component_name, of_objects, project
from .slow_patterns import without_slow_patterns

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_METHODS: Final = {PROMPT: "prompts/get", COMPLETION: "completion/complete", RESOURCE_TEMPLATE: "resources/read"}
_JSON: Final = "application/json"
_ABOUT: Final = (
    "What a server of the Model Context Protocol offers, one operation each. All are sent to one endpoint: "
    "the fragment of a path only tells them apart and never leaves the client. "
    "Errors come as JSON-RPC errors or as results with `isError`, in a response with status 200 as well: "
    "checks that judge by the status alone (`negative_data_rejection`, `positive_data_acceptance`) say nothing."
)


def document(
    operations: Iterable[Operation],
    *,
    url: str,
    title: str,
    headers: Mapping[str, str] | None = None,
    meta: JsonObject | None = None,
    mirrored: bool = False,
) -> JsonObject:
    """Return an OpenAPI 3.1 document of the operations.

    `headers` and `meta` (of the params) are sent with each request as they are: the revision, a session. `mirrored`
    repeats the method, and the name of a tool or a prompt, in headers, as the stateless era wants it.
    """
    parts = urlsplit(url)
    components: JsonObject = {"Error": _error()}
    paths: JsonObject = {}
    for key, operation in keyed(operations):
        path = f"{parts.path or '/'}#{operation.kind}/{quote(operation.name, safe='')}"
        own = {**(headers or {}), **(_mirrored(operation) if mirrored else {})}
        paths[path] = {"post": _operation(operation, key, components, own, meta)}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {"title": title, "version": "1", "description": _ABOUT},
        "servers": [{"url": f"{parts.scheme}://{parts.netloc}"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def arguments_document(operation: Operation) -> JsonObject:
    """Return an OpenAPI 3.1 document with one operation, whose body is the arguments themselves.

    Patterns that could hang whoever generates from them are left out.
    """
    projection = project(without_slow_patterns(of_objects(operation.schema)), "arguments")
    body = {"required": True, "content": {_JSON: {"schema": projection.schema}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": operation.subject, "version": "1"},
        "paths": {"/": {"post": {"requestBody": body, "responses": {"default": {"description": "Any"}}}}},
        "components": {"schemas": projection.components},
    }


def keyed(operations: Iterable[Operation]) -> list[tuple[str, Operation]]:
    """Return the operations with names that OpenAPI allows, no two of them alike."""
    found: dict[str, Operation] = {}
    for operation in operations:
        plain = key = f"{operation.kind}.{component_name(operation.name)}"
        number = 2
        while key in found:
            key = f"{plain}-{number}"
            number += 1
        found[key] = operation
    return list(found.items())


def _operation(
    operation: Operation, key: str, components: JsonObject, headers: Mapping[str, str], meta: JsonObject | None
) -> JsonObject:
    message = _object(
        {
            "jsonrpc": {"const": "2.0"},
            "id": {"type": "string", "pattern": "^[a-z0-9]{1,20}$"},
            "method": {"const": operation.request({})[0]},
            "params": _params(operation, key, components, meta),
        }
    )
    description = operation.item.get("description")
    return {
        "operationId": key,
        "summary": operation.subject,
        **({"description": description} if isinstance(description, str) else {}),
        "tags": [operation.kind],
        "parameters": _parameters(headers),
        "requestBody": {"required": True, "content": {_JSON: {"schema": message}}},
        "responses": _responses(operation, key, components),
    }


def _mirrored(operation: Operation) -> dict[str, str]:
    """Return the headers that repeat what a message says; the address of a resource differs each time."""
    method, params = operation.request({})
    name = params.get("name")
    plain = isinstance(name, str) and name.isascii() and name.isprintable() and name == name.strip()
    return {"Mcp-Method": method, **({"Mcp-Name": str(name)} if plain else {})}


def _params(operation: Operation, key: str, components: JsonObject, meta: JsonObject | None) -> JsonObject:
    more: JsonObject = {} if meta is None else {"_meta": {"const": meta}}
    if operation.kind == RESOURCE_TEMPLATE:
        return _object({"uri": {"type": "string", "description": operation.item["uriTemplate"]}, **more})
    if operation.kind == COMPLETION:
        argument = _object({"name": {"const": operation.item["argument"]}, "value": {"type": "string"}})
        return _object({"ref": {"const": operation.item["ref"]}, "argument": argument, **more})
    arguments = _component(of_objects(operation.schema), key, components)
    return _object({"name": {"const": operation.name}, "arguments": arguments, **more})


def _component(schema: Any, key: str, components: JsonObject) -> JsonObject:
    """Put a schema among the components; what cannot be used becomes one that any object fits, and says why."""
    flaw = flaw_of(schema)
    if flaw is not None or schema is True:
        why = {} if flaw is None else {"description": f"The schema that is listed cannot be used: {flaw.reason}."}
        return {"type": "object", **why}
    projection = project(schema, key)
    components.update(projection.components)
    return projection.schema


def _parameters(headers: Mapping[str, str]) -> list[JsonObject]:
    fixed = {"Accept": f"{_JSON}, text/event-stream", **headers}
    return [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string", "enum": [value]}}
        for name, value in fixed.items()
        if name.lower() not in {"accept", "content-type", "authorization"}
    ]


def _responses(operation: Operation, key: str, components: JsonObject) -> JsonObject:
    result: JsonObject = {"type": "object"}
    if isinstance(operation.output_schema, dict):
        structured = _component(operation.output_schema, f"{key}.output", components)
        result["properties"] = {"structuredContent": structured}
    answer: JsonObject = {
        "type": "object",
        "properties": {"jsonrpc": {"const": "2.0"}, "id": {"type": ["string", "null"]}, "result": result},
        "required": ["jsonrpc"],
    }
    either = {"anyOf": [{**answer, "required": ["jsonrpc", "id", "result"]}, {"$ref": f"{COMPONENTS}Error"}]}
    stream = {"schema": {"type": "string"}}
    return {
        "200": {"description": "An answer", "content": {_JSON: {"schema": either}, "text/event-stream": stream}},
        "4XX": {"description": "A refusal"},
    }


def _error() -> JsonObject:
    inner = {"code": {"type": "integer"}, "message": {"type": "string"}, "data": {}}
    error = {"type": "object", "properties": inner, "required": ["code", "message"]}
    return {
        "type": "object",
        "properties": {"jsonrpc": {"const": "2.0"}, "id": {"type": ["string", "null"]}, "error": error},
        "required": ["jsonrpc", "error"],
    }


def _object(properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
