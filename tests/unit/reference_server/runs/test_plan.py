"""A plan says what a run would do, makes nothing, and is confirmed by a token that stands for exactly it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.runs.model import MissingFile, OracleCall, PlanModel, RunOptions, RunState, RunTrace, StepStatus
from oraclepack_mcp.runs.plan import Lookups, Planner
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.runs.tokens import NoncesInMemory, PlanTokens
from oraclepack_mcp.runs.tool_search import tool_search
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.urls.model import ResolvedUrl

HEAD = 'set -e\nout_dir="out"\n'


def pack_text(steps: dict[int, str] | None = None, *, count: int = 20, prelude: str = HEAD) -> str:
    bodies = {number: (steps or {}).get(number, "echo hi") for number in range(1, count + 1)}
    return f"```bash\n{prelude}" + "".join(f"# {n:02d}) s\n{code}\n" for n, code in bodies.items()) + "```\n"


@dataclass
class World:
    """A planner and what it looks things up in."""

    root: Root
    planner: Planner = field(init=False)
    tools: set[str] = field(default_factory=lambda: {"oracle"})
    urls: dict[str | None, str] = field(default_factory=dict)
    overrides: Overrides | None = None

    def __post_init__(self) -> None:
        lookups = Lookups(self.resolve, lambda _pack, given: given or self.overrides, self.has_tool)
        tokens = PlanTokens(bytes(32), NoncesInMemory(), lambda: 1_000_000.0)
        self.planner = Planner(Roots((self.root,)), Location(self.root, ("w",)), lookups, tokens)

    @property
    def path(self) -> Path:
        return self.root.real_path

    def has_tool(self, tool: str, oracle_bin: str | None) -> bool:
        return tool in self.tools or (tool == "oracle" and oracle_bin == "mine")

    def resolve(self, name: str | None, _pack: str) -> ResolvedUrl:
        if name is not None and name not in self.urls:
            raise DomainError("NOT_FOUND", f"no URL is stored under the name {name!r}")
        return ResolvedUrl(name if name in self.urls else None, self.urls.get(name), None, [])

    def plan(self, text: str | None = None, **options: object) -> PlanModel:
        if text is not None:
            self.path.joinpath("p.md").write_text(text)
        return self.planner.plan(RunOptions("p.md", **options), "ann")  # type: ignore[arg-type]

    def tree(self) -> set[str]:
        return {str(path.relative_to(self.path)) for path in self.path.rglob("*")}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "root" / "w").mkdir(parents=True)
    root = Root.open("packs", tmp_path / "root", writable=True)
    yield World(root)
    os.close(root.descriptor)


def codes(plan: PlanModel) -> list[str]:
    return [finding.code for finding in plan.findings]


def code_of(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.code


def test_a_plan_says_everything_and_makes_nothing(world: World) -> None:
    text = pack_text({1: 'oracle --write-output "$out_dir/01.md"', 2: "codex exec", 3: "oracle --write-output a/03.md"})
    world.path.joinpath("p.md").write_text(text)
    before = world.tree()
    plan = world.plan(mode="steps", steps=("01-03",))

    assert world.tree() == before
    assert plan.selected == ["01", "02", "03"]
    assert [step.runs for step in plan.plan] == [True] * 3 + [False] * 17
    assert plan.plan[3].reason == "not_selected"
    assert (plan.tools, plan.missing_tools, plan.prelude) == (["oracle", "codex"], ["codex"], True)
    assert (plan.workdir, plan.out_dir) == ("packs:w", "packs:w/out")
    assert plan.writes == [
        "packs:w/p.state.json",
        "packs:w/p.report.json",
        "packs:w/out",
        "packs:w/out/01.md",
        "packs:w/a/03.md",
    ]
    assert codes(plan) == ["TOOL_MISSING"]
    assert plan.plan_token is not None
    assert plan.expires_at == "1970-01-12T13:51:40.000000Z"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no block", "NO_BLOCK"),
        (pack_text(count=19), "STEP_COUNT"),
        (pack_text({3: "if true; then"}), "SYNTAX_INVALID"),
        (pack_text({3: '-p "x"'}), "ORPHAN_FLAG"),
        (pack_text({3: "echo \0"}), "SYNTAX_INVALID"),
        (pack_text({3: "# a long remark\n" * 9_000}), "TOO_LARGE"),
    ],
)
def test_a_pack_with_errors_gets_no_token_and_no_directory(world: World, text: str, code: str) -> None:
    plan = world.plan(text)

    assert codes(plan)[0] == code
    assert (plan.plan_token, plan.expires_at) == (None, None)
    assert world.tree() == {"p.md", "w"}


def test_any_number_of_steps_may_do_where_that_is_asked_for(world: World) -> None:
    plan = world.plan(pack_text(count=3), step_count="any")

    assert plan.selected == ["01", "02", "03"]
    assert plan.plan_token is not None


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("echo hi", "echo {{name}}", {"A-3"}),
        ("# 02)", "# 03)", {"A-7"}),
        ("echo hi\n```\n", "echo hi\n```text\n", {"A-8"}),
        ("echo hi", f"echo {'x' * 65_536}", {"P-06"}),
    ],
)
def test_a_pack_of_any_number_of_steps_is_judged_as_an_action_pack(
    world: World, old: str, new: str, rules: set[str]
) -> None:
    plan = world.plan(pack_text(count=3).replace(old, new), step_count="any")

    assert {finding.rule for finding in plan.findings if finding.severity == "error"} == rules
    assert plan.plan_token is None


@pytest.mark.parametrize(
    "out_dir", ["../x", "a/../x", "/srv/x", "$HOME/x", "~/x", "`pwd`", ".git/x", "/", "a*", "w/link/x"]
)
def test_an_output_directory_elsewhere_is_refused(world: World, tmp_path: Path, out_dir: str) -> None:
    (tmp_path / "outside").mkdir()
    (world.path / "w" / "w").mkdir()
    (world.path / "w" / "w" / "link").symlink_to(tmp_path / "outside")

    for plan in (world.plan(pack_text(), out_dir=out_dir), world.plan(pack_text(prelude=f'out_dir="{out_dir}"\n'))):
        assert codes(plan) == ["OUT_DIR_REFUSED"]
        assert plan.plan_token is None
        assert str(tmp_path) not in plan.findings[0].message
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize(
    ("out_dir", "expected"),
    [
        (".", "packs:w"),
        ("./", "packs:w"),
        ("./a/", "packs:w/a"),
        ("a/b", "packs:w/a/b"),
        (".oraclepack/x", "packs:w/.oraclepack/x"),
    ],
)
def test_an_output_directory_below_the_working_directory_is_taken(world: World, out_dir: str, expected: str) -> None:
    assert world.plan(pack_text(), out_dir=out_dir).out_dir == expected


def test_an_absolute_output_directory_inside_the_working_directory_is_taken_but_not_beside_it(world: World) -> None:
    assert world.plan(pack_text(), out_dir=f"{world.path}/w/o").out_dir == "packs:w/o"
    assert codes(world.plan(out_dir=f"{world.path}/other")) == ["OUT_DIR_REFUSED"]


@pytest.mark.parametrize("path", ["../x.md", "/etc/x.md", "link/x.md", ".ssh/x.md"])
def test_a_step_that_would_write_elsewhere_is_refused(world: World, tmp_path: Path, path: str) -> None:
    (world.path / "w" / "link").symlink_to(tmp_path)
    plan = world.plan(pack_text({5: f"oracle --write-output {path}"}))

    assert [(finding.code, finding.step_id) for finding in plan.findings] == [("OUTPUT_REFUSED", "05")]
    assert plan.plan_token is None
    assert world.plan(mode="steps", steps=("01-04",)).findings == []


def test_an_answer_whose_place_only_the_shell_knows_is_a_warning(world: World) -> None:
    plan = world.plan(pack_text({5: 'oracle --write-output "$dir/x.md"'}))

    assert codes(plan) == ["OUTPUT_UNKNOWN"]
    assert plan.plan_token is not None


def test_attached_files_that_are_not_there_are_listed_with_their_lines(world: World, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("x")
    (world.path / "w" / "here.md").write_text("x")
    (world.path / "w" / "d").mkdir()
    code = (
        'echo\noracle -f here.md --file "gone.md" -f d/ \\\n  --file=d/gone.md -f "$x" -f src/*.ts \\\n'
        f'  -f ../up.md -f {tmp_path}/secret.md -p "-f"\nrm -f other.md'
    )
    plan = world.plan(pack_text({1: code, 2: "oracle -f gone2.md"}), mode="steps", steps=("01",))

    assert plan.missing_files == [
        MissingFile("01", "gone.md", 2),
        MissingFile("01", "d/gone.md", 3),
        MissingFile("01", "../up.md", 4),
        MissingFile("01", f"{tmp_path}/secret.md", 4),
    ]


def test_missing_tools_are_skipped_only_where_that_is_wanted(world: World) -> None:
    plan = world.plan(pack_text({2: "codex exec"}), skip_missing_tools=True)

    assert [(step.id, step.reason) for step in plan.plan if not step.runs] == [("02", "tool_missing")]
    assert "02" in plan.selected


def test_oracle_bin_stands_in_for_oracle(world: World) -> None:
    world.tools.clear()

    assert world.plan(pack_text({1: "oracle x"})).missing_tools == ["oracle"]
    assert world.plan(oracle_bin="mine").missing_tools == []


def test_lines_that_the_original_would_have_changed_are_told(world: World) -> None:
    plan = world.plan(pack_text({1: "guard() { :; }\nguard"}))

    assert [(finding.code, finding.severity, finding.line) for finding in plan.findings] == [("BARE_LABEL", "info", 2)]


def test_a_working_directory_has_to_be_there_and_writable(world: World, tmp_path: Path) -> None:
    (world.path / "link").symlink_to(tmp_path)
    for workdir, code in (("gone", "NOT_FOUND"), ("link", "PATH_SYMLINK"), ("../x", "PATH_INVALID")):
        with pytest.raises(DomainError) as caught:
            world.plan(pack_text(), workdir=workdir)
        assert code_of(caught) == code
    read_only = Root.open("ro", tmp_path)
    planner = replace(world.planner, roots=Roots((world.root, read_only)))
    with pytest.raises(DomainError) as caught:
        planner.plan(RunOptions("p.md", workdir="ro:"), "ann")
    assert code_of(caught) == "PATH_READ_ONLY"
    os.close(read_only.descriptor)


@pytest.mark.parametrize("text", [None, "not json", '{"x_ref": {"pack": "packs:other/p.md"}}'])
def test_a_resumed_run_looks_at_the_state_first(world: World, text: str | None) -> None:
    state = world.path / "w" / "p.state.json"
    if text is None:
        state.write_text('{"step_statuses": {"01": {"status": "success"}}}')
        plan = world.plan(pack_text(), mode="resume")
        assert plan.selected[0] == "02"
        assert codes(plan) == ["STATE_UNBOUND"]
        return
    state.write_text(text)
    with pytest.raises(DomainError) as caught:
        world.plan(pack_text(), mode="resume")
    assert code_of(caught) in {"STATE_INVALID_JSON", "STATE_STALE"}


def test_urls_are_named_but_not_shown(world: World) -> None:
    world.urls["team"] = "https://chatgpt.com/g/private"
    world.overrides = Overrides(url_name="team", chatgpt_url="https://chatgpt.com/g/private", apply_to_steps=("01",))
    plan = world.plan(pack_text(), url_name="team")

    assert plan.url == "team"
    assert plan.overrides == replace(world.overrides, chatgpt_url=None)
    assert "private" not in repr(plan)
    with pytest.raises(DomainError) as caught:
        world.plan(url_name="other")
    assert code_of(caught) == "NOT_FOUND"


def test_a_plan_is_confirmed_once_by_the_one_who_made_it(world: World) -> None:
    token = world.plan(pack_text()).plan_token
    assert token is not None

    for principal, given in (("bob", token), ("ann", token[:-4] + "AAA="), ("ann", "")):
        with pytest.raises(DomainError) as caught:
            world.planner.confirmed(RunOptions("p.md"), principal, given)
        assert code_of(caught) == "NOT_CONFIRMED"
    world.planner.confirmed(RunOptions("p.md"), "ann", token)
    with pytest.raises(DomainError) as caught:
        world.planner.confirmed(RunOptions("p.md"), "ann", token)
    assert code_of(caught) == "NOT_CONFIRMED"


def change_pack(world: World) -> None:
    world.path.joinpath("p.md").write_text(pack_text({20: "touch pwn"}))


def change_url(world: World) -> None:
    world.urls[None] = "https://chatgpt.com/g/other"


def change_overrides(world: World) -> None:
    world.overrides = Overrides(added_flags=("--wait",), apply_to_steps=("01",))


def change_state(world: World) -> None:
    pack = world.planner.roots.locate("p.md")
    state = RunState(step_statuses={"01": StepStatus("success")}, x_ref=RunTrace("packs:p.md", "r"))
    StateFiles(world.planner.roots, world.planner.workdir).save_state(pack, state)


def change_to_no_pack(world: World) -> None:
    world.path.joinpath("p.md").write_text("no block")


@pytest.mark.parametrize("change", [change_pack, change_to_no_pack, change_url, change_overrides, change_state])
def test_a_plan_whose_ground_has_changed_is_stale(world: World, change: object) -> None:
    options = RunOptions("p.md", mode="resume")
    token = world.plan(pack_text(), mode="resume").plan_token
    assert token is not None
    before = world.planner.fingerprint(options)
    change(world)  # type: ignore[operator]

    assert world.planner.fingerprint(options) != before
    with pytest.raises(DomainError) as caught:
        world.planner.confirmed(options, "ann", token)
    assert code_of(caught) == "PLAN_STALE"


def test_a_plan_whose_pack_has_gone_is_stale_for_its_caller_and_nothing_to_others(world: World) -> None:
    token = world.plan(pack_text()).plan_token
    assert token is not None
    world.path.joinpath("p.md").unlink()

    for principal, code in (("ann", "PLAN_STALE"), ("bob", "NOT_CONFIRMED")):
        with pytest.raises(DomainError) as caught:
            world.planner.confirmed(RunOptions("p.md"), principal, token)
        assert code_of(caught) == code


def test_other_options_are_another_plan(world: World) -> None:
    token = world.plan(pack_text()).plan_token
    assert token is not None

    for options in (RunOptions("p.md", stop_on_fail=False), RunOptions("p.md", out_dir="x"), RunOptions("packs:p.md")):
        with pytest.raises(DomainError) as caught:
            world.planner.confirmed(options, "ann", token)
        assert code_of(caught) == "PLAN_STALE"


def test_other_calls_are_confirmed_in_the_same_way(world: World) -> None:
    world.path.joinpath("p.md").write_text(pack_text())
    call = OracleCall("why?", files=("a.md",))
    token = world.planner.issue_for(call, "ann", pack="p.md")

    with pytest.raises(DomainError) as caught:
        world.planner.redeem_for(replace(call, prompt="how?"), "ann", token, pack="p.md")
    assert code_of(caught) == "PLAN_STALE"
    change_pack(world)
    with pytest.raises(DomainError) as caught:
        world.planner.redeem_for(call, "ann", token, pack="p.md")
    assert code_of(caught) == "PLAN_STALE"
    world.path.joinpath("p.md").write_text(pack_text())
    world.planner.redeem_for(call, "ann", token, pack="p.md")


def test_programs_are_looked_for_where_scripts_would_find_them(tmp_path: Path) -> None:
    for name in ("codex", "mine"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    has_tool = tool_search(ExecutionSettings(tools={"mine": tmp_path / "mine"}), {"PATH": str(tmp_path)})

    assert has_tool("codex", None)
    assert not has_tool("oracle", None)
    assert has_tool("oracle", "mine")
    assert not tool_search(ExecutionSettings(environment={"PATH": "/nowhere"}), {"PATH": str(tmp_path)})("codex", None)
    with pytest.raises(DomainError) as caught:
        has_tool("oracle", "other")
    assert code_of(caught) == "INVALID_ARGUMENT"
