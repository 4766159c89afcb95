"""Configuration for clients is printed, or merged without losing anything."""

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.clients import command
from oraclepack_mcp.clients.known import CLIENTS
from oraclepack_mcp.clients.merging import BACKUP_SUFFIX, merged, snippet, write
from oraclepack_mcp.clients.model import ClientConfigError, Launch, Remote

LAUNCH = Launch("/opt/oraclepack-mcp", ("--root", "packs=/srv/packs"))
REMOTE = Remote("http://127.0.0.1:8000/mcp")
JSON_CLIENTS = [name for name, client in CLIENTS.items() if client.format == "json"]


def parsed(name: str, text: str) -> dict[str, Any]:
    document: dict[str, Any] = tomllib.loads(text) if CLIENTS[name].format == "toml" else json.loads(text)
    servers: dict[str, Any] = document[CLIENTS[name].section]
    return servers


def invoke(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.mark.parametrize("name", CLIENTS)
def test_every_client_is_told_how_to_start_the_server(name: str) -> None:
    entry = parsed(name, snippet(CLIENTS[name], "oraclepack", LAUNCH))["oraclepack"]
    assert (entry["command"], entry["args"]) == ("/opt/oraclepack-mcp", ["--root", "packs=/srv/packs"])


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("claude-code", {"type": "http", "url": REMOTE.url}),
        ("codex", {"url": REMOTE.url}),
        ("cursor", {"url": REMOTE.url}),
        ("vscode", {"type": "http", "url": REMOTE.url}),
        ("gemini", {"httpUrl": REMOTE.url}),
    ],
)
def test_clients_are_told_where_a_running_server_is(name: str, entry: dict[str, str]) -> None:
    assert parsed(name, snippet(CLIENTS[name], "oraclepack", REMOTE))["oraclepack"] == entry


def test_a_client_that_takes_no_urls_says_so() -> None:
    with pytest.raises(ClientConfigError, match="connectors"):
        snippet(CLIENTS["claude-desktop"], "oraclepack", REMOTE)


@pytest.mark.parametrize("name", JSON_CLIENTS)
def test_other_servers_and_settings_stay(name: str) -> None:
    client = CLIENTS[name]
    before = {"theme": "dark", client.section: {"other": {"command": "x"}, "oraclepack": {"command": "old"}}}
    after = json.loads(merged(client, json.dumps(before), "oraclepack", LAUNCH))
    assert after["theme"] == "dark"
    assert after[client.section]["other"] == {"command": "x"}
    assert after[client.section]["oraclepack"]["command"] == "/opt/oraclepack-mcp"


def test_comments_in_toml_stay() -> None:
    before = '# mine\nmodel = "m" # the best\n\n[mcp_servers.other]\ncommand = "x"\n'
    after = merged(CLIENTS["codex"], before, "oraclepack", LAUNCH)
    assert "# mine" in after
    assert "# the best" in after
    assert set(tomllib.loads(after)["mcp_servers"]) == {"other", "oraclepack"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vscode", '{ // comment\n "servers": {} }'),
        ("cursor", '{"mcpServers": []}'),
        ("cursor", "[]"),
        ("codex", "= ="),
        ("codex", "mcp_servers = 1"),
    ],
)
def test_a_file_that_cannot_be_merged_into_stays_as_it_is(name: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(ClientConfigError):
        write(CLIENTS[name], file, "oraclepack", LAUNCH)
    assert file.read_text() == text
    assert [entry.name for entry in tmp_path.iterdir()] == ["config"]


def test_the_old_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "mcp.json"
    assert write(CLIENTS["cursor"], file, "oraclepack", LAUNCH) is None
    first = file.read_text()
    backup = write(CLIENTS["cursor"], file, "second", LAUNCH)
    assert backup == tmp_path / "deep" / f"mcp.json{BACKUP_SUFFIX}"
    assert backup.read_text() == first
    assert set(json.loads(file.read_text())["mcpServers"]) == {"oraclepack", "second"}


def test_a_linked_file_is_written_where_it_lies(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text("{}")
    link = tmp_path / "mcp.json"
    link.symlink_to(real)
    write(CLIENTS["cursor"], link, "oraclepack", LAUNCH)
    assert link.is_symlink()
    assert "oraclepack" in real.read_text()


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mcp.json"
    assert invoke("--client", "cursor", "--root", "p=/srv", "--file", str(file)) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["mcpServers"]["oraclepack"]["args"][-2:] == ["--root", "p=/srv"]
    assert not file.exists()
    assert invoke("--client", "cursor", "--write", "--file", str(file), "--url", REMOTE.url) == 0
    assert json.loads(file.read_text())["mcpServers"]["oraclepack"] == {"url": REMOTE.url}


def test_the_command_explains_what_it_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mcp.json"
    file.write_text("no json")
    assert invoke("--client", "cursor", "--write", "--file", str(file)) == command.USAGE_ERROR
    assert "add the server by hand" in capsys.readouterr().err


@pytest.mark.parametrize("name", CLIENTS)
def test_the_page_of_a_client_shows_what_is_printed(name: str) -> None:
    page = (Path(__file__).parents[4] / "docs" / "clients" / f"{name}.md").read_text(encoding="utf-8")
    shown = Launch("/usr/local/bin/oraclepack-mcp", ("--root", "packs=/srv/packs"))
    assert snippet(CLIENTS[name], "oraclepack", shown) in page
