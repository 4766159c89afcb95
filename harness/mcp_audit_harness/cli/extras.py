"""Extras: what a command needs beside a bare installation, and how its user is told."""

import importlib.util

from .usage import UsageError


def importable(*modules: str) -> bool:
    """Whether all of the modules are installed; imports none of them."""
    return all(importlib.util.find_spec(name) is not None for name in modules)


def demand(extra: str, what: str, *, installed: bool) -> None:
    """Raise UsageError, with the command that installs the extra which `what` needs, unless it is installed."""
    if not installed:
        raise UsageError(f"{what} needs the extra: pip install 'mcp-audit[{extra}]'")
