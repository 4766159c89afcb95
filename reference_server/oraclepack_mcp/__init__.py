"""The reference MCP server for oraclepack."""
