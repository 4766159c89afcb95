"""The replay database: what failed before is played first, in this run and in all later ones."""

from collections.abc import Iterator
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

MOST = 64
"""So many inputs are kept of one subject; a fixed flaw's input stays as a regression test while there is room."""
_DERIVED = (b".secondary", b".pareto")
"""How Hypothesis ends the keys of what it keeps beside the smallest failures."""


class KnownInputs(ExampleDatabase):
    """The inputs of one subject that failed, as Hypothesis encodes them; written to their directory by `keep`.

    Hypothesis drops an input that no longer fails, as one does whose flaw is known already in this run: here it stays.
    """

    def __init__(self, directory: Path | None, subject: str) -> None:
        super().__init__()
        self._key = subject.encode("utf-8", "surrogatepass")
        self._store = DirectoryBasedExampleDatabase(directory) if directory is not None else None
        self._before: frozenset[bytes] = frozenset(self._store.fetch(self._key)) if self._store else frozenset()
        self._inputs = set(self._before)
        self._passing: set[bytes] = set()

    def fetch(self, key: bytes) -> Iterator[bytes]:
        """Yield what failed, whatever key Hypothesis has for the test."""
        yield from () if key.endswith(_DERIVED) else tuple(self._inputs)

    def save(self, key: bytes, value: bytes) -> None:
        """Keep an input that failed."""
        if not key.endswith(_DERIVED):
            self._inputs.add(value)
            self._passing.discard(value)

    def delete(self, key: bytes, value: bytes) -> None:
        """Note that an input does not fail now."""
        if not key.endswith(_DERIVED):
            self._passing.add(value)

    def move(self, src: bytes, dest: bytes, value: bytes) -> None:
        """Let an input go for which a smaller one was found."""
        if dest.endswith(_DERIVED) and not src.endswith(_DERIVED):
            self._inputs.discard(value)
            self._passing.discard(value)
        elif src.endswith(_DERIVED):
            self.save(dest, value)

    def keep(self) -> None:
        """Write what failed; nothing where there is no directory."""
        if self._store is None:
            return
        inputs = list(self._inputs)  # at once: a search that was ended may still write
        failing_first = sorted(inputs, key=lambda value: (value in self._passing, len(value), value))
        kept = frozenset(failing_first[:MOST])
        for value in kept - self._before:
            self._store.save(self._key, value)
        for value in self._before - kept:
            self._store.delete(self._key, value)
