"""Whether nothing at all can fit a schema."""

from typing import Any

import jsonschema_rs

from ...schemas import closed_registry


def is_unsatisfiable(schema: Any) -> bool:
    """Whether it is proven that nothing fits; `format` counts for nothing, as the dialect says."""
    try:
        canonical = jsonschema_rs.canonicalize(schema, registry=closed_registry(), validate_formats=False)
    except (ValueError, jsonschema_rs.ReferencingError):
        return False
    return canonical.satisfiability() is jsonschema_rs.canonical.Satisfiability.NO
