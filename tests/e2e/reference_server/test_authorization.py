"""The authenticated mode on a real socket: as the SDK's client meets it, and as those do who may not come in."""

import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme
from mcp.client import Client as SdkClient
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from oraclepack_mcp.http.app import build_http_app
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.dev_token import development_auth, mint
from oraclepack_mcp.http.listening import ListeningServer
from oraclepack_mcp.http.serving import Surroundings
from oraclepack_mcp.http.settings import TlsSettings
from oraclepack_mcp.security.scopes import READING
from oraclepack_mcp.server.callers import required_scopes
from oraclepack_mcp.settings import Settings

from tests.e2e.reference_client import Client, events, initialize, request
from tests.issuer import ISSUER, JWKS_URL, Issuer
from tests.memory_http import bearer

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]

NARROW_TOOL, WIDE_TOOL = "oraclepack_list_packs", "oraclepack_run_pack"


class Served:
    """A listening server, its issuer, and a raw client."""

    def __init__(self, url: str, issuer: Issuer) -> None:
        self.url = url
        self.issuer = issuer
        self.client = Client(url)

    def post(self, token: str | None, body: object, headers: dict[str, str] | None = None) -> httpx2.Response:
        return self.client.post(body, {**bearer(token), **(headers or {})})

    def stateless(self, token: str | None, tool: str, headers: dict[str, str] | None = None) -> httpx2.Response:
        return self.client.stateless("tools/call", {"name": tool}, {**bearer(token), **(headers or {})})


@contextmanager
def listening(settings: Settings, surroundings: Surroundings, listener: socket.socket) -> Iterator[str]:
    told = threading.Event()
    app = build_http_app(settings, surroundings=surroundings)
    server = ListeningServer(app, settings, lambda _: told.set(), listener=listener)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert told.wait(20)
    try:
        yield server.url
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    issuer = Issuer(url)
    auth = AuthSettings(issuer=ISSUER, resource_url=url, jwks_url=JWKS_URL)
    settings = Settings(transport="streamable-http", port=listener.getsockname()[1], auth=auth)
    with listening(
        settings, Surroundings(required_scopes=required_scopes, transport=issuer.transport), listener
    ) as found:
        assert found == url
        server = Served(url, issuer)
        yield server
        server.client.http.close()


