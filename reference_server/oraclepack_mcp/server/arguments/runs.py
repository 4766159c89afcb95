"""Arguments of the tools that run packs, and of those that look at runs."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from oraclepack_mcp.runs.model import OracleCall, RunOptions, VerifyOptions
from oraclepack_mcp.server.arguments.overrides import OverrideValues
from oraclepack_mcp.server.arguments.shared import Arguments, Cursor, PackName, StepId

RunId = Annotated[str, Field(min_length=1, max_length=100, description="Handle of the run.")]


class Verify(Arguments):
    """Whether and how the answers of a step are checked after it ran."""

    enabled: Annotated[bool, Field(description="Whether to check them.")] = False
    retries: Annotated[int, Field(ge=0, le=10, description="How often to run a step again that lacks answers.")] = 0
    require_headings: Annotated[bool, Field(description="Whether answers need their headings.")] = False
    chunk_mode: Annotated[Literal["auto", "single", "multi"], Field(description="How answers spread over files.")] = (
        "auto"
    )

    def value(self) -> VerifyOptions:
        """The options as the domain knows them."""
        return VerifyOptions(self.enabled, self.retries, self.require_headings, self.chunk_mode)


class _Options(Arguments):
    """Everything that can be said about a run besides the pack and the choice of steps."""

    stop_on_fail: Annotated[bool, Field(description="Whether the first failed step ends the run.")] = True
    out_dir: Annotated[
        str | None, Field(max_length=4096, description="Output directory below the working directory.")
    ] = None
    oracle_bin: Annotated[
        str | None, Field(max_length=4096, description="Name of an `oracle` program that the operator allows.")
    ] = None
    workdir: Annotated[
        str | None, Field(max_length=4096, description="Directory to run in, inside a writable root.")
    ] = None
    url_name: Annotated[str | None, Field(max_length=60, description="Stored URL to send the questions to.")] = None
    overrides: Annotated[OverrideValues | None, Field(description="Overrides for this run alone.")] = None
    verify: Verify = Verify()
    timeout_s: Annotated[float | None, Field(gt=0, le=21_600, description="Seconds for the whole run.")] = None
    step_timeout_s: Annotated[float | None, Field(gt=0, le=21_600, description="Seconds for one step.")] = None
    retries: Annotated[int, Field(ge=0, le=10, description="How often to run a failed step again.")] = 0
    skip_missing_tools: Annotated[bool, Field(description="Whether to skip steps whose tool is not there.")] = False
    sanitize: Annotated[
        Literal["off", "legacy"], Field(description="`legacy` turns bare labels into echo, as the original did.")
    ] = "off"
    prelude: Annotated[Literal["auto", "always", "never"], Field(description="When to run the prelude.")] = "auto"
    allow_changed_pack: Annotated[bool, Field(description="Whether to resume although the pack has changed since.")] = (
        False
    )
    step_count: Annotated[Literal["20", "any"], Field(description="How many steps the pack has to have.")] = "20"
    gates: Annotated[
        Literal["none", "ticketify"], Field(description="Artifacts that have to be there after a step.")
    ] = "none"

    def options(self, pack: str, **chosen: object) -> RunOptions:
        """The options as the domain knows them."""
        names = set(_Options.model_fields) - {"verify", "overrides"}
        common = {name: getattr(self, name) for name in names}
        overrides = self.overrides.value() if self.overrides else None
        return RunOptions(pack=pack, **common, verify=self.verify.value(), overrides=overrides, **chosen)  # type: ignore[arg-type] # the names are the fields


class _Started(_Options):
    plan_token: Annotated[
        str | None,
        Field(max_length=4096, description="`plan_token` of oraclepack_plan_run, for clients that cannot be asked."),
    ] = None
    detach: Annotated[bool, Field(description="Whether to return at once and let the run go on.")] = False


class PlanRun(_Options):
    """Arguments of oraclepack_plan_run."""

    pack: PackName
    mode: Annotated[
        Literal["all", "failed", "pending", "from", "steps", "resume"], Field(description="Which steps to run.")
    ] = "all"
    steps: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?$")]],
        Field(max_length=99, description="Step numbers and ranges like `03-05`, for mode `steps`."),
    ] = []
    from_step: Annotated[StepId | None, Field(description="First step, for mode `from`.")] = None
    roi_threshold: Annotated[float | None, Field(ge=0, description="Only steps on one side of this ROI.")] = None
    roi_mode: Annotated[
        Literal["over", "under"], Field(description="`over`: at least the threshold; `under`: less than it.")
    ] = "over"

    def value(self) -> RunOptions:
        """The options as the domain knows them."""
        return self.options(
            self.pack,
            mode=self.mode,
            steps=tuple(self.steps),
            from_step=self.from_step,
            roi_threshold=self.roi_threshold,
            roi_mode=self.roi_mode,
        )


class RunPack(_Started, PlanRun):
    """Arguments of oraclepack_run_pack."""

    resume: Annotated[bool, Field(description="The same as mode `resume`.")] = False
    yes: Annotated[bool | None, Field(description="Ignored; a run is confirmed otherwise now.")] = None
    run_all: Annotated[bool | None, Field(description="Ignored; use `mode`.")] = None

    def value(self) -> RunOptions:
        """The options as the domain knows them."""
        chosen = super().value()
        return replace(chosen, mode="resume") if self.resume and chosen.mode == "all" else chosen


class RunStep(_Started):
    """Arguments of oraclepack_run_step."""

    pack: PackName
    step_id: StepId

    def value(self) -> RunOptions:
        """The options as the domain knows them."""
        return self.options(self.pack, mode="steps", steps=(self.step_id.zfill(2),))


class RunActionPack(_Started):
    """Arguments of oraclepack_taskify_run_action_pack."""

    file_path: PackName

    def value(self) -> RunOptions:
        """The options as the domain knows them; an action pack has as many steps as it needs."""
        return replace(self.options(self.file_path), step_count="any")


class ListRuns(Arguments):
    """Arguments of oraclepack_list_runs."""

    pack: Annotated[str | None, Field(min_length=1, max_length=4096, description="Only runs of this pack.")] = None
    status: Annotated[
        Literal["queued", "running", "success", "failed", "cancelled", "timed_out", "interrupted"] | None,
        Field(description="Only runs with this status."),
    ] = None
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=200, description="Runs on a page.")] = 50


class GetRun(Arguments):
    """Arguments of oraclepack_get_run."""

    run_id: RunId
    wait_s: Annotated[float, Field(ge=0, le=30, description="Seconds to wait for the run to end.")] = 0


class ReadLog(Arguments):
    """Arguments of oraclepack_read_log."""

    run_id: RunId
    step_id: Annotated[str, Field(pattern=r"^([0-9]{1,2}|prelude)$", description="Number of the step, or `prelude`.")]
    attempt: Annotated[int | None, Field(ge=1, le=1000, description="Which attempt; absent: the last.")] = None
    offset: Annotated[int, Field(ge=0, description="Byte to start at.")] = 0
    limit: Annotated[int, Field(ge=1, le=1_048_576, description="Bytes to return at most.")] = 65_536


class CancelRun(Arguments):
    """Arguments of oraclepack_cancel_run."""

    run_id: RunId
    reason: Annotated[str, Field(max_length=500, description="Why, for the record.")] = ""


class CallOracle(Arguments):
    """Arguments of oraclepack_call_oracle."""

    prompt: Annotated[str, Field(min_length=1, max_length=200_000, description="The question.")]
    files: Annotated[list[str], Field(max_length=50, description="Files to attach, inside the roots.")] = []
    url_name: Annotated[str | None, Field(max_length=60, description="Stored URL to send the question to.")] = None
    flags: Annotated[list[str], Field(max_length=50, description="Further allowed flags, one argument each.")] = []
    write_output: Annotated[
        str | None, Field(max_length=4096, description="File for the answer, in a writable root.")
    ] = None
    plan_token: Annotated[str | None, Field(max_length=4096, description="Token of a confirmation.")] = None

    def value(self) -> OracleCall:
        """The call as the domain knows it."""
        return OracleCall(self.prompt, tuple(self.files), self.url_name, tuple(self.flags), self.write_output)


class ResetState(Arguments):
    """Arguments of oraclepack_reset_state."""

    pack: PackName
    steps: Annotated[list[StepId], Field(max_length=99, description="Only these steps; empty for all.")] = []
    expected_sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 that the state file has to have now.")
    ] = None
