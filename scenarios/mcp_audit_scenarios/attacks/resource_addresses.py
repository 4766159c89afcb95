"""Addresses that no resource of a target has, of kinds that a careless reader opens: files, pages, data, scripts."""

import base64
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Unobservable, Verdicts, capability, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    Visit,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_of_era
from .path_forms import HOST_FILE, HOST_LINE
from .path_reads import tells

_PATIENCE_S, _VISIT_S = 4.0, 0.3
_LONG: Final = 20_000
_SCHEMES: Final = (
    "javascript:alert(1)",
    "vbscript:msgbox(1)",
    "gopher://127.0.0.1:9/_mcp-audit",
    "ftp://127.0.0.1:9/mcp-audit",
    "dict://127.0.0.1:9/mcp-audit",
    "php://filter/convert.base64-encode/resource=index.php",
)


@dataclass(frozen=True, slots=True)
class Read:
    """The read of one address."""

    address: str
    exchange: Exchange
    proof: str = ""
    """What only the thing behind the address could tell."""
    again: Exchange | None = None
    visits: tuple[Visit, ...] = ()
    """Requests that reached the auditor's listener by the address."""


@dataclass(frozen=True, slots=True)
class OddAddresses:
    """Reads of addresses that are in no list and fit no template."""

    control: Exchange
    """The list, or the read of a listed resource."""
    unknown: Exchange
    """The read of a made-up address of a made-up scheme."""
    schemes: tuple[str, ...]
    """Schemes of what the target lists."""
    file: Read
    data: Read
    others: tuple[Read, ...]
    web: tuple[Read, ...]
    """Empty where the auditor's listener is out of reach."""
    unreachable: str = ""
    """Why it is."""


@scenario(needs=(newest_of_era, capability("resources")), impact=Impact.PROBING, timeout_s=60.0, thorough=True)
async def odd_addresses(probe: Probe) -> OddAddresses:
    listed = [item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)]
    templates = [item.get("uriTemplate") for item in probe.offer.resource_templates]
    schemes = {str(text).partition(":")[0].lower() for text in (*listed, *templates) if text}
    control = await _read(probe, listed[0]) if listed else await probe.request("resources/list")
    number = probe.rng.getrandbits(40)
    token = f"canary-{probe.rng.getrandbits(64):016x}"
    coded = base64.b64encode(token.encode()).decode()
    unknown = await _read(probe, f"mcp-audit-none://{number}")
    file = await _proved(probe, f"file://{HOST_FILE}", HOST_LINE)
    data = await _proved(probe, f"data:text/plain;base64,{coded}", token)
    addresses = (*_SCHEMES, f"mcp-audit-none://{'a' * _LONG}")
    others = [Read(address[:80], await _read(probe, address)) for address in addresses]
    web, unreachable = await _web(probe)
    return OddAddresses(control, unknown, tuple(sorted(schemes)), file, data, tuple(others), web, unreachable)


async def _web(probe: Probe) -> tuple[tuple[Read, ...], str]:
    """Return reads of addresses of the auditor's listener, or why there are none."""
    reads: list[Read] = []
    async with AsyncExitStack() as stack:
        try:
            canary = await stack.enter_async_context(probe.canary())
        except Unobservable as error:
            return (), str(error)
        for form in ("{}", "jar:{}!/a", "url:{}"):
            address = canary.url()
            exchange = await _read(probe, form.format(address))
            seen = await canary.wait(address, timeout=_VISIT_S) if exchange.ok else canary.visits(address)
            again = await _read(probe, form.format(canary.url())) if seen else None
            reads.append(Read(form.format("http://…"), exchange, again=again, visits=seen))
    return tuple(reads), ""


async def _read(probe: Probe, uri: str) -> Exchange:
    return await probe.request("resources/read", {"uri": uri}, timeout=_PATIENCE_S)


