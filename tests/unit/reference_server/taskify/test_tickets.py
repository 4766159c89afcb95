"""What is read out of a ticket: id, title, summary, tasks and criteria."""

import time

import pytest
from oraclepack_mcp.taskify.tickets import read_ticket, ticket_actions


def facts(text: str, path: str = "t/a.b.md") -> tuple[str, str, str]:
    ticket = read_ticket(path, text.encode())
    return ticket.ticket_id, ticket.title, ticket.summary


def actions(text: str) -> list[tuple[int, str, str]]:
    raw = text.encode()
    return [(one.source_line, one.kind, one.text) for one in ticket_actions(read_ticket("a.md", raw), raw)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("a.b", "a.b.md", "")),
        ("# Title \n\n## Part\nfirst\nsecond\n\nthird", ("a.b", "Title", "first second")),
        ("## Title\ntext", ("a.b", "a.b.md", "text")),
        (
            "---\nid: T-7\ntitle: 'Of front'\n---\n# Other\ntext",
            ("T-7", "Of front", "--- id: T-7 title: 'Of front' --- text"),
        ),
        (
            '---\nkey: K\nTICKET: "T"\n# id: no\nbad key: x\n---\n',
            ("T", "id: no", '--- key: K TICKET: "T" bad key: x ---'),
        ),
        ("---\n\nid:\nkey: K\n--- \t\ntext", ("K", "a.b.md", "---")),
        ("---\n\n---\nid: T-7\n---\n\ntext", ("T-7", "a.b.md", "---")),
        ("# \n# Title", ("a.b", "", "")),
        ("---\nid: T-7\n", ("a.b", "a.b.md", "--- id: T-7")),
        ("----\nid: T-7\n---\n", ("a.b", "a.b.md", "---- id: T-7 ---")),
        (" ---\nid: T-7\n---\n", ("a.b", "a.b.md", "--- id: T-7 ---")),
    ],
)
def test_id_title_and_summary_come_from_where_the_rules_say(text: str, expected: tuple[str, str, str]) -> None:
    assert facts(text) == expected


def test_a_summary_ends_after_about_240_characters() -> None:
    line = "x" * 100

    assert facts("\n".join([line] * 5))[2] == " ".join([line] * 3)


def test_tasks_are_found_anywhere_and_bullets_under_criteria_only() -> None:
    text = """- plain
- [ ] open
  * [x]  done
+ [ ] other bullet
- [y] other mark
- [ ]glued
## acceptance CRITERIA
- a criterion
text
* [X] a task among them
# End
- plain again
   ### Acceptance Criteria
-\tanother
    ## Acceptance Criteria
- after a heading that is indented too far
"""

    assert actions(text) == [
        (2, "task", "open"),
        (3, "task", "done"),
        (8, "acceptance", "a criterion"),
        (10, "task", "a task among them"),
        (14, "acceptance", "another"),
    ]


def test_a_task_in_front_matter_is_one_as_in_the_original() -> None:
    assert actions("---\n- [ ] one\nid: x\n---\n- [ ] two\n") == [(2, "task", "one"), (5, "task", "two")]


def test_actions_are_numbered_by_ticket() -> None:
    raw = b"---\nid: T\n---\n" + b"- [ ] x\n" * 101

    ids = [one.action_id for one in ticket_actions(read_ticket("a.md", raw), raw)]

    assert (ids[0], ids[9], ids[100]) == ("T-A01", "T-A10", "T-A101")


def test_text_that_acts_on_a_terminal_or_on_the_direction_is_made_visible() -> None:
    assert facts("# \x1b[2J\u202eevil\nwith\ttab")[1:] == ("\ufffd[2J\ufffdevil", "with\ttab")


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert read_ticket("a.md", b"# \xff\n").title == "\ufffd"


@pytest.mark.parametrize("unit", ["-" + " " * 50, "---\n\n", "- [ ] ", "#" * 9, "```", "key :", "\n \n", "##\t"])
def test_hostile_text_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    raw = ("---\n" + unit * (400_000 // len(unit))).encode()
    before = time.process_time()

    ticket_actions(read_ticket("a.md", raw), raw)

    assert time.process_time() - before < 10  # seconds of processor time; a quadratic reading takes hours
