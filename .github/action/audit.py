"""Runs mcp-audit by the inputs of the action, which come as variables, and writes outputs and the job's summary.

It ends with 0 whatever was found, so that the findings can be uploaded first; the exit code is an output.
"""

import json
import os
import secrets
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

FORMATS = "console,json,markdown,html,sarif,junit,summary,badge"
USAGE = 2


def main() -> None:
    """Audit, then say how it went."""
    out = Path(given("OUT") or ".mcp-audit")
    (out / "report.json").unlink(missing_ok=True)
    try:
        words = command(out)
    except ValueError as error:
        sys.stderr.write(f"::error title=mcp-audit::{error}\n")
        code = USAGE
    else:
        code = audited(words)
    report = read(out / "report.json")
    overall = (report.get("scores") or {}).get("overall") or {}
    tell("exit-code", code)
    tell("score", overall.get("score", ""))
    tell("grade", overall.get("grade", ""))
    tell("findings", len(report["findings"]) if report else "")
    tell("report", out if report else "")
    tell("sarif", out / "report.sarif" if report else "")
    if report:
        append("GITHUB_STEP_SUMMARY", (out / "summary.md").read_text(encoding="utf-8") + "\n")


def given(name: str) -> str:
    """Return an input without the white space around it."""
    return os.environ.get(name, "").strip()


def command(out: Path) -> list[str]:
    """Return the command line; raises ValueError for inputs that do not go together."""
    target, stdio, source = given("TARGET"), shlex.split(given("COMMAND")), given("SOURCE")
    if target and stdio:
        raise ValueError("give a target or a command, not both")
    if not (target or stdio or source):
        raise ValueError("give a target (URL), a command (stdio) or a source (directory)")
    words = ["--format", FORMATS, "--out", str(out), "--fail-on", given("FAIL_ON") or "high"]
    words += ["--baseline", given("BASELINE")] if given("BASELINE") else []
    more = shlex.split(given("EXTRA_ARGS"))
    program = [str(Path(sys.executable).with_name("mcp-audit"))]
    if not (target or stdio):
        return [*program, "source", source, *words, *more]
    words += ["--profile", given("PROFILE") or "standard", *(["--source", source] if source else []), *more]
    return [*program, "run", *([target] if target else []), *words, *(["--", *stdio] if stdio else [])]


def audited(words: list[str]) -> int:
    """Return the exit code of a run whose output the runner takes no orders from (`::error::` and the like)."""
    token = secrets.token_hex(16)
    sys.stdout.write(f"{shlex.join(words)}\n::stop-commands::{token}\n")
    sys.stdout.flush()
    try:
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)  # noqa: S603
        return done.returncode
    finally:
        sys.stdout.write(f"\n::{token}::\n")
        sys.stdout.flush()


def read(path: Path) -> dict[str, Any]:
    """Return the report; nothing where there is none."""
    if not path.is_file():
        return {}
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def tell(name: str, value: object) -> None:
    """Write an output; one line each."""
    append("GITHUB_OUTPUT", f"{name}={' '.join(str(value).splitlines())}\n")


def append(variable: str, text: str) -> None:
    """Append to the file that the runner reads."""
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
