"""The diagnostics profile: features that have no use but to be tested with, beside those of the server.

The official conformance suite finds its fixtures here by name, and so do checks that need a server to cooperate: tools
that report progress, ask the client for something, take more than one round, go on as tasks, or change the lists on
demand. It is off unless the operator asks for it, since it lets every client see what another one triggers.
"""

from typing import Any

from mcp.server.lowlevel import Server

from oraclepack_mcp.diagnostics import (
    asking,
    consulting,
    content,
    multi_round,
    prompts,
    resources,
    schemas,
    task_tools,
    validating,
)
from oraclepack_mcp.diagnostics.audience import Audience
from oraclepack_mcp.diagnostics.fixture import Fixtures
from oraclepack_mcp.diagnostics.joining import join
from oraclepack_mcp.diagnostics.streams import Stage
from oraclepack_mcp.diagnostics.tasks import Tasks
from oraclepack_mcp.server.subscriptions import Announced


class Diagnostics:
    """The fixtures of one server, and those who hear of what they change."""

    def __init__(self) -> None:
        self._audience = Audience()
        self._fixtures = fixtures(Stage(self._audience))
        uris = {fixture.resource.uri for fixture in self._fixtures.resources}
        self.announced = Announced(self._audience.bus, uris.__contains__)

    def join(self, server: Server[Any], page_size: int) -> None:
        """Make a server offer the fixtures before its own features, resources in pages of `page_size`.

        Its middleware has to seal request states (`RequestStateBoundary`).
        """
        join(server, self._fixtures, self._audience, page_size)
        support = {tool.name: tool.task_support for tool in self._fixtures.tools if tool.task_support is not None}
        Tasks(server, support).join(server)


def fixtures(stage: Stage) -> Fixtures:
    """All fixtures; `stage` holds what some of them change."""
    return Fixtures(
        tools=(
            *stage.tools(),
            *schemas.TOOLS,
            *content.TOOLS,
            *asking.TOOLS,
            *multi_round.TOOLS,
            *consulting.TOOLS,
            *task_tools.TOOLS,
            *validating.TOOLS,
        ),
        prompts=prompts.prompts(stage),
        resources=resources.resources(stage),
        templates=resources.TEMPLATES,
        completions={**prompts.COMPLETIONS, **resources.COMPLETIONS},
    )
