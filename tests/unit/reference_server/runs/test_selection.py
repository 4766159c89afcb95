"""A run is about the steps that its mode and its filter leave."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.parser import parse_pack
from oraclepack_mcp.runs.model import RunOptions, RunState, StepStatus
from oraclepack_mcp.runs.selection import expand, select

IDS = [f"{number:02d}" for number in range(1, 21)]
TEXT = "```bash\n" + "".join(f"# {number:02d}) ROI={number / 4}\necho\n" for number in range(1, 21)) + "```\n"
STEPS = parse_pack(TEXT.encode()).steps
ALL = RunOptions("p.md")
STATE = RunState(
    step_statuses={
        "01": StepStatus("success"),
        "02": StepStatus("failed"),
        "03": StepStatus("running"),
        "04": StepStatus("skipped"),
        "05": StepStatus("pending"),
        "06": StepStatus("done"),
    }
)


def chosen(options: RunOptions, state: RunState = STATE) -> list[str]:
    return [step.id for step in select(STEPS, options, state)[0]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (ALL, IDS),
        (replace(ALL, mode="failed"), ["02", "03"]),
        (replace(ALL, mode="pending"), ["05", *IDS[6:]]),
        (replace(ALL, mode="resume"), IDS[1:]),
        (replace(ALL, mode="from", from_step="18"), ["18", "19", "20"]),
        (replace(ALL, mode="from", from_step="9"), IDS[8:]),
        (replace(ALL, mode="steps", steps=("01,03-05", "7")), ["01", "03", "04", "05", "07"]),
        (replace(ALL, mode="steps", steps=("05-05", "05")), ["05"]),
        (replace(ALL, roi_threshold=4.5), ["18", "19", "20"]),
        (replace(ALL, roi_threshold=0.75, roi_mode="under"), ["01", "02"]),
        (replace(ALL, roi_threshold=0.0, roi_mode="under"), IDS),
        (replace(ALL, roi_threshold=-1.0, roi_mode="under"), IDS),
        (replace(ALL, mode="steps", steps=("01-05",), roi_threshold=1.0), ["04", "05"]),
    ],
)
def test_each_mode_leaves_its_steps_in_file_order(options: RunOptions, expected: list[str]) -> None:
    assert chosen(options) == expected


def test_what_does_not_run_has_a_reason_and_the_filter_comes_first() -> None:
    options = replace(ALL, mode="resume", roi_threshold=4.75)
    reasons = {one.id: one.reason for one in select(STEPS, options, RunState(step_statuses={"20": STATE_20}))[1]}

    assert reasons["20"] == "already_succeeded"
    assert {reasons[step_id] for step_id in IDS[:18]} == {"filtered"}
    assert "19" not in reasons
    others = {one.reason for one in select(STEPS, replace(ALL, mode="steps", steps=("01",)), STATE)[1]}
    assert others == {"not_selected"}


STATE_20 = StepStatus("success")


def test_a_state_without_statuses_has_nothing_done() -> None:
    assert chosen(replace(ALL, mode="resume"), RunState(step_statuses=None)) == IDS


@pytest.mark.parametrize(
    "options",
    [
        replace(ALL, mode="steps"),
        replace(ALL, mode="from"),
        replace(ALL, mode="from", from_step="21"),
        *(
            replace(ALL, mode="steps", steps=(text,))
            for text in ("21", "00", "5-3", "19-21", "a", "", "1,", "001", "1-2-3", "-3", "\u0661")
        ),
    ],
)
def test_steps_that_are_not_there_or_no_steps_are_refused(options: RunOptions) -> None:
    with pytest.raises(DomainError) as caught:
        select(STEPS, options, RunState())
    assert caught.value.code == "INVALID_ARGUMENT"


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 19)), min_size=1, max_size=5))
def test_ranges_mean_the_numbers_from_their_first_to_their_last(ranges: list[tuple[int, int]]) -> None:
    bounded = [(first, min(first + width, 20)) for first, width in ranges]
    selector = ",".join(f"{first}-{last:02d}" if first != last else f"{first:02d}" for first, last in bounded)

    expected = {f"{number:02d}" for first, last in bounded for number in range(first, last + 1)}
    assert expand([selector], IDS) == expand(selector.split(","), IDS) == expected
