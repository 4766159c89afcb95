"""Reading TypeScript and JavaScript: modules, the MCP tools in them, the ways of a client's values through them."""
