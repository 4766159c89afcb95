"""Where the reference server spends its time under load: a flame graph by `py-spy`, while `wrk` sends.

    pip install py-spy
    python -m benchmarks.flame OUT.svg [--plain] [--of tools/call] [--revision 2026-07-28] [--seconds 10]

Only what holds the interpreter is shown, not threads that wait. Reading another process needs the right to trace it:
root, or `sysctl kernel.yama.ptrace_scope=0`.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from . import wrk
from .asking import Era
from .contestants import ours
from .measuring import printed, started
from .throughput import lanes

_CONNECTIONS: Final = 8
_HZ: Final = 250
_PATIENCE_SECONDS: Final = 60.0


def main() -> None:
    """Load, record, and say how many requests went through it."""
    args = _arguments()
    hardened, plain = ours()
    contestant = plain if args.plain else hardened
    with tempfile.TemporaryDirectory(prefix="flame-") as name, contestant.serve() as server:
        directory = Path(name)
        lane = next(
            one
            for one in lanes(contestant, server, _CONNECTIONS)
            if one.request.method == args.of and one.era == args.revision
        )
        lane.judged()
        aside = directory / "recorder"
        aside.mkdir()
        options = ("--gil", "--duration", str(args.seconds), "--rate", str(_HZ), "--output", str(args.out.resolve()))
        with started(("py-spy", "record", "--pid", str(server.pids[0]), *options), aside) as recorder:
            sent = wrk.send(server.url, lane.prepared(), directory, connections=_CONNECTIONS, seconds=args.seconds + 2)
            if recorder.wait(_PATIENCE_SECONDS) != 0:
                raise RuntimeError(printed(aside))
    sys.stdout.write(f"{args.out}: {contestant.name}, {lane.title}, {sent.per_second:.0f} requests/s while recorded\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--plain", action="store_true", help="without its protections")
    parser.add_argument("--of", default="tools/call", choices=("tools/call", "tools/list"))
    parser.add_argument("--revision", type=Era, default=Era.STATELESS)
    parser.add_argument("--seconds", type=int, default=10)
    return parser.parse_args()


if __name__ == "__main__":
    main()
