"""Values that leave the place of their variable in a URI template (RFC 6570), and what they then lead to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, check, listed, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from .occasions import newest_of_era
from .path_forms import HOST_FILE, HOST_LINE
from .path_reads import tells
from .uri_templates import Template, templates

_MOST_TEMPLATES, _MOST_RESOURCES, _MOST_NUMBERED = 2, 2, 3
_SHORTEST: Final = 12
"""Characters of a text that no other resource has by chance."""
_PATIENCE_S: Final = 4.0
_FAR: Final = 982_451_653
_NUMBERED: Final = re.compile(r"^(.*\D)(\d{1,9})$")


@dataclass(frozen=True, slots=True)
class Escape:
    """A value for a variable that spells the way to something else."""

    how: str
    proof: str
    exchange: Exchange
    again: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Expansion:
    """One template: a plain value, and values that escape."""

    subject: str
    control: Exchange
    targets: tuple[Exchange, ...]
    """Reads of the resources that are led to, by their own URIs."""
    escapes: tuple[Escape, ...]


@dataclass(frozen=True, slots=True)
class Expansions:
    """Every template that was tried."""

    tried: tuple[Expansion, ...]


@scenario(
    needs=(newest_of_era, listed("resource_templates")),
    impact=Impact.PROBING,
    timeout_s=60.0,
    bench=Bench.DIAGNOSTICS,
    thorough=True,
)
async def escaping_values(probe: Probe) -> Expansions:
    """Fill in values that lead up and to another resource, or to a file of the host."""
    found = [template for template in templates(probe.offer.resource_templates) if template.variables]
    if not found:
        raise Unobservable("no listed template has a variable")
    others = [item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)]
    tried = [await _expanded(probe, template, others) for template in found[:_MOST_TEMPLATES]]
    return Expansions(tuple(tried))


async def _expanded(probe: Probe, template: Template, others: list[str]) -> Expansion:
    plain = f"mcp-audit-{probe.rng.getrandbits(32)}"
    control = await _read(probe, template.filled(plain))
    scheme = template.text.partition(":")[0]
    targets: list[Exchange] = []
    escapes: list[Escape] = []
    for uri in [uri for uri in others if uri.partition(":")[0] == scheme][:_MOST_RESOURCES]:
        target = await _read(probe, uri)
        text = max(_texts(target), key=len, default="")
        if len(text) < _SHORTEST or tells(control, text):
            continue
        targets.append(target)
        for how, spelt in ways_to(template, uri):
            escapes.append(await _escape(probe, how, spelt, text))
    for how, up in (("dots to a file of the host", "../"), ("encoded dots to a file of the host", "..%2f")):
        spelt = template.filled(up * 12 + HOST_FILE[1:], raw=True)
        escapes.append(await _escape(probe, how, spelt, HOST_LINE))
    return Expansion(template.subject, control, tuple(targets), tuple(escapes))


def ways_to(template: Template, uri: str) -> Iterator[tuple[str, str]]:
    """Yield URIs that fit the template as text, and that a careless reader takes for `uri`; each with its trick."""
    begin = template.text.partition("{")[0].partition("://")[2]
    end = template.text.rpartition("}")[2]
    rest = uri.partition("://")[2]
    for how, slash in (("dots", "/"), ("dots and encoded slashes", "%2f")):
        up = f"..{slash}" * begin.count("/")
        for cut in ("?", "%3f", "%00") if end else ("",):
            yield how, template.filled(f"{up}{rest.replace('/', slash)}{cut}", raw=True)
    yield "its whole address", template.filled(uri)


async def _escape(probe: Probe, how: str, uri: str, proof: str) -> Escape:
    seen = await _read(probe, uri)
    return Escape(how, proof, seen, await _read(probe, uri) if tells(seen, proof) else None)


async def _read(probe: Probe, uri: str) -> Exchange:
    return await probe.request("resources/read", {"uri": uri}, timeout=_PATIENCE_S)


def _texts(exchange: Exchange) -> Iterator[str]:
    contents: Any = (exchange.result or {}).get("contents")
    for item in contents if isinstance(contents, list) else ():
        text = item.get("text") if isinstance(item, dict) else None
        if isinstance(text, str):
            yield text


@check(
    escaping_values,
    id="resources/template-value-escapes",
    title="A value in a URI template leads to another resource",
    requirements=("resources/validate-resource-uris", "resources/sanitize-file-paths"),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Match the URI before you decode it, and refuse values with slashes, dots, queries and fragments.",
    references=(
        "https://cwe.mitre.org/data/definitions/22.html",
        "https://cwe.mitre.org/data/definitions/88.html",
        "https://www.rfc-editor.org/rfc/rfc6570#section-4",
    ),
)
def template_value_escapes(seen: Expansions) -> Verdicts:
    """A template says which part of an address is the caller's. A value with `../`, a query or a fragment in it spells
    another address once it is put in, so that rules about the template hold for something else. Proof is the text of
    another resource, or the first line of /etc/passwd.
    """
    failures: list[Verdict] = []
    answered: list[Exchange] = []
    for expansion in seen.tried:
        out = [escape for escape in expansion.escapes if escape.again is not None and tells(escape.again, escape.proof)]
        if out:
            again = [out[0].again] if out[0].again is not None else []
            text = f"A value with {out[0].how} led to what the template does not name."
            evidence = (out[0].exchange, *again, *expansion.targets[:1], expansion.control)
            failures.append(failed(text, *evidence, subject=expansion.subject))
        answered += [escape.exchange for escape in expansion.escapes if escape.exchange.answered]
    controls = [expansion.control for expansion in seen.tried]
    return failures or (passed(*answered[:5], *controls) if answered else not_observed("no answer came", *controls))


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Numbers beside those of listed resources."""

    control: Exchange
    """A listed resource."""
    far: Exchange
    """One of its kind with a number that hardly exists."""
    near: tuple[Exchange, ...]
    """Numbers right beside it that are in no list and fit no template."""


