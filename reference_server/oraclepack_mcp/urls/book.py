"""The stores of URLs as the server asks for them (rule U-09)."""

import builtins
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.security.writing import write_file
from oraclepack_mcp.urls.check import check_name, check_url
from oraclepack_mcp.urls.inspection import dangling, default_name, items_of, problems_of
from oraclepack_mcp.urls.model import ResolvedUrl, UrlList, UrlProblem, UrlScope, UrlStore, UrlStoreModel
from oraclepack_mcp.urls.shelf import Loaded, Place, Shelf
from oraclepack_mcp.urls.store import find, removed, saved, used, write_store


def _now() -> datetime:
    return datetime.now(UTC)


class UrlBook:
    """The project store of each pack and the one global store. Thread-safe; calls may block.

    A pack may be left out where the workdir holds the project store of one pack only.
    """

    def __init__(
        self,
        roots: Roots,
        workdir: Location,
        global_dir: Root | None,
        hosts: tuple[str, ...],
        *,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._shelf = Shelf(roots, workdir, global_dir)
        self._hosts = hosts
        self._now = now
        self._writing = threading.Lock()

    def list(self, scope: Literal["all", "project", "global"] = "all", pack: str | None = None) -> UrlList:
        """The stored URLs, and what is wrong with a store or an item.

        Raises:
            DomainError: NOT_FOUND, there is no such pack or no global store; INVALID_ARGUMENT, a project store is asked
                for and it is open of which pack.
        """
        places = self._shelf.places(pack) if scope == "all" else [self._shelf.place(scope, pack)]
        loaded = [self._shelf.load(place) for place in places]
        models = [self._model(one) for one in loaded]
        return UrlList(
            items=[item for model in models for item in model.items],
            default=next((name for one in loaded if (name := default_name(one.store))), None),
            stores=models,
            problems=[problem for model in models for problem in model.problems] + _shared_names(models),
        )

    def resolve(self, name: str | None = None, pack: str | None = None) -> ResolvedUrl:
        """The URL of a name, or the default one, as a run would take it: the project's before the global one.

        A default that names nothing is a problem, and the next store's default is taken; the original takes none.

        Raises:
            DomainError: NOT_FOUND, no store has the name; URL_INVALID, the stored URL may not be used;
                STATE_INVALID_JSON, STATE_WRONG_TYPE, STATE_STALE, a store that had to be looked at is unreadable.
        """
        problems: builtins.list[UrlProblem] = []
        for place in self._shelf.places(pack):
            store = self._shelf.load(place).usable()
            found = find(store, store.default if name is None else name)
            if found is not None and (name is not None or store.default):
                check_url(found.url, self._hosts)
                return ResolvedUrl(found.name, found.url, place.scope, problems)
            problems += dangling(store, place.scope)
        if name is not None:
            raise DomainError("NOT_FOUND", f"no URL is stored under the name {name!r}")
        return ResolvedUrl(None, None, None, problems)

    def check(self, url: str) -> None:
        """Refuse a URL to which no question may go, stored or not.

        Raises:
            DomainError: URL_INVALID.
        """
        check_url(url, self._hosts)

    def save(
        self, scope: UrlScope, name: str, url: str, expected_sha256: str | None = None, pack: str | None = None
    ) -> UrlStoreModel:
        """Store a URL under a name, in the place of any other of that name in the store.

        `expected_sha256` is that of the store's file, None: any.

        Raises:
            DomainError: URL_INVALID, INVALID_ARGUMENT; CONFLICT, the name is taken in another store, or the file has
                changed; what `list` raises, and what writing does.
        """
        check_name(name)
        check_url(url, self._hosts)
        place = self._shelf.place(scope, pack)
        with self._writing:
            for other in self._shelf.places(pack):
                if other.scope != scope and find(self._shelf.load(other).usable(), name):
                    raise DomainError("CONFLICT", f"the {other.scope} store has a URL of the name {name!r}")
            return self._change(place, expected_sha256, lambda store: saved(store, name, url, self._stamp()))

    def set_default(
        self, scope: UrlScope, name: str, expected_sha256: str | None = None, pack: str | None = None
    ) -> UrlStoreModel:
        """Make a stored URL the default of its store.

        Raises:
            DomainError: NOT_FOUND, the store has no such name; else as `save`.
        """
        return self._change_named(
            scope, name, expected_sha256, pack, lambda store: UrlStore(name, store.items, store.pack)
        )

    def delete(
        self, scope: UrlScope, name: str, expected_sha256: str | None = None, pack: str | None = None
    ) -> UrlStoreModel:
        """Remove a stored URL; a default of that name is cleared.

        Raises:
            DomainError: as `set_default`.
        """
        return self._change_named(scope, name, expected_sha256, pack, lambda store: removed(store, name))

    def mark_used(self, scope: UrlScope, name: str, pack: str | None = None) -> UrlStoreModel:
        """Record that a stored URL was used now.

        Raises:
            DomainError: as `set_default`.
        """
        return self._change_named(scope, name, None, pack, lambda store: used(store, name, self._stamp()))

    def _change_named(
        self,
        scope: UrlScope,
        name: str,
        expected_sha256: str | None,
        pack: str | None,
        change: Callable[[UrlStore], UrlStore],
    ) -> UrlStoreModel:
        def checked(store: UrlStore) -> UrlStore:
            if find(store, name) is None:
                raise DomainError("NOT_FOUND", f"the {scope} store has no URL of the name {name!r}")
            return change(store)

        with self._writing:
            return self._change(self._shelf.place(scope, pack), expected_sha256, checked)

    def _change(
        self, place: Place, expected_sha256: str | None, change: Callable[[UrlStore], UrlStore]
    ) -> UrlStoreModel:
        before = self._shelf.load(place)
        if expected_sha256 not in {None, before.sha256}:
            raise DomainError("CONFLICT", "the store is not the one that was looked at", {"sha256": before.sha256})
        after = change(before.usable())
        owned = UrlStore(after.default, after.items, place.pack or after.pack)
        written = write_file(place.location, write_store(owned), expected=before.sha256)
        return self._model(Loaded(place, written.sha256, owned))

    def _model(self, loaded: Loaded) -> UrlStoreModel:
        scope = loaded.place.scope
        return UrlStoreModel(
            scope=scope,
            path=loaded.place.location.id if scope == "project" else None,
            sha256=loaded.sha256,
            default=loaded.store.default,
            items=items_of(loaded.store, scope),
            problems=problems_of(loaded.store, scope, self._hosts, loaded.unreadable),
        )

    def _stamp(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shared_names(models: "builtins.list[UrlStoreModel]") -> "builtins.list[UrlProblem]":
    """Names in both stores: the project's hides the global one."""
    if len(models) < 2:
        return []
    project, other = ({item.name for item in model.items} for model in models)
    message = "the project store has a URL of that name too, which is taken instead"
    return [UrlProblem("URL_DUPLICATE_NAME", "global", message, name) for name in sorted(project & other)]
