"""Logging, which the clean server does not declare: declared here, with levels that are not checked."""

from typing import Any

from oraclepack_faults.fault import PASS, Context, Fault, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_error, with_member, with_result

_ACCEPTS = "logging/accepts-unknown-level"
_WRONG_CODE = "logging/wrong-code-for-unknown-level"
_SYSLOG = frozenset({"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"})


def _declared(message: Json, context: Context) -> Rewritten:
    if method_of(context) != "initialize" or not isinstance(message.get("result"), dict):
        return message
    return with_member(message, "capabilities", {**message["result"]["capabilities"], "logging": {}})


def _sets_level(message: object, context: Context) -> bool:
    return isinstance(message, dict) and message.get("method") == "logging/setLevel" and context.era != "stateless"


@rewrites(_ACCEPTS, "feature")
def _declares_logging(message: Json, context: Context) -> Rewritten:
    """Logging is declared, and any word is taken for a level."""
    return _declared(message, context)


@answers(_ACCEPTS, "feature")
def _takes_any_level(message: Any, context: Context) -> Reply:
    """Any word is taken for a level."""
    return with_result(message, {}, context) if _sets_level(message, context) else PASS


accepts_unknown_level: Fault = both(_declares_logging, _takes_any_level)


@rewrites(_WRONG_CODE, "feature")
def _declares_logging_too(message: Json, context: Context) -> Rewritten:
    """Logging is declared, and a word that is no level is an internal error."""
    return _declared(message, context)


@answers(_WRONG_CODE, "feature")
def _fails_at_unknown_level(message: Any, context: Context) -> Reply:
    """A word that is no level is an internal error."""
    if not _sets_level(message, context):
        return PASS
    if params_of(message).get("level") in _SYSLOG:
        return with_result(message, {}, context)
    return with_error(message, -32603)


wrong_code_for_unknown_level: Fault = both(_declares_logging_too, _fails_at_unknown_level)
