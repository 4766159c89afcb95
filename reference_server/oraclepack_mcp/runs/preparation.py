"""Everything that has to hold before a run makes anything (S-18), and what it needs from then on."""

import math
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from oraclepack_mcp.errors import DomainError, ErrorCode
from oraclepack_mcp.overrides.flags import effective_script
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.packs.model import Finding, Pack, Step
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.sanitizer import MESSAGE, Conversion, sanitize
from oraclepack_mcp.packs.scripts import check_scripts
from oraclepack_mcp.packs.structure import check_structure
from oraclepack_mcp.packs.text import encode
from oraclepack_mcp.runs.environment import script_path, tool_links
from oraclepack_mcp.runs.model import PRELUDE_ID, NotRun, PackRef, RunOptions, RunState, ScriptWarning
from oraclepack_mcp.runs.places import output_directory, run_directory, step_outputs
from oraclepack_mcp.runs.process import shell_argv
from oraclepack_mcp.runs.selection import select
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.runs.state import MAX_PACK_BYTES, StateFiles
from oraclepack_mcp.runs.workspace import Workspace
from oraclepack_mcp.security.roots import Location, Roots


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run asks other parts of the domain for.

    `resolve_url` gives the URL of a stored name for a pack (None for either: the default, no pack); `overrides` those
    given or stored for a pack, judged and complete; `guard` surrounds each call of the `oracle` program.
    """

    resolve_url: Callable[[str | None, str | None], str | None]
    overrides: Callable[[str, Overrides | None], Overrides | None]
    guard: Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class PreparedScript:
    """The bytes to run, and what the sanitizer changed in them."""

    code: bytes
    warnings: list[ScriptWarning]


@dataclass(frozen=True, slots=True)
class Checked:
    """A pack that may run with these options; nothing about its state is known yet.

    `out_dir` is what scripts see, `out_place` the directory that it means.
    """

    options: RunOptions
    pack: PackRef
    location: Location
    parsed: Pack
    scripts: dict[str, PreparedScript]
    workspace: Workspace
    out_dir: str
    out_place: Location
    tools: dict[str, Path]
    missing_tools: frozenset[str]
    files: StateFiles


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that can start: the steps to run in their order, the state to go on from, limits in seconds."""

    checked: Checked
    steps: list[Step]
    not_run: list[NotRun]
    prelude: bool
    state: RunState
    step_limit_s: float
    run_limit_s: float


