"""The stores of URLs as the server asks for them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.urls.model import ResolvedUrl, UrlList, UrlScope, UrlStoreModel


def _now() -> datetime:
    return datetime.now(UTC)


class UrlBook:
    """The project store of each pack and the one global store. Thread-safe; calls may block."""

    def __init__(
        self,
        roots: Roots,
        workdir: Location,
        global_dir: Root | None,
        hosts: tuple[str, ...],
        *,
        now: Callable[[], datetime] = _now,
    ) -> None: ...

    def list(self, scope: Literal["all", "project", "global"] = "all", pack: str | None = None) -> UrlList:
        """The stored URLs, and what is wrong with a store."""
        raise NotImplementedError

    def resolve(self, name: str | None = None, pack: str | None = None) -> ResolvedUrl:
        """The URL of a name, or the default one, as a run would take it."""
        raise NotImplementedError

    def save(
        self, scope: UrlScope, name: str, url: str, expected_sha256: str | None = None, pack: str | None = None
    ) -> UrlStoreModel:
        """Store a URL under a name; `expected_sha256` of the store's file, None: any."""
        raise NotImplementedError

    def set_default(
        self, scope: UrlScope, name: str, expected_sha256: str | None = None, pack: str | None = None
    ) -> UrlStoreModel:
        """Make a stored URL the default of its store."""
        raise NotImplementedError

    def delete(
        self, scope: UrlScope, name: str, expected_sha256: str | None = None, pack: str | None = None
    ) -> UrlStoreModel:
        """Remove a stored URL; a default of that name is cleared."""
        raise NotImplementedError

    def mark_used(self, scope: UrlScope, name: str, pack: str | None = None) -> UrlStoreModel:
        """Record that a stored URL was used now."""
        raise NotImplementedError
