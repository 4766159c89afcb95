"""Which address may be listened on, and under which names."""

from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.http.auth.settings import AuthSettings
from oraclepack_mcp.http.exposure import public_hosts_of, scheme_of
from oraclepack_mcp.http.settings import ProxySettings, TlsSettings
from oraclepack_mcp.protocol.callers import is_foreign_host, is_foreign_origin
from oraclepack_mcp.server.sentences import describe
from oraclepack_mcp.settings import Settings
from pydantic import ValidationError
from starlette.datastructures import Headers

AUTH = AuthSettings(issuer="https://issuer.example", resource_url="https://packs.example/mcp", jwks_file=Path("keys"))
TLS = TlsSettings(certificate=Path("cert"), key=Path("key"), public_hosts=("packs.example",))
PROXY = ProxySettings(trusted=("10.0.0.0/8",), public_hosts=("packs.example",))
PUBLIC = ("0.0.0.0", "::", "10.1.2.3", "packs.example", "127.0.0.1.attacker.example")  # noqa: S104


@pytest.mark.parametrize("host", PUBLIC)
@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({}, "without authentication"),
        ({"tls": TLS}, "without authentication"),
        ({"behind_tls_proxy": PROXY}, "without authentication"),
        ({"auth": AUTH}, "TLS certificate"),
        ({"auth": AUTH, "tls": TLS.model_copy(update={"public_hosts": ()})}, "names"),
        ({"auth": AUTH, "tls": TLS, "behind_tls_proxy": PROXY}, "not by both"),
        ({"auth": AUTH.model_copy(update={"development": True}), "tls": TLS}, "development"),
        ({"auth": AUTH.model_copy(update={"resource_url": "http://localhost/mcp"}), "tls": TLS}, "https"),
    ],
)
def test_a_public_address_needs_tokens_and_tls(host: str, given: dict[str, Any], lacks: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(host=host, **given)

    assert lacks in describe(refused.value)


@pytest.mark.parametrize("host", PUBLIC)
@pytest.mark.parametrize("given", [{"tls": TLS}, {"behind_tls_proxy": PROXY}])
def test_with_both_any_address_may_be_listened_on(host: str, given: dict[str, Any]) -> None:
    settings = Settings(host=host, auth=AUTH, **given)

    assert scheme_of(settings) == "https"
    assert public_hosts_of(settings) == ("packs.example",)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
@pytest.mark.parametrize("given", [{}, {"auth": AUTH}, {"tls": TLS}, {"auth": AUTH, "tls": TLS}])
def test_a_loopback_address_needs_nothing(host: str, given: dict[str, Any]) -> None:
    assert Settings(host=host, **given).host == host


def test_what_a_proxy_passes_on_came_from_outside_even_on_a_loopback_address() -> None:
    with pytest.raises(ValidationError, match="without authentication"):
        Settings(behind_tls_proxy=PROXY)

    assert Settings(auth=AUTH, behind_tls_proxy=PROXY).host == "127.0.0.1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"trusted": ()},
        {"trusted": ("*",)},
        {"trusted": ("proxy.example",)},
        {"public_hosts": ()},
        {"public_hosts": ("https://packs.example",)},
        {"public_hosts": ("*",)},
        {"public_hosts": ("Packs.example",)},
    ],
)
def test_a_proxy_is_named_exactly(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProxySettings.model_validate({"trusted": ("10.0.0.1",), "public_hosts": ("packs.example",), **wrong})


@pytest.mark.parametrize(
    ("host", "foreign"),
    [
        ("packs.example", False),
        ("PACKS.example", False),
        ("10.1.2.3:8443", False),
        ("packs.example:8443", True),
        ("packs.example.attacker.example", True),
        ("attacker.example", True),
        ("10.1.2.3", True),
    ],
)
def test_a_public_name_is_ours_as_it_was_given(host: str, foreign: bool) -> None:
    server = ("10.1.2.3", 8443)

    assert is_foreign_host(Headers({"host": host}), server, ("packs.example",), "https") is foreign


def test_a_server_with_tls_has_no_origins_without() -> None:
    server = ("127.0.0.1", 8443)

    assert not is_foreign_origin(Headers({"origin": "https://localhost:8443"}), server, (), "https")
    assert is_foreign_origin(Headers({"origin": "http://localhost:8443"}), server, (), "https")
    assert not is_foreign_host(Headers({"host": "localhost"}), ("127.0.0.1", 443), (), "https")
    assert is_foreign_host(Headers({"host": "localhost"}), ("127.0.0.1", 80), (), "https")
