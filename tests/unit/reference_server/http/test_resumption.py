"""What one session keeps of its streams, and what it sends again."""

import pytest
from mcp.server.streamable_http import EventMessage
from mcp_types import JSONRPCMessage, JSONRPCNotification, JSONRPCResponse
from oraclepack_mcp.http.resumption import MAX_CHARACTERS, MAX_EVENTS, SessionEvents

pytestmark = pytest.mark.anyio


def said(text: str) -> JSONRPCMessage:
    return JSONRPCNotification(jsonrpc="2.0", method="notifications/message", params={"data": text})


def response(identity: str = "1") -> JSONRPCMessage:
    return JSONRPCResponse(jsonrpc="2.0", id=identity, result={})


async def replayed(events: SessionEvents, after: str) -> tuple[str | None, list[str | None]]:
    """The name of the stream that is still open, and the ids that were sent again."""
    sent: list[EventMessage] = []

    async def send(event: EventMessage) -> None:
        sent.append(event)

    stream = await events.replay_events_after(after, send)
    return stream, [event.event_id for event in sent]


async def test_what_followed_is_sent_again_on_its_own_stream_alone() -> None:
    events = SessionEvents()
    primed = await events.store_event("a", None)
    foreign = await events.store_event("b", said("elsewhere"))
    first = await events.store_event("a", said("one"))
    second = await events.store_event("a", said("two"))

    assert await replayed(events, primed) == ("a", [first, second])
    assert await replayed(events, first) == ("a", [second])
    assert await replayed(events, foreign) == ("b", [])
    assert len({primed, foreign, first, second}) == 4


async def test_the_ids_of_a_stream_begin_alike() -> None:
    events = SessionEvents()
    ids = [await events.store_event(stream, said("x")) for stream in "abab"]

    assert [name.partition("-")[0] for name in ids] == ["1", "2", "1", "2"]


async def test_a_stream_ends_with_its_response_and_a_later_one_of_its_name_is_another() -> None:
    events = SessionEvents()
    primed = await events.store_event("1", None)
    ended = await events.store_event("1", response())
    again = await events.store_event("1", said("of a later request"))

    assert await replayed(events, primed) == (None, [ended])
    assert await replayed(events, again) == ("1", [])


@pytest.mark.parametrize("name", ["", "7", "7-", "-7", "a-b", "1-2-3", "\N{SUPERSCRIPT TWO}-1", "99-99"])
async def test_an_unknown_id_brings_nothing(name: str) -> None:
    events = SessionEvents()
    await events.store_event("1", said("x"))

    assert await replayed(events, name) == (None, [])


async def test_the_oldest_events_are_forgotten_by_number_and_by_size() -> None:
    many, large = SessionEvents(), SessionEvents()
    primed = [await events.store_event("1", None) for events in (many, large)]
    for _ in range(MAX_EVENTS + 5):
        await many.store_event("1", said("x"))
    for _ in range(4):
        await large.store_event("1", said("x" * (MAX_CHARACTERS // 3)))

    assert len((await replayed(many, primed[0]))[1]) == MAX_EVENTS
    assert len((await replayed(large, primed[1]))[1]) == 2
