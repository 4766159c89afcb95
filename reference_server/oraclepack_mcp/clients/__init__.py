"""Setting up MCP clients: what belongs in the configuration file of each, and merging it there."""
