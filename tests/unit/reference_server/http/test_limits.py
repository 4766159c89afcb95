"""How often, how many, how long and how large."""

import json
import socket
import time
from typing import Any

import anyio
import httpx2
import pytest
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.limits import Rates
from oraclepack_mcp.http.patience import Patience
from oraclepack_mcp.http.serving import Surroundings
from oraclepack_mcp.http.settings import LimitSettings, ProxySettings, Rate
from oraclepack_mcp.protocol.refusals import HttpRefusedError
from oraclepack_mcp.settings import Settings
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from tests.e2e.reference_client import JSON_AND_SSE, code, events, initialize, request
from tests.issuer import ISSUER, JWKS_URL, Issuer
from tests.memory_http import URL, MemoryClient, SmallServer, bearer, required_scopes, serving

pytestmark = pytest.mark.anyio

FEW = LimitSettings(authenticated=Rate(requests=6, calls_of_a_tool=2), anonymous=Rate(requests=6, calls_of_a_tool=2))


def with_limits(**limits: Any) -> Settings:
    return Settings(limits=LimitSettings(**limits))


# -- rates


async def test_by_default_nobody_on_this_machine_meets_a_limit() -> None:
    rates = Rates(LimitSettings(), authenticated=False)
    served = 0
    for _ in range(3000):
        await rates.request("127.0.0.1")
        await rates.call("127.0.0.1", "look")
        served += 1
    assert served == 3000


async def test_a_principal_has_so_many_requests_a_minute_wherever_they_come_from() -> None:
    issuer = Issuer(URL)
    auth = AuthSettings(issuer=ISSUER, resource_url=URL, jwks_url=JWKS_URL)
    around = Surroundings(required_scopes=required_scopes, transport=issuer.transport)
    alice, bob = issuer.token(), issuer.token(sub="bob")
    async with serving(Settings(auth=auth, limits=FEW), around) as client:
        answers = [await client.call(f"tool-{number}", alice) for number in range(7)]
        other = await client.call("look", bob)

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert other.status_code == 200
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert code(answers[-1]) == -32603


async def test_each_tool_has_a_rate_of_its_own_in_both_eras_and_in_batches() -> None:
    settings = with_limits(anonymous=Rate(requests=100, calls_of_a_tool=2))
    call = request("tools/call", {"name": "look", "arguments": {}}, "mine")
    async with serving(settings) as client:
        session = await client.open()
        batches = await client.open(revision="2025-03-26")
        answers = [
            await client.call("look"),
            await client.post(call, session),
            await client.call("look"),
            await client.post(call, session),
            await client.post([call], batches),
        ]
        other = await client.call("run")

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429, 429]
    assert answers[3].json()["id"] == "mine"
    assert "mine" not in answers[3].json()["error"]["message"]
    assert other.status_code == 200


async def test_without_tokens_callers_are_told_apart_by_their_address_as_a_trusted_proxy_says() -> None:
    issuer = Issuer("https://packs.example/mcp")
    auth = AuthSettings(issuer=ISSUER, resource_url="https://packs.example/mcp", jwks_url=JWKS_URL)
    proxy = ProxySettings(trusted=("127.0.0.1",), public_hosts=("packs.example",))
    settings = Settings(auth=auth, behind_tls_proxy=proxy, limits=LimitSettings(failed_logins=1))
    async with serving(settings, Surroundings(transport=issuer.transport)) as client:
        named = {"Host": "packs.example"}
        answers = [
            await client.call("look", "bad", **named, **{"X-Forwarded-For": address})
            for address in ("198.51.100.1", "198.51.100.1", "198.51.100.2", "198.51.100.1, 198.51.100.3")
        ]
        stranger = MemoryClient(client.http._transport.app, "203.0.113.9")  # type: ignore[attr-defined]
        async with stranger.http:
            forged = [
                await stranger.call("look", "bad", **named, **{"X-Forwarded-For": f"198.51.100.{number}"})
                for number in (10, 11)
            ]

    assert [answer.status_code for answer in answers] == [401, 429, 401, 401]
    assert [answer.status_code for answer in forged] == [401, 429]


