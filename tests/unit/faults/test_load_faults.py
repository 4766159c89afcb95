"""Faults that only many requests bring out, one request after another through the app that each of them wraps."""

from collections.abc import MutableMapping
from typing import Any

import anyio
import pytest
from oraclepack_faults import FAULTS
from oraclepack_faults.fault import ASGIApp
from oraclepack_faults.load import failures, hoarding, slowness
from oraclepack_faults.load.passages import is_request, is_stream

pytestmark = pytest.mark.anyio

POST: MutableMapping[str, Any] = {"type": "http", "method": "POST", "headers": [(b"mcp-method", b"tools/list")]}
GET: MutableMapping[str, Any] = {"type": "http", "method": "GET", "headers": []}
LISTEN: MutableMapping[str, Any] = {
    "type": "http",
    "method": "POST",
    "headers": [(b"mcp-method", b"subscriptions/listen")],
}


async def answers(scope: Any, receive: Any, send: Any) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}", "more_body": False})


async def streams_on(scope: Any, receive: Any, send: Any) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b": here\n\n", "more_body": True})
    await anyio.sleep_forever()


def wrapped(name: str, app: ASGIApp = answers) -> ASGIApp:
    http = FAULTS[name].http
    assert http is not None
    return http(app)


async def status_of(app: ASGIApp, scope: MutableMapping[str, Any] = POST) -> int:
    events = await events_of(app, scope)
    status = events[0]["status"]
    assert isinstance(status, int)
    return status


async def events_of(app: ASGIApp, scope: MutableMapping[str, Any]) -> list[MutableMapping[str, Any]]:
    events: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        await anyio.sleep_forever()
        return {}

    async def send(event: MutableMapping[str, Any]) -> None:
        events.append(event)

    with anyio.fail_after(20):
        await app(scope, receive, send)
    return events


def test_streams_are_told_from_requests() -> None:
    assert [is_stream(scope) for scope in (POST, GET, LISTEN)] == [False, True, True]
    assert [is_request(scope) for scope in (POST, GET, LISTEN)] == [True, False, False]
    assert not is_stream({"type": "lifespan"})


async def test_one_request_in_two_hundred_is_dropped() -> None:
    app = wrapped("load/errors-under-load")
    statuses = [await status_of(app) for _ in range(400)]
    assert [number for number, status in enumerate(statuses, 1) if status == 500] == [200, 400]


async def test_a_stream_ends_after_a_while_and_a_request_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_STREAM_S", 0.01)
    app = wrapped("load/drops-streams", streams_on)
    for scope in (GET, LISTEN):
        events = await events_of(app, scope)
        assert [event.get("more_body") for event in events] == [None, True, False]
    assert await status_of(wrapped("load/drops-streams")) == 200


async def test_after_a_load_the_first_pause_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(failures, "time", type("Clock", (), {"monotonic": staticmethod(lambda: now)}))
    app = wrapped("load/does-not-recover")
    statuses = []
    for step in (*([1.0] * 150), *([0.01] * 150), 1.0, 0.01, 0.01):
        now += step
        statuses.append(await status_of(app))
    assert statuses == [200] * 300 + [503] * 3


async def test_every_fifth_request_opens_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(hoarding, "open", lambda path, _: opened.append(path), raising=False)
    app = wrapped("load/leaks-handles")
    assert [await status_of(app) for _ in range(11)] == [200] * 11
    assert len(opened) == 2


@pytest.mark.parametrize("name", ["load/leaks-memory", "load/memory-over-budget"])
async def test_who_hoards_still_answers(name: str) -> None:
    app = wrapped(name)
    assert [await status_of(app) for _ in range(3)] == [200] * 3


async def test_everybody_waits_for_the_end_of_a_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = _slept(monkeypatch)
    now = 100.0
    monkeypatch.setattr(slowness, "time", type("Clock", (), {"monotonic": staticmethod(lambda: now)}))
    app = wrapped("load/falls-silent")
    for now in (101.0, 104.9, 105.5, 108.0, 109.5):  # noqa: B007 - read by the clock
        assert await status_of(app) == 200
    assert waits == [3.5, 1.0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("load/slow-median", [0.8] * 100),
        ("load/slower-than-before", [0.2] * 100),
        ("load/slow-tail", [3.0] * 2),
        ("load/misses-offered-rate", [0.06] * 100),
        ("load/unfair-to-neighbours", [0.01] * 100),
    ],
)
async def test_requests_wait_as_the_fault_says(
    name: str, expected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = _slept(monkeypatch)
    app = wrapped(name)
    for _ in range(100):
        assert await status_of(app) == 200
    assert await status_of(app, GET) == 200
    assert waits == expected


def _slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody wait, and return for how long each would have."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await anyio.lowlevel.checkpoint()

    monkeypatch.setattr(slowness, "anyio", type("Anyio", (), {"sleep": staticmethod(sleep), "Lock": anyio.Lock}))
    return waits
