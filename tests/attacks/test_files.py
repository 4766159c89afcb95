"""Attacks on the files that the server can reach (S-01 …)."""

from tests.attacks.arena import SECRET, Arena, attack


@attack("oraclepack/s01-follows-file-links")
def test_s01_a_linked_file_is_never_followed(arena: Arena) -> None:
    (arena.root / "link.md").symlink_to(arena.outside / "secret.md")

    answers = arena.calls(
        ("oraclepack_read_file", {"path": "link.md"}),
        ("oraclepack_get_pack", {"pack": "link.md", "include_code": True}),
        ("oraclepack_validate_pack", {"pack": "link.md"}),
        ("oraclepack_list_packs", {}),
    )
    assert SECRET not in str(answers)
    assert [answer["isError"] for answer in answers] == [True, True, True, False]
    assert answers[0]["error"]["code"] == "PATH_SYMLINK"
    assert SECRET not in arena.read("oraclepack://pack/root:link.md")
