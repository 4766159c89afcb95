"""Rules over the sources of MCP servers: one module per topic; those for TypeScript are in `script/`."""
