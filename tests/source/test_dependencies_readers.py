"""Manifests and lock files: what they ask for, what they resolve to, and on which line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_audit_harness.source.dependencies import Group, declared, lock_files, locked
from mcp_audit_harness.source.dependencies.json_text import JsonTextError, parse_json
from mcp_audit_harness.source.dependencies.npm_locks import bun_lock, package_lock, pnpm_lock, yarn_lock
from mcp_audit_harness.source.dependencies.npm_manifests import package_json
from mcp_audit_harness.source.dependencies.python_locks import pipfile_lock, toml_lock
from mcp_audit_harness.source.dependencies.python_manifests import pipfile, pyproject, script, setup_cfg, setup_py
from mcp_audit_harness.source.tree import read_tree


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def asked(root: Path, files: dict[str, str]) -> list[tuple[str, str, Group, str]]:
    found = declared(read_tree(tree(root, files)))
    return [(one.name, one.requirement, one.group, str(one.place)) for one in found]


def got(root: Path, files: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(one.name, one.version, str(one.place)) for one in locked(read_tree(tree(root, files)))]


PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]

[project]
name = "x"
dependencies = [
    "MCP[cli] >= 1.2, <2 ; python_version > '3.9'",  # the SDK
    'typing_extensions',
    "forked @ git+https://user:secret@example.org/forked.git@v1",
    "shared",
]

[project.optional-dependencies]
redis = ["redis>=5"]
dev = ["pytest"]

[dependency-groups]
lint = ["ruff", {include-group = "types"}]
types = ["mypy>=1"]

[tool.uv]
dev-dependencies = ["mcp>=0"]

[tool.uv.sources]
shared = { path = "../shared" }
"""


def test_a_pyproject_names_requirements_of_every_group_with_their_lines(tmp_path: Path) -> None:
    assert asked(tmp_path, {"pyproject.toml": PYPROJECT}) == [
        ("mcp", ">= 1.2, <2", Group.MAIN, "pyproject.toml:7"),
        ("typing-extensions", "", Group.MAIN, "pyproject.toml:8"),
        ("forked", "git+https://…@example.org/forked.git@v1", Group.MAIN, "pyproject.toml:9"),
        ("shared", "path:../shared", Group.MAIN, "pyproject.toml:10"),
        ("redis", ">=5", Group.EXTRA, "pyproject.toml:14"),
        ("pytest", "", Group.DEV, "pyproject.toml:15"),
        ("ruff", "", Group.DEV, "pyproject.toml:18"),
        ("mypy", ">=1", Group.DEV, "pyproject.toml:19"),
        ("hatchling", ">=1.27", Group.BUILD, "pyproject.toml:2"),
        ("mcp", ">=0", Group.DEV, "pyproject.toml:22"),
    ]


def test_credentials_in_an_address_are_struck_out(tmp_path: Path) -> None:
    found = declared(read_tree(tree(tmp_path, {"pyproject.toml": PYPROJECT})))
    assert not any("secret" in one.requirement + one.place.text for one in found)


