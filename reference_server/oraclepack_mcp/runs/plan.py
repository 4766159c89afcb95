"""What a run would do, and the token that confirms exactly that (sections 7.3, 7.6; S-13, S-18).

Planning makes nothing: no directory, no file, no state. Everything is checked here that can be, so that a run that is
confirmed fails only for what it meets on its way.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from pydantic_core import to_json

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.packs.model import Finding, Pack, Step, ToolKind
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.packs.profiles.action_pack import check_action_pack
from oraclepack_mcp.packs.sanitizer import sanitizer_findings
from oraclepack_mcp.packs.scripts import check_scripts
from oraclepack_mcp.packs.structure import check_structure
from oraclepack_mcp.packs.text import encode
from oraclepack_mcp.runs.attachments import missing_files
from oraclepack_mcp.runs.model import NotRun, NotRunReason, PackRef, PlanModel, PlannedStep, RunOptions, RunState
from oraclepack_mcp.runs.places import output_directory, run_directory, step_outputs
from oraclepack_mcp.runs.process import shell_argv
from oraclepack_mcp.runs.selection import select
from oraclepack_mcp.runs.state import MAX_PACK_BYTES, StateFiles
from oraclepack_mcp.runs.times import time_text
from oraclepack_mcp.runs.tokens import Issued, PlanTokens
from oraclepack_mcp.runs.workspace import Workspace
from oraclepack_mcp.security.roots import Location, Roots
from oraclepack_mcp.urls.model import ResolvedUrl

_SEVERITIES: Final = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Lookups:
    """What a plan asks other parts of the domain for.

    `resolve_url` finds the URL of a stored name (None: the default) for a pack id; `overrides` gives those that a run
    of a pack id would use, judged and complete, from the given ones (None: the stored ones); `has_tool` says whether
    scripts would find a program, with `oracle_bin` as the name of the one behind `oracle`.
    """

    resolve_url: Callable[[str | None, str], ResolvedUrl]
    overrides: Callable[[str, Overrides | None], Overrides | None]
    has_tool: Callable[[str, str | None], bool]


@dataclass(frozen=True, slots=True)
class _Survey:
    """What a plan is bound to: a change of any of it makes another plan."""

    options: RunOptions
    pack: PackRef
    location: Location
    parsed: Pack | None
    workspace: Workspace
    state: RunState
    selected: list[Step]
    not_run: list[NotRun]
    url: ResolvedUrl
    overrides: Overrides | None
    findings: list[Finding]

    @property
    def subject(self) -> str:
        """A hash of all that is confirmed with the plan."""
        parts = (
            self.options,
            self.pack,
            self.workspace.directory.id,
            [step.id for step in self.selected],
            self.url.url,
            self.overrides,
        )
        return _hash("run", parts)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans runs and spends their confirmations. Thread-safe; calls may block."""

    roots: Roots
    workdir: Location
    lookups: Lookups
    tokens: PlanTokens
    pack_bytes: int = MAX_PACK_BYTES

    def plan(self, options: RunOptions, principal: str) -> PlanModel:
        """What a run with these options would do; the token is for this caller, and absent where an error stands.

        Raises:
            DomainError: what keeps even a plan from being made: the pack or the working directory is not there or may
                not be used, the state cannot be continued, steps or URLs are named that are not there, or the
                overrides are refused.
        """
        survey = self._survey(options)
        survey = replace(survey, findings=survey.findings + self._script_findings(survey))
        out_dir, place_findings, writes = _writes(survey)
        tools = _tools(survey.selected)
        missing = [tool for tool in tools if not self._has(tool, options)]
        findings = survey.findings + place_findings + _tool_findings(survey.selected, missing)
        issued = None if _has_error(findings) else self.tokens.issue(survey.subject, principal)
        return PlanModel(
            pack=survey.pack,
            pack_sha256=survey.pack.sha256,
            mode=options.mode,
            prelude=_runs_prelude(survey),
            plan=_planned(survey, missing if options.skip_missing_tools else []),
            selected=[step.id for step in survey.selected],
            tools=tools,
            missing_tools=missing,
            missing_files=[lack for step in survey.selected for lack in missing_files(survey.workspace, step)],
            workdir=survey.workspace.directory.id,
            out_dir=out_dir,
            writes=writes,
            url=survey.url.name,
            overrides=_shown(survey.overrides),
            findings=sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity)),
            plan_token=issued.token if issued else None,
            expires_at=_expiry(issued) if issued else None,
        )

    def confirmed(self, options: RunOptions, principal: str, plan_token: str) -> str:
        """Spend the confirmation of a plan; the hash of the pack that was confirmed.

        Raises:
            DomainError: NOT_CONFIRMED, the token is forged, another caller's, expired or used; PLAN_STALE, the pack,
                its state, the options or what they lead to have changed since.
        """
        try:
            survey = self._survey(options)
        except DomainError as error:
            # What was planned can not even be planned any more: no token is for this, so a good one is stale.
            self.tokens.redeem(plan_token, error.code, principal)
            raise
        self.tokens.redeem(plan_token, survey.subject, principal)
        return survey.pack.sha256

    def fingerprint(self, options: RunOptions) -> str:
        """A hash of the bytes of the pack, the options and what they lead to.

        Raises:
            DomainError: as `plan`.
        """
        return self._survey(options).subject

    def issue_for(self, subject: object, principal: str, *, pack: str | None = None) -> str:
        """A token for a call that starts something other than a run, bound to its arguments and to a pack's bytes.

        Raises:
            DomainError: as `Roots.read_whole`, for the pack.
        """
        return self.tokens.issue(self._subject_of(subject, pack), principal).token

    def redeem_for(self, subject: object, principal: str, token: str, *, pack: str | None = None) -> None:
        """Spend a token that `issue_for` gave.

        Raises:
            DomainError: NOT_CONFIRMED, PLAN_STALE; as `issue_for`.
        """
        self.tokens.redeem(token, self._subject_of(subject, pack), principal)

    def _subject_of(self, subject: object, pack: str | None) -> str:
        raw = self.roots.read_whole(self.roots.locate(pack), self.pack_bytes) if pack is not None else b""
        return _hash(type(subject).__name__, (subject, sha256(raw).hexdigest()))

    def _survey(self, options: RunOptions) -> _Survey:
        location = self.roots.locate(options.pack)
        raw = self.roots.read_whole(location, self.pack_bytes)
        pack = PackRef(location.id, location.path, sha256(raw).hexdigest())
        workspace = Workspace(self.roots, run_directory(self.roots, options.workdir, self.workdir))
        files = StateFiles(self.roots, workspace.directory, self.pack_bytes)
        state = files.begin(location, pack.sha256, options.mode, allow_changed_pack=options.allow_changed_pack)
        parsed, findings = _parsed(raw, location, options)
        selected, not_run = select(parsed.steps, options, state) if parsed and not findings else ([], [])
        return _Survey(
            options=options,
            pack=pack,
            location=location,
            parsed=parsed,
            workspace=workspace,
            state=state,
            selected=selected,
            not_run=not_run,
            url=self.lookups.resolve_url(options.url_name, location.id),
            overrides=self.lookups.overrides(location.id, options.overrides) if parsed else None,
            findings=findings,
        )

    def _script_findings(self, survey: _Survey) -> list[Finding]:
        if survey.parsed is None or survey.findings:
            return []
        own = survey.options.oracle_bin
        labels = sanitizer_findings(survey.parsed, lambda word: self.lookups.has_tool(word, own))
        return check_scripts(survey.parsed) + _unrunnable(survey.parsed) + labels + _unbound(survey)

    def _has(self, tool: ToolKind, options: RunOptions) -> bool:
        return self.lookups.has_tool(tool, options.oracle_bin)


