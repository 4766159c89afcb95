"""Schemas that no arguments can be made from: what is wrong with them, and whether that is proven."""

from typing import Any

from ..attacks.schema_limits import excess
from ..schemas import flaw
from .projection import project

_MOST_TEXT = 160


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
    if schema is None:
        return BrokenSchema("there is none")
    if isinstance(schema, bool):
        return None if schema else BrokenSchema("it is false: nothing fits it")
    if not isinstance(schema, dict):
        return BrokenSchema(f"it is no object, but {str(schema)[:_MOST_TEXT]}")
    too_much = excess(schema)
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
