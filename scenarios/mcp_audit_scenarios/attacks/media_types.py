"""Content whose bytes are of another type than it says, and pictures that hold a script."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Exchange, Severity, Verdict, failed, not_observed, passed

from ..conformance.inventory import Inventory, inventory

_MOST: Final = 5
_NOTHING: Final = "no picture, sound or binary resource came; allow more with --call all or --tool NAME"
_MAGIC: Final[tuple[tuple[bytes, int, str, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", 0, "a PNG picture", r"image/(?:a?png|vnd\.mozilla\.apng|x-png)"),
    (b"\xff\xd8\xff", 0, "a JPEG picture", r"image/(?:jpe?g|pjpeg)"),
    (b"GIF8", 0, "a GIF picture", r"image/gif"),
    (b"WEBP", 8, "a WebP picture", r"image/webp"),
    (b"WAVE", 8, "a WAVE sound", r"audio/(?:wav|x-wav|wave|vnd\.wave|x-pn-wav)"),
    (b"OggS", 0, "an Ogg stream", r"(?:audio|video|application)/(?:ogg|opus|vorbis)|audio/x-.*ogg.*"),
    (b"ID3", 0, "an MP3 sound", r"audio/(?:mpeg|mp3|x-mp3)"),
    (b"fLaC", 0, "a FLAC sound", r"audio/(?:x-)?flac"),
    (b"%PDF-", 0, "a PDF document", r"application/(?:x-)?pdf"),
    (b"\x7fELF", 0, "a program", r"application/x-(?:executable|elf|sharedlib|object|pie-executable).*"),
    (b"\x1f\x8b\x08", 0, "a gzip file", r"application/(?:x-)?(?:gzip|tgz|compressed-tar).*|image/svg\+xml-compressed"),
    (b"PK\x03\x04", 0, "a ZIP archive", r"application/.*"),
)
_MARKUP: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<!doctype\s+html|<html|<script)\b", re.IGNORECASE)
_MARKUP_TYPES: Final = re.compile(r"text/.*|application/(?:xhtml\+xml|xml)", re.IGNORECASE)
_ANY: Final = frozenset({"application/octet-stream", "binary/octet-stream", ""})
_SVG: Final = "image/svg+xml"
_ACTIVE: Final = re.compile(
    rb"<script[\s>]|<foreignObject[\s>]|\son[a-z]{3,20}\s*=\s*[\"']|(?:href|src)\s*=\s*[\"']\s*(?:javascript|data:text/html)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Bytes:
    """Something with a type and bytes, and where it came."""

    declared: str
    data: bytes
    exchange: Exchange


def _bytes(seen: Inventory) -> Iterator[_Bytes]:
    """Yield pictures, sounds, embedded resources and binary contents."""
    for item, exchange in seen.contents():
        holder = item.get("resource") if item.get("type") == "resource" else item
        yield from _of(holder, exchange)
    for exchange in seen.of("resources/read"):
        contents = (exchange.result or {}).get("contents")
        for holder in contents if isinstance(contents, list) else ():
            yield from _of(holder, exchange)


def _of(holder: object, exchange: Exchange) -> Iterator[_Bytes]:
    if not isinstance(holder, dict):
        return
    declared = holder.get("mimeType")
    kind = declared.partition(";")[0].strip().lower() if isinstance(declared, str) else ""
    coded = holder.get("data") if holder.get("type") in {"image", "audio"} else holder.get("blob")
    if isinstance(coded, str):
        try:
            yield _Bytes(kind, base64.b64decode(coded, validate=True), exchange)
        except (binascii.Error, ValueError):
            return
    elif kind == _SVG and isinstance(holder.get("text"), str):
        yield _Bytes(kind, holder["text"].encode("utf-8", "replace"), exchange)


def real_type(data: bytes, declared: str) -> str:
    """Return what bytes are where that is not what is declared; empty where it is, or is not known."""
    if declared in _ANY:
        return ""
    for magic, offset, name, pattern in _MAGIC:
        if data[offset : offset + len(magic)] == magic and (offset == 0 or data.startswith(b"RIFF")):
            return "" if re.fullmatch(pattern, declared) else name
    if _MARKUP.match(data) and not _MARKUP_TYPES.fullmatch(declared):
        return "an HTML page"
    return ""


@check(
    inventory,
    id="content/type-differs-from-bytes",
    title="Content is of another type than it says",
    requirements=("content/type-is-true",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take the type from the bytes, not from the name of the file or from who uploaded it.",
    references=("https://cwe.mitre.org/data/definitions/434.html", "https://mimesniff.spec.whatwg.org/"),
)
def type_differs_from_bytes(seen: Inventory) -> Verdicts:
    """A client that trusts the type hands a page or a program to what expects a picture, or past the filter that would
    have looked at it. Judged by the first bytes of types that are known by them; what has none is left alone.
    """
    found: dict[str, Verdict] = {}
    looked: list[Exchange] = []
    for one in _bytes(seen):
        looked.append(one.exchange)
        real = real_type(one.data, one.declared)
        if real:
            text = f"What is declared as {one.declared[:80]} is {real}."
            found.setdefault(text, failed(text, one.exchange))
    return list(found.values())[:_MOST] or (passed(*looked[:_MOST]) if looked else not_observed(_NOTHING))


@check(
    inventory,
    id="content/script-in-picture",
    title="A picture holds a script",
    requirements=("tools/sanitize-tool-outputs", "content/type-is-true"),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Take scripts, event handlers and foreign objects out of SVG before you return it, or draw it as PNG.",
    references=("https://cwe.mitre.org/data/definitions/79.html", "https://www.w3.org/TR/SVG2/conform.html"),
)
def script_in_picture(seen: Inventory) -> Verdicts:
    """SVG is a document that can run scripts. A client that shows it in its own page runs what the server, or whoever
    the server had it from, put in.
    """
    pictures = [one for one in _bytes(seen) if one.declared == _SVG]
    active = [one.exchange for one in pictures if _ACTIVE.search(one.data)]
    if active:
        return failed("An SVG picture holds a script, or what runs one.", active[0])
    looked = [one.exchange for one in _bytes(seen)]
    return passed(*looked[:_MOST]) if looked else not_observed(_NOTHING)
