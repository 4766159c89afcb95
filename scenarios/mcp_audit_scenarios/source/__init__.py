"""Rules over the sources of MCP servers: one module per topic; those for TypeScript are in `script/`."""

import importlib
import pkgutil
from collections.abc import Iterator

from mcp_audit_harness.declare import DeclarationError
from mcp_audit_harness.source.rules import Reads, Rule


def source_rules() -> tuple[Rule, ...]:
    """Return every rule that the modules of this package declare, in the order of their ids.

    Raises:
        DeclarationError: if two of them have the same id and read the same kind of sources.
    """
    found: dict[tuple[str, Reads], Rule] = {}
    for rule in _declared():
        key = rule.about.id, rule.reads
        if key in found:
            raise DeclarationError(f"two rules {rule.about.id} read {rule.reads}")
        found[key] = rule
    return tuple(found[key] for key in sorted(found))


def _declared() -> Iterator[Rule]:
    """Yield the rules of each module, not those that it imports to give them a twin."""
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            if isinstance(value, Rule) and value.inspect.__module__ == module.__name__:
                yield value
