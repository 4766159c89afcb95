"""The table: every shape that a server may send at any revision."""

from .content import CONTENT
from .elicitation import ELICITATION
from .envelopes import ENVELOPES
from .lifecycle import LIFECYCLE
from .notifications import NOTIFICATIONS
from .results import RESULTS
from .sampling import SAMPLING
from .shapes import JsonSchema, Shape
from .tasks import TASKS
from .tools import TOOLS
from .unions import UNIONS

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28")
TABLE: tuple[Shape, ...] = (
    *ENVELOPES,
    *LIFECYCLE,
    *CONTENT,
    *RESULTS,
    *TOOLS,
    *NOTIFICATIONS,
    *SAMPLING,
    *ELICITATION,
    *TASKS,
    *UNIONS,
)


def schema_for(revision: str) -> JsonSchema:
    """Return the JSON Schema (2020-12) of `revision`: its definitions, by the specification's own names.

    Raises:
        KeyError: if the revision is none of `REVISIONS`.
    """
    if revision not in REVISIONS:
        raise KeyError(revision)
    definitions = {shape.name: shape.schema(revision) for shape in TABLE if shape.holds(revision)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Messages of an MCP server, revision {revision}",
        "$defs": definitions,
    }
