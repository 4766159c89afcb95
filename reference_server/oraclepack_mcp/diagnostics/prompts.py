"""Prompts: plain, with arguments, with each kind of content, and one that has to ask first."""

from collections.abc import Mapping
from typing import Final

from mcp_types import (
    EmbeddedResource,
    GetPromptResult,
    ImageContent,
    InputRequiredResult,
    Prompt,
    PromptArgument,
    PromptMessage,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel

from oraclepack_mcp.diagnostics.fixture import Asked, Completer, PromptAnswer, PromptFixture, UnansweredError
from oraclepack_mcp.diagnostics.questions import answers_to, filled_in, form
from oraclepack_mcp.diagnostics.samples import ICON, PNG
from oraclepack_mcp.diagnostics.streams import Stage

_WITH_ARGUMENTS: Final = "test_prompt_with_arguments"
_CITIES: Final[Mapping[str, list[str]]] = {
    "France": ["Lyon", "Paris"],
    "Germany": ["Berlin", "Bonn", "Bremen"],
}


class Background(BaseModel):
    """What the person adds."""

    context: str


async def simple(_: Asked) -> GetPromptResult:
    """Say one thing."""
    return _texts("This is a simple prompt for testing.")


async def with_arguments(asked: Asked) -> GetPromptResult:
    """Repeat the arguments."""
    given = asked.arguments
    return _texts(f"Prompt with arguments: arg1='{given['arg1']}', arg2='{given['arg2']}'")


async def with_resource(asked: Asked) -> GetPromptResult:
    """Quote a resource; it is named and not read, whatever its URI says."""
    resource = TextResourceContents(
        uri=asked.arguments["resourceUri"], mime_type="text/plain", text="Embedded resource content for testing."
    )
    return GetPromptResult(
        messages=[
            PromptMessage(role="user", content=EmbeddedResource(resource=resource)),
            PromptMessage(role="user", content=TextContent(text="Please process the embedded resource above.")),
        ]
    )


async def with_image(_: Asked) -> GetPromptResult:
    """Show a picture."""
    return GetPromptResult(
        messages=[
            PromptMessage(role="user", content=ImageContent(data=PNG, mime_type="image/png")),
            PromptMessage(role="user", content=TextContent(text="Please analyze the image above.")),
        ]
    )


async def that_asks(asked: Asked) -> PromptAnswer:
    """Ask the person for the context first; do without where nobody can be asked."""
    try:
        answers = await answers_to(asked, {"user_context": form("What context should the prompt use?", Background)})
    except UnansweredError:
        return _texts("Use the following context: none")
    if isinstance(answers, InputRequiredResult):
        return answers
    filled = filled_in(answers["user_context"], Background)
    return _texts(f"Use the following context: {filled.context if filled else 'none'}")


def prompts(stage: Stage) -> tuple[PromptFixture, ...]:
    """The prompts of a stage, of which one comes and goes."""
    return (
        PromptFixture(_prompt("test_simple_prompt", "Says one thing.", icon=True), simple),
        PromptFixture(_prompt(_WITH_ARGUMENTS, "Repeats its arguments.", "arg1", "arg2"), with_arguments),
        PromptFixture(
            _prompt("test_prompt_with_embedded_resource", "Quotes a resource.", "resourceUri"), with_resource
        ),
        PromptFixture(_prompt("test_prompt_with_image", "Shows a picture."), with_image),
        PromptFixture(_prompt("test_input_required_result_prompt", "Asks for context first."), that_asks),
        PromptFixture(_prompt("test_dynamic_prompt", "Comes and goes."), simple, lambda: stage.extra_prompt),
    )


def _countries(_: Mapping[str, str]) -> list[str]:
    return list(_CITIES)


def _cities(given: Mapping[str, str]) -> list[str]:
    """Return the cities of the country that was chosen, or all while none is."""
    chosen = [cities for country, cities in _CITIES.items() if given.get("arg1") in {None, country}]
    return [city for cities in chosen for city in cities]


COMPLETIONS: Final[Mapping[tuple[str, str], Completer]] = {
    (_WITH_ARGUMENTS, "arg1"): _countries,
    (_WITH_ARGUMENTS, "arg2"): _cities,
    ("test_prompt_with_embedded_resource", "resourceUri"): lambda _: ["test://static-text", "test://static-binary"],
}


def _prompt(name: str, description: str, *arguments: str, icon: bool = False) -> Prompt:
    declared = [PromptArgument(name=argument, description="Any text.", required=True) for argument in arguments]
    return Prompt(name=name, description=description, arguments=declared or None, icons=[ICON] if icon else None)


def _texts(*texts: str) -> GetPromptResult:
    return GetPromptResult(messages=[PromptMessage(role="user", content=TextContent(text=text)) for text in texts])
