"""The published JSON Schema of report.json (draft 2020-12), generated from the shape."""

import inspect
import json
from pathlib import Path
from typing import Any

import msgspec

from .shape import ReportV1

ID = "urn:mcp-audit:schema:report:1"
HOME = Path(__file__).resolve().parents[2] / "schema" / "report-v1.schema.json"
"""Where the schema lies in a source checkout; an installed package has it from `schema_text` only."""


def schema_text() -> str:
    """Return the schema as it is published."""
    generated = msgspec.json.schema(ReportV1)
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "mcp-audit report, version 1",
        **generated,
    }
    return json.dumps(_tidy(document), indent=2) + "\n"


def _tidy(value: Any) -> Any:
    """Return the schema with descriptions that do not carry the indentation of the source."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, dict):
        return {
            key: inspect.cleandoc(item) if key == "description" and isinstance(item, str) else _tidy(item)
            for key, item in value.items()
        }
    return value
