"""The low-level server of `mcp` 2: python on_sdk.py PORT [JSON of the tools to list]."""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.lowlevel import Server
from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, TextContent, Tool

NUMBERS = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}
TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
ADD = Tool(name="add", description="Add two numbers.", input_schema=NUMBERS)
ECHO = Tool(name="echo", description="Return the text.", input_schema=TEXT)


def main(port: int, tools: list[Tool]) -> None:
    """Serve until terminated."""
    listed = ListToolsResult(tools=tools)

    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return listed

    async def call_tool(_context: Any, params: CallToolRequestParams) -> CallToolResult:
        given = params.arguments or {}
        text = str(given["a"] + given["b"]) if params.name == "add" else given["text"]
        return CallToolResult(content=[TextContent(text=text)])

    server: Server[Any] = Server("two-tools", version="1.0", on_list_tools=list_tools, on_call_tool=call_tool)
    app = server.streamable_http_app(json_response=True)
    uvicorn.run(
        app, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False, date_header=False
    )


if __name__ == "__main__":
    listed = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")) if sys.argv[2:] else None
    main(int(sys.argv[1]), [Tool.model_validate(tool) for tool in listed] if listed else [ADD, ECHO])
