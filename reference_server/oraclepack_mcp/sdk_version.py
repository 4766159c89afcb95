"""Which versions of the MCP SDK this server knows; with any other it does not start."""

import re
from importlib.metadata import PackageNotFoundError, version
from typing import Final

_PACKAGE: Final = "mcp"
_OLDEST_MINOR: Final = 3
_KNOWN: Final = re.compile(r"2\.([0-9]+)(?:\.[0-9]+)*(?:\.post[0-9]+)?")
"""Releases of version 2: what comes before one, or is built from something else, is not known."""


def require_known_sdk() -> None:
    """Refuse to work with an SDK whose behaviour nobody has looked at.

    Raises:
        ValueError: another version than 2.3 or later ones of 2 is installed, or none.
    """
    try:
        installed = version(_PACKAGE)
    except PackageNotFoundError:
        installed = "none"
    found = _KNOWN.fullmatch(installed)
    if found is None or int(found[1]) < _OLDEST_MINOR:
        raise ValueError(f"the server needs the package {_PACKAGE}>=2.{_OLDEST_MINOR},<3; installed is {installed}")
