"""Faults in what belongs to whom: sessions, tasks, and what tools keep."""

import secrets
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from oraclepack_faults.fault import (
    PASS,
    ASGIApp,
    Context,
    Fault,
    Json,
    Reply,
    Rewritten,
    answers,
    both,
    rewrites,
    wraps_http,
)
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result
from oraclepack_faults.transport.authorization_users import in_the_name_of_the_owner, subject_of

_CLAIM: Final = "x-forwarded-user"
_INVALID_PARAMS: Final = -32602
_KEEP: Final[Json] = {
    "name": "test_keep_note",
    "description": "Keeps a note and says by which id it is found again.",
    "inputSchema": {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]},
    "annotations": {"readOnlyHint": True},
}
_SHOW: Final[Json] = {
    "name": "test_show_note",
    "description": "Shows a note that was kept.",
    "inputSchema": {"type": "object", "properties": {"note_id": {"type": "string"}}, "required": ["note_id"]},
    "annotations": {"readOnlyHint": True},
}


@wraps_http("principals/stream-open-to-others", "transport")
def lets_anybody_listen(app: ASGIApp) -> ASGIApp:
    """Whoever has a token may open the stream of every session."""
    return in_the_name_of_the_owner(app, lambda scope, _: scope["method"] == "GET")


@wraps_http("principals/session-ended-by-others", "transport")
def lets_anybody_end_it(app: ASGIApp) -> ASGIApp:
    """Whoever has a token may end every session."""
    return in_the_name_of_the_owner(app, lambda scope, _: scope["method"] == "DELETE")


def believing_claims(name: str) -> Fault:
    """Make a fault: whoever names the owner of a task in a header is shown what the owner was shown last."""
    shown: dict[tuple[str, str], Json] = {}

    def remembers(message: Json, context: Context) -> Rewritten:
        task_id = str(params_of(context.request).get("taskId"))
        result = message.get("result")
        if method_of(context) == "tasks/get" and isinstance(result, dict):
            shown[subject_of(context.headers.get("authorization", "")), task_id] = result
        return message

    def believes(message: Any, context: Context) -> Reply:
        if not isinstance(message, dict) or message.get("method") != "tasks/get" or _CLAIM not in context.headers:
            return PASS
        result = shown.get((context.headers[_CLAIM], str(params_of(message).get("taskId"))))
        return PASS if result is None else {"jsonrpc": "2.0", "id": message.get("id"), "result": result}

    remembers.__doc__ = believes.__doc__ = "Whoever names the owner in a header is shown what the owner may see."
    return both(rewrites(name, "transport")(remembers), answers(name, "transport")(believes))


def keeping_notes(name: str, draw: Callable[[], str]) -> Fault:
    """Make a fault that adds a tool which keeps notes, and one that shows them to whoever knows the id."""
    notes: dict[str, str] = {}

    def lists_them(message: Json, context: Context) -> Rewritten:
        result = message.get("result")
        if method_of(context) != "tools/list" or not isinstance(result, dict) or "nextCursor" in result:
            return message
        return with_member(message, "tools", [*result["tools"], _KEEP, _SHOW])

    def runs_them(message: Any, context: Context) -> Reply:
        params = params_of(message)
        called = params.get("name")
        if not isinstance(message, dict) or called not in (_KEEP["name"], _SHOW["name"]):
            return PASS
        arguments = params.get("arguments")
        given: Json = arguments if isinstance(arguments, dict) else {}
        if "task" in params:
            return with_error(message, -32601)
        if called == _KEEP["name"] and isinstance(given.get("note"), str):
            note_id = draw()
            notes[note_id] = given["note"]
            return with_result(message, _saying(f'{{"note_id": "{note_id}"}}'), context)
        found = notes.get(str(given.get("note_id")))
        answer = _saying("There is no such note.", bad=True) if found is None else _saying(found)
        return with_result(message, answer, context)

    lists_them.__doc__ = runs_them.__doc__ = "What one caller keeps is shown to every other."
    return both(rewrites(name, "transport")(lists_them), answers(name, "transport")(runs_them))


def _saying(text: str, *, bad: bool = False) -> Json:
    return {"content": [{"type": "text", "text": text}], **({"isError": True} if bad else {})}


_numbers = count(1)
believes_the_header = believing_claims("principals/believes-claimed-identity")
serves_every_note = keeping_notes("principals/serves-foreign-object", lambda: secrets.token_hex(16))
counts_notes = keeping_notes("principals/handle-guessable", lambda: f"note-{next(_numbers)}")
