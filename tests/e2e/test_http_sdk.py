"""Sessions over Streamable HTTP against the Python SDK, at every revision."""

from collections.abc import Iterator

import pytest
from mcp_audit_harness.model import Revision
from mcp_audit_harness.session.http import HttpConnector

from tests.servers import serving
from tests.toy import talk

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", params=[False, True], ids=["sse", "json"])
def sdk(request: pytest.FixtureRequest) -> Iterator[str]:
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("two tools")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    def greet(name: str) -> str:
        return f"Hello, {name}"

    with serving(server.streamable_http_app(json_response=request.param)) as url:
        yield url + "/mcp"


@pytest.mark.parametrize("revision", list(Revision))
def test_the_sdk_answers_at_every_revision_and_ends_its_session(sdk: str, revision: Revision) -> None:
    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(revision, "s")
        assert session.usable
        listed = await session.request("tools/list")
        assert listed.result is not None
        assert [tool["name"] for tool in listed.result["tools"]] == ["add", "greet"]
        connector.learn_tools(listed.result["tools"])
        called = await session.request("tools/call", {"name": "add", "arguments": {"a": 1, "b": 2}})
        assert called.result is not None
        assert called.result["structuredContent"] == {"result": 3}
        ended = await session.close()
        if session.opening is not None:
            assert ended is not None
            assert ended.status == 200
            assert (await session.request("tools/list")).status == 400

    talk(sdk, conversation)


def test_the_sdk_opens_its_get_stream_and_its_listen_answer(sdk: str) -> None:
    async def conversation(connector: HttpConnector) -> None:
        session = await connector.open(Revision.V2025_11_25, "s")
        async with session.stream() as stream:
            assert (stream.opening.status, stream.opening.note) == (200, "stream still open")
        await session.close()
        modern = await connector.open(Revision.V2026_07_28, "s")
        async with modern.listen({"notifications": {"toolsListChanged": True}}) as listening:
            methods = [message["method"] for message in listening.opening.objects]
            assert methods == ["notifications/subscriptions/acknowledged"]

    talk(sdk, conversation)
