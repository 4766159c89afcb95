"""Caching hints of 2026-07-28: how long, and for whom, a result may be kept (server/utilities/caching)."""

from collections.abc import Iterator
from dataclasses import dataclass

from mcp_audit_harness.declare import Verdicts, check, feature, scenario
from mcp_audit_harness.model import (
    STATELESS,
    Category,
    Effort,
    Exchange,
    JsonObject,
    Priority,
    Severity,
    Sighting,
    failed,
    implemented,
    missing,
    not_observed,
    passed,
    unseen,
)
from mcp_audit_harness.probe import Probe

_CACHEABLE = frozenset(
    {
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/read",
    }
)


@dataclass(frozen=True, slots=True)
class CacheableResults:
    """Every complete result of a method whose results carry hints."""

    exchanges: tuple[Exchange, ...]

    def results(self) -> Iterator[tuple[Exchange, JsonObject]]:
        """Yield each with its result."""
        for exchange in self.exchanges:
            if exchange.result is not None:
                yield exchange, exchange.result


@scenario(spec=STATELESS, observes=True)
async def cacheable_results(probe: Probe) -> CacheableResults:
    return CacheableResults(
        tuple(
            exchange
            for exchange in probe.transcript
            if exchange.sent.method in _CACHEABLE
            and exchange.result is not None
            and exchange.result.get("resultType", "complete") == "complete"
        )
    )


@check(
    cacheable_results,
    id="caching/hints-missing",
    title="Result lacks its caching hints",
    requirements=("caching/caching-hints-present",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put ttlMs and cacheScope into the results of server/discover, the lists and resources/read.",
)
def hints_missing(seen: CacheableResults) -> Verdicts:
    """Without hints a client either asks again before every turn or keeps what is no longer true."""
    found: dict[str, tuple[str, Exchange]] = {}
    for exchange, result in seen.results():
        lacking = [name for name in ("ttlMs", "cacheScope") if name not in result]
        if lacking:
            found.setdefault(f"method:{exchange.sent.method}", (f"{' and '.join(lacking)} missing", exchange))
    if found:
        return [failed(text, exchange, subject=subject) for subject, (text, exchange) in found.items()]
    return _passed(seen)


@check(
    cacheable_results,
    id="caching/bad-ttl",
    title="ttlMs is no whole number from zero up",
    requirements=("caching/ttl-not-negative",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Send ttlMs as a whole number of milliseconds; 0 forbids caching.",
)
def bad_ttl(seen: CacheableResults) -> Verdicts:
    """What a negative time means is anybody's guess: some clients keep the result for ever."""
    for exchange, result in seen.results():
        ttl = result.get("ttlMs", 0)
        if not isinstance(ttl, int) or isinstance(ttl, bool) or ttl < 0:
            return failed(f"ttlMs is {ttl!r}", exchange, subject=f"method:{exchange.sent.method}")
    return _passed(seen)


@check(
    cacheable_results,
    id="caching/scope-differs-between-pages",
    title="Pages of one list have different cache scopes",
    requirements=("caching/same-scope-all-pages",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Give every page of a list the same cacheScope.",
)
def scope_differs_between_pages(seen: CacheableResults) -> Verdicts:
    """One public page lets a shared cache hand out what the private pages of the same list were meant to keep."""
    scopes: dict[str, tuple[object, Exchange]] = {}
    for exchange, result in seen.results():
        method = exchange.sent.method or ""
        if method.endswith("/list"):
            scope, first = scopes.setdefault(method, (result.get("cacheScope"), exchange))
            if result.get("cacheScope") != scope:
                text = f"{scope!r} on one page, {result.get('cacheScope')!r} on another"
                return failed(text, exchange, first, subject=f"method:{method}")
    return _passed(seen)


def _passed(seen: CacheableResults) -> Verdicts:
    judged = [exchange for exchange, _ in seen.results()]
    return passed(*judged[:5]) if judged else not_observed("no cacheable result was seen")


@feature(
    cacheable_results,
    id="caching/lifetimes",
    title="Results that clients may keep for a while",
    since="2026-07-28",
    page="server/utilities/caching",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Give lists that seldom change a ttlMs above zero.",
)
def lifetimes(seen: CacheableResults) -> Sighting:
    """A client that may keep a list for a minute does not ask for it before each turn of the conversation."""
    lasting = [exchange for exchange, result in seen.results() if _lasts(result.get("ttlMs"))]
    if lasting:
        return implemented(f"{lasting[0].sent.method} may be kept", *lasting[:3])
    found = [exchange for exchange, _ in seen.results()]
    if not found:
        return unseen("no result that may be kept was seen")
    return missing("every result has a ttlMs of zero, or none", *found[:3])


def _lasts(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
