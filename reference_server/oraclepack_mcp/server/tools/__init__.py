"""The tools: what clients see of them, and the one line each that asks the domain.

The list is always the same, in the same order, whoever asks and whatever is switched on.
"""

from collections.abc import Sequence
from typing import Final

from oraclepack_mcp.server.tools import authoring, inspecting, overriding, reading, running, taskify, urls
from oraclepack_mcp.server.tools.spec import ToolSpec

TOOLS: Final[Sequence[ToolSpec]] = (
    *reading.TOOLS,
    *inspecting.TOOLS,
    *running.TOOLS,
    *authoring.TOOLS,
    *overriding.TOOLS,
    *urls.TOOLS,
    *taskify.TOOLS,
)
