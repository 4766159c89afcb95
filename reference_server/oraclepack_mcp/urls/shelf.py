"""Where the stores of URLs lie, and reading them with what keeps them from being used."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.companions import companion
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.urls.model import UrlScope, UrlStore
from oraclepack_mcp.urls.store import GLOBAL_NAME, SUFFIX, read_store

MAX_STORE: Final = 1024 * 1024
"""Bytes of a store file."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the store of a scope lies; `pack` is the id of the pack that it has to be for, None: of any."""

    scope: UrlScope
    location: Location
    pack: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A store as it was read; `sha256` is that of its file, None where there is none.

    `unreadable` says why nothing of the file may be used, nor written over.
    """

    place: Place
    sha256: str | None
    store: UrlStore
    unreadable: DomainError | None = None

    def usable(self) -> UrlStore:
        """The store.

        Raises:
            DomainError: STATE_INVALID_JSON, STATE_WRONG_TYPE, STATE_STALE.
        """
        if self.unreadable is not None:
            raise self.unreadable
        return self.store


@dataclass(frozen=True, slots=True)
class Shelf:
    """The project stores in the workdir, and the global store where there is a directory for it."""

    roots: Roots
    workdir: Location
    global_dir: Root | None

    def places(self, pack: str | None) -> list[Place]:
        """The stores there are, the project's first; a project store is left out where it is open of which pack.

        Raises:
            DomainError: NOT_FOUND, and what else a path can be refused for: there is no such pack.
        """
        project = self._project(pack)
        found = [project] if project else []
        return [*found, self.place("global", None)] if self.global_dir else found

    def place(self, scope: UrlScope, pack: str | None) -> Place:
        """The store of a scope.

        Raises:
            DomainError: as `places`; INVALID_ARGUMENT, it is open of which pack; NOT_FOUND, there is no global store.
        """
        if scope == "project":
            place = self._project(pack)
            if place is None:
                raise DomainError("INVALID_ARGUMENT", "name the pack whose project store is meant")
            return place
        if self.global_dir is None:
            raise DomainError("NOT_FOUND", "this server has no global store")
        return Place("global", Location(self.global_dir, (GLOBAL_NAME,)), None)

    def load(self, place: Place) -> Loaded:
        """Read a store; a file that is not there is an empty store.

        Raises:
            DomainError: PATH_SYMLINK, NOT_A_FILE, TOO_LARGE.
        """
        try:
            raw = self.roots.read_whole(place.location, MAX_STORE)
        except DomainError as error:
            if error.code != "NOT_FOUND":
                raise
            return Loaded(place, None, UrlStore(pack=place.pack))
        digest = sha256(raw).hexdigest()
        try:
            store = read_store(raw)
        except DomainError as error:
            return Loaded(place, digest, UrlStore(), error)
        if place.pack and store.pack and place.pack != store.pack:
            reason = f"the store {place.location.id} belongs to another pack of that base name"
            return Loaded(place, digest, UrlStore(), DomainError("STATE_STALE", reason, {"pack": store.pack}))
        return Loaded(place, digest, store)

    def _project(self, pack: str | None) -> Place | None:
        if pack is not None:
            location = self.roots.locate(pack)
            self.roots.fingerprint(location)
            return Place("project", companion(self.workdir, location, SUFFIX), location.id)
        try:
            stores = self.roots.files(self.workdir, recursive=False, suffix=SUFFIX).files
        except DomainError as error:
            if error.code != "NOT_FOUND":
                raise
            return None
        return Place("project", stores[0], None) if len(stores) == 1 else None
