"""Judges answers cheaply: is it JSON-RPC, to our id, a result? Pure."""

from collections.abc import Iterator
from typing import Any

import msgspec

from .ledger import Failure

_EXAMPLE = 200
_IS_ERROR = b'"isError"'
_NOTHING = msgspec.Raw()


class _Error(msgspec.Struct):
    code: Any = None
    message: Any = ""


class _Answer(msgspec.Struct):
    jsonrpc: Any = None
    id: Any = None
    result: msgspec.Raw = _NOTHING
    error: _Error | None = None


class _Flag(msgspec.Struct):
    isError: bool = False  # noqa: N815 - the name in the message


_decode = msgspec.json.Decoder(_Answer).decode
_flagged = msgspec.json.Decoder(_Flag).decode


def failure(message: bytes, identity: int, method: str) -> Failure | None:
    """Return how the answer to a request fails it; None: it does not."""
    try:
        answer = _decode(message)
    except msgspec.DecodeError as error:
        return ("transport", "no JSON-RPC", excerpt(str(error)))
    if answer.error is not None and answer.id in {identity, None}:
        code = answer.error.code
        return ("jsonrpc", str(code) if isinstance(code, int) else "no code", excerpt(str(answer.error.message)))
    if answer.jsonrpc != "2.0" or answer.id != identity or answer.result is _NOTHING:
        return ("transport", "no answer to our id", excerpt(message))
    if method == "tools/call" and _IS_ERROR in message and _says_error(answer.result):
        return ("tool", "isError", excerpt(bytes(answer.result)))
    return None


def is_answer(message: bytes, identity: int) -> bool:
    """Whether a message of a stream responds to our request."""
    try:
        answer = _decode(message)
    except msgspec.DecodeError:
        return False
    return answer.id == identity and (answer.result is not _NOTHING or answer.error is not None)


def excerpt(text: str | bytes) -> str:
    """Return the beginning of what a target said."""
    return (text[:_EXAMPLE].decode(errors="replace") if isinstance(text, bytes) else text)[:_EXAMPLE]


def take_events(buffer: bytearray) -> Iterator[bytes]:
    """Cut whole events off the beginning of what came of an event stream, and yield their data (HTML, 9.2.6)."""
    while True:
        found = [(at, len(mark)) for mark in (b"\n\n", b"\r\n\r\n", b"\r\r") if (at := buffer.find(mark)) >= 0]
        if not found:
            return
        at, width = min(found)
        lines = bytes(buffer[:at]).splitlines()
        del buffer[: at + width]
        data = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
        if data:
            yield b"\n".join(data)


def _says_error(result: msgspec.Raw) -> bool:
    try:
        return bool(_flagged(result).isError)
    except msgspec.DecodeError:
        return False
