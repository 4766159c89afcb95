"""Tools that ask for more than one answer: of a model that may use a tool, of a person who has to open a page first, of
one who does not answer in time, and of a client whose roots bound what may be touched.
"""

import json
import uuid
from pathlib import PurePosixPath
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from mcp.shared.exceptions import UrlElicitationRequiredError
from mcp_types import (
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    CreateMessageResultWithTools,
    ElicitRequestURLParams,
    InputRequiredResult,
    InputResponse,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
    Tool,
    ToolChoice,
    ToolResultContent,
    ToolUseContent,
)
from pydantic import BaseModel, Field, TypeAdapter

from oraclepack_mcp.diagnostics.fixture import Asked, ToolAnswer, ToolFixture, UnansweredError, failed, said
from oraclepack_mcp.diagnostics.questions import answers_to, filled_in, form, require, sampling
from oraclepack_mcp.server.arguments.shared import Arguments

_ANSWER: Final = "answer"
_TOOLS_SINCE: Final = "2025-11-25"
_REQUIRED_AT: Final = "2025-11-25"
"""The one revision at which a request can be refused until a page was opened."""
_MOST_USES: Final = 4
_FORMS_SINCE: Final = "2025-06-18"
_HURRY: Final = "Please confirm, quickly"
_HURRY_SECONDS: Final = 0.5
_PAGE: Final = "https://example.com/oraclepack-mcp/diagnostics/first"
_MESSAGES: Final = TypeAdapter(list[SamplingMessage])
_DOUBLE: Final = Tool(
    name="double",
    description="Doubles a number.",
    input_schema={"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
    output_schema={"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]},
)


class Placed(Arguments):
    """Arguments of a tool that touches a file."""

    path: Annotated[str, Field(max_length=4000, description="The absolute path of a file.")]


class Confirmation(BaseModel):
    """Yes or no."""

    ok: Annotated[bool, Field(description="Whether to go on")]


async def sample_with_tools(asked: Asked) -> ToolAnswer:
    """Let the client's model use a tool before it answers, a few times at most; the state carries the conversation."""
    if asked.ctx.protocol_version < _TOOLS_SINCE:
        raise UnansweredError(f"Models can be offered tools from {_TOOLS_SINCE} on.")
    messages = _begun() if asked.state is None else _MESSAGES.validate_json(asked.state)
    while True:
        tools_left = sum(isinstance(item, ToolResultContent) for message in messages for item in _items(message))
        question = _question(messages, "auto" if tools_left < _MOST_USES else "none")
        answers = await answers_to(asked, {_ANSWER: question}, state=_MESSAGES.dump_json(messages).decode())
        if isinstance(answers, InputRequiredResult):
            return answers
        uses = _uses(answers[_ANSWER])
        if not uses:
            return said(f"LLM response: {_text(answers[_ANSWER])}")
        if tools_left >= _MOST_USES:
            return failed("The model does not come to an end.")
        results: list[Any] = [_used(use) for use in uses]
        messages += [
            SamplingMessage(role="assistant", content=list(uses)),
            SamplingMessage(role="user", content=results),
        ]
        asked = Asked(asked.ctx, asked.arguments, {}, None)


async def require_page(asked: Asked) -> ToolAnswer:
    """Refuse to work until the person was on a page (2025-11-25)."""
    if asked.ctx.protocol_version != _REQUIRED_AT:
        raise UnansweredError(f"A page can be required at {_REQUIRED_AT} only.")
    require(asked.ctx, ClientCapabilities.model_validate({"elicitation": {"url": {}}}))
    page = ElicitRequestURLParams(message="Please open this page first", url=_PAGE, elicitation_id=str(uuid.uuid4()))
    raise UrlElicitationRequiredError([page])


async def ask_in_a_hurry(asked: Asked) -> ToolAnswer:
    """Ask the person to confirm, before 2025-06-18 the model, and go on without them after a moment."""
    if asked.ctx.protocol_version < _FORMS_SINCE:
        answers = await answers_to(asked, {_ANSWER: sampling(_HURRY)}, patience=_HURRY_SECONDS, follows=True)
        return answers if isinstance(answers, InputRequiredResult) else said(f"The model: {_text(answers[_ANSWER])}")
    question = form(_HURRY, Confirmation)
    answers = await answers_to(asked, {_ANSWER: question}, patience=_HURRY_SECONDS, follows=True)
    if isinstance(answers, InputRequiredResult):
        return answers
    filled = filled_in(answers[_ANSWER], Confirmation)
    return said("Confirmed." if filled is not None and filled.ok else "Not confirmed.")


async def within_roots(asked: Asked) -> ToolAnswer:
    """Say which of the client's roots a path is in; a path outside of all is refused."""
    answers = await answers_to(asked, {_ANSWER: ListRootsRequest()})
    if isinstance(answers, InputRequiredResult):
        return answers
    found = answers[_ANSWER]
    path = PurePosixPath(asked.arguments.path)
    for root in found.roots if isinstance(found, ListRootsResult) else ():
        if ".." not in path.parts and path.is_relative_to(unquote(urlsplit(str(root.uri)).path)):
            return said(f"In the root {root.uri}.")
    return failed("The path is outside of the roots.")


def _begun() -> list[SamplingMessage]:
    return [SamplingMessage(role="user", content=TextContent(text="What is twice 21?"))]


def _question(messages: list[SamplingMessage], mode: Any) -> CreateMessageRequest:
    choice = ToolChoice(mode=mode)
    params = CreateMessageRequestParams(messages=messages, max_tokens=100, tools=[_DOUBLE], tool_choice=choice)
    return CreateMessageRequest(params=params)


def _items(message: SamplingMessage) -> list[Any]:
    return list(message.content) if isinstance(message.content, list) else [message.content]


def _uses(answer: InputResponse) -> list[ToolUseContent]:
    content = answer.content if isinstance(answer, CreateMessageResult | CreateMessageResultWithTools) else []
    return [item for item in (content if isinstance(content, list) else [content]) if isinstance(item, ToolUseContent)]


def _used(use: ToolUseContent) -> ToolResultContent:
    number = use.input.get("number")
    if use.name != _DOUBLE.name or not isinstance(number, int):
        return ToolResultContent(tool_use_id=use.id, content=[TextContent(text="No such use.")], is_error=True)
    value = {"number": 2 * number}
    content = TextContent(text=json.dumps(value))
    return ToolResultContent(tool_use_id=use.id, content=[content], structured_content=value)


def _text(answer: InputResponse) -> str:
    content = answer.content if isinstance(answer, CreateMessageResult | CreateMessageResultWithTools) else []
    items = content if isinstance(content, list) else [content]
    return next((item.text for item in items if isinstance(item, TextContent)), "no text")


TOOLS: Final = (
    ToolFixture("test_sampling_with_tools", "Asks the client's model, which may use a tool.", sample_with_tools),
    ToolFixture("test_elicitation_required", "Works only after the person was on a page.", require_page),
    ToolFixture("test_question_in_a_hurry", "Asks the client, and does not wait for long.", ask_in_a_hurry),
    ToolFixture("test_path_within_roots", "Says in which root a path is, and refuses any other.", within_roots, Placed),
)