async def test_workers_that_count_for_themselves_get_a_share_each() -> None:
    settings = LimitSettings(anonymous=Rate(requests=10, calls_of_a_tool=10))
    rates = Rates(settings, authenticated=False, workers=4)
    for _ in range(3):
        await rates.request("one")

    with pytest.raises(HttpRefusedError, match="Too many requests"):
        await rates.request("one")
    await rates.request("another")


async def test_while_redis_is_away_each_worker_counts_for_itself(unused_port: int) -> None:
    pytest.importorskip("redis")
    settings = LimitSettings(
        storage_url=f"redis://127.0.0.1:{unused_port}/0", anonymous=Rate(requests=2, calls_of_a_tool=2)
    )
    rates = Rates(settings, authenticated=False)
    await rates.request("one")
    await rates.request("one")
    with pytest.raises(HttpRefusedError, match="Too many requests"):
        await rates.request("one")
    await rates.check("one")


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


# -- places and time


async def test_only_so_many_requests_are_served_at_once_and_streams_have_places_of_their_own() -> None:
    small = SmallServer()
    async with serving(with_limits(max_requests=1), None, small) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(client.call, "wait")
        await small.waiting.wait()
        refused = await client.call("look")
        stream = await client.http.get(URL)
        small.gate.set()

    assert (refused.status_code, refused.headers["retry-after"], code(refused)) == (503, "1", -32603)
    assert stream.status_code == 400


async def test_a_call_that_takes_too_long_is_answered_and_ended() -> None:
    small = SmallServer()
    async with serving(with_limits(request_timeout_s=0.05), None, small) as client:
        answer = await client.call("wait")
        again = await client.call("look")

    assert (answer.status_code, code(answer)) == (504, -32603)
    assert again.status_code == 200


async def test_a_tool_with_limits_of_its_own_may_last() -> None:
    small = SmallServer()
    around = Surroundings(may_last=frozenset({"wait"}))
    answers: list[httpx2.Response] = []
    async with serving(with_limits(request_timeout_s=0.05), around, small) as client:

        async def call() -> None:
            answers.append(await client.call("wait"))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await small.waiting.wait()
            assert (await client.call("wait-not")).status_code == 200
            await anyio.sleep(0.2)
            small.gate.set()
    assert answers[0].status_code == 200


async def test_an_event_stream_that_has_begun_is_not_cut() -> None:
    small = SmallServer()
    call = request("tools/call", {"name": "wait", "arguments": {}})
    answers: list[httpx2.Response] = []
    async with serving(with_limits(request_timeout_s=0.05), None, small) as client:
        session = await client.open()

        async def post() -> None:
            answers.append(await client.post(call, session))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(post)
            await small.waiting.wait()
            await anyio.sleep(0.2)
            small.gate.set()
    assert "result" in events(answers[0])[0]


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    sent: list[Message] = []

    async def nothing() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await PlainTextResponse("late")(scope, receive, send)

    scope: Scope = {"type": "http", "method": "POST", "headers": [(b"mcp-method", b"subscriptions/listen")]}
    await Patience(reads, 0.05)(scope, nothing, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["error"]["code"] == -32600


async def test_an_app_that_cannot_be_interrupted_holds_nobody_up() -> None:
    sent: list[tuple[float, Message]] = []
    started = time.monotonic()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append((time.monotonic() - started, message))

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.5)
            await PlainTextResponse("late")(scope, receive, send)

    await Patience(stubborn, 0.05)({"type": "http", "method": "POST", "headers": []}, receive, send)

    assert sent[0][1]["status"] == 504
    assert sent[0][0] < 0.45
    assert len(sent) == 2


