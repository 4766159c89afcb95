"""A server that fetches what its callers name, with one weakness each."""

import posixpath
import socket
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from oraclepack_faults.added_tools import adds_tool, text_tool
from oraclepack_faults.fault import PASS, Context, Json, Reply, Rewritten, answers, rewrites
from oraclepack_faults.results import method_of, params_of, with_member

_ANY = text_tool("fetch_page", "Fetches a page.", "url", url={"description": "The URL of the page.", "maxLength": 2000})
_DOCS = text_tool(
    "fetch_page",
    "Fetches a page.",
    "url",
    url={"description": "The URL of a page of https://docs.example.com.", "maxLength": 2000},
)
_ALLOWED = "localhost"
_PATIENCE_S = 2.0


class _Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Refuse."""


def fetch(url: str, *, follow: bool = False, headers: dict[str, str] | None = None) -> str | None:
    """Return what lies at an address of this machine; None if nothing does."""
    handlers = [urllib.request.ProxyHandler({})] + ([] if follow else [_Staying()])
    try:
        request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - what callers are to refuse
        with urllib.request.build_opener(*handlers).open(request, timeout=_PATIENCE_S) as answer:
            body: bytes = answer.read(4096)
    except (OSError, ValueError, HTTPException):
        return None
    return body.decode("utf-8", "replace")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


@adds_tool("ssrf/reaches-loopback", "feature", _ANY)
def reaches_loopback(arguments: Json) -> str | None:
    """A tool fetches from 127.0.0.1."""
    return fetch(arguments["url"]) if _host(arguments["url"]) == "127.0.0.1" else None


@adds_tool("ssrf/filter-misses-spelling", "feature", _ANY)
def misses_spelling(arguments: Json) -> str | None:
    """A tool fetches from every host but 127.0.0.1 and localhost."""
    host = _host(arguments["url"])
    return fetch(arguments["url"]) if host not in {None, "127.0.0.1", "localhost"} else None


@adds_tool("ssrf/allows-lookalike-address", "feature", _DOCS)
def takes_lookalike(arguments: Json) -> str | None:
    """A tool fetches whatever begins with the allowed host."""
    url = str(arguments["url"])
    if not url.startswith("http://docs.example.com"):
        return None
    return fetch(f"http://{url.rpartition('@')[2]}")


@adds_tool("ssrf/follows-redirect-inside", "feature", _ANY)
def follows_redirect(arguments: Json) -> str | None:
    """A tool fetches from one host, and from wherever that redirects to."""
    return fetch(arguments["url"], follow=True) if _host(arguments["url"]) == _ALLOWED else None


@adds_tool("ssrf/sends-credentials-out", "feature", _ANY)
def sends_credentials(arguments: Json) -> str | None:
    """A tool shows its token to whichever host it fetches from."""
    token = {"authorization": "Bearer example"}
    return fetch(arguments["url"], headers=token) if _host(arguments["url"]) == _ALLOWED else None


@adds_tool("injection/splits-requests-at-newlines", "feature", _ANY)
def splits_requests(arguments: Json) -> str | None:
    """A tool writes addresses into its requests as they are."""
    url = str(arguments["url"])
    address = urlsplit(url.partition("\r")[0])
    if address.hostname != _ALLOWED or not address.port:
        return None
    target = url.partition(str(address.port))[2]
    try:
        with socket.create_connection(("127.0.0.1", address.port), timeout=_PATIENCE_S) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nhost: {_ALLOWED}\r\n\r\n".encode())
            return connection.recv(4096).decode("utf-8", "replace")
    except OSError:
        return None


@adds_tool("ssrf/opens-other-schemes", "feature", _ANY)
def opens_files(arguments: Json) -> str | None:
    """A tool for pages of the web opens files, too."""
    url = str(arguments["url"])
    return fetch(url) if url.startswith("file:///") else None


@answers("ssrf/fetches-address-in-header", "feature")
def fetches_from_header(_: Any, context: Context) -> Reply:
    """A header says where the backend is."""
    if backend := context.headers.get("x-base-url"):
        fetch(backend)
    return PASS


_RECORD = text_tool(
    "get_record", "Shows a record.", "record_id", record_id={"description": "Which record.", "examples": ["r-1"]}
)
_RECORDS = {"/records/r-1": "The first record."}


@adds_tool("ssrf/identifier-becomes-path", "feature", _RECORD)
def identifier_becomes_path(arguments: Json) -> str | None:
    """An identifier is put into the address of another server as it is."""
    try:
        path = urlsplit(f"http://records.example/records/{arguments['record_id']}").path
    except ValueError:
        return None
    return _RECORDS.get(posixpath.normpath(path))


@answers("schemas/fetches-reference", "feature")
def fetches_reference(message: Any, _: Context) -> Reply:
    """What the schema of a caller refers to is fetched."""
    schema = (params_of(message).get("arguments") or {}).get("schema")
    reference = schema.get("$ref") if isinstance(schema, dict) else None
    if isinstance(reference, str) and reference.startswith("http://"):
        fetch(reference)
    return PASS


@rewrites("schemas/refers-to-network", "feature")
def refers_to_network(message: Json, context: Context) -> Rewritten:
    """The results of the first tool have a schema of which a part lies on the network."""
    result = message.get("result")
    if method_of(context) != "tools/list" or not isinstance(result, dict) or not result["tools"]:
        return message
    first, *rest = result["tools"]
    part = {"$ref": "https://example.com/schemas/part.json"}
    schema = {**first["inputSchema"], "$defs": {**first["inputSchema"].get("$defs", {}), "part": part}}
    return with_member(message, "tools", [{**first, "inputSchema": schema}, *rest])
