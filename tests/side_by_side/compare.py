"""Both servers audited by every tool: `python -m tests.side_by_side.compare [--rivals DIR] [--write FILE]`.

DIR holds one virtual environment for each of the other tools, named as its package. All that is contacted is on
127.0.0.1.
"""

import argparse
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .defects import DEFECTS, Defect
from .doors import TOKEN
from .rivals import RIVALS, Place, Rival, Said, run, version

_HOME = Path(__file__).parents[2]
_PROGRAM = (sys.executable, "-c", "from mcp_audit_harness.cli import main; main()")
_BUDGET_S = 1200
"""For a machine that has other things to do; an audit takes a fraction of it."""
OPTIONS = ("--revision", "2025-11-25", "--call", "all", "--intrusive")


@dataclass(frozen=True, slots=True)
class Serving:
    """One of the two servers, running."""

    url: str
    root: Path
    launcher: Path


@contextmanager
def serving(which: str, *, with_token: bool = False) -> Iterator[Serving]:
    """Run a server as a process of its own, over a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="side-by-side-") as place:
        root = Path(place, "data", "notes")
        root.mkdir(parents=True)
        (root / "one.txt").write_text("A note about gardens.\n", encoding="utf-8")
        words = [sys.executable, "-m", "tests.side_by_side.serve", which, "--root", str(root)]
        launcher = Path(place, "start.sh")
        paths = os.pathsep.join(filter(None, [str(_HOME), os.environ.get("PYTHONPATH", "")]))
        launcher.write_text(f"#!/bin/sh\nPYTHONPATH={shlex.quote(paths)} exec {shlex.join(words)}\n", encoding="utf-8")
        launcher.chmod(0o755)
        port = _free_port()
        more = ["--port", str(port), *(["--with-token"] if with_token else [])]
        process = subprocess.Popen([*words, *more], cwd=_HOME, env={**os.environ, "PYTHONPATH": paths})
        try:
            _wait(port, process)
            yield Serving(f"http://127.0.0.1:{port}/mcp", root, launcher)
        finally:
            process.terminate()
            process.wait(10)


def ours(
    server: Serving, directory: Path, *, with_token: bool = False, only: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the findings of our own audit, with every check or only some."""
    words = [server.url, *OPTIONS, "--plant-dir", str(server.root), "--out", str(directory), "--quiet"]
    words += ["--budget", str(_BUDGET_S)]
    words += [word for name in only for word in ("--only", name)]
    environment = {**os.environ}
    if with_token:
        words += ["--bearer-env", "SIDE_BY_SIDE_TOKEN"]
        environment["SIDE_BY_SIDE_TOKEN"] = TOKEN
    done = subprocess.run([*_PROGRAM, *words], env=environment, capture_output=True, text=True, check=False)
    report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    errors = {f"{item['check']}: {item['reason']}" for item in report["results"] if item["status"] == "error"}
    if done.returncode not in {0, 1} or errors or not report["complete"]:
        raise RuntimeError(f"mcp-audit ended with {done.returncode}; {report['notes']}; {sorted(errors)}")
    return list(report["findings"])


def finds(defect: Defect, findings: Sequence[Mapping[str, Any]]) -> str:
    """Return the id of the check that found a defect; empty if none did."""
    for finding in findings:
        if finding["check"] in defect.ours and defect.subject in {"", finding["subject"]}:
            return str(finding["check"])
    return ""


@dataclass(frozen=True, slots=True)
class Audited:
    """What one tool said about each of the servers, open and with tokens."""

    vulnerable: Said
    correct: Said
    vulnerable_with_token: Said
    correct_with_token: Said

    def found(self, defect: Defect) -> bool:
        """Whether a line of the tool is about the defect."""
        said = self.vulnerable_with_token if defect.with_token else self.vulnerable
        return any(re.search(defect.theirs, line, re.IGNORECASE) for line in said.lines)


def our_findings() -> tuple[dict[str, list[dict[str, Any]]], float]:
    """Audit both servers, in both modes; returns findings by server and mode, and how long it took."""
    begun, found = time.monotonic(), {}
    for which in ("vulnerable", "correct"):
        for with_token in (False, True):
            with serving(which, with_token=with_token) as server, tempfile.TemporaryDirectory() as place:
                name = f"{which}-with-token" if with_token else which
                found[name] = ours(server, Path(place), with_token=with_token)
    return found, time.monotonic() - begun


def their_findings(rival: Rival, home: Path) -> Audited:
    """Run another tool at both servers, in both modes where it can show a token."""
    said = []
    for with_token in (False, True):
        for which in ("vulnerable", "correct"):
            if with_token and not rival.takes_token:
                said.append(Said((), 0.0, "takes no token"))
                continue
            with serving(which, with_token=with_token) as server, tempfile.TemporaryDirectory() as place:
                said.append(run(rival, home, Place(server.url, server.launcher, Path(place, "out"), with_token)))
    return Audited(*said)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def main() -> int:
    """Print or write the table; returns 1 if ours missed a defect or raised a false alarm."""
    from .page import page

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rivals", type=Path, help="where the other tools are installed")
    parser.add_argument("--write", type=Path, help="the file to write instead of printing")
    given = parser.parse_args()
    found, elapsed = our_findings()
    theirs: dict[str, tuple[str, Audited]] = {}
    for rival in RIVALS if given.rivals else ():
        installed = version(rival, given.rivals)
        if installed:
            sys.stderr.write(f"{rival.name} {installed}\n")
            theirs[rival.name] = installed, their_findings(rival, given.rivals)
    text = page(found, elapsed, theirs)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    missed = [defect.name for defect in DEFECTS if not _found_by_us(defect, found)]
    alarms = found["correct"] + found["correct-with-token"]
    sys.stderr.write(f"missed: {missed}\nfalse alarms: {[(item['check'], item['subject']) for item in alarms]}\n")
    return 1 if missed or alarms else 0


def _found_by_us(defect: Defect, found: Mapping[str, list[dict[str, Any]]]) -> str:
    return finds(defect, found["vulnerable-with-token" if defect.with_token else "vulnerable"])


if __name__ == "__main__":
    sys.exit(main())
