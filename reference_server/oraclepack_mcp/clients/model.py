"""What a client has to be told to reach this server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

ClientName: TypeAlias = Literal["claude-desktop", "claude-code", "codex", "cursor", "vscode", "gemini"]


@dataclass(frozen=True, slots=True)
class Launch:
    """A server that the client starts, and talks to over stdin and stdout."""

    command: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Remote:
    """A server that runs already; headers hold no secrets but references to variables of the client."""

    url: str


Reach: TypeAlias = Launch | Remote
Entry: TypeAlias = Mapping[str, object]


class ClientConfigError(ValueError):
    """A configuration file cannot be merged into, or a client cannot do what is asked; the text is one sentence."""
