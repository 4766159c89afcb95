"""Credentials in the text of a program, and in what it logs."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.credentials import is_likely_value, names_secret
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.objects import class_of
from mcp_audit_harness.source.python.origins import environment_default, origins, reached
from mcp_audit_harness.source.python.syntax import Function, constant, hit_at, keyword, last_name, with_defaults
from mcp_audit_harness.source.rules import Hit, rule

from ..attacks.leak_patterns import likely_secret, proven_secret

_LEVELS: Final = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "trace", "success"}
)
_LOGGERS: Final = re.compile(
    r"(?:^|[._])(?:log|logger|logging|_logger|_log|loguru|structlog|ctx|context)$", re.IGNORECASE
)
CREDENTIAL: Final = (
    r"(?:\w+_)?(?:access_token|auth_token|bearer_token|refresh_token|id_token|api_token|api_key|apikey|password|passwd"
    r"|client_secret|secret_key|private_key|jwt_secret|authorization|auth_header)"
)
"""Names, in small letters, of what is a credential whatever is around it."""
_LOGGED_NAMES: Final = re.compile(rf"^{CREDENTIAL}$|^(?:secret|credentials)$")
_ABOUT_LOGIN: Final = re.compile(
    r"bearer|authorization|access_?token|refresh_?token|api_?key|environ|getenv", re.IGNORECASE
)
_OF_A_DESK: Final = re.compile(
    r"\b\w[\w+]*://(?:(?P<name>[^\s/@:]+):(?P=name)@\S*|[^\s/@]*@(?:localhost|127\.0\.0\.1|\[::1\])\S*)"
)
"""Addresses of a database beside the program, and such as have the user's name for a password."""
_INVENTED: Final = re.compile(r"(?:^|[/_-])(?:tests?|demo|samples?|examples?|seeds?|mocks?|fixtures?)[/_.-]")
"""Files whose users and passwords are made up."""
_SERVED: Final = ("starlette.", "fastapi.", "fastapi", "flask.", "flask", "aiohttp.web", "django.")
_ENVIRONMENTS: Final = frozenset({"os.environ", "environ"})
_KEEPS: Final = frozenset({"str", "repr", "dict", "json.dumps", "pprint.pformat", "format"})
"""Calls whose result holds what they are given; of others (`len`, `bool`, `mask` …) nothing is known."""


@rule(
    id="source/secret-in-source",
    title="A credential is written into the source",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-798",
    remediation="Revoke it, then read it from the environment or a secret store; without one, refuse to start.",
    references=("https://cwe.mitre.org/data/definitions/798.html",),
)
def secret_in_source(module: PythonModule) -> Iterator[Hit]:
    """Whoever has the package has the credential, and it stays in every copy when it is changed.

    Known by their shape are keys of clouds and services, key blocks and signed tokens; else a literal counts that is
    set under the name of a credential and is neither a placeholder nor made of words.
    """
    for node in module.each(ast.Constant):
        if not isinstance(node.value, str) or len(node.value) < 8 or _is_docstring(module, node):
            continue
        kind = _shape(node.value)
        if kind:
            yield hit_at(module, node, f"The source holds what looks like {kind}.")
        elif not _INVENTED.search(module.path) and is_likely_value(node.value) and (name := _name_for(module, node)):
            yield hit_at(module, node, f"A literal is the value of {name}.")


def _shape(text: str) -> str:
    proven = proven_secret(text)
    return proven[0] if proven is not None else likely_secret(_OF_A_DESK.sub(" ", text))


def _is_docstring(module: PythonModule, node: ast.Constant) -> bool:
    return isinstance(module.parents[node], ast.Expr)


def _name_for(module: PythonModule, node: ast.Constant) -> str:
    """Return the name of a credential that a literal is set under; empty for none."""
    inner: ast.AST = node
    parent = module.parents[inner]
    while isinstance(parent, ast.BoolOp) or (
        isinstance(parent, ast.expr) and environment_default(module, parent) is inner
    ):
        inner, parent = parent, module.parents[parent]
    names: list[str] = []
    if isinstance(parent, ast.Assign):
        names = [_name_of(target) for target in parent.targets]
    elif isinstance(parent, ast.AnnAssign):
        names = [_name_of(parent.target)]
    elif isinstance(parent, ast.keyword):
        names = [parent.arg or ""]
    elif isinstance(parent, ast.Dict):
        pairs = zip(parent.keys, parent.values, strict=True)
        names = [str(constant(key)) for key, value in pairs if value is inner]
    elif isinstance(parent, ast.arguments):
        function = module.parents[parent]
        if isinstance(function, Function):
            names = [item.arg for item, default in with_defaults(function) if default is inner]
    return next((name for name in names if names_secret(name)), "")


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return str(constant(node.slice))
    return last_name(node)


