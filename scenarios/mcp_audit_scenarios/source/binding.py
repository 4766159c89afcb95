"""Who reaches a server: the addresses that it listens on, the web pages that may read its answers."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.origins import constants, elements, environment_default, scope_of
from mcp_audit_harness.source.python.syntax import Function, constant, ending, hit_at, keyword, with_defaults
from mcp_audit_harness.source.rules import Hit, rule

EVERYWHERE: Final = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - what is looked for
_HOST: Final = re.compile(
    r"(?:^|_)(?:host|hostname|bind|bind_(?:addr|address|host|ip)|listen|listen_(?:addr|address|host)|server_address)$"
)
_LISTENS: Final = frozenset({"bind", "HTTPServer", "ThreadingHTTPServer", "TCPServer", "make_server"})
_PUBLIC: Final = re.compile(
    r"well.?known|metadata|health|ready|live|ping|version|icon|static|jwks|protected_resource", re.IGNORECASE
)


@rule(
    id="source/binds-all-interfaces",
    title="Listens on every address of the machine",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-1327",
    remediation="Listen on 127.0.0.1 unless the operator names another address; set 0.0.0.0 in the container's own"
    " settings.",
    references=(
        "https://cwe.mitre.org/data/definitions/1327.html",
        "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#security-warning",
    ),
    shown_by=("rebinding/trusts-unspecified-address",),
)
def binds_all_interfaces(module: PythonModule) -> Iterator[Hit]:
    """Whoever is in the same network reaches the tools of a server that its user believes to be local.

    Only literals and defaults count: an operator who asks for every address knows what that means.
    """
    for node in module.each(ast.Constant):
        if isinstance(node.value, str) and node.value in EVERYWHERE and _is_listened_on(module, node):
            yield hit_at(module, node, f"The server listens on {node.value}: every address of the machine.")


def _is_listened_on(module: PythonModule, node: ast.Constant) -> bool:
    """Whether a literal is the value or the default of something that is called like an address to listen on."""
    around: ast.AST = node
    parent = module.parents[around]
    while (isinstance(parent, ast.BoolOp) and isinstance(parent.op, ast.Or)) or _is_default(module, parent, around):
        around, parent = parent, module.parents[parent]
    if isinstance(parent, ast.Tuple):
        outer = module.parents[parent]
        return isinstance(outer, ast.Call) and ending(outer.func) in _LISTENS and parent.elts[0] is around
    return any(_HOST.search(name.lower().lstrip("-").replace("-", "_")) for name in _names(module, parent, around))


def _is_default(module: PythonModule, parent: ast.AST, node: ast.AST) -> bool:
    return isinstance(parent, ast.expr) and environment_default(module, parent) is node


def _names(module: PythonModule, parent: ast.AST, node: ast.AST) -> Iterator[str]:
    """Yield what the place of a value is called."""
    if isinstance(parent, ast.keyword):
        call = module.parents[parent]
        yield parent.arg or ""
        if parent.arg in {"default", "default_factory"} and isinstance(call, ast.Call):
            yield from (str(constant(item)) for item in call.args)
            yield from _names(module, module.parents[call], call)
    elif isinstance(parent, ast.Assign):
        yield from (ending(target) for target in parent.targets if _is_used(module, target))
    elif isinstance(parent, ast.AnnAssign):
        if _is_used(module, parent.target):
            yield ending(parent.target)
    elif isinstance(parent, ast.arguments):
        function = module.parents[parent]
        if isinstance(function, Function):
            yield from (item.arg for item, default in with_defaults(function) if default is node)
    elif isinstance(parent, ast.Dict):
        keys = (str(constant(key)) for key, value in zip(parent.keys, parent.values, strict=True) if value is node)
        yield from (key for key in keys if not key.isupper())  # those are variables for a container
    elif isinstance(parent, ast.Call):
        yield from _names_of_positional(module, parent, node)


def _is_used(module: PythonModule, target: ast.expr) -> bool:
    """Whether something becomes of what is set: a constant that its module never reads says little."""
    if not isinstance(target, ast.Name) or scope_of(module, target) is not None:
        return True
    return any(name.id == target.id and isinstance(name.ctx, ast.Load) for name in module.each(ast.Name))


def _names_of_positional(module: PythonModule, call: ast.Call, node: ast.AST) -> Iterator[str]:
    called = module.called(call)
    second = len(call.args) > 1 and call.args[1] is node
    if called in {"uvicorn.run", "uvicorn.Config", "aiohttp.web.TCPSite", "asyncio.start_server"} and second:
        yield "host"
    elif ending(call) in {"Field", "Option", "field"} and call.args[0] is node:
        yield from (str(constant(item)) for item in call.args[1:])
        yield from _names(module, module.parents[call], call)


@rule(
    id="source/cors-any-origin",
    title="Pages of any site may read the answers",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-942",
    remediation="Name the origins whose pages are to use the server; allow no credentials together with a wildcard.",
    references=("https://cwe.mitre.org/data/definitions/942.html",),
    shown_by=("rebinding/lets-any-page-read", "rebinding/reflects-any-origin-in-cors"),
)
def cors_any_origin(module: PythonModule) -> Iterator[Hit]:
    """With a wildcard every page that a user opens calls the tools of a server in reach, and reads what they return.

    Public documents, such as the metadata of OAuth or a health page, may go to anybody and are left alone.
    """
    for call in module.each(ast.Call):
        if _allows_any(module, call):
            more = _is_true(module, keyword(call, "allow_credentials") or keyword(call, "supports_credentials"))
            yield hit_at(module, call, f"CORS lets pages of any site read answers{', with credentials' * more}.")
    for key, value in _header_values(module):
        if _text(key).lower() == "access-control-allow-origin" and _text(value) == "*" and not _is_public(module, key):
            yield hit_at(module, key, "The header lets pages of any site read this answer.")


def _allows_any(module: PythonModule, call: ast.Call) -> bool:
    names = {ending(call), *(ending(item) for item in call.args)}
    if "CORSMiddleware" in names:
        origins = keyword(call, "allow_origins")
        regex = keyword(call, "allow_origin_regex")
        matched = {found.value for found in constants(module, regex)} if regex is not None else set()
        listed = {found.value for found in elements(module, origins)} if origins is not None else set()
        return "*" in listed or bool(matched & {".*", "^.*$", ".+", "https?://.*"})
    if module.called(call) in {"flask_cors.CORS", "flask_cors.cross_origin"}:
        origins = keyword(call, "origins")
        if origins is None:
            return keyword(call, "resources") is None
        return "*" in {found.value for found in (*constants(module, origins), *elements(module, origins))}
    return False


def _is_true(module: PythonModule, node: ast.expr | None) -> bool:
    return node is not None and any(found.value is True for found in constants(module, node))


def _header_values(module: PythonModule) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield pairs of literals that can be a header: members, items that are set, pairs in lists."""
    for members in module.each(ast.Dict):
        pairs = zip(members.keys, members.values, strict=True)
        yield from ((key, value) for key, value in pairs if key is not None)
    for step in module.each(ast.Assign):
        yield from ((item.slice, step.value) for item in step.targets if isinstance(item, ast.Subscript))
    lists = [*(item.elts for item in module.each(ast.Tuple)), *(item.args for item in module.each(ast.Call))]
    yield from ((items[0], items[1]) for items in lists if len(items) == 2)


def _text(node: ast.expr) -> str:
    value = constant(node)
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _is_public(module: PythonModule, node: ast.AST) -> bool:
    function = module.function_of(node)
    if function is None:
        return False
    words = (found.value for found in ast.walk(function) if isinstance(found, ast.Constant))
    named = any(isinstance(word, str) and "/.well-known" in word for word in words)
    answer = next((up for up in module.around(node) if isinstance(up, ast.Call)), node)
    named = named or "metadata" in ast.unparse(answer)
    return named or bool(_PUBLIC.search(function.name))