def test_a_requirement_that_is_not_on_a_line_of_its_own_stands_at_its_list(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\ndependencies = ["""mcp\\\n  >=1""", "mc\\u0070>=2"]'
    assert asked(tmp_path, {"pyproject.toml": text}) == [
        ("mcp", ">=1", Group.MAIN, "pyproject.toml:1"),
        ("mcp", ">=2", Group.MAIN, "pyproject.toml:1"),
    ]


def test_poetry_has_groups_extras_and_several_constraints(tmp_path: Path) -> None:
    text = """\
[tool.poetry.dependencies]
python = "^3.11"
mcp = "^1.2"
redis = { version = "^5", optional = true }
numpy = [
    { version = "<2", python = "<3.12" },
    { version = ">=2", python = ">=3.12" },
]
mine = { git = "https://example.org/mine.git", rev = "abc" }

[tool.poetry.group.test.dependencies]
pytest = "*"
"""
    assert asked(tmp_path, {"pyproject.toml": text}) == [
        ("mcp", "^1.2", Group.MAIN, "pyproject.toml:3"),
        ("redis", "^5", Group.EXTRA, "pyproject.toml:4"),
        ("numpy", "<2", Group.MAIN, "pyproject.toml:5"),
        ("numpy", ">=2", Group.MAIN, "pyproject.toml:5"),
        ("mine", "git:https://example.org/mine.git@abc", Group.MAIN, "pyproject.toml:9"),
        ("pytest", "*", Group.DEV, "pyproject.toml:12"),
    ]


def test_requirements_files_include_others_and_hold_options_hashes_and_addresses(tmp_path: Path) -> None:
    main = """\
# top
--index-url https://pypi.org/simple
-r base/more.in
-r ../outside.txt
-c constraints.txt
mcp[cli]>=1.2 ; python_version > "3"   # the SDK
httpx==0.28.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
-e git+https://example.org/mine.git#egg=mine
./local
https://example.org/x-1.0-py3-none-any.whl
pkg @ https://example.org/pkg.zip
"""
    files = {
        "requirements.txt": main,
        "base/more.in": "anyio\n-r ../requirements.txt\n",
        "constraints.txt": "anyio==4.9\n",
        "requirements-dev.txt": "pytest\n",
    }
    assert sorted(asked(tmp_path, files)) == [
        ("anyio", "", Group.MAIN, "base/more.in:1"),
        ("httpx", "==0.28.1", Group.MAIN, "requirements.txt:7"),
        ("mcp", ">=1.2", Group.MAIN, "requirements.txt:6"),
        ("mine", "git+https://example.org/mine.git", Group.MAIN, "requirements.txt:10"),
        ("pkg", "https://example.org/pkg.zip", Group.MAIN, "requirements.txt:13"),
        ("pytest", "", Group.DEV, "requirements-dev.txt:1"),
    ]
    assert sorted(got(tmp_path, {})) == [
        ("anyio", "4.9", "constraints.txt:1"),
        ("httpx", "0.28.1", "requirements.txt:7"),
    ]


def test_setup_cfg_setup_py_and_pipfile(tmp_path: Path) -> None:
    files = {
        "a/setup.cfg": "[options]\ninstall_requires =\n    mcp>=1\n    anyio; python_version < '4'\n"
        "[options.extras_require]\nredis = redis>=5; hiredis\n",
        "b/setup.py": "import setuptools\nMORE = ['mcp>=1',\n  'anyio']\n"
        "setuptools.setup(install_requires=MORE, extras_require={'r': ['redis']}, tests_require=read())\n",
        "c/Pipfile": '[packages]\nmcp = "*"\nanyio = {version = ">=4"}\n\n[dev-packages]\npytest = "*"\n',
    }
    assert asked(tmp_path, files) == [
        ("mcp", ">=1", Group.MAIN, "a/setup.cfg:3"),
        ("anyio", "", Group.MAIN, "a/setup.cfg:4"),
        ("redis", ">=5", Group.EXTRA, "a/setup.cfg:6"),
        ("hiredis", "", Group.EXTRA, "a/setup.cfg:6"),
        ("mcp", ">=1", Group.MAIN, "b/setup.py:2"),
        ("anyio", "", Group.MAIN, "b/setup.py:3"),
        ("redis", "", Group.EXTRA, "b/setup.py:4"),
        ("mcp", "*", Group.MAIN, "c/Pipfile:2"),
        ("anyio", ">=4", Group.MAIN, "c/Pipfile:3"),
        ("pytest", "*", Group.DEV, "c/Pipfile:6"),
    ]


def test_inline_metadata_of_a_script_is_of_a_server_if_it_names_an_sdk(tmp_path: Path) -> None:
    server = '# /// script\n# dependencies = [\n#   "mcp>=1.2",\n# ]\n# ///\nprint(1)\n'
    tool = server.replace("mcp>=1.2", "nox")
    assert asked(tmp_path, {"server.py": server, "noxfile.py": tool}) == [
        ("nox", "", Group.DEV, "noxfile.py:3"),
        ("mcp", ">=1.2", Group.MAIN, "server.py:3"),
    ]


def test_a_package_json_has_four_groups_and_aliases(tmp_path: Path) -> None:
    text = """{
  "dependencies": {
    "@modelcontextprotocol/sdk": "^1.2.3",
    "old-sdk": "npm:@modelcontextprotocol/sdk@~1.0"
  },
  "optionalDependencies": { "ws": "8" },
  "peerDependencies": { "zod": "*" },
  "devDependencies": { "typescript": "latest" }
}"""
    assert asked(tmp_path, {"package.json": text}) == [
        ("@modelcontextprotocol/sdk", "^1.2.3", Group.MAIN, "package.json:3"),
        ("@modelcontextprotocol/sdk", "~1.0", Group.MAIN, "package.json:4"),
        ("ws", "8", Group.EXTRA, "package.json:6"),
        ("zod", "*", Group.PEER, "package.json:7"),
        ("typescript", "latest", Group.DEV, "package.json:8"),
    ]


def test_manifests_of_tests_examples_and_installed_packages_are_left_alone(tmp_path: Path) -> None:
    manifest = '{"dependencies": {"zod": "*"}}'
    folders = ("tests", "examples/one", "node_modules/x", "dist")
    assert asked(tmp_path, {f"{folder}/package.json": manifest for folder in folders}) == []


LOCKS = {
    "uv.lock": '[[package]]\nname = "mcp"\nversion = "1.2.3"\nsource = { registry = "https://pypi.org/simple" }\n'
    '[[package]]\nname = "mine"\nversion = "0.1"\nsource = { editable = "." }\n',
    "poetry.lock": '[[package]]\nname = "MCP"\nversion = "1.2.3"\n\n[package.dependencies]\nname = "no"\n',
    "pdm.lock": '[metadata]\ngroups = ["default"]\n\n[[package]]\nname = "mcp"\nversion = "1.2.3"\n',
    "pylock.toml": '[[packages]]\nname = "mcp"\nversion = "1.2.3"\nindex = "https://pypi.org/simple"\n',
    "Pipfile.lock": '{"default": {\n "mcp": {"version": "==1.2.3"}}}',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {"version": "9.9.9"},\n'
    '"node_modules/a/node_modules/mcp": {"version": "1.2.3"},\n"node_modules/w": {"link": true}}}',
    "npm-shrinkwrap.json": '{"lockfileVersion": 1, "dependencies": {\n"mcp": {"version": "1.2.3"}}}',
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\npackages:\n\n  mcp@1.2.3(zod@3.0.0):\n    resolution: {}\n"
    "snapshots:\n  mcp@1.2.4:\n",
    "yarn.lock": '# yarn lockfile v1\n\nmcp@^1.0.0, "mcp@^1.1.0":\n  version "1.2.3"\n',
    "bun.lock": '{"packages": {\n "mcp": ["mcp@1.2.3", "", {}, "sha512-aa"],\n},}',
}
LINES = {
    "uv.lock": 3,
    "poetry.lock": 3,
    "pdm.lock": 6,
    "pylock.toml": 3,
    "Pipfile.lock": 2,
    "package-lock.json": 2,
    "npm-shrinkwrap.json": 2,
    "pnpm-lock.yaml": 4,
    "yarn.lock": 3,
    "bun.lock": 2,
}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_names_its_versions_and_not_the_project_itself(tmp_path: Path, name: str) -> None:
    assert got(tmp_path, {name: LOCKS[name]}) == [("mcp", "1.2.3", f"{name}:{LINES[name]}")]
    assert lock_files(read_tree(tmp_path)) == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "packages:\n  '@a/b@1.2.3':\n",
        "packages:\n  /@a/b@1.2.3:\n",
        "packages:\n  /@a/b/1.2.3:\n",
        "packages:\n  /@a/b/1.2.3_zod@3.0.0:\n",
    ],
)
def test_pnpm_writes_scoped_names_in_four_ways(tmp_path: Path, text: str) -> None:
    assert got(tmp_path, {"pnpm-lock.yaml": text}) == [("@a/b", "1.2.3", "pnpm-lock.yaml:2")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('"@a/b@npm:^1.0.0, @a/b@npm:^1.1.0":\n  version: 1.2.3\n  resolution: "@a/b@npm:1.2.3"\n', "@a/b"),
        ('"b@npm:^1":\n  version: 1.2.3\n', "b"),
        ('"alias@npm:@a/b@^1":\n  version: 1.2.3\n', "@a/b"),
        ('"@a/b@^1":\n  version "1.2.3"\n  dependencies:\n    c "^1"\n', "@a/b"),
    ],
)
def test_yarn_of_every_age(tmp_path: Path, text: str, name: str) -> None:
    assert got(tmp_path, {"yarn.lock": text}) == [(name, "1.2.3", "yarn.lock:1")]


