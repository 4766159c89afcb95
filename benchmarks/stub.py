"""A server that does nothing but answer, so that whoever asks is what is measured: python benchmarks/stub.py PORT

It answers every POST with the result of a tool and the id that it was sent, and shakes hands. `GET /count` says how
many requests with an id came so far. It trusts its clients: a request is what follows a head with a content length.
"""

import asyncio
import json
import re
import sys
from typing import Final, cast

import uvloop

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ID: Final = re.compile(rb'"id": *("[^"]*"|\d+)')
_OPENING: Final = re.compile(rb'"method": *"initialize"')
_HANDSHAKE: Final = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "stub", "version": "1"},
}
_FIVE: Final = {
    "content": [{"type": "text", "text": "5"}],
    "isError": False,
    "resultType": "complete",
}


class Stub(asyncio.Protocol):
    """One connection."""

    count = 0
    """Requests with an id, over all connections."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._came = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole request."""
        self._came += data
        while (end := self._came.find(b"\r\n\r\n")) >= 0:
            found = _LENGTH.search(self._came, 0, end)
            whole = end + 4 + (int(found.group(1)) if found else 0)
            if len(self._came) < whole:
                return
            head, body, self._came = self._came[:end], self._came[end + 4 : whole], self._came[whole:]
            self._transport.write(_answer(head, body))


def _answer(head: bytes, body: bytes) -> bytes:
    if head.startswith(b"GET /count "):
        return _response(str(Stub.count).encode())
    identity = _ID.search(body)
    if not head.startswith(b"POST ") or identity is None:
        return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
    Stub.count += 1
    return _response(_OPENED if _OPENING.search(body) else _RESULT, identity.group(1))


def _response(content: bytes, identity: bytes | None = None) -> bytes:
    body = content if identity is None else b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (identity, content)
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


_OPENED: Final = json.dumps(_HANDSHAKE).encode()
_RESULT: Final = json.dumps(_FIVE).encode()


async def main(port: int) -> None:
    """Serve until terminated."""
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
