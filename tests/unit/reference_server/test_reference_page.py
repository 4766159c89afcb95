"""The page about the reference server shows settings that the server takes."""

import tomllib
from pathlib import Path

import pytest
from oraclepack_mcp.settings import Settings, read_settings

PAGE = Path(__file__).parents[3] / "docs" / "reference-server.md"


def example() -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.split("```toml\n")[1].split("```")[0]


def test_the_example_is_taken_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "oraclepack.toml"
    file.write_text(example())
    settings = read_settings(file)
    assert settings.model_fields_set == set(tomllib.loads(example()))
    assert settings.execution.policy == "confirm"


def test_what_is_given_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "oraclepack.toml"
    file.write_text("port = 1\npage_size = 1\ntext_limit = 1\n")
    monkeypatch.setenv("ORACLEPACK_MCP_PORT", "2")
    monkeypatch.setenv("ORACLEPACK_MCP_PAGE_SIZE", "2")
    settings = read_settings(file, port=3)
    assert (settings.port, settings.page_size, settings.text_limit) == (3, 2, 1)


def test_an_unknown_name_in_the_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "oraclepack.toml"
    file.write_text("prot = 1\n")
    with pytest.raises(ValueError, match="prot"):
        read_settings(file)


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_settings(tmp_path / "absent.toml")


@pytest.mark.parametrize(("value", "policy"), [("1", "confirm"), ("true", "confirm"), ("0", "off"), ("", "off")])
def test_the_old_switch_for_execution_asks_for_a_confirmation(
    monkeypatch: pytest.MonkeyPatch, value: str, policy: str
) -> None:
    monkeypatch.setenv("ORACLEPACK_ENABLE_EXEC", value)
    assert Settings().execution.policy == policy


def test_the_old_variables_are_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORACLEPACK_ALLOWED_ROOTS", f"{tmp_path}:/srv")
    monkeypatch.setenv("ORACLEPACK_MAX_READ_BYTES", "10")
    monkeypatch.setenv("ORACLEPACK_CHARACTER_LIMIT", "20")
    settings = Settings(text_limit=30)
    assert [(root.name, str(root.path), root.writable) for root in settings.roots] == [
        ("root1", str(tmp_path), False),
        ("root2", "/srv", False),
    ]
    assert (settings.max_read_bytes, settings.text_limit) == (10, 30)
