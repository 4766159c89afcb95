"""Where the overrides of a pack lie, and reading them together with the pack that they are for."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.text import SUFFIX, StoredOverrides, parse_overrides
from oraclepack_mcp.packs.companions import companion
from oraclepack_mcp.packs.model import Step
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.security.roots import Location, Roots

MAX_FILE: Final = 256 * 1024
"""Bytes of a file of overrides."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A pack as it is now, and the place of its overrides."""

    location: Location
    raw: bytes
    place: Location

    @property
    def sha256(self) -> str:
        """The hash of the pack file."""
        return sha256(self.raw).hexdigest()

    @property
    def pack_hash(self) -> str:
        """The same as files of overrides write it."""
        return f"sha256:{self.sha256}"

    def steps(self) -> list[Step]:
        """The steps of the pack, with their code.

        Raises:
            DomainError: PACK_INVALID.
        """
        return parse_pack(self.raw).steps


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file of overrides holds, and the hash of the file."""

    stored: StoredOverrides
    sha256: str


@dataclass(frozen=True, slots=True)
class OverrideFiles:
    """The files of overrides in the workdir; `pack_bytes` is what a pack may hold."""

    roots: Roots
    workdir: Location
    pack_bytes: int

    def subject(self, pack: str) -> Subject:
        """Read a pack.

        Raises:
            DomainError: what a path can be refused for, TOO_LARGE.
        """
        location = self.roots.locate(pack)
        raw = self.roots.read_whole(location, self.pack_bytes)
        return Subject(location, raw, companion(self.workdir, location, SUFFIX))

    def kept(self, subject: Subject) -> Kept | None:
        """Read the stored overrides of a pack; None where there are none.

        Raises:
            DomainError: STATE_INVALID_JSON, STATE_WRONG_TYPE; STATE_STALE, they were stored for another pack of the
                same base name.
        """
        try:
            raw = self.roots.read_whole(subject.place, MAX_FILE)
        except DomainError as error:
            if error.code != "NOT_FOUND":
                raise
            return None
        stored = parse_overrides(raw)
        if stored.pack != subject.location.id:
            sentence = f"the overrides {subject.place.id} belong to another pack of that base name"
            raise DomainError("STATE_STALE", sentence, {"pack": stored.pack})
        return Kept(stored, sha256(raw).hexdigest())
