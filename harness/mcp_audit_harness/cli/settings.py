"""Settings from a file: `mcp-audit.toml`, or `[tool.mcp-audit]` in `pyproject.toml`, by the names of the options."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .usage import UsageError


def settings_of(directory: Path, known: Mapping[str, bool]) -> dict[str, Any]:
    """Return the settings that the directory's files hold for `run`, with underscores in their names.

    `mcp-audit.toml` wins as a whole over `pyproject.toml`. Options on the command line win over both. `known` maps
    each option to whether it can be repeated, which makes its setting a list.

    Raises:
        UsageError: for a file that cannot be read, a name that is no option, or a list in the wrong place.
    """
    own = _table(directory / "mcp-audit.toml")
    if own is None:
        project = _table(directory / "pyproject.toml") or {}
        own = project.get("tool", {}).get("mcp-audit", {})
        source = "[tool.mcp-audit] in pyproject.toml"
    else:
        source = "mcp-audit.toml"
    settings = {name.replace("-", "_"): value for name, value in own.items()}
    for name, value in settings.items():
        option = name.replace("_", "-")
        if name not in known:
            raise UsageError(f"{source}: there is no option {option}")
        if isinstance(value, list) != known[name]:
            raise UsageError(f"{source}: {option} {'has to be a list' if known[name] else 'takes one value, no list'}")
    return settings


def _table(path: Path) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path.name}: {error}") from error
