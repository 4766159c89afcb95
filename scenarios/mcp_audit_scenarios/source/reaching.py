"""Hits at calls that something a client chose arrives at."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.flows import arrivals_of
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.syntax import mark
from mcp_audit_harness.source.python.values import Value
from mcp_audit_harness.source.rules import Hit, Mark

_MOST: Final = 3
"""Hits of one kind in a function; with more, the function has a habit, which is one finding."""


def reached(module: PythonModule) -> Iterator[Arrival]:
    """Yield the calls that a handler's arguments arrive at, in the order of the text."""
    found = (item for item in arrivals_of(module) if not item.handler.checks)
    yield from sorted(found, key=lambda item: (item.node.lineno, item.node.col_offset))


def named(value: Value) -> str:
    """Return the arguments that are in a value, as a sentence names them."""
    return ", ".join(f"`{name}`" for name in sorted(value.origins))


def hit(arrival: Arrival, value: Value, message: str, note: str, *, line: int = 0) -> Hit:
    """Return the hit at a call, or at the line of a mark before it, with the way of the value to there."""
    node = arrival.node
    end = mark(node, note)
    trail = (*(mark for mark in value.trail if mark.line != end.line), end)
    return Hit(
        line or node.lineno,
        message,
        column=node.col_offset + 1 if not line else 1,
        end_line=(node.end_lineno or 0) if not line else 0,
        subject=arrival.subject,
        trail=trail,
    )


def once_per_line(hits: Iterator[Hit]) -> Iterator[Hit]:
    """Yield the first hit on each line."""
    seen: set[int] = set()
    for item in hits:
        if item.line not in seen:
            seen.add(item.line)
            yield item


def together(hits: Iterable[tuple[Hashable, Hit]]) -> Iterator[Hit]:
    """Yield hits, each with the function that it is in; of a function with many only the first, which lists the others.

    What leads to the first stays first in its trail.
    """
    groups: dict[Hashable, list[Hit]] = defaultdict(list)
    for function, item in hits:
        groups[function].append(item)
    for found in groups.values():
        if len(found) <= _MOST:
            yield from found
        else:
            first, others = found[0], found[1:]
            also = tuple(Mark(other.line, other.column, "and here") for other in others)
            message = f"{first.message}; the function does the like at {len(others)} more places"
            yield replace(first, message=message, trail=(*first.trail, *also))
