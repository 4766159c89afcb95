"""What an ordinary, very small server would answer: the background in front of which a hostile one acts."""

from dataclasses import dataclass, field
from typing import Any, Final

HANDSHAKE: Final = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
STATELESS: Final = "2026-07-28"

_OBJECT: Final = {"type": "object", "properties": {"text": {"type": "string"}}}
ECHO: Final = {
    "name": "echo",
    "description": "Returns what it is given.",
    "inputSchema": _OBJECT,
    "annotations": {"readOnlyHint": True},
}


@dataclass(frozen=True, slots=True)
class Offering:
    """What the server says that it has; one revision only, so that an audit of it is short."""

    revision: str = "2025-11-25"
    name: str = "ordinary"
    instructions: str = "None."
    tools: tuple[Any, ...] = (ECHO,)
    resources: tuple[Any, ...] = ({"uri": "note://one", "name": "one"},)
    templates: tuple[Any, ...] = ({"uriTemplate": "note://{name}", "name": "notes"},)
    prompts: tuple[Any, ...] = ({"name": "greet", "description": "Greets.", "arguments": [{"name": "who"}]},)
    text: str = "an answer"
    """What every tool, resource and prompt says."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Put into every result."""


def answer(message: dict[str, Any], offering: Offering) -> dict[str, Any] | None:
    """Return the response to a message; None if there is none."""
    if "id" not in message or "method" not in message:
        return None
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
    result = _result(str(message["method"]), offering)
    if result is None:
        return {**reply, "error": {"code": -32601, "message": f"Method not found: {offering.text}"}}
    return {**reply, "result": {**result, **offering.extra}}


def _result(method: str, offering: Offering) -> dict[str, Any] | None:
    content = [{"type": "text", "text": offering.text}]
    results: dict[str, dict[str, Any]] = {
        "ping": {},
        "tools/list": {"tools": list(offering.tools)},
        "tools/call": {"content": content},
        "resources/list": {"resources": list(offering.resources)},
        "resources/templates/list": {"resourceTemplates": list(offering.templates)},
        "resources/read": {"contents": [{"uri": "note://one", "text": offering.text}]},
        "prompts/list": {"prompts": list(offering.prompts)},
        "prompts/get": {"messages": [{"role": "user", "content": content[0]}]},
    }
    if offering.revision == STATELESS:
        for result in results.values():
            result.update({"resultType": "complete", "ttlMs": 0, "cacheScope": "private"})
        results["server/discover"] = {**_opening(offering), "supportedVersions": [STATELESS], "resultType": "complete"}
    else:
        results["initialize"] = {**_opening(offering), "protocolVersion": offering.revision}
    return results.get(method)


def _opening(offering: Offering) -> dict[str, Any]:
    return {
        "capabilities": {"tools": {}, "resources": {}, "prompts": {}},
        "serverInfo": {"name": offering.name, "version": "1"},
        "instructions": offering.instructions,
    }
