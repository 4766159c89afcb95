"""Headers are read without the white space around their values."""

import socket

import pytest
from oraclepack_faults.serve import running
from oraclepack_mcp.protocol.field_values import TrimmedFields
from oraclepack_mcp.settings import Settings
from starlette.types import Receive, Scope, Send


@pytest.mark.anyio
async def test_only_the_white_space_around_a_value_goes() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def unused(*_: object) -> None:
        raise AssertionError

    given = [(b"a", b" \tx y\t "), (b"b", b""), (b"c", b"\xa0z\xa0")]
    await TrimmedFields(app)({"type": "http", "headers": given}, unused, unused)  # type: ignore[arg-type]
    await TrimmedFields(app)({"type": "lifespan"}, unused, unused)  # type: ignore[arg-type]

    assert seen[0]["headers"] == [(b"a", b"x y"), (b"b", b""), (b"c", b"\xa0z\xa0")]
    assert seen[1] == {"type": "lifespan"}


def test_a_padded_name_is_the_name_of_the_tool() -> None:
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"oraclepack_list_packs","arguments":{},"_meta":'
        b'{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}'
    )
    with running(Settings(transport="streamable-http", port=0)) as url:
        host, _, path = url.removeprefix("http://").partition("/")
        name, _, port = host.partition(":")
        head = "\r\n".join(
            [
                f"POST /{path} HTTP/1.1",
                f"Host: {host}",
                "Content-Type: application/json",
                "Accept: application/json, text/event-stream",
                "MCP-Protocol-Version: 2026-07-28 ",
                "Mcp-Method:\ttools/call\t",
                "Mcp-Name:   oraclepack_list_packs   ",
                "Connection: close",
                f"Content-Length: {len(body)}",
                "\r\n",
            ]
        )
        with socket.create_connection((name, int(port)), timeout=10) as connection:
            connection.sendall(head.encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 200 ")
