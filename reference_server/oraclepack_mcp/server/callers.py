"""Who is calling, and what a call needs: the bearer of a token, or whoever reaches a server without authentication."""

from collections.abc import Callable
from typing import Final, TypeAlias

from oraclepack_mcp.http.auth.principal import current_caller
from oraclepack_mcp.security.scopes import Caller, Scope
from oraclepack_mcp.server.prompts import PROMPTS
from oraclepack_mcp.server.recording import LOCAL
from oraclepack_mcp.server.resources.declared import FIXED, TEMPLATES
from oraclepack_mcp.server.tools import TOOLS
from oraclepack_mcp.settings import Settings

CallerOf: TypeAlias = Callable[[], Caller]
_NOTHING: Final[frozenset[Scope]] = frozenset()
_OF_TOOLS: Final = {tool.name: tool.scopes for tool in TOOLS}
_OF_PROMPTS: Final = {prompt.name: frozenset({prompt.scope}) for prompt in PROMPTS}


def caller_by(settings: Settings) -> CallerOf:
    """How to tell who is calling, while a request is served: without tokens, everybody has the configured scopes."""
    everybody = Caller(LOCAL, frozenset(settings.scopes))

    def caller() -> Caller:
        return current_caller() or everybody

    return caller


def required_scopes(method: str, name: str | None) -> frozenset[Scope]:
    """What a request needs; `name` is that of the tool or prompt, or the URI of the resource. Lists need nothing."""
    if name is None:
        return _NOTHING
    if method == "tools/call":
        return _OF_TOOLS.get(name, _NOTHING)
    if method == "prompts/get":
        return _OF_PROMPTS.get(name, _NOTHING)
    return _of_resource(name) if method == "resources/read" else _NOTHING


def _of_resource(uri: str) -> frozenset[Scope]:
    fixed = next((resource.scope for resource in FIXED if resource.uri == uri), None)
    if fixed is not None:
        return frozenset({fixed})
    return next((frozenset({one.scope}) for one in TEMPLATES if one.template.match(uri) is not None), _NOTHING)
