"""All that a version of `chuk-mcp-server` offers, in one server: over HTTP with a port as argument, else over stdio.

The same file serves every version. What a version has no name for is left out, as its users have to leave it out.
"""

import asyncio
import importlib.metadata
import sys
from typing import Any

import chuk_mcp_server  # type: ignore[import-not-found]
from chuk_mcp_server import ChukMCPServer

VERSION = importlib.metadata.version("chuk-mcp-server")
ICON = {"src": "https://example.com/icon.png", "mimeType": "image/png", "sizes": ["48x48"]}


def has(name: str) -> bool:
    """Whether this version exports `name`."""
    return hasattr(chuk_mcp_server, name)


NEWER = has("resource_template")
"""From 0.18 on: annotations, output schemas, icons, templates, links, questions."""


def newer(**options: Any) -> dict[str, Any]:
    """Return options that only newer versions take."""
    return options if NEWER else {}


named = {"title": "Showcase", "description": "Shows what this version offers."}
server = ChukMCPServer(
    name="showcase",
    version="1.0",
    prompts=True,
    logging=True,
    **named,
    **newer(icons=[ICON], website_url="https://example.com", completions=True),
)


@server.tool(
    **newer(
        read_only_hint=True,
        destructive_hint=False,
        icons=[ICON],
        output_schema={"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]},
    )
)  # type: ignore[untyped-decorator]
def add(a: int, b: int) -> Any:
    """Add two numbers."""
    return {"sum": a + b} if NEWER else a + b


@server.tool(**newer(read_only_hint=True))  # type: ignore[untyped-decorator]
def echo(text: str) -> str:
    """Return the text."""
    return text


@server.tool(**newer(read_only_hint=True))  # type: ignore[untyped-decorator]
async def wait(seconds: int) -> str:
    """Take the time to be cancelled."""
    await asyncio.sleep(min(seconds, 2))
    return "waited"


@server.resource("config://settings", mime_type="application/json", **newer(icons=[ICON]))  # type: ignore[untyped-decorator]
def settings() -> dict[str, str]:
    """Return the settings."""
    return {"version": VERSION}


@server.prompt(**newer(icons=[ICON]))  # type: ignore[untyped-decorator]
def greet(name: str) -> str:
    """Greet somebody."""
    return f"Say hello to {name}."


if has("create_message"):

    @server.tool  # type: ignore[untyped-decorator]
    async def ask_model(question: str) -> str:
        """Ask the client's model."""
        message = {"role": "user", "content": {"type": "text", "text": question}}
        return str(await chuk_mcp_server.create_message([message], max_tokens=50))


if NEWER:

    @server.resource_template("users://{user}/profile", mime_type="application/json")  # type: ignore[untyped-decorator]
    def profile(user: str) -> dict[str, str]:
        """Return a profile."""
        return {"user": user}

    @server.tool(read_only_hint=True)  # type: ignore[untyped-decorator]
    async def work() -> str:
        """Report progress, log, and link to a resource."""
        await chuk_mcp_server.send_progress(1, 2, "half")
        await chuk_mcp_server.send_log("info", "working")
        await chuk_mcp_server.send_progress(2, 2, "done")
        chuk_mcp_server.add_resource_link("config://settings", "settings")
        return "done"

    @server.tool(read_only_hint=True)  # type: ignore[untyped-decorator]
    async def ask_person() -> str:
        """Ask the person for a name."""
        schema = {"type": "object", "properties": {"name": {"type": "string", "default": "Ada"}}}
        return str(await chuk_mcp_server.create_elicitation("What is your name?", schema))

    @server.tool(read_only_hint=True)  # type: ignore[untyped-decorator]
    async def ask_roots() -> str:
        """Ask the client for its roots."""
        return str(await chuk_mcp_server.list_roots())


if len(sys.argv) > 1:
    server.run(host="127.0.0.1", port=int(sys.argv[1]))
else:
    server.run(stdio=True)