def _parsed(raw: bytes, location: Location, options: RunOptions) -> tuple[Pack | None, list[Finding]]:
    try:
        pack = parse_pack(raw, name=location.parts[-1])
    except DomainError as error:
        return None, [Finding("NO_BLOCK", "error", "P-04", error.sentence)]
    if options.step_count == "20":
        return pack, check_structure(pack)
    shape = [one for one in check_structure(pack) if one.code != "STEP_COUNT"]
    return pack, [one for one in check_action_pack(raw) if one.severity == "error"] or shape


def _tool_findings(steps: list[Step], missing: list[ToolKind]) -> list[Finding]:
    return [
        Finding("TOOL_MISSING", "warning", "K-02", f"tool {step.tool} not found on PATH", step.id, token=step.tool)
        for step in steps
        if step.tool in missing
    ]


def _unrunnable(parsed: Pack) -> list[Finding]:
    """Scripts that are well-formed, and that no shell can be given."""
    scripts = [(None, parsed.prelude.code or ""), *((step.id, step.code or "") for step in parsed.steps)]
    findings: list[Finding] = []
    for step_id, code in scripts:
        try:
            shell_argv(encode(code), login=False, prefix=())
        except DomainError as error:
            findings.append(Finding(error.code, "error", "X-04", error.sentence, step_id))
    return findings


