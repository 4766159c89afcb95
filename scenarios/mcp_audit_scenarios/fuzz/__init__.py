"""Requests that are generated: from the schemas of what a server offers, from the grammar of messages, from a model."""

NEEDS_EXTRA = "needs the extra: pip install 'mcp-audit[fuzz]'"
"""Why nothing is generated where what generates is not installed."""
