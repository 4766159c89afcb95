"""This machine as one of several generators: `mcp-audit load --worker HOST:PORT`."""

import subprocess
import sys
from collections.abc import Sequence

_MODULE = "mcp_audit_harness.load.generator"


def serve_worker(host: str, port: int, hosts: Sequence[str] = ()) -> int:
    """Serve one run of the master at HOST:PORT, then return the exit code: 0 after a run, 1 if there was none.

    The worker waits five minutes for its master. It starts no commands, and loads this machine and `hosts` only. Master
    and worker have to be given the same `MCP_AUDIT_LOAD_KEY` in their environment, if either has one. What the worker
    says goes to standard error.
    """
    allowed = [part for name in hosts for part in ("--may-load", name)]
    command = [sys.executable, "-m", _MODULE, "--worker", host, str(port), *allowed]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stderr) as process:  # noqa: S603 - our own module
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()
