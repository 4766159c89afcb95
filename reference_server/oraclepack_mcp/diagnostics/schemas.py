"""Tools whose schemas are the point: the whole of JSON Schema 2020-12, outputs, and arguments mirrored in headers."""

from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import to_json

from oraclepack_mcp.diagnostics.fixture import Asked, ToolFixture, said
from oraclepack_mcp.server.arguments.shared import Arguments

CONTACT_SCHEMA: Final = MappingProxyType(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }
)
"""References, composition and conditions: what a server loses that rebuilds schemas from types of its own."""


def _given(value: Any) -> Any:
    """Refuse null: what is left out is left out, and the schema knows no null."""
    if value is None:
        raise ValueError("null is no value here")
    return value


_NotNull: Final = BeforeValidator(_given)


class Address(BaseModel):
    """An address."""

    model_config = ConfigDict(extra="allow", strict=True)

    street: Annotated[str | None, _NotNull] = None
    city: Annotated[str | None, _NotNull] = None


class Contact(Arguments):
    """What `CONTACT_SCHEMA` says, as a type; the names are those on the wire."""

    name: Annotated[str | None, _NotNull] = None
    address: Annotated[Address | None, _NotNull] = None
    contactMethod: Annotated[Literal["phone", "email"] | None, _NotNull] = None  # noqa: N815
    phone: Annotated[str | None, _NotNull] = None
    email: Annotated[str | None, _NotNull] = None

    @property
    def channel(self) -> str:
        """The field that has to be there."""
        return "phone" if self.contactMethod == "phone" else "email"

    @model_validator(mode="after")
    def _reachable(self) -> "Contact":
        if getattr(self, self.channel) is None:
            raise ValueError(f"{self.channel} is missing")
        return self


class Mirrored(Arguments):
    """Arguments that a client of 2026-07-28 repeats in headers of the request."""

    region: Annotated[str, Field(description="Any text.", json_schema_extra={"x-mcp-header": "Region"})] = "<none>"
    priority: Annotated[int, Field(description="Any number.", json_schema_extra={"x-mcp-header": "Priority"})] = 0
    dry: Annotated[bool, Field(description="Either.", json_schema_extra={"x-mcp-header": "Dry"})] = False


class Sum(Arguments):
    """Two numbers."""

    left: Annotated[int, Field(ge=-1000, le=1000, description="The first number.")]
    right: Annotated[int, Field(ge=-1000, le=1000, description="The second number.")] = 1


SUM_SCHEMA: Final = MappingProxyType[str, Any](
    {
        "type": "object",
        "properties": {"sum": {"type": "integer"}, "even": {"type": "boolean"}},
        "required": ["sum", "even"],
        "additionalProperties": False,
    }
)


async def contact(asked: Asked) -> CallToolResult:
    """Say how to reach somebody."""
    given: Contact = asked.arguments
    return said(f"Reachable by {given.channel}.")


async def mirrored(asked: Asked) -> CallToolResult:
    """Say what was given, which is what the headers said, or the call had been refused."""
    given: Mirrored = asked.arguments
    region = "".join(char if char.isprintable() else "?" for char in str(given.region))
    return said(f"region={region} priority={given.priority} dry={given.dry}")


async def structured(asked: Asked) -> CallToolResult:
    """Add two numbers, and answer data."""
    total = asked.arguments.left + asked.arguments.right
    value = {"sum": total, "even": total % 2 == 0}
    return CallToolResult(content=[TextContent(text=to_json(value).decode())], structured_content=value)


TOOLS: Final = (
    ToolFixture(
        "json_schema_2020_12_tool",
        "Takes arguments whose schema needs all of JSON Schema 2020-12.",
        contact,
        Contact,
        schema=CONTACT_SCHEMA,
    ),
    ToolFixture("test_x_mcp_header", "Takes arguments that clients repeat in headers.", mirrored, Mirrored),
    ToolFixture(
        "test_structured_content",
        "Adds two numbers, and returns data that fit a schema.",
        structured,
        Sum,
        output_schema=SUM_SCHEMA,
    ),
)
