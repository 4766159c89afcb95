"""Attacks on the files beside packs, and with them (S-27 to S-30, S-37)."""

import json
import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError

from tests.attacks.arena import SECRET, Arena, attack, pack_text

DATA = Path(__file__).parents[3] / "shared" / "oraclepack-data" / "edge"
READ_TOOLS = ("oraclepack_get_state", "oraclepack_get_report", "oraclepack_get_overrides", "oraclepack_list_urls")
SUFFIXES = (".state.json", ".report.json", ".overrides.json", ".chatgpt-urls.json")
DEEP = 100_000
URL = "https://chatgpt.com/g/a"
BROKEN_STATES = (
    b"",
    b"[]",
    b"not json",
    b'{"schema_version": 1',
    b'{"schema_version": 1} {}',
    b'\xef\xbb\xbf{"schema_version": 1}',
    b'{"schema_version": "1"}',
    b'{"step_statuses": []}',
    b'{"step_statuses": {"01": "success"}}',
    b'{"step_statuses": {"01": {"status": "success", "started_at": "yesterday"}}}',
    b'{"current_step": 2.5}',
)
USABLE_STATES = (
    b"{}",
    b'{"step_statuses": null}',
    b'{"schema_version": 99, "step_statuses": {}, "more": [1]}',
    b'{"step_statuses": {"01": {"status": "nonsense"}, "../x": {"status": "success"}, "02": null}}',
    b'{"STEP_STATUSES": {"01": {"STATUS": "failed"}}}',
)
BROKEN_STORES = (b"", b"{", b"[]", b'{"items": {}}', b'{"items": [{"name": 1}]}', b'{"default": 1}', b"{} {}")
URLS = (
    "http://chatgpt.com/g/a",
    "https://evil.test/g/a",
    "https://chatgpt.com.evil.test/",
    "https://user:word@chatgpt.com/",
    "https://chatgpt.com@evil.test/",
    "https://evil.test/#chatgpt.com",
    "https://chatgpt.com:8443@evil.test/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    " https://chatgpt.com/",
    "https://chatgpt.com/\u202e",
    f"https://chatgpt.com/{'x' * 3000}",
)


def code_of(answer: dict[str, Any]) -> str:
    return str(answer["error"]["code"]) if answer["isError"] else "served"


def state(pack_hash: str = "", **statuses: str) -> bytes:
    """A state file; of all steps where none is named."""
    words = statuses or dict.fromkeys((f"{number:02}" for number in range(1, 21)), "success")
    entries = {key: {"status": word, "exit_code": 0} for key, word in words.items()}
    return json.dumps({"schema_version": 1, "pack_hash": pack_hash, "step_statuses": entries}).encode()


@attack("oraclepack/s27-anybodys-state")
def test_s27_packs_of_one_base_name_do_not_share_what_they_have(arena: Arena) -> None:
    for directory in ("a", "b"):
        (arena.root / directory).mkdir()
        arena.pack("echo ran >> ran", name=f"{directory}/x.md")
    overrides = {"added_flags": ["--verbose"], "apply_to_steps": ["01"]}
    arena.call("oraclepack_run_pack", pack="a/x.md")
    for mode in ("resume", "all"):
        assert code_of(arena.call("oraclepack_run_pack", pack="b/x.md", mode=mode)) == "STATE_STALE"
    assert arena.call("oraclepack_get_state", pack="b/x.md")["stale"]

    arena.calls(
        ("oraclepack_set_overrides", {"pack": "a/x.md", "overrides": overrides}),
        ("oraclepack_save_url", {"scope": "project", "name": "u", "url": URL, "pack": "a/x.md"}),
    )
    before = {path.name: path.read_bytes() for path in arena.root.glob("x.*.json")}
    assert len(before) == 4
    assert code_of(arena.call("oraclepack_get_overrides", pack="b/x.md")) == "STATE_STALE"
    assert code_of(arena.call("oraclepack_set_overrides", pack="b/x.md", overrides=overrides)) in {
        "CONFLICT",
        "STATE_STALE",
    }
    assert URL not in str(arena.call("oraclepack_list_urls", pack="b/x.md"))
    other = {"scope": "project", "name": "v", "url": URL, "pack": "b/x.md"}
    assert code_of(arena.call("oraclepack_save_url", **other)) == "STATE_STALE"
    assert {path.name: path.read_bytes() for path in arena.root.glob("x.*.json")} == before
    assert arena.root.joinpath("ran").read_text() == "ran\n"