def _unbound(survey: _Survey) -> list[Finding]:
    """Say so where statuses are taken from a file that does not name its pack (S-27)."""
    if not survey.state.step_statuses or survey.state.x_ref is not None:
        return []
    message = "the stored state does not say which pack it belongs to"
    return [Finding("STATE_UNBOUND", "warning", "S-27", message)]


def _writes(survey: _Survey) -> tuple[str, list[Finding], list[str]]:
    """The output directory, what is wrong with it or with an answer's place, and all places that would be written."""
    text = survey.options.out_dir or (survey.parsed.out_dir if survey.parsed else "")
    files = StateFiles(survey.workspace.roots, survey.workspace.directory)
    findings: list[Finding] = []
    out_dir = survey.workspace.directory
    try:
        out_dir = output_directory(survey.workspace, text)
    except DomainError as error:
        message = f"the output directory {text[:200]!r} is refused: {error.sentence}"
        findings.append(Finding("OUT_DIR_REFUSED", "error", "S-17", message, token=text))
    outputs = step_outputs(survey.workspace, survey.selected, text)
    places = [files.state_location(survey.location), files.report_location(survey.location), out_dir, *outputs.places]
    return out_dir.id, findings + outputs.findings, list(dict.fromkeys(place.id for place in places))


def _planned(survey: _Survey, skipped: list[ToolKind]) -> list[PlannedStep]:
    reasons: dict[str, NotRunReason] = {one.id: one.reason for one in survey.not_run}
    reasons |= {step.id: "tool_missing" for step in survey.selected if step.tool in skipped}
    return [
        PlannedStep(
            id=step.id,
            title=step.title,
            roi=step.roi,
            tool=step.tool,
            contract=step.contract,
            runs=bool(survey.selected) and step.id not in reasons,
            reason=reasons.get(step.id),
            outputs=step.outputs,
            code_sha256=step.code_sha256,
        )
        for step in (survey.parsed.steps if survey.parsed else [])
    ]


def _runs_prelude(survey: _Survey) -> bool:
    wanted = survey.options.prelude == "always" or (survey.options.prelude == "auto" and bool(survey.selected))
    return wanted and survey.parsed is not None and bool(survey.parsed.prelude.code)


def _tools(steps: list[Step]) -> list[ToolKind]:
    return list(dict.fromkeys(step.tool for step in steps if step.tool != "unknown"))


def _has_error(findings: list[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _shown(overrides: Overrides | None) -> Overrides | None:
    """Overrides without the URL that a stored name leads to: who may plan may not always see URLs."""
    return replace(overrides, chatgpt_url=None) if overrides and overrides.url_name else overrides


def _expiry(issued: Issued) -> str:
    return time_text(datetime.fromtimestamp(issued.expires_at, UTC))


def _hash(kind: str, value: object) -> str:
    return sha256(kind.encode() + b"\0" + to_json(value)).hexdigest()
