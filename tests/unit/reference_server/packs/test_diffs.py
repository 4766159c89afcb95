"""A diff turns the old text into the new one, shows little else, and is made in bounded time."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from oraclepack_mcp.packs.diffs import CONTEXT, unified_diff

NO_FEED = "\\ No newline at end of file"
TEXTS = st.builds(
    lambda lines, end: "\n".join(lines) + end,
    st.lists(st.sampled_from(["a", "b", "c", "", "\f", "x\r", "@@ -1 +1 @@", "\u2028"]), max_size=40),
    st.sampled_from(["", "\n"]),
)


def pieces(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def applied(before: str, diff: str) -> str:
    """The new text, made of the old one by the hunks of a diff; what a hunk says about the old text is checked."""
    old, new, at = pieces(before), list[str](), 0
    body = diff.replace(f"\n{NO_FEED}\n", f"{NO_FEED}\n")
    for line in pieces(body)[2:]:
        text = line[1:].replace(f"{NO_FEED}\n", "")
        if head := re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n", line):
            start = int(head[1]) - (head[2] != "0")
            new += old[at:start]
            at = start
        elif line[0] == "+":
            new.append(text)
        else:
            assert old[at] == text
            new += [text] if line[0] == " " else []
            at += 1
    return "".join(new + old[at:])


@settings(deadline=None, derandomize=True)
@given(TEXTS, TEXTS)
def test_a_diff_turns_the_old_text_into_the_new_one(before: str, after: str) -> None:
    diff = unified_diff(before.encode(), after.encode(), "x")

    assert bool(diff) == (before != after)
    assert applied(before, diff) == after


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 60), st.integers(0, 60))
def test_a_small_change_is_shown_with_few_lines_around_it(first: int, second: int) -> None:
    before = [f"line {n}\n" for n in range(61)]
    after = ["changed\n" if n in {first, second} else line for n, line in enumerate(before)]
    diff = unified_diff("".join(before).encode(), "".join(after).encode(), "x")

    assert applied("".join(before), diff) == "".join(after)
    assert diff.count("\n ") <= 4 * CONTEXT


def test_a_new_file_is_a_diff_from_nothing() -> None:
    assert unified_diff(None, b"a\nb", "x.md") == f"--- /dev/null\n+++ x.md\n@@ -0,0 +1,2 @@\n+a\n+b\n{NO_FEED}\n"


def test_large_texts_that_have_nothing_in_common_are_replaced_as_a_whole() -> None:
    before = "".join(f"{n % 7}\n" for n in range(60_000))
    after = "".join(f"{n % 5}\n" for n in range(60_000))
    diff = unified_diff(before.encode(), after.encode(), "x")

    assert diff.count("@@ -") == 1
    assert applied(before, diff) == after
