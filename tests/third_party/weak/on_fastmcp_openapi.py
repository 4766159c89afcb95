"""A server that `fastmcp` derives from an OpenAPI document, before a backend with one public and one private path."""

import sys

import httpx  # type: ignore[import-not-found]
from fastmcp import FastMCP  # type: ignore[import-not-found]

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "notes", "version": "1.0.0"},
    "paths": {
        "/notes/{name}": {
            "get": {
                "operationId": "read_note",
                "summary": "Read a note.",
                "parameters": [
                    {
                        "name": "name",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "examples": ["a"]},
                    }
                ],
                "responses": {"200": {"description": "The note."}},
            }
        }
    },
}


def backend(request: httpx.Request) -> httpx.Response:
    """Answer as a web server does: `..` is worked out before anything is decoded."""
    parts: list[str] = []
    for part in request.url.raw_path.decode().partition("?")[0].split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    if parts == ["notes", "a"]:
        return httpx.Response(200, json={"note": "a"})
    if parts[:1] == ["notes"] and len(parts) == 2:
        return httpx.Response(404, json={"error": "no such note"})
    if parts == []:
        return httpx.Response(200, json={"index": ["notes", "admin"]})
    return httpx.Response(403, json={"error": f"nothing for you at /{'/'.join(parts)}"})


client = httpx.AsyncClient(transport=httpx.MockTransport(backend), base_url="http://backend.example")
server = FastMCP.from_openapi(DOCUMENT, client=client, name="notes")
server.run("http", host="127.0.0.1", port=int(sys.argv[1]))
