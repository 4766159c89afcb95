"""What a fixture is: something that clients can list, and the one function that answers for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from mcp.server.context import ServerRequestContext
from mcp.shared.uri_template import UriTemplate
from mcp_types import (
    CallToolResult,
    ContentBlock,
    GetPromptResult,
    Icon,
    InputRequiredResult,
    InputResponse,
    Prompt,
    Resource,
    ResourceTemplate,
    TextContent,
    Tool,
    ToolAnnotations,
)

from oraclepack_mcp.server.arguments.shared import Arguments

Context: TypeAlias = ServerRequestContext[Any, Any]
TaskSupport: TypeAlias = Literal["optional", "required", "forbidden"]
ToolAnswer: TypeAlias = CallToolResult | InputRequiredResult
PromptAnswer: TypeAlias = GetPromptResult | InputRequiredResult
Content: TypeAlias = str | bytes | InputRequiredResult
"""What a resource holds, or what has to be answered before it can be read."""
Completer: TypeAlias = Callable[[Mapping[str, str]], list[str]]
"""Every value of one argument, given the arguments that are filled in already."""


class UnansweredError(Exception):
    """The client cannot be asked, refused, or answered something else; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a fixture.

    `responses` and `state` are what a client brings back when it was asked something on the way (2026-07-28).
    """

    ctx: Context
    arguments: Any
    responses: Mapping[str, InputResponse]
    state: str | None


class NoArguments(Arguments):
    """The arguments of a tool that takes none."""


def always() -> bool:
    """Whether a fixture is there: it always is."""
    return True


@dataclass(frozen=True, slots=True)
class ToolFixture:
    """A tool; `schema` is shown in the place of the one that its arguments would give.

    It only reads, unless it `changes` something.
    """

    name: str
    description: str
    call: Callable[[Asked], Awaitable[ToolAnswer]]
    arguments: type[Arguments] = NoArguments
    schema: Mapping[str, Any] | None = None
    output_schema: Mapping[str, Any] | None = None
    changes: bool = False
    icons: tuple[Icon, ...] = ()
    present: Callable[[], bool] = always
    task_support: TaskSupport | None = None
    """Whether it is called as a task at 2025-11-25; None is the same as forbidden, and says nothing."""

    def declare(self) -> Tool:
        """The tool as `tools/list` shows it."""
        return Tool(
            name=self.name,
            description=self.description,
            input_schema=dict(self.schema or self.arguments.model_json_schema()),
            output_schema=None if self.output_schema is None else dict(self.output_schema),
            annotations=ToolAnnotations(
                read_only_hint=not self.changes,
                destructive_hint=False,
                idempotent_hint=not self.changes,
                open_world_hint=False,
            ),
            icons=list(self.icons) or None,
        )


@dataclass(frozen=True, slots=True)
class PromptFixture:
    """A prompt; its arguments are texts."""

    prompt: Prompt
    get: Callable[[Asked], Awaitable[PromptAnswer]]
    present: Callable[[], bool] = always


@dataclass(frozen=True, slots=True)
class ResourceFixture:
    """A resource with a URI of its own."""

    resource: Resource
    read: Callable[[Asked], Awaitable[Content]]
    present: Callable[[], bool] = always


@dataclass(frozen=True, slots=True)
class TemplateFixture:
    """A family of resources; the variables of the URI are the arguments."""

    template: ResourceTemplate
    read: Callable[[Asked], Awaitable[Content]]
    matcher: UriTemplate = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Parse the template once."""
        object.__setattr__(self, "matcher", UriTemplate.parse(self.template.uri_template))


@dataclass(frozen=True, slots=True)
class Fixtures:
    """Everything that the diagnostics profile adds; completions are by prompt or template, and argument."""

    tools: tuple[ToolFixture, ...]
    prompts: tuple[PromptFixture, ...]
    resources: tuple[ResourceFixture, ...]
    templates: tuple[TemplateFixture, ...]
    completions: Mapping[tuple[str, str], Completer]


def said(*texts: str) -> CallToolResult:
    """A result that is text and nothing else."""
    content: list[ContentBlock] = [TextContent(text=text) for text in texts]
    return CallToolResult(content=content)


def failed(text: str) -> CallToolResult:
    """A result that says what went wrong, for the model to read."""
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
