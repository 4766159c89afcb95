"""Actions of either form are read as far as they can be; bombs and faults are problems, never crashes."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.taskify.actions import Actions, read_actions
from oraclepack_mcp.taskify.json_text import MAX_KEYS
from oraclepack_mcp.taskify.model import MAX_ACTIONS
from oraclepack_mcp.taskify.problems import MAX_PLACE, MAX_TOLD
from oraclepack_mcp.taskify.service import MAX_BYTES, Taskify

METADATA = {"generated_at": "2026-01-09T03:00:00Z", "pack_date": "2026-01-09", "source_out_dir": "out", "top_n": 10}


def item(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{number:02d}",
        "source_file": f"out/{number:02d}-a.md",
        "category": "invariants",
        "priority_score": 4.5,
        "recommended_next_action": "Test it.",
        "missing_artifacts": [],
        "acceptance_criteria": ["It is tested."],
        "risk_notes": [],
        "estimated_effort": "S",
        **changes,
    }


def taskify_form(*items: object, **changes: Any) -> bytes:
    return json.dumps({"metadata": METADATA, "items": list(items), **changes}).encode()


def ticket_form(**changes: Any) -> bytes:
    action = {
        "action_id": "T-1-A01",
        "kind": "task",
        "source_line": 3,
        "text": "A pack has one ```bash block.",
        "ticket_id": "T-1",
        "ticket_path": "t/1.md",
        **changes,
    }
    return json.dumps({"version": 1, "out_dir": "out", "count": 1, "actions": [action]}).encode()


def told(raw: bytes) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.path) for problem in read_actions(raw).problems]


def test_the_form_of_answers_is_read_whole() -> None:
    found = read_actions(taskify_form(item(1), item(2, dependencies=["01"], executor="codex", exec_prompt="Do.")))

    assert (found.form, found.problems, found.metadata) == ("taskify", [], METADATA)
    assert [(one.id, one.executor, one.dependencies) for one in found.items] == [
        ("01", None, []),
        ("02", "codex", ["01"]),
    ]


def test_the_form_of_tickets_is_read_whole_and_may_quote_fences() -> None:
    found = read_actions(ticket_form())

    assert (found.form, found.problems, found.metadata) == (
        "ticketify",
        [],
        {"version": 1, "out_dir": "out", "count": 1},
    )
    assert [(one.action_id, one.source_line) for one in found.actions] == [("T-1-A01", 3)]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "21"}, ("ACTIONS_BAD_VALUE", "items[0].id")),
        ({"id": 1}, ("ACTIONS_BAD_VALUE", "items[0].id")),
        ({"source_file": None}, ("ACTIONS_MISSING_FIELD", "items[0].source_file")),
        ({"priority_score": True}, ("ACTIONS_BAD_VALUE", "items[0].priority_score")),
        ({"risk_notes": [1]}, ("ACTIONS_BAD_VALUE", "items[0].risk_notes")),
        ({"estimated_effort": "XXL"}, ("ACTIONS_BAD_VALUE", "items[0].estimated_effort")),
        ({"dependencies": ["first"]}, ("ACTIONS_BAD_VALUE", "items[0].dependencies")),
        ({"executor": "rm"}, ("ACTIONS_BAD_VALUE", "items[0].executor")),
        ({"recommended_next_action": "```\nrm"}, ("ACTIONS_FENCE", "items[0].recommended_next_action")),
    ],
)
def test_a_fault_of_an_item_is_told_with_its_place(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert told(taskify_form(item(1, **changes))) == [problem]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (taskify_form(item(2), item(1)), ("ACTIONS_UNSORTED", "items")),
        (taskify_form(item(1), item(1)), ("ACTIONS_DUPLICATE", "items")),
        (taskify_form(*(item(min(n, 20)) for n in range(1, 22))), ("ACTIONS_TOO_MANY", "items")),
        (taskify_form("item"), ("ACTIONS_BAD_VALUE", "items[0]")),
        (taskify_form(metadata=[]), ("ACTIONS_BAD_VALUE", "metadata")),
        (taskify_form(metadata={**METADATA, "top_n": 0.5}), ("ACTIONS_BAD_VALUE", "metadata.top_n")),
        (b'{"metadata": {}}', ("ACTIONS_MISSING_FIELD", "items")),
        (b"{}", ("ACTIONS_UNKNOWN_FORM", None)),
        (b"[]", ("ACTIONS_UNKNOWN_FORM", None)),
        (b"null", ("ACTIONS_UNKNOWN_FORM", None)),
        (b'{"actions": [], "count": 1, "version": 1, "out_dir": "x"}', ("ACTIONS_BAD_VALUE", "count")),
        (b'{"actions": [], "count": 0, "version": 2, "out_dir": "x"}', ("ACTIONS_BAD_VALUE", "version")),
        (ticket_form(action_id="T-2-A01"), ("ACTIONS_BAD_VALUE", "actions[0].action_id")),
        (ticket_form(kind="wish"), ("ACTIONS_BAD_VALUE", "actions[0].kind")),
        (ticket_form(source_line=0), ("ACTIONS_BAD_VALUE", "actions[0].source_line")),
    ],
)
def test_a_fault_of_a_file_is_told(raw: bytes, problem: tuple[str, str | None]) -> None:
    assert problem in told(raw)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "JSON_INVALID"),
        (b"\xff\xfe", "JSON_INVALID"),
        (b'{"items": NaN}', "JSON_INVALID"),
        (b'{"items": [Infinity]}', "JSON_INVALID"),
        (b"[" * 100_000, "JSON_INVALID"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "JSON_INVALID"),
        (b"{" + b",".join(b'"%d":0' % n for n in range(MAX_KEYS + 1)) + b"}", "JSON_TOO_MANY_KEYS"),
        (b'{"items": [], "items": []}', "JSON_DUPLICATE_KEY"),
        (b'{"items": [1e999]}', "ACTIONS_BAD_VALUE"),
        (b'{"actions": [' + b"9" * 5000 + b"]}", "ACTIONS_BAD_VALUE"),
    ],
)
def test_a_bomb_is_a_problem(raw: bytes, code: str) -> None:
    assert told(raw)[0][0] == code


def test_no_more_problems_are_told_than_anybody_reads() -> None:
    raw = json.dumps({"actions": [0] * 5000}).encode()

    problems = read_actions(raw).problems

    assert len(problems) == MAX_TOLD
    assert problems[-1].message.endswith("more problems are not told")


NESTED = 90
WIDE = "\U0001f600" * 60


def nested(inner: bytes) -> bytes:
    """A text deep inside objects whose keys make its place as long as can be."""
    return f'{{"{WIDE}":'.encode() * NESTED + inner + b"}" * NESTED


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (nested(b"{" + b",".join([b'"":0'] * 10_000) + b"}"), "JSON_DUPLICATE_KEY"),
        (nested(b"[" + b",".join([b"1e999"] * 10_000) + b"]"), "ACTIONS_BAD_VALUE"),
        (b'{"actions": [' + b",".join([b"{}"] * 60_000) + b"]}", "ACTIONS_MISSING_FIELD"),
    ],
    ids=["repeated keys", "numbers", "empty actions"],
)
def test_the_memory_for_problems_does_not_grow_with_their_number(raw: bytes, code: str) -> None:
    tracemalloc.start()
    try:
        problems = read_actions(raw).problems
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert problems[0].code == code
    assert all(len(problem.path or "") <= MAX_PLACE for problem in problems)
    assert peak < 32 * 1024 * 1024


def test_a_place_that_is_long_is_told_by_its_end() -> None:
    path = read_actions(nested(b'{"a":{"b":0,"b":0}}')).problems[0].path

    assert path is not None
    assert path.startswith("\u2026\U0001f600")
    assert path.endswith(".a.b")
    assert len(path) == MAX_PLACE


def test_too_many_keys_are_told_before_anything_else_about_them() -> None:
    assert told(b"{" + b",".join([b'"":0'] * (MAX_KEYS + 1)) + b"}") == [("JSON_TOO_MANY_KEYS", None)]


def test_of_too_many_actions_the_first_are_read() -> None:
    action = json.loads(ticket_form())["actions"][0]
    actions = [{**action, "action_id": f"T-1-A{number:02d}"} for number in range(MAX_ACTIONS + 1)]

    most = read_actions(
        json.dumps({"version": 1, "out_dir": "o", "count": MAX_ACTIONS, "actions": actions[1:]}).encode()
    )
    more = read_actions(
        json.dumps({"version": 1, "out_dir": "o", "count": MAX_ACTIONS + 1, "actions": actions}).encode()
    )

    assert (len(most.actions), most.problems) == (MAX_ACTIONS, [])
    assert (len(more.actions), [problem.code for problem in more.problems]) == (MAX_ACTIONS, ["ACTIONS_TOO_MANY"])


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["items", "actions", "metadata", "id", "version", "kind"]), inner, max_size=4)
    ),
    max_leaves=10,
)


@given(value=json_values)
def test_no_json_makes_reading_fail(value: object) -> None:
    assert isinstance(read_actions(json.dumps(value).encode()), Actions)


@given(raw=st.binary(max_size=200))
def test_no_bytes_make_reading_fail(raw: bytes) -> None:
    assert isinstance(read_actions(raw), Actions)


def test_a_directory_stands_for_the_file_in_it(taskify: Taskify, tree: Path) -> None:
    (tree / "out").mkdir()
    (tree / "out" / "_actions.json").write_bytes(ticket_form())

    by_directory, by_file = taskify.read_actions("out"), taskify.read_actions("work:out/_actions.json")

    assert by_directory == by_file
    assert (by_file.path, by_file.ok, by_file.count) == ("work:out/_actions.json", True, 1)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(taskify: Taskify, tree: Path) -> None:
    with (tree / "_actions.json").open("wb") as file:
        file.truncate(10 * 1024 * MAX_BYTES)

    with pytest.raises(DomainError) as caught:
        taskify.read_actions("")

    assert caught.value.code == "TOO_LARGE"
