"""The state and the report of a pack: two files in the working directory, under the base name of the pack.

Two packs with one base name share these files, and the original never checks whose they are. So each file says which
pack and which text of it it belongs to, and a file that says otherwise is shown as stale and never continued.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.companions import companion
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.remembered import Remembered
from oraclepack_mcp.runs.model import (
    Problem,
    Report,
    ReportModel,
    RunMode,
    RunState,
    StateModel,
    StepStatus,
)
from oraclepack_mcp.runs.report import parse_report, report_text
from oraclepack_mcp.runs.state_problems import (
    HASH_PREFIX,
    PackFacts,
    as_problem,
    is_stale,
    orphan,
    other_text,
    step_problems,
    stranger,
)
from oraclepack_mcp.runs.state_text import parse_state, state_text
from oraclepack_mcp.runs.times import in_utc
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.security.writing import write_file

MAX_BYTES: Final = 1024 * 1024
"""Bytes of a state or report file that is read."""
MAX_PACK_BYTES: Final = 4 * 1024 * 1024
_REMEMBERED_PACKS: Final = 1024
"""Texts of packs whose step ids are remembered."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state file as it was read: `state` is None where there is no file, or where `unreadable` says why."""

    state: RunState | None
    sha256: str | None
    problems: list[Problem]
    unreadable: DomainError | None = None

    def continued(self, remedy: str) -> RunState | None:
        """The state to go on with, or None where nothing is stored.

        Raises:
            DomainError: STATE_INVALID_JSON or STATE_WRONG_TYPE; the sentence ends in the remedy.
        """
        if self.unreadable is not None:
            raise DomainError(self.unreadable.code, f"{self.unreadable.sentence}; {remedy}")
        return self.state


