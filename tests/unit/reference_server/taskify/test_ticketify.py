"""Tickets become an index, actions, requirements and a pack, and nothing else is ever written over."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.validation import validate
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.taskify import ticketify as module
from oraclepack_mcp.taskify import written
from oraclepack_mcp.taskify.model import MAX_ACTIONS, TicketifyOptions
from oraclepack_mcp.taskify.service import Taskify

OPTIONS = TicketifyOptions("tickets", "out", prd_path="docs/prd.md")
WRITTEN = ["out/_tickets_index.json", "out/_actions.json", "out/_actions.md", "docs/prd.md"]


@pytest.fixture(autouse=True)
def tickets(tree: Path) -> Path:
    directory = tree / "tickets"
    (directory / "sub").mkdir(parents=True)
    (directory / "b.md").write_text("# B\nabout b\n- [ ] do b\n")
    (directory / "sub" / "a.md").write_text("---\nid: A-1\n---\n# A\n## Acceptance Criteria\n- a works\n")
    (directory / "notes.txt").write_text("- [ ] no ticket")
    return directory


def options(**changes: object) -> TicketifyOptions:
    return TicketifyOptions(**{"tickets_dir": "tickets", "out_dir": "out", "prd_path": "docs/prd.md", **changes})  # type: ignore[arg-type]


def refusal(call: Callable[[], object]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value


def files_of(tree: Path) -> set[str]:
    return {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}


def test_everything_is_derived_and_written(taskify: Taskify, tree: Path) -> None:
    made = taskify.ticketify(OPTIONS)

    assert [ticket.ticket_id for ticket in made.index.tickets] == ["b", "A-1"]
    assert [action.action_id for action in made.actions.actions] == ["A-1-A01", "b-A01"]
    assert [file.path for file in made.written] == [f"work:{name}" for name in WRITTEN]
    assert (made.prd_path, made.pack_path) == ("work:docs/prd.md", None)
    assert json.loads((tree / "out/_tickets_index.json").read_text())["tickets"][0]["path"] == "tickets/b.md"
    assert taskify.read_actions("out").ok
    assert "### A-1: A\n\n### " not in (tree / "docs/prd.md").read_text()


def test_a_dry_run_says_the_same_and_writes_nothing(taskify: Taskify, tree: Path) -> None:
    before = files_of(tree)

    dry = taskify.ticketify(options(dry_run=True))

    assert files_of(tree) == before
    assert not (tree / "out").exists()
    assert dry.written == taskify.ticketify(OPTIONS).written


def test_a_second_call_writes_the_same_bytes(taskify: Taskify, tree: Path) -> None:
    first = taskify.ticketify(OPTIONS)
    second = taskify.ticketify(OPTIONS)

    assert [file.sha256 for file in second.written] == [file.sha256 for file in first.written]
    assert {file.created for file in first.written} == {True}
    assert {file.created for file in second.written} == {False}


def test_an_action_pack_is_made_where_it_is_asked_for(taskify: Taskify, tree: Path) -> None:
    made = taskify.ticketify(options(mode="pack"))

    raw = (tree / "out/ticket-action-pack.md").read_bytes()
    assert made.pack_path == "work:out/ticket-action-pack.md"
    assert validate(raw, ("runner", "ticketify", "action-pack")).ok
    assert taskify.validate_action_pack("out/ticket-action-pack.md").exit_code_equivalent == 0
    assert b'test -s "out/_tickets_index.json"' in raw


def test_what_an_earlier_call_made_is_no_ticket(taskify: Taskify) -> None:
    inside = options(out_dir="tickets", prd_path="tickets/prd.md", mode="pack")

    first, second = taskify.ticketify(inside), taskify.ticketify(inside)

    assert [file.sha256 for file in second.written] == [file.sha256 for file in first.written]


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_of_somebody_else_is_never_replaced(taskify: Taskify, tree: Path, name: str) -> None:
    (tree / name).parent.mkdir(exist_ok=True)
    (tree / name).write_text('{"metadata": {}, "items": []}')
    before = files_of(tree)

    error = refusal(lambda: taskify.ticketify(OPTIONS))

    assert (error.code, error.details) == ("CONFLICT", {"path": f"work:{name}"})
    assert files_of(tree) == before


def test_include_exclude_and_the_number_of_tickets_narrow_the_choice(taskify: Taskify, tree: Path) -> None:
    def chosen(**changes: object) -> list[str]:
        return [ticket.path for ticket in taskify.ticketify(options(dry_run=True, **changes)).index.tickets]

    assert chosen() == ["tickets/b.md", "tickets/sub/a.md"]
    assert chosen(top_n=1) == ["tickets/b.md"]
    assert chosen(include=("tickets/sub/*",)) == ["tickets/sub/a.md"]
    assert chosen(exclude=("tickets/sub/*",)) == ["tickets/b.md"]
    assert chosen(ticket_glob="*.md") == ["tickets/b.md"]
    assert chosen(ticket_glob="**/*.txt") == ["tickets/notes.txt"]


def test_two_tickets_of_one_id_are_refused_before_anything_is_written(
    taskify: Taskify, tree: Path, tickets: Path
) -> None:
    (tickets / "sub" / "b.md").write_text("# Another")

    error = refusal(lambda: taskify.ticketify(OPTIONS))

    assert (error.code, error.details) == ("INVALID_ARGUMENT", {"ticket_id": "b"})
    assert not (tree / "out").exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ticket_glob": "**/*.rst"}, "NOT_FOUND"),
        ({"exclude": ("*",)}, "NOT_FOUND"),
        ({"ticket_glob": "../*.md"}, "INVALID_ARGUMENT"),
        ({"tickets_dir": "nope"}, "NOT_FOUND"),
        ({"tickets_dir": "../x"}, "PATH_INVALID"),
        ({"out_dir": "/etc"}, "PATH_OUTSIDE_ROOTS"),
        ({"prd_path": ".bashrc"}, "PATH_INVALID"),
        ({"prd_path": ".git/hooks/x.md"}, "PATH_INVALID"),
        ({"prd_path": "prd.sh"}, "PATH_INVALID"),
        ({"prd_path": "out/_actions.md"}, "INVALID_ARGUMENT"),
        ({"prd_path": "out/_ACTIONS.md"}, "INVALID_ARGUMENT"),
        ({"prd_path": "out/_actions.json/prd.md"}, "INVALID_ARGUMENT"),
        ({"top_n": 0}, "INVALID_ARGUMENT"),
        ({"top_n": 201}, "INVALID_ARGUMENT"),
        ({"include": ("x" * 201,)}, "INVALID_ARGUMENT"),
        ({"exclude": ("x",) * 201}, "INVALID_ARGUMENT"),
        ({"mode": "pack", "tickets_dir": "bad $(name)"}, "INVALID_ARGUMENT"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(
    taskify: Taskify, tree: Path, changes: dict[str, object], code: str
) -> None:
    (tree / "bad $(name)").mkdir()
    (tree / "bad $(name)" / "t.md").write_text("# T")
    before = files_of(tree)

    assert refusal(lambda: taskify.ticketify(options(**changes))).code == code
    assert files_of(tree) == before


@pytest.mark.parametrize("is_directory", [False, True])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_name_that_differs_by_case_only_is_refused_before_anything_is_written(
    taskify: Taskify, tree: Path, is_directory: bool, dry_run: bool
) -> None:
    (tree / "docs").mkdir()
    twin = tree / "docs" / "PRD.md"
    twin.mkdir() if is_directory else twin.write_text("mine")
    before = files_of(tree)

    assert refusal(lambda: taskify.ticketify(options(dry_run=dry_run))).code == "CONFLICT"
    assert files_of(tree) == before


def test_what_could_not_be_read_or_replaced_later_is_not_written(
    taskify: Taskify, tree: Path, tickets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tickets / "many.md").write_text("- [ ] x\n" * MAX_ACTIONS)
    assert refusal(lambda: taskify.ticketify(OPTIONS)).code == "TOO_LARGE"
    (tickets / "many.md").write_text("- [ ] x\n" * (MAX_ACTIONS - 2))
    assert taskify.ticketify(options(dry_run=True)).actions.count == MAX_ACTIONS

    monkeypatch.setattr(written, "MAX_BYTES", 1_000_000)
    assert refusal(lambda: taskify.ticketify(OPTIONS)).code == "TOO_LARGE"
    assert not (tree / "out").exists()


def test_as_many_actions_as_are_allowed_can_be_read_and_derived_again(taskify: Taskify, tickets: Path) -> None:
    (tickets / "many.md").write_text("- [ ] x\n" * (MAX_ACTIONS - 2))

    taskify.ticketify(OPTIONS)

    read = taskify.read_actions("out")
    assert (read.count, read.problems) == (MAX_ACTIONS, [])
    assert {file.created for file in taskify.ticketify(OPTIONS).written} == {False}


def test_links_are_no_tickets_and_no_targets(taskify: Taskify, tree: Path, tickets: Path) -> None:
    (tree.parent / "secret.md").write_text("# the secret outside")
    (tickets / "link.md").symlink_to(tree.parent / "secret.md")
    assert "secret" not in repr(taskify.ticketify(options(dry_run=True)))

    (tree / "docs").symlink_to(tree.parent)
    assert refusal(lambda: taskify.ticketify(OPTIONS)).code == "PATH_SYMLINK"
    assert (tree.parent / "secret.md").read_text() == "# the secret outside"


def test_tickets_are_bounded_one_by_one_and_together(
    taskify: Taskify, tickets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ALL_BYTES", 40)
    assert refusal(lambda: taskify.ticketify(OPTIONS)).code == "TOO_LARGE"

    with (tickets / "a.md").open("wb") as file:
        file.truncate(10 * 1024**3)
    assert refusal(lambda: taskify.ticketify(OPTIONS)).code == "TOO_LARGE"


def test_a_read_only_root_gives_tickets_and_the_requirements_go_where_the_rest_goes(tree: Path) -> None:
    (tree / "target").mkdir()
    reading = Root.open("reading", tree)
    target = Root.open("target", tree / "target", writable=True)
    taskify = Taskify(Roots((reading, target)), Location(target, ()))
    try:
        made = taskify.ticketify(options(out_dir="target:out"))
        error = refusal(lambda: taskify.ticketify(options(out_dir="reading:out")))
        elsewhere = refusal(lambda: taskify.ticketify(options(out_dir="target:out", mode="pack")))
    finally:
        for root in (reading, target):
            os.close(root.descriptor)

    assert made.prd_path == "target:docs/prd.md"
    assert (error.code, elsewhere.code) == ("PATH_READ_ONLY", "INVALID_ARGUMENT")
