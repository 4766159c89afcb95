"""What the diagnostics profile adds to the transports: streams that can be resumed, and HTTP+SSE."""

import json
from collections.abc import Iterator
from typing import Any

import anyio
import httpx2
import pytest
from oraclepack_faults.serve import running
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.settings import Settings

pytestmark = pytest.mark.e2e

JSON = {"content-type": "application/json"}
BOTH = {**JSON, "accept": "application/json, text/event-stream"}
SECONDS = 10.0


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with running(Settings(transport="streamable-http", port=0, profile="diagnostics")) as url:
        yield url.removesuffix("/mcp")


def message(method: str, number: int | None = 1, **params: Any) -> dict[str, Any]:
    named = {} if number is None else {"id": number}
    return {"jsonrpc": "2.0", **named, "method": method, "params": params}


def initialize(revision: str) -> dict[str, Any]:
    return message(
        "initialize", 0, protocolVersion=revision, capabilities={}, clientInfo={"name": "test", "version": "1"}
    )


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Each event of a stream as its fields."""
    found: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            found[name] = value.strip()
        elif found:
            yield found
            found = {}


@pytest.fixture
def session(origin: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=origin, headers=BOTH, timeout=SECONDS) as client:
        opened = client.post("/mcp", json=initialize("2025-11-25"))
        client.headers["mcp-session-id"] = opened.headers["mcp-session-id"]
        client.headers["mcp-protocol-version"] = "2025-11-25"
        client.post("/mcp", json=message("notifications/initialized", None))
        yield client
        client.delete("/mcp")


def test_a_stream_begins_with_an_id_and_says_when_to_come_back(session: httpx2.Client) -> None:
    first, second = events(session.post("/mcp", json=message("ping")).iter_lines())

    assert first["data"] == ""
    assert int(first["retry"]) > 0
    assert first["id"].partition("-")[0] == second["id"].partition("-")[0]


def test_a_stream_that_the_server_closed_is_taken_up_again(session: httpx2.Client) -> None:
    call = message("tools/call", 7, name="test_reconnection", arguments={})
    before = list(events(session.post("/mcp", json=call).iter_lines()))
    heard = [json.loads(event["data"]) for event in before[1:]]
    assert all("result" not in found for found in heard)

    with session.stream("GET", "/mcp", headers={"last-event-id": before[-1]["id"]}) as stream:
        for event in events(stream.iter_lines()):
            heard.append(json.loads(event["data"] or "{}"))
            if "result" in heard[-1]:
                break
    logged = [found["params"]["data"] for found in heard if "params" in found]
    assert logged == ["Before disconnect", "After reconnect"]
    assert heard[-1]["id"] == 7


def test_ids_of_another_session_bring_nothing(session: httpx2.Client, origin: str) -> None:
    events_of_mine = list(events(session.post("/mcp", json=message("ping")).iter_lines()))
    with httpx2.Client(base_url=origin, headers=BOTH, timeout=SECONDS) as other:
        other.headers["mcp-session-id"] = other.post("/mcp", json=initialize("2025-11-25")).headers["mcp-session-id"]
        answer = other.get("/mcp", headers={"last-event-id": events_of_mine[0]["id"]})

    assert list(events(answer.iter_lines())) == []


def test_the_older_transport_names_an_endpoint_and_answers_on_its_stream(origin: str) -> None:
    with httpx2.Client(base_url=origin, timeout=SECONDS) as client, client.stream("GET", "/sse") as stream:
        heard = events(stream.iter_lines())
        endpoint = next(heard)
        assert endpoint["event"] == "endpoint"
        address = endpoint["data"]

        assert client.post(address, json=initialize("2024-11-05")).status_code == 202
        opened = next(heard)
        assert opened["event"] == "message"
        assert json.loads(opened["data"])["result"]["protocolVersion"] == "2024-11-05"

        assert client.post(address, content=b"{not json", headers=JSON).status_code == 202
        assert json.loads(next(heard)["data"])["error"]["code"] == -32700


def test_the_older_transport_refuses_what_belongs_to_no_connection(origin: str) -> None:
    with httpx2.Client(base_url=origin, timeout=SECONDS) as client, client.stream("GET", "/sse") as stream:
        heard = events(stream.iter_lines())
        address = next(heard)["data"]
        ping = message("ping")

        assert client.post("/messages?session_id=made-up", json=ping).status_code == 404
        assert client.post("/messages", json=ping).status_code == 404
        assert client.get(address).status_code == 405
        assert client.post("/sse", json=ping).status_code == 405
        assert client.post(address, content=json.dumps(ping), headers={"content-type": "text/plain"}).status_code == 415
        assert client.post(address, content=b" ", headers=JSON).status_code == 400
        assert client.post(address, content=b" " * (5 * 1024 * 1024), headers=JSON).status_code == 413
        assert client.post(address, json=ping, headers={"origin": "http://attacker.example"}).status_code == 403
        assert client.get("/sse", headers={"host": "attacker.example"}).status_code == 421


def test_the_default_profile_has_neither() -> None:
    with running(Settings(transport="streamable-http", port=0)) as url, httpx2.Client(timeout=SECONDS) as client:
        assert client.get(url.replace("/mcp", "/sse")).status_code == 404
        opened = client.post(url, json=initialize("2025-11-25"), headers=BOTH)
        assert [set(event) for event in events(opened.iter_lines())] == [{"event", "data"}]


def test_workers_that_share_an_address_do_not_offer_the_older_transport() -> None:
    app = build_http_app(Settings(transport="streamable-http", port=0, profile="diagnostics", workers=2))

    async def status() -> int:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return (await client.get("/sse")).status_code

    assert anyio.run(status) == 404
