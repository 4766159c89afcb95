"""The mechanism of mcp-audit: true of any check; knows no rule and no output format."""
