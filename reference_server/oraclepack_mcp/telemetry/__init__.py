"""What an operator sees of the server: metrics, logs, traces and the audit log. None of it knows MCP."""
