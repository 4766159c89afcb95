"""The reference server as a client meets it: raw HTTP at every revision."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.http.listening import ListeningServer
from oraclepack_mcp.server.tools import TOOLS
from oraclepack_mcp.settings import RootSetting, Settings

from tests.e2e.reference_client import JSON_AND_SSE, META, MODERN, Client, code, events, initialize, request

pytestmark = pytest.mark.e2e

HANDSHAKE = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")


@pytest.fixture(scope="session")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packs")


def _serve(settings: Settings) -> Iterator[Client]:
    listening = threading.Event()
    server = ListeningServer(build_http_app(settings), settings, lambda _: listening.set())
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert listening.wait(20)
    client = Client(server.url)
    yield client
    client.http.close()
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def server() -> Iterator[Client]:
    yield from _serve(Settings(transport="streamable-http", port=0))


@pytest.fixture(scope="session")
def changing(packs: Path) -> Iterator[Client]:
    """A server over a directory that the test may change."""
    roots = (RootSetting(name="packs", path=packs),)
    yield from _serve(Settings(transport="streamable-http", port=0, roots=roots))


# -- messages


@pytest.mark.parametrize("identity", [None, 1.5, True, {}, []])
@pytest.mark.parametrize("revision", [*HANDSHAKE, MODERN])
def test_a_bad_id_is_an_invalid_request_at_every_revision(server: Client, revision: str, identity: object) -> None:
    stateless = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "ping"}
    response = server.post(
        request("ping", {"_meta": META} if revision == MODERN else None, identity),
        stateless if revision == MODERN else server.open(revision),
    )

    assert (response.status_code, code(response)) == (400, -32600)
    assert response.json()["id"] is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"nope", -32700),
        (b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}', -32700),
        (b"", -32700),
        (5, -32600),
        ([], -32600),
        ([request("ping")], -32600),
        ({"id": 1, "method": "ping"}, -32600),
        ({**request("ping"), "jsonrpc": "1.0"}, -32600),
        ({**request("ping"), "method": 5}, -32600),
        ({**request("ping"), "params": "x"}, -32600),
        ({"jsonrpc": "2.0", "id": 1}, -32600),
    ],
)
def test_what_is_no_message_is_refused_with_400(server: Client, body: object, expected: int) -> None:
    for headers in (server.open("2025-11-25"), {"MCP-Protocol-Version": MODERN, "Mcp-Method": "ping"}):
        response = server.post(body, headers)
        assert (response.status_code, code(response)) == (400, expected)


def test_unknown_notifications_and_stray_responses_are_accepted_and_dropped(server: Client) -> None:
    session = server.open("2025-11-25")

    assert server.post({"jsonrpc": "2.0", "method": "notifications/unheard"}, session).status_code == 202
    assert server.post({"jsonrpc": "2.0", "id": 77, "result": {}}, session).status_code == 202
    assert "result" in events(server.post(request("ping"), session))[0]


# -- batches


def test_a_batch_is_answered_as_one_where_the_revision_has_batches(server: Client) -> None:
    session = server.open("2025-03-26")
    batch = [
        request("ping", identity="a"),
        7,
        {"jsonrpc": "2.0", "method": "notifications/unheard"},
        request("tools/list", identity="b"),
        initialize("2025-03-26"),
    ]

    answers = server.post(batch, session).json()

    assert [(answer["id"], answer.get("error", {}).get("code")) for answer in answers] == [
        ("a", None),
        (None, -32600),
        ("b", None),
        (1, -32600),
    ]
    assert len(answers[2]["result"]["tools"]) == len(TOOLS)


def test_requests_whose_ids_read_alike_are_all_answered(server: Client) -> None:
    session = server.open("2025-03-26")
    call = {"name": "oraclepack_validate_pack", "arguments": {"pack": "release-readiness.md"}}
    same = [request("tools/call", call, identity) for identity in (1, "1", 1, "1")]

    assert [answer["id"] for answer in server.post(same, session).json()] == [1, "1", 1, "1"]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda message: events(server.post(message, session))[0], same))
    assert [answer["id"] for answer in answers] == [1, "1", 1, "1"]
    assert all(answer["result"]["structuredContent"]["ok"] for answer in answers)


def test_a_batch_of_notifications_is_accepted_without_a_body(server: Client) -> None:
    response = server.post([{"jsonrpc": "2.0", "method": "notifications/x"}] * 2, server.open("2025-03-26"))

    assert (response.status_code, response.content) == (202, b"")


@pytest.mark.parametrize("revision", ["2024-11-05", "2025-06-18", "2025-11-25"])
def test_a_batch_is_refused_at_other_revisions(server: Client, revision: str) -> None:
    response = server.post([request("ping")], server.open(revision))

    assert (response.status_code, code(response)) == (400, -32600)


def test_a_batch_for_an_unknown_session_finds_none(server: Client) -> None:
    assert server.post([request("ping")], {"Mcp-Session-Id": "gone"}).status_code == 404


# -- sessions


def test_sessions_begin_with_initialize_and_end_with_delete(server: Client) -> None:
    session = server.open("2025-11-25")

    assert server.post(request("tools/list")).status_code == 400
    assert server.http.get(server.url, headers={"Accept": "text/event-stream"}).status_code == 400
    assert server.post(request("tools/list"), {"Mcp-Session-Id": "unknown"}).status_code == 404
    assert code(server.post(initialize("2025-11-25"), session)) == -32600
    assert server.http.delete(server.url, headers=session).status_code in {200, 204}
    assert server.post(request("ping"), session).status_code == 404
    assert server.http.delete(server.url, headers=session).status_code == 404


def test_a_refusal_names_no_session(server: Client) -> None:
    refusals = [
        server.post(request("ping")),
        server.post(initialize("2025-11-25"), {"Accept": "text/html"}),
        server.post(request("initialize", {"protocolVersion": "2025-11-25"})),
        server.post(request("initialize")),
    ]

    assert [response.status_code for response in refusals] == [400, 406, 400, 400]
    assert [code(response) for response in refusals] == [-32600, -32600, -32602, -32602]
    assert not any("mcp-session-id" in response.headers for response in refusals)


def test_session_ids_are_long_visible_and_different(server: Client) -> None:
    ids = {server.open("2025-11-25")["Mcp-Session-Id"] for _ in range(20)}

    assert len(ids) == 20
    assert all(len(found) >= 32 and all("!" <= letter <= "~" for letter in found) for found in ids)


def test_event_streams_are_neither_cached_nor_buffered(server: Client) -> None:
    session = server.open("2025-11-25")
    answer = server.post(request("ping"), session)
    with server.http.stream("GET", server.url, headers={**session, "Accept": "text/event-stream"}) as stream:
        assert stream.status_code == 200
        for headers in (answer.headers, stream.headers):
            assert headers["content-type"].startswith("text/event-stream")
            assert "no-cache" in headers["cache-control"]
            assert headers["x-accel-buffering"] == "no"


@pytest.mark.parametrize("revision", ["2025-11-25", MODERN])
def test_progress_comes_on_the_stream_of_the_request_that_asks_for_it(server: Client, revision: str) -> None:
    params = {"name": "oraclepack_list_packs", "arguments": {"limit": 2}, "_meta": {"progressToken": 7}}
    if revision == MODERN:
        answer = server.stateless("tools/call", params, progressToken=7)
    else:
        answer = server.post(request("tools/call", params), server.open(revision))

    *told, result = events(answer)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "result" in result
    assert [message["params"] for message in told] == [
        {"progressToken": 7, "progress": done, "total": 2} for done in (1, 2)
    ]


def test_a_stateless_answer_without_progress_is_plain_json(server: Client) -> None:
    answer = server.stateless("tools/call", {"name": "oraclepack_list_packs"})

    assert answer.headers["content-type"] == "application/json"


# -- transport


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:evil"]
)
def test_a_foreign_host_is_misdirected(server: Client, host: str) -> None:
    port = server.url.split(":")[2].partition("/")[0]

    assert server.post(initialize("2025-11-25"), {"Host": host.format(port=port)}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["http://attacker.example", "null", "http://127.0.0.1", "http://localhost:1", "https://localhost:{port}"]
)
@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
def test_a_foreign_origin_is_forbidden(server: Client, origin: str, method: str) -> None:
    port = server.url.split(":")[2].partition("/")[0]
    headers = {**JSON_AND_SSE, "Origin": origin.format(port=port)}
    body = json.dumps(initialize("2025-11-25")).encode() if method == "POST" else None

    assert server.http.request(method, server.url, content=body, headers=headers).status_code == 403


def test_its_own_origin_is_welcome(server: Client) -> None:
    assert server.post(initialize("2025-11-25"), {"Origin": server.url.removesuffix("/mcp")}).status_code == 200


def test_media_types_methods_and_sizes_are_checked(server: Client) -> None:
    assert server.post(initialize("2025-11-25"), {"Content-Type": "text/plain"}).status_code == 415
    assert server.post(initialize("2025-11-25"), {"Accept": "application/json"}).status_code == 406
    assert server.post(b" " * (4 * 1024 * 1024 + 1)).status_code == 413
    for method in ("PUT", "PATCH"):
        response = server.http.request(method, server.url)
        assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, DELETE")
    assert server.http.get(server.url.replace("/mcp", "/other")).status_code == 404


@pytest.mark.parametrize("version", ["1999-01-01", "latest", ""])
def test_an_unsupported_version_header_is_a_bad_request(server: Client, version: str) -> None:
    session = {**server.open("2025-11-25"), "MCP-Protocol-Version": version}

    response = server.post(request("ping"), session)
    assert (response.status_code, code(response)) == (400, -32022)
    assert MODERN in response.json()["error"]["data"]["supported"]
    assert server.http.get(server.url, headers={**session, "Accept": "text/event-stream"}).status_code == 400


# -- the stateless era


def test_stateless_headers_have_to_agree_with_the_body(server: Client) -> None:
    call = {"name": "oraclepack_list_packs"}
    unnamed = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call"}
    refused = [
        server.stateless("tools/list", headers={"MCP-Protocol-Version": "2025-11-25"}),
        server.stateless("tools/list", headers={"Mcp-Method": "tools/call"}),
        server.stateless("tools/call", call, {"Mcp-Name": "other"}),
        server.post(request("tools/list", {"_meta": META})),
        server.post(request("tools/list", {"_meta": META}), {"MCP-Protocol-Version": MODERN}),
        server.post(request("tools/call", {**call, "_meta": META}), unnamed),
    ]

    assert [(response.status_code, code(response)) for response in refused] == [(400, -32020)] * len(refused)


def test_an_unsupported_revision_is_refused_with_the_supported_ones(server: Client) -> None:
    old = {"io.modelcontextprotocol/protocolVersion": "1900-01-01"}
    response = server.stateless("tools/list", None, {"MCP-Protocol-Version": "1900-01-01"}, **old)

    assert (response.status_code, code(response)) == (400, -32022)
    assert response.json()["error"]["data"] == {"supported": [MODERN], "requested": "1900-01-01"}


def test_a_stateless_request_needs_its_envelope(server: Client) -> None:
    for key in ("io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"):
        response = server.stateless("tools/list", **{key: None})
        assert (response.status_code, code(response)) == (400, -32602)
    assert server.stateless("tools/list", **{"io.modelcontextprotocol/clientInfo": None}).status_code == 200


@pytest.mark.parametrize("method", ["no/such", "ping", "initialize", "logging/setLevel", "resources/subscribe"])
def test_an_unknown_method_is_not_found(server: Client, method: str) -> None:
    response = server.stateless(method)

    assert (response.status_code, code(response)) == (404, -32601)


def test_streams_and_sessions_are_not_offered_to_stateless_clients(server: Client) -> None:
    for method in ("GET", "DELETE"):
        response = server.http.request(method, server.url, headers={"MCP-Protocol-Version": MODERN})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("server/discover", {}),
        ("tools/list", {}),
        ("resources/list", {}),
        ("resources/templates/list", {}),
        ("prompts/list", {}),
        ("resources/read", {"uri": "oraclepack://rules/runner"}),
    ],
)
def test_stateless_results_say_what_they_are_and_how_long_they_keep(
    server: Client, method: str, params: dict[str, Any]
) -> None:
    result = server.ask(MODERN, method, params)["result"]

    assert result["resultType"] == "complete"
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "oraclepack-mcp"
    assert result["ttlMs"] >= 0
    assert result["cacheScope"] == ("public" if "rules" in params.get("uri", "") else "private")


def test_a_listener_hears_of_changes_that_the_server_can_deliver(changing: Client, packs: Path) -> None:
    (packs / "old.md").write_text("old")
    uri = "oraclepack://pack/packs:old.md"
    asked = {"toolsListChanged": True, "resourcesListChanged": True, "resourceSubscriptions": [uri, "oraclepack://no"]}
    params = {"notifications": asked, "_meta": META}
    headers = {**JSON_AND_SSE, "MCP-Protocol-Version": MODERN, "Mcp-Method": "subscriptions/listen"}
    body = json.dumps(request("subscriptions/listen", params, "listen-1")).encode()
    with changing.http.stream("POST", changing.url, content=body, headers=headers) as stream:
        heard = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        acknowledged = next(heard)
        (packs / "old.md").write_text("changed")
        (packs / "new.md").write_text("new")
        told = [next(heard), next(heard)]

    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert acknowledged["params"]["notifications"] == {"resourcesListChanged": True, "resourceSubscriptions": [uri]}
    assert {message["method"] for message in told} <= {
        "notifications/resources/list_changed",
        "notifications/resources/updated",
    }
    for message in (acknowledged, *told):
        assert message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] == "listen-1"
