"""Planning, starting and ending runs."""

from typing import Any, Final

from oraclepack_mcp.errors import DomainError, ErrorCode
from oraclepack_mcp.runs.model import OracleResult, PlanModel, RunModel, RunStatus, StateModel
from oraclepack_mcp.security.scopes import Scope
from oraclepack_mcp.server.arguments import runs as args
from oraclepack_mcp.server.arguments.shared import Arguments
from oraclepack_mcp.server.resources.uris import run_uri
from oraclepack_mcp.server.tools.spec import EXECUTES, READS, REPLACES, Call, Consent, Hints, Proposal, ToolSpec

_READ: Final[frozenset[Scope]] = frozenset({"packs:read"})
_WRITE: Final[frozenset[Scope]] = frozenset({"packs:write"})
_EXECUTE: Final[frozenset[Scope]] = frozenset({"packs:execute"})
_FAILURES: Final[dict[RunStatus, ErrorCode]] = {
    "failed": "RUN_FAILED",
    "interrupted": "RUN_FAILED",
    "timed_out": "TIMEOUT",
    "cancelled": "CANCELLED",
}


def propose_run(arguments: Any, call: Call) -> Proposal:
    """The question that stands before a run: what would run, from which bytes, where to.

    Raises:
        DomainError: the pack has findings that keep it from running, or the options do not fit it.
    """
    plan = call.domain.planner.plan(arguments.value(), call.caller.principal)
    if plan.plan_token is None:
        problems = [finding.message for finding in plan.findings if finding.severity == "error"]
        raise DomainError("PACK_INVALID", problems[0] if problems else "the pack cannot run", {"findings": problems})
    return Proposal(_question(plan), plan.plan_token)


def run_tool(name: str, title: str, description: str, arguments: type[Arguments]) -> ToolSpec:
    """A tool that starts a run."""
    return ToolSpec(
        name,
        title,
        description,
        arguments,
        RunModel,
        scopes=_EXECUTE,
        hints=EXECUTES,
        consent=Consent(
            propose_run,
            lambda a, call, token: call.domain.planner.confirmed(a.value(), call.caller.principal, token),
        ),
        run=lambda a: a.value(),
        call=lambda a, call: call.domain.runs.start(
            a.value(), call.caller.principal, detach=True, pack_sha256=call.pack_sha256
        ),
        whole=lambda run: run_uri(run.run_id),
        failure=_failed_run,
    )


def _failed_run(run: RunModel) -> DomainError | None:
    """A run that did not end well is a call that did not, though all that is known of it is told."""
    code = _FAILURES.get(run.status)
    return DomainError(code, run.exit_reason, {"run_id": run.run_id, "status": run.status}) if code else None


def _failed_call(result: OracleResult) -> DomainError | None:
    if result.exit_code == 0:
        return None
    return DomainError("RUN_FAILED", f"oracle ended with exit status {result.exit_code}", {"run_id": result.run_id})


def _question(plan: PlanModel) -> str:
    steps = f"{len(plan.selected)} of {len(plan.plan)} steps" + (" and the prelude" if plan.prelude else "")
    lines = [
        f"Run {steps} of {plan.pack.path}, whose SHA-256 starts with {plan.pack_sha256[:12]}?",
        f"Steps: {', '.join(plan.selected) or 'none'}.",
        f"Tools: {', '.join(plan.tools) or 'none known'}.",
        f"Working directory: {plan.workdir}. Output directory: {plan.out_dir}.",
    ]
    if plan.url is not None:
        lines.append(f"Questions go to the stored URL {plan.url}.")
    if plan.overrides is not None and plan.overrides.added_flags:
        lines.append(f"Flags are added: {' '.join(plan.overrides.added_flags)}.")
    if plan.missing_tools:
        lines.append(f"Missing on this machine: {', '.join(plan.missing_tools)}.")
    if plan.findings:
        lines.append(f"Findings: {len(plan.findings)}; the first is: {plan.findings[0].message}")
    return "\n".join(lines)


def propose_call(arguments: Any, call: Call) -> Proposal:
    """The question that stands before a single call of the `oracle` program."""
    wanted = arguments.value()
    token = call.domain.planner.issue_for(wanted, call.caller.principal)
    attached = f" with {len(wanted.files)} files" if wanted.files else ""
    return Proposal(f"Send this question to oracle{attached}?\n\n{wanted.prompt[:2000]}", token)


def _reset(arguments: args.ResetState, call: Call) -> StateModel:
    domain = call.domain
    with domain.runs.undisturbed(domain.states.state_location(domain.roots.locate(arguments.pack))):
        steps = [step.zfill(2) for step in arguments.steps]
        return domain.states.reset(arguments.pack, steps, arguments.expected_sha256)


TOOLS: Final = (
    ToolSpec(
        "oraclepack_plan_run",
        "Plan a run",
        "Says what a run would do: steps, tools, files, directories, findings. Runs nothing; returns a plan_token.",
        args.PlanRun,
        PlanModel,
        scopes=_READ,
        hints=READS,
        call=lambda a, call: call.domain.planner.plan(a.value(), call.caller.principal),
    ),
    run_tool(
        "oraclepack_run_pack",
        "Run a pack",
        "Runs steps of a pack after a confirmation, and returns how each ended; detached, it returns a handle at once.",
        args.RunPack,
    ),
    run_tool(
        "oraclepack_run_step",
        "Run a step",
        "Runs one step of a pack after a confirmation.",
        args.RunStep,
    ),
    ToolSpec(
        "oraclepack_cancel_run",
        "Cancel a run",
        "Stops a run and every process of it; a run that has ended stays as it is.",
        args.CancelRun,
        RunModel,
        scopes=_EXECUTE,
        hints=REPLACES,
        call=lambda a, call: call.domain.runs.cancel(a.run_id, a.reason, call.caller.principal),
        whole=lambda run: run_uri(run.run_id),
    ),
    ToolSpec(
        "oraclepack_call_oracle",
        "Call oracle",
        "Asks the oracle program one question after a confirmation; no shell is involved.",
        args.CallOracle,
        OracleResult,
        scopes=_EXECUTE,
        hints=Hints(destructive=True, open_world=True),
        consent=Consent(
            propose_call,
            lambda a, call, token: call.domain.planner.redeem_for(a.value(), call.caller.principal, token),
        ),
        call=lambda a, call: call.domain.runs.call_oracle(a.value(), call.caller.principal),
        whole=lambda result: result.log_uri,
        failure=_failed_call,
    ),
    ToolSpec(
        "oraclepack_reset_state",
        "Reset the state",
        "Forgets how steps ended, so that the next resumed run starts them again.",
        args.ResetState,
        StateModel,
        scopes=_WRITE,
        hints=REPLACES,
        call=_reset,
    ),
)
