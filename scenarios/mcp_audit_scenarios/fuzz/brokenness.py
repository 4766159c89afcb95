"""Schemas that no arguments can be made from: what is wrong with them, and whether that is proven."""

from typing import Any

from ..attacks.schema_limits import excess
from ..schemas import flaw
from .projection import project, schemas_inside

_MOST_TEXT = 160
_MOST_DEPTH = 48
_MOST_SCHEMAS = 1_500
_NONE = {"None": "there is none", "False": "it is false: nothing fits it"}
_NO_OBJECTS = frozenset({"array", "boolean", "integer", "null", "number", "string"})


class BrokenSchema(Exception):  # noqa: N818 - the schema is to blame
    """No case can be made from a schema."""

    def __init__(self, reason: str, *, proven: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        """A clause about the schema: "nothing fits it"."""
        self.proven = proven
        """Whether the schema is to blame; else it is only more than can be read here, and no finding."""


def flaw_of(schema: Any) -> BrokenSchema | None:
    """Return why the schema cannot be used; None if nothing speaks against it as long as nobody tries."""
    if schema is True:
        return None
    if not isinstance(schema, dict):
        return BrokenSchema(_NONE.get(repr(schema), f"it is no object, but {str(schema)[:_MOST_TEXT]}"))
    kinds = schema.get("type", "object")
    if isinstance(kinds, str) and kinds in _NO_OBJECTS:
        return BrokenSchema(f"it is one of {kinds}, and arguments are an object")
    too_much = _size(schema) or excess(schema)
    if too_much:
        return BrokenSchema(too_much, proven=False)
    wrong = flaw(schema)
    if wrong:
        return BrokenSchema(f"it breaks the rules of its dialect: {wrong}")
    projection = project(schema, "x")
    if projection.dangling:
        return BrokenSchema(f"it refers to {projection.dangling[0][:_MOST_TEXT]}, which is not there")
    if projection.elsewhere:
        return BrokenSchema(f"it needs {projection.elsewhere[0][:_MOST_TEXT]}, which is not fetched", proven=False)
    return None


def _size(schema: Any) -> str:
    """Return by what a schema is more than cases can be made from; empty if it is not."""
    waiting, count = [(schema, 0)], 0
    while waiting:
        found, depth = waiting.pop()
        if not isinstance(found, dict):
            continue
        count += 1
        if depth > _MOST_DEPTH:
            return f"it is more than {_MOST_DEPTH} levels deep"
        if count > _MOST_SCHEMAS:
            return f"it holds more than {_MOST_SCHEMAS} schemas"
        waiting.extend((inner, depth + 1) for _, inner in schemas_inside(found))
    return ""
