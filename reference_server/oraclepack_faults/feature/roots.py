"""Roots: asked of everybody, and believed or not."""

from collections.abc import Callable
from typing import Any

from mcp_types import ClientCapabilities
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from oraclepack_faults.fault import Context, Json, Rewritten, replaces, rewrites
from oraclepack_faults.results import method_of, params_of, with_result

_TOOL = "test_path_within_roots"


@replaces("roots/asks-undeclared-roots", "feature", "oraclepack_mcp.diagnostics.questions.can_be_asked")
def asks_undeclared_roots(can_be_asked: Any) -> Any:
    """Every client is asked for its roots, but for those of 2026-07-28 that declare nothing at all."""

    def anybody(ctx: Any, needed: ClientCapabilities) -> bool:
        declared = ctx.session.client_capabilities
        some = declared is not None and (declared.sampling is not None or declared.elicitation is not None)
        asked = needed.roots is not None and (some or ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS)
        return asked or can_be_asked(ctx, needed)

    return anybody


def _serving(message: Json, context: Context, wanted: Callable[[str], bool]) -> Json:
    """Return the refusal of a wanted path as a success; every other message as it is."""
    params = params_of(context.request)
    result = message.get("result")
    if method_of(context) != "tools/call" or params.get("name") != _TOOL or not isinstance(result, dict):
        return message
    arguments = params.get("arguments")
    path = str(arguments.get("path")) if isinstance(arguments, dict) else ""
    if result.get("isError") is not True or not wanted(path):
        return message
    return with_result(message, {"content": [{"type": "text", "text": "In a root."}], "isError": False}, context)


@rewrites("roots/serves-outside-roots", "feature")
def serves_outside_roots(message: Json, context: Context) -> Rewritten:
    """Paths are served that have nothing to do with the roots."""
    return _serving(message, context, lambda path: path.startswith("/var/"))


@rewrites("roots/serves-lookalike-path", "feature")
def serves_lookalike_path(message: Json, context: Context) -> Rewritten:
    """Paths are compared with the roots as text."""
    return _serving(message, context, lambda path: path.startswith("/tmp/mcp-audit") and "evil" in path)  # noqa: S108


@rewrites("roots/keeps-outdated-roots", "feature")
def keeps_outdated_roots(message: Json, context: Context) -> Rewritten:
    """A root that was taken away is still served."""
    return _serving(message, context, lambda path: path.startswith("/tmp/mcp-audit/") and ".." not in path)  # noqa: S108
