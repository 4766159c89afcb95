"""The environment of a server: to whom it goes on, from where it is filled."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.origins import constants, elements, origins, reached
from mcp_audit_harness.source.python.reach import reached_from_tools
from mcp_audit_harness.source.python.syntax import constant, given, hit_at, keyword
from mcp_audit_harness.source.rules import Hit, rule

_STARTS: Final = re.compile(
    r"^subprocess\.(?:run|Popen|call|check_call|check_output)$|^asyncio\.create_subprocess_(?:exec|shell)$"
    r"|^anyio\.(?:run_process|open_process)$|(?:^|\.)StdioServerParameters$|(?:^|\.)\w*StdioTransport$"
)
_ENVIRONMENT: Final = "os.environ"
_HERE: Final = frozenset({"os.getcwd", "pathlib.Path.cwd", "Path.cwd"})


@rule(
    id="source/environment-passed-whole",
    title="The whole environment is passed to another program",
    severity=Severity.LOW,
    aspect=Aspect.SECURITY,
    weakness="CWE-526",
    remediation="Pass PATH, HOME and what the program needs by name; the mcp SDK does so when env is left out"
    " (get_default_environment).",
    references=("https://cwe.mitre.org/data/definitions/526.html",),
)
def environment_passed_whole(module: PythonModule) -> Iterator[Hit]:
    """The environment of an MCP server holds the credentials that its user gave it; the other program needs few of
    them, and whatever runs there can send them on.

    Counted is an environment that is handed to another server, or in a tool to a program: not one that is inherited
    without a word, and not one for a process of the server's own.
    """
    for call in module.each(ast.Call):
        passed = keyword(call, "env")
        if passed is None or not _STARTS.search(module.called(call)) or not _is_whole(module, passed):
            continue
        if "Stdio" in module.called(call):
            yield hit_at(module, call, "Every variable of the environment goes to another MCP server.")
        elif module.function_of(call) in reached_from_tools(module) and "sys.executable" not in ast.unparse(call):
            yield hit_at(module, call, "Every variable of the environment goes to a program that a tool starts.")


def _is_whole(module: PythonModule, node: ast.expr) -> bool:
    """Whether a mapping holds all variables of the environment."""
    inner = reached(node, lambda item: _held(module, item))
    return any(module.name_of(item) == _ENVIRONMENT for item in inner)


def _held(module: PythonModule, node: ast.expr) -> Iterator[ast.expr]:
    """Yield the mappings that are in another with all that they hold."""
    if isinstance(node, ast.Name | ast.BoolOp):
        yield from (item for item in origins(module, node) if item is not node)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Dict):
        yield from (value for key, value in zip(node.keys, node.values, strict=True) if key is None)
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            yield node.func.value
        elif module.called(node) in {"dict", "copy.copy", "copy.deepcopy"}:
            yield from node.args


@rule(
    id="source/env-file-from-working-directory",
    title="Settings are read from a file in the working directory",
    severity=Severity.LOW,
    aspect=Aspect.SECURITY,
    weakness="CWE-426",
    remediation="Read it beside the program or in the user's configuration folder, or take its path from the operator.",
    references=("https://cwe.mitre.org/data/definitions/426.html",),
)
def env_file_from_working_directory(module: PythonModule) -> Iterator[Hit]:
    """Clients start servers in the folder that their user works in: whoever made that folder then chooses the settings.

    A foreign `.env` can send requests and credentials to another address. `load_dotenv()` without a path looks in the
    folder of the calling file and above it, and is no hit; a relative path, as of pydantic-settings, is.
    """
    for node, path in _env_files(module):
        if _is_relative(module, path):
            yield hit_at(module, node, "The file is looked for in the directory that the server is started in.")


def _env_files(module: PythonModule) -> Iterator[tuple[ast.Call | ast.Assign, ast.expr]]:
    """Yield what reads a file of settings, or sets which one its class reads, with the path of the file."""
    for call in module.each(ast.Call):
        path = _env_file(module, call)
        if path is not None:
            yield call, path
    for step in module.each(ast.Assign):
        owner = module.parents[step]
        configures = isinstance(owner, ast.ClassDef) and owner.name == "Config"
        within = configures and isinstance(module.parents[owner], ast.ClassDef)
        if within and ast.unparse(step.targets[0]) == "env_file":
            yield step, step.value


def _env_file(module: PythonModule, call: ast.Call) -> ast.expr | None:
    """Return the path of the file of settings that a call reads."""
    called = module.called(call)
    if called in {"dotenv.load_dotenv", "dotenv.dotenv_values"}:
        return given(call, 0, "dotenv_path")
    if called in {"pydantic_settings.SettingsConfigDict", "pydantic.ConfigDict"}:
        return keyword(call, "env_file")
    if called in {"starlette.config.Config", "decouple.RepositoryEnv"}:
        return given(call, 0, "env_file")
    return None


def _is_relative(module: PythonModule, node: ast.expr) -> bool:
    """Whether a path begins in the working directory."""
    found = [*constants(module, node), *elements(module, node)]
    if any(isinstance(item.value, str) and item.value and _is_plain(item.value) for item in found):
        return True
    for item in origins(module, node):
        if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Div):
            return _begins_here(module, item.left)
        if isinstance(item, ast.Call):
            called = module.called(item)
            if called == "dotenv.find_dotenv" and constant(keyword(item, "usecwd")) is True:
                return True
            if called in {"pathlib.Path", "os.path.join", "str"} and item.args:
                return _begins_here(module, item.args[0]) or (called != "str" and _is_plain_literal(item.args[0]))
    return False


def _begins_here(module: PythonModule, node: ast.expr) -> bool:
    return any(module.called(item) in _HERE for item in origins(module, node)) or (
        isinstance(node, ast.BinOp) and _begins_here(module, node.left)
    )


def _is_plain_literal(node: ast.expr) -> bool:
    value = constant(node)
    return isinstance(value, str) and _is_plain(value)


def _is_plain(path: str) -> bool:
    return not PurePath(path).is_absolute() and not path.startswith("~")
