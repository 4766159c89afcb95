"""The clients that are known: where each keeps its configuration, and how it writes down a server.

Each layout is that of the client's own documentation: Claude Desktop and Claude Code, OpenAI Codex, Cursor, VS Code,
Gemini CLI.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from oraclepack_mcp.clients.model import ClientConfigError, ClientName, Entry, Launch, Reach


@dataclass(frozen=True, slots=True)
class Client:
    """A client: `path` finds its file from the home directory and the project, `section` holds the servers by name."""

    name: ClientName
    title: str
    path: Callable[[Path, Path], Path]
    section: str
    entry: Callable[[Reach], Entry]
    format: Literal["json", "toml"] = "json"
    afterwards: str = ""


def _plain(reach: Reach) -> Entry:
    if isinstance(reach, Launch):
        return {"command": reach.command, "args": list(reach.args)}
    return {"url": reach.url}


def _typed(reach: Reach) -> Entry:
    return {"type": "stdio" if isinstance(reach, Launch) else "http", **_plain(reach)}


def _launched(reach: Reach) -> Entry:
    if not isinstance(reach, Launch):
        raise ClientConfigError("Claude Desktop takes remote servers as connectors in its settings, not in this file")
    return _plain(reach)


def _gemini(reach: Reach) -> Entry:
    return _plain(reach) if isinstance(reach, Launch) else {"httpUrl": reach.url}


def _claude_desktop(home: Path, _project: Path) -> Path:
    file = "claude_desktop_config.json"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "Claude" / file
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home / "AppData" / "Roaming")) / "Claude" / file
    return Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "Claude" / file


CLIENTS: Final[Mapping[str, Client]] = MappingProxyType(
    {
        client.name: client
        for client in (
            Client(
                "claude-desktop",
                "Claude Desktop",
                _claude_desktop,
                "mcpServers",
                _launched,
                afterwards="Restart Claude Desktop.",
            ),
            Client(
                "claude-code",
                "Claude Code",
                lambda _home, project: project / ".mcp.json",
                "mcpServers",
                _typed,
                afterwards="Start claude in this directory and approve the server; /mcp shows it.",
            ),
            Client(
                "codex",
                "OpenAI Codex",
                lambda home, _project: Path(os.environ.get("CODEX_HOME", home / ".codex")) / "config.toml",
                "mcp_servers",
                _plain,
                format="toml",
                afterwards="`codex mcp list` shows it.",
            ),
            Client(
                "cursor",
                "Cursor",
                lambda _home, project: project / ".cursor" / "mcp.json",
                "mcpServers",
                _plain,
                afterwards="Switch the server on under Settings, MCP.",
            ),
            Client(
                "vscode",
                "Visual Studio Code",
                lambda _home, project: project / ".vscode" / "mcp.json",
                "servers",
                _typed,
                afterwards="Start the server from the line above its entry in the file.",
            ),
            Client(
                "gemini",
                "Gemini CLI",
                lambda home, _project: home / ".gemini" / "settings.json",
                "mcpServers",
                _gemini,
                afterwards="`gemini mcp list` shows it.",
            ),
        )
    }
)
