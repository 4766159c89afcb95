"""Published advisories: what a server says of its own name and version, against the versions known to be vulnerable."""

from dataclasses import dataclass

from mcp_audit_harness.advisories import identity, introductions, matching
from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import (
    Category,
    Effort,
    Exchange,
    JsonObject,
    Severity,
    Transport,
    failed,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..advisories import load_advisories
from .occasions import newest_only

_MOST = 20


@dataclass(frozen=True, slots=True)
class Introductions:
    """Answers in which the server says what it is: each differs from those before it."""

    exchanges: tuple[Exchange, ...]
    transport: Transport


@scenario(needs=(newest_only,), observes=True)
async def said_of_itself(probe: Probe) -> Introductions:
    """Nothing is sent: the survey has heard it, and banners come with every answer."""
    seen: dict[str, Exchange] = {}
    for exchange in probe.transcript:
        for info in introductions((exchange,)):
            seen.setdefault(repr((info.get("name"), info.get("version"))), exchange)
    return Introductions(tuple(seen.values())[:_MOST], probe.transport)


@check(
    said_of_itself,
    id="advisories/known-vulnerable-version",
    title="The server says that it is a version with a published vulnerability",
    requirements=("advisories/no-affected-version",),
    severity=Severity.INFO,
    category=Category.SECURITY,
    remediation="Install a fixed version. If a patch was taken over without the version, nothing is to be done.",
    references=("https://owasp.org/www-project-mcp-top-10/",),
    effort=Effort.SMALL,
)
def known_vulnerable_version(seen: Introductions) -> Verdicts:
    """Whoever reads a version in serverInfo or in a banner can look up what is wrong with it. What a server says of
    itself proves nothing, since patches are taken over without the version: where a check of this audit has seen the
    weakness itself, its finding names the advisory as confirmed.
    """
    database = load_advisories()
    said = introductions(seen.exchanges)
    if not any(info.get("name") and info.get("version") for info in said):
        return not_observed("the server does not say what it is, in which version", *seen.exchanges)
    known = identity(said, seen.transport, database)
    found = [
        failed(
            f"The server says that it is {affected.package} {version}. "
            f"{advisory.id} is about {' or '.join(affected.versions)}: {advisory.summary}",
            *seen.exchanges,
            subject=f"advisory:{advisory.id}",
        )
        for advisory, affected, version in matching(known, database)
    ]
    if found:
        return found
    names = ", ".join(sorted(str(package) for package in known.packages))
    if known.packages and not known.versions:
        return not_observed(f"the version of {names} cannot be seen", *seen.exchanges)
    return passed(*seen.exchanges, message=f"no advisory is known for {names or _shown(said[0])}")


def _shown(info: JsonObject) -> str:
    return f"{str(info.get('name'))[:80]} {str(info.get('version'))[:40]}".strip()
