"""What the HTTP side of a server shows: error pages, versions, requests that are sent back."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Unobservable, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    Verdict,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.streamable_http import STREAMABLE
from ..conformance.trials import plain_method
from .occasions import newest_only

_WAIT_S = 0.4


@dataclass(frozen=True, slots=True)
class Surface:
    """A good request, one for a path that nobody knows, and a TRACE with a header of no meaning."""

    control: Exchange
    unknown: Exchange
    trace: Exchange
    marker: str


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, impact=Impact.PROBING, needs=(newest_only,))
async def surface(probe: Probe) -> Surface:
    control = await probe.request(plain_method(probe))
    if not control.answered:
        raise Unobservable("no answer came to an ordinary request", control)
    marker = f"audit{probe.rng.getrandbits(48):012x}"
    folder = urlsplit(probe.url).path.rpartition("/")[0]
    unknown = await probe.http("GET", path=f"{folder}/{marker}", timeout=_WAIT_S)
    trace = await probe.http("TRACE", headers={"x-mcp-audit": marker}, timeout=_WAIT_S)
    return Surface(control, unknown, trace, marker)


@check(
    surface,
    id="http/echoes-trace",
    title="TRACE sends back what was sent",
    requirements=("http/no-trace",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Answer TRACE with 405.",
    references=(
        "https://www.rfc-editor.org/rfc/rfc9110#section-9.3.8",
        "https://cwe.mitre.org/data/definitions/749.html",
    ),
)
def echoes_trace(seen: Surface) -> Verdict:
    """The answer holds what proxies added to the request, credentials among it, for whoever can read answers."""
    if seen.trace.status is None or not seen.trace.answered:
        return not_observed("no answer came to TRACE", seen.trace, seen.control)
    if seen.trace.status < 300 and seen.marker in seen.trace.body:
        return failed("The server sent the headers of a TRACE request back.", seen.trace, seen.control)
    return passed(seen.trace, seen.control)


_DEBUG_PAGES = {
    "Werkzeug": re.compile(r"Werkzeug Debugger|__debugger__=yes"),
    "Django": re.compile(r"because you have <code>DEBUG = True</code>"),
    "Starlette": re.compile(r"<title>Starlette Debugger</title>"),
    "Express": re.compile(r"<pre>\w*Error: [^<]*(?:<br>|\n)\s*(?:&nbsp;\s*)*at "),
    "Laravel": re.compile(r"window\.ignite|Whoops\\Handler|laravel-ignition"),
    "Rails": re.compile(r"<title>Action Controller: Exception caught</title>"),
    "ASP.NET": re.compile(r"<title>Internal Server Error</title>.*StackExceptionPage", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Every answer of the revision that is a page for people, and some answer at all."""

    pages: tuple[Exchange, ...]
    others: tuple[Exchange, ...]


@scenario(spec=STREAMABLE, transports=HTTP_ONLY, needs=(newest_only,), observes=True)
async def pages(probe: Probe) -> Pages:
    """Collect pages; `surface` and the odd requests of all others have had their chance to cause some."""
    answered = [exchange for exchange in probe.transcript if exchange.answered and exchange.status is not None]
    shown = tuple(exchange for exchange in answered if exchange.media_type in {"text/html", "text/plain"})
    refused = tuple(exchange for exchange in answered if exchange.refused)
    return Pages(shown, refused[-5:])


@check(
    pages,
    id="http/shows-debug-page",
    title="An error shows the debug page of a framework",
    requirements=("http/no-debug-pages",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Switch the debug mode of the framework off wherever others can reach the server.",
    references=("https://cwe.mitre.org/data/definitions/489.html", "https://cwe.mitre.org/data/definitions/209.html"),
)
def shows_debug_page(seen: Pages) -> Verdict:
    """Debug pages show source code, settings and variables to whoever causes an error; some let them run code."""
    for exchange in seen.pages:
        framework = next((name for name, pattern in _DEBUG_PAGES.items() if pattern.search(exchange.body)), None)
        if framework is not None:
            return failed(f"The server showed the debug page of {framework}.", exchange)
    shown = [exchange for exchange in (*seen.pages[-5:], *seen.others) if exchange.answered]
    return passed(*shown) if shown else not_observed("no request was refused")


@check(
    surface,
    id="http/names-its-version",
    title="A header names the version of the software",
    requirements=("http/no-needless-detail",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Leave version numbers out of Server and X-Powered-By.",
    references=("https://cwe.mitre.org/data/definitions/200.html",),
)
def names_its_version(seen: Surface) -> Verdict:
    """A version number tells whoever looks for servers with a known hole that this is one. It proves no hole."""
    for exchange in (seen.control, seen.unknown):
        for name in ("server", "x-powered-by", "x-aspnet-version"):
            value = exchange.header(name) or ""
            if re.search(r"\d+\.\d+", value):
                return failed(f"The server sends {name}: {value[:80]}.", exchange, subject=f"header:{name}")
    if not seen.control.answered:
        return not_observed("no answer came to an ordinary request", seen.control)
    return passed(seen.control, seen.unknown)


@check(
    surface,
    id="http/lets-types-be-guessed",
    title="Answers may be taken for another type than they are",
    requirements=("http/types-are-final",),
    severity=Severity.INFO,
    category=Category.QUALITY,
    remediation="Send `X-Content-Type-Options: nosniff` with every answer that has a body.",
    references=("https://fetch.spec.whatwg.org/#x-content-type-options-header",),
)
def lets_types_be_guessed(seen: Surface) -> Verdict:
    """Without the header some clients look into a body to find out what it is, and may find a page or a script in what
    a tool returned. It matters where browsers can reach the server.
    """
    judged = [exchange for exchange in (seen.control, seen.unknown) if exchange.body and exchange.answered]
    if not judged:
        return not_observed("no answer had a body", seen.control)
    if not any((exchange.header("x-content-type-options") or "").lower() == "nosniff" for exchange in judged):
        return failed("No answer has X-Content-Type-Options: nosniff.", *judged)
    return passed(*judged)
