"""The fixtures, used by the SDK's client over a connection in memory, in both eras."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import jsonschema_rs
import mcp_types as types
import pytest
from mcp import Client, MCPError
from mcp.shared.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated, ToolsListChanged
from oraclepack_mcp.diagnostics.audience import LEVELS
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings

pytestmark = pytest.mark.anyio

MODERN = "auto"
ERAS = pytest.mark.parametrize("mode", ["legacy", MODERN])
SECONDS = 5.0
ANSWERS: dict[str, Any] = {
    "name": "Alice",
    "color": "blue",
    "response": "fine",
    "context": "rain",
    "ok": True,
    "untitledSingle": "active",
    "titledSingle": "low",
    "untitledMulti": ["read"],
    "titledMulti": ["bug"],
    "legacyEnum": "small",
}


async def elicit(_: Any, params: Any) -> types.ElicitResult:
    if params.mode == "url":
        return types.ElicitResult(action="accept")
    fields = params.requested_schema["properties"]
    return types.ElicitResult(action="accept", content={name: ANSWERS[name] for name in fields if name in ANSWERS})


async def decline(_: Any, __: Any) -> types.ElicitResult:
    return types.ElicitResult(action="decline")


async def misfit(_: Any, __: Any) -> types.ElicitResult:
    return types.ElicitResult(action="accept", content={"other": "field"})


async def refuse(_: Any, __: Any) -> types.ErrorData:
    return types.ErrorData(code=-1, message="not today")


async def sample(_: Any, params: types.CreateMessageRequestParams) -> types.CreateMessageResult:
    asked = params.messages[0].content
    assert isinstance(asked, types.TextContent)
    return types.CreateMessageResult(
        role="assistant", model="m", content=types.TextContent(text=f"echo of {asked.text}")
    )


async def roots(_: Any) -> types.ListRootsResult:
    return types.ListRootsResult(roots=[types.Root.model_validate({"uri": "file:///a"})])


class Heard:
    """What a client was told beside the answers."""

    def __init__(self) -> None:
        self.logged: list[str] = []
        self.notified: list[Any] = []
        self.arrived = anyio.Event()

    async def log(self, params: types.LoggingMessageNotificationParams) -> None:
        self.logged.append(params.level)

    async def message(self, message: Any) -> None:
        self.notified.append(message)
        self.arrived.set()
        self.arrived = anyio.Event()

    async def until(self, count: int) -> None:
        with anyio.fail_after(SECONDS):
            while len(self.notified) < count:
                await self.arrived.wait()


@asynccontextmanager
async def connected(mode: str, **options: Any) -> AsyncIterator[Client]:
    able = {"elicitation_callback": elicit, "sampling_callback": sample, "list_roots_callback": roots}
    server = build_server(Settings(profile="diagnostics"))
    async with Client(server, mode=mode, cache=None, **{**able, **options}) as client:
        yield client


def text(result: Any) -> str:
    content = result.content[0]
    assert isinstance(content, types.TextContent)
    return content.text


async def listed(client: Client) -> dict[str, types.Tool]:
    found: dict[str, types.Tool] = {}
    cursor: str | None = None
    while True:
        page = await client.list_tools(cursor=cursor)
        assert not found.keys() & {tool.name for tool in page.tools}
        found |= {tool.name: tool for tool in page.tools}
        cursor = page.next_cursor
        if cursor is None:
            return found


# -- what is there


@ERAS
async def test_the_server_offers_its_own_features_and_the_fixtures(mode: str) -> None:
    async with connected(mode) as client:
        tools = await listed(client)
        prompts = {prompt.name for prompt in (await client.list_prompts()).prompts}
        templates = {found.uri_template for found in (await client.list_resource_templates()).resource_templates}
        own = await client.call_tool("oraclepack_list_packs", {"limit": 1})
        declared = client.server_capabilities

    assert {"oraclepack_list_packs", "test_simple_text", "json_schema_2020_12_tool"} <= tools.keys()
    assert {"oraclepack_fix_pack", "test_simple_prompt"} <= prompts
    assert "test://template/{id}/data" in templates
    assert not own.is_error
    assert declared.logging is not None
    assert declared.tools is not None
    assert declared.tools.list_changed
    assert declared.resources is not None
    assert declared.resources.subscribe


async def test_the_default_profile_has_none_of_it() -> None:
    async with Client(build_server(Settings()), mode="legacy") as client:
        tools = await listed(client)
        declared = client.server_capabilities
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool("test_simple_text")

    assert not [name for name in tools if name.startswith("test_")]
    assert declared.logging is None
    assert declared.tools is not None
    assert not declared.tools.list_changed


async def test_every_page_of_the_resources_is_reached_and_none_comes_twice() -> None:
    uris: list[str] = []
    cursor: str | None = None
    pages = 0
    async with connected(MODERN) as client:
        while True:
            page = await client.list_resources(cursor=cursor)
            uris += [resource.uri for resource in page.resources]
            pages += 1
            cursor = page.next_cursor
            if cursor is None:
                break

    assert pages > 1
    assert len(uris) == len(set(uris))
    assert {"test://static-text", "oraclepack://packs"} <= set(uris)


# -- content and schemas


@ERAS
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("test_simple_text", ["text"]),
        ("test_image_content", ["image"]),
        ("test_audio_content", ["audio"]),
        ("test_embedded_resource", ["resource"]),
        ("test_multiple_content_types", ["text", "image", "resource"]),
        ("test_resource_link", ["resource_link"]),
        ("test_annotated_content", ["text", "text"]),
    ],
)
async def test_each_kind_of_content_is_shown(mode: str, name: str, kinds: list[str]) -> None:
    async with connected(mode) as client:
        result = await client.call_tool(name)

    assert [content.type for content in result.content] == kinds
    assert not result.is_error


@ERAS
async def test_a_tool_fails_as_tools_do(mode: str) -> None:
    async with connected(mode) as client:
        assert (await client.call_tool("test_error_handling")).is_error


@ERAS
async def test_structured_content_fits_the_schema(mode: str) -> None:
    async with connected(mode) as client:
        tool = (await listed(client))["test_structured_content"]
        result = await client.call_tool("test_structured_content", {"left": 2, "right": 5})

    assert result.structured_content == {"sum": 7, "even": False}
    assert tool.output_schema is not None
    jsonschema_rs.validate(tool.output_schema, result.structured_content)


CONTACTS: tuple[dict[str, Any], ...] = (
    {},
    {"email": "a@example.com"},
    {"phone": "1"},
    {"contactMethod": "phone", "phone": "1"},
    {"contactMethod": "phone", "email": "a@example.com"},
    {"contactMethod": "email", "email": "a@example.com", "name": "A", "address": {"city": "B", "other": 1}},
    {"contactMethod": "email", "phone": "1"},
    {"contactMethod": "post", "email": "a@example.com"},
    {"email": "a@example.com", "unknown": 1},
    {"email": 5},
    {"email": "a@example.com", "address": {"city": 5}},
)


@pytest.mark.parametrize("arguments", CONTACTS, ids=json.dumps)
async def test_the_wide_schema_is_shown_whole_and_means_what_it_says(arguments: dict[str, Any]) -> None:
    async with connected("legacy") as client:
        schema = (await listed(client))["json_schema_2020_12_tool"].input_schema
        result = await client.call_tool("json_schema_2020_12_tool", arguments)

    assert {"$schema", "$defs", "allOf", "if", "then", "else"} <= schema.keys()
    assert schema["$defs"]["address"]["$anchor"] == "addressDef"
    assert result.is_error is not jsonschema_rs.is_valid(schema, arguments)


# -- questions


@ERAS
@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("test_sampling", {"prompt": "hello"}, "LLM response: echo of hello"),
        ("test_elicitation", {"message": "how?"}, 'User response: action=accept, content={"response":"fine"}'),
        ("test_list_roots", {}, "Client exposed 1 root(s)."),
        ("test_elicitation_sep1330_enums", {}, "Elicitation completed: action=accept"),
        ("test_elicitation_sep1034_defaults", {}, "Elicitation result: action=accept"),
        ("test_missing_capability", {}, "The client declared sampling."),
        ("test_input_required_result_elicitation", {}, "Hello, Alice!"),
        ("test_input_required_result_sampling", {}, "Model said: echo of What is the capital of France?"),
        ("test_input_required_result_list_roots", {}, "Client exposed its roots."),
        ("test_input_required_result_request_state", {}, "state-ok: confirmation received"),
        ("test_input_required_result_multiple_inputs", {}, "All inputs received: client_roots, greeting, user_name."),
        ("test_input_required_result_multi_round", {}, "Alice likes blue."),
        ("test_input_required_result_state_only", {}, "state-ok: nothing was asked"),
        ("test_input_required_result_capabilities", {}, "Answered: ask, roots, sample."),
        ("test_streaming_elicitation", {}, "Hello, Alice!"),
    ],
)
async def test_a_question_is_put_and_its_answer_used(
    mode: str, name: str, arguments: dict[str, Any], said: str
) -> None:
    async with connected(mode) as client:
        result = await client.call_tool(name, arguments)

    assert not result.is_error
    assert text(result).startswith(said)


@ERAS
async def test_prompts_and_resources_can_ask_too(mode: str) -> None:
    async with connected(mode) as client:
        prompt = await client.get_prompt("test_input_required_result_prompt")
        read = await client.read_resource("test://needs-input")

    content = prompt.messages[0].content
    assert isinstance(content, types.TextContent)
    assert content.text == "Use the following context: rain"
    assert isinstance(read.contents[0], types.TextResourceContents)
    assert read.contents[0].text == "For Alice only."


@ERAS
async def test_somebody_who_declines_is_left_alone(mode: str) -> None:
    async with connected(mode, elicitation_callback=decline) as client:
        result = await client.call_tool("test_elicitation", {"message": "how?"})

    assert text(result) == "User response: action=decline, content={}"


@ERAS
async def test_an_answer_that_does_not_fit_is_refused(mode: str) -> None:
    async with connected(mode, elicitation_callback=misfit) as client:
        result = await client.call_tool("test_input_required_result_elicitation")

    assert result.is_error
    assert "does not fit" in text(result)


async def test_a_client_that_refuses_is_reported_by_the_tool() -> None:
    async with connected("legacy", elicitation_callback=refuse) as client:
        result = await client.call_tool("test_elicitation", {"message": "how?"})

    assert result.is_error
    assert text(result) == "The client refused with code -1."


@pytest.mark.parametrize("name", ["test_sampling", "test_missing_capability"])
async def test_a_client_that_cannot_be_asked_is_told_in_the_words_of_its_era(name: str) -> None:
    arguments = {"prompt": "hello"} if name == "test_sampling" else {}
    async with connected("legacy", sampling_callback=None) as client:
        result = await client.call_tool(name, arguments)
    assert result.is_error
    assert "sampling" in text(result)

    async with connected(MODERN, sampling_callback=None) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool(name, arguments)
    assert caught.value.error.code == types.MISSING_REQUIRED_CLIENT_CAPABILITY
    assert caught.value.error.data == {"requiredCapabilities": {"sampling": {}}}


async def test_only_what_the_client_declared_is_asked() -> None:
    async with connected(MODERN, elicitation_callback=None, list_roots_callback=None) as client:
        result = await client.call_tool("test_input_required_result_capabilities")

    assert text(result) == "Answered: sample."


async def test_a_state_that_was_changed_is_refused() -> None:
    name = "test_input_required_result_tampered_state"
    async with connected(MODERN) as client:
        first = await client.session.call_tool(name, {}, allow_input_required=True)
        assert isinstance(first, types.InputRequiredResult)
        answer: types.InputResponse = types.ElicitResult(action="accept", content={"ok": True})
        with pytest.raises(MCPError, match="requestState"):
            await client.session.call_tool(
                name, {}, input_responses={"confirm": answer}, request_state=f"{first.request_state}x"
            )


async def test_an_answer_without_its_state_is_asked_for_again() -> None:
    name = "test_input_required_result_request_state"
    answer: types.InputResponse = types.ElicitResult(action="accept", content={"ok": True})
    async with connected(MODERN) as client:
        again = await client.session.call_tool(name, {}, input_responses={"confirm": answer}, allow_input_required=True)

    assert isinstance(again, types.InputRequiredResult)


# -- streams


@ERAS
async def test_progress_rises_to_its_total(mode: str) -> None:
    told: list[tuple[float, float | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total))

    async with connected(mode) as client:
        await client.call_tool("test_tool_with_progress", progress_callback=hear)

    assert told == [(0, 100), (50, 100), (100, 100)]


async def test_a_session_hears_messages_from_the_level_on_that_it_set() -> None:
    heard = Heard()
    async with connected("legacy", logging_callback=heard.log) as client:
        await client.call_tool("test_logging_tool")
        everything = list(heard.logged)
        await client.session.send_request(
            types.SetLevelRequest(params=types.SetLevelRequestParams(level="error")), types.EmptyResult
        )
        heard.logged.clear()
        await client.call_tool("test_logging_tool")

    assert everything == list(LEVELS)
    assert heard.logged == ["error", "critical", "alert", "emergency"]


async def subscribe(client: Client, uri: str) -> None:
    request = types.SubscribeRequest(params=types.SubscribeRequestParams(uri=uri))
    await client.session.send_request(request, types.EmptyResult)


async def unsubscribe(client: Client, uri: str) -> None:
    request = types.UnsubscribeRequest(params=types.UnsubscribeRequestParams(uri=uri))
    await client.session.send_request(request, types.EmptyResult)


@pytest.mark.parametrize(("level", "heard_levels"), [(None, []), ("alert", ["alert", "emergency"])])
async def test_a_request_hears_messages_from_the_level_on_that_it_names(
    level: types.LoggingLevel | None, heard_levels: list[str]
) -> None:
    heard = Heard()
    async with connected(MODERN, logging_callback=heard.log, log_level=level) as client:
        await client.call_tool("test_logging_tool")

    assert heard.logged == heard_levels


async def test_a_cancelled_call_is_noticed() -> None:
    started = anyio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        started.set()

    async with connected("legacy") as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: client.call_tool("test_slow_tool", {"seconds": 60}, progress_callback=hear))
            with anyio.fail_after(SECONDS):
                await started.wait()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(SECONDS):
            while not await cancelled(client):
                await anyio.lowlevel.checkpoint()


async def cancelled(client: Client) -> list[float]:
    read = await client.read_resource("test://cancelled-calls")
    content = read.contents[0]
    assert isinstance(content, types.TextResourceContents)
    found: list[float] = json.loads(content.text)["cancelledAfterSeconds"]
    return found


@ERAS
async def test_a_slow_call_that_is_left_alone_ends(mode: str) -> None:
    async with connected(mode) as client:
        assert text(await client.call_tool("test_slow_tool", {"seconds": 0})) == "Done."
        assert await cancelled(client) == []


async def test_a_session_hears_of_changed_lists_and_of_what_it_subscribed_to() -> None:
    heard = Heard()
    async with connected("legacy", message_handler=heard.message) as client:
        await client.call_tool("test_update_resource")
        await subscribe(client, "test://watched-resource")
        await client.call_tool("test_update_resource")
        await unsubscribe(client, "test://watched-resource")
        await client.call_tool("test_update_resource")
        for what in ("tool", "prompt", "resource"):
            await client.call_tool(f"test_trigger_{what}_change")
        await heard.until(4)
        with pytest.raises(MCPError):
            await subscribe(client, "test://nothing")

    assert [message.method for message in heard.notified] == [
        "notifications/resources/updated",
        "notifications/tools/list_changed",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
    ]


async def test_a_listener_hears_of_what_it_asked_for() -> None:
    async with connected(MODERN) as client:
        wanted = {"tools_list_changed": True, "prompts_list_changed": True, "resources_list_changed": True}
        uris = ["test://watched-resource", "test://nothing"]
        async with client.listen(**wanted, resource_subscriptions=uris) as stream:
            for name in ("test_trigger_tool_change", "test_trigger_prompt_change", "test_trigger_resource_change"):
                await client.call_tool(name)
            await client.call_tool("test_update_resource")
            with anyio.fail_after(SECONDS):
                events = [await anext(stream) for _ in range(4)]
            honoured = stream.honored

    assert events == [
        ToolsListChanged(),
        PromptsListChanged(),
        ResourcesListChanged(),
        ResourceUpdated(uri="test://watched-resource"),
    ]
    assert honoured.resource_subscriptions == ["test://watched-resource"]


@ERAS
async def test_what_comes_goes_again(mode: str) -> None:
    async with connected(mode) as client:
        for expected in (True, False):
            await client.call_tool("test_trigger_tool_change")
            await client.call_tool("test_trigger_prompt_change")
            await client.call_tool("test_trigger_resource_change")
            tools = await listed(client)
            prompts = [prompt.name for prompt in (await client.list_prompts()).prompts]
            assert ("test_dynamic_tool" in tools) is expected
            assert ("test_dynamic_prompt" in prompts) is expected
            if expected:
                assert text(await client.call_tool("test_dynamic_tool")) == "dynamic"
                await client.read_resource("test://dynamic-resource")
            else:
                with pytest.raises(MCPError):
                    await client.call_tool("test_dynamic_tool")
                with pytest.raises(MCPError):
                    await client.read_resource("test://dynamic-resource")


# -- prompts, resources and completions


@ERAS
async def test_prompts_repeat_their_arguments_and_want_all_of_them(mode: str) -> None:
    async with connected(mode) as client:
        result = await client.get_prompt("test_prompt_with_arguments", {"arg1": "a", "arg2": "b"})
        quoted = await client.get_prompt("test_prompt_with_embedded_resource", {"resourceUri": "test://x"})
        image = await client.get_prompt("test_prompt_with_image")
        with pytest.raises(MCPError, match="arg2"):
            await client.get_prompt("test_prompt_with_arguments", {"arg1": "a"})

    content = result.messages[0].content
    assert isinstance(content, types.TextContent)
    assert content.text == "Prompt with arguments: arg1='a', arg2='b'"
    assert [message.content.type for message in quoted.messages] == ["resource", "text"]
    assert [message.content.type for message in image.messages] == ["image", "text"]


@ERAS
async def test_resources_are_text_bytes_and_what_a_template_says(mode: str) -> None:
    async with connected(mode) as client:
        plain = (await client.read_resource("test://static-text")).contents[0]
        picture = (await client.read_resource("test://static-binary")).contents[0]
        made = (await client.read_resource("test://template/42/data")).contents[0]
        await client.call_tool("test_update_resource")
        watched = (await client.read_resource("test://watched-resource")).contents[0]

    assert isinstance(plain, types.TextResourceContents)
    assert isinstance(picture, types.BlobResourceContents)
    assert base64.b64decode(picture.blob, validate=True).startswith(b"\x89PNG")
    assert isinstance(made, types.TextResourceContents)
    assert json.loads(made.text)["id"] == "42"
    assert isinstance(watched, types.TextResourceContents)
    assert watched.text.endswith("version 1")


@ERAS
async def test_completions_know_what_was_filled_in_before(mode: str) -> None:
    prompt = types.PromptReference(name="test_prompt_with_arguments")
    template = types.ResourceTemplateReference(uri="test://template/{id}/data")
    async with connected(mode) as client:
        countries = await client.complete(prompt, {"name": "arg1", "value": "G"})
        everywhere = await client.complete(prompt, {"name": "arg2", "value": ""})
        there = await client.complete(prompt, {"name": "arg2", "value": "B"}, context_arguments={"arg1": "Germany"})
        ids = await client.complete(template, {"name": "id", "value": "12"})
        own = types.PromptReference(name="oraclepack_fix_pack")
        packs = await client.complete(own, {"name": "pack", "value": "samples:rel"})

    assert countries.completion.values == ["Germany"]
    assert everywhere.completion.values == ["Lyon", "Paris", "Berlin", "Bonn", "Bremen"]
    assert there.completion.values == ["Berlin", "Bonn", "Bremen"]
    assert ids.completion.values == ["123", "124"]
    assert packs.completion.values == ["samples:release-readiness.md"]
