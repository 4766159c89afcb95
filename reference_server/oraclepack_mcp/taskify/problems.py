"""What is wrong with one file, within bounds: a file can hold more faults than a process has memory for."""

from typing import Final

from oraclepack_mcp.taskify.model import ProblemCode, TaskProblem

MAX_TOLD: Final = 100
"""Problems that are told of one file."""
MAX_PLACE: Final = 200
"""Characters by which the place of a problem inside a file is told; of a longer one the end."""


class Problems:
    """The problems of one file in their order. The first are kept; the others are only counted."""

    def __init__(self) -> None:
        self._kept: list[TaskProblem] = []
        self._count = 0

    def __len__(self) -> int:
        """How many there are, whether kept or not."""
        return self._count

    @property
    def is_full(self) -> bool:
        """Whether a further problem would only be counted, so that nobody need find out where it is."""
        return self._count >= MAX_TOLD

    def add(self, code: ProblemCode, message: str, place: str | None = None) -> None:
        """Note a problem; `place` says where inside the file, None for the whole of it."""
        self._count += 1
        if len(self._kept) < MAX_TOLD:
            self._kept.append(TaskProblem(code, message, _shortened(place) if place else None))

    def told(self) -> list[TaskProblem]:
        """At most `MAX_TOLD` problems; the last says how many more there are, where there are."""
        if self._count <= MAX_TOLD:
            return list(self._kept)
        more = f"{self._count - MAX_TOLD + 1} more problems are not told"
        return [*self._kept[:-1], TaskProblem(self._kept[-1].code, more)]


def _shortened(place: str) -> str:
    return place if len(place) <= MAX_PLACE else f"\u2026{place[1 - MAX_PLACE :]}"
