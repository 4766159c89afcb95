import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from oraclepack_faults.fault import (
    DROP,
    PASS,
    Answer,
    ASGIApp,
    Context,
    Fault,
    Forward,
    Receive,
    Scope,
    Send,
)
from oraclepack_faults.http_layer import HttpLayer
from oraclepack_faults.messages import META_VERSION, MessageFaults

from tests.unit.faults.driving import ask, flow

pytestmark = pytest.mark.anyio

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PONG = {"jsonrpc": "2.0", "id": 1, "result": {}}


def fault(**hooks: Any) -> Fault:
    return Fault("test/fault", "wire", "Broken.", **hooks)


def layer(app: ASGIApp, **hooks: Any) -> HttpLayer:
    return HttpLayer(app, MessageFaults([fault(**hooks)]))


def replying(
    *chunks: bytes, kind: str = "application/json", status: int = 200, headers: dict[str, str] | None = None
) -> ASGIApp:
    """An app that reads the request, and sends the chunks as its body with a true content-length."""
    fields = {"content-type": kind, "content-length": str(sum(map(len, chunks))), **(headers or {})}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        raw = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it received: body and headers."""
    body = (await receive())["body"]
    fields = {name.decode(): value.decode() for name, value in scope["headers"]}
    seen = json.dumps({"body": body.decode(), "headers": fields}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(seen)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": seen})


class Recorder:
    """A rewrite that changes nothing and remembers what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, Context]] = []

    def __call__(self, message: Any, context: Context) -> Any:
        self.calls.append((message, context))
        return message


def spelled(value: object) -> bytes:
    return json.dumps(value, indent=1).encode()


async def test_a_rewritten_json_body_has_the_right_length() -> None:
    app = layer(replying(spelled(PONG)), rewrite=lambda message, _: {**message, "result": {"long": "é" * 100}})
    reply = await ask(app, "POST", PING)
    assert reply.json["result"] == {"long": "é" * 100}
    assert reply.headers["content-length"] == str(len(reply.body))


async def test_a_body_that_no_fault_changes_keeps_its_bytes() -> None:
    raw = spelled(PONG)
    reply = await ask(layer(replying(raw[:5], raw[5:]), rewrite=lambda message, _: message), "POST", PING)
    assert reply.body == raw


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), (0, False)])
async def test_values_that_python_thinks_equal_are_changes(before: object, after: object) -> None:
    app = layer(replying(spelled({**PONG, "id": before})), rewrite=lambda message, _: {**message, "id": after})
    reply = await ask(app, "POST", PING)
    assert type(reply.json["id"]) is type(after)


async def test_a_dropped_answer_is_an_empty_202() -> None:
    reply = await ask(layer(replying(spelled(PONG)), rewrite=lambda *_: None), "POST", PING)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (202, b"", "0")


async def test_several_messages_for_one_become_an_array() -> None:
    reply = await ask(layer(replying(spelled(PONG)), rewrite=lambda message, _: [message, PING]), "POST", PING)
    assert reply.json == [PONG, PING]


async def test_bytes_are_sent_as_they_are() -> None:
    reply = await ask(layer(replying(spelled(PONG)), rewrite=lambda *_: b'{"id": \xff'), "POST", PING)
    assert reply.body == b'{"id": \xff'


async def test_a_rewrite_may_change_status_and_headers() -> None:
    changed = Answer(PONG, status=418, headers={"Content-Type": "text/plain", "X-Extra": "1"})
    reply = await ask(layer(replying(spelled(PONG)), rewrite=lambda *_: changed), "POST", PING)
    assert (reply.status, reply.json) == (418, PONG)
    assert (reply.headers["content-type"], reply.headers["x-extra"]) == ("text/plain", "1")


