"""Resources that are read by addresses which no list has: files, web pages, data, ways out of a template, numbers."""

import base64
import urllib.request
from typing import Any, Final
from urllib.parse import unquote

from oraclepack_faults.fault import PASS, Context, Json, Reply, Rewritten, answers, both, rewrites
from oraclepack_faults.results import method_of, params_of, with_member, with_result

_HOST_FILE: Final = "root:x:0:0:root:/root:/bin/sh\n"
_NUMBERED: Final = "oraclepack://note/"


def _uri(message: Any) -> str:
    asked = isinstance(message, dict) and message.get("method") == "resources/read"
    return str(params_of(message).get("uri")) if asked else ""


def _served(message: Json, text: str, context: Context) -> Json:
    cached: Json = {"ttlMs": 0, "cacheScope": "private"} if context.era == "stateless" else {}
    uri = params_of(message).get("uri")
    return with_result(message, {"contents": [{"uri": uri, "mimeType": "text/plain", "text": text}], **cached}, context)


@answers("resources/serves-host-file", "feature")
def serves_host_file(message: Any, context: Context) -> Reply:
    """A file of the host is read by its URI."""
    return _served(message, _HOST_FILE, context) if _uri(message) == "file:///etc/passwd" else PASS


@answers("resources/fetches-any-address", "feature")
def fetches_any_address(message: Any, context: Context) -> Reply:
    """The address of a web page is fetched, and the page returned."""
    uri = _uri(message)
    if not uri.startswith("http://"):
        return PASS
    with urllib.request.urlopen(uri, timeout=2) as answer:  # noqa: S310 - the auditor's listener on loopback
        return _served(message, answer.read(1000).decode(), context)


@answers("resources/serves-foreign-scheme", "feature")
def serves_foreign_scheme(message: Any, context: Context) -> Reply:
    """Data in an address is decoded and returned."""
    kind, _, coded = _uri(message).partition(";base64,")
    return _served(message, base64.b64decode(coded).decode(), context) if kind == "data:text/plain" else PASS


@answers("resources/template-value-escapes", "feature")
def template_value_escapes(message: Any, context: Context) -> Reply:
    """The value of a template's variable is put into an address, which is read then."""
    decoded = unquote(_uri(message))
    if not decoded.startswith("test://template/../static-text?"):
        return PASS
    return _served(message, "This is the content of the static text resource.", context)


@rewrites("resources/serves-unlisted-neighbour", "feature")
def _lists_a_number(message: Json, context: Context) -> Rewritten:
    """Of numbered notes one is listed, and its neighbour can be read, too."""
    if method_of(context) != "resources/list" or "cursor" in params_of(context.request) or "result" not in message:
        return message
    note = {"uri": f"{_NUMBERED}41", "name": "note 41"}
    return with_member(message, "resources", [*message["result"]["resources"], note])


@answers("resources/serves-unlisted-neighbour", "feature")
def _reads_numbers(message: Any, context: Context) -> Reply:
    """Of numbered notes one is listed, and its neighbour can be read, too."""
    known = _uri(message) in {f"{_NUMBERED}41", f"{_NUMBERED}42"}
    return _served(message, "A note for somebody.", context) if known else PASS


serves_unlisted_neighbour = both(_lists_a_number, _reads_numbers)
