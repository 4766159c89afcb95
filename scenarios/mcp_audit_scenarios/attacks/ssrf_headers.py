"""Addresses in headers of a request: a server that takes its backend from there talks to whomever a caller names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import HTTP_ONLY, Category, Exchange, Impact, Severity, failed, not_observed, passed
from mcp_audit_harness.probe import Canary, Probe

from ..arguments import valid_arguments
from ..conformance.trials import plain_method
from .occasions import newest_only

_DOCUMENTED: Final = re.compile(r"\bX-[A-Za-z0-9-]*(?:Url|Uri|Host|Endpoint|Base|Server|Site|Instance)[A-Za-z0-9-]*\b")
_BACKENDS: Final = (
    "x-atlassian-jira-url",
    "x-atlassian-confluence-url",
    "x-base-url",
    "x-api-url",
    "x-target-url",
    "x-server-url",
    "x-backend-url",
    "x-endpoint-url",
    "x-proxy-url",
    "x-callback-url",
    "x-original-url",
    "x-rewrite-url",
    "x-wap-profile",
    "referer",
)
_LOGINS: Final = {"x-atlassian-jira-personal-token": "none", "x-atlassian-confluence-personal-token": "none"}
"""Some servers heed an address only where credentials for it come along."""
_MOST_DOCUMENTED = 8
_MOST_TOOLS = 2
_MOMENT_S = 0.02


@dataclass(frozen=True, slots=True)
class Named:
    """A request with addresses in its headers, and the headers whose addresses were visited."""

    exchange: Exchange
    followed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeaderVisits:
    """Ordinary requests, each without and with addresses in headers; those that led somewhere once more."""

    controls: tuple[Exchange, ...]
    requests: tuple[Named, ...]
    again: tuple[Named, ...]


@scenario(transports=HTTP_ONLY, needs=(newest_only,), impact=Impact.PROBING, bench=Bench.DEFAULT, thorough=True)
async def header_visits(probe: Probe) -> HeaderVisits:
    controls, found, again = [], [], []
    asked = [(plain_method(probe), {}), *_calls(probe)]
    async with probe.canary() as canary:
        for method, params in asked:
            controls.append(await probe.request(method, params))
            for names in (_backends(probe), ("x-forwarded-host", "forwarded", "x-forwarded-server", "x-host")):
                found.append(await _named(probe, canary, method, params, names))
                if found[-1].followed:
                    again.append(await _named(probe, canary, method, params, found[-1].followed))
    return HeaderVisits(tuple(controls), tuple(found), tuple(again))


def _calls(probe: Probe) -> Iterator[tuple[str, dict[str, object]]]:
    for tool in probe.callable_tools()[:_MOST_TOOLS]:
        yield "tools/call", {"name": tool["name"], "arguments": valid_arguments(tool.get("inputSchema"))}


def _backends(probe: Probe) -> tuple[str, ...]:
    """Return the headers to try: those that the server's own texts name, and some that are known."""
    said = " ".join([probe.offer.instructions, *(str(tool.get("description", "")) for tool in probe.offer.tools)])
    named = [name.lower() for name in _DOCUMENTED.findall(said)][:_MOST_DOCUMENTED]
    return tuple(dict.fromkeys([*named, *_BACKENDS]))


async def _named(probe: Probe, canary: Canary, method: str, params: dict[str, object], names: tuple[str, ...]) -> Named:
    """Send a request with an address of its own in each header, so that a visit tells which one was followed."""
    urls = {name: canary.url() for name in names}
    strangers = len(canary.visits(""))
    headers = {**_LOGINS, **{name: _written(name, url) for name, url in urls.items()}}
    exchange = await probe.request(method, params, headers=headers)
    if exchange.ok and method == "tools/call":
        await canary.wait(next(iter(urls.values())), timeout=_MOMENT_S)
    followed = [name for name, url in urls.items() if canary.visits(url)]
    hosts = [name for name in names if "host" in name or name in {"forwarded", "x-forwarded-server"}]
    if len(canary.visits("")) > strangers:
        followed += hosts[:1] or list(names[:1])
    return Named(exchange, tuple(followed))


def _written(name: str, url: str) -> str:
    authority = urlsplit(url).netloc
    if name == "forwarded":
        return f"for=127.0.0.1;host={authority};proto=http"
    return authority if name in {"x-forwarded-host", "x-forwarded-server", "x-host"} else url


@check(
    header_visits,
    id="ssrf/fetches-address-in-header",
    title="Header of a request decides whom the server talks to",
    requirements=("ssrf/headers-name-no-backend",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Take the addresses of backends from the server's own configuration, never from a request.",
    references=(
        "https://cwe.mitre.org/data/definitions/918.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-27826",
    ),
)
def fetches_address_in_header(seen: HeaderVisits) -> Verdicts:
    """Some servers let a header say where their backend is, for the sake of many tenants, and send it their tokens.
    Whoever reaches the server then reaches its network. Each header holds a random address of the auditor's listener;
    the proof is a visit, twice.
    """
    repeated = {name for one in seen.again for name in one.followed}
    for one in seen.requests:
        names = [name for name in one.followed if name in repeated]
        if names:
            message = f"The server fetched the address that the header {names[0]} named."
            return failed(
                message, one.exchange, *(other.exchange for other in seen.again), subject=f"header:{names[0]}"
            )
    answered = [one.exchange for one in seen.requests if one.exchange.answered]
    if not answered or not any(control.ok for control in seen.controls):
        return not_observed("no ordinary request was answered", *seen.controls)
    return passed(*answered)