@rule(
    id="source/secret-in-log",
    title="A credential is written to the log",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-532",
    remediation="Log that there is one, or who it belongs to; never the credential, all headers or the environment.",
    references=("https://cwe.mitre.org/data/definitions/532.html",),
    shown_by=("logging/secret-in-message",),
)
def secret_in_log(module: PythonModule) -> Iterator[Hit]:
    """Logs are kept longer, read by more people and sent to more places than the credentials in them were meant for.

    A call that shortens, hides or counts what it is given (`mask(token)`, `len(token)`, `token[:4]`) is no hit.
    """
    for call in module.each(ast.Call):
        if _logs(module, call):
            named = [item.value for item in call.keywords if item.arg not in {"exc_info", "stack_info", "file"}]
            for part in (*call.args, *named):
                what = next(_written(module, part), "")
                if what:
                    yield hit_at(module, call, f"{what} is written to the log.")
                    break


def _logs(module: PythonModule, call: ast.Call) -> bool:
    if isinstance(call.func, ast.Attribute):
        owner = module.name_of(call.func.value) or ast.unparse(call.func.value).partition("(")[0]
        return call.func.attr in _LEVELS and bool(_LOGGERS.search(owner) or _LOGGERS.search(owner.rpartition(".")[2]))
    return getattr(call.func, "id", "") == "print" and _to_stderr(module, call)


def _to_stderr(module: PythonModule, call: ast.Call) -> bool:
    stream = keyword(call, "file")
    return stream is not None and module.name_of(stream) == "sys.stderr"


def _written(module: PythonModule, node: ast.expr) -> Iterator[str]:
    """Yield the credentials that are in the text of an expression."""
    for inner in reached(node, lambda part: _parts(module, part), ends_only=True):
        yield from _credential(module, inner)


def _parts(module: PythonModule, node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions whose text is in that of another."""
    if isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.FormattedValue))
    elif isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
    elif isinstance(node, ast.Tuple | ast.List):
        yield from node.elts
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.Call):
        formats = isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        if formats or module.called(node) in _KEEPS:
            yield from (*node.args, *(pair.value for pair in node.keywords))


def _credential(module: PythonModule, node: ast.expr) -> Iterator[str]:
    """Yield what an expression is called if that names a credential, all headers or the environment."""
    if module.name_of(node) in _ENVIRONMENTS:
        yield "The whole environment"
    elif isinstance(node, ast.Attribute) and node.attr == "headers":
        if _name_of(node.value) in {"request", "req"} and _shows_headers(module, node):
            yield "Every header of a request, Authorization included,"
    elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and not _is_piece(module, node):
        name = _name_of(node).lower().replace("-", "_")
        named = _LOGGED_NAMES.search(name) or (name == "token" and _is_about_login(module, node))
        if named and not name.startswith("env_") and not _is_only_a_name(module, node):
            yield ast.unparse(node)


def _shows_headers(module: PythonModule, node: ast.Attribute) -> bool:
    """Whether the text of headers holds credentials: that of httpx's own does not, unless they are made a dict."""
    if isinstance(parent := module.parents[node], ast.Call) and module.called(parent) == "dict":
        return True
    if class_of(module, node.value).startswith("httpx"):
        return False
    return any(origin.startswith(_SERVED) for origin in module.imports.values())


def _is_about_login(module: PythonModule, node: ast.expr) -> bool:
    """Whether the function around a name that can be that of a word or of a task, too, handles credentials."""
    function = module.function_of(node)
    return function is not None and _ABOUT_LOGIN.search(ast.unparse(function)) is not None


def _is_piece(module: PythonModule, node: ast.expr) -> bool:
    """Whether a name goes through the pieces of something: `for token in text.split()`."""
    if not isinstance(node, ast.Name):
        return False
    loops = (up for up in module.around(node) if isinstance(up, ast.For | ast.AsyncFor))
    return any(isinstance(inner, ast.Name) and inner.id == node.id for up in loops for inner in ast.walk(up.target))


def _is_only_a_name(module: PythonModule, node: ast.expr) -> bool:
    """Whether a constant holds what a credential is called: `API_KEY = "SERVICE_API_KEY"`."""
    found = origins(module, node) if isinstance(node, ast.Name) else ()
    texts = [item.value for item in found if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return bool(texts) and len(texts) == len(found) and not any(is_likely_value(text) for text in texts)
