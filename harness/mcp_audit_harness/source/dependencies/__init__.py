"""Which packages a source tree asks for and which versions it gets, against published advisories."""

from .packages import Declared, Dependencies, Group, Locked
from .ranges import admits, lowest
from .reading import declared, dependencies_of, lock_files, locked

__all__ = [
    "Declared",
    "Dependencies",
    "Group",
    "Locked",
    "admits",
    "declared",
    "dependencies_of",
    "lock_files",
    "locked",
    "lowest",
]
