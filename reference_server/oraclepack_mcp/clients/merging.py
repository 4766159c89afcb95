"""Putting a server into a client's configuration file; whatever else the file holds stays as it is."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from oraclepack_mcp.clients.known import Client
from oraclepack_mcp.clients.model import ClientConfigError, Reach

BACKUP_SUFFIX = ".before-oraclepack"


def snippet(client: Client, name: str, reach: Reach) -> str:
    """What belongs in the client's file, as text of its format."""
    return merged(client, "", name, reach)


def merged(client: Client, text: str, name: str, reach: Reach) -> str:
    """The text of a configuration file with the server in it, under a name.

    Raises:
        ClientConfigError: the text is not of the client's format, or its section of servers is no table.
    """
    entry = dict(client.entry(reach))
    if client.format == "toml":
        return _toml(client, text, name, entry)
    try:
        document: Any = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise ClientConfigError(f"the file is no plain JSON ({error}); add the server by hand") from error
    servers = document.setdefault(client.section, {}) if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ClientConfigError(f"the file has no table {client.section} that a server could be added to")
    servers[name] = entry
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write(client: Client, path: Path, name: str, reach: Reach) -> Path | None:
    """Merge the server into the file, in one step; where the old file was kept, or None where there was none.

    Raises:
        ClientConfigError: as `merged`; then the file stays as it was.
        OSError: the file cannot be read or written.
    """
    before = path.read_text(encoding="utf-8") if path.exists() else None
    text = merged(client, before or "", name, reach)
    backup = None
    if before is not None:
        backup = path.with_name(path.name + BACKUP_SUFFIX)
        _replace(backup, before)
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, text)
    return backup


def _toml(client: Client, text: str, name: str, entry: dict[str, object]) -> str:
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise ClientConfigError(f"the file is no TOML ({error}); add the server by hand") from error
    servers = document.setdefault(client.section, tomlkit.table(is_super_table=True))
    if not isinstance(servers, dict):
        raise ClientConfigError(f"the file has no table {client.section} that a server could be added to")
    servers[name] = entry
    return tomlkit.dumps(document)


def _replace(path: Path, text: str) -> None:
    target = path.resolve() if path.is_symlink() else path
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - the mode has to be right from the start
            file.write(text)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
