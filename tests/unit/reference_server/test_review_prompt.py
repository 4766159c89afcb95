"""The prompt that reviews a run, for a pack that has not run."""

import pytest
from mcp import Client
from mcp_types import TextContent
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings


@pytest.mark.anyio
async def test_a_pack_without_a_report_is_said_to_have_none() -> None:
    async with Client(build_server(Settings())) as client:
        prompt = await client.get_prompt("oraclepack_review_run", {"pack": "release-readiness.md"})

    content = prompt.messages[0].content
    assert isinstance(content, TextContent)
    assert "has left no report" in content.text
