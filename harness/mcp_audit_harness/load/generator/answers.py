"""Judges answers cheaply: is it JSON-RPC, to our id, a result? Pure."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from .ledger import Failure

_EXAMPLE: Final = 200
_CODE: Final = 12
_IS_ERROR: Final = b'"isError"'
_NOTHING: Final = msgspec.Raw()


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


class _Agreed(msgspec.Struct):
    protocolVersion: str | None = None  # noqa: N815 - likewise


class _Initialized(msgspec.Struct):
    result: _Agreed


_UNREADABLE: Final = (msgspec.DecodeError, RecursionError)
_decode = msgspec.json.Decoder(_Answer).decode
_flagged = msgspec.json.Decoder(_Flag).decode


def failure(message: bytes, identity: int, method: str) -> Failure | None:
    """Return how the answer to a request fails it; None: it does not."""
    if not message:
        return ("transport", "no message", "")
    try:
        answer = _decode(message)
    except _UNREADABLE as error:
        return ("transport", "no JSON-RPC", excerpt(str(error)))
    ours = _is(answer.id, identity)
    if answer.error is not None and (ours or answer.id is None):
        code, said = answer.error.code, answer.error.message
        what = str(code)[:_CODE] if isinstance(code, int) else "no code"
        return ("jsonrpc", what, excerpt(said) if isinstance(said, str) else "")
    if answer.jsonrpc != "2.0" or not ours or answer.result is _NOTHING:
        return ("transport", "no answer to our id", excerpt(message))
    if method == "tools/call" and _IS_ERROR in message and _says_error(answer.result):
        return ("tool", "isError", excerpt(bytes(answer.result)))
    return None


def is_answer(message: bytes, identity: int) -> bool:
    """Whether a message of a stream responds to our request."""
    try:
        answer = _decode(message)
    except _UNREADABLE:
        return False
    return _is(answer.id, identity) and (answer.result is not _NOTHING or answer.error is not None)


def agreed_version(answer: bytes) -> str | None:
    """Return the version in the result of an initialize request, if there is one."""
    try:
        return msgspec.json.decode(answer, type=_Initialized).result.protocolVersion
    except _UNREADABLE:
        return None


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
    except _UNREADABLE:
        return False


def _is(found: object, identity: int) -> bool:
    """Whether an id is ours: 1 is not true, nor 1.0."""
    return type(found) is int and found == identity