@dataclass(frozen=True, slots=True)
class Preparation:
    """Turns options into a run that can start; makes nothing."""

    roots: Roots
    workdir: Location
    settings: ExecutionSettings
    surroundings: Surroundings

    def check(self, options: RunOptions, confirmed_sha256: str | None) -> Checked:
        """Everything that does not depend on earlier runs.

        Raises:
            DomainError: EXEC_DISABLED, PACK_NOT_ALLOWED; PLAN_STALE, the pack is not the confirmed one; PACK_INVALID,
                SYNTAX_INVALID; PATH_… for the workdir and the output directory; TOOL_MISSING; what overrides and URLs
                are refused for; TOO_LARGE, a script is.
        """
        self.require_execution()
        location = self.roots.locate(options.pack)
        raw = self.roots.read_whole(location, MAX_PACK_BYTES)
        digest = sha256(raw).hexdigest()
        self._require_allowed(digest, confirmed_sha256)
        parsed = parse_pack(raw, name=location.parts[-1])
        _require_valid(parsed, options)
        workspace = Workspace(self.roots, run_directory(self.roots, options.workdir, self.workdir))
        out_dir = options.out_dir or parsed.out_dir or "."
        tools = tool_links(self.settings, options.oracle_bin)
        path = script_path(self.settings)
        return Checked(
            options=options,
            pack=PackRef(location.id, location.path, digest),
            location=location,
            parsed=parsed,
            scripts=self._scripts(parsed, options, location.id, path),
            workspace=workspace,
            out_dir=out_dir,
            out_place=output_directory(workspace, out_dir),
            tools=tools,
            missing_tools=frozenset(
                step.tool
                for step in parsed.steps
                if step.tool != "unknown" and step.tool not in tools and not shutil.which(step.tool, path=path)
            ),
            files=StateFiles(self.roots, workspace.directory),
        )

    def complete(self, checked: Checked) -> Prepared:
        """What depends on earlier runs of the pack; to be called by the one who may write its state.

        Raises:
            DomainError: STATE_STALE, STATE_INVALID_JSON, STATE_WRONG_TYPE; INVALID_ARGUMENT, steps that are not there.
        """
        options = checked.options
        state = checked.files.begin(
            checked.location, checked.pack.sha256, options.mode, allow_changed_pack=options.allow_changed_pack
        )
        steps, not_run = select(checked.parsed.steps, options, state)
        _require_writable(checked, steps)
        has_prelude = bool(checked.parsed.prelude.code)
        wanted = options.prelude == "always" or (options.prelude == "auto" and bool(steps))
        return Prepared(
            checked=checked,
            steps=steps,
            not_run=not_run,
            prelude=has_prelude and wanted,
            state=state,
            step_limit_s=min(options.step_timeout_s or math.inf, self.settings.step_timeout_s),
            run_limit_s=min(options.timeout_s or math.inf, self.settings.run_timeout_s),
        )

    def require_execution(self) -> None:
        """Refuse to run anything where the operator has not switched it on.

        Raises:
            DomainError: EXEC_DISABLED.
        """
        if self.settings.policy == "off":
            raise DomainError("EXEC_DISABLED", "execution is switched off on this server")

    def _require_allowed(self, digest: str, confirmed_sha256: str | None) -> None:
        if confirmed_sha256 is not None and confirmed_sha256 != digest:
            raise DomainError("PLAN_STALE", "the pack has changed since it was confirmed", {"sha256": digest})
        if self.settings.policy == "allow" and digest not in self.settings.allowed_packs:
            raise DomainError("PACK_NOT_ALLOWED", "the operator does not allow this pack to run", {"sha256": digest})

    def _scripts(self, parsed: Pack, options: RunOptions, pack_id: str, path: str) -> dict[str, PreparedScript]:
        overrides = self.surroundings.overrides(pack_id, options.overrides)
        url = self.surroundings.resolve_url(options.url_name, pack_id)
        codes = {step.id: effective_script(step.id, step.code or "", overrides, url) for step in parsed.steps}
        codes[PRELUDE_ID] = parsed.prelude.code or ""
        return {step_id: _script(step_id, code, options, path) for step_id, code in codes.items()}


def _script(step_id: str, code: str, options: RunOptions, path: str) -> PreparedScript:
    warnings: list[ScriptWarning] = []
    if options.sanitize == "legacy":
        sanitized = sanitize(code, lambda word: shutil.which(word, path=path) is not None)
        code = sanitized.code
        warnings = [_warning(step_id, conversion) for conversion in sanitized.conversions]
    raw = encode(code)
    shell_argv(raw, login=False, prefix=())
    return PreparedScript(raw, warnings)


def _warning(step_id: str, conversion: Conversion) -> ScriptWarning:
    if step_id == PRELUDE_ID:
        return ScriptWarning("prelude", conversion.line, conversion.token, MESSAGE)
    return ScriptWarning("step", conversion.line, conversion.token, MESSAGE, step_id)


def _require_valid(parsed: Pack, options: RunOptions) -> None:
    any_count = options.step_count == "any"
    structure = [finding for finding in check_structure(parsed) if not (any_count and finding.code == "STEP_COUNT")]
    findings = structure or check_scripts(parsed)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        code: ErrorCode = "PACK_INVALID" if structure else "SYNTAX_INVALID"
        raise DomainError(code, _sentence(errors[0]), {"findings": [asdict(finding) for finding in errors]})


def _sentence(finding: Finding) -> str:
    place = f"step {finding.step_id}: " if finding.step_id else ""
    return f"{place}{finding.message}"


def _require_writable(checked: Checked, steps: list[Step]) -> None:
    refused = [
        finding
        for finding in step_outputs(checked.workspace, steps, checked.out_dir).findings
        if finding.severity == "error"
    ]
    if refused:
        raise DomainError("PATH_INVALID", _sentence(refused[0]), {"findings": [asdict(finding) for finding in refused]})
