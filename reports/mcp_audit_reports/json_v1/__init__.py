"""report.json, version 1: the report for other programs."""

import json

import msgspec
from mcp_audit_harness.model import Report

from ..escape import json_text
from ..plain import plain
from .build import build
from .load import read_load
from .schema import schema_text
from .shape import ReportV1

__all__ = ["ReportV1", "parse", "read_load", "render", "schema_text"]


def render(report: Report) -> str:
    """Return the report as JSON; the same report gives the same text.

    Nothing in it drives a terminal: whatever cannot be seen is written as an escape.
    """
    compact = json.dumps(plain(build(report)), ensure_ascii=False)  # indenting is what Python's encoder is slow at
    return json_text(msgspec.json.format(compact, indent=2)) + "\n"


def parse(text: str) -> ReportV1:
    """Return the report that `text` holds.

    Raises:
        msgspec.ValidationError: if it does not have the shape of version 1.
    """
    return msgspec.json.decode(text, type=ReportV1)
