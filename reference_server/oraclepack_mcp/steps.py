"""Steps as they would run: the text of a pack together with its state, its overrides and the programs there are."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.catalogue import Catalogue, StepQuery
from oraclepack_mcp.overrides.book import OverrideBook
from oraclepack_mcp.overrides.flags import effective_script
from oraclepack_mcp.packs.model import Pack, Step
from oraclepack_mcp.packs.outputs import ChunkMode, OutputVerification, verify_outputs
from oraclepack_mcp.packs.sanitizer import Conversion, sanitize
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.runs.workspace import Workspace
from oraclepack_mcp.security.roots import Location, Roots

_OF_STEP: Final = tuple(part.name for part in fields(Step))

Status: TypeAlias = Literal["pending", "running", "success", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class ListedStep(Step):
    """A step without its code; `status` is what the stored state says, None where it says nothing."""

    status: str | None = None

    @classmethod
    def of(cls, step: Step, status: str | None) -> "ListedStep":
        """A step with its status."""
        return cls(**{name: getattr(step, name) for name in _OF_STEP}, status=status)


@dataclass(frozen=True, slots=True)
class ListedSteps:
    """The steps that a query selects, in file order."""

    id: str
    sha256: str
    steps: list[ListedStep]


@dataclass(frozen=True, slots=True)
class EffectiveStep:
    """A step with its code as it stands in the pack and, with stored overrides, as it would run.

    `sanitizer` names the lines that the legacy sanitizer would turn into an echo, which it does only when asked to.
    """

    id: str
    sha256: str
    step: Step
    effective_code: str
    sanitizer: list[Conversion]


@dataclass(frozen=True, slots=True)
class StepViews:
    """Answers questions about steps that no single part can. Thread-safe; calls may block."""

    roots: Roots
    workdir: Location
    packs: Catalogue
    states: StateFiles
    overrides: OverrideBook
    is_executable: Callable[[str], bool]
    parse: Callable[[bytes], Pack]
    pack_bytes: int

    def list(self, pack: str, query: StepQuery, status: Status | None = None) -> ListedSteps:
        """The steps that a query selects; with a status, only those that the stored state gives it.

        Raises:
            DomainError: the pack cannot be read, or its state.
        """
        found = self.packs.list_steps(pack, query)
        stored = self.states.get_state(found.id).step_statuses
        steps = [ListedStep.of(step, stored[step.id].status if step.id in stored else None) for step in found.steps]
        return ListedSteps(found.id, found.sha256, [one for one in steps if status in {None, one.status or "pending"}])

    def get(self, pack: str, step_id: str) -> EffectiveStep:
        """One step with its code; `1` and `01` name the same step.

        Raises:
            DomainError: NOT_FOUND, the pack has no such step; the pack cannot be read, or its overrides are refused.
        """
        found = self.packs.get_step(pack, step_id)
        code = found.step.code or ""
        overrides = self.overrides.ready(found.id)
        effective = effective_script(found.step.id, code, overrides, None) if overrides else code
        return EffectiveStep(
            found.id, found.sha256, found.step, effective, sanitize(effective, self.is_executable).conversions
        )

    def verify_outputs(
        self, pack: str, steps: tuple[str, ...], require_headings: bool, chunk_mode: ChunkMode
    ) -> OutputVerification:
        """Check the answers that steps have left in the working directory.

        Raises:
            DomainError: the pack cannot be read, or a path that it names may not be.
        """
        location = self.roots.locate(pack)
        parsed = self.parse(self.roots.read_whole(location, self.pack_bytes))
        return verify_outputs(
            parsed,
            Workspace(self.roots, self.workdir).read,
            steps=steps,
            require_headings=require_headings,
            chunk_mode=chunk_mode,
        )
