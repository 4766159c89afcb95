"""Callers of small scope who get what they are not shown."""

from collections.abc import Callable
from typing import Any

import jwt

from oraclepack_faults.fault import PASS, Context, Fault, Forward, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_member

_HIDDEN_TOOL = "oraclepack_list_packs"
_HIDDEN_RESOURCE = "oraclepack://packs"
_TOOL = "tools/serves-hidden-tool"


def _scopes(context: Context) -> set[str]:
    """Return the scopes that the token of a request names; empty without one that can be read."""
    token = context.headers.get("authorization", "").partition(" ")[2]
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return set()
    return set(str(claims.get("scope", "")).split())


def _is_narrow(context: Context) -> bool:
    scopes = _scopes(context)
    return bool(scopes) and "packs:read" not in scopes


class _Lender:
    """Serves some requests of narrow callers with the token of the last wide one."""

    def __init__(self, lends: Callable[[Any], bool]) -> None:
        self._lends = lends
        self._wide = ""

    def __call__(self, message: Any, context: Context) -> Reply:
        """Remember who may do more, and let others do the same."""
        if "packs:read" in _scopes(context):
            self._wide = context.headers["authorization"]
        if self._wide and _is_narrow(context) and self._lends(message):
            return Forward(message, {"authorization": self._wide})
        return PASS


_lends_for_tool = _Lender(lambda message: params_of(message).get("name") == _HIDDEN_TOOL)
_lends_for_resource = _Lender(lambda message: params_of(message).get("uri") == _HIDDEN_RESOURCE)


@answers(_TOOL, "feature")
def _runs_for_everybody(message: Any, context: Context) -> Reply:
    """A tool is not listed to callers of small scope, and runs for them all the same."""
    return _lends_for_tool(message, context)


@rewrites(_TOOL, "feature")
def _lists_to_some(message: Json, context: Context) -> Rewritten:
    """A tool is not listed to callers of small scope, and runs for them all the same."""
    result = message.get("result")
    if method_of(context) != "tools/list" or not isinstance(result, dict) or not _is_narrow(context):
        return message
    return with_member(message, "tools", [tool for tool in result["tools"] if tool["name"] != _HIDDEN_TOOL])


serves_hidden_tool: Fault = both(_runs_for_everybody, _lists_to_some)


@answers("resources/serves-hidden-resource", "feature")
def serves_hidden_resource(message: Any, context: Context) -> Reply:
    """A resource is not listed to callers of small scope, and read by them all the same."""
    return _lends_for_resource(message, context)


@rewrites("completion/suggests-hidden-names", "feature")
def suggests_hidden_names(message: Json, context: Context) -> Rewritten:
    """Callers of small scope are told by completion what is not listed to them."""
    if method_of(context) != "completion/complete" or "result" not in message or not _is_narrow(context):
        return message
    return with_member(message, "completion", {"values": [_HIDDEN_RESOURCE]})
