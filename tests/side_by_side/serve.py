"""One of the two servers: `python -m tests.side_by_side.serve vulnerable|correct --root DIR`; stdio without a port."""

import argparse
import json
import sys
from pathlib import Path

import uvicorn

from tests.correct_server import Conversation, RefusalError, failure, parsed

from . import correct, vulnerable
from .doors import Guarded, Open
from .tools import Toolbox


def main() -> None:
    """Serve until the end of input, or until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=["vulnerable", "correct"])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int)
    parser.add_argument("--with-token", action="store_true")
    given = parser.parse_args()
    toolbox = (vulnerable if given.which == "vulnerable" else correct).toolbox(given.root)
    if given.port is None:
        _serve_lines(toolbox)
        return
    door = (Open if given.which == "vulnerable" else Guarded)(toolbox=toolbox, with_token=given.with_token)
    uvicorn.run(
        door, host="127.0.0.1", port=given.port, log_level="critical", ws="none", http="h11", server_header=False
    )


def _serve_lines(toolbox: Toolbox) -> None:
    talk = Conversation()
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        try:
            reply = toolbox.answer(parsed(line), talk)
        except RefusalError as refusal:
            reply = failure(None, refusal)
        if reply is not None:
            sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
