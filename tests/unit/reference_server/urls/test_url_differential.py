"""URL stores are read, named and changed as the original does it, but for what is ordered otherwise."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.urls.book import UrlBook
from oraclepack_mcp.urls.check import legacy_url_ok
from oraclepack_mcp.urls.model import UrlScope, UrlStore
from oraclepack_mcp.urls.store import legacy_store_path, read_store, write_store

DATA = Path(__file__).parents[5] / "shared" / "oraclepack-data"
STAMP = "<rfc3339-utc-seconds>"
NOW = "2026-01-02T03:04:05Z"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (DATA / "expected.json").exists(), reason="the oraclepack data is not beside the checkout"),
]

EMPTY = {"default": "", "items": None}
UNTOUCHED: dict[str, dict[str, Any]] = {
    "add to empty project: both files get written": {"global": None},
    "add global": {"project": None},
    "update in place goes to the end": {"global": None},
    "default then delete clears it": {"global": None},
    "duplicate names in a hand-made file: delete removes all": {"global": None},
    "duplicate names: first wins for default, only first is touched": {"global": None},
    "unknown fields are lost on save": {"global": None},
    "no validation on load: bad url kept": {
        "global": None,
        "default_url_after_each": ["URL_INVALID", "URL_INVALID"],  # U-09: a bad URL is kept, and never used
    },
    "project default wins over global": {},
    "global default when project has none": {},
    "dangling project default resolves to empty, no fall back": {"default_url_after_each": ["https://g"]},
    "save with same name moves it across scopes": {
        "refused": ["CONFLICT"],
        "project": {"default": "", "items": [{"name": "A", "url": "https://a", "lastUsed": STAMP}]},
        "global": None,
    },
    "moving a default item to the other scope leaves a dangling default that hides the global default": {
        "refused": ["CONFLICT"],
        "default_url_after_each": ["", "", "https://g", "https://g", "https://a", "https://a"],
        "project": {"default": "A", "items": [{"name": "A", "url": "https://a", "lastUsed": STAMP}]},
        "global": {"default": "G", "items": [{"name": "G", "url": "https://g", "lastUsed": STAMP}]},
    },
    "corrupt project file is read as empty and overwritten by the next save": {
        "refused": ["STATE_INVALID_JSON"],
        "default_url_after_each": ["STATE_INVALID_JSON", "STATE_INVALID_JSON"],
        "project": "{not json",
        "global": None,
    },
}
"""For each vector what we do otherwise, by order of U-09: only the changed file is written (the other stays None)."""


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def as_go(store: UrlStore) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(write_store(store))
    return loaded


def test_every_store_file_loads_as_the_original_loaded_it() -> None:
    rows = {name: row["go_load_url_store"] for name, row in load("expected.json").items() if "go_load_url_store" in row}
    for name, row in rows.items():
        raw = (DATA / name).read_bytes()
        if row["ok"]:
            assert as_go(read_store(raw)) == row["loaded"], name
        else:
            with pytest.raises(DomainError, match="STATE_"):
                read_store(raw)

    assert len([name for name in rows if name.startswith("edge/")]) == 13
    assert len(rows) == 16


def test_a_store_of_the_original_is_written_back_byte_for_byte() -> None:
    files = sorted((DATA / "real").glob("*.chatgpt-urls.json"))

    assert len(files) == 3
    for file in files:
        assert write_store(read_store(file.read_bytes())) == file.read_bytes()


def test_the_original_check_of_urls_is_known() -> None:
    vectors = load("vectors/unit_vectors.json")["url_valid"]

    assert len(vectors) == 16
    for vector in vectors:
        assert legacy_url_ok(vector["in"]["url"]) == vector["out"], vector


def test_stores_are_called_as_the_original_calls_them() -> None:
    vectors = load("vectors/unit_vectors.json")["url_store_path"]

    assert len(vectors) == 5
    for vector in vectors:
        assert legacy_store_path(vector["in"]["state_path"], vector["in"]["pack_source"]) == vector["out"], vector


def after(book: UrlBook) -> str:
    """The default URL, or why there is none."""
    try:
        return book.resolve(None, "p.md").url or ""
    except DomainError as error:
        return error.code


def perform(book: UrlBook, operation: list[str]) -> str | None:
    """The code with which an operation was refused."""
    kind, scope, *rest = operation
    place: UrlScope = "project" if scope == "project" else "global"
    pack = "p.md" if place == "project" else None
    does: dict[str, Callable[[], object]] = {
        "save": lambda: book.save(place, rest[0], rest[1], None, "p.md"),
        "default": lambda: book.set_default(place, rest[0], None, pack),
        "delete": lambda: book.delete(place, rest[0], None, pack),
        "touch": lambda: book.mark_used(place, rest[0], pack),
    }
    try:
        does[kind]()
    except DomainError as error:
        return error.code
    return None


def content(path: Path) -> Any:
    if not path.exists():
        return None
    text = path.read_text()
    if not text.endswith("}"):
        return text
    try:
        loaded = json.loads(text.replace(NOW, STAMP))
    except ValueError:
        return text
    loaded.pop("x_ref", None)
    return loaded


def test_every_recorded_operation_does_the_same_but_for_what_is_ordered_otherwise(tmp_path: Path) -> None:
    vectors = load("vectors/unit_vectors.json")["url_store_ops"]
    assert len(vectors) == 14
    assert {vector["why"] for vector in vectors} == set(UNTOUCHED)
    for number, vector in enumerate(vectors):
        project, shared = tmp_path / f"{number}-p", tmp_path / f"{number}-g"
        project.mkdir()
        shared.mkdir()
        (project / "p.md").write_text("")
        files = {"project": project / "p.chatgpt-urls.json", "global": shared / "chatgpt-urls.json"}
        for scope, path in files.items():
            if vector["in"][scope] is not None:
                path.write_text(vector["in"][scope])
        root = Root.open("packs", project, writable=True)
        book = UrlBook(
            Roots((root,)),
            Location(root, ()),
            Root.open("global", shared, writable=True),
            ("a", "a2", "b", "g", "p", "1", "2"),
            now=lambda: datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        )
        defaults = [after(book)]
        refused = []
        for operation in vector["in"]["ops"]:
            refused.append(perform(book, operation))
            defaults.append(after(book))

        expected = {"refused": [], **vector["out"], **UNTOUCHED[vector["why"]]}
        assert [code for code in refused if code] == expected["refused"], vector["why"]
        assert defaults == expected["default_url_after_each"], vector["why"]
        for scope, path in files.items():
            assert content(path) == expected[scope], (vector["why"], scope)
