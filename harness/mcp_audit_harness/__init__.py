"""The mechanism of mcp-audit: true of any check; knows no rule and no output format.

The public Python API is what this module exports; everything else is private.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import audit
    from .model import Consent, HttpTarget, Report, StdioTarget
    from .opened import open_probe
    from .policy import Options

__all__ = ["Consent", "HttpTarget", "Options", "Report", "StdioTarget", "audit", "open_probe"]

_HOMES = {
    "audit": "api",
    "Consent": "model",
    "HttpTarget": "model",
    "Options": "policy",
    "Report": "model",
    "StdioTarget": "model",
    "open_probe": "opened",
}


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `mcp-audit --version` needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - start-up time

    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