async def test_sessions_are_limited_and_end_when_nobody_asks() -> None:
    async with serving(with_limits(max_sessions=2, session_idle_s=0.2)) as client:
        first = await client.open()
        await client.open()
        full = await client.post(initialize("2025-11-25"))
        with anyio.fail_after(10):
            while (await client.post(initialize("2025-11-25"))).status_code != 200:  # noqa: ASYNC110 - others see no event
                await anyio.sleep(0.05)
        gone = await client.post(request("ping"), first)

    assert (full.status_code, gone.status_code) == (503, 404)
    assert "mcp-session-id" not in full.headers


# -- headers


@pytest.mark.parametrize("headers", [{f"X-{number}": "x" for number in range(101)}, {"X-Large": "x" * 33_000}])
async def test_headers_without_end_are_refused(headers: dict[str, str]) -> None:
    async with serving(Settings()) as client:
        assert (await client.post(initialize("2025-11-25"), headers)).status_code == 431


async def test_every_answer_says_how_a_browser_has_to_take_it() -> None:
    async with serving(Settings()) as client:
        answers = [
            await client.post(initialize("2025-11-25")),
            await client.call("look"),
            await client.http.get(URL),
            await client.http.get("http://127.0.0.1:8000/none"),
            await client.post(initialize("2025-11-25"), {"Host": "attacker.example"}),
            await client.post(initialize("2025-11-25"), {f"X-{number}": "x" for number in range(101)}),
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 400, 404, 421, 431]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["cache-control"] in {"no-store", "no-cache, no-transform"}
        assert "strict-transport-security" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


async def test_behind_tls_browsers_are_told_to_stay_there() -> None:
    issuer = Issuer("https://packs.example/mcp")
    auth = AuthSettings(issuer=ISSUER, resource_url="https://packs.example/mcp", jwks_url=JWKS_URL)
    proxy = ProxySettings(trusted=("127.0.0.1",), public_hosts=("packs.example",))
    settings = Settings(auth=auth, behind_tls_proxy=proxy)
    async with serving(settings, Surroundings(transport=issuer.transport)) as client:
        good = await client.call("look", issuer.token(), Host="packs.example", Origin="https://packs.example")
        clear = await client.call("look", issuer.token(), Host="packs.example", Origin="http://packs.example")

    assert good.status_code == 200
    assert good.headers["strict-transport-security"].startswith("max-age=")
    assert clear.status_code == 403


async def test_pages_of_allowed_origins_may_ask_and_read_and_no_others() -> None:
    inspector = "http://localhost:6274"
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    issuer = Issuer(URL)
    auth = AuthSettings(issuer=ISSUER, resource_url=URL, jwks_url=JWKS_URL)
    settings = Settings(auth=auth, allowed_origins=(inspector,))
    async with serving(settings, Surroundings(transport=issuer.transport)) as client:
        asked = await client.http.options(URL, headers={**asks, "Origin": inspector})
        refused = await client.http.options(URL, headers={**asks, "Origin": "http://attacker.example"})
        unasked = await client.http.options(URL, headers={**asks, "Origin": "null"})
        headers = {**JSON_AND_SSE, "Origin": inspector}
        opened = await client.post(initialize("2025-11-25"), {**headers, **bearer(issuer.token())})
        login = await client.post(initialize("2025-11-25"), headers)
        metadata = await client.http.get("http://127.0.0.1:8000/.well-known/oauth-protected-resource", headers=headers)

    assert asked.status_code == 204
    assert {"POST", "GET", "DELETE"} <= set(asked.headers["access-control-allow-methods"].split(", "))
    allowed = asked.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "mcp-session-id", "mcp-protocol-version", "mcp-name"))
    for answer in (asked, opened, login, metadata):
        assert answer.headers["access-control-allow-origin"] == inspector
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
    for answer in (opened, login):
        assert {"Mcp-Session-Id", "WWW-Authenticate"} <= set(
            answer.headers["access-control-expose-headers"].split(", ")
        )
    assert (refused.status_code, unasked.status_code, login.status_code) == (403, 403, 401)
    assert "access-control-allow-origin" not in refused.headers
