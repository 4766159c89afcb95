"""What manifests, lock files and sources say of a tree."""

import io
import tarfile
from pathlib import Path

import pytest
from mcp_audit_harness.model import Language, Sdk
from mcp_audit_harness.source.metadata import metadata_of
from mcp_audit_harness.source.project import project_of, transports_of
from mcp_audit_harness.source.tree import SourceFile, SourceTree, read_tree

from .trees import FetchError, Published, home, listed, tree, unpack


def written(root: Path, **files: str) -> SourceTree:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_tree(root)


def source(text: str, language: Language = Language.PYTHON) -> SourceFile:
    return SourceFile("server.py", language, text, test=False, aside=False)


PYPROJECT = """
[project]
name = "notes-server"
version = "1.2"
requires-python = ">=3.11"
dependencies = ["mcp[cli]>=1.9,<3", "httpx"]
[project.scripts]
notes = "notes.server:main"
[dependency-groups]
dev = ["fastmcp==2.0"]
"""
LOCK = """
version = 1
[[package]]
name = "mcp"
version = "1.13.0"
source = { registry = "https://pypi.org/simple" }
"""


def test_a_python_project_is_told_by_its_manifest_lock_file_and_sources(tmp_path: Path) -> None:
    project = project_of(
        written(
            tmp_path,
            pyproject_dot_toml=PYPROJECT,
            uv_dot_lock=LOCK,
            notes__server_dot_py="from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('notes')\nmcp.run()\n",
            web__page_dot_ts="export const a = 1;\n",
            tests__test_server_dot_py="import pytest\n",
        )
    )
    assert (project.name, project.version) == ("notes-server", "1.2")
    assert project.entry_points == ("notes = notes.server:main",)
    assert project.languages == (Language.PYTHON, Language.TYPESCRIPT)
    assert Sdk("mcp", "PyPI", ">=1.9,<3", "1.13.0") in project.sdks
    assert project.transports == ("stdio",)
    assert (project.files, project.lines, project.tests) == (2, 4, 1)


def test_a_node_project_is_told_by_its_package_json(tmp_path: Path) -> None:
    project = project_of(
        written(
            tmp_path,
            package_dot_json='{"name": "@a/b", "version": "3.0.0", "bin": "dist/index.js", '
            '"dependencies": {"@modelcontextprotocol/sdk": "^1.20.0"}}',
            index_dot_ts="const transport = new StdioServerTransport();\n",
        )
    )
    assert (project.name, project.version, project.entry_points) == ("@a/b", "3.0.0", ("b = dist/index.js",))
    assert project.sdks == (Sdk("@modelcontextprotocol/sdk", "npm", "^1.20.0", ""),)
    assert project.transports == ("stdio",)


def test_poetry_setup_cfg_and_setup_py_are_read_without_running_anything(tmp_path: Path) -> None:
    poetry = '[tool.poetry]\nname = "a"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.11"\n'
    said = metadata_of(written(tmp_path / "a", pyproject_dot_toml=poetry))
    assert (said.name, said.version, said.requires_python) == ("a", "1", ">=3.11")
    cfg = "[metadata]\nname = b\nversion = attr: b.version\n[options.entry_points]\nconsole_scripts =\n    b = b:main\n"
    said = metadata_of(written(tmp_path / "b", setup_dot_cfg=cfg))
    assert (said.name, said.version, said.entry_points) == ("b", "", ("b = b:main",))
    setup = "from setuptools import setup\nimport os\nos.abort()\nsetup(name='c', version=os.environ['V'])\n"
    said = metadata_of(written(tmp_path / "c", setup_dot_py=setup))
    assert (said.name, said.version) == ("c", "")


def test_a_version_that_a_source_file_assigns_is_found(tmp_path: Path) -> None:
    manifest = '[project]\nname = "a"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "a/about.py"\n'
    said = metadata_of(written(tmp_path, pyproject_dot_toml=manifest, a__about_dot_py='__version__ = "0.3"\n'))
    assert said.version == "0.3"


def test_manifests_of_examples_below_do_not_name_the_tree(tmp_path: Path) -> None:
    said = metadata_of(written(tmp_path, pyproject_dot_toml=PYPROJECT, demo__package_dot_json='{"name": "demo"}'))
    assert said.name == "notes-server"


@pytest.mark.parametrize(
    "text", ["[", "a = " + "[" * 5000, "[project]\nname = 3\nscripts = 4\n", "[tool]\npoetry = 1\n"]
)
def test_broken_manifests_say_nothing(tmp_path: Path, text: str) -> None:
    assert metadata_of(written(tmp_path, pyproject_dot_toml=text)).name == ""


@pytest.mark.parametrize(
    ("text", "transports"),
    [
        ("mcp.run(transport='sse')", ("sse",)),
        ("mcp.run(transport='streamable-http')", ("streamable-http",)),
        ("for kind in ('stdio', 'sse'):\n    pass\nmcp.run(transport=args.transport)", ("stdio", "sse")),
        ("from mcp.server.stdio import stdio_server\nasync with stdio_server() as s: pass", ("stdio",)),
        ("app = server.streamable_http_app()", ("streamable-http",)),
        ("import subprocess\nsubprocess.run(['a'])", ()),
        ("import asyncio\nfrom fastmcp import FastMCP\nasyncio.run(main())", ()),
        ("words = 'stdio sse'", ()),
        ("def broken(", ()),
    ],
)
def test_transports_are_those_that_python_starts(text: str, transports: tuple[str, ...]) -> None:
    assert transports_of([source(text)]) == transports


@pytest.mark.parametrize(
    ("text", "transports"),
    [
        ("new StreamableHTTPServerTransport({})", ("streamable-http",)),
        ("new SSEServerTransport('/messages', response)", ("sse",)),
        ("import { StdioServerTransport } from 'x'", ()),
        ("new StdioClientTransport({})", ()),
    ],
)
def test_transports_are_those_that_typescript_starts(text: str, transports: tuple[str, ...]) -> None:
    assert transports_of([source(text, Language.TYPESCRIPT)]) == transports


def test_a_chain_of_names_that_is_too_deep_costs_nothing_else() -> None:
    assert transports_of([source("a" + ".b" * 1500 + "()\n"), source("mcp.run(transport='sse')")]) == ("sse",)


def test_the_listed_trees_have_names_and_hashes_of_their_own() -> None:
    rows = listed()
    assert len({row.directory for row in rows}) == len({row.sha256 for row in rows}) == len(rows)


def test_an_archive_that_is_none_of_one_directory_is_refused(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
        archive.addfile(tarfile.TarInfo("b.txt"))
    with pytest.raises(FetchError, match="2 entries"):
        unpack(data.getvalue(), tmp_path / "a-1")
    outside = io.BytesIO()
    with tarfile.open(fileobj=outside, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../escaped.txt"))
    with pytest.raises(tarfile.OutsideDestinationError):
        unpack(outside.getvalue(), tmp_path / "deep" / "a-1")
    assert not list(tmp_path.rglob("escaped*"))


@pytest.mark.parametrize("package", [row for row in listed() if not row.drawn], ids=lambda package: package.directory)
def test_published_servers_are_named_as_their_registry_names_them(package: Published) -> None:
    directory = home()
    if directory is None:
        pytest.skip("MCP_AUDIT_THIRD_PARTY names no directory")
    project = project_of(read_tree(tree(package, directory)))
    assert (project.name, project.version) == (package.name, package.version)
    assert project.sdks
    assert "stdio" in project.transports