def numbered(uris: list[str], patterns: list[re.Pattern[str]]) -> tuple[str, list[str], str] | None:
    """Return a listed URI that ends with a number, its unlisted neighbours, and one far away; None if there is none."""
    for uri in uris:
        match = _NUMBERED.match(uri)
        if match is None:
            continue
        stem, number = match.group(1), int(match.group(2))
        near = [f"{stem}{number + step:0{len(match.group(2))}}" for step in (1, -1, 2) if number + step >= 0]
        unlisted = [found for found in near if found not in uris and not any(one.fullmatch(found) for one in patterns)]
        if unlisted and not any(one.fullmatch(uri) for one in patterns):
            return uri, unlisted[:_MOST_NUMBERED], f"{stem}{_FAR}"
    return None


def _beside(probe: Probe) -> tuple[str, list[str], str] | None:
    uris = [item["uri"] for item in probe.offer.resources if isinstance(item.get("uri"), str)]
    return numbered(uris, [template.pattern for template in templates(probe.offer.resource_templates)])


def has_numbers(probe: Probe) -> Verdict | None:
    """Need a listed resource whose URI ends with a number, with a neighbour that is not listed."""
    return None if _beside(probe) else not_applicable("no listed resource has a number with an unlisted neighbour")


@scenario(needs=(newest_of_era, has_numbers), impact=Impact.PROBING, bench=Bench.DIAGNOSTICS)
async def neighbours(probe: Probe) -> Neighbours:
    found = _beside(probe)
    if found is None:
        raise Unobservable("no listed resource has a number")
    uri, near, far = found
    return Neighbours(
        await _read(probe, uri), await _read(probe, far), tuple([await _read(probe, other) for other in near])
    )


@check(
    neighbours,
    id="resources/serves-unlisted-neighbour",
    title="Resources that are not listed are read by counting on",
    requirements=("resources/resource-access-control",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Decide for each read whether the caller may have it; do not rely on what you list.",
    references=("https://cwe.mitre.org/data/definitions/639.html",),
)
def serves_unlisted_neighbour(seen: Neighbours) -> Verdicts:
    """What is left out of the list is likely somebody else's. Where addresses are numbers, the next one is easily
    guessed. The confidence is middling: a server may list a part of what is open to all.
    """
    if not seen.control.ok or not seen.far.refused:
        return not_observed("a number that hardly exists is not refused, or a listed one is", seen.control, seen.far)
    served = [exchange for exchange in seen.near if exchange.ok and any(_texts(exchange))]
    if served:
        return failed("A neighbour that is in no list was read.", served[0], seen.far, seen.control)
    answered = [exchange for exchange in seen.near if exchange.answered]
    return passed(*answered, seen.far, seen.control) if answered else not_observed("no answer came", seen.control)
