"""Faults in the handshake: versions, capabilities, and the time before `notifications/initialized`."""

from typing import Any, Final

from oraclepack_faults.fault import PASS, Answer, Context, Json, Reply, Rewritten, answers, both, rewrites

_KNOWN_VERSIONS: Final = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"}
_KNOWN_CAPABILITIES: Final = {"experimental", "roots", "sampling", "elicitation", "tasks", "extensions"}
_WITHDRAWN: Final = "2023-01-01"
_EARLY_ID: Final = "early-roots"


def _agreeing(message: Json, version: str) -> Json:
    """Return the answer to initialize with another version in it."""
    return {**message, "result": {**message["result"], "protocolVersion": version}}


def _requested(message: Json, context: Context) -> Any:
    """Return the params of the initialize that a result answers, None for other messages."""
    request = context.request
    if request is None or request.get("method") != "initialize" or not isinstance(message.get("result"), dict):
        return None
    return request["params"]


@rewrites("lifecycle/echoes-unknown-version", "session")
def echoes_unknown_version(message: Json, context: Context) -> Json:
    """The server agrees to whatever protocol version the client asks for."""
    params = _requested(message, context)
    return message if params is None else _agreeing(message, params["protocolVersion"])


@rewrites("lifecycle/counter-offers-unsupported-version", "session")
def counter_offers_unsupported_version(message: Json, context: Context) -> Json:
    """The server offers a version that it no longer supports."""
    params = _requested(message, context)
    if params is None or params["protocolVersion"] in _KNOWN_VERSIONS | {_WITHDRAWN}:
        return message
    return _agreeing(message, _WITHDRAWN)


@rewrites("lifecycle/counter-offers-malformed-version", "session")
def counter_offers_malformed_version(message: Json, context: Context) -> Json:
    """The server calls the version that it offers, and supports, `latest`."""
    params = _requested(message, context)
    if params is None or params["protocolVersion"] in _KNOWN_VERSIONS:
        return message
    return _agreeing(message, "latest")


@rewrites("lifecycle/version-depends-on-client", "session")
def version_depends_on_client(message: Json, context: Context) -> Json:
    """Desktop clients get an older version than the one they ask for."""
    params = _requested(message, context)
    if params is None or "desktop" not in params["clientInfo"]["name"]:
        return message
    oldest = "2024-11-05" if params["protocolVersion"] != "2024-11-05" else "2025-03-26"
    return _agreeing(message, oldest)


@answers("lifecycle/refuses-unknown-capabilities", "session")
def refuses_unknown_capabilities(message: Any, context: Context) -> Reply:
    """The server refuses clients that declare a capability it has never heard of."""
    if not isinstance(message, dict) or message.get("method") != "initialize":
        return PASS
    params = message.get("params")
    capabilities = params.get("capabilities") if isinstance(params, dict) else None
    if not isinstance(capabilities, dict) or set(capabilities) <= _KNOWN_CAPABILITIES:
        return PASS
    return _error(message.get("id"), -32602, "Unknown capability.")


@answers("lifecycle/requests-before-initialized", "session")
def _notes_initialized(message: Any, context: Context) -> Reply:
    """The server asks for the roots before the client has confirmed the handshake."""
    if isinstance(message, dict) and message.get("id") == _EARLY_ID:
        return Answer(None, 202)
    return _remember(message, context)


@rewrites("lifecycle/requests-before-initialized", "session")
def _asks_early(message: Json, context: Context) -> Rewritten:
    """The server asks for the roots before the client has confirmed the handshake."""
    if _is_answer_to("ping", context) and context.era == "handshake" and not context.session.get("initialized"):
        return [{"jsonrpc": "2.0", "id": _EARLY_ID, "method": "roots/list"}, message]
    return message


requests_before_initialized = both(_notes_initialized, _asks_early)


@answers("ping/refused-before-initialized", "session")
def refuses_early_ping(message: Any, context: Context) -> Reply:
    """The server answers ping only after the handshake."""
    if isinstance(message, dict) and message.get("method") == "initialize":
        context.session["opened"] = True
    if _is_ping(message) and context.session.get("opened") and not context.session.get("initialized"):
        return _error(message["id"], -32600, "The handshake is not over.")
    return _remember(message, context)


@answers("ping/not-answered", "session")
def refuses_ping(message: Any, context: Context) -> Reply:
    """The server refuses ping once the handshake is over."""
    if _is_ping(message) and context.session.get("initialized"):
        return _error(message["id"], -32603, "There is no pong.")
    return _remember(message, context)


@rewrites("ping/result-not-empty", "session")
def answers_ping_with_status(message: Json, context: Context) -> Json:
    """The result of ping says how the server feels."""
    if _is_answer_to("ping", context) and "result" in message:
        return {**message, "result": {**message["result"], "status": "well"}}
    return message


@answers("lifecycle/declares-capability-it-does-not-serve", "session")
def forgets_prompts(message: Any, context: Context) -> Reply:
    """The server declares prompts and has no method to list them."""
    if isinstance(message, dict) and message.get("method") == "prompts/list" and "id" in message:
        error = _error(message["id"], -32601, "Method not found.")
        return Answer(error, 404 if context.era == "stateless" else 200)
    return PASS


@rewrites("lifecycle/serves-undeclared-capability", "session")
def hides_prompts(message: Json, context: Context) -> Json:
    """The server has prompts and does not declare them."""
    result = message.get("result")
    if not isinstance(result, dict) or not (_is_answer_to("initialize", context) or _is_discovery(context)):
        return message
    declared = {name: value for name, value in result["capabilities"].items() if name != "prompts"}
    return {**message, "result": {**result, "capabilities": declared}}


def _is_answer_to(method: str, context: Context) -> bool:
    return context.request is not None and context.request.get("method") == method


def _is_discovery(context: Context) -> bool:
    return _is_answer_to("server/discover", context)


def _is_ping(message: Any) -> bool:
    return isinstance(message, dict) and message.get("method") == "ping" and "id" in message


def _remember(message: Any, context: Context) -> Reply:
    if isinstance(message, dict) and message.get("method") == "notifications/initialized":
        context.session["initialized"] = True
    return PASS


def _error(identity: Any, code: int, sentence: str) -> Json:
    return {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": sentence}}
