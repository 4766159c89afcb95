"""What tells that a resource has changed, without reading all of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

from mcp.shared.uri_template import UriTemplate

from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.scopes import Caller, Scope
from oraclepack_mcp.server.resources import uris
from oraclepack_mcp.server.resources.declared import entry_of

Fingerprints: TypeAlias = dict[str, str]
"""For each URI a text that changes when the resource does."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Packs and runs at one moment, each with a text that changes when it does."""

    packs: Mapping[str, str]
    runs: Mapping[str, str]

    @classmethod
    def take(cls, domain: Domain) -> "Snapshot":
        """Look at everything once."""
        return cls(domain.packs.fingerprints(), domain.runs.changes())

    def listed(self) -> frozenset[str]:
        """What the list of resources and the list of runs hold."""
        return frozenset((*self.packs, *self.runs))


_Tell: TypeAlias = Callable[[Domain, Snapshot, str], str | None]


def _pack(domain: Domain, now: Snapshot, path: str) -> str | None:
    if path not in now.packs:
        path = domain.packs.get_pack(path, False).id
    return now.packs.get(path)


def _store(domain: Domain, _now: Snapshot, scope: str) -> str | None:
    return next((store.sha256 or "" for store in domain.urls.list("all").stores if store.scope == scope), None)


_WATCHED: Final[tuple[tuple[UriTemplate, str, Scope, _Tell], ...]] = (
    (uris.PACK, "path", "packs:read", _pack),
    (uris.PACK_MODEL, "path", "packs:read", _pack),
    (uris.VALIDATION, "path", "packs:read", _pack),
    (uris.STATE, "path", "runs:read", lambda domain, _, path: domain.states.get_state(path).sha256 or ""),
    (uris.REPORT, "path", "runs:read", lambda domain, _, path: domain.states.get_report(path).sha256 or ""),
    (uris.OVERRIDES, "path", "packs:read", lambda domain, _, path: domain.overrides.get(path).sha256 or ""),
    (uris.RUN, "run_id", "runs:read", lambda _domain, now, run_id: now.runs.get(f"run:{run_id}")),
    (uris.URLS, "scope", "urls:read", _store),
)


def look(domain: Domain, caller: Caller, wanted: Iterable[str], now: Snapshot) -> Fingerprints:
    """The fingerprints of those URIs that can change, exist, and may be read by the caller; others are left out."""
    found: Fingerprints = {}
    for uri in wanted:
        try:
            fingerprint = _fingerprint(domain, caller, uri, now)
        except DomainError:
            continue
        if fingerprint is not None:
            found[uri] = fingerprint
    return found


def _fingerprint(domain: Domain, caller: Caller, uri: str, now: Snapshot) -> str | None:
    if uri == uris.PACKS_URI:
        return repr(sorted(now.packs.items())) if caller.may("packs:read") else None
    if uri == uris.RUNS_URI:
        return repr(sorted(now.runs.items())) if caller.may("runs:read") else None
    for template, variable, scope, tell in _WATCHED:
        found = template.match(uri)
        if found is not None and isinstance(value := found[variable], str):
            return tell(domain, now, value) if caller.may(scope) else None
    return _content(domain, caller, uri)


def _content(domain: Domain, caller: Caller, uri: str) -> str | None:
    """The hash of what other resources hold: the facts of the server, rules, logs, actions."""
    found = entry_of(caller, uri)
    if found is None:
        return None
    entry, variables = found
    return sha256(entry.read(domain, variables).encode()).hexdigest()
