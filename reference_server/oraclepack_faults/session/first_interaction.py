"""Faults at the begin of a session, and against what was negotiated there."""

from typing import Any, Final

from oraclepack_faults.fault import PASS, Context, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import method_of, with_result

_LISTS: Final = {"tools/list": "tools", "resources/list": "resources", "prompts/list": "prompts"}
_ACKNOWLEDGED: Final = "notifications/subscriptions/acknowledged"


@answers("lifecycle/serves-before-initialize", "session")
def serves_before_initialize(message: Any, context: Context) -> Reply:
    """Lists are served to who has not initialized."""
    if not isinstance(message, dict) or context.era == "stateless" or context.session.get("initialized"):
        return PASS
    if message.get("method") == "initialize":
        context.session["initialized"] = True
    member = _LISTS.get(str(message.get("method")))
    return PASS if member is None else with_result(message, {member: []}, context)


@rewrites("lifecycle/speaks-later-revision", "session")
def speaks_later_revision(message: Json, context: Context) -> Rewritten:
    """Who asks for completions in a session is told of a subscription, as of 2026-07-28."""
    if method_of(context) != "completion/complete" or context.era != "handshake":
        return message
    return [{"jsonrpc": "2.0", "method": _ACKNOWLEDGED, "params": {"notifications": {}}}, message]
