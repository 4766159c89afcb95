"""What a caller may do: six scopes, of which the wider ones include the narrower."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

from oraclepack_mcp.errors import DomainError

Scope: TypeAlias = Literal["packs:read", "packs:write", "packs:execute", "runs:read", "urls:read", "urls:write"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""All scopes, in the order in which they are shown."""
READING: Final[frozenset[Scope]] = frozenset({"packs:read", "runs:read", "urls:read"})
"""Enough to look at everything and to change nothing: what a caller has, or asks for, to begin with."""

_INCLUDED: Final[Mapping[str, frozenset[Scope]]] = MappingProxyType(
    {
        "packs:write": frozenset({"packs:read"}),
        "packs:execute": frozenset({"packs:read", "runs:read"}),
        "urls:write": frozenset({"urls:read"}),
    }
)


def expand(held: Iterable[str]) -> frozenset[Scope]:
    """The scopes of this server that these grant, with those that they include; other names grant nothing."""
    named = frozenset(held)
    granted = {scope for scope in SCOPES if scope in named}
    return frozenset(granted.union(*(_INCLUDED.get(scope, frozenset()) for scope in granted)))


def missing(required: Iterable[Scope], held: Iterable[str]) -> frozenset[Scope]:
    """The required scopes that the held ones do not grant."""
    return frozenset(required) - expand(held)


def in_order(scopes: Iterable[Scope]) -> str:
    """Scopes as one text in a fixed order, as OAuth writes them."""
    named = frozenset(scopes)
    return " ".join(scope for scope in SCOPES if scope in named)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what for; `principal` tells callers apart and is never shown to another one."""

    principal: str
    scopes: frozenset[str]

    def require(self, required: Iterable[Scope]) -> None:
        """Refuse a call that needs more than the caller has.

        Raises:
            DomainError: SCOPE_REQUIRED, naming all scopes of the call.
        """
        wanted = frozenset(required)
        if missing(wanted, self.scopes):
            names = in_order(wanted)
            raise DomainError("SCOPE_REQUIRED", f"this call needs the scopes {names}", {"scopes": names.split()})

    def may(self, scope: Scope) -> bool:
        """Whether the caller has a scope."""
        return not missing((scope,), self.scopes)
