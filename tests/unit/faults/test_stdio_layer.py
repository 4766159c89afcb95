import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from oraclepack_faults.fault import DROP, PASS, Answer, Context, Fault, Forward, LineReader, LineStreams, LineWriter
from oraclepack_faults.messages import META_VERSION
from oraclepack_faults.stdio_layer import serve_lines

pytestmark = pytest.mark.anyio

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}


class Lines:
    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)

    async def __aiter__(self) -> AsyncIterator[str]:
        for line in self.lines:
            yield line


class Written:
    def __init__(self) -> None:
        self.text = ""

    async def write(self, text: str, /) -> None:
        self.text += text

    async def flush(self) -> None:
        self.text += "|"

    @property
    def lines(self) -> list[str]:
        return self.text.replace("|", "").splitlines()

    @property
    def messages(self) -> list[Any]:
        return [json.loads(line) for line in self.lines]


async def echo(stdin: LineReader, stdout: LineWriter) -> None:
    """A server that answers each request with its method, a word at a time, and anything else with itself."""
    async for line in stdin:
        try:
            message = json.loads(line)
        except ValueError:
            await stdout.write(f"? {line}")
            continue
        if isinstance(message, dict) and "id" in message:
            result = (
                {"protocolVersion": "2025-03-26"} if message["method"] == "initialize" else {"m": message["method"]}
            )
            message = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        spelled = json.dumps(message)
        await stdout.write(spelled[:7])
        await stdout.write(spelled[7:] + "\n")
        await stdout.flush()


async def talk(*lines: object, **hooks: Any) -> Written:
    written = Written()
    fault = Fault("test/fault", "wire", "Broken.", **hooks)
    spelled = [line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines]
    await serve_lines(echo, [fault], LineStreams(Lines(spelled), written))
    return written


async def test_a_line_that_no_fault_changes_keeps_its_bytes_and_is_flushed() -> None:
    written = await talk(PING, rewrite=lambda message, _: message)
    assert written.text == '{"jsonrpc": "2.0", "id": 1, "result": {"m": "ping"}}\n|'


async def test_a_rewritten_message_replaces_the_line() -> None:
    written = await talk(PING, rewrite=lambda message, context: {"asked": context.request})
    assert written.messages == [{"asked": PING}]


@pytest.mark.parametrize(
    ("made", "lines"),
    [(None, []), ([], []), ([{"a": 1}, b"{"], ['{"a":1}', "{"]), (Answer({"a": 1}, status=400), ['{"a":1}'])],
)
async def test_a_message_becomes_none_or_several_lines(made: Any, lines: list[str]) -> None:
    assert (await talk(PING, rewrite=lambda *_: made)).lines == lines


async def test_bytes_that_are_no_utf8_reach_the_wire() -> None:
    written = await talk(PING, rewrite=lambda *_: b"\xff")
    assert written.lines[0].encode("utf-8", "surrogateescape") == b"\xff"


async def test_the_members_of_a_batch_are_rewritten_one_by_one() -> None:
    note = {"jsonrpc": "2.0", "method": "note"}
    written = await talk([note, PING], rewrite=lambda message, _: None if "id" in message else {**message, "x": 1})
    assert written.messages == [[{**note, "x": 1}]]
    assert (await talk([note], rewrite=lambda *_: None)).text == ""


async def test_a_line_of_the_server_that_is_no_message_passes() -> None:
    written = await talk("plain text\n", '{"no": "message"}\n', rewrite=lambda *_: None)
    assert written.lines == ["? plain text", '{"no": "message"}']


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (DROP, []),
        (PASS, ['{"jsonrpc": "2.0", "id": 1, "result": {"m": "ping"}}']),
        ({"a": 1}, ['{"a":1}']),
        ([1], ["[1]"]),
        (b"{", ["{"]),
        (Answer(None, status=404), []),
        (Forward({**PING, "id": 9}), ['{"jsonrpc": "2.0", "id": 9, "result": {"m": "ping"}}']),
        (Forward(b"mere text"), ["? mere text"]),
    ],
)
async def test_a_fault_answers_drops_or_forwards(answer: Any, lines: list[str]) -> None:
    assert (await talk(PING, answer=lambda *_: answer)).lines == lines


async def test_a_fault_sees_raw_bytes_and_the_server_the_line_as_it_came() -> None:
    seen: list[object] = []

    def look(message: object, context: Context) -> Any:
        seen.append(message)
        return PASS

    written = await talk("{\udcff\n", answer=look)
    assert seen == [b"{\xff"]
    assert written.lines == ["? {\udcff"]


async def test_the_negotiated_revision_holds_for_the_connection() -> None:
    record: list[Context] = []

    def look(message: Any, context: Context) -> Any:
        record.append(context)
        return message

    await talk(PING, INITIALIZE, {"jsonrpc": "2.0", "method": "note"}, PING, rewrite=look)
    assert [(context.era, context.revision) for context in record] == [
        (None, None),
        ("handshake", "2025-03-26"),
        ("handshake", "2025-03-26"),
        ("handshake", "2025-03-26"),
    ]
    assert [context.request and context.request["method"] for context in record] == ["ping", "initialize", None, "ping"]
    assert len({id(context.session) for context in record}) == 1
    assert {context.transport for context in record} == {"stdio"}


async def test_the_stateless_era_is_known_from_meta_and_holds_for_notifications() -> None:
    record: list[Context] = []

    def look(message: Any, context: Context) -> Any:
        record.append(context)
        return message

    asked = {**PING, "params": {"_meta": {META_VERSION: "2026-07-28"}}}
    await talk(asked, {"jsonrpc": "2.0", "method": "note"}, rewrite=look)
    assert [(context.era, context.revision) for context in record] == [("stateless", "2026-07-28")] * 2


async def test_old_requests_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oraclepack_faults.messages.REMEMBERED_REQUESTS", 1)
    seen: list[object] = []

    def look(message: Any, context: Context) -> Any:
        seen.append(context.request)
        return message

    async def late(stdin: LineReader, stdout: LineWriter) -> None:
        ids = [json.loads(line)["id"] async for line in stdin]
        for identity in ids:
            await stdout.write(json.dumps({"jsonrpc": "2.0", "id": identity, "result": {}}) + "\n")

    lines = Lines(json.dumps({**PING, "id": number}) + "\n" for number in (1, 2))
    await serve_lines(late, [Fault("a/b", "wire", "Broken.", rewrite=look)], LineStreams(lines, Written()))
    assert seen == [None, {**PING, "id": 2}]


async def test_wrappers_stand_outside_the_messages_and_the_last_outermost() -> None:
    def tagging(tag: str) -> Fault:
        class Tagged(Written):
            def __init__(self, inner: LineWriter) -> None:
                super().__init__()
                self.inner = inner

            async def write(self, text: str, /) -> None:
                await self.inner.write(tag + text)

            async def flush(self) -> None:
                await self.inner.flush()

        return Fault("a/b", "wire", "Broken.", stdio=lambda streams: LineStreams(streams.stdin, Tagged(streams.stdout)))

    written = Written()
    rewriting = Fault("a/b", "wire", "Broken.", rewrite=lambda *_: b"new")
    streams = LineStreams(Lines([json.dumps(PING)]), written)
    await serve_lines(echo, [tagging("inner "), rewriting, tagging("outer ")], streams)
    assert written.lines == ["outer inner new"]
