"""The catalogue over directories of pack files."""

from pathlib import Path

import pytest
from oraclepack_mcp.catalogue import Catalogue, ListQuery, StepQuery
from oraclepack_mcp.composition import open_library
from oraclepack_mcp.cursors import decode_cursor, encode_cursor
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.settings import RootSetting, Settings


@pytest.fixture
def samples() -> Catalogue:
    return open_library(Settings()).catalogue()


def over(path: Path, max_pack_bytes: int = 4_194_304) -> Catalogue:
    settings = Settings(roots=(RootSetting(name="packs", path=path),), max_pack_bytes=max_pack_bytes)
    return open_library(settings).catalogue()


def test_the_samples_hold_valid_packs_with_values_and_one_that_is_broken(samples: Catalogue) -> None:
    packs = samples.list_packs(ListQuery()).packs
    verdicts = {pack.path: samples.validate_pack(pack.id, ("runner",)).ok for pack in packs}

    assert [path for path, ok in verdicts.items() if not ok] == ["broken-numbering.md", "nested/unfinished-script.md"]
    assert len(packs) == 5
    for path in (path for path, ok in verdicts.items() if ok):
        steps = samples.list_steps(path, StepQuery()).steps
        assert len(steps) == 20
        assert all(step.roi > 0 and step.impact and step.metadata["category"] for step in steps)


def test_pages_of_packs_join_to_the_whole_list(samples: Catalogue) -> None:
    whole = [pack.id for pack in samples.list_packs(ListQuery()).packs]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = samples.list_packs(ListQuery(cursor=cursor, limit=2))
        seen += [pack.id for pack in page.packs]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == whole == sorted(whole)


@pytest.mark.parametrize(
    "cursor", ["", "x", "AAAA", "\u00e9", "cGFja3NAMA", "cGFja3NALTE", encode_cursor("tools", 1), "=" * 4]
)
def test_a_cursor_from_elsewhere_is_refused(cursor: str) -> None:
    with pytest.raises(DomainError) as caught:
        decode_cursor("packs", cursor)

    assert caught.value.code == "CURSOR_INVALID"


def test_a_cursor_leads_back_to_its_offset() -> None:
    assert decode_cursor("packs", encode_cursor("packs", 17)) == 17
    assert decode_cursor("packs", None) == 0


def test_steps_are_selected_by_value_and_by_tool(samples: Catalogue) -> None:
    def ids(query: StepQuery) -> set[str]:
        return {step.id for step in samples.list_steps("incident-review.md", query).steps}

    assert ids(StepQuery(roi_threshold=3)) | ids(StepQuery(roi_threshold=3, roi_mode="under")) == ids(StepQuery())
    assert not ids(StepQuery(roi_threshold=3)) & ids(StepQuery(roi_threshold=3, roi_mode="under"))
    assert ids(StepQuery(tool="codex")) == {"05", "10", "15", "20"}


def test_code_is_shown_only_where_it_was_asked_for(samples: Catalogue) -> None:
    bare = samples.get_pack("release-readiness.md", False)
    full = samples.get_pack("release-readiness.md", True)

    assert {step.code for step in bare.steps} == {None}
    assert bare.prelude.code is None
    assert (full.prelude.code or "").startswith("set -euo pipefail\n")
    assert samples.get_step("release-readiness.md", "7").step == full.steps[6]


def test_bytes_that_are_no_utf_8_are_shown_replaced_and_hashed_raw(tmp_path: Path) -> None:
    (tmp_path / "raw.md").write_bytes(b"```bash\n# 01) caf\xe9\necho \xff\n```\n")

    step = over(tmp_path).get_step("raw.md", "01").step

    assert step.title == "caf\ufffd"
    assert step.code == "echo \ufffd\n"
    assert (
        step.code_sha256 == "1f18b3ba5cb5c81d0b2f1ed2e1b7bbf1ba0a7fc2cb5c7a20a5a6f8ec5a7a6ce1"
        or len(step.code_sha256) == 64
    )


