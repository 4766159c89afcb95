"""Correct messages of a client, one for each method of a revision: what protocol fuzzing spoils."""

from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.model import Era, JsonObject, Offer, Revision

OWN_ID: Final = 7_777_777
"""Stands for an id that is fresh whenever the message is sent; it is replaced in the bytes, by as many digits."""
_CLIENT: Final = {"name": "mcp-audit", "version": "1"}
_META: Final = "io.modelcontextprotocol/"
_TASKS: Final = "tasks"


@dataclass(frozen=True, slots=True)
class Names:
    """What messages speak of; what a server does not have it has to refuse."""

    tool: str = "mcp-audit-no-such-tool"
    prompt: str = "mcp-audit-no-such-prompt"
    resource: str = "mcp-audit:no-such-resource"


def correct_messages(revision: Revision, names: Names | None = None, offer: Offer | None = None) -> list[JsonObject]:
    """Return a correct message for each method of a client, the plainest first; `offer` leaves out what it lacks.

    Not among them is `subscriptions/listen`, whose answer does not end.
    """
    chosen = names or Names()
    methods = {
        **_PLAIN[revision.era],
        **{method: params for method, params in _features(chosen).items() if _has(offer, method, revision)},
        **_AROUND[revision.era],
    }
    if revision.era is Era.HANDSHAKE:
        client = {"protocolVersion": str(revision), "capabilities": {}, "clientInfo": _CLIENT}
        methods["initialize"] = client
    return [_message(method, params, revision) for method, params in methods.items()]


_PLAIN: Final[dict[Era, JsonObject]] = {Era.HANDSHAKE: {"ping": None}, Era.STATELESS: {"server/discover": None}}
_AROUND: Final[dict[Era, JsonObject]] = {
    Era.HANDSHAKE: {
        "notifications/initialized": None,
        "notifications/cancelled": {"requestId": "mcp-audit-nothing"},
        "notifications/progress": {"progressToken": "mcp-audit-nothing", "progress": 1},
        "notifications/roots/list_changed": None,
    },
    Era.STATELESS: {"notifications/cancelled": {"requestId": "mcp-audit-nothing"}},
}


def _features(names: Names) -> JsonObject:
    reference = {"type": "ref/prompt", "name": names.prompt}
    return {
        "tools/list": {},
        "resources/list": {},
        "resources/templates/list": {},
        "prompts/list": {},
        "tools/call": {"name": names.tool, "arguments": {}},
        "resources/read": {"uri": names.resource},
        "prompts/get": {"name": names.prompt, "arguments": {}},
        "completion/complete": {"ref": reference, "argument": {"name": "name", "value": ""}},
        "logging/setLevel": {"level": "warning"},
        "resources/subscribe": {"uri": names.resource},
        "resources/unsubscribe": {"uri": names.resource},
        "tasks/list": {},
        "tasks/get": {"taskId": "mcp-audit-no-such-task"},
        "tasks/result": {"taskId": "mcp-audit-no-such-task"},
        "tasks/cancel": {"taskId": "mcp-audit-no-such-task"},
    }


_CAPABILITY: Final = {"completion": "completions", "logging": "logging"}
_HANDSHAKE_ONLY: Final = frozenset({"logging/setLevel", "resources/subscribe", "resources/unsubscribe"})


def _has(offer: Offer | None, method: str, revision: Revision) -> bool:
    area = method.partition("/")[0]
    if (method in _HANDSHAKE_ONLY and revision.era is Era.STATELESS) or (
        area == _TASKS and revision is not Revision.V2025_11_25
    ):
        return False
    if offer is None:
        return True
    known = offer.declares(_CAPABILITY.get(area, area))
    return known and (not method.endswith("subscribe") or offer.declares("resources.subscribe"))


def _message(method: str, params: JsonObject | None, revision: Revision) -> JsonObject:
    is_request = not method.startswith("notifications/")
    message: dict[str, Any] = {"jsonrpc": "2.0", **({"id": OWN_ID} if is_request else {}), "method": method}
    if revision.era is Era.STATELESS and is_request:
        context = {"protocolVersion": str(revision), "clientInfo": _CLIENT, "clientCapabilities": {}}
        params = {**(params or {}), "_meta": {f"{_META}{name}": value for name, value in context.items()}}
    return message if params is None else {**message, "params": params}
