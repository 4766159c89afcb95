"""Attacks on the gate in front of everything that is executed (S-13)."""

from dataclasses import replace
from typing import Any

from oraclepack_mcp.runs.model import RunOptions

from tests.attacks.arena import Arena, attack

CODE = "touch ran"


def refusal(answer: dict[str, Any]) -> str:
    """The code of a refusal; the name of the run where there was none."""
    return str(answer["error"]["code"]) if answer["isError"] else f"served: {answer.get('run_id')}"


def plan(arena: Arena, pack: str) -> str:
    return str(arena.call("oraclepack_plan_run", pack=pack)["plan_token"])


def has_run(arena: Arena) -> bool:
    return arena.root.joinpath("ran").exists()


@attack("oraclepack/s13-one-switch-for-all")
def test_s13_whoever_may_only_look_runs_nothing(arena: Arena) -> None:
    pack = arena.pack(CODE)
    onlooker = arena.with_scopes("packs:read", "runs:read", "packs:write", "urls:write")
    token = plan(onlooker, pack)
    for tool, arguments in (
        ("oraclepack_run_pack", {"pack": pack, "yes": True, "run_all": True}),
        ("oraclepack_run_pack", {"pack": pack, "plan_token": token}),
        ("oraclepack_run_step", {"pack": pack, "step_id": "01", "plan_token": token}),
        ("oraclepack_call_oracle", {"prompt": "Hello?"}),
        ("oraclepack_dry_run_overrides", {"pack": pack}),
    ):
        assert refusal(onlooker.call(tool, **arguments)) == "SCOPE_REQUIRED"
    assert not has_run(arena)


@attack("oraclepack/s13-yes-by-default")
def test_s13_nothing_runs_that_nobody_agreed_to(arena: Arena) -> None:
    for agrees in (False, None):
        client = replace(arena, agrees=agrees)
        for arguments in ({"yes": True, "run_all": True}, {"plan_token": "e30="}, {"detach": True}):
            assert refusal(client.run(CODE, **arguments)) == "NOT_CONFIRMED"
        assert refusal(client.call("oraclepack_run_step", pack="p.md", step_id="01")) == "NOT_CONFIRMED"
        assert refusal(client.call("oraclepack_call_oracle", prompt="Hello?")) == "NOT_CONFIRMED"
    assert not has_run(arena)


@attack("oraclepack/s13-consent-to-any-text")
def test_s13_a_pack_that_has_changed_needs_a_new_confirmation(arena: Arena) -> None:
    token = plan(arena, arena.pack("echo harmless"))
    assert refusal(arena.run(CODE, plan_token=token)) == "PLAN_STALE"
    swapping = replace(arena, when_asked=lambda: arena.pack(CODE))
    assert refusal(swapping.run("echo harmless")) == "PLAN_STALE"
    assert not has_run(arena)


@attack("oraclepack/s13-consent-to-any-questions")
def test_s13_a_trial_calls_only_what_was_agreed_to(arena: Arena) -> None:
    arena.pack("oracle -p harmless")
    swapping = replace(arena, when_asked=lambda: arena.pack("oracle -p 'something else'"))
    overrides = {"added_flags": ["--verbose"], "apply_to_steps": ["01"]}
    answer = swapping.call("oraclepack_dry_run_overrides", pack="p.md", overrides=overrides)
    assert refusal(answer) == "PLAN_STALE"


@attack("oraclepack/s13-checks-then-reads-again")
def test_s13_a_pack_that_changes_right_after_the_check_does_not_run(arena: Arena) -> None:
    token = plan(arena, arena.pack("echo harmless"))
    planner = arena.domain.planner

    class Swapping:
        """Swaps the pack at the one moment that is left."""

        def __getattr__(self, name: str) -> Any:
            return getattr(planner, name)

        def confirmed(self, options: RunOptions, principal: str, plan_token: str) -> object:
            found = planner.confirmed(options, principal, plan_token)
            arena.pack(CODE)
            return found

    swapped = replace(arena, domain=replace(arena.domain, planner=Swapping()))  # type: ignore[arg-type] # like it
    assert refusal(swapped.call("oraclepack_run_pack", pack="p.md", plan_token=token)) == "PLAN_STALE"
    assert not has_run(arena)


@attack("oraclepack/s13-lasting-tokens")
def test_s13_a_token_is_spent_once(arena: Arena) -> None:
    token = plan(arena, arena.pack(CODE))
    assert arena.call("oraclepack_run_pack", pack="p.md", plan_token=token)["status"] == "success"
    arena.root.joinpath("ran").unlink()
    assert refusal(arena.call("oraclepack_run_pack", pack="p.md", plan_token=token)) == "NOT_CONFIRMED"
    assert not has_run(arena)


@attack("oraclepack/s13-tokens-for-anybody")
def test_s13_a_token_serves_only_the_caller_that_it_was_issued_to(arena: Arena) -> None:
    token = arena.domain.planner.plan(RunOptions(arena.pack(CODE)), "somebody else").plan_token
    assert refusal(arena.call("oraclepack_run_pack", pack="p.md", plan_token=token)) == "NOT_CONFIRMED"
    assert not has_run(arena)
