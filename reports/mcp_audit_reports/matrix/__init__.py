"""The compliance matrix alone, in the forms in which people ask for it."""

from .formats import as_csv, as_json, console, markdown

__all__ = ["FORMATS"]

FORMATS = {"console": console, "markdown": markdown, "json": as_json, "csv": as_csv}
"""By the names that `--format` takes."""