async def test_the_members_of_a_batch_are_rewritten_one_by_one() -> None:
    body = spelled([PONG, {"other": 1}, {**PONG, "id": 2}])
    reply = await ask(
        layer(replying(body), rewrite=lambda message, _: None if message["id"] == 1 else {**message, "result": 5}),
        "POST",
        [PING, {**PING, "id": 2}],
    )
    assert reply.json == [{"other": 1}, {**PONG, "id": 2, "result": 5}]


@pytest.mark.parametrize("body", [b'{"error": "no message"}', b"not json", b"", b"3"])
async def test_json_that_is_no_message_passes(body: bytes) -> None:
    reply = await ask(layer(replying(body), rewrite=lambda *_: None), "POST", PING)
    assert (reply.status, reply.body) == (200, body)


async def test_other_content_passes() -> None:
    reply = await ask(layer(replying(spelled(PONG), kind="text/html"), rewrite=lambda *_: None), "POST", PING)
    assert reply.body == spelled(PONG)


async def test_events_are_rewritten_and_lose_a_stale_length() -> None:
    events = b"id: 1\r\ndata: \r\n\r\nid: 2\r\ndata: " + json.dumps(PONG).encode() + b"\r\n\r\n"
    app = layer(
        replying(events[:30], events[30:], kind="text/event-stream"),
        rewrite=lambda message, context: {**message, "result": {"answers": context.request["method"]}},
    )
    reply = await ask(app, "POST", PING)
    assert reply.body.startswith(b"id: 1\r\ndata: \r\n\r\nid: 2\r\n")
    assert reply.events == [{**PONG, "result": {"answers": "ping"}}]
    assert "content-length" not in reply.headers


async def test_an_event_is_out_before_the_stream_goes_on() -> None:
    go_on = anyio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b'data: {"jsonrpc":"2.0"}\n\n', "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b": end\n\n", "more_body": False})

    async with flow(layer(app, rewrite=lambda message, _: {"new": 1}), "GET") as exchange:
        assert (await exchange.next())["type"] == "http.response.start"
        assert (await exchange.next())["body"] == b'data: {"new":1}\n\n'
        go_on.set()
        assert (await exchange.next())["body"] == b": end\n\n"


async def test_an_app_on_a_long_stream_hears_that_the_client_left() -> None:
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        heard.append((await receive())["type"])

    async with flow(layer(app, rewrite=lambda message, _: message, answer=lambda *_: PASS), "POST", b"{}") as exchange:
        await exchange.next()
        await exchange.disconnect()
        await exchange.wait_ended()
    assert heard == ["http.request", "http.disconnect"]


async def test_a_client_that_leaves_within_its_body_is_handed_on() -> None:
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend([(await receive())["type"], (await receive())["type"]])

    events = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(events)

    async def send(event: Any) -> None:
        raise AssertionError(event)

    await layer(app, answer=lambda *_: DROP)({"type": "http", "method": "POST", "headers": []}, receive, send)
    assert heard == ["http.request", "http.disconnect"]


async def test_a_body_that_is_too_long_is_handed_on_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oraclepack_faults.http_layer.MAX_BODY", 10)
    reply = await ask(layer(echo, answer=lambda *_: DROP), "POST", b"x" * 11)
    assert reply.json["body"] == "x" * 11


async def test_lifespan_passes() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> Any:
        raise AssertionError

    await layer(app, answer=lambda *_: DROP)({"type": "lifespan"}, never, never)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (DROP, 202, b""),
        ({"a": 1}, 200, b'{"a":1}'),
        ([PONG], 200, b'[{"jsonrpc":"2.0","id":1,"result":{}}]'),
        (b"{", 200, b"{"),
        (Answer({"a": 1}, status=400), 400, b'{"a":1}'),
        (Answer(None, status=404, headers={"X-Why": "gone"}), 404, b""),
    ],
)
async def test_a_fault_answers_in_place_of_the_server(answer: Any, status: int, body: bytes) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the server was asked")

    reply = await ask(layer(app, answer=lambda *_: answer), "POST", PING)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (status, body, str(len(body)))


