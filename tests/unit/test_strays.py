"""What a target leaves behind is ended, and nothing else."""

import subprocess
import sys
import time

import psutil
import pytest
from mcp_audit_harness.lab import strays

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

_DAEMON = """
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", sys.argv[1]], eval(sys.argv[2]))
    os._exit(0)
os.wait()
"""
_PROGRAM = """
import subprocess, sys
from mcp_audit_harness.lab import strays
strays.adopt_orphans()
subprocess.run([sys.executable, "-c", sys.argv[1], sys.argv[2], "{}"], check=True)
print(strays.end_strays("nobody"))
"""


def _alive(mark: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if mark in _words(process)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_daemon_is_known_by_the_environment_that_it_inherited() -> None:
    inherited = repr({strays.MARK: "one-run"})
    subprocess.run([sys.executable, "-c", _DAEMON, "stray-by-environment", inherited], check=True)
    subprocess.run([sys.executable, "-c", _DAEMON, "somebody-else", "{}"], check=True)
    try:
        for _ in range(100):
            if _alive("stray-by-environment") and _alive("somebody-else"):
                break
            time.sleep(0.02)
        assert strays.end_strays("one-run") == 1
        assert _alive("stray-by-environment") == []
        assert len(_alive("somebody-else")) == 1
    finally:
        for process in _alive("somebody-else"):
            process.kill()


def test_a_program_that_adopts_orphans_ends_daemons_without_an_environment_too() -> None:
    words = [sys.executable, "-c", _PROGRAM, _DAEMON, "stray-without-environment"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert _alive("stray-without-environment") == []
