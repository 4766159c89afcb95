"""A Model Context Protocol server for oraclepack: packs of twenty shell steps, read and checked, never altered.

Three layers, each ignorant of the one above it: the domain (`packs`, `security`, `catalogue`) knows no MCP; `server`
says in MCP what the domain can do; `protocol`, `http` and `stdio` hold conversations to the letter of every revision.
"""

from typing import Final

VERSION: Final = "0.1.0"
"""The version that `serverInfo` reports."""
