"""A server over stdio under load: one process that several clients share, their requests told apart by id.

All of it waits by gevent. The child leads a process group of its own, so that what it starts ends with it.
"""

import contextlib
import os
import signal
from collections import deque
from typing import Any, Final

import gevent
import msgspec
from gevent import Greenlet
from gevent.event import AsyncResult, Event
from gevent.os import make_nonblocking, nb_read, nb_write
from gevent.subprocess import PIPE, Popen, TimeoutExpired

from ..plan import Plan
from .answers import excerpt, failure
from .ledger import Failure
from .messages import Request

LINE_BYTES: Final = 16 << 20
_CHUNK: Final = 1 << 16
_STDERR_KEPT: Final = 4 << 10
_UNREAD_BYTES: Final = 4 << 20
"""Written for a child that does not read; beyond it nothing more is."""
_TERM_GRACE_S: Final = 2.0
_KILL_WAIT_S: Final = 5.0
_METHOD_NOT_FOUND: Final = -32601


class _Envelope(msgspec.Struct):
    id: Any = None
    method: Any = None


_open = msgspec.json.Decoder(_Envelope).decode


class ChildError(Exception):
    """The child cannot be started, took no request or gave no whole answer."""


class Child:
    """One running server; `stop` has to be called, and leaves no process behind."""

    def __init__(self, plan: Plan) -> None:
        """Start the plan's command.

        Raises:
            ChildError: if it cannot be started.
        """
        try:
            self._process: Popen[bytes] = Popen(
                plan.argv,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                bufsize=0,
                env={**os.environ, **dict(plan.env)},
                cwd=plan.cwd,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise ChildError(f"cannot start {plan.argv[0]}: {error}") from error
        self.pid: int = self._process.pid
        self.said = bytearray()
        """The end of what it wrote to its standard error."""
        self._ids = 0
        self._asked: dict[int, AsyncResult[bytes]] = {}
        self._unwritten: deque[bytes] = deque()
        self._unwritten_bytes = 0
        self._to_write = Event()
        self._gone = ""
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, self._stdout, self._stderr = (pipe for pipe in pipes if pipe is not None)
        for pipe in (self._stdin, self._stdout, self._stderr):
            make_nonblocking(pipe.fileno())
        self._writer: Greenlet[[int], None] = gevent.spawn(self._write, self._stdin.fileno())
        self._readers: tuple[Greenlet[[int], None], ...] = (
            gevent.spawn(self._read, self._stdout.fileno()),
            gevent.spawn(self._drain, self._stderr.fileno()),
        )

    @property
    def gone(self) -> str:
        """Why it takes no more requests; empty while it does."""
        return self._gone

    def ask(self, request: Request, timeout_s: float) -> Failure | None:
        """Send a request, wait for its answer, and return how that fails; None: it does not."""
        self._ids += 1
        identity = self._ids
        answer = self._asked[identity] = AsyncResult()
        try:
            self._send(request.body(identity))
            message = answer.get(timeout=timeout_s) or b""
        except gevent.Timeout:
            return ("timeout", f"{timeout_s:g} s", "")
        except ChildError as error:
            return ("transport", str(error), excerpt(bytes(self.said)))
        finally:
            self._asked.pop(identity, None)
        return failure(message, identity, request.method)

    def tell(self, notification: Request) -> None:
        """Send a notification, unless the child is gone."""
        with contextlib.suppress(ChildError):
            self._send(notification.before)

    def stop(self, grace_s: float) -> None:
        """End the child: its input first, after `grace_s` by SIGTERM and SIGKILL, with all that it started."""
        self._give_up("was stopped")
        self._writer.kill()
        with contextlib.suppress(OSError):
            self._stdin.close()
        for number, patience_s in ((None, grace_s), (signal.SIGTERM, _TERM_GRACE_S), (signal.SIGKILL, _KILL_WAIT_S)):
            if number is not None:
                self._signal_group(number)
            with contextlib.suppress(TimeoutExpired):
                self._process.wait(timeout=patience_s)
                break
        self._signal_group(signal.SIGKILL)
        gevent.killall(self._readers)
        self._stdout.close()
        self._stderr.close()

    def _send(self, message: bytes) -> None:
        if self._gone:
            raise ChildError(self._gone)
        if self._unwritten_bytes and self._unwritten_bytes + len(message) > _UNREAD_BYTES:
            raise ChildError("does not read its input")
        self._unwritten.append(message + b"\n")
        self._unwritten_bytes += len(message) + 1
        self._to_write.set()

    def _write(self, descriptor: int) -> None:
        """Write whole lines one after another, however long the child takes to read them."""
        while self._to_write.wait():
            while self._unwritten:
                line = memoryview(self._unwritten[0])
                try:
                    while line:
                        line = line[nb_write(descriptor, line) :]
                except OSError:
                    self._give_up("closed its input")
                    return
                self._unwritten_bytes -= len(self._unwritten.popleft())
            self._to_write.clear()

    def _read(self, descriptor: int) -> None:
        left = bytearray()
        while chunk := _chunk(descriptor):
            left += chunk
            if b"\n" in chunk:
                *lines, rest = bytes(left).split(b"\n")
                left = bytearray(rest)
                for line in lines:
                    self._take(line)
            if len(left) > LINE_BYTES:
                self._give_up(f"wrote a line of more than {LINE_BYTES} bytes")
                return
        self._give_up("ended")

    def _drain(self, descriptor: int) -> None:
        while chunk := _chunk(descriptor):
            self.said += chunk
            del self.said[:-_STDERR_KEPT]

    def _take(self, line: bytes) -> None:
        """Hand an answer to whoever asked; a line that is no message is passed over, as clients do."""
        try:
            message = _open(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if message.method is not None:
            if message.id is not None:
                with contextlib.suppress(ChildError):
                    self._send(_reply(message))
        elif type(message.id) is int and message.id in self._asked:
            self._asked[message.id].set(line)

    def _give_up(self, why: str) -> None:
        if self._gone:
            return
        self._gone = why
        for asked in list(self._asked.values()):
            asked.set_exception(ChildError(why))

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)


def _reply(request: _Envelope) -> bytes:
    """Answer what the server asks of a client that can do nothing for it."""
    refused = {"code": _METHOD_NOT_FOUND, "message": "not supported"}
    outcome = {"result": {}} if request.method == "ping" else {"error": refused}
    return msgspec.json.encode({"jsonrpc": "2.0", "id": request.id, **outcome})


def _chunk(descriptor: int) -> bytes:
    try:
        return bytes(nb_read(descriptor, _CHUNK))
    except OSError:
        return b""
