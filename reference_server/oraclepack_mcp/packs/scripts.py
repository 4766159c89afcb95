"""The runner's checks of script text: orphan flags (B-01) and bash syntax (B-02), in the original's order (B-03)."""

import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from oraclepack_mcp.packs.findings import capped
from oraclepack_mcp.packs.model import Finding, Pack
from oraclepack_mcp.packs.text import BLANK, displayable, encode, go_trim, is_comment
from oraclepack_mcp.remembered import Remembered

SYNTAX_SECONDS: Final = 5
"""Seconds that bash may take to read one script."""
PACK_SECONDS: Final = 20
"""Seconds that bash may take to read all scripts of a pack; those that are left then are not read."""
SYNTAX_BYTES: Final = 512 * 1024 * 1024
"""Address space of bash while it reads."""

_ORPHAN: Final = re.compile(rf"{BLANK}*(-p|--prompt)(?:{BLANK}.*)?\Z", re.DOTALL)
_ORPHAN_MESSAGE: Final = "Orphaned flag without a preceding command or line continuation"
_LINE: Final = re.compile(r"line ([0-9]+)")
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}
_answers: Final = Remembered[tuple[object, ...], tuple[int, str]](1024 * 1024)
"""What bash said of a script, by the file of bash and the hash of the script; in characters."""
_LEAST: Final = 256
"""Characters that an answer counts at least."""


def check_scripts(pack: Pack) -> list[Finding]:
    """Every finding in the scripts of a pack; nothing is run, bash only reads.

    Where bash is missing, one warning stands in for the syntax checks.
    """
    bash = shutil.which("bash")
    reader = _Reader.of(bash, time.monotonic() + PACK_SECONDS) if bash else None
    findings = capped(_script_findings(pack, reader))
    if bash is None:
        findings.append(Finding("TOOL_MISSING", "warning", "B-02", "bash is not on PATH, so syntax was not checked"))
    return findings


def _script_findings(pack: Pack, reader: "_Reader | None") -> Iterator[Finding]:
    yield from _orphans(pack.prelude.code or "", None, pack.prelude.first_line)
    for step in pack.steps:
        yield from _orphans(step.code or "", step.id, step.first_line)
        yield from _syntax(reader, step.code or "", step.id, step.first_line)
    yield from _syntax(reader, pack.prelude.code or "", None, pack.prelude.first_line)


def _orphans(code: str, step_id: str | None, first_line: int) -> Iterator[Finding]:
    continued = False
    for number, line in enumerate(code.split("\n"), start=1):
        found = _ORPHAN.match(line) if "-p" in line else None
        if found and not continued and not is_comment(line):
            yield Finding(
                code="ORPHAN_FLAG",
                severity="error",
                rule="B-01",
                message=_ORPHAN_MESSAGE,
                step_id=step_id,
                line=number,
                file_line=first_line + number - 1,
                token=found[1],
            )
        continued = line.rstrip("\t ").endswith("\\")


@dataclass(frozen=True, slots=True)
class _Reader:
    """bash, to read scripts with, until a moment of the monotonic clock."""

    bash: str
    deadline: float
    identity: tuple[object, ...]
    """What tells this bash from another that may take its place."""

    @classmethod
    def of(cls, bash: str, deadline: float) -> "_Reader":
        """bash at a path."""
        status = Path(bash).stat()
        return cls(bash, deadline, (bash, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))

    def read(self, code: str) -> tuple[int, str] | None:
        """The exit code for a script and what bash said; None where it needed too much time or memory.

        What the same bash said of the same script before is not asked again.
        """
        seconds = min(SYNTAX_SECONDS, self.deadline - time.monotonic())
        if seconds <= 0:
            return None
        name = (*self.identity, sha256(encode(code)).digest())
        known = _answers.get(name)
        if known is None and (known := self._ask(code, seconds)) is not None:
            _answers.put(name, known, max(len(known[1]), _LEAST))
        return known

    def _ask(self, code: str, seconds: float) -> tuple[int, str] | None:
        """Ask bash; the limits are set before any of the script is handed over."""
        with subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-n"],  # noqa: S607 - the executable is given in full below; the name appears in bash's messages
            executable=self.bash,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=_ENVIRONMENT,
        ) as process:
            try:
                _limit(process.pid, resource.RLIMIT_CPU, SYNTAX_SECONDS)
                _limit(process.pid, resource.RLIMIT_AS, SYNTAX_BYTES)
                _, said = process.communicate(encode(code), timeout=seconds)
            except subprocess.TimeoutExpired:
                return None
            finally:
                process.kill()
        text = displayable(go_trim(said.decode("utf-8", "surrogateescape")))
        return None if process.returncode < 0 else (process.returncode, text)


def _limit(pid: int, kind: int, most: int) -> None:
    """Lower a limit of a process, where the system lets one do that to another; one that is lower already stays."""
    if sys.platform != "linux":
        return
    _, hard = resource.prlimit(pid, kind)
    lowered = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.prlimit(pid, kind, (lowered, lowered))


def _syntax(reader: _Reader | None, code: str, step_id: str | None, first_line: int) -> Iterator[Finding]:
    if reader is None or not go_trim(code):
        return
    answer = reader.read(code)
    if answer is None:
        message = "bash used up its time or memory before it had read the script"
        yield Finding("SYNTAX_TIMEOUT", "error", "B-02", message, step_id=step_id)
        return
    exit_code, said = answer
    if exit_code:
        found = _LINE.search(said)
        line = int(found[1]) if found else 0
        yield Finding(
            code="SYNTAX_INVALID",
            severity="error",
            rule="B-02",
            message=said,
            step_id=step_id,
            line=line,
            file_line=first_line + max(line, 1) - 1,
        )