@attack("oraclepack/s27-state-of-any-text")
def test_s27_a_state_that_was_made_up_keeps_no_step_from_being_run(arena: Arena) -> None:
    arena.pack("touch ran")
    (arena.root / "p.state.json").write_bytes(state(f"sha256:{'0' * 64}"))
    assert code_of(arena.call("oraclepack_run_pack", pack="p.md", mode="resume")) == "STATE_STALE"
    assert arena.call("oraclepack_get_state", pack="p.md")["stale"]

    (arena.root / "p.state.json").write_bytes(state())
    planned = arena.call("oraclepack_plan_run", pack="p.md", mode="resume")["plan"]
    assert not any(step["runs"] for step in planned)
    resumed = arena.call("oraclepack_run_pack", pack="p.md", mode="resume")
    assert (resumed["selected"], resumed["counts"]["success"]) == ([], 0)
    assert {entry["reason"] for entry in resumed["not_run"]} == {"already_succeeded"}

    whole = arena.call("oraclepack_run_pack", pack="p.md")
    assert whole["counts"]["success"] == 20
    assert arena.root.joinpath("ran").exists()


@attack("oraclepack/s27-fixed-temporary-name")
def test_s27_nothing_is_written_through_links_that_lie_in_wait(arena: Arena) -> None:
    victim = arena.outside / ".bashrc"
    victim.write_text(SECRET)
    arena.pack("true")
    for suffix in (".state.json", ".report.json", ".chatgpt-urls.json"):
        (arena.root / f"p{suffix}.tmp").symlink_to(victim)
    ran = arena.call("oraclepack_run_pack", pack="p.md")
    stored = arena.call("oraclepack_save_url", scope="project", name="u", url=URL, pack="p.md")
    assert victim.read_text() == SECRET
    assert (ran["status"], stored["isError"]) == ("success", False)
    for suffix in (".state.json", ".report.json", ".chatgpt-urls.json"):
        assert not (arena.root / f"p{suffix}").is_symlink()

    (arena.root / "q.state.json").symlink_to(victim)
    arena.pack("touch ran", name="q.md")
    answer = arena.call("oraclepack_run_pack", pack="q.md")
    assert code_of(answer) == "PATH_SYMLINK"
    assert (victim.read_text(), (arena.root / "q.state.json").is_symlink()) == (SECRET, True)
    assert SECRET not in str(answer)
    assert not arena.root.joinpath("ran").exists()


def continue_with(arena: Arena, raw: bytes) -> str:
    """Run one step on top of a state: the code of the refusal, or `served`; a state that is refused stays."""
    place = arena.root / "p.state.json"
    place.write_bytes(raw)
    shown = arena.call("oraclepack_get_state", pack="p.md")
    assert not shown["isError"], shown
    code = code_of(arena.call("oraclepack_run_pack", pack="p.md", mode="steps", steps=["01"]))
    if code == "served":
        assert json.loads(place.read_bytes())["step_statuses"]["01"]["status"] == "success"
    else:
        assert code in {problem["code"] for problem in shown["problems"]}
        assert place.read_bytes() == raw
    return code


@attack("oraclepack/s28-forgets-broken-states")
def test_s28_a_broken_state_is_told_of_and_never_forgotten(arena: Arena) -> None:
    arena.pack("true")
    for raw in BROKEN_STATES:
        assert continue_with(arena, raw) in {"STATE_INVALID_JSON", "STATE_WRONG_TYPE"}


@attack("oraclepack/s28-crashes-on-empty-states")
def test_s28_a_state_without_statuses_is_continued(arena: Arena) -> None:
    arena.pack("true")
    for raw in USABLE_STATES:
        assert continue_with(arena, raw) == "served"


@pytest.mark.shared
@pytest.mark.skipif(not DATA.exists(), reason="the oraclepack data is not beside the checkout")
@attack("oraclepack/s28-forgets-broken-states")
def test_s28_every_edge_state_is_continued_or_refused_as_the_original_reads_it(arena: Arena) -> None:
    verdicts = json.loads((DATA.parent / "expected.json").read_text())
    arena.pack("true")
    files = sorted((DATA / "state").iterdir())
    assert len(files) == 22
    for file in files:
        loads = verdicts[f"edge/state/{file.name}"]["go_load_state"]["ok"]
        assert (continue_with(arena, file.read_bytes()) == "served") == loads, file.name


