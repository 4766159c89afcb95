"""How many requests a server answers: the reference server beside others, by `wrk`, one worker each.

    python -m benchmarks.throughput [--quick] [--write] [--rounds 3] [--seconds 3] [--environments DIR] [--only TEXT]

All servers run at once and are loaded one after the other, in rounds, so that what else the machine does meets all of
them. One request of each kind is read and judged before; afterwards the bytes that came back show that all answers were
like it.
"""

import argparse
import contextlib
import itertools
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

from . import wrk
from .asking import Answer, Era, Request, ask, open_session
from .contestants import PLAIN, PLAIN_MANY, Contestant, ours, rivals
from .installed import add_option
from .measuring import NONE, median, publish, ratio, table, usage
from .servers import Server

LIST: Final = Request("tools/list")
_NUMBERS: Final = 32
"""Ids of each session, so that no two requests of one session are under way with the same."""
_HEADER_BYTES: Final = 1500
_WARM_REQUESTS: Final = 20
_COLUMNS: Final = (
    "server",
    "requests/s",
    "of the SDK",
    "CPU ms/request",
    "of the SDK",
    "p50 ms",
    "p99 ms",
    "RSS MiB",
    "bytes/answer",
)
_QUICK: Final = (1, 1.0, 2)
"""Rounds, seconds and connections to see that all works."""
_TOLERANCE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Round:
    """What one contestant did in one round."""

    per_second: float
    cpu_ms: float
    """Of the server, for a request."""
    p50_ms: float
    p99_ms: float
    rss_mib: float


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One contestant and what it is asked in one era."""

    contestant: Contestant
    server: Server
    era: Era
    request: Request
    sessions: tuple[str | None, ...]

    @property
    def title(self) -> str:
        """What it is compared within."""
        return f"{self.request.method}, {'stateless' if self.era is Era.STATELESS else 'handshake'} ({self.era})"

    @property
    def base(self) -> str:
        """The contestant that it is compared with: the SDK alone, which answers as much."""
        return PLAIN_MANY if self.contestant.many_tools and self.request == LIST else PLAIN

    def headers(self, session: str | None) -> dict[str, str]:
        """All that a request carries."""
        given = {**self.request.headers(self.era, session), **self.server.headers}
        return given | {"accept": self.contestant.accept} if self.era is Era.HANDSHAKE else given

    def prepared(self) -> list[wrk.Prepared]:
        """The requests of all sessions, which take turns."""
        numbered = itertools.product(range(1, _NUMBERS + 1), self.sessions)
        return [
            wrk.Prepared(self.headers(session), self.request.body(self.era, number)) for number, session in numbered
        ]

    def judged(self) -> Answer:
        """Ask once, and see that the answer is right."""
        answer = ask(self.server.url, self.headers(self.sessions[0]), self.request.body(self.era, 1))
        result = answer.result
        found = result["content"][0]["text"] if self.request.tool else [tool["name"] for tool in result["tools"]]
        wanted = self.contestant.expected if self.request.tool else (self.contestant.call.tool or "")
        if wanted not in found:
            raise RuntimeError(f"{self.contestant.name} answers {found!r}")
        return answer


def lanes(contestant: Contestant, server: Server, connections: int) -> Iterator[Lane]:
    """All that is asked of a contestant."""
    for era, request in itertools.product(contestant.eras, (contestant.call, LIST)):
        if request.tool and contestant.only_lists:
            continue
        if era is Era.HANDSHAKE:
            opened = [open_session(server.url, server.headers, contestant.accept) for _ in range(connections)]
            sessions = tuple(dict.fromkeys(opened))
        else:
            sessions = (None,)
        yield Lane(contestant, server, era, request, sessions)


def measured(lane: Lane, directory: Path, *, connections: int, seconds: float) -> Round:
    """Load one contestant, and see that all answers are as long as the one that was judged."""
    one = lane.judged().body_bytes
    before = usage(lane.server.pids)
    sent = wrk.send(lane.server.url, lane.prepared(), directory, connections=connections, seconds=seconds)
    after = usage(lane.server.pids)
    begun = sent.requests + connections
    if not sent.requests * one * (1 - _TOLERANCE) < sent.received_bytes < begun * (one + _HEADER_BYTES):
        raise RuntimeError(f"{lane.contestant.name} answers {one} bytes, and under load {sent}")
    cpu_ms = (after.cpu_s - before.cpu_s) / sent.requests * 1e3
    return Round(sent.per_second, cpu_ms, sent.p50_ms, sent.p99_ms, after.rss_bytes / 2**20)


def tables(rounds: Mapping[Lane, Sequence[Round]]) -> str:
    """A table for each kind of request, with the medians of the rounds."""
    pages = []
    for title in dict.fromkeys(lane.title for lane in rounds):
        of = {lane: _typical(seen) for lane, seen in rounds.items() if lane.title == title}
        named = {lane.contestant.name: typical for lane, typical in of.items()}
        rows = [_row(lane, typical, named.get(lane.base)) for lane, typical in of.items()]
        pages.append(f"## {title}\n\n{table(_COLUMNS, rows)}")
    return "\n".join(pages)


def _typical(rounds: Sequence[Round]) -> Round:
    return Round(*(median(values) for values in zip(*map(astuple, rounds), strict=True)))


def _row(lane: Lane, seen: Round, base: Round | None) -> list[str]:
    compared = [ratio(seen.per_second, base.per_second), ratio(seen.cpu_ms, base.cpu_ms)] if base else [NONE, NONE]
    numbers = [f"{seen.per_second:.0f}", compared[0], f"{seen.cpu_ms:.2f}", compared[1]]
    return [
        lane.contestant.name,
        *numbers,
        *(f"{value:.1f}" for value in (seen.p50_ms, seen.p99_ms)),
        f"{seen.rss_mib:.0f}",
        lane.judged().described,
    ]


def main() -> None:
    """Measure, and print a table for each kind of request."""
    args = _arguments()
    rounds, seconds, connections = _QUICK if args.quick else (args.rounds, args.seconds, args.connections)
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="throughput-")))
        chosen = [one for one in (*ours(), *rivals(args.environments, directory)) if args.only in one.name]
        served = [(one, stack.enter_context(one.serve())) for one in chosen]
        all_lanes = [lane for one, server in served for lane in lanes(one, server, connections)]
        all_lanes.sort(key=lambda lane: lane.title)
        seen: dict[Lane, list[Round]] = {lane: [] for lane in all_lanes}
        for lane in all_lanes:
            _warm(lane)
        for _ in range(rounds):
            for lane in all_lanes:
                seen[lane].append(measured(lane, directory, connections=connections, seconds=seconds))
        publish("throughput", f"{_preface(connections)}\n\n{tables(seen)}", write=args.write)


def _warm(lane: Lane) -> None:
    for _ in range(_WARM_REQUESTS):
        lane.judged()


def _preface(connections: int) -> str:
    return (
        f"`wrk` with {connections} connections; each number is the median of the rounds. CPU: of the server."
        " The reference server answers `oraclepack_list_runs` (no run is stored), the others `add`. It is compared with"
        " the low-level server of the SDK, as to `tools/list` with one that lists the same tools. Every server has one"
        " worker, `uvloop`, `httptools`, no access log, and answers JSON where it can (`events`: an event stream);"
        " in the handshake era every connection has a session, which costs the SDK and fastmcp less than"
        " `stateless_http`."
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    add_option(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--only", default="", help="part of the name of a server")
    parser.add_argument("--quick", action="store_true", help="one round of a second each, over two connections")
    parser.add_argument("--write", action="store_true", help="keep the table in benchmarks/results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