@dataclass(frozen=True, slots=True)
class StateFiles:
    """State and report files of the packs that are run in one working directory."""

    roots: Roots
    workdir: Location
    pack_bytes: int = MAX_PACK_BYTES
    _ids: Remembered[str, frozenset[str]] = field(
        default_factory=lambda: Remembered(_REMEMBERED_PACKS), init=False, repr=False, compare=False
    )

    def state_location(self, pack: Location) -> Location:
        """Where the state of a pack lies."""
        return companion(self.workdir, pack, ".state.json")

    def report_location(self, pack: Location) -> Location:
        """Where the report of a pack lies."""
        return companion(self.workdir, pack, ".report.json")

    def get_state(self, pack: str) -> StateModel:
        """The stored state, with everything that is wrong with it; a pack that never ran has an empty one.

        Raises:
            DomainError: NOT_FOUND, neither the pack nor a state of it is there; or as `Roots.read_whole`.
        """
        facts = self._facts(self.roots.locate(pack))
        stored = self._load(facts)
        if facts.hash is None and stored.sha256 is None:
            raise DomainError("NOT_FOUND", f"there is neither a pack {facts.location.id} nor a state of it")
        return self._model(facts, stored)

    def get_report(self, pack: str) -> ReportModel:
        """The stored report, with everything that is wrong with it.

        Raises:
            DomainError: NOT_FOUND, there is no report; or as `Roots.read_whole`.
        """
        facts = self._facts(self.roots.locate(pack))
        location = self.report_location(facts.location)
        raw = self.roots.read_whole(location, MAX_BYTES)
        problems: list[Problem] = []
        report = Report()
        try:
            report = parse_report(raw)
        except DomainError as error:
            problems.append(as_problem(error))
        hash_ = report.pack_info.hash
        problems += orphan(facts) + other_text(facts, hash_)
        problems += step_problems(facts, {step.id: step.status for step in report.steps})
        return ReportModel(
            pack=facts.location.id,
            path=location.id,
            sha256=_digest(raw),
            summary=report.summary,
            pack_info=report.pack_info,
            steps=report.steps,
            warnings=report.warnings,
            not_run=report.not_run,
            generated_at=in_utc(report.generated_at) if report.generated_at else None,
            stale=is_stale(problems),
            problems=problems,
        )

    def load(self, pack: Location) -> StoredState:
        """The state file of a pack, judged but not refused."""
        return self._load(self._facts(pack))

    def begin(self, pack: Location, pack_sha256: str, mode: RunMode, *, allow_changed_pack: bool) -> RunState:
        """The state that a run starts from: an empty one for mode `all`, the stored one for every other.

        Raises:
            DomainError: STATE_STALE, the file belongs to another pack, or, unless that is allowed, to another text of
                this one; STATE_INVALID_JSON or STATE_WRONG_TYPE, it cannot be continued.
        """
        text_hash = HASH_PREFIX + pack_sha256
        stored = self._load(PackFacts(pack, text_hash, frozenset()))
        if stored.state is not None and (other := stranger(pack, stored.state)):
            raise DomainError("STATE_STALE", f"{other.message}; reset that state, or run in another directory")
        fresh = RunState(pack_hash=text_hash)
        if mode == "all":
            return fresh
        state = stored.continued("reset the state, or run everything") or fresh
        if not allow_changed_pack and state.pack_hash not in {"", text_hash}:
            sentence = "the pack has changed since its state was stored; allow_changed_pack continues it nevertheless"
            raise DomainError("STATE_STALE", sentence)
        return replace(state, pack_hash=text_hash, step_statuses=state.step_statuses or {})

    def save_state(self, pack: Location, state: RunState) -> str:
        """Replace the state file in one step; its hash.

        Raises:
            DomainError: as `write_file`.
        """
        return write_file(self.state_location(pack), state_text(state)).sha256

    def save_report(self, pack: Location, report: Report) -> str:
        """Replace the report file in one step; its hash.

        Raises:
            DomainError: as `write_file`.
        """
        return write_file(self.report_location(pack), report_text(report)).sha256

    def reset(self, pack: str, steps: Collection[str], expected_sha256: str | None) -> StateModel:
        """Forget how steps ended, all of them where none is named; filter values and warnings stay.

        A whole reset also takes the file over from another pack, or in the place of one that cannot be read.

        Raises:
            DomainError: CONFLICT, the file is not the expected one; STATE_STALE, STATE_INVALID_JSON or
                STATE_WRONG_TYPE, single steps of a file that cannot be continued; as `write_file`.
        """
        location = self.roots.locate(pack)
        facts = self._facts(location)
        stored = self._load(facts)
        if stored.sha256 == expected_sha256 is None:
            return self._model(facts, stored)
        emptied = self._without(facts, stored, steps) if steps else _emptied(stored.state)
        write_file(self.state_location(location), state_text(emptied), expected=expected_sha256)
        return self._model(facts, self._load(facts))

    def _without(self, facts: PackFacts, stored: StoredState, steps: Collection[str]) -> RunState:
        state = stored.continued("only the whole state can be reset") or RunState()
        if other := stranger(facts.location, state):
            raise DomainError("STATE_STALE", f"{other.message}; only the whole state can be reset")
        dropped = {step.zfill(2) for step in steps}
        kept = {key: status for key, status in (state.step_statuses or {}).items() if key not in dropped}
        return replace(state, step_statuses=kept)

    def _facts(self, pack: Location) -> PackFacts:
        try:
            raw = self.roots.read_whole(pack, self.pack_bytes)
        except DomainError as error:
            if error.code == "NOT_FOUND":
                return PackFacts(pack, None, frozenset())
            raise
        digest = _digest(raw)
        ids = self._ids.get(digest)
        return PackFacts(pack, HASH_PREFIX + digest, self._ids.put(digest, _step_ids(raw)) if ids is None else ids)

    def _load(self, facts: PackFacts) -> StoredState:
        try:
            raw = self.roots.read_whole(self.state_location(facts.location), MAX_BYTES)
        except DomainError as error:
            if error.code == "NOT_FOUND":
                return StoredState(None, None, [])
            raise
        try:
            state = parse_state(raw)
        except DomainError as error:
            return StoredState(None, _digest(raw), [as_problem(error), *orphan(facts)], error)
        statuses = {key: status.status for key, status in (state.step_statuses or {}).items()}
        other = stranger(facts.location, state)
        problems = orphan(facts) + ([other] if other else other_text(facts, state.pack_hash))
        return StoredState(state, _digest(raw), problems + step_problems(facts, statuses))

    def _model(self, facts: PackFacts, stored: StoredState) -> StateModel:
        state = stored.state or RunState(schema_version=0)
        statuses = state.step_statuses or {}
        return StateModel(
            pack=facts.location.id,
            path=self.state_location(facts.location).id,
            sha256=stored.sha256,
            schema_version=state.schema_version,
            pack_hash=state.pack_hash,
            start_time=in_utc(state.start_time) if state.start_time else None,
            current_step=state.current_step,
            step_statuses={key: _in_utc(statuses[key]) for key in sorted(statuses)},
            roi_threshold=state.roi_threshold,
            roi_mode=state.roi_mode,
            warnings=state.warnings,
            x_ref=state.x_ref,
            stale=is_stale(stored.problems),
            problems=stored.problems,
        )


def _emptied(state: RunState | None) -> RunState:
    if state is None:
        return RunState()
    return replace(state, pack_hash="", start_time=None, current_step=0, step_statuses={}, x_ref=None)


def _in_utc(status: StepStatus) -> StepStatus:
    started, ended = status.started_at, status.ended_at
    return replace(status, started_at=in_utc(started) if started else None, ended_at=in_utc(ended) if ended else None)


def _step_ids(raw: bytes) -> frozenset[str]:
    try:
        return frozenset(step.id for step in parse_pack(raw).steps)
    except DomainError:
        return frozenset()


def _digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()