@attack("oraclepack/s29-ids-as-paths")
def test_s29_ids_never_become_paths(arena: Arena) -> None:
    run_id = arena.run("echo ran")["run_id"]
    records = next(arena.root.parent.joinpath("state").rglob(run_id))
    (records.parent / "secret-1.log").write_text(SECRET)
    (arena.outside / "secret-1.log").write_text(SECRET)
    up = "/".join([".."] * len(records.relative_to(arena.root.parent).parts))
    for step_id in ("../secret", f"{up}/outside/secret", str(arena.outside / "secret"), "01/../../secret"):
        with pytest.raises(DomainError, match="NOT_FOUND"):
            assert SECRET not in arena.domain.runs.read_log(run_id, step_id).text
        assert code_of(arena.call("oraclepack_read_log", run_id=run_id, step_id=step_id)) == "INVALID_ARGUMENT"
        escaped = step_id.replace("/", "%2F")
        assert arena.read(f"oraclepack://run/{run_id}/step/{escaped}/log").startswith("error -32602")
    for other in ("..", f"../runs/{run_id}", f"{run_id}/../{run_id}", str(records)):
        with pytest.raises(DomainError, match="RUN_NOT_FOUND"):
            arena.domain.runs.read_log(other, "01")
        with pytest.raises(DomainError, match="RUN_NOT_FOUND"):
            arena.domain.runs.get(other)


@attack("oraclepack/s29-ids-as-paths")
def test_s29_odd_ids_in_a_state_lead_nowhere(arena: Arena) -> None:
    arena.pack("true")
    trace = {"attempts": 1, "timed_out": False, "cancelled": False, "log": f"{arena.outside}/secret.md"}
    forged = json.loads(state(**{"../../outside/x": "success", "/etc/x": "failed", "01": "failed"}))
    steps = {"../../outside/x": trace, "01": trace}
    forged["x_ref"] = {"pack": "root:p.md", "run_id": "../../outside", "steps": steps}
    (arena.root / "p.state.json").write_text(json.dumps(forged))
    shown = arena.call("oraclepack_get_state", pack="p.md")
    assert [problem["code"] for problem in shown["problems"]] == ["STATE_ODD_STEP_ID"] * 2

    resumed = arena.call("oraclepack_run_pack", pack="p.md", mode="resume")
    assert resumed["status"] == "success"
    assert SECRET not in str([resumed, shown])
    assert [path.name for path in arena.outside.iterdir()] == ["secret.md"]
    (arena.root.parent / "state" / "outside").mkdir()
    (arena.root.parent / "state" / "outside" / "x-1.log").write_text(SECRET)
    for step_id in ("../../outside/x", "/etc/x"):
        with pytest.raises(DomainError, match="NOT_FOUND"):
            assert SECRET not in arena.domain.runs.read_log(resumed["run_id"], step_id).text


def saved(arena: Arena, url: str = URL, name: str = "u") -> str:
    return code_of(arena.call("oraclepack_save_url", scope="project", name=name, url=url, pack="p.md"))


def store_keeps(arena: Arena, raw: bytes) -> bool:
    """Whether a store is left as it is by everything that would change it."""
    place = arena.root / "p.chatgpt-urls.json"
    place.write_bytes(raw)
    codes = [saved(arena)]
    for tool in ("set_default_url", "delete_url"):
        answer = arena.call(f"oraclepack_{tool}", scope="project", name="u", pack="p.md")
        codes.append(code_of(answer))
    return place.read_bytes() == raw and set(codes) <= {"STATE_INVALID_JSON", "STATE_WRONG_TYPE"}


@attack("oraclepack/s30-writes-over-broken-stores")
def test_s30_a_store_that_cannot_be_read_is_not_written_over(arena: Arena) -> None:
    arena.pack()
    for raw in BROKEN_STORES:
        assert store_keeps(arena, raw), raw
        assert arena.call("oraclepack_list_urls", pack="p.md")["problems"]


@pytest.mark.shared
@pytest.mark.skipif(not DATA.exists(), reason="the oraclepack data is not beside the checkout")
@attack("oraclepack/s30-writes-over-broken-stores")
def test_s30_every_edge_store_is_changed_or_kept_as_the_original_reads_it(arena: Arena) -> None:
    verdicts = json.loads((DATA.parent / "expected.json").read_text())
    arena.pack()
    files = sorted((DATA / "url-store").iterdir())
    assert len(files) == 13
    for file in files:
        loads = verdicts[f"edge/url-store/{file.name}"]["go_load_url_store"]["ok"]
        assert store_keeps(arena, file.read_bytes()) != loads, file.name


