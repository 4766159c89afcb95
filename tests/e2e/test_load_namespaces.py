"""Generators on machines of their own, as far as one kernel can play that: each in a network namespace."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mcp_audit_harness.load.generator.peers import KEY_VARIABLE
from mcp_audit_harness.model import Revision

from tests.generating import PATIENCE_S, generator, plan_of

pytestmark = pytest.mark.e2e

MASTER, ONE, OTHER = (f"mcp-load-{os.getpid()}-{which}" for which in "abc")
PORT, BIND = 8000, 5557
_SERVER = f"""
import http.server, json, pathlib, sys
seen = pathlib.Path(sys.argv[1])
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def setup(self):
        super().setup()
        seen.joinpath(self.client_address[0]).touch()
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps({{"jsonrpc": "2.0", "id": message["id"], "result": {{}}}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("10.213.1.1", {PORT}), Handler)
print("listening", flush=True)
server.serve_forever()
"""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=PATIENCE_S)


def _inside(namespace: str) -> list[str]:
    return ["ip", "netns", "exec", namespace]


@pytest.fixture
def namespaces() -> Iterator[None]:
    """Make a namespace for the master and its target, and two more, each with a cable to it and to nothing else."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        pytest.skip("network namespaces need ip, and the rights of root")
    try:
        _ip("netns", "add", MASTER)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not permitted here: {error.stderr.decode().strip()}")
    try:
        _ip("-n", MASTER, "link", "set", "lo", "up")
        for number, name in enumerate((ONE, OTHER), 1):
            _ip("netns", "add", name)
            _ip("-n", MASTER, "link", "add", f"v{number}", "type", "veth", "peer", "name", "v0", "netns", name)
            for of, device, last in ((MASTER, f"v{number}", 1), (name, "v0", 2)):
                _ip("-n", of, "address", "add", f"10.213.{number}.{last}/30", "dev", device)
                _ip("-n", of, "link", "set", device, "up")
            _ip("-n", name, "route", "add", "default", "via", f"10.213.{number}.1")
        yield
    finally:
        for name in (MASTER, ONE, OTHER):
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True, timeout=PATIENCE_S)


@contextmanager
def _running(namespace: str, *command: str, key: str = "") -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*_inside(namespace), sys.executable, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, KEY_VARIABLE: key},
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def _worker(number: int, *hosts: str) -> list[str]:
    allowed = [part for host in hosts for part in ("--may-load", host)]
    module = "mcp_audit_harness.load.generator"
    return ["-m", module, "--worker", f"10.213.{number}.1", str(BIND), *allowed]


@pytest.mark.usefixtures("namespaces")
def test_workers_of_two_networks_load_a_target_that_each_of_them_was_allowed_to(tmp_path: Path) -> None:
    target = "10.213.1.1"
    plan = plan_of(
        f"http://{target}:{PORT}/mcp",
        rate=40,
        clients=4,
        revision=Revision.V2026_07_28,
        expect_workers=2,
        master_bind=("0.0.0.0", BIND),  # noqa: S104 - of a namespace that nothing else is in
    )
    with (
        _running(MASTER, "-c", _SERVER, str(tmp_path)) as server,
        generator(plan, {KEY_VARIABLE: "k"}, *_inside(MASTER)) as running,
        _running(ONE, *_worker(1, target), key="k") as one,
        _running(OTHER, *_worker(2, target), key="k") as other,
    ):
        assert server.stdout is not None
        assert server.stdout.readline() == "listening\n"
        done = running.finish()
        assert (one.wait(PATIENCE_S), other.wait(PATIENCE_S)) == (0, 0)
    assert {path.name for path in tmp_path.iterdir()} == {"10.213.1.2", "10.213.2.2"}
    assert (done.all.requests, done.errors, done.generator.lost) == (80, (), ())
    assert done.generator.processes == 2
