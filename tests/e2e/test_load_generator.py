"""The load generator as a process: what it makes of servers whose behaviour is known."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import msgspec
import pytest
import trustme
from mcp_audit_harness.load.plan import Ask, Generated, Plan, Profile, Stage
from mcp_audit_harness.model import Revision
from mcp_audit_harness.model.loading import Arrivals, LoadError, LoadSecond, Thresholds
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.http.listening import ListeningServer
from oraclepack_mcp.settings import Settings

from tests.loaded_server import LoadedServer
from tests.servers import serving

pytestmark = pytest.mark.e2e

OLD, NEW = Revision.V2025_11_25, Revision.V2026_07_28
PROFILE = Profile("test", "Test", (Stage(100, 1),), clients=4, warmup_s=0.5, timeout_s=5.0)
CALL = Ask("tools/call add", "tools/call", 1.0, ({"name": "add", "arguments": {"a": 1, "b": 2}},))
LIST = Ask("tools/list", "tools/list", 1.0, ({},))


@dataclass
class Running:
    """A generator; `finish` waits for its last word."""

    process: "subprocess.Popen[bytes]"
    seconds: list[LoadSecond] = field(default_factory=list)

    def next_second(self) -> LoadSecond:
        word = self._next()
        assert isinstance(word, LoadSecond)
        return word

    def finish(self) -> Generated:
        while not isinstance(word := self._next(), Generated):
            pass
        assert self.process.wait(20) == 0
        return word

    def _next(self) -> LoadSecond | Generated:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the generator ended without its last word"
        [(kind, raw)] = msgspec.json.decode(line, type=dict[str, msgspec.Raw]).items()
        if kind == "done":
            return msgspec.json.decode(raw, type=Generated)
        second = msgspec.json.decode(raw, type=LoadSecond)
        self.seconds.append(second)
        return second


@pytest.fixture
def started() -> Iterator[Any]:
    running: list[Running] = []

    def start(url: str, profile: Profile, *asks: Ask, revision: Revision = NEW, **more: Any) -> Running:
        verify = more.pop("verify_tls", True)
        plan = Plan(url, (), verify, (), (), None, revision, profile, asks or (LIST,), **more)
        process = subprocess.Popen(
            [sys.executable, "-m", "mcp_audit_harness.load.generator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        running.append(Running(process))
        _pipe(process.stdin).write(msgspec.json.encode(plan) + b"\n")
        _pipe(process.stdin).flush()
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait(20)
        for stream in (one.process.stdin, one.process.stdout):
            _pipe(stream).close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    settings = Settings(transport="streamable-http", port=0)
    listening = threading.Event()
    server = ListeningServer(build_http_app(settings), settings, lambda _: listening.set())
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert listening.wait(20)
    yield server.url
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def _kinds(errors: tuple[LoadError, ...]) -> dict[tuple[str, str], int]:
    return {(error.kind, error.what): error.count for error in errors}


@pytest.mark.parametrize("revision", [Revision.V2025_03_26, Revision.V2025_06_18, OLD, NEW])
def test_a_correct_server_answers_everything(started: Any, reference: str, revision: Revision) -> None:
    profile = replace(PROFILE, stages=(Stage(40, 1),), streams=2, session_requests=15)
    done = started(
        reference,
        profile,
        LIST,
        Ask("ping", "server/discover" if revision is NEW else "ping", 1.0, ({},)),
        revision=revision,
    ).finish()

    assert done.errors == ()
    assert (done.all.requests, done.offered_per_s) == (40, 40)
    labels = [series.label for series in done.series]
    assert labels == (["ping", "tools/list"] if revision is NEW else ["ping", "tools/list", "initialize"])
    assert done.streams is not None
    assert (done.streams.refused, done.streams.dropped, done.streams.opened) == (0, 0, 2)


def test_every_second_is_told_when_it_is_over(started: Any) -> None:
    with LoadedServer().running() as server:
        running = started(server.url, PROFILE)
        done = running.finish()

    assert [second.at_s for second in running.seconds] == list(range(-1, len(running.seconds) - 1))
    assert [second.due for second in running.seconds[:2]] == [50, 100]
    assert sum(second.done for second in running.seconds) == server.requests == 150
    assert tuple(running.seconds) == done.seconds
    assert done.all.requests == 100


def test_each_client_keeps_its_one_connection(started: Any) -> None:
    with LoadedServer().running() as server:
        started(server.url, PROFILE).finish()

    assert server.connections <= PROFILE.clients


@pytest.mark.parametrize("revision", [OLD, NEW])
def test_every_request_carries_the_headers_of_its_revision(started: Any, revision: Revision) -> None:
    schemas = {"add": {"properties": {"a": {"x-mcp-header": "First"}}}}
    with LoadedServer().running() as server:
        started(server.url, PROFILE, CALL, revision=revision, schemas=schemas).finish()

    lines = {line for line in server.headers[0].split("\r\n") if line.startswith("mcp-")}
    if revision is OLD:
        assert {line.split(":")[0] for line in lines} == {"mcp-session-id", "mcp-protocol-version"}
    else:
        assert lines == {
            "mcp-method: tools/call",
            "mcp-name: add",
            "mcp-param-first: 1",
            f"mcp-protocol-version: {NEW}",
        }


def test_an_open_loop_shows_a_stall_that_a_closed_loop_hides(started: Any) -> None:
    profile = replace(PROFILE, stages=(Stage(100, 3),), clients=1, warmup_s=0.0)
    p99 = {}
    for arrivals in Arrivals:
        with LoadedServer(stalls_at=100).running() as server:
            done = started(server.url, replace(profile, arrivals=arrivals)).finish()
        p99[arrivals] = done.all.latency.p99_ms
        assert done.all.latency.max_ms > 900
        assert done.silence_s > 0.9

    assert p99[Arrivals.OPEN] > 900
    assert p99[Arrivals.CLOSED] < p99[Arrivals.OPEN] / 2


def test_what_is_dropped_is_an_error(started: Any) -> None:
    with LoadedServer(drops=10).running() as server:
        done = started(server.url, replace(PROFILE, warmup_s=0.0)).finish()

    assert server.dropped == 10
    assert _kinds(done.errors) == {("transport", "connection closed"): 10}
    assert (done.all.requests, done.all.errors) == (100, 10)


def test_what_is_never_answered_times_out(started: Any) -> None:
    profile = replace(PROFILE, warmup_s=0.0, timeout_s=2.0, clients=16)
    with LoadedServer(ignores=20).running() as server:
        done = started(server.url, profile).finish()

    assert _kinds(done.errors) == {("timeout", "2 s"): 5}
    assert done.all.latency.max_ms >= 2000


def test_what_is_still_due_when_nobody_waits_any_longer_is_no_success(started: Any) -> None:
    profile = replace(PROFILE, stages=(Stage(50, 1),), warmup_s=0.0, timeout_s=0.5, clients=1)
    with LoadedServer(ignores=1).running() as server:
        done = started(server.url, profile).finish()

    assert (done.all.requests, done.all.errors, done.achieved_per_s) == (50, 50, 0)
    assert {error.kind for error in done.errors} == {"timeout"}
    assert done.silence_s > 1


def test_answers_may_come_as_event_streams(started: Any) -> None:
    with LoadedServer(streams=True).running() as server:
        done = started(server.url, PROFILE).finish()

    assert (done.errors, done.all.requests, server.connections) == ((), 100, PROFILE.clients)


def test_sessions_that_come_and_go_are_all_closed(started: Any) -> None:
    with LoadedServer().running() as server:
        done = started(server.url, replace(PROFILE, session_requests=5), revision=OLD).finish()

    assert done.errors == ()
    assert len(server.opened) >= 150 // 5
    assert server.ended == server.opened


def test_a_target_without_sessions_fails_every_request(started: Any) -> None:
    with LoadedServer(refuses_sessions=True).running() as server:
        done = started(server.url, replace(PROFILE, warmup_s=0.0), revision=OLD).finish()

    assert (done.all.errors, done.all.requests) == (100, 100)
    assert {(error.kind, error.what) for error in done.errors} == {("http", "503")}


def test_nobody_there_is_an_error_for_each_request(started: Any) -> None:
    done = started("http://127.0.0.1:9/mcp", replace(PROFILE, warmup_s=0.0, stages=(Stage(20, 1),))).finish()

    assert _kinds(done.errors) == {("transport", "connection refused"): 20}


@pytest.mark.parametrize("verified", [True, False])
def test_a_certificate_counts_unless_it_is_not_to_be_verified(started: Any, tmp_path: Path, verified: bool) -> None:
    identity = trustme.CA().issue_cert("127.0.0.1")
    identity.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    identity.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    tls = {"ssl_certfile": str(tmp_path / "cert.pem"), "ssl_keyfile": str(tmp_path / "key.pem")}
    with serving(_answer_tools, **tls) as url:
        done = started(url, replace(PROFILE, stages=(Stage(20, 1),)), verify_tls=verified).finish()

    assert done.all.requests == 20
    assert {(error.kind, error.what) for error in done.errors} == ({("transport", "TLS")} if verified else set())


async def _answer_tools(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    asked = json.loads((await receive())["body"])
    said = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {}}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": said})


def test_steps_end_at_the_first_that_breaks_the_thresholds(started: Any) -> None:
    profile = replace(
        PROFILE,
        stages=(Stage(20, 1), Stage(30, 30), Stage(40, 30)),
        steps=True,
        thresholds=Thresholds(p50_ms=0.0001),
    )
    with LoadedServer().running() as server:
        done = started(server.url, profile).finish()

    assert done.duration_s < 10
    assert [stage.rate for stage in done.stages] == [20, 30]
    assert not done.interrupted


def test_abusive_clients_come_in_the_second_half_and_are_counted_apart(started: Any) -> None:
    with LoadedServer().running() as server:
        done = started(server.url, replace(PROFILE, abusive_clients=2)).finish()

    assert done.neighbours is not None
    assert (done.neighbours.alone.requests, done.neighbours.beside.requests) == (50, 50)
    assert done.neighbours.abuse.requests > 2
    assert server.requests == 150 + done.neighbours.abuse.requests
    assert done.all.requests == 100


@pytest.mark.parametrize("how", ["terminate", "interrupt", "close stdin"])
def test_a_run_can_be_ended_early(started: Any, how: str) -> None:
    with LoadedServer().running() as server:
        running = started(server.url, replace(PROFILE, stages=(Stage(20, 60),)), revision=OLD)
        while running.next_second().at_s < 0:
            pass
        if how == "close stdin":
            _pipe(running.process.stdin).close()
        else:
            running.process.send_signal(signal.SIGTERM if how == "terminate" else signal.SIGINT)
        done = running.finish()

    assert done.interrupted
    assert done.duration_s < 30
    assert done.all.errors == 0
    assert server.ended == server.opened


def test_a_run_that_nobody_listens_to_ends(started: Any) -> None:
    with LoadedServer().running() as server:
        running = started(server.url, replace(PROFILE, stages=(Stage(20, 60),)), revision=OLD)
        running.next_second()
        _pipe(running.process.stdout).close()

        assert running.process.wait(20) is not None
    assert server.ended == server.opened
