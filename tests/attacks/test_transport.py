"""Attacks on who is let in, and on what they hear (S-33, S-34, S-40)."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest
from mcp.client import Client
from oraclepack_mcp.server.build import build_server
from oraclepack_mcp.settings import Settings

from tests.attacks.arena import Arena, attack
from tests.attacks.arena_http import Caller, over_http

LIST = "oraclepack_list_packs"


@attack("oraclepack/s33-any-host")
def test_s33_other_names_of_this_machine_are_not_served(arena: Arena) -> None:
    async def converse(caller: Caller) -> list[int]:
        names = ("evil.test", "127.0.0.1.evil.test:8000", "127.0.0.1:evil", "127.0.0.1:8000")
        return [(await caller.post(LIST, headers={"Host": name})).status_code for name in names]

    assert over_http(arena, converse, auth=False) == [421, 421, 421, 200]


@attack("oraclepack/s33-any-origin")
def test_s33_pages_of_other_sites_are_not_served(arena: Arena) -> None:
    async def converse(caller: Caller) -> list[int]:
        origins = ("https://evil.test", "null", "http://127.0.0.1:8001", "http://127.0.0.1:8000")
        return [(await caller.post(LIST, headers={"Origin": origin})).status_code for origin in origins]

    assert over_http(arena, converse, auth=False) == [403, 403, 403, 200]


@attack("oraclepack/s33-no-token")
def test_s33_nobody_is_served_without_a_token(arena: Arena) -> None:
    async def converse(caller: Caller) -> list[int]:
        forged = caller.issuer.forged({"alg": "none", "typ": "at+jwt"})
        headers: tuple[dict[str, str], ...] = (
            {},
            {"Authorization": "Bearer anything"},
            {"Authorization": f"Bearer {forged}"},
        )
        return [(await caller.post(LIST, headers=given)).status_code for given in headers]

    assert over_http(arena, converse) == [401, 401, 401]


@attack("oraclepack/s33-any-audience")
def test_s33_a_token_for_another_server_is_none(arena: Arena) -> None:
    async def converse(caller: Caller) -> list[int]:
        audiences = ("https://other.test/mcp", "http://127.0.0.1:8001/mcp", None, ["http://127.0.0.1:8000/mcp"])
        tokens = [caller.issuer.token(aud=audience) for audience in audiences]
        return [(await caller.post(LIST, token)).status_code for token in tokens]

    assert over_http(arena, converse) == [401, 401, 401, 200]


@attack("oraclepack/s33-any-scope")
def test_s33_a_narrow_token_hears_all_scopes_of_the_call(arena: Arena) -> None:
    arena.pack("touch ran")

    async def converse(caller: Caller) -> list[tuple[int, str]]:
        url = {"scope": "project", "name": "a", "url": "https://chatgpt.com/"}
        calls: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("oraclepack_run_pack", "packs:read packs:write runs:read", {"pack": "p.md"}),
            ("oraclepack_save_url", "urls:read", url),
            (LIST, "urls:write", {}),
        )
        answers = [await caller.post(tool, caller.issuer.token(scope=held), **given) for tool, held, given in calls]
        return [(answer.status_code, answer.headers.get("WWW-Authenticate", "")) for answer in answers]

    told = over_http(arena, converse)
    assert [status for status, _ in told] == [403, 403, 403]
    wanted = ("packs:execute", "urls:write", "packs:read")
    for (_, challenge), scope in zip(told, wanted, strict=True):
        assert 'error="insufficient_scope"' in challenge
        assert f'scope="{scope}"' in challenge
    assert not arena.root.joinpath("ran").exists()


@attack("oraclepack/s13-tokens-for-anybody")
def test_s13_a_plan_of_one_bearer_serves_no_other(arena: Arena) -> None:
    arena.pack("touch ran")

    async def converse(caller: Caller) -> dict[str, Any]:
        alice, bob = (caller.issuer.token(sub=name, scope="packs:execute") for name in ("alice", "bob"))
        plan = await caller.call("oraclepack_plan_run", alice, pack="p.md")
        return await caller.call("oraclepack_run_pack", bob, pack="p.md", plan_token=plan["plan_token"])

    answer = over_http(arena, converse)
    assert answer["isError"]
    assert answer["error"]["code"] == "NOT_CONFIRMED"
    assert not arena.root.joinpath("ran").exists()


@attack("oraclepack/s33-any-address")
def test_s33_other_addresses_are_refused_without_tokens_and_tls(arena: Arena) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "mcp.example.com"):  # noqa: S104 - they have to be refused
        given = {**dict(arena.settings), "transport": "streamable-http", "host": host}
        assert is_refused(lambda given=given: Settings(**given)), host  # type: ignore[misc] # bound at once


@attack("oraclepack/s34-any-sdk")
def test_s34_the_server_does_not_start_with_an_sdk_that_it_does_not_know(arena: Arena) -> None:
    for installed in ("1.30.0", "2.2.9", "2.3.0rc1", "2.3.0+local", "3.0.0", "20.3.0", "2", "unknown", None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("oraclepack_mcp.sdk_version.version", lambda _, installed=installed: given(installed))
            assert is_refused(lambda: build_server(arena.settings, domain=arena.domain)), installed
    for installed in ("2.3", "2.3.0", "2.10.1", "2.4.0.post1"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("oraclepack_mcp.sdk_version.version", lambda _, installed=installed: installed)
            assert not is_refused(lambda: build_server(arena.settings, domain=arena.domain)), installed


@attack("oraclepack/s40-anyone-listens")
def test_s40_who_may_not_read_a_resource_does_not_hear_of_it(arena: Arena) -> None:
    run = arena.run("true")
    there = ["oraclepack://state/p.md", "oraclepack://report/p.md", f"oraclepack://run/{run['run_id']}"]
    absent = ["oraclepack://state/absent.md", "oraclepack://report/absent.md", "oraclepack://run/absent"]
    assert honoured(arena, there) == there
    assert honoured(arena, absent) is None
    onlooker = arena.with_scopes("packs:read", "packs:write", "urls:write")
    assert honoured(onlooker, there) is None
    assert honoured(onlooker, absent) is None
    assert honoured(arena.with_scopes(), ["oraclepack://pack/p.md", "oraclepack://packs", *there]) is None
    told = {onlooker.read(uri).replace(uri, "") for uri in there + absent}
    assert len(told) == 1


def honoured(arena: Arena, uris: list[str]) -> list[str] | None:
    """The resources that somebody is told of who listens to these."""

    async def converse(client: Client) -> list[str] | None:
        async with client.listen(resource_subscriptions=uris) as subscription:
            return subscription.honored.resource_subscriptions

    found: list[str] | None = arena.converse(converse)
    return found


def is_refused(start: Callable[[], object]) -> bool:
    try:
        start()
    except ValueError:
        return True
    return False


def given(installed: str | None) -> str:
    if installed is None:
        raise PackageNotFoundError("mcp")
    return installed