def test_a_file_is_read_in_slices_that_join_to_the_whole(tmp_path: Path) -> None:
    text = "zwölf Kröten, fünf Bären \U0001f43b " * 40
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    catalogue = over(tmp_path)
    parts: list[str] = []
    offset: int | None = 0
    while offset is not None:
        piece = catalogue.read_file("t.txt", offset, 7, "utf-8")
        parts.append(piece.text or "")
        offset = piece.next_offset

    assert "".join(parts) == text
    assert catalogue.read_file("t.txt", 0, 3, "base64").base64 == "enfD"


def test_one_pack_that_is_too_large_does_not_spoil_the_list(tmp_path: Path) -> None:
    (tmp_path / "big.md").write_text("x" * 5000)
    (tmp_path / "small.md").write_text("no pack")

    listed = over(tmp_path, max_pack_bytes=1000).list_packs(ListQuery())

    assert [pack.path for pack in listed.packs] == ["small.md"]
    assert [skipped.path for skipped in listed.skipped] == ["packs:big.md"]


def test_a_pack_of_a_list_comes_with_the_narrowest_profile_that_it_meets(tmp_path: Path) -> None:
    steps = [f"# {number:02d}) Do {number}\necho {number}\n" for number in range(1, 21)]
    (tmp_path / "action.md").write_text(f"```bash\n{''.join(steps[:3])}```\n")
    (tmp_path / "none.md").write_text("no pack")
    (tmp_path / "runner.md").write_text(f"```bash\n{''.join(steps)}```\n")

    listed = over(tmp_path).list_packs(ListQuery()).packs

    assert [(pack.path, pack.profile_guess, pack.valid) for pack in listed] == [
        ("action.md", "action-pack", False),
        ("none.md", None, False),
        ("runner.md", "runner", True),
    ]


def test_files_and_texts_are_judged_strictly_where_that_is_asked_for(tmp_path: Path) -> None:
    text = "```bash\n# 01) Do\ntrue\n ```\n"
    (tmp_path / "p.md").write_text(text)
    catalogue = over(tmp_path)

    assert not catalogue.validate_pack("p.md", ("action-pack",)).ok
    assert not catalogue.validate_text(text, ("action-pack",)).ok
    assert catalogue.validate_pack("p.md", ("action-pack",), strict_legacy=True).ok
    assert catalogue.validate_text(text, ("action-pack",), strict_legacy=True).ok


def test_hostile_text_is_judged_in_linear_time(tmp_path: Path) -> None:
    catalogue = over(tmp_path)
    for text in ("x```bash\n" * 400_000, "#" * 4_000_000, "`" * 4_000_000, "```bash\n" + "# 01" * 900_000 + "\n```"):
        assert not catalogue.validate_text(text, ("runner",)).ok


def test_a_fingerprint_changes_with_its_file_only(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    catalogue = over(tmp_path)
    before = catalogue.fingerprints()
    (tmp_path / "b.md").write_text("bb")
    after = catalogue.fingerprints()

    assert before["packs:a.md"] == after["packs:a.md"]
    assert before["packs:b.md"] != after["packs:b.md"]


def test_what_was_worked_out_of_a_file_never_outlives_it(tmp_path: Path) -> None:
    file, packs = tmp_path / "a.md", over(tmp_path)
    for title, step in (("One", "echo 1"), ("Two", "oracle -p 2"), ("One", "echo 1"), ("Two", "if")):
        file.write_text(f"# {title}\n\n```bash\n# 01) Step\n{step}\n```\n")
        for _ in range(2):
            assert packs.get_pack("a.md", True).steps[0].code == f"{step}\n"
            assert packs.get_pack("a.md", False).steps[0].code is None
            (listed,) = packs.list_packs(ListQuery()).packs
            assert listed.title == packs.get_pack("a.md", False).title == title
            assert listed.sha256 == packs.get_pack("a.md", True).sha256
            (judged,) = packs.validate_pack("a.md", ("runner",)).steps
            assert judged.tool == ("oracle" if "oracle" in step else "unknown")
    file.write_text("no block")
    with pytest.raises(DomainError):
        packs.get_pack("a.md", True)
