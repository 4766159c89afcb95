"""Fixtures that ask for more than one answer, or not for long, used by the SDK's client in both eras."""

from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import MCPError

from tests.unit.reference_server.diagnostics.test_fixtures import ERAS, connected, elicit, text

pytestmark = pytest.mark.anyio


async def use_once(_: Any, params: types.CreateMessageRequestParams) -> types.CreateMessageResultWithTools:
    if len(params.messages) > 1:
        results = params.messages[-1].content_as_list
        said = types.TextContent(text=str([item.structured_content for item in results]))  # type: ignore[union-attr]
        return types.CreateMessageResultWithTools(role="assistant", model="m", content=said)
    return await use_again(_, params)


async def use_again(_: Any, __: Any) -> types.CreateMessageResultWithTools:
    use = types.ToolUseContent(id="u", name="double", input={"number": 21})
    return types.CreateMessageResultWithTools(role="assistant", model="m", content=[use], stop_reason="toolUse")


async def never(_: Any, __: Any) -> types.ElicitResult:
    await anyio.sleep_forever()
    raise AssertionError


def with_tools(callback: Any) -> dict[str, Any]:
    able = types.SamplingCapability(tools=types.SamplingToolsCapability())
    return {"sampling_callback": callback, "sampling_capabilities": able}


@ERAS
async def test_the_model_gets_what_its_tool_returned(mode: str) -> None:
    async with connected(mode, **with_tools(use_once)) as client:
        result = await client.call_tool("test_sampling_with_tools")

    assert text(result) == "LLM response: [{'number': 42}]"


@ERAS
async def test_a_model_that_uses_tools_for_ever_is_stopped(mode: str) -> None:
    async with connected(mode, **with_tools(use_again)) as client:
        result = await client.call_tool("test_sampling_with_tools")

    assert result.is_error


async def test_a_page_can_be_required() -> None:
    async with connected("legacy", elicitation_callback=elicit) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("test_elicitation_required")

    assert caught.value.error.code == types.URL_ELICITATION_REQUIRED
    assert isinstance(caught.value.error.data, dict)
    (page,) = caught.value.error.data["elicitations"]
    assert (page["mode"], page["url"].startswith("https://"), bool(page["elicitationId"])) == ("url", True, True)


async def test_a_person_who_does_not_answer_is_not_waited_for() -> None:
    async with connected("legacy", elicitation_callback=never) as client:
        result = await client.call_tool("test_question_in_a_hurry")

    assert result.is_error


@ERAS
async def test_a_person_who_is_quick_enough_confirms(mode: str) -> None:
    async with connected(mode) as client:
        result = await client.call_tool("test_question_in_a_hurry")

    assert text(result) == "Confirmed."


@ERAS
@pytest.mark.parametrize(
    ("path", "refused"), [("/a/b.txt", False), ("/a", False), ("/ab/c", True), ("/a/../c", True), ("b", True)]
)
async def test_only_paths_within_the_roots_are_touched(mode: str, path: str, refused: bool) -> None:
    async with connected(mode) as client:
        result = await client.call_tool("test_path_within_roots", {"path": path})

    assert result.is_error is refused
