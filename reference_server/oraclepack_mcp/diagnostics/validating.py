"""A tool that takes a schema from its caller: what it reads is hostile, and bounded before anything is done with it."""

from typing import Annotated, Any, Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]
from mcp_types import CallToolResult
from pydantic import Field
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import SchemaRegistry

from oraclepack_mcp.diagnostics.fixture import Asked, ToolFixture, failed, said
from oraclepack_mcp.server.arguments.shared import Arguments

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_DEPTH: Final = 32
MAX_SUBSCHEMAS: Final = 500
"""Dictionaries and lists in a schema, of which each may be a schema of its own."""


class Judged(Arguments):
    """A value, and the schema to judge it by."""

    schema_: Annotated[dict[str, Any], Field(alias="schema", description="A JSON Schema, 2020-12.")]
    instance: Annotated[Any, Field(description="Any value.")] = None


_REGISTRY: Final[SchemaRegistry] = Registry()
"""Knows nothing and fetches nothing: a caller's schema can name addresses that only the server reaches."""


async def judge(asked: Asked) -> CallToolResult:
    """Say whether the value fits the schema."""
    given: Judged = asked.arguments
    dialect = given.schema_.get("$schema", DIALECT)
    if dialect != DIALECT:
        return failed("Only schemas of JSON Schema 2020-12 can be read.")
    if not _bounded(given.schema_):
        return failed(f"A schema may be {MAX_DEPTH} levels deep and have {MAX_SUBSCHEMAS} parts.")
    try:
        Draft202012Validator.check_schema(given.schema_)
        validator = Draft202012Validator(given.schema_, registry=_REGISTRY)
        return said("It fits." if validator.is_valid(given.instance) else "It does not fit.")
    except SchemaError as error:
        return failed(f"This is no schema: {error.message[:200]}.")
    except Unresolvable:
        return failed("The schema refers to something outside itself, which is not fetched.")
    except RecursionError:
        return failed("The schema refers to itself without end.")


def _bounded(schema: Any) -> bool:
    level: list[Any] = [schema]
    parts = 0
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _inside(item) if isinstance(inner, dict | list)]
        parts += len(level)
        if parts > MAX_SUBSCHEMAS:
            return False
        if not level:
            return True
    return False


def _inside(item: Any) -> list[Any]:
    return list(item.values()) if isinstance(item, dict) else item


TOOLS: Final = (ToolFixture("test_validate_schema", "Judges a value by a schema.", judge, Judged),)
