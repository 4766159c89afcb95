"""Lists that never change are made once for each revision, and asked for as strictly as before."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp.server.context import HandlerResult, ServerRequestContext
from oraclepack_mcp.protocol.reply import WholeList
from oraclepack_mcp.server.prepared import PreparedLists
from pydantic import ValidationError

pytestmark = pytest.mark.anyio
Context = ServerRequestContext[Any, Any]
META = {
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
}


class Lists:
    """A server behind the middleware; it counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self._prepared = PreparedLists()

    async def ask(self, params: Any, method: str = "tools/list", revision: str = "2026-07-28") -> HandlerResult:
        async def handler(_: Context) -> HandlerResult:
            self.asked += 1
            return {"tools": [{"name": revision}], "ttlMs": self.asked}

        ctx = SimpleNamespace(method=method, params=params, protocol_version=revision, request_id=1)
        return await self._prepared(cast("Context", ctx), handler)


async def test_a_list_is_made_once_for_each_revision() -> None:
    lists = Lists()
    first = await lists.ask(META)
    again = await lists.ask(META)
    assert first == again == {"tools": [{"name": "2026-07-28"}], "ttlMs": 1}
    assert isinstance(again["tools"], WholeList)
    nothing: tuple[Any, ...] = (None, {})
    for params in nothing:
        assert await lists.ask(params, revision="2025-06-18") == {"tools": [{"name": "2025-06-18"}], "ttlMs": 2}
    assert lists.asked == 2


async def test_what_one_request_does_with_its_answer_reaches_no_other() -> None:
    lists = Lists()
    await lists.ask(META)
    cast("dict[str, Any]", await lists.ask(META)).clear()
    assert await lists.ask(META) == {"tools": [{"name": "2026-07-28"}], "ttlMs": 1}


async def test_params_are_looked_at_also_when_the_list_is_there() -> None:
    lists = Lists()
    await lists.ask(META)
    bad: tuple[Any, ...] = (None, {}, {"_meta": {}}, {"_meta": 5})
    for params in bad:
        with pytest.raises(ValidationError):
            await lists.ask(params)


async def test_other_pages_and_other_methods_go_to_their_handlers() -> None:
    lists = Lists()
    for _ in range(2):
        await lists.ask({**META, "cursor": "next"})
        await lists.ask(META, "resources/list")
    assert lists.asked == 4
