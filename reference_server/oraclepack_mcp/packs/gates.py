"""Artifacts that have to be there after a step ran (section 1.8): which ones is a matter of the kind of pack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

GateProfile: TypeAlias = Literal["none", "ticketify"]

_TICKETIFY: Final = ".oraclepack/ticketify"


@dataclass(frozen=True, slots=True)
class Gate:
    """Files of which one has to exist and hold something; paths are relative to the working directory."""

    step: int
    paths: tuple[str, ...]


GATES: Final[dict[GateProfile, tuple[Gate, ...]]] = {
    "none": (),
    "ticketify": (
        Gate(9, (f"{_TICKETIFY}/next.json",)),
        Gate(10, (f"{_TICKETIFY}/codex-implement.md",)),
        Gate(11, (f"{_TICKETIFY}/codex-verify.md", f"{_TICKETIFY}/gemini-review.json")),
        Gate(16, (f"{_TICKETIFY}/PR.md",)),
    ),
}


def gate_of(profile: GateProfile, step: int) -> Gate | None:
    """The gate behind a step, if there is one."""
    return next((gate for gate in GATES[profile] if gate.step == step), None)


def gate_problem(gate: Gate, size_of: Callable[[str], int | None]) -> str | None:
    """Why a gate does not open; `size_of` gives the bytes of a regular file, None for anything else."""
    sizes = {path: size_of(path) for path in gate.paths}
    if any(sizes.values()):
        return None
    if 0 in sizes.values():
        return f"artifact {next(path for path, size in sizes.items() if size == 0)} is empty"
    return f"artifact {' or '.join(gate.paths)} is missing"
