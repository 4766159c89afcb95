"""report.json, version 1: the report for other programs."""

import msgspec
from mcp_audit_harness.model import Report

from ..plain import document
from .build import build
from .load import read_load
from .schema import schema_text
from .shape import ReportV1

__all__ = ["ReportV1", "parse", "read_load", "render", "schema_text"]


def render(report: Report) -> str:
    """Return the report as JSON; the same report gives the same text."""
    return document(build(report))


def parse(text: str) -> ReportV1:
    """Return the report that `text` holds.

    Raises:
        msgspec.ValidationError: if it does not have the shape of version 1.
    """
    return msgspec.json.decode(text, type=ReportV1)
