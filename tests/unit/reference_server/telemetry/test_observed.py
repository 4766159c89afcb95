"""The observing layer around an app in memory."""

import json
import logging
from collections.abc import Awaitable, Callable

import anyio
import pytest
from oraclepack_mcp.telemetry import request_ids
from oraclepack_mcp.telemetry.asgi import Observed
from oraclepack_mcp.telemetry.metrics import Metrics
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

pytestmark = pytest.mark.anyio
Headers = list[tuple[bytes, bytes]]


def scope_of(method: str = "POST", headers: Headers | None = None) -> Scope:
    return {"type": "http", "method": method, "path": "/mcp", "headers": headers or []}


async def no_body() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def ask(app: Observed, method: str = "POST", headers: Headers | None = None) -> list[Message]:
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    await app(scope_of(method, headers), no_body, keep)
    return sent


def said(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.exposition().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(["known_tool"])


async def test_requests_are_counted_by_method_and_status(metrics: Metrics) -> None:
    app = Observed(Response(status_code=202), metrics)
    for method in ("POST", "POST", "DELETE", "BREW"):
        await ask(app, method)

    told = said(metrics)
    assert told['oraclepack_http_requests_total{method="POST",status="202"}'] == 2
    assert told['oraclepack_http_requests_total{method="DELETE",status="202"}'] == 1
    assert told['oraclepack_http_requests_total{method="other",status="202"}'] == 1
    assert told['oraclepack_http_request_seconds_count{method="POST"}'] == 2


async def test_streams_are_counted_but_their_length_is_no_latency(metrics: Metrics) -> None:
    app = Observed(Response(), metrics)
    await ask(app, "GET")
    await ask(app, "POST", [(b"mcp-method", b"subscriptions/listen")])

    told = said(metrics)
    assert told['oraclepack_http_requests_total{method="GET",status="200"}'] == 1
    assert told['oraclepack_http_request_seconds_count{method="GET"}'] == 0
    assert told['oraclepack_http_request_seconds_count{method="POST"}'] == 0


async def test_a_request_is_in_flight_while_it_is_served(metrics: Metrics) -> None:
    seen: list[float] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(said(metrics)["oraclepack_http_in_flight"])
        await Response()(scope, receive, send)

    await ask(Observed(app, metrics))

    assert seen == [1]
    assert said(metrics)["oraclepack_http_in_flight"] == 0


async def test_a_client_that_leaves_and_an_app_that_fails_are_counted_without_a_status(metrics: Metrics) -> None:
    async def left(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        await ask(Observed(left, metrics))

    told = said(metrics)
    assert told['oraclepack_http_requests_total{method="POST",status="none"}'] == 1
    assert told["oraclepack_http_in_flight"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}',
        b'{"jsonrpc":"2.0","id":"abc","error":{"code":-32601,"message":"no"}}',
        b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"no"},"id":null}',
        b'event: message\r\ndata: {"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}\r\n\r\n',
    ],
)
async def test_errors_are_counted_by_code_however_they_are_sent(metrics: Metrics, body: bytes) -> None:
    await ask(Observed(Response(body), metrics))

    assert said(metrics)['oraclepack_jsonrpc_errors_total{code="-32601"}'] == 1


async def test_a_code_that_no_specification_knows_makes_no_series(metrics: Metrics) -> None:
    for code in (-1, 5, 77777):
        error = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "no"}}
        await ask(Observed(JSONResponse(error), metrics))

    assert said(metrics)['oraclepack_jsonrpc_errors_total{code="other"}'] == 3


async def test_a_result_that_quotes_an_error_is_none(metrics: Metrics) -> None:
    result = {"jsonrpc": "2.0", "id": 1, "result": {"error": {"code": -32601}}}
    await ask(Observed(JSONResponse(result), metrics))

    assert not [name for name in said(metrics) if name.startswith("oraclepack_jsonrpc_errors_total{")]


async def test_a_rate_limited_request_is_counted_as_one(metrics: Metrics) -> None:
    await ask(Observed(Response(status_code=429), metrics))

    assert said(metrics)["oraclepack_rate_limited_total"] == 1


async def test_sessions_are_asked_for_after_each_request(metrics: Metrics) -> None:
    counts = iter([2, 2, 5])
    app = Observed(Response(), metrics, sessions=lambda: next(counts))
    for _ in range(3):
        await ask(app)

    assert said(metrics)["oraclepack_sessions"] == 5


@pytest.mark.parametrize(
    ("given", "honoured"),
    [(b"a-plain_ID-7", True), (b"short", False), (b"x" * 65, False), (b'evil"\n{', False), (b"\xff" * 9, False)],
)
async def test_a_request_has_an_id_and_a_clients_own_only_if_it_is_plain(
    metrics: Metrics, given: bytes, honoured: bool
) -> None:
    seen: list[str | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(request_ids.current.get())
        await Response()(scope, receive, send)

    start, _ = await ask(Observed(app, metrics), headers=[(b"x-request-id", given)])

    answered = dict(start["headers"])[b"x-request-id"]
    assert (answered == given) is honoured
    assert seen == [answered.decode()]
    assert request_ids.current.get() is None


async def test_ids_of_requests_at_the_same_time_do_not_mix(metrics: Metrics) -> None:
    seen: set[str | None] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        before = request_ids.current.get()
        await anyio.lowlevel.checkpoint()
        assert request_ids.current.get() == before
        seen.add(before)
        await Response()(scope, receive, send)

    observed = Observed(app, metrics)
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(ask, observed)

    assert len(seen) == 10


async def test_the_lifespan_passes_through(metrics: Metrics) -> None:
    kinds: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kinds.append(scope["type"])

    ignore: Callable[[Message], Awaitable[None]] = lambda _: anyio.lowlevel.checkpoint()  # noqa: E731
    await Observed(app, metrics)({"type": "lifespan"}, no_body, ignore)

    assert kinds == ["lifespan"]


async def test_a_request_is_logged_with_its_id_and_nothing_of_its_body(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "oraclepack_mcp.telemetry.asgi")
    await ask(Observed(Response(), metrics), headers=[(b"authorization", b"Bearer hush")])

    record = caplog.records[0].__dict__
    assert (record["method"], record["path"], record["status"]) == ("POST", "/mcp", 200)
    assert "hush" not in json.dumps({key: str(value) for key, value in record.items()})
