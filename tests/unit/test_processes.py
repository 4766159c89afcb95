"""The process view: what a child of ours holds, and who listens on a port."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from mcp_audit_harness.errors import TargetError
from mcp_audit_harness.lab.processes import listening, reading

LISTENS = """
import socket, sys, threading
server = socket.create_server(("127.0.0.1", 0))
kept = []
for line in sys.stdin if print(server.getsockname()[1], flush=True) is None else ():
    kept.append(bytearray(b"x") * 30_000_000)
    kept.append([open("/dev/null") for _ in range(20)])
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    print("done", flush=True)
"""


@pytest.fixture
def child() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", LISTENS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.skipif(sys.platform == "win32", reason="files are counted otherwise")
def test_a_reading_shows_what_a_process_takes(child: "subprocess.Popen[str]") -> None:
    said(child)
    before = reading((child.pid,))
    assert child.stdin is not None
    child.stdin.write("take\n")
    child.stdin.flush()
    said(child)
    after = reading((child.pid,))
    assert (after.pid, after.processes) == (child.pid, 1)
    assert after.rss_bytes - before.rss_bytes > 25_000_000
    assert after.handles - before.handles >= 20
    assert after.threads - before.threads == 1


def test_who_listens_on_a_port_is_found(child: "subprocess.Popen[str]") -> None:
    assert listening(int(said(child))) == (child.pid,)


def test_no_target_is_the_auditor_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(TargetError, match="own process"):
        listening(server.getsockname()[1])


def test_a_port_on_which_nobody_listens_has_no_process() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with pytest.raises(TargetError, match="no process"):
            listening(reserved.getsockname()[1])


def test_an_ended_process_cannot_be_read(child: "subprocess.Popen[str]") -> None:
    child.kill()
    child.wait()
    with pytest.raises(TargetError, match="cannot be looked into"):
        reading((child.pid,))


_WORKERS = """
import os, socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
children = []
for _ in range(2):
    if (child := os.fork()) == 0:
        time.sleep(600)
    children.append(child)
print(listener.getsockname()[1], os.getpid(), *children, flush=True)
sys.stdin.read()
for child in children:
    os.kill(child, 9)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_workers_that_share_one_socket_are_seen_together_with_their_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", _WORKERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        port, pid, *children = map(int, parent.stdout.readline().split())
        roots = listening(port)
        assert roots == (pid,)
        assert reading(roots).processes == 1 + len(children)
        parent.communicate()