@asynccontextmanager
async def sdk_client(url: str, token: str, mode: Any = "auto") -> Any:
    async with (
        httpx2.AsyncClient(headers=bearer(token)) as http,
        SdkClient(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_with_a_token_works_in_both_eras(served: Served, mode: str) -> None:
    async with sdk_client(served.url, served.issuer.token(), mode) as client:
        tools = await client.list_tools()
        result = await client.call_tool(NARROW_TOOL, {})

    assert NARROW_TOOL in {tool.name for tool in tools.tools}
    assert not result.is_error


async def test_a_token_from_the_command_for_newcomers_works(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    minted = mint(tmp_path, url)
    settings = Settings(
        transport="streamable-http", port=listener.getsockname()[1], auth=development_auth(tmp_path, url)
    )
    with listening(settings, Surroundings(required_scopes=required_scopes), listener):
        async with sdk_client(url, minted.token) as client:
            assert not (await client.call_tool(NARROW_TOOL, {})).is_error
            with pytest.raises((MCPError, httpx2.HTTPStatusError)):
                await client.call_tool(WIDE_TOOL, {"pack": "x.md"})


# -- S-33


def test_a_foreign_host_is_misdirected(served: Served) -> None:
    token, port = served.issuer.token(), served.url.split(":")[2].partition("/")[0]
    for host in ("evil.test", f"evil.test:{port}", f"127.0.0.1.evil.test:{port}", f"127.0.0.1:{port}.evil.test"):
        assert served.post(token, initialize("2025-11-25"), {"Host": host}).status_code == 421
        assert served.post(None, initialize("2025-11-25"), {"Host": host}).status_code == 421


def test_a_foreign_origin_is_forbidden(served: Served) -> None:
    token = served.issuer.token()
    for origin in ("http://evil.test", "null", f"{served.url.removesuffix('/mcp')}.evil.test"):
        assert served.post(token, initialize("2025-11-25"), {"Origin": origin}).status_code == 403
        assert served.post(None, initialize("2025-11-25"), {"Origin": origin}).status_code == 403


def test_without_a_token_nothing_is_served(served: Served) -> None:
    answers = [
        served.post(None, initialize("2025-11-25")),
        served.stateless(None, NARROW_TOOL),
        served.client.http.get(served.url, headers={"Accept": "text/event-stream"}),
        served.client.http.delete(served.url),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    for answer in answers:
        said = answer.headers["www-authenticate"]
        assert 'scope="packs:read runs:read urls:read"' in said
        assert "resource_metadata=" in said
        assert "error=" not in said


def test_the_metadata_that_the_challenge_names_is_there(served: Served) -> None:
    challenge = served.post(None, initialize("2025-11-25")).headers["www-authenticate"]
    url = challenge.partition('resource_metadata="')[2].partition('"')[0]

    assert served.client.http.get(url).json()["resource"] == served.url
    root = url.removesuffix("/mcp")
    assert served.client.http.get(root).json() == served.client.http.get(url).json()


@pytest.mark.parametrize("audience", ["https://other.example/mcp", "{url}-evil", None])
def test_a_token_for_somebody_else_is_refused(served: Served, audience: str | None) -> None:
    token = served.issuer.token(aud=audience and audience.format(url=served.url))

    answer = served.stateless(token, NARROW_TOOL)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_narrow_token_is_told_all_scopes_of_the_call(served: Served) -> None:
    narrow = served.issuer.token(scope=" ".join(READING))
    opened = served.post(narrow, initialize("2025-11-25"))
    session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
    served.post(narrow, {"jsonrpc": "2.0", "method": "notifications/initialized"}, session)
    call = request("tools/call", {"name": WIDE_TOOL, "arguments": {}})
    answers = [served.stateless(narrow, WIDE_TOOL), served.post(narrow, call, session)]

    for answer in answers:
        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
        assert 'scope="packs:execute"' in answer.headers["www-authenticate"]
    assert served.stateless(served.issuer.token(scope="packs:execute"), WIDE_TOOL).status_code == 200
    assert served.stateless(served.issuer.token(scope="packs:execute"), NARROW_TOOL).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104
def test_a_public_address_is_refused(host: str) -> None:
    command = [sys.executable, "-m", "oraclepack_mcp", "--transport", "streamable-http", "--host", host]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 2
    assert "without authentication the server listens on a loopback address only" in ended.stderr


# -- sessions and TLS


def test_a_session_is_only_for_the_principal_that_opened_it(served: Served) -> None:
    alice, bob = served.issuer.token(), served.issuer.token(sub="bob")
    session = {"Mcp-Session-Id": served.post(alice, initialize("2025-11-25")).headers["mcp-session-id"]}
    ping = request("ping")

    stolen = [
        served.post(bob, ping, session),
        served.client.http.get(served.url, headers={**session, **bearer(bob), "Accept": "text/event-stream"}),
        served.client.http.delete(served.url, headers={**session, **bearer(bob)}),
    ]
    assert [answer.status_code for answer in stolen] == [404] * 3
    assert served.post(None, ping, session).status_code == 401
    assert events(served.post(alice, ping, session))[0]["result"] == {}


def test_with_a_certificate_the_server_speaks_tls_and_nothing_else(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "packs.example")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(tmp_path / "cert.pem", append=True)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    issuer = Issuer("https://packs.example/mcp")
    settings = Settings(
        transport="streamable-http",
        port=port,
        auth=AuthSettings(issuer=ISSUER, resource_url="https://packs.example/mcp", jwks_url=JWKS_URL),
        tls=TlsSettings(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem", public_hosts=("packs.example",)),
    )
    with listening(settings, Surroundings(transport=issuer.transport), listener) as url:
        client = Client(url, verify=trusting)
        answer = client.stateless("tools/list", None, bearer(issuer.token()))
        public = client.stateless("tools/list", None, {**bearer(issuer.token()), "Host": "packs.example"})
        with pytest.raises(httpx2.TransportError):
            httpx2.get(url.replace("https", "http"))
        client.http.close()

    assert url == f"https://127.0.0.1:{port}/mcp"
    assert [answer.status_code, public.status_code] == [200, 200]
    assert "strict-transport-security" in answer.headers
    assert json.loads(answer.text)["result"]["tools"]
