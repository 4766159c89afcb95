"""Calling the `oracle` program directly: arguments only, no shell, files by the rules for all files."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.flags import URL_FLAG
from oraclepack_mcp.overrides.validation import check_flags
from oraclepack_mcp.runs.environment import ORACLE, tool_links
from oraclepack_mcp.runs.execution import Execution
from oraclepack_mcp.runs.executor import RunEnd
from oraclepack_mcp.runs.handles import log_uri, new_run_id
from oraclepack_mcp.runs.host import Host
from oraclepack_mcp.runs.log_ring import read_log
from oraclepack_mcp.runs.model import OracleCall, OracleResult, PackRef, RunModel, RunStep
from oraclepack_mcp.runs.owners import Owner
from oraclepack_mcp.runs.places import run_directory
from oraclepack_mcp.runs.preparation import Preparation
from oraclepack_mcp.runs.process import MAX_CODE_BYTES, Command, Ending
from oraclepack_mcp.runs.recorder import Recorder, StepEnd, count, now_text
from oraclepack_mcp.runs.script_runner import ScriptRunner
from oraclepack_mcp.runs.stopping import StopRequest
from oraclepack_mcp.runs.store import Claim
from oraclepack_mcp.security.roots import Location, Roots, open_file
from oraclepack_mcp.security.writing import require_writable, write_file

STEP_ID: Final = "01"
"""A single call is recorded as a run of one step."""
TEXT_BYTES: Final = 32_000
"""Bytes of output that an answer shows."""
_ANSWER_BYTES: Final = 4 * 1024 * 1024
_PACK_ID: Final = "oracle"


def _unheard(_done: int, _total: int, _message: str) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    call: OracleCall
    url: str | None
    files: list[str]
    output: Location | None
    directory: Location


@dataclass(frozen=True, slots=True)
class OracleCaller:
    """Calls the program that the operator names `oracle`, or the one on PATH."""

    roots: Roots
    preparation: Preparation
    host: Host

    def call(self, call: OracleCall, principal: str) -> OracleResult:
        """Ask one question; a program that fails is an answer, not an error.

        Raises:
            DomainError: as `RunService.call_oracle`.
        """
        prepared = self._prepare(call)
        run = _new_run(call)
        claim = Claim(prepared.directory.id, run.run_id, principal, Owner.myself())
        self.host.store.claim(run, claim, self.host.settings.max_runs)
        answers: list[OracleResult | DomainError] = []

        def work(recorder: Recorder, stop: StopRequest) -> RunEnd:
            end, answer = self._work(prepared, recorder, stop)
            answers.append(answer)
            return end

        Execution(self.host, run, _unheard, ExitStack()).conclude(work)
        answer = answers[0] if answers else self._failure(run.run_id)
        if isinstance(answer, DomainError):
            raise answer
        return answer

    def run_argv(self, argv: list[str]) -> tuple[int, str, str]:
        """Run a program; both its streams come as the first of the two texts.

        Raises:
            DomainError: as `RunService.run_argv`.
        """
        self.preparation.require_execution()
        directory = run_directory(self.roots, None, self.preparation.workdir)
        pieces: list[bytes] = []
        with self._scratch(directory) as runner:
            command = _located(runner, argv)
            limit_s = self.host.settings.step_timeout_s
            ending = runner.launcher.run(
                Command(command, directory, runner.environment, runner.mark, limit_s),
                lambda piece: _keep_tail(pieces, piece),
                lambda: False,
            )
        text = runner.masker.data(b"".join(pieces)).decode("utf-8", "replace")
        if ending.cause != "exit":
            raise DomainError("TIMEOUT", f"{argv[0]} did not end within {limit_s:g} s")
        return _code(ending), text, ""

    def _prepare(self, call: OracleCall) -> _Prepared:
        self.preparation.require_execution()
        errors = list(check_flags(call.flags, allow_reaching=False))
        if errors:
            raise DomainError("OVERRIDE_INVALID", f"{errors[0].command}: {errors[0].message}")
        _require_argument(call.prompt)
        output = None if call.write_output is None else self.roots.locate(call.write_output)
        if output is not None:
            require_writable(output)
        return _Prepared(
            call=call,
            url=self.preparation.surroundings.resolve_url(call.url_name, None),
            files=[_existing(self.roots.locate(path)) for path in call.files],
            output=output,
            directory=run_directory(self.roots, None, self.preparation.workdir),
        )

    def _work(
        self, prepared: _Prepared, recorder: Recorder, stop: StopRequest
    ) -> tuple[RunEnd, OracleResult | DomainError]:
        settings = self.host.settings
        runner = self.host.runner(recorder.run.run_id, prepared.directory, ".", tool_links(settings, None))
        argv = _located(runner, _arguments(prepared, runner))
        runner.record(argv)
        limit_s = min(settings.step_timeout_s, settings.run_timeout_s)
        stop.begin(limit_s)
        recorder.begin()
        recorder.attempt(STEP_ID, 1)
        ending = runner.run(STEP_ID, 1, argv, limit_s, stop.is_asked)
        refusal = _refusal(ending, stop, limit_s)
        error = refusal.sentence if refusal else f"exit status {_code(ending)}" if _code(ending) else ""
        recorder.ended(STEP_ID, StepEnd("failed" if error else "success", error, ending.exit_code, ending.signal))
        if refusal is not None:
            return RunEnd("timed_out" if refusal.code == "TIMEOUT" else "cancelled", error), refusal
        result = OracleResult(
            run_id=runner.run_id,
            exit_code=ending.exit_code,
            output_path=_keep_answer(prepared, runner),
            text=_tail(runner),
            log_uri=log_uri(runner.run_id, STEP_ID),
        )
        return RunEnd("failed" if error else "success", error or "the question was answered"), result

    def _failure(self, run_id: str) -> DomainError:
        return DomainError("TOOL_MISSING", self.host.store.get(run_id).exit_reason, {"run_id": run_id})

    @contextmanager
    def _scratch(self, directory: Location) -> Iterator[ScriptRunner]:
        runner = self.host.runner(new_run_id(), directory, ".", tool_links(self.host.settings, None))
        try:
            yield runner
        finally:
            shutil.rmtree(runner.files.directory, ignore_errors=True)


def _require_argument(prompt: str) -> None:
    try:
        raw = prompt.encode()
    except UnicodeEncodeError:
        raise DomainError("INVALID_ARGUMENT", "the prompt holds half of a surrogate pair") from None
    if b"\0" in raw or len(raw) > MAX_CODE_BYTES:
        raise DomainError("INVALID_ARGUMENT", f"a prompt has no NUL and at most {MAX_CODE_BYTES} bytes")


def _new_run(call: OracleCall) -> RunModel:
    steps = [RunStep(STEP_ID, "pending")]
    return RunModel(
        run_id=new_run_id(),
        pack=PackRef(_PACK_ID, "", sha256(call.prompt.encode()).hexdigest()),
        status="queued",
        mode="all",
        selected=[STEP_ID],
        counts=count(steps),
        current_step=None,
        steps=steps,
        not_run=[],
        warnings=[],
        created_at=now_text(),
        started_at=None,
        ended_at=None,
        exit_reason="",
        state_uri="",
        report_uri="",
    )


def _arguments(prepared: _Prepared, runner: ScriptRunner) -> list[str]:
    url = [URL_FLAG, prepared.url] if prepared.url else []
    output = ["--write-output", str(runner.files.answer)] if prepared.output else []
    files = [argument for path in prepared.files for argument in ("-f", path)]
    return [ORACLE, *prepared.call.flags, *url, *output, *files, "-p", prepared.call.prompt]


def _located(runner: ScriptRunner, argv: list[str]) -> tuple[bytes, ...]:
    """The command with the whole path of its program, behind the operator's prefix."""
    program = shutil.which(argv[0], path=runner.environment["PATH"])
    if program is None:
        raise DomainError("TOOL_MISSING", f"there is no program {argv[0][:40]!r} for packs on this machine")
    words = (*runner.settings.runner_prefix, program, *argv[1:])
    return tuple(word.encode("utf-8", "surrogateescape") for word in words)


