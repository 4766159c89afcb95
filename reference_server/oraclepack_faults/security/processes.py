"""Weaknesses of running programs: what they inherit, how they end, and what is kept of what they say."""

from collections.abc import Callable
from typing import Any

from oraclepack_mcp.runs.log_ring import LogWriter

from oraclepack_faults.fault import both, replaces

Function = Callable[..., Any]


@replaces("oraclepack/s19-hands-on-everything", "security", "oraclepack_mcp.runs.host.script_environment")
def hands_on_everything(environment: Function) -> Function:
    """Scripts inherit the whole environment of the server."""
    return lambda settings, inherited, **more: {**inherited, **environment(settings, inherited, **more)}


@replaces("oraclepack/s20-login-shell", "security", "oraclepack_mcp.runs.script_runner.shell_argv")
def login_shell(shell_argv: Function) -> Function:
    """Scripts run in a login shell, which reads the profile of whoever runs the server."""
    return lambda code, **how: shell_argv(code, **{**how, "login": True})


@replaces("oraclepack/s21-ends-one-process", "security", "oraclepack_mcp.runs.reaper.members")
def _only_the_leader(members: Function) -> Function:
    """At a limit the shell is killed, and what it started goes on."""
    return lambda leader, mark: {leader} & members(leader, mark)


@replaces("oraclepack/s21-ends-one-process", "security", "oraclepack_mcp.runs.reaper.send")
def _not_to_the_group(send: Function) -> Function:
    """At a limit the shell is killed, and what it started goes on."""
    return lambda _, pids, number: send(0, pids, number)


ends_one_process = both(_only_the_leader, _not_to_the_group)


@replaces("oraclepack/s22-collects-and-keeps-the-head", "security", "oraclepack_mcp.runs.log_ring.LogWriter.write")
def _collects(_: Function) -> Function:
    """All output is held in memory until the end, and what is too long loses its end."""

    def write(self: Any, data: bytes) -> None:
        self.__dict__.setdefault("held", []).append(data)

    return write


@replaces("oraclepack/s22-collects-and-keeps-the-head", "security", "oraclepack_mcp.runs.log_ring.LogWriter.__exit__")
def _keeps_the_head(leave: Function) -> Function:
    """All output is held in memory until the end, and what is too long loses its end."""

    def leaving(self: Any, *error: object) -> None:
        self._put(b"".join(self.__dict__.get("held", []))[: self._capacity])
        leave(self, *error)

    return leaving


collects_and_keeps_the_head = both(_collects, _keeps_the_head)


@replaces("oraclepack/s23-drops-output-at-limit", "security", "oraclepack_mcp.runs.script_runner.ScriptRunner.run")
def drops_output_at_limit(run: Function) -> Function:
    """What a script has said is thrown away when its time is over."""

    def running(self: Any, step_id: str, attempt: int, *rest: Any) -> Any:
        ending = run(self, step_id, attempt, *rest)
        if ending.cause == "timeout":
            log = self.files.log(step_id, attempt)
            log.unlink()
            LogWriter(log, self.settings.log_bytes).__exit__()
        return ending

    return running
