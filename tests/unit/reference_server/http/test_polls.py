"""A stream that holds one message becomes that message; everything else goes on as it is."""

import pytest
from oraclepack_mcp.protocol.polls import without_stream
from starlette.types import Message

pytestmark = pytest.mark.anyio


async def _passed(content_type: bytes, *chunks: bytes) -> tuple[dict[bytes, bytes], bytes]:
    sent: list[Message] = []

    async def send(event: Message) -> None:
        sent.append(event)

    sending = without_stream(send)
    headers = [(b"content-type", content_type), (b"mcp-session-id", b"abc"), (b"cache-control", b"no-cache")]
    await sending({"type": "http.response.start", "status": 200, "headers": headers})
    for chunk in chunks:
        await sending({"type": "http.response.body", "body": chunk, "more_body": True})
    await sending({"type": "http.response.body", "body": b""})
    return dict(sent[0]["headers"]), b"".join(event["body"] for event in sent[1:])


async def test_one_event_is_sent_as_json() -> None:
    stream = b'event: message\r\ndata: {"id":1,"result":{}}\r\n\r\n'
    headers, body = await _passed(b"text/event-stream; charset=utf-8", stream[:20], stream[20:])
    assert body == b'{"id":1,"result":{}}'
    assert headers == {
        b"content-type": b"application/json",
        b"content-length": str(len(body)).encode(),
        b"mcp-session-id": b"abc",
    }


async def test_an_event_without_data_is_no_message() -> None:
    stream = b'id: 1-1\r\nretry: 100\r\ndata: \r\n\r\nid: 1-2\r\ndata: {"id":1,"result":{}}\r\n\r\n'
    headers, body = await _passed(b"text/event-stream", stream)
    assert (headers[b"content-type"], body) == (b"application/json", b'{"id":1,"result":{}}')


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (b"application/json", b'{"id":1}'),
        (b"text/event-stream", b'data: {"method":"x"}\n\ndata: {"id":1}\n\n'),
        (b"text/event-stream", b": nothing\n\n"),
    ],
)
async def test_other_answers_are_left_alone(content_type: bytes, body: bytes) -> None:
    headers, passed = await _passed(content_type, body)
    assert (headers[b"content-type"], passed) == (content_type, body)
    assert b"cache-control" in headers
