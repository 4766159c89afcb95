"""The domain said in MCP: tools, resources, prompts, completions, and the server made of them."""