@attack("oraclepack/s30-any-host")
def test_s30_only_encrypted_urls_of_known_hosts_are_stored_or_used(arena: Arena) -> None:
    arena.pack("touch ran")
    for url in URLS:
        assert saved(arena, url) in {"URL_INVALID", "INVALID_ARGUMENT"}
    assert not (arena.root / "p.chatgpt-urls.json").exists()
    for url in URLS:
        store = {"default": "u", "items": [{"name": "u", "url": url}]}
        (arena.root / "p.chatgpt-urls.json").write_text(json.dumps(store))
        assert code_of(arena.call("oraclepack_resolve_url", name="u", pack="p.md")) == "URL_INVALID"
        assert code_of(arena.call("oraclepack_run_pack", pack="p.md", url_name="u")) == "URL_INVALID"
    assert not arena.root.joinpath("ran").exists()


@attack("oraclepack/s30-readable-by-all")
def test_s30_what_is_stored_is_for_the_owner_only(arena: Arena) -> None:
    before = os.umask(0)
    try:
        arena.run("true")
        assert saved(arena) == "served"
    finally:
        os.umask(before)
    for suffix in (".state.json", ".report.json", ".chatgpt-urls.json"):
        assert stat.S_IMODE((arena.root / f"p{suffix}").stat().st_mode) == 0o600


def shown(arena: Arena, text: str) -> list[set[str]]:
    """What is said about a text in the place of each file beside a pack: codes of refusals or of problems."""
    found: list[set[str]] = []
    for suffix, tool in zip(SUFFIXES, READ_TOOLS, strict=True):
        (arena.root / f"p{suffix}").write_text(text)
        answer = arena.call(tool, pack="p.md")
        codes = {code_of(answer)} if answer["isError"] else {problem["code"] for problem in answer.get("problems", [])}
        found.append(codes)
    return found


@attack("oraclepack/s37-any-depth")
def test_s37_json_of_any_depth_is_refused_and_harms_nothing(arena: Arena) -> None:
    arena.pack()
    for text in (
        "[" * DEEP,
        "[" * DEEP + "]" * DEEP,
        '{"a":' * (DEEP // 3) + "1" + "}" * (DEEP // 3),
        '{"step_statuses":{"01":' + "[" * DEEP,
        '[{"a":' * (DEEP // 3),
    ):
        assert shown(arena, text) == [{"STATE_INVALID_JSON"}] * 4
        (arena.root / "_actions.json").write_text(text)
        assert "JSON_INVALID" in str(arena.call("oraclepack_read_actions", path="_actions.json"))
    nested: dict[str, Any] = {}
    for _ in range(150):
        nested = {"a": nested}
    manifest = {"kind": "runner", "steps": [{"title": "t", "code": "true", "more": nested}]}
    assert code_of(arena.call("oraclepack_render_pack", manifest=manifest)) == "INVALID_ARGUMENT"


@attack("oraclepack/s37-takes-nan")
def test_s37_what_is_no_json_number_is_refused(arena: Arena) -> None:
    arena.pack()
    for number in ("NaN", "Infinity", "-Infinity"):
        (arena.root / "p.state.json").write_text(f'{{"roi_threshold": {number}}}')
        assert [problem.code for problem in arena.domain.states.get_state("p.md").problems] == ["STATE_INVALID_JSON"]
        assert shown(arena, f'{{"roi_threshold": {number}}}') == [{"STATE_INVALID_JSON"}] * 4
        (arena.root / "_actions.json").write_text(f'{{"items": [], "metadata": {{"top_n": {number}}}}}')
        assert "JSON_INVALID" in str(arena.call("oraclepack_read_actions", path="_actions.json"))
    for number in ("1" * 5000, "1e999999", "-1e400"):
        assert shown(arena, f'{{"roi_threshold": {number}, "current_step": {number}}}')[0] == {"STATE_WRONG_TYPE"}
    twice = '{"schema_version": 1, "roi_mode": "first", "roi_mode": "last", "ROI_MODE": "very last"}'
    (arena.root / "p.state.json").write_text(twice)
    assert arena.call("oraclepack_get_state", pack="p.md")["roi_mode"] == "very last"


@attack("oraclepack/s37-any-size")
def test_s37_a_million_keys_are_too_many(arena: Arena) -> None:
    arena.pack()
    text = '{"step_statuses": {' + ",".join(f'"{number}":{{}}' for number in range(1_000_000)) + "}}"
    assert shown(arena, text) == [{"TOO_LARGE"}] * 4
    (arena.root / "_actions.json").write_text(text)
    assert "TOO_LARGE" in str(arena.call("oraclepack_read_actions", path="_actions.json"))
    known = sha256(pack_text().encode()).hexdigest()
    assert arena.call("oraclepack_get_pack", pack="p.md")["sha256"] == known
