"""Questions that a server of the stateless era asks: how to provoke them, read them, and answer them plainly.

Such a server sends nothing of its own accord. It answers `input_required`, with questions, with a state, or with both,
and expects the same request again with `inputResponses` and the state (2026-07-28, basic/patterns/mrtr).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_audit_harness.model import Exchange, JsonObject, Outcome
from mcp_audit_harness.probe import Probe

from .arguments import valid_arguments

EVERY_KIND: JsonObject = {"roots": {}, "sampling": {}, "elicitation": {"form": {}, "url": {}}}
"""Capabilities of a client that can be asked anything."""
KINDS = frozenset({"elicitation/create", "sampling/createMessage", "roots/list"})
_LIKELY = re.compile(r"input.?required|elicit|sampl|\broots|confirm|\basks?\b", re.IGNORECASE)
_MAX_TOOLS, _MAX_PROMPTS, _MAX_RESOURCES = 16, 6, 6
_PATIENCE_S = 1.5
_MAX_SILENT = 2
_SAMPLE: JsonObject = {
    "role": "assistant",
    "content": {"type": "text", "text": "A short canned answer."},
    "model": "mcp-audit-canned",
    "stopReason": "endTurn",
}


@dataclass(frozen=True, slots=True)
class Try:
    """One request that may be answered with a question."""

    subject: str
    """How findings name what was asked for: `tool:NAME`."""
    method: str
    params: JsonObject
    exchange: Exchange

    @property
    def asks(self) -> bool:
        """Whether it was answered with a question."""
        return kind_of(self.exchange) == "question"


def kind_of(exchange: Exchange) -> str:
    """Return what came back: question, result, tool error, error, or nothing."""
    if exchange.result is not None:
        if exchange.result.get("resultType") == "input_required":
            return "question"
        return "tool error" if exchange.result.get("isError") is True else "result"
    return "error" if exchange.answered and exchange.refused else "nothing"


def requests_in(exchange: Exchange) -> JsonObject:
    """Return the questions by key; empty where there are none, or they are no object."""
    found = (exchange.result or {}).get("inputRequests")
    return found if isinstance(found, dict) else {}


def state_in(exchange: Exchange) -> str | None:
    """Return the state that the client has to bring back."""
    found = (exchange.result or {}).get("requestState")
    return found if isinstance(found, str) else None


def plain_answers(requests: JsonObject) -> JsonObject:
    """Return an answer to each question: an accepted form with plain content, a canned sample, one root."""
    return {key: _answer(request) for key, request in requests.items()}


async def first_calls(probe: Probe) -> tuple[Try, ...]:
    """Ask for what may be asked for, what is likely to ask back first, and give up on targets that keep silent.

    The capabilities go with each request, so that the scenario's own session serves for all of them.
    """
    tried: list[Try] = []
    silent = 0
    for subject, method, params in _candidates(probe):
        if silent == _MAX_SILENT:
            break
        exchange = await probe.request(method, params, meta=declaring(EVERY_KIND), timeout=_PATIENCE_S)
        silent += exchange.outcome is Outcome.SILENT
        tried.append(Try(subject, method, params, exchange))
    return tuple(tried)


async def again(probe: Probe, asked: Try, capabilities: JsonObject = EVERY_KIND, **members: Any) -> Exchange:
    """Send the request of `asked` again, with `members` in its parameters; those that are None are left out."""
    given = {name: value for name, value in members.items() if value is not None}
    params = {**asked.params, **given}
    return await probe.request(asked.method, params, meta=declaring(capabilities), timeout=_PATIENCE_S)


def declaring(capabilities: JsonObject) -> JsonObject:
    """Return the `_meta` member by which a request declares what its client can be asked."""
    return {"io.modelcontextprotocol/clientCapabilities": capabilities}


def _answer(request: Any) -> JsonObject:
    method = request.get("method") if isinstance(request, dict) else None
    if method == "sampling/createMessage":
        return _SAMPLE
    if method == "roots/list":
        return {"roots": [{"uri": "file:///tmp/mcp-audit", "name": "mcp-audit"}]}
    params = request.get("params") if isinstance(request, dict) else None
    schema = params.get("requestedSchema") if isinstance(params, dict) else None
    return (
        {"action": "accept", "content": valid_arguments(schema)} if isinstance(schema, dict) else {"action": "accept"}
    )


def _candidates(probe: Probe) -> Iterator[tuple[str, str, JsonObject]]:
    for tool in sorted(probe.callable_tools(), key=_unlikely)[:_MAX_TOOLS]:
        arguments = valid_arguments(tool.get("inputSchema"))
        yield f"tool:{tool.get('name')}", "tools/call", {"name": tool.get("name"), "arguments": arguments}
    for prompt in sorted(probe.offer.prompts, key=_unlikely)[:_MAX_PROMPTS]:
        yield f"prompt:{prompt.get('name')}", "prompts/get", {"name": prompt.get("name"), **_arguments(prompt)}
    for resource in sorted(probe.offer.resources, key=_unlikely)[:_MAX_RESOURCES]:
        yield f"resource:{resource.get('uri')}", "resources/read", {"uri": resource.get("uri")}


def _unlikely(item: JsonObject) -> bool:
    return _LIKELY.search(f"{item.get('name')} {item.get('description')}".replace("_", " ")) is None


def _arguments(prompt: JsonObject) -> JsonObject:
    listed = prompt.get("arguments")
    needed = [
        item["name"]
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, dict) and item.get("required") is True and isinstance(item.get("name"), str)
    ]
    return {"arguments": dict.fromkeys(needed, "mcp-audit")} if needed else {}


def repeated_keys(exchange: Exchange) -> tuple[str, ...]:
    """Return the keys that occur twice in an `inputRequests` object of the raw answer."""
    texts = (exchange.body, *exchange.body.splitlines(), *(event.data for event in exchange.events))
    found = (key for text in texts if "inputRequests" in text for key in _repeated(text))
    return tuple(dict.fromkeys(found))


def _repeated(text: str) -> Iterator[str]:
    try:
        waiting: list[Any] = [json.loads(text, object_pairs_hook=_Pairs)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, _Pairs):
            for name, inner in value:
                if name == "inputRequests" and isinstance(inner, _Pairs):
                    keys = [key for key, _ in inner]
                    yield from (key for key in keys if keys.count(key) > 1)
                waiting.append(inner)
        elif isinstance(value, list):
            waiting.extend(value)


class _Pairs(tuple[tuple[str, Any], ...]):
    """A JSON object with every member that it was written with."""

    __slots__ = ()
