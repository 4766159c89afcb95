"""Servers that a gateway is a client of, each with how it is started or reached."""

from dataclasses import dataclass, field


@dataclass
class ServerConfig:
    name: str
    command: list[str] = field(default_factory=list)
    url: str | None = None
    auth_required: bool = False  # good
