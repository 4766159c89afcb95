"""Tools that ask the client for something: a model's answer, a person's, or the roots."""

import uuid
from typing import Annotated, Any, Final, Literal

from mcp_types import (
    CallToolResult,
    ClientCapabilities,
    CreateMessageResult,
    ElicitResult,
    InputRequiredResult,
    InputResponse,
    ListRootsRequest,
    ListRootsResult,
    TextContent,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, Field

from oraclepack_mcp.diagnostics.fixture import Asked, ToolAnswer, ToolFixture, said
from oraclepack_mcp.diagnostics.questions import answers_to, filled_in, form, page, require, sampling
from oraclepack_mcp.server.arguments.shared import Arguments

_ANSWER: Final = "answer"
_ALL_CHOICES_SINCE: Final = "2025-11-25"
_PAGE: Final = "https://example.com/oraclepack-mcp/diagnostics"


class Prompted(Arguments):
    """Arguments of a tool that asks the client's model."""

    prompt: Annotated[str, Field(max_length=4000, description="What to ask the model.")]


class Messaged(Arguments):
    """Arguments of a tool that asks the person."""

    message: Annotated[str, Field(max_length=4000, description="What to ask the person.")]


class Response(BaseModel):
    """One text."""

    response: Annotated[str, Field(description="User's response")]


class Defaults(BaseModel):
    """One field of each primitive type, each with a default."""

    name: Annotated[str, Field(description="User name")] = "John Doe"
    age: Annotated[int, Field(description="User age")] = 30
    score: Annotated[float, Field(description="User score")] = 95.5
    status: Annotated[Literal["active", "inactive", "pending"], Field(description="User status")] = "active"
    verified: Annotated[bool, Field(description="Verification status")] = True


_PRIORITIES: Final = [
    {"const": "low", "title": "Low Priority"},
    {"const": "medium", "title": "Medium Priority"},
    {"const": "high", "title": "High Priority"},
]
_TOPICS: Final = [
    {"const": "feature", "title": "New Feature"},
    {"const": "bug", "title": "Bug Fix"},
    {"const": "docs", "title": "Documentation"},
]
_RIGHTS: Final = ["read", "write", "execute"]
_SIZES: Final = ["Small Size", "Medium Size", "Large Size"]


def _several(choices: dict[str, Any]) -> Any:
    return Field(description="Several", json_schema_extra={"items": choices})


class FirstChoices(BaseModel):
    """One field for each way to write a choice at 2025-06-18; the names are those that the official suite looks for."""

    untitledSingle: Annotated[Literal["active", "inactive", "pending"], Field(description="One")]  # noqa: N815
    legacyEnum: Annotated[  # noqa: N815
        Literal["small", "medium", "large"], Field(description="One", json_schema_extra={"enumNames": _SIZES})
    ]


class Choices(FirstChoices):
    """One field for each way to write a choice from 2025-11-25 on."""

    titledSingle: Annotated[str, Field(description="One", json_schema_extra={"oneOf": _PRIORITIES})]  # noqa: N815
    untitledMulti: Annotated[list[str], _several({"type": "string", "enum": _RIGHTS})]  # noqa: N815
    titledMulti: Annotated[list[str], _several({"anyOf": _TOPICS})]  # noqa: N815


async def sample(asked: Asked) -> ToolAnswer:
    """Ask the model, and repeat what it says."""
    answers = await answers_to(asked, {_ANSWER: sampling(asked.arguments.prompt)})
    if isinstance(answers, InputRequiredResult):
        return answers
    return said(f"LLM response: {text_of(answers[_ANSWER])}")


async def elicit(asked: Asked) -> ToolAnswer:
    """Ask the person for a text."""
    return await _fill_in(asked, asked.arguments.message, Response, "User response")


async def elicit_defaults(asked: Asked) -> ToolAnswer:
    """Ask the person for fields that are filled in already (SEP-1034)."""
    return await _fill_in(asked, "Please provide user information", Defaults, "Elicitation result")


async def elicit_choices(asked: Asked) -> ToolAnswer:
    """Ask the person to choose (SEP-1330)."""
    fields = Choices if asked.ctx.protocol_version >= _ALL_CHOICES_SINCE else FirstChoices
    return await _fill_in(asked, "Please select values", fields, "Elicitation completed")


async def elicit_on_a_page(asked: Asked) -> ToolAnswer:
    """Send the person to a page, and say when that is done."""
    stateless = asked.ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
    identity = None if stateless else str(uuid.uuid4())
    answers = await answers_to(asked, {_ANSWER: page("Please open this page", _PAGE, identity)})
    if isinstance(answers, InputRequiredResult):
        return answers
    answer = answers[_ANSWER]
    accepted = isinstance(answer, ElicitResult) and answer.action == "accept"
    if accepted and identity is not None:
        await asked.ctx.session.send_elicit_complete(identity, asked.ctx.request_id)
    return said(f"URL elicitation: {'accepted' if accepted else 'not accepted'}")


async def list_roots(asked: Asked) -> ToolAnswer:
    """Ask the client for its roots."""
    answers = await answers_to(asked, {_ANSWER: ListRootsRequest()})
    if isinstance(answers, InputRequiredResult):
        return answers
    found = answers[_ANSWER]
    return said(f"Client exposed {len(found.roots) if isinstance(found, ListRootsResult) else 0} root(s).")


async def needs_sampling(asked: Asked) -> CallToolResult:
    """Work with clients that can be asked for a model's answer, and with no others."""
    require(asked.ctx, ClientCapabilities.model_validate({"sampling": {}}))
    return said("The client declared sampling.")


def text_of(answer: InputResponse) -> str:
    """What the model said, as text."""
    if isinstance(answer, CreateMessageResult) and isinstance(answer.content, TextContent):
        return answer.content.text
    return "no text"


async def _fill_in(asked: Asked, message: str, fields: type[BaseModel], heading: str) -> ToolAnswer:
    answers = await answers_to(asked, {_ANSWER: form(message, fields)})
    if isinstance(answers, InputRequiredResult):
        return answers
    answer = answers[_ANSWER]
    filled = filled_in(answer, fields)
    action = answer.action if isinstance(answer, ElicitResult) else "none"
    return said(f"{heading}: action={action}, content={filled.model_dump_json() if filled else '{}'}")


TOOLS: Final = (
    ToolFixture("test_sampling", "Asks the client's model.", sample, Prompted),
    ToolFixture("test_elicitation", "Asks the person for a text.", elicit, Messaged),
    ToolFixture("test_elicitation_sep1034_defaults", "Asks the person for fields that have defaults.", elicit_defaults),
    ToolFixture("test_elicitation_sep1330_enums", "Asks the person to choose, in five ways.", elicit_choices),
    ToolFixture("test_elicitation_url", "Sends the person to a page.", elicit_on_a_page),
    ToolFixture("test_list_roots", "Asks the client for its roots.", list_roots),
    ToolFixture("test_missing_capability", "Works only with a client that declares sampling.", needs_sampling),
)
