"""Changing one step leaves every other byte of the file alone, and what is written is what is read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.editing import StepChange, change_step
from oraclepack_mcp.packs.parser import parse_pack

PACK = (
    b"prose \xff\n\n```bash\nset -eu\nout_dir=x\n# 01) First ROI=2.50 impact=3\n# Impact: big\necho 1\n\n"
    b"  # 02 \xe2\x80\x94 Second  effort=1\r\necho 2\r\n# 03)\n# 04) Last\necho 4\n```\ntail\r\n"
)
HEADERS = {
    "01": b"# 01) First ROI=2.50 impact=3\n",
    "02": b"  # 02 \xe2\x80\x94 Second  effort=1\r\n",
    "03": b"# 03)\n",
    "04": b"# 04) Last\n",
}
BODIES = {"01": b"# Impact: big\necho 1\n\n", "02": b"echo 2\r\n", "03": b"", "04": b"echo 4\n"}


@pytest.mark.parametrize("step_id", ["01", "02", "03", "04"])
@pytest.mark.parametrize("code", ["", "echo new\n", "a\nb", "\n", "a\n\n\n", "oracle \\\n  -p 'x'\n"])
def test_new_code_takes_exactly_the_place_of_the_old(step_id: str, code: str) -> None:
    after = change_step(PACK, step_id, StepChange(code=code))

    wanted = code if not code or code.endswith("\n") else f"{code}\n"
    steps = {step.id: step for step in parse_pack(after).steps}
    assert steps[step_id].code == wanted
    guard = b"\n" if step_id == "04" and (wanted == "\n" or wanted.endswith("\n\n")) else b""
    old, new = HEADERS[step_id] + BODIES[step_id], HEADERS[step_id] + wanted.encode() + guard
    assert after == PACK.replace(old, new, 1)


@pytest.mark.parametrize(
    ("step_id", "change", "header"),
    [
        ("01", StepChange(title="New"), b"# 01) New ROI=2.5 impact=3\n"),
        ("01", StepChange(metadata={"impact": ""}), b"# 01) First ROI=2.5\n"),
        ("01", StepChange(metadata={"ROI": ""}), b"# 01) First impact=3\n"),
        (
            "01",
            StepChange(metadata={"ROI": "7", "category": "UX flows"}),
            b"# 01) First ROI=7 impact=3 category=UX flows\n",
        ),
        ("02", StepChange(title="Zw\u00f6lf"), "# 02 \u2014 Zw\u00f6lf effort=1\r\n".encode()),
        ("03", StepChange(metadata={"horizon": "Later"}), b"# 03) horizon=Later\n"),
        ("03", StepChange(title="Step 03"), b"# 03) Step 03\n"),
        ("04", StepChange(title="x", metadata={}), b"# 04) x\n"),
    ],
)
def test_a_new_header_takes_exactly_the_place_of_the_old(step_id: str, change: StepChange, header: bytes) -> None:
    assert change_step(PACK, step_id, change) == PACK.replace(HEADERS[step_id], header, 1)


@pytest.mark.parametrize(
    "change",
    [
        StepChange(code="# 05) sneaky\necho"),
        StepChange(code="```\n"),
        StepChange(code="cat <<E\n```bash\nE\n"),
        StepChange(code="a\r\nb"),
        StepChange(code="a\0b"),
        StepChange(code="\ud800"),
        StepChange(title="a\nb"),
        StepChange(title="a ROI=5"),
        StepChange(title="a effort=5"),
        StepChange(title=" a"),
        StepChange(title="a  b"),
        StepChange(title="- a"),
        StepChange(title="a\u202eb"),
        StepChange(title="\ud800"),
        StepChange(title="x" * 201),
        StepChange(metadata={"color": "red"}),
        StepChange(metadata={"ROI": "inf"}),
        StepChange(metadata={"ROI": "-1"}),
        StepChange(metadata={"ROI": "1 x"}),
        StepChange(metadata={"effort": "1 impact=9"}),
        StepChange(metadata={"effort": "1\n# 09) x"}),
        StepChange(metadata={"impact": "ROI=9"}),
        StepChange(metadata={"impact": " "}),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(change: StepChange) -> None:
    with pytest.raises(DomainError) as caught:
        change_step(PACK, "01", change)

    assert caught.value.code == "INVALID_ARGUMENT"


@settings(deadline=None, derandomize=True)
@given(
    st.sampled_from(["01", "02", "03", "04"]),
    st.none() | st.text(max_size=40),
    st.none() | st.dictionaries(st.sampled_from(["ROI", "impact", "effort", "category"]), st.text(max_size=10)),
    st.none() | st.text(alphabet=st.sampled_from("ab `#0)\n\r\\")) | st.text(),
)
def test_whatever_is_asked_for_only_that_step_changes_or_nothing_is_written(
    step_id: str, title: str | None, metadata: dict[str, str] | None, code: str | None
) -> None:
    try:
        after = change_step(PACK, step_id, StepChange(title, metadata, code))
    except DomainError as error:
        refused = error.code
    else:
        assert_only_that_step_changed(after, step_id, title, metadata, code)
        return
    assert refused == "INVALID_ARGUMENT"


def assert_only_that_step_changed(
    after: bytes, step_id: str, title: str | None, metadata: dict[str, str] | None, code: str | None
) -> None:
    before_pack, after_pack = parse_pack(PACK), parse_pack(after)
    assert (after_pack.title, after_pack.prelude) == (before_pack.title, before_pack.prelude)
    assert [step.id for step in after_pack.steps] == ["01", "02", "03", "04"]
    for old, new in zip(before_pack.steps, after_pack.steps, strict=True):
        if old.id != step_id:
            assert (old.raw_header, old.code, old.roi, old.metadata) == (
                new.raw_header,
                new.code,
                new.roi,
                new.metadata,
            )
    start, end = PACK.index(HEADERS[step_id]), PACK.index(HEADERS[step_id] + BODIES[step_id])
    assert after.startswith(PACK[:start])
    assert after.endswith(PACK[end + len(HEADERS[step_id] + BODIES[step_id]) :])
    changed = next(step for step in after_pack.steps if step.id == step_id)
    if title is not None:
        assert changed.title == (title or f"Step {step_id}")
    for name, value in (metadata or {}).items():
        assert name == "ROI" or changed.metadata.get(name, "") == value
    if code is not None:
        assert changed.code == (code if not code or code.endswith("\n") else f"{code}\n")
