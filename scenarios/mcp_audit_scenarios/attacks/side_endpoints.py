"""What else answers beside the endpoint: a short fixed list of paths that frameworks and operators leave open.

Nothing is guessed and nothing is followed; the list is the whole of it.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from mcp_audit_harness.declare import Bench, Verdicts, check, scenario
from mcp_audit_harness.model import (
    HTTP_ONLY,
    Category,
    Exchange,
    Impact,
    Severity,
    SeverityByExposure,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Probe

from ..conformance.trials import Trial, served
from .occasions import newest_only
from .rebinding import opening

_PATHS = (
    "/.env",
    "/config",
    "/config.json",
    "/debug",
    "/debug/vars",
    "/debug/pprof/",
    "/actuator/env",
    "/admin",
    "/health",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/graphiql",
)
_COMPANIONS = ("/messages", "/message", "/mcp_message", "/mcp/message", "/sse", "/rpc", "/")
_WAIT_S = 0.5
_OK = 200
_SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "a variable with a secret": re.compile(
        r"^(?:export )?[A-Z0-9_]*(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY)[A-Z0-9_]*=['\"]?[^\s'\"$<{]{6,}",
        re.MULTILINE,
    ),
    "a member with a secret": re.compile(
        r"\"[a-z0-9_.-]*(?:secret|token|password|passwd|api_?key)[a-z0-9_.-]*\"\s*:\s*\"[^\"\s*<{$]{6,}\"",
        re.IGNORECASE,
    ),
}
_INSIDES = {
    "variables of the process": re.compile(r"\"memstats\"\s*:|\"cmdline\"\s*:\s*\["),
    "profiles of the process": re.compile(r"Types of profiles available|/debug/pprof/goroutine"),
    "the environment": re.compile(r"\"systemEnvironment\"|\"propertySources\""),
    "a console for queries": re.compile(r"<title>GraphiQL|graphiql(?:\.min)?\.js", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """The answers at the paths of the list, at one that nobody has, and to whoever opens a conversation elsewhere."""

    control: Exchange
    nobody: Exchange
    pages: tuple[Trial, ...]
    anonymous: Exchange
    companions: tuple[Trial, ...]


@scenario(transports=HTTP_ONLY, impact=Impact.INTRUSIVE, needs=(newest_only,), timeout_s=30, bench=Bench.AUTHORIZED)
async def beside(probe: Probe) -> Beside:
    """Ask without credentials: what only the operator may see is no finding."""
    control, anonymous = await opening(probe), await opening(probe, probe.anonymous())
    nameless, own = probe.anonymous(), urlsplit(probe.url).path or "/"
    nobody = await probe.http("GET", path=f"/audit-{probe.rng.getrandbits(48):012x}", headers=nameless, timeout=_WAIT_S)
    pages = [Trial(path, await probe.http("GET", path=path, headers=nameless, timeout=_WAIT_S)) for path in _PATHS]
    kept = {"accept", "content-type", "mcp-protocol-version", "mcp-method"}
    sent = {name: value for name, value in control.sent.headers if name in kept}
    body = control.sent.body.encode()
    companions = [
        Trial(path, await probe.http("POST", path=path, headers={**sent, **nameless}, body=body, timeout=_WAIT_S))
        for path in _COMPANIONS
        if path.rstrip("/") != own.rstrip("/") and not served(anonymous)
    ]
    return Beside(control, nobody, tuple(pages), anonymous, tuple(companions))


@check(
    beside,
    id="exposure/side-endpoint-shows-secrets",
    title="A page beside the endpoint shows secrets or the inside of the process",
    requirements=("exposure/nothing-beside-the-endpoint",),
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Serve nothing but the endpoint, or demand credentials for the rest, and keep files like .env away.",
    references=(
        "https://cwe.mitre.org/data/definitions/538.html",
        "https://owasp.org/www-project-web-security-testing-guide/",
    ),
)
def side_endpoint_shows_secrets(seen: Beside) -> Verdicts:
    """Frameworks come with pages for their developers, and file servers serve what lies in their folder. The finding
    goes by patterns: look at the page before you act.
    """
    answered = [trial.exchange for trial in seen.pages if trial.exchange.answered]
    if not answered:
        return not_observed("no answer came at any of the paths", seen.control)
    found = [
        failed(f"{trial.name} likely shows {what}.", trial.exchange, seen.nobody, subject=f"path:{trial.name}")
        for trial in seen.pages
        if trial.exchange.status == _OK and trial.exchange.body != seen.nobody.body
        for what in [_shown(trial.exchange.body)]
        if what
    ]
    return found or passed(*answered, seen.nobody)


def _shown(body: str) -> str:
    return next((what for what, pattern in {**_SECRETS, **_INSIDES}.items() if pattern.search(body)), "")


@check(
    beside,
    id="exposure/companion-serves-anyone",
    title="A companion of the endpoint serves callers without credentials",
    requirements=("exposure/one-guard-for-all",),
    severity=SeverityByExposure(local=Severity.HIGH, remote=Severity.CRITICAL),
    category=Category.SECURITY,
    remediation="Put the check of credentials before the routes, not into one of them.",
    references=(
        "https://nvd.nist.gov/vuln/detail/CVE-2026-33032",
        "https://cwe.mitre.org/data/definitions/306.html",
    ),
)
def companion_serves_anyone(seen: Beside) -> Verdicts:
    """Servers that grew have an endpoint for older clients or for another transport. Where only the new one asks for a
    token, the old one is the way in.
    """
    if served(seen.anonymous):
        return not_applicable("the endpoint itself serves callers without credentials", seen.anonymous)
    if not seen.anonymous.refused:
        return not_observed("no refusal came to a caller without credentials", seen.anonymous, seen.control)
    found = [
        failed(f"{trial.name} served a caller without credentials.", trial.exchange, seen.anonymous, seen.control)
        for trial in seen.companions
        if served(trial.exchange)
    ]
    answered = [trial.exchange for trial in seen.companions if trial.exchange.answered]
    if found or answered:
        return found[:1] or passed(*answered, seen.anonymous)
    return not_observed("no answer came at any of the paths", seen.anonymous)
