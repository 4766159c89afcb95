"""Addresses that a client chooses."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.values import Danger, Value
from mcp_audit_harness.source.rules import Hit, rule

from .reaching import hit, named, once_per_line, reached

_LIBRARIES: Final = ("requests", "httpx", "httpx2", "aiohttp", "urllib3", "niquests", "curl_cffi", "cloudscraper")
_VERBS: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "stream", "request", "send", "ws_connect"}
)
_NAMED: Final = frozenset(
    """
    urllib.request.urlopen urllib.request.Request urllib.request.urlretrieve feedparser.parse websockets.connect
    newspaper.Article trafilatura.fetch_url markitdown.MarkItDown.convert_uri markitdown.MarkItDown.convert_url
    """.split()  # noqa: SIM905 - a list of words is read as one
)
_HOOKS: Final = frozenset({"event_hooks", "transport", "mounts", "connector", "resolver"})
_KINDS_OF_ADDRESS: Final = frozenset({"is_private", "is_global", "is_loopback", "is_link_local"})
_HOST: Final = re.compile(r"^\s*\x01|^[a-zA-Z][\w+.-]*://[^/?#\x00]*\x01")


@rule(
    id="source/url-from-argument",
    title="An argument chooses the address that is fetched",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-918",
    remediation="Compare the host with a list of allowed ones, or resolve it once and refuse private, loopback and "
    "link-local addresses, at every redirect as well; take schemes other than https as an error.",
    references=(
        "https://cwe.mitre.org/data/definitions/918.html",
        "https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices",
    ),
    shown_by=("ssrf/*",),
)
def url_from_argument(module: PythonModule) -> Iterator[Hit]:
    """A server that fetches any address a client names reaches what the client cannot: services on its own machine, the
    network behind it, the metadata of its cloud with the credentials in it. Text that the model has read can name the
    address.
    """
    yield from once_per_line(_fetched(module))


def _fetched(module: PythonModule) -> Iterator[Hit]:
    judges = any(node.attr in _KINDS_OF_ADDRESS for node in module.each(ast.Attribute))
    for arrival in reached(module):
        value = _address(arrival)
        if judges and _is_hooked(module, arrival):
            continue
        if value is not None and value.dangerous(Danger.URL) and _HOST.match(value.template):
            message = f"{arrival.name}() fetches any address that a client names as {named(value)}"
            yield hit(arrival, value, message, "fetched here")


def _is_hooked(module: PythonModule, arrival: Arrival) -> bool:
    """Whether the client that makes a request is given something that sees each address, to judge it there."""
    function = module.function_of(arrival.node)
    if function is None:
        return False
    set_later = any(isinstance(node, ast.Attribute) and node.attr in _HOOKS for node in ast.walk(function))
    return set_later or any(isinstance(node, ast.keyword) and node.arg in _HOOKS for node in ast.walk(function))


def _address(arrival: Arrival) -> Value | None:
    """Return the address that a call fetches."""
    if arrival.called in _NAMED:
        return arrival.given(0, "url", "uri", "source_url")
    if arrival.called.partition(".")[0] in _LIBRARIES and arrival.name in _VERBS:
        return arrival.given(1 if arrival.name in {"request", "stream"} else 0, "url")
    if arrival.name == "goto" and "page" in arrival.called.lower():
        return arrival.given(0, "url")
    return None