def test_the_project_itself_in_a_yarn_lock_is_no_package(tmp_path: Path) -> None:
    assert got(tmp_path, {"yarn.lock": '"mine@workspace:.":\n  version: 0.0.0-use.local\n'}) == []


def test_what_only_development_needs_is_said_by_locks_that_know(tmp_path: Path) -> None:
    files = {
        "package-lock.json": '{"packages": {"node_modules/a": {"version": "1.0.0", "dev": true}}}',
        "pnpm-lock.yaml": "packages:\n  /b@1.0.0:\n    dev: true\n  /c@1.0.0:\n    dev: false\n",
        "Pipfile.lock": '{"develop": {"d": {"version": "==1.0"}}}',
    }
    found = {one.name: one.dev for one in locked(read_tree(tree(tmp_path, files)))}
    assert found == {"a": True, "b": True, "c": False, "d": True}


def test_an_exact_requirement_in_a_manifest_is_a_pin(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["mcp==1.2.3", "anyio==4.*"]\n',
        "package.json": '{"dependencies": {"a": "1.2.3", "b": "^1"}}',
    }
    assert [row[:2] for row in got(tmp_path, files)] == [("a", "1.2.3"), ("mcp", "1.2.3")]


def test_links_and_oversized_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("mcp==1.0\n")
    root = tmp_path / "tree"
    root.mkdir()
    (root / "requirements.txt").symlink_to(tmp_path / "secret")
    (root / "uv.lock").write_text("#" * (8 * 1024 * 1024 + 1))
    assert declared(read_tree(root)) == ()
    assert locked(read_tree(root)) == ()


