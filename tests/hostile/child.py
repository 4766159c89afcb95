"""Hostile stdio servers: `python child.py NAME MARK`; run as a script, so that it starts within milliseconds.

MARK stands in the command line of everything that is started here, so that a test can find what is left over.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = sys.argv[1] if len(sys.argv) > 1 else ""
SLEEPER = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def say(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def honest(message: dict[str, Any]) -> None:
    if "id" not in message or "method" not in message:
        return
    tool = {"name": "echo", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}
    results: dict[str, dict[str, Any]] = {
        "initialize": {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": NAME, "version": "1"},
        },
        "ping": {},
        "tools/list": {"tools": [tool]},
        "tools/call": {"content": [{"type": "text", "text": "an answer"}]},
    }
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
    method = message["method"]
    if method in results:
        reply["result"] = results[method]
    else:
        reply["error"] = {"code": -32601, "message": "Method not found"}
    say(json.dumps(reply).encode() + b"\n")


def serve() -> None:
    for line in sys.stdin.buffer:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict):
            honest(message)


def ignores_sigterm() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    serve()
    while True:
        time.sleep(60)


def stops_itself() -> None:
    if os.fork() == 0:
        time.sleep(0.3)
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(600)
    serve()


def _beside(action: Callable[[], None]) -> None:
    """Do something for ever in a process of the same group, and serve."""
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        action()
        os._exit(0)
    serve()


def floods_stderr() -> None:
    def flood() -> None:
        while True:
            os.write(2, b"\x1b[2J\x1b]0;owned\x07 stderr flood " * 2000 + b"\n")

    _beside(flood)


def floods_stdout_without_newlines() -> None:
    serve_one = sys.stdin.buffer.readline()
    honest(json.loads(serve_one))
    while True:
        say(b"x" * 65536)


def floods_lines() -> None:
    def flood() -> None:
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "n" * 200}}
        while True:
            os.write(1, json.dumps(note).encode() + b"\n")

    _beside(flood)


def floods_noise() -> None:
    def flood() -> None:
        while True:
            os.write(1, b"\x1b[2Jnoise\n" * 100)

    _beside(flood)


def floods_requests() -> None:
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if message.get("method") not in ("initialize", "notifications/initialized", None):
            for number in range(3000):
                asks = {"jsonrpc": "2.0", "id": f"q{number}", "method": "roots/list"}
                say(json.dumps(asks).encode() + b"\n")
        honest(message)


def _sleeper(**options: Any) -> None:
    subprocess.Popen([sys.executable, "-I", "-S", "-c", SLEEPER, *sys.argv[1:]], **options)


def leaves_grandchildren() -> None:
    for _ in range(3):
        _sleeper()
    serve()


def leaves_daemons() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            _sleeper(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os._exit(0)
    serve()


def leaves_daemons_on_the_pipes() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            _sleeper()
        os._exit(0)
    serve()


def leaves_daemons_without_environment() -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            _sleeper(env={}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os._exit(0)
    serve()


def writes_to_the_terminal() -> None:
    try:
        with Path("/dev/tty").open("wb", buffering=0) as terminal:
            terminal.write(b"\x1b[2J\x1b]0;owned-by-tty\x07")
    except OSError:
        pass
    serve()


def closes_stdout() -> None:
    honest(json.loads(sys.stdin.buffer.readline()))
    os.close(1)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def never_reads() -> None:
    while True:
        time.sleep(60)


def reads_once() -> None:
    honest(json.loads(sys.stdin.buffer.readline()))
    while True:
        time.sleep(60)


def dies_late() -> None:
    for number, line in enumerate(sys.stdin.buffer):
        honest(json.loads(line))
        if number > 4:
            os.kill(os.getpid(), signal.SIGSEGV)


def garbage() -> None:
    for line in sys.stdin.buffer:
        message = json.loads(line)
        say(b"\xff\xfe\x00\x1b[2J\x9b31m not json\r\n{" + b"[" * 100000 + b"\n\xe2\x80\xae\n")
        os.write(2, b"\x1b[2J\xff\xfe\x9b trouble \xe2\x80\xae\n")
        honest(message)


def speaks_without_end() -> None:
    honest(json.loads(sys.stdin.buffer.readline()))
    for line in sys.stdin.buffer:
        honest(json.loads(line))
        say(b'{"jsonrpc": "2.0", "method": "' + b"m" * 3_000_000 + b'"}\n')


SERVERS: dict[str, Callable[[], None]] = {
    name.replace("_", "-"): server
    for name, server in list(globals().items())
    if callable(server)
    and not name.startswith("_")
    and name not in {"say", "honest", "serve", "Callable", "Path", "Any"}
}

if __name__ == "__main__":
    SERVERS[NAME]()
