# ruff: noqa: S101 - copied into tests
"""How emitted tests talk to a server that they start. Copied into each file of such tests."""

import json
import os
import queue
import shlex
import subprocess
import threading
import time
from dataclasses import replace
from typing import Any, Self

from .parts import Answer, Step

COMMAND = shlex.split(os.environ.get("MCP_COMMAND", ""))
TIMEOUT_S = 5.0
STARTS_IN_S = 30.0


class Conversation:
    """What is said to a process of its own."""

    def __init__(self, revision: str, control: Step) -> None:
        self.revision = revision
        self.control = control
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.asked = 0
        self.fresh = True
        self.patience = STARTS_IN_S

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)  # noqa: S603
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        assert self.process.stdout
        try:
            self.process.stdin.close()
            self.process.wait(2)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.reader.join(2)
        self.process.stdout.close()

    def replay(self, steps: list[Step]) -> list[Answer]:
        """Send all steps, one after the other, after a handshake where they bring none."""
        if self.fresh and self.revision < "2026-07-28" and not any(b'"initialize"' in step.body for step in steps[:1]):
            info = {"name": "replay", "version": "1"}
            params = {"protocolVersion": self.revision, "capabilities": {}, "clientInfo": info}
            hello = {"jsonrpc": "2.0", "id": "open", "method": "initialize", "params": params}
            opened = self.send(Step("LINE", json.dumps(hello).encode(), rpc_id="open"))
            assert opened.results, f"{COMMAND} does not answer initialize: {opened.told}"
            self._write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}')
        self.fresh = False
        return [self.send(step) for step in steps]

    def together(self, steps: list[Step]) -> list[Answer]:
        """Send all steps before any is answered."""
        answers = [Answer(step) for step in steps]
        for step in steps:
            self._write(step.body)
        for answer in answers:
            self._await(answer, answer.step.rpc_id, answers)
        return answers

    def is_answered(self) -> bool:
        """Whether the server answers an ordinary request."""
        return bool(self.send(self._asking()).results)

    def send(self, step: Step) -> Answer:
        """Send one step and read until it is answered; what has no answer is followed by an ordinary request."""
        answer, begun = Answer(step), time.monotonic()
        self._write(step.body)
        wanted = step.rpc_id
        if wanted is None:
            control = self._asking()
            wanted = control.rpc_id
            self._write(control.body)
        self._await(answer, wanted, [answer])
        self.patience = TIMEOUT_S
        answer.seconds = time.monotonic() - begun
        return answer

    def _asking(self) -> Step:
        """Return the control with an id of its own."""
        self.asked += 1
        message: dict[str, Any] = {**json.loads(self.control.body), "id": f"control-{self.asked}"}
        return replace(self.control, body=json.dumps(message).encode(), rpc_id=message["id"])

    def _await(self, answer: Answer, wanted: Any, answers: list[Answer]) -> None:
        deadline = time.monotonic() + self.patience
        while not any(item.get("id") == wanted for one in answers for item in one.responses):
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                answer.broke = "no answer"
                return
            if not line:
                answer.broke = "the server has ended"
                self.lines.put(b"")
                return
            self._take(line, answer, answers)
        if wanted != answer.step.rpc_id:
            answer.messages = [item for item in answer.messages if not _answers(item, wanted)]

    @staticmethod
    def _take(line: bytes, answer: Answer, answers: list[Answer]) -> None:
        text = line.decode("utf-8", "replace").strip()
        try:
            message = json.loads(text)
        except ValueError:
            answer.strays += [text] if text else []
            return
        own = [one for one in answers if isinstance(message, dict) and _answers(message, one.step.rpc_id)]
        (own[0] if own else answer).messages.append(message)

    def _write(self, line: bytes) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write(line + b"\n")
            self.process.stdin.flush()
        except OSError:
            return

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(b"")


def _answers(message: Any, rpc_id: Any) -> bool:
    return isinstance(message, dict) and "method" not in message and message.get("id") == rpc_id