def _existing(location: Location) -> str:
    with open_file(location):
        return os.fspath(location.root.real_path.joinpath(*location.parts))


def _keep_answer(prepared: _Prepared, runner: ScriptRunner) -> str | None:
    """Move the answer from the private directory to its place; None where the program wrote none."""
    if prepared.output is None or not runner.files.answer.is_file():
        return None
    with runner.files.answer.open("rb") as file:
        data = file.read(_ANSWER_BYTES + 1)
    if len(data) > _ANSWER_BYTES:
        raise DomainError("TOO_LARGE", f"the answer is larger than {_ANSWER_BYTES} bytes")
    write_file(prepared.output, runner.masker.data(data))
    return prepared.output.id


def _tail(runner: ScriptRunner) -> str:
    log = runner.files.log(STEP_ID, 1)
    written = read_log(log, 0, 1).written
    return read_log(log, max(0, written - TEXT_BYTES), TEXT_BYTES).text


def _refusal(ending: Ending, stop: StopRequest, limit_s: float) -> DomainError | None:
    if ending.cause == "stop":
        return DomainError("CANCELLED", f"cancelled: {stop.reason()}")
    if ending.cause == "timeout":
        return DomainError("TIMEOUT", f"the program did not answer within {limit_s:g} s")
    return None


def _code(ending: Ending) -> int:
    """The exit code as a shell would give it for a program that died of a signal."""
    return 128 if ending.exit_code is None else ending.exit_code


def _keep_tail(pieces: list[bytes], piece: bytes) -> None:
    pieces.append(piece)
    while sum(map(len, pieces)) - len(pieces[0]) > TEXT_BYTES:
        del pieces[0]
