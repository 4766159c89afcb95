"""Reading packs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mcp_types import CallToolRequestParams, CallToolResult, TextContent, Tool, ToolAnnotations
from mcp_types.version import is_version_at_least
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from oraclepack_mcp.catalogue import (
    Catalogue,
    FileSlice,
    ListQuery,
    PackList,
    PackModel,
    Report,
    StepList,
    StepModel,
    StepQuery,
    unheard,
)
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.validation import Validation
from oraclepack_mcp.server.arguments import packs as args
from oraclepack_mcp.server.arguments.shared import Arguments
from oraclepack_mcp.server.answers import in_thread, invalid_params
from oraclepack_mcp.server.sentences import describe

_READ_ONLY: Final = {
    "read_only_hint": True,
    "destructive_hint": False,
    "idempotent_hint": True,
    "open_world_hint": False,
}


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool: `call` turns checked arguments into a value of `result`, whose type is the output schema.

    What takes a while reports how far it is.
    """

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    result: type[Any]
    call: Callable[[Catalogue, Any, Report], Any]
    adapter: TypeAdapter[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Build the adapter once; it makes the schema and every result."""
        object.__setattr__(self, "adapter", TypeAdapter(self.result))

    def declare(self) -> Tool:
        """The tool as `tools/list` shows it."""
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.arguments.model_json_schema(),
            output_schema=self.adapter.json_schema(mode="serialization"),
            annotations=ToolAnnotations(title=self.title, **_READ_ONLY),
        )


TOOLS: Final[Sequence[ToolSpec]] = (
    ToolSpec(
        "oraclepack_list_packs",
        "List packs",
        "Lists the packs below a directory with title, number of steps and whether their structure is valid.",
        args.ListPacks,
        PackList,
        lambda domain, a, report: domain.list_packs(
            ListQuery(a.directory, a.recursive, a.pattern, a.cursor, a.limit), report
        ),
    ),
    ToolSpec(
        "oraclepack_get_pack",
        "Get a pack",
        "Returns one pack as data: prelude, output directory and all steps with their metadata.",
        args.GetPack,
        PackModel,
        lambda domain, a, _: domain.get_pack(a.pack, a.include_code),
    ),
    ToolSpec(
        "oraclepack_list_steps",
        "List steps",
        "Lists the steps of a pack without their code, optionally by return on investment or by tool.",
        args.ListSteps,
        StepList,
        lambda domain, a, _: domain.list_steps(a.pack, StepQuery(a.roi_threshold, a.roi_mode, a.tool)),
    ),
    ToolSpec(
        "oraclepack_get_step",
        "Get a step",
        "Returns one step of a pack with its shell code.",
        args.GetStep,
        StepModel,
        lambda domain, a, _: domain.get_step(a.pack, a.step_id),
    ),
    ToolSpec(
        "oraclepack_validate_pack",
        "Validate a pack",
        "Judges a pack, or Markdown that is no file yet, by the runner's rules; nothing of it is run.",
        args.ValidatePack,
        Validation,
        lambda domain, a, _: (
            domain.validate_pack(a.pack, tuple(a.profiles))
            if a.pack is not None
            else domain.validate_text(a.text, tuple(a.profiles))
        ),
    ),
    ToolSpec(
        "oraclepack_read_file",
        "Read a file",
        "Reads part of a file inside the configured roots, as text or as Base64.",
        args.ReadFile,
        FileSlice,
        lambda domain, a, _: domain.read_file(a.path, a.offset, a.max_bytes, a.encoding),
    ),
)


class ToolBox:
    """Lists and calls the tools; the list is always the same, in the same order."""

    def __init__(self, domain: Catalogue, specs: Sequence[ToolSpec] = TOOLS) -> None:
        self._domain = domain
        self._specs = {spec.name: spec for spec in specs}
        self.declared = [spec.declare() for spec in specs]
        self._input_schemas = {tool.name: tool.input_schema for tool in self.declared}

    def input_schema(self, name: str) -> dict[str, Any] | None:
        """The input schema of a tool, or None where there is no such tool."""
        return self._input_schemas.get(name)

    async def call(self, params: CallToolRequestParams, revision: str, report: Report = unheard) -> CallToolResult:
        """Call a tool; what the domain refuses is a result with `isError`, so that the model can read and mend it.

        Raises:
            MCPError: -32602 for an unknown tool, and up to 2025-06-18 for bad arguments too, as those revisions say.
        """
        spec = self._specs.get(params.name)
        if spec is None:
            raise invalid_params("Unknown tool.", {"name": params.name})
        try:
            checked = spec.arguments.model_validate(params.arguments or {})
        except ValidationError as error:
            sentence = describe(error)
            if not is_version_at_least(revision, "2025-11-25"):
                raise invalid_params(f"Invalid arguments: {sentence}.") from error
            return _refused(f"INVALID_ARGUMENT: {sentence}")
        try:
            value = await in_thread(spec.call, self._domain, checked, report)
        except DomainError as error:
            return _refused(str(error))
        structured = spec.adapter.dump_python(value, mode="json")
        text = to_json(structured).decode()
        return CallToolResult(content=[TextContent(text=text)], structured_content=structured)


def _refused(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=text)], is_error=True)