async def test_a_forwarded_message_reaches_the_server_with_its_length_and_headers() -> None:
    forward = Forward({"b": 2}, {"mcp-method": "other", "origin": None})
    reply = await ask(
        layer(echo, answer=lambda *_: forward), "POST", PING, {"Origin": "http://evil.example", "Mcp-Method": "ping"}
    )
    assert reply.json["body"] == '{"b":2}'
    assert reply.json["headers"] == {"host": "127.0.0.1", "content-length": "7", "mcp-method": "other"}


async def test_faults_answer_in_turn_and_see_what_was_forwarded() -> None:
    first = fault(answer=lambda message, _: Forward({**message, "first": 1}))
    second = fault(answer=lambda message, _: PASS)
    third = fault(answer=lambda message, _: message)
    reply = await ask(HttpLayer(echo, MessageFaults([first, second, third])), "POST", {"a": 0})
    assert reply.json == {"a": 0, "first": 1}


@pytest.mark.parametrize(("body", "seen"), [(b"{", b"{"), (b"[1]", [1]), (b"\xff", b"\xff"), (b"[" * 100_000, None)])
async def test_a_fault_sees_the_json_value_or_the_raw_bytes(body: bytes, seen: object) -> None:
    got: list[object] = []

    def look(message: object, context: Context) -> Any:
        got.append(message)
        return DROP

    await ask(layer(echo, answer=look), "POST", body)
    assert got == [body if seen is None else seen]


async def test_what_a_fault_does_to_its_copy_changes_nothing() -> None:
    def spoil(message: Any, context: Context) -> Any:
        message.clear()
        return PASS

    reply = await ask(layer(echo, answer=spoil), "POST", PING)
    assert json.loads(reply.json["body"]) == PING


INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}
INITIALIZED = {"jsonrpc": "2.0", "id": 0, "result": {"protocolVersion": "2025-03-26"}}


def by_method(replies: dict[str, ASGIApp]) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]

        async def again() -> Any:
            return {"type": "http.request", "body": body}

        await replies[json.loads(body)["method"] if body else scope["method"]](scope, again, send)

    return app


def session_app() -> ASGIApp:
    return by_method(
        {
            "initialize": replying(spelled(INITIALIZED), headers={"Mcp-Session-Id": "s1"}),
            "ping": replying(spelled(PONG)),
            "GET": replying(b"data: " + json.dumps(PONG).encode() + b"\n\n", kind="text/event-stream"),
            "DELETE": replying(b""),
        }
    )


async def test_the_negotiated_revision_is_known_throughout_the_session() -> None:
    record = Recorder()
    app = layer(session_app(), rewrite=record)
    await ask(app, "POST", INITIALIZE)
    await ask(app, "POST", PING, {"Mcp-Session-Id": "s1"})
    await ask(app, "POST", PING, {"Mcp-Session-Id": "s1", "MCP-Protocol-Version": "2025-11-25"})
    assert [(context.era, context.revision) for _, context in record.calls] == [("handshake", "2025-03-26")] * 3
    assert record.calls[0][1].request == INITIALIZE
    assert record.calls[2][1].headers["mcp-protocol-version"] == "2025-11-25"
    assert record.calls[0][1].session is record.calls[1][1].session is record.calls[2][1].session


async def test_an_answer_on_the_get_stream_is_matched_to_its_request() -> None:
    record = Recorder()
    app = layer(session_app(), rewrite=record)
    await ask(app, "POST", INITIALIZE)
    await ask(app, "POST", PING, {"mcp-session-id": "s1"})
    await ask(app, "GET", b"", {"mcp-session-id": "s1"})
    assert record.calls[-1][1].request == PING


async def test_a_deleted_session_is_forgotten() -> None:
    record = Recorder()
    app = layer(session_app(), rewrite=record)
    await ask(app, "POST", INITIALIZE)
    await ask(app, "DELETE", b"", {"mcp-session-id": "s1"})
    await ask(app, "POST", PING, {"mcp-session-id": "s1"})
    assert record.calls[-1][1].session is not record.calls[0][1].session
    assert app.sessions == {}


