"""What each check finds, as measured: the answer of the reference server with the fault, and without it.

A TOML file per area, a table per check. The files are written by `python -m tests.e2e.record_examples`, never by hand.
"""

import tomllib
from functools import cache
from importlib.resources import files

from mcp_audit_harness.model import Example


def load_example(check: str) -> Example | None:
    """Return the example of a check; None where none was recorded."""
    return load_area(check.partition("/")[0]).get(check)


@cache
def load_area(area: str) -> dict[str, Example]:
    """Return the examples of the checks of an area by their ids."""
    path = files(__package__) / f"{area}.toml"
    if not path.is_file():
        return {}
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: Example(name, **table) for name, table in tables.items()}
