"""What a tool is to this server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mcp_types import Tool, ToolAnnotations
from pydantic import TypeAdapter

from oraclepack_mcp.catalogue import Report
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.runs.model import RunOptions
from oraclepack_mcp.security.scopes import Caller, Scope
from oraclepack_mcp.server.arguments.shared import Arguments


@dataclass(frozen=True, slots=True)
class Hints:
    """What a client is told about the effects of a tool, before it calls it."""

    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False
    open_world: bool = False


READS: Final = Hints(read_only=True, idempotent=True)
CREATES: Final = Hints(idempotent=True)
REPLACES: Final = Hints(destructive=True, idempotent=True)
EXECUTES: Final = Hints(destructive=True, open_world=True)


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls a tool, what answers it, and who hears how far it is.

    `pack_sha256` is the hash of the pack that was agreed to, for a tool that runs one.
    """

    domain: Domain
    caller: Caller
    report: Report
    pack_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody has to agree to before it is done; `token` stands for exactly this and is spent once."""

    question: str
    token: str


@dataclass(frozen=True, slots=True)
class Consent:
    """How a call is agreed to: `propose` says what would be done, `confirm` spends the token of that, or refuses.

    What it gives is the hash of the pack that was agreed to, where there is one.
    """

    propose: Callable[[Any, Call], Proposal]
    confirm: Callable[[Any, Call, str], str | None]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool: `call` turns checked arguments into a value of `result`, whose type is the output schema.

    A tool with `consent` is asked about first. One that starts a run has `run`, which says what, and is followed to its
    end; one that shows a run waits for its end for `wait_s` seconds. `whole` names the resource that holds what is too
    long for a text. `failure` says of a value that what was asked for went wrong; then the answer is an error with the
    value beside it.
    """

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    result: type[Any]
    scopes: frozenset[Scope]
    hints: Hints
    call: Callable[[Any, Call], Any]
    consent: Consent | None = None
    run: Callable[[Any], RunOptions] | None = None
    wait_s: Callable[[Any], float] | None = None
    whole: Callable[[Any], str | None] | None = None
    failure: Callable[[Any], DomainError | None] | None = None
    adapter: TypeAdapter[Any] = field(init=False, repr=False)
    declared: Tool = field(init=False, repr=False)
    """The tool as `tools/list` shows it."""

    def __post_init__(self) -> None:
        """Build once what every server and every result needs."""
        object.__setattr__(self, "adapter", TypeAdapter(self.result))
        object.__setattr__(self, "declared", self._declare())

    def _declare(self) -> Tool:
        hints = self.hints
        return Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.arguments.model_json_schema(),
            output_schema=_with_refusal(self.adapter.json_schema(mode="serialization")),
            annotations=ToolAnnotations(
                title=self.title,
                read_only_hint=hints.read_only,
                destructive_hint=hints.destructive,
                idempotent_hint=hints.idempotent,
                open_world_hint=hints.open_world,
            ),
        )


_REFUSAL: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Why the call was refused or failed; of a call that was refused nothing else is there.",
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "details": {"type": "object"},
        "retryable": {"type": "boolean"},
    },
    "required": ["code", "message", "details", "retryable"],
}


def _with_refusal(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a result that may be a refusal instead, since structured content has to fit it in both cases."""
    required = schema.get("required", [])
    rest = {name: value for name, value in schema.items() if name != "required"}
    properties = {**schema.get("properties", {}), "error": _REFUSAL}
    return {**rest, "properties": properties, "anyOf": [{"required": required}, {"required": ["error"]}]}
