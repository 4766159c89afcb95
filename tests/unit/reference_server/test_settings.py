"""What an operator can set, by command line and by environment."""

import argparse
from pathlib import Path

import pytest
from oraclepack_mcp.cli import add_arguments, settings_from
from oraclepack_mcp.composition import open_library
from oraclepack_mcp.protocol.callers import is_foreign_host, is_foreign_origin
from oraclepack_mcp.settings import RootSetting, Settings
from starlette.datastructures import Headers


def settings(*arguments: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return settings_from(parser.parse_args(arguments))


def test_without_arguments_the_samples_are_served_over_stdio() -> None:
    chosen = settings()

    assert (chosen.transport, chosen.host, chosen.roots) == ("stdio", "127.0.0.1", ())
    assert open_library(chosen).facts().roots == ["samples"]


def test_roots_are_named_and_may_be_writable(tmp_path: Path) -> None:
    chosen = settings("--root", f"a={tmp_path}", "--root", f"b={tmp_path}:rw")

    assert chosen.roots == (
        RootSetting(name="a", path=tmp_path),
        RootSetting(name="b", path=tmp_path, writable=True),
    )


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORACLEPACK_MCP_PORT", "7001")
    monkeypatch.setenv("ORACLEPACK_MCP_TRANSPORT", "streamable-http")

    assert (settings().port, settings().transport) == (7001, "streamable-http")
    assert settings("--port", "0").port == 0


def test_no_file_in_the_working_directory_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("ORACLEPACK_MCP_PORT=1\n")
    monkeypatch.chdir(tmp_path)

    assert settings().port == 8000


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_loopback_address_may_be_listened_on(host: str) -> None:
    assert settings("--host", host).host == host


@pytest.mark.parametrize(
    "arguments",
    [
        ("--host", "10.0.0.1"),
        ("--host", "::"),
        ("--port", "-1"),
        ("--root", "a"),
        ("--root", "a="),
        ("--root", "a b=/x"),
    ],
)
def test_a_value_that_is_not_allowed_is_one_sentence(arguments: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\A[^\n]+\Z"):
        settings(*arguments)


@pytest.mark.parametrize(
    ("host", "foreign"),
    [
        ("127.0.0.2:8000", False),
        ("LOCALHOST:8000", False),
        ("localhost:80", True),
        ("localhost", True),
        ("x:8000", True),
    ],
)
def test_a_host_header_names_the_address_and_port_of_the_connection(host: str, foreign: bool) -> None:
    server = ("127.0.0.2", 8000)

    assert is_foreign_host(Headers({"host": host}), server) is foreign
    assert is_foreign_origin(Headers({"origin": f"http://{host}"}), server, ()) is foreign
    assert not is_foreign_origin(Headers({"origin": f"http://{host}".lower()}), server, [f"http://{host}".lower()])
    assert not is_foreign_origin(Headers(), server, ())


def test_two_host_headers_name_no_server() -> None:
    raw = [(b"host", b"localhost:8000"), (b"host", b"localhost:8000")]

    assert is_foreign_host(Headers(raw=raw), ("127.0.0.1", 8000))
    assert is_foreign_host(Headers(), ("127.0.0.1", 8000))