async def _proved(probe: Probe, uri: str, proof: str) -> Read:
    """Read an address, and once more where the answer holds the proof."""
    seen = await _read(probe, uri)
    return Read(uri, seen, proof, await _read(probe, uri) if tells(seen, proof) else None)


@check(
    odd_addresses,
    id="resources/serves-host-file",
    title="Any file of the host can be read as a resource",
    requirements=("resources/validate-resource-uris", "resources/sanitize-file-paths"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Serve only URIs that you list or that fit a template, and files only below directories you share.",
    references=("https://cwe.mitre.org/data/definitions/22.html", "https://cwe.mitre.org/data/definitions/552.html"),
)
def serves_host_file(seen: OddAddresses) -> Verdict:
    """A reader that opens whatever `file:` URI it is given hands out keys and configuration. Proof is the first line
    of /etc/passwd, which the target does not list, told twice.
    """
    if seen.file.again is not None and tells(seen.file.again, seen.file.proof):
        text = f"{HOST_FILE} was served, which is in no list."
        return failed(text, seen.file.exchange, seen.file.again, seen.unknown, seen.control)
    return _refused(seen, seen.file.exchange)


@check(
    odd_addresses,
    id="resources/fetches-any-address",
    title="Reading a resource fetches an address of the caller's choice",
    requirements=("resources/validate-resource-uris",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Serve only URIs that you list or that fit a template; never hand a URI to an HTTP client.",
    references=("https://cwe.mitre.org/data/definitions/918.html",),
)
def fetches_any_address(seen: OddAddresses) -> Verdicts:
    """The target asks from inside its network for what it is told: other services, the metadata of its cloud. Proof is
    a request that reached the auditor's listener by an address that nobody else knows.
    """
    if {"http", "https"} & {*seen.schemes}:
        return not_applicable("the server lists addresses of the web as its resources")
    visited = [read for read in seen.web if read.visits]
    if visited:
        first = visited[0]
        again = [first.again] if first.again is not None else []
        text = f"The read of {first.address} fetched the address ({first.visits[0].method})."
        return failed(text, first.exchange, *again, seen.unknown, seen.control)
    if not seen.web:
        return not_observed(seen.unreachable or "no listener could be reached", seen.control)
    return _refused(seen, *(read.exchange for read in seen.web))


@check(
    odd_addresses,
    id="resources/serves-foreign-scheme",
    title="An address of a scheme that the server does not have is served",
    requirements=("resources/validate-resource-uris",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Compare the scheme with those you serve before anything else looks at the URI.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def serves_foreign_scheme(seen: OddAddresses) -> Verdicts:
    """What reads `data:`, `javascript:` or `gopher:` has a general opener behind it, which opens more than was meant;
    what it returns is the caller's own text, with the name of the server on it. A made-up scheme was refused.
    """
    if not seen.unknown.refused:
        return not_observed("a made-up address is not refused either, so nothing tells them apart", seen.unknown)
    looked = (seen.data, *seen.others)
    served = [read for read in looked if read.exchange.ok and _contents(read.exchange)]
    failures = [
        failed(f"{read.address[:60]!r} was served.", read.exchange, seen.unknown, seen.control,
               subject=f"scheme:{read.address.partition(':')[0]}")
        for read in served
        if read.address.partition(":")[0] not in seen.schemes
    ]  # fmt: skip
    return failures or _refused(seen, *(read.exchange for read in looked))


def _contents(exchange: Exchange) -> bool:
    contents = (exchange.result or {}).get("contents")
    return isinstance(contents, list) and any(
        isinstance(item, dict) and (item.get("text") or item.get("blob")) for item in contents
    )


def _refused(seen: OddAddresses, *exchanges: Exchange) -> Verdict:
    if not seen.control.ok:
        return not_observed("not even what is listed can be read", seen.control)
    answered = [exchange for exchange in exchanges if exchange.answered]
    return passed(*answered[:5], seen.control) if answered else not_observed("no answer came", seen.control)
