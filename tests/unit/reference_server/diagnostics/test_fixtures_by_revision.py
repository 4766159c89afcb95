"""Fixtures show what the revision of a session knows, and do without what it does not."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp import MCPError
from mcp_types import INTERNAL_ERROR, GetPromptResult, TextContent
from oraclepack_mcp.diagnostics import content, prompts, resources
from oraclepack_mcp.diagnostics.fixture import Asked

pytestmark = pytest.mark.anyio

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")


def asked(revision: str) -> Asked:
    session = SimpleNamespace(client_capabilities=None)
    context = cast("Any", SimpleNamespace(protocol_version=revision, session=session))
    return Asked(context, SimpleNamespace(), {}, None)


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize(
    ("call", "kind", "since"),
    [(content.audio, "audio", "2025-03-26"), (content.resource_link, "resource_link", "2025-06-18")],
)
async def test_content_is_of_a_kind_that_the_revision_knows(call: Any, kind: str, since: str, revision: str) -> None:
    result = await call(asked(revision))

    assert [item.type for item in result.content] == [kind if revision >= since else "text"]


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-11-25"])
async def test_a_prompt_does_without_what_nobody_can_be_asked(revision: str) -> None:
    result = await prompts.that_asks(asked(revision))

    assert isinstance(result, GetPromptResult)
    said = result.messages[0].content
    assert isinstance(said, TextContent)
    assert said.text == "Use the following context: none"


async def test_one_resource_always_fails() -> None:
    with pytest.raises(MCPError) as caught:
        await resources.that_fails(asked("2025-11-25"))

    assert caught.value.error.code == INTERNAL_ERROR
