"""What a source tree is: its name, languages, the MCP SDKs it is built on, the transports that it starts."""

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from ..model import Language, Project, Sdk
from .dependencies.packages import NPM, PYPI, Declared, Group
from .dependencies.reading import declared, locked
from .metadata import metadata_of
from .python.module import PythonModule
from .python.syntax import constant, keyword
from .tree import SourceFile, SourceTree

STDIO: Final = "stdio"
STREAMABLE: Final = "streamable-http"
SSE: Final = "sse"
_ORDER: Final = (STDIO, STREAMABLE, SSE)

_SDKS: Final = {
    PYPI: {"mcp", "fastmcp", "fastapi-mcp", "chuk-mcp", "chuk-mcp-server", "mcp-use", "mcp-framework", "arcade-mcp"},
    NPM: {"fastmcp", "mcp-framework", "mcp-handler", "@vercel/mcp-adapter", "mcp-use", "xmcp"},
}
_OFFICIAL: Final = re.compile(r"@modelcontextprotocol/(?:sdk|server|client|core|node|express|hono|fastify)")
_GROUPS: Final = (Group.MAIN, Group.PEER, Group.EXTRA, Group.DEV, Group.BUILD)

_PYTHON_NAMES: Final = {
    "stdio_server": STDIO,
    "run_stdio": STDIO,
    "run_stdio_async": STDIO,
    "run_stdio_server": STDIO,
    "streamable_http_app": STREAMABLE,
    "run_streamable_http_async": STREAMABLE,
    "StreamableHTTPSessionManager": STREAMABLE,
    "StreamableHTTPServerTransport": STREAMABLE,
    "sse_app": SSE,
    "run_sse_async": SSE,
    "SseServerTransport": SSE,
}
_WORDS: Final = {
    "stdio": STDIO,
    "streamable-http": STREAMABLE,
    "streamable_http": STREAMABLE,
    "http": STREAMABLE,
    "sse": SSE,
}
"""What the argument `transport` of run() is called in the SDKs."""
_SERVERS: Final = {"FastMCP", "MCPServer"}
"""Classes whose run() speaks stdio if nothing is said."""
_LOOPS: Final = {"anyio", "asyncio", "trio", "uvicorn", "subprocess"}
"""Modules whose run() is another."""

_SCRIPT: Final = (
    (re.compile(r"\bnew\s+StdioServerTransport\s*\(|\bserveStdio\s*\("), STDIO),
    (re.compile(r"\bnew\s+(?:\w+Standard|Node)?StreamableHTTPServerTransport\s*\(|\bhttpStream\b"), STREAMABLE),
    (re.compile(r"\bnew\s+SSEServerTransport\s*\("), SSE),
)


def project_of(tree: SourceTree) -> Project:
    """Return what the tree is, as far as manifests, lock files and sources show."""
    said = metadata_of(tree)
    counted = tree.shipped or tree.sources
    lines: Counter[Language] = Counter()
    for file in counted:
        lines[file.language] += _lines(file)
    return Project(
        name=said.name,
        version=said.version,
        languages=tuple(language for language, _ in lines.most_common()),
        sdks=tuple(_sdks(tree, said.name)),
        transports=transports_of(counted),
        entry_points=said.entry_points,
        files=len(counted),
        lines=lines.total(),
        tests=sum(file.test for file in tree.sources),
    )


def transports_of(files: Iterable[SourceFile]) -> tuple[str, ...]:
    """Return the transports that sources start."""
    found: set[str] = set()
    for file in files:
        found |= _in_python(file) if file.language is Language.PYTHON else set(_in_script(file))
    return tuple(kind for kind in _ORDER if kind in found)


def _lines(file: SourceFile) -> int:
    return file.text.count("\n") + (not file.text.endswith("\n") and bool(file.text))


def _sdks(tree: SourceTree, own: str) -> Iterator[Sdk]:
    """Yield each SDK once, as it is needed to run the server if that is said, not as its tests need it."""
    wanted: dict[tuple[str, str], Declared] = {}
    for item in sorted(declared(tree), key=lambda item: _GROUPS.index(item.group)):
        if _is_sdk(item.ecosystem, item.name) and item.name != own:
            wanted.setdefault((item.ecosystem, item.name), item)
    versions = {(item.ecosystem, item.name): item.version for item in reversed(locked(tree))}
    for (ecosystem, name), item in sorted(wanted.items()):
        yield Sdk(name, ecosystem, item.requirement, versions.get((ecosystem, name), ""))


def _is_sdk(ecosystem: str, name: str) -> bool:
    return name in _SDKS[ecosystem] or (ecosystem == NPM and _OFFICIAL.fullmatch(name) is not None)


def _in_script(file: SourceFile) -> Iterator[str]:
    for pattern, kind in _SCRIPT:
        if pattern.search(file.text):
            yield kind


def _in_python(file: SourceFile) -> set[str]:
    try:
        return set(_of_module(PythonModule.parse(file.path, file.text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _of_module(module: PythonModule) -> Iterator[str]:
    words = {node.value for node in module.each(ast.Constant) if isinstance(node.value, str)}.intersection(_WORDS)
    serves = any(origin.rpartition(".")[2] in _SERVERS for origin in module.imports.values())
    for call in module.each(ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else module.called(call).rpartition(".")[2]
        if name in _PYTHON_NAMES:
            yield _PYTHON_NAMES[name]
        elif name in {"run", "run_async"} and isinstance(call.func, ast.Attribute):
            yield from _of_run(module, call, words, serves=serves)


def _of_run(module: PythonModule, call: ast.Call, words: Collection[str], *, serves: bool) -> Iterator[str]:
    """Yield what a call of run() starts; where that is chosen at run time, all of the `words` of the module."""
    owner = module.name_of(call.func).rpartition(".")[0]
    given = keyword(call, "transport") or (call.args[0] if call.args and serves else None)
    if given is None:
        plain = not call.args and all(item.arg for item in call.keywords) and owner not in _LOOPS
        if plain and (serves or owner.rpartition(".")[2] in {"mcp", "server"}):
            yield STDIO
        return
    said = constant(given)
    named = words if said is None else [said]
    yield from (_WORDS[word] for word in named if isinstance(word, str) and word in _WORDS)
