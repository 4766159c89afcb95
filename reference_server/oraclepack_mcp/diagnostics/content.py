"""Tools whose results show each kind of content."""

from typing import Final

from mcp_types import (
    Annotations,
    AudioContent,
    CallToolResult,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from mcp_types.version import is_version_at_least

from oraclepack_mcp.diagnostics.fixture import Asked, ToolFixture, failed, said
from oraclepack_mcp.diagnostics.samples import ICON, PNG, WAV

_CHANGED: Final = "2026-07-28T00:00:00Z"


async def simple_text(_: Asked) -> CallToolResult:
    """Answer one text."""
    return said("This is a simple text response for testing.")


async def image(_: Asked) -> CallToolResult:
    """Answer one picture."""
    return CallToolResult(content=[ImageContent(data=PNG, mime_type="image/png")])


async def audio(asked: Asked) -> CallToolResult:
    """Answer one sound, where the revision knows sounds."""
    if not is_version_at_least(asked.ctx.protocol_version, "2025-03-26"):
        return said("Sounds came with 2025-03-26.")
    return CallToolResult(content=[AudioContent(data=WAV, mime_type="audio/wav")])


async def embedded_resource(_: Asked) -> CallToolResult:
    """Answer one resource with its text."""
    resource = TextResourceContents(
        uri="test://embedded-resource", mime_type="text/plain", text="This is an embedded resource content."
    )
    return CallToolResult(content=[EmbeddedResource(resource=resource)])


async def several_kinds(_: Asked) -> CallToolResult:
    """Answer a text, a picture and a resource."""
    resource = TextResourceContents(
        uri="test://mixed-content-resource", mime_type="application/json", text='{"test": "data", "value": 123}'
    )
    return CallToolResult(
        content=[
            TextContent(text="Multiple content types test:"),
            ImageContent(data=PNG, mime_type="image/png"),
            EmbeddedResource(resource=resource),
        ]
    )


async def resource_link(asked: Asked) -> CallToolResult:
    """Answer a link to a resource that can be read, where the revision knows links."""
    if not is_version_at_least(asked.ctx.protocol_version, "2025-06-18"):
        return said("Links came with 2025-06-18: test://static-text.")
    link = ResourceLink(
        uri="test://static-text",
        name="static-text",
        title="Static text",
        description="A text that never changes.",
        mime_type="text/plain",
        icons=[ICON],
    )
    return CallToolResult(content=[link])


async def annotated(_: Asked) -> CallToolResult:
    """Answer texts that say for whom they are, how much they matter, and how old they are."""
    for_model = Annotations(audience=["assistant"], priority=0.2, last_modified=_CHANGED)
    for_person = Annotations(audience=["user"], priority=1.0, last_modified=_CHANGED)
    return CallToolResult(
        content=[
            TextContent(text="For the model.", annotations=for_model),
            TextContent(text="For the person.", annotations=for_person),
        ]
    )


async def error(_: Asked) -> CallToolResult:
    """Fail, in the way in which a tool fails."""
    return failed("This tool intentionally returns an error for testing")


TOOLS: Final = (
    ToolFixture("test_simple_text", "Returns one text.", simple_text, icons=(ICON,)),
    ToolFixture("test_image_content", "Returns a picture.", image),
    ToolFixture("test_audio_content", "Returns a sound.", audio),
    ToolFixture("test_embedded_resource", "Returns a resource with its content.", embedded_resource),
    ToolFixture("test_multiple_content_types", "Returns text, a picture and a resource.", several_kinds),
    ToolFixture("test_resource_link", "Returns a link to a resource.", resource_link),
    ToolFixture("test_annotated_content", "Returns texts for different readers.", annotated),
    ToolFixture("test_error_handling", "Fails, always.", error),
)
