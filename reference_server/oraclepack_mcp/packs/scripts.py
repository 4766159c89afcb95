"""The runner's checks of script text: orphan flags (B-01) and bash syntax (B-02), in the original's order (B-03)."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

from oraclepack_mcp.packs.model import Finding, Pack
from oraclepack_mcp.packs.text import BLANK, displayable, encode, go_trim, is_comment

SYNTAX_SECONDS: Final = 5.0
"""Seconds that bash may take to read one script."""

_ORPHAN: Final = re.compile(rf"{BLANK}*(-p|--prompt)(?:{BLANK}.*)?\Z", re.DOTALL)
_ORPHAN_MESSAGE: Final = "Orphaned flag without a preceding command or line continuation"
_LINE: Final = re.compile(r"line ([0-9]+)")
_ENVIRONMENT: Final = {"LC_ALL": "C.UTF-8"}


def check_scripts(pack: Pack) -> list[Finding]:
    """Every finding in the scripts of a pack; nothing is run, bash only reads.

    Where bash is missing, one warning stands in for the syntax checks.
    """
    bash = shutil.which("bash")
    findings = list(_orphans(pack.prelude.code or "", None, pack.prelude.first_line))
    for step in pack.steps:
        findings += _orphans(step.code or "", step.id, step.first_line)
        findings += _syntax(bash, step.code or "", step.id, step.first_line)
    findings += _syntax(bash, pack.prelude.code or "", None, pack.prelude.first_line)
    if bash is None:
        findings.append(Finding("TOOL_MISSING", "warning", "B-02", "bash is not on PATH, so syntax was not checked"))
    return findings


def _orphans(code: str, step_id: str | None, first_line: int) -> Iterator[Finding]:
    continued = False
    for number, line in enumerate(code.split("\n"), start=1):
        found = _ORPHAN.match(line)
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


def _syntax(bash: str | None, code: str, step_id: str | None, first_line: int) -> Iterator[Finding]:
    if bash is None or not go_trim(code):
        return
    try:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-n"],  # noqa: S607 - the executable is given in full below; the name appears in bash's messages
            executable=bash,
            input=encode(code),
            capture_output=True,
            env=_ENVIRONMENT,
            timeout=SYNTAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"bash did not finish reading within {SYNTAX_SECONDS:g} s"
        yield Finding("SYNTAX_TIMEOUT", "error", "B-02", message, step_id=step_id)
        return
    if done.returncode:
        message = displayable(go_trim(done.stderr.decode("utf-8", "surrogateescape")))
        found = _LINE.search(message)
        line = int(found[1]) if found else 0
        yield Finding(
            code="SYNTAX_INVALID",
            severity="error",
            rule="B-02",
            message=message,
            step_id=step_id,
            line=line,
            file_line=first_line + max(line, 1) - 1,
        )