async def test_the_number_of_remembered_sessions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oraclepack_faults.http_layer.MAX_SESSIONS", 2)
    app = layer(by_method({"initialize": echo}), rewrite=lambda message, _: message)
    for name in ("a", "b", "c"):
        app.app = replying(spelled(INITIALIZED), headers={"mcp-session-id": name})
        await ask(app, "POST", INITIALIZE)
    assert list(app.sessions) == ["b", "c"]


async def test_requests_without_a_session_share_one_scratch_space_but_handshakes_do_not() -> None:
    record = Recorder()
    app = layer(session_app(), rewrite=record)
    for message in (PING, PING, INITIALIZE, INITIALIZE):
        await ask(app, "POST", message)
    first, second, third, fourth = (context.session for _, context in record.calls)
    assert first is second
    assert len({id(first), id(third), id(fourth)}) == 3


def meta_ping(version: object) -> dict[str, Any]:
    return {**PING, "params": {"_meta": {META_VERSION: version}}}


@pytest.mark.parametrize(
    ("message", "headers", "era", "revision"),
    [
        (meta_ping("2026-07-28"), {}, "stateless", "2026-07-28"),
        (meta_ping("2026-07-28"), {"MCP-Protocol-Version": "2025-06-18"}, "stateless", "2026-07-28"),
        (meta_ping(5), {}, None, None),
        (PING, {"MCP-Protocol-Version": "2026-07-28"}, "stateless", "2026-07-28"),
        (PING, {"MCP-Protocol-Version": "2025-06-18"}, "handshake", "2025-06-18"),
        ([PING], {"MCP-Protocol-Version": "2025-03-26"}, "handshake", "2025-03-26"),
        ({**PING, "params": []}, {}, None, None),
        ([], {}, None, None),
        (INITIALIZE, {}, "handshake", None),
    ],
)
async def test_the_era_comes_from_meta_or_from_the_header(
    message: object, headers: dict[str, str], era: str | None, revision: str | None
) -> None:
    seen: list[Context] = []

    def look(_: object, context: Context) -> Any:
        seen.append(context)
        return DROP

    await ask(layer(echo, answer=look), "POST", message, headers)
    assert [(context.transport, context.era, context.revision) for context in seen] == [("http", era, revision)]


@pytest.mark.parametrize(
    ("asked", "answered", "matched"), [(1, 1, True), (1, "1", False), (1, True, False), (1, 1.0, True)]
)
async def test_an_answer_is_matched_by_an_id_of_its_type(asked: object, answered: object, matched: bool) -> None:
    record = Recorder()
    app = layer(replying(spelled({**PONG, "id": answered})), rewrite=record)
    await ask(app, "POST", {**PING, "id": asked})
    assert (record.calls[0][1].request is not None) is matched


async def test_the_same_id_in_two_exchanges_of_a_session_is_matched_within_each() -> None:
    record = Recorder()
    release: dict[str, Callable[[], None]] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        method = json.loads((await receive())["body"])["method"]
        waiting = anyio.Event()
        release[method] = waiting.set
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await waiting.wait()
        await send({"type": "http.response.body", "body": b"data: " + json.dumps(PONG).encode() + b"\n\n"})

    faulty = layer(app, rewrite=record)
    faulty.sessions["s1"] = faulty._conversation(INITIALIZE, {})
    headers = {"mcp-session-id": "s1"}
    async with flow(faulty, "POST", spelled(PING), headers) as one:
        await one.next()
        async with flow(faulty, "POST", spelled({**PING, "method": "other"}), headers) as two:
            await two.next()
            release["ping"]()
            await one.next()
            release["other"]()
            await two.next()
    assert [context.request["method"] for _, context in record.calls if context.request] == ["ping", "other"]
