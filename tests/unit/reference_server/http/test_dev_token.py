"""Tokens for trying out the authenticated mode."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from oraclepack_mcp.http.auth.fetching import open_client
from oraclepack_mcp.http.auth.verifying import build_verifier
from oraclepack_mcp.http.dev_token import MAX_TTL_SECONDS, development_auth, mint
from oraclepack_mcp.security.scopes import SCOPES

RESOURCE = "http://127.0.0.1:8000/mcp"


@pytest.mark.anyio
async def test_a_minted_token_is_good_for_the_server_that_takes_them(tmp_path: Path) -> None:
    minted = mint(tmp_path / "state", RESOURCE, scopes=["packs:execute", "urls:write"])
    settings = development_auth(tmp_path / "state", RESOURCE)
    async with open_client(5) as client:
        verifier = build_verifier(settings, client)
        access = await verifier.verify_token(minted.token)
        elsewhere = mint(tmp_path / "state", "http://127.0.0.1:9000/mcp")
        stranger = mint(tmp_path / "other", RESOURCE)

        assert access is not None
        assert (access.subject, access.scopes) == ("developer", ["packs:execute", "urls:write"])
        assert access.expires_at == minted.expires_at + settings.leeway_s
        assert await verifier.verify_token(elsewhere.token) is None
        assert await verifier.verify_token(stranger.token) is None
    assert settings.development


def test_the_key_is_private_and_only_its_public_half_is_written_for_the_server(tmp_path: Path) -> None:
    state = tmp_path / "state"
    development_auth(state, RESOURCE)

    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in state.iterdir()} == {0o600}
    assert sorted(path.name for path in state.iterdir()) == ["development-key.pem", "development-keys.json"]
    [entry] = json.loads((state / "development-keys.json").read_bytes())["keys"]
    assert "d" not in entry


def test_all_that_draw_a_key_at_once_use_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda _: mint(tmp_path, RESOURCE).token, range(32)))

    assert len({token.split(".")[0] for token in tokens}) == 1
    assert len(set(tokens)) == 32
    assert [path.name for path in tmp_path.iterdir()] == ["development-key.pem"]


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    mint(tmp_path, RESOURCE)
    (tmp_path / "development-key.pem").chmod(0o640)

    with pytest.raises(ValueError, match="not private"):
        mint(tmp_path, RESOURCE)
    with pytest.raises(ValueError, match="not private"):
        development_auth(tmp_path, RESOURCE)


def test_a_link_in_the_place_of_the_key_is_not_followed(tmp_path: Path) -> None:
    mint(tmp_path / "real", RESOURCE)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "development-key.pem").symlink_to(tmp_path / "real" / "development-key.pem")

    with pytest.raises(OSError, match="symbolic links"):
        mint(tmp_path / "state", RESOURCE)


@pytest.mark.parametrize("scopes", [[], ["admin"], ["packs:read", "openid"]])
def test_only_scopes_of_this_server_are_minted(tmp_path: Path, scopes: list[str]) -> None:
    with pytest.raises(ValueError, match=SCOPES[0]):
        mint(tmp_path, RESOURCE, scopes=scopes)  # type: ignore[arg-type]


@pytest.mark.parametrize("ttl_s", [0, -1, MAX_TTL_SECONDS + 1])
def test_a_token_does_not_live_for_ever(tmp_path: Path, ttl_s: int) -> None:
    with pytest.raises(ValueError, match="lives"):
        mint(tmp_path, RESOURCE, ttl_s=ttl_s)
