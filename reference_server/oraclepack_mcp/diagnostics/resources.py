"""Resources: text, bytes, one that changes, one that comes and goes, one that has to ask, and a template."""

import base64
import json
from collections.abc import Mapping
from typing import Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, Annotations, InputRequiredResult, Resource, ResourceTemplate

from oraclepack_mcp.diagnostics.fixture import Asked, Completer, Content, ResourceFixture, TemplateFixture
from oraclepack_mcp.diagnostics.multi_round import Name
from oraclepack_mcp.diagnostics.questions import answers_to, filled_in, form
from oraclepack_mcp.diagnostics.samples import ICON, PNG
from oraclepack_mcp.diagnostics.streams import CANCELLED, WATCHED, Stage

_JSON: Final = "application/json"
_TEXT: Final = "This is the content of the static text resource."
_BYTES: Final = base64.b64decode(PNG)
NOTES: Final = "file:///diagnostics/notes.txt"
_TEMPLATE: Final = "test://template/{id}/data"


async def static_text(_: Asked) -> str:
    """Read a text that never changes."""
    return _TEXT


async def static_bytes(_: Asked) -> bytes:
    """Read a picture that never changes."""
    return _BYTES


async def that_asks(asked: Asked) -> Content:
    """Ask for a name before giving anything."""
    answers = await answers_to(asked, {"user_name": form("Who wants to read this?", Name)})
    if isinstance(answers, InputRequiredResult):
        return answers
    filled = filled_in(answers["user_name"], Name)
    return f"For {filled.name if filled else 'nobody'} only."


async def that_fails(_: Asked) -> str:
    """Fail, in the way in which a resource fails.

    Raises:
        MCPError: -32603.
    """
    raise MCPError(INTERNAL_ERROR, "This resource intentionally fails for testing.")


async def from_template(asked: Asked) -> str:
    """Read the data of an id, which is any text."""
    identity: str = asked.arguments["id"]
    return json.dumps({"id": identity, "templateTest": True, "data": f"Data for ID: {identity}"})


def resources(stage: Stage) -> tuple[ResourceFixture, ...]:
    """The resources of a stage, of which one changes and one comes and goes."""

    async def watched(_: Asked) -> str:
        return f"Watched resource content, version {stage.updates}"

    async def cancelled(_: Asked) -> str:
        after, wanted = [spent for spent, _ in stage.cancelled], [wanted for _, wanted in stage.cancelled]
        return json.dumps({"cancelledAfterSeconds": after, "ofSeconds": wanted})

    return (
        ResourceFixture(_plain("test://static-text", "A text that never changes."), static_text),
        ResourceFixture(_picture(), static_bytes),
        ResourceFixture(_plain(WATCHED, "A text that test_update_resource changes."), watched),
        ResourceFixture(_plain(CANCELLED, "How calls of test_slow_tool were cancelled.", _JSON), cancelled),
        ResourceFixture(_plain("test://failing-resource", "A text that can never be read."), that_fails),
        ResourceFixture(_notes(), static_text),
        ResourceFixture(_plain("test://needs-input", "A text that asks for a name first."), that_asks),
        ResourceFixture(
            _plain("test://dynamic-resource", "Comes and goes."), static_text, lambda: stage.extra_resource
        ),
    )


TEMPLATES: Final = (
    TemplateFixture(
        ResourceTemplate(uri_template=_TEMPLATE, name="template", description="Data of any id.", mime_type=_JSON),
        from_template,
    ),
)
COMPLETIONS: Final[Mapping[tuple[str, str], Completer]] = {
    (_TEMPLATE, "id"): lambda _: ["123", "124", "200"],
}


def _plain(uri: str, description: str, mime_type: str = "text/plain") -> Resource:
    return Resource(uri=uri, name=uri.removeprefix("test://"), description=description, mime_type=mime_type)


def _notes() -> Resource:
    """A file by its URI; there is none on any disk, so that nothing lies beside it."""
    return Resource(uri=NOTES, name="notes.txt", description="A text with the URI of a file.", mime_type="text/plain")


def _picture() -> Resource:
    return Resource(
        uri="test://static-binary",
        name="static-binary",
        title="A picture",
        description="A picture that never changes.",
        mime_type="image/png",
        size=len(_BYTES),
        icons=[ICON],
        annotations=Annotations(audience=["user"], priority=0.5, last_modified="2026-07-28T00:00:00Z"),
    )
