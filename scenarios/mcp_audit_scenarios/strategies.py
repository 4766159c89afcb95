"""Strategies of Hypothesis for people who test a server of their own: what the audit itself generates.

```python
from hypothesis import given, strategies as st
from mcp_audit_scenarios.strategies import tool_arguments

@given(data=st.data())
def test_whatever_fits_is_answered(probe, data):
    arguments = data.draw(tool_arguments(probe.offer.tools[0]))
    assert probe.request("tools/call", {"name": "convert", "arguments": arguments}).ok
```

`protocol_messages` gives messages that are nearly right, `lifecycle_steps` what clients may do in any order; `follow`
takes such steps and returns what the server does against its lifecycle.

They need the extra `fuzz` (`pip install 'mcp-audit[fuzz]'`) when they are called; importing this module does not.
"""

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mcp_audit_harness.model import JsonObject

from .fuzz.argument_cases import ArgumentCase, BrokenSchema, argument_cases, fitting
from .fuzz.lifecycles_play import follow
from .fuzz.machine import Action, Step, lifecycle_steps
from .fuzz.messages import MessageCase, protocol_messages
from .fuzz.operations import Operation, tool_operation

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "Action",
    "ArgumentCase",
    "BrokenSchema",
    "MessageCase",
    "Step",
    "follow",
    "lifecycle_steps",
    "protocol_messages",
    "tool_arguments",
    "tool_cases",
]


def tool_arguments(tool: JsonObject) -> "SearchStrategy[Any]":
    """Return a strategy of arguments that a tool has to take: its own `inputSchema`, as `tools/list` shows it, says so.

    Raises:
        BrokenSchema: if the schema allows nothing, or is no schema.
        ValueError: if the tool has no name.
    """
    return _strategy(json.dumps(tool, sort_keys=True), unfitting=False)


def tool_cases(tool: JsonObject) -> "SearchStrategy[ArgumentCase]":
    """Return a strategy of cases for a tool, right and wrong ones mixed: `arguments`, and whether they are `valid`.

    Raises:
        BrokenSchema: if the schema allows nothing, or is no schema.
        ValueError: if the tool has no name.
    """
    return _strategy(json.dumps(tool, sort_keys=True), unfitting=True)


@lru_cache(maxsize=64)
def _strategy(listed: str, *, unfitting: bool) -> "SearchStrategy[Any]":
    """Make a strategy once for each tool: Hypothesis counts on drawing from the same one again and again."""
    from .fuzz.generating.cases import generated  # noqa: PLC0415 - needs an extra

    operation = _operation(json.loads(listed))
    return argument_cases(operation) if unfitting else generated(operation, fitting(operation), unfitting=False)


def _operation(tool: JsonObject) -> Operation:
    operation = tool_operation(tool)
    if operation is None:
        raise ValueError("a tool without a name cannot be called")
    return operation