READERS = [
    pyproject, pipfile, setup_cfg, setup_py, script, package_json,
    toml_lock, pipfile_lock, package_lock, pnpm_lock, yarn_lock, bun_lock,
]  # fmt: skip
PIECES = st.sampled_from(
    [*LOCKS.values(), PYPROJECT, "[", "]", "{", "}", '"', "'", "\n", "=", ":", ",", "#", "\\", "\x00", "\ud800", "  ",
     "packages:", "node_modules/", "@", "mcp", "1.2.3", "[[package]]", "version", "null", "true", "\u2028", "\r"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12).map("".join), st.sampled_from(READERS))
def test_no_text_breaks_a_reader(text: str, read: object) -> None:
    assert callable(read)
    for one in read("file", text):
        assert one.name
        assert one.place.line <= text.count("\n") + 1
        assert "\n" not in one.place.text


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12).map("".join))
def test_no_text_breaks_the_reader_of_requirements_files(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("tree", numbered=True)
    (root / "requirements.txt").write_text(text, "utf-8", "replace", newline="")
    found = read_tree(root)
    assert isinstance(declared(found), tuple)
    assert isinstance(locked(found), tuple)


@pytest.mark.parametrize("text", ["[" * 5000, '{"a":' * 5000, '"' + "\\" * 99, "[1, 2", '{"a" 1}', "", "}"])
def test_broken_json_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(JsonTextError):
        parse_json(text)


JSON = st.recursive(
    st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3),
    ),
    max_leaves=10,
)


@settings(deadline=None)
@given(JSON, st.sampled_from([None, 2]))
def test_json_is_read_as_the_standard_library_reads_it(value: object, indent: int | None) -> None:
    import json

    def plain(node: object) -> object:
        found = getattr(node, "value", None)
        if isinstance(found, tuple):
            return [plain(item) for item in found]
        return found if found is None or isinstance(found, str) else {key: plain(item) for key, item in found.items()}

    assert plain(parse_json(json.dumps(value, indent=indent))) == value
