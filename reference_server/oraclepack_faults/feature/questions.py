"""Questions in answer to a request: malformed, put to the wrong client, or open to answers that ought to be refused."""

import base64
import json
from typing import Any

from oraclepack_faults.fault import PASS, Context, Forward, Json, Reply, Rewritten, answers, both, replaces, rewrites
from oraclepack_faults.results import params_of, with_error, with_member

_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_MOST_ABANDONED = 5


def _asks(message: Json) -> bool:
    result = message.get("result")
    return isinstance(result, dict) and result.get("resultType") == "input_required"


def _questions(message: Json) -> Json:
    requests = message["result"].get("inputRequests")
    return requests if isinstance(requests, dict) else {}


def _name(message: object) -> str:
    params = params_of(message)
    return str(params.get("name", params.get("uri")))


def _refused(message: Json) -> Json:
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": -32602, "message": "Invalid params"}}


def _with(message: Json, **members: Any) -> Forward:
    return Forward({**message, "params": {**params_of(message), **members}})


@rewrites("mrtr/empty-question", "feature")
def empty_question(message: Json, context: Context) -> Rewritten:
    """One tool asks for input without saying for what."""
    if not _asks(message) or not _name(context.request).endswith("state_only"):
        return message
    left = {name: value for name, value in message["result"].items() if name not in {"inputRequests", "requestState"}}
    return {**message, "result": left}


@rewrites("mrtr/unknown-kind-of-question", "feature")
def unknown_kind_of_question(message: Json, context: Context) -> Rewritten:
    """One tool asks with a method that no client knows."""
    if not _asks(message) or not _name(context.request).endswith("result_elicitation"):
        return message
    odd = {key: {**request, "method": "elicitation/ask"} for key, request in _questions(message).items()}
    return with_member(message, "inputRequests", odd)


@rewrites("mrtr/repeated-question-key", "feature")
def repeated_question_key(message: Json, context: Context) -> Rewritten:
    """One tool puts two questions under one key."""
    if not _asks(message) or not _name(context.request).endswith("result_elicitation"):
        return message
    key, request = next(iter(_questions(message).items()))
    return (
        json.dumps(message)
        .replace('"inputRequests": {', f'"inputRequests": {{{json.dumps(key)}: {json.dumps(request)}, ', 1)
        .encode()
    )


@answers("mrtr/asks-client-that-cannot-answer", "feature")
def asks_client_that_cannot_answer(message: Any, context: Context) -> Reply:
    """A client that declares nothing is asked for a form."""
    meta = params_of(message).get("_meta")
    if isinstance(meta, dict) and meta.get(_CAPABILITIES) == {} and "elicitation" in _name(message):
        return _with(message, _meta={**meta, _CAPABILITIES: {"elicitation": {"form": {}}}})
    return PASS


@rewrites("mrtr/wrong-error-for-missing-capability", "feature")
def wrong_error_for_missing_capability(message: Json, context: Context) -> Rewritten:
    """A client that lacks a capability is told that its parameters are wrong."""
    error = message.get("error")
    if isinstance(error, dict) and error.get("code") == -32021:
        return {**message, "error": {"code": -32602, "message": "Invalid params"}}
    return message


@rewrites("mrtr/abandoned-question-blocks", "feature")
def abandoned_question_blocks(message: Json, context: Context) -> Rewritten:
    """Questions that nobody comes back to are counted, and after some of them nothing is asked any more."""
    if not _asks(message):
        return message
    open_questions = context.session.setdefault("open questions", {})
    name = _name(context.request)
    answered = {"inputResponses", "requestState"} & set(params_of(context.request))
    open_questions[name] = 0 if answered else open_questions.get(name, 0) + 1
    return with_error(message, -32602, "Too many questions are open") if open_questions[name] > 3 else message


@answers("mrtr/refuses-extra-answer", "feature")
def refuses_extra_answer(message: Any, context: Context) -> Reply:
    """An answer under a key that nobody used is refused."""
    given = params_of(message).get("inputResponses")
    return _refused(message) if isinstance(given, dict) and "mcp-audit-unexpected" in given else PASS


@rewrites("mrtr/refuses-missing-answer", "feature")
def refuses_missing_answer(message: Json, context: Context) -> Rewritten:
    """A retry that leaves a question open is refused."""
    given = params_of(context.request).get("inputResponses")
    if not _asks(message) or not isinstance(given, dict):
        return message
    asked_again = set(given) < set(_questions(message))
    return _refused(message) if asked_again else message


@answers("mrtr/accepts-malformed-answer", "feature")
def accepts_malformed_answer(message: Any, context: Context) -> Reply:
    """A text in the place of an answer counts as an accepted form."""
    given = params_of(message).get("inputResponses")
    if not isinstance(given, dict) or not given or not all(isinstance(value, str) for value in given.values()):
        return PASS
    accepted = {
        key: {"action": "accept", "content": {"name": value, "response": value}} for key, value in given.items()
    }
    return _with(message, inputResponses=accepted)


@answers("mrtr/unreadable-answers-without-error", "feature")
def unreadable_answers_without_error(message: Any, context: Context) -> Reply:
    """Answers that are no object count as none."""
    given = params_of(message).get("inputResponses")
    return _with(message, inputResponses={}) if isinstance(given, str) else PASS


@rewrites("mrtr/accepts-tampered-state", "feature")
def _readable_state(message: Json, context: Context) -> Rewritten:
    """The state holds a number that anybody can change."""
    if not _asks(message) or not isinstance(message["result"].get("requestState"), str):
        return message
    written = json.dumps({"attempt": 1, "sealed": message["result"]["requestState"]})
    return with_member(message, "requestState", base64.urlsafe_b64encode(written.encode()).decode())


@answers("mrtr/accepts-tampered-state", "feature")
def _any_readable_state(message: Any, context: Context) -> Reply:
    """The number is not compared."""
    state = params_of(message).get("requestState")
    try:
        found = json.loads(base64.urlsafe_b64decode(state.encode())) if isinstance(state, str) else None
    except ValueError:
        return PASS
    return _with(message, requestState=found["sealed"]) if isinstance(found, dict) and "sealed" in found else PASS


accepts_tampered_state = both(_readable_state, _any_readable_state)


@replaces("mrtr/accepts-foreign-state", "feature", "mcp.server.request_state._request_identity")
def accepts_foreign_state(part: Any) -> Any:
    """A state is not bound to the request that it was made for."""
    return lambda *_: ("anything", "any arguments")


@answers("mrtr/trips-over-odd-state", "feature")
def trips_over_odd_state(message: Any, context: Context) -> Reply:
    """A state that is no text is an internal error."""
    state = params_of(message).get("requestState")
    if state is None or isinstance(state, str):
        return PASS
    return {"jsonrpc": "2.0", "id": message.get("id"), "error": {"code": -32603, "message": "Internal error"}}
