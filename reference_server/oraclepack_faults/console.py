"""The console script `oraclepack-mcp`, where the extra that brings its dependencies may be missing."""

import importlib.util
import sys
from typing import Final

NEEDED: Final = ("mcp", "pydantic_settings", "starlette", "tomlkit", "uvicorn")
"""Packages of the extra that are imported before anything can be said of a command line."""
USAGE_ERROR: Final = 2


def main() -> int:
    """Serve as the arguments ask; 2, with one sentence, where the extra is not installed."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        sys.stderr.write("oraclepack-mcp: error: the server needs the extra: pip install 'mcp-audit[server]'\n")
        return USAGE_ERROR
    from oraclepack_faults.cli import main as serve  # noqa: PLC0415 - of the extra

    return serve()
