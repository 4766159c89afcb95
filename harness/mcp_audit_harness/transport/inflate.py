"""Bounded decompression, for targets that compress although they were asked not to."""

import zlib
from typing import Protocol

_HEADER_BYTES = 2
_GZIP = b"\x1f\x8b"


class Decoder(Protocol):
    """Turns received bytes into the bytes of the content."""

    def feed(self, chunk: bytes, room: int) -> bytes:
        """Return at most `room` bytes of content; raises zlib.error on broken data."""
        ...


class Identity:
    """Content that is not compressed, or in a way that nobody asked for and that is left as it is."""

    def feed(self, chunk: bytes, room: int) -> bytes:
        """Return `chunk`, cut to `room` bytes."""
        return chunk[:room]


class Inflater:
    """The codings `gzip` and `deflate` (RFC 9110, section 8.4.1), the latter with or without a zlib header."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._engine = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._lead: bytes | None = b""
        """The first bytes, until there are enough to tell the form; None from then on."""

    def feed(self, chunk: bytes, room: int) -> bytes:
        """Return at most `room` bytes of content: a bomb costs no more memory than an honest answer."""
        if self._lead is not None:
            chunk = self._lead + chunk
            if len(chunk) < _HEADER_BYTES:
                self._lead = chunk
                return b""
            self._lead = None
            if self._coding == "deflate" and not _has_header(chunk):
                self._engine = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._engine.decompress(chunk, room)


def _has_header(data: bytes) -> bool:
    """Whether data begins as zlib's format (RFC 1950, section 2.2) or gzip's does."""
    return data.startswith(_GZIP) or (data[0] & 0x0F == zlib.DEFLATED and (data[0] << 8 | data[1]) % 31 == 0)


def decoder(content_encoding: str) -> tuple[Decoder, str]:
    """Return the decoder for a Content-Encoding header, and what is worth a note about it."""
    coding = content_encoding.strip().lower()
    if coding in {"", "identity"}:
        return Identity(), ""
    if coding in {"gzip", "x-gzip", "deflate"}:
        return Inflater(coding), f"compressed with {coding} although only identity was asked for"
    return Identity(), "compressed in a way that was not asked for, and left as it is"
