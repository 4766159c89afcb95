"""Weaknesses of turning packs and options into scripts and places."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from oraclepack_mcp.overrides.scan import scan_invocations
from oraclepack_mcp.runs.places import Outputs

from oraclepack_faults.fault import both, replaces

Function = Callable[..., Any]


@replaces("oraclepack/s14-flags-unquoted", "security", "oraclepack_mcp.overrides.flags._word")
def _as_it_is(_: Function) -> Function:
    """Flags go into the text of scripts as they are."""
    return lambda flag: flag


@replaces("oraclepack/s14-flags-unquoted", "security", "oraclepack_mcp.overrides.validation._is_plain")
def _any_value(_: Function) -> Function:
    """Flags go into the text of scripts as they are."""
    return lambda _: True


flags_unquoted = both(_as_it_is, _any_value)


@replaces("oraclepack/s14-urls-unquoted", "security", "oraclepack_mcp.overrides.flags._word")
def _url_as_it_is(_: Function) -> Function:
    """URLs are stored if they begin like one, and go into the text of scripts as they are."""
    return lambda flag: flag


@replaces("oraclepack/s14-urls-unquoted", "security", "oraclepack_mcp.urls.book.check_url")
def _any_url(_: Function) -> Function:
    """URLs are stored if they begin like one, and go into the text of scripts as they are."""
    return lambda *_: None


urls_unquoted = both(_url_as_it_is, _any_url)


@replaces("oraclepack/s15-dry-run-in-a-shell", "security", "oraclepack_mcp.overrides.book.try_calls")
def dry_run_in_a_shell(_: Function) -> Function:
    """A trial of overrides gives the text of each call to a shell."""

    def tried(step_id: str, code: str, flags: list[str], run: Function) -> tuple[int, list[Any]]:
        calls = [f"{call.raw} {' '.join(flags)} --dry-run summary" for call in scan_invocations(code)]
        for call in calls:
            run(["bash", "-c", call])
        return len(calls), []

    return tried


@replaces("oraclepack/s16-sanitizes-unasked", "security", "oraclepack_mcp.runs.preparation._script")
def sanitizes_unasked(script: Function) -> Function:
    """Bare words on a line of their own are turned into an echo of themselves, asked for or not."""
    return lambda step_id, code, options, path: script(step_id, code, replace(options, sanitize="legacy"), path)


@replaces(
    "oraclepack/s17-directories-anywhere",
    "security",
    "oraclepack_mcp.runs.plan.output_directory",
    "oraclepack_mcp.runs.preparation.output_directory",
)
def directories_anywhere(_: Function) -> Function:
    """The output directory is made wherever its path leads."""

    def made(workspace: Any, text: str) -> Any:
        home = workspace.directory.root.real_path.joinpath(*workspace.directory.parts)
        home.joinpath(os.path.expandvars(text)).mkdir(parents=True, exist_ok=True)
        return workspace.directory

    return made


@replaces(
    "oraclepack/s17-answers-anywhere",
    "security",
    "oraclepack_mcp.runs.plan.step_outputs",
    "oraclepack_mcp.runs.preparation.step_outputs",
)
def answers_anywhere(_: Function) -> Function:
    """Where steps say that they write their answers is not looked at."""
    return lambda *_: Outputs([], [])


@replaces(
    "oraclepack/s18-directories-first",
    "security",
    "oraclepack_mcp.runs.plan.Planner._survey",
    "oraclepack_mcp.runs.preparation.Preparation.check",
)
def directories_first(part: Function) -> Function:
    """The output directory is made before anything is checked."""

    def after_making(self: Any, options: Any, *rest: Any) -> Any:
        home = self.workdir.root.real_path.joinpath(*self.workdir.parts)
        home.joinpath(options.out_dir or ".").mkdir(parents=True, exist_ok=True)
        return part(self, options, *rest)

    return after_making


@replaces("oraclepack/s32-two-parsers", "security", "oraclepack_mcp.runs.preparation.parse_pack")
def two_parsers(parse: Function) -> Function:
    """What runs is read by other rules than what is shown: from the last block, with the line ends as they are."""

    def read(raw: bytes, name: str = "") -> Any:
        return parse(raw[max(raw.rfind(b"```bash\n"), 0) :].replace(b"\r\n", b"\r\r\n"), name=name)

    return read


@replaces("oraclepack/s35-code-as-options", "security", "oraclepack_mcp.runs.script_runner.shell_argv")
def code_as_options(shell_argv: Function) -> Function:
    """Nothing keeps the shell from taking code that starts with a dash for options."""
    return lambda code, **how: tuple(word for word in shell_argv(code, **how) if word != b"--")


@replaces("oraclepack/s35-names-as-options", "security", "oraclepack_mcp.runs.oracle_call._existing")
def names_as_options(existing: Function) -> Function:
    """Files are attached by their relative names, which may start with a dash."""
    return lambda location: existing(location) and location.path
