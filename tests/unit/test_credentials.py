"""Who the harness can be to a target, and that no token of anybody is recorded."""

import json

import pytest
from mcp_audit_harness.api import observe
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.cli.targets import make_target
from mcp_audit_harness.cli.usage import UsageError
from mcp_audit_harness.engine.saved import dump
from mcp_audit_harness.errors import HarnessError
from mcp_audit_harness.model import HttpTarget, Revision, StdioTarget, Transport
from mcp_audit_harness.policy import Options
from mcp_audit_harness.session.bounds import Bounds
from mcp_audit_harness.session.credentials import Credentials
from mcp_audit_harness.session.http import HttpConnector
from mcp_audit_harness.session.http_exchange import elsewhere
from mcp_audit_harness.session.transcript import Transcript

from tests.servers import serving

pytestmark = pytest.mark.anyio

OWN = "token-of-the-operator"
SECOND = "token-of-somebody-else"


def target(url: str = "http://127.0.0.1:9/mcp") -> HttpTarget:
    return HttpTarget(
        url,
        (("Authorization", f"Bearer {OWN}"), ("X-Tenant", "blue")),
        transport=Transport.HTTP,
        identities=(("second", f"Bearer {SECOND}"),),
    )


def test_nobody_shows_none_of_the_operators_headers() -> None:
    assert Credentials.of(target()).anonymous() == {"authorization": None, "x-tenant": None}


def test_somebody_else_shows_nothing_of_the_operator() -> None:
    headers = Credentials.of(target()).identity("second")
    assert headers == {"authorization": f"Bearer {SECOND}", "x-tenant": None}


def test_an_identity_without_a_token_is_none() -> None:
    assert Credentials.of(target()).identity("low-scope") is None
    assert Credentials.of(StdioTarget(("server",))).identity("own") is None


def test_the_login_in_a_url_is_the_operators_own() -> None:
    found = Credentials.of(HttpTarget("http://alice:wonder@127.0.0.1/mcp"))
    assert found.identity("own") == {"authorization": "Basic YWxpY2U6d29uZGVy"}
    assert found.anonymous() == {"authorization": None}


@pytest.mark.parametrize("pair", [("http://example.org/mcp", "127.0.0.2"), ("http://127.0.0.1/mcp", "192.0.2.1")])
def test_no_other_machine_is_asked_in_the_place_of_the_target(pair: tuple[str, str]) -> None:
    with pytest.raises(HarnessError):
        elsewhere(*pair)


def test_another_address_of_this_machine_keeps_port_and_path() -> None:
    assert elsewhere("http://localhost:81/mcp?a=b", "127.0.0.2") == "http://127.0.0.2:81/mcp?a=b"


class Guarded:
    """Wants a token on every request; answers initialize, and says back who asks."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    async def __call__(self, scope: dict, receive: object, send: object) -> None:  # type: ignore[type-arg]
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        authorization = headers.get("authorization")
        self.asked.append(authorization)
        event = await receive()  # type: ignore[operator]
        message = json.loads(event["body"] or b"{}")
        result = {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "serverInfo": {"name": f"for {authorization}", "version": "1"},
        }
        body = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), "result": result}).encode()
        sent = [(b"content-type", b"application/json"), (b"www-authenticate", b'Bearer realm="x"')]
        status = 200 if authorization else 401
        await send({"type": "http.response.start", "status": status, "headers": sent})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": body if status == 200 else b"{}"})  # type: ignore[operator]


async def test_a_guarded_server_is_known_for_one_though_the_audit_has_a_token() -> None:
    app = Guarded()
    with serving(app) as url:
        seen = await observe(target(f"{url}/mcp"), Catalogue((), ()), Options(revisions=(Revision.V2025_11_25,)))
    assert seen.survey is not None
    assert (seen.survey.auth.required, seen.survey.auth.scheme) == (True, "Bearer")
    assert app.asked.count(None) == 1


async def test_without_credentials_nothing_more_is_asked() -> None:
    app = Guarded()
    with serving(app) as url:
        seen = await observe(HttpTarget(f"{url}/mcp", transport=Transport.HTTP), Catalogue((), ()), Options())
    assert "requires authorization (Bearer)" in seen.failure


async def test_no_token_is_in_a_saved_run() -> None:
    with serving(Guarded()) as url:
        goal = target(f"{url}/mcp")
        text = dump(await observe(goal, Catalogue((), ()), Options(revisions=(Revision.V2025_11_25,))))
    assert OWN.encode() not in text
    assert SECOND.encode() not in text


async def test_tokens_are_kept_out_of_the_record_wherever_they_travel() -> None:
    from mcp_audit_harness.api import operator_secrets

    with serving(Guarded()) as url:
        goal = target(f"{url}/mcp")
        transcript = Transcript(secrets=operator_secrets(goal), tap=lambda *_: ())
        connector = HttpConnector(goal, transcript, Bounds())
        headers = Credentials.of(goal).identity("second")
        await connector.http(
            Revision.V2025_11_25, "test", "POST", headers=headers, body=b"{}", path=f"/mcp?access_token={OWN}"
        )
        await connector.aclose()
    (recorded,) = transcript.exchanges
    assert OWN not in repr(recorded)
    assert SECOND not in repr(recorded)
    assert "[redacted]" in recorded.body


def test_the_command_line_takes_tokens_of_others_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER", SECOND)
    identities = {"second": "OTHER", "low-scope": None}
    made = make_target("http://127.0.0.1/mcp", (), (), (), None, verify_tls=True, identity_env=identities)
    assert isinstance(made, HttpTarget)
    assert made.identities == (("second", f"Bearer {SECOND}"),)


def test_a_token_of_another_has_to_be_set_and_is_for_urls_only() -> None:
    identities = {"second": "NO_SUCH_VARIABLE"}
    with pytest.raises(UsageError, match="NO_SUCH_VARIABLE is not set"):
        make_target("http://127.0.0.1/mcp", (), (), (), None, verify_tls=True, identity_env=identities)
    with pytest.raises(UsageError, match="takes credentials from its environment"):
        make_target(None, ("server",), (), (), None, verify_tls=True, identity_env=identities)


async def test_a_session_can_speak_for_somebody_else_throughout() -> None:
    app = Guarded()
    with serving(app) as url:
        goal = target(f"{url}/mcp")
        connector = HttpConnector(goal, Transcript(tap=lambda *_: ()), Bounds())
        session = await connector.open(Revision.V2025_11_25, "test", headers=Credentials.of(goal).identity("second"))
        await session.request("ping")
        await session.close()
        await connector.aclose()
    assert app.asked == [f"Bearer {SECOND}"] * 3
