"""Stage 2 and Stage 3 as the server asks for them."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.findings import has_error
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.profiles.action_pack import check_action_pack, exit_code_equivalent
from oraclepack_mcp.packs.text import displayable
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.taskify.actions import read_actions
from oraclepack_mcp.taskify.artifacts import summarise
from oraclepack_mcp.taskify.grouped import generate_grouped
from oraclepack_mcp.taskify.model import (
    ActionPackVerdict,
    ActionsModel,
    ActionStep,
    ArtifactsSummary,
    Grouped,
    GroupedOptions,
    Stage2Detection,
    Stage2Validation,
    StagePrompt,
    Ticketified,
    TicketifyOptions,
)
from oraclepack_mcp.taskify.places import below, concealed, require_directory
from oraclepack_mcp.taskify.prompt import make_prompt
from oraclepack_mcp.taskify.resolver import AUTO, detect_named, search
from oraclepack_mcp.taskify.stage2 import check_answers
from oraclepack_mcp.taskify.ticketify import ticketify

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes of a pack or an artifact that is read."""


@dataclass(frozen=True, slots=True)
class Taskify:
    """Finds and judges answers, action packs and artifacts, and derives packs and actions from files. Thread-safe.

    Calls may block. Those that read raise what a path can be refused for; those about Stage 2 say the same for all of
    it, so that nobody learns what lies outside.
    """

    roots: Roots
    workdir: Location

    def detect_stage2(self, path: str = AUTO, repo_root: str = "") -> Stage2Detection:
        """Where the answers are: at a named place, or by the rules below a directory, the workdir unless named.

        Raises:
            DomainError: NOT_FOUND, the named place or the directory cannot be looked at for whatever reason.
        """
        with concealed():
            base = self.roots.locate_directory(repo_root) if repo_root else self.workdir
            if path == AUTO:
                return search(self.roots, base)
            return detect_named(self.roots, self.roots.locate_directory(path), base)

    def validate_stage2(self, out_dir: str) -> Stage2Validation:
        """Whether a directory holds one answer for each question.

        Raises:
            DomainError: NOT_FOUND, the directory cannot be looked at for whatever reason.
        """
        with concealed():
            return check_answers(self.roots, self.roots.locate_directory(out_dir))

    def validate_action_pack(self, file_path: str, strict_legacy: bool = False) -> ActionPackVerdict:
        """Judge an action pack by its own rules, not by those of the runner."""
        raw = self._pack(file_path)[1]
        findings = check_action_pack(raw, strict_legacy=strict_legacy)
        return ActionPackVerdict(not has_error(findings), exit_code_equivalent(findings), _steps(raw), findings)

    def artifacts_summary(self, out_dir: str) -> ArtifactsSummary:
        """The files that Stage 3 leaves in a directory and below it."""
        return summarise(self.roots, self.roots.locate_directory(out_dir), MAX_BYTES)

    def read_actions(self, path: str) -> ActionsModel:
        """The actions of a file, or of the `_actions.json` in a directory, and everything that is wrong with them."""
        place = self._actions_file(path)
        raw = self.roots.read_whole(place, MAX_BYTES)
        found = read_actions(raw)
        return ActionsModel(
            path=place.id,
            sha256=sha256(raw).hexdigest(),
            ok=not found.problems,
            form=found.form,
            metadata=found.metadata,
            items=found.items,
            actions=found.actions,
            count=len(found.items) + len(found.actions),
            problems=found.problems,
        )

    def generate_prompt(self, file_path: str) -> StagePrompt:
        """Instructions by which an assistant carries out an action pack by hand.

        Raises:
            DomainError: PACK_INVALID.
        """
        place, raw = self._pack(file_path)
        return make_prompt(place.id, raw)

    def ticketify(self, options: TicketifyOptions) -> Ticketified:
        """Derive an index, actions, requirements and perhaps an action pack from tickets.

        Raises:
            DomainError: NOT_FOUND, INVALID_ARGUMENT, TOO_LARGE, CONFLICT, PATH_READ_ONLY.
        """
        return ticketify(self.roots, self.workdir, options)

    def generate_grouped(self, options: GroupedOptions) -> Grouped:
        """Make a pack of questions for each group of files.

        Raises:
            DomainError: NOT_FOUND, INVALID_ARGUMENT, TOO_LARGE, CONFLICT, PATH_READ_ONLY.
        """
        return generate_grouped(self.roots, self.workdir, options)

    def _pack(self, path: str) -> tuple[Location, bytes]:
        place = self.roots.locate(path)
        return place, self.roots.read_whole(place, MAX_BYTES)

    def _actions_file(self, path: str) -> Location:
        place = self.roots.locate_directory(path)
        try:
            require_directory(place)
        except DomainError as error:
            if error.code != "NOT_A_FILE":
                raise
            return place
        return below(place, "_actions.json")


def _steps(raw: bytes) -> list[ActionStep]:
    """The steps as the runner sees them; none where it finds no block."""
    try:
        pack = parse_pack(raw)
    except DomainError:
        return []
    return [ActionStep(step.id, displayable(step.title)) for step in pack.steps]
