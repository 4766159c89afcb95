"""Who may use a server, and whose token it uses elsewhere."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.origins import elements, is_parameter, origins, reached
from mcp_audit_harness.source.python.reach import callee, own_nodes
from mcp_audit_harness.source.python.settings import Setting, settings_of
from mcp_audit_harness.source.python.syntax import constant, ending, hit_at, keyword
from mcp_audit_harness.source.rules import Hit, rule

_AUTH: Final = r"(?:auth|authentication|authorization)"
_AUTH_ON: Final = re.compile(
    rf"^(?:(?:mcp|server|api|http|require)_)?{_AUTH}_(?:enabled|required)$|^(?:enable|require|enforce)_{_AUTH}$"
)
_AUTH_OFF: Final = re.compile(rf"^(?:disable|skip|bypass|no)_{_AUTH}$|^{_AUTH}_disabled$|^authless$")
_PEEKS: Final = re.compile(r"unverified|peek|inspect|introspect|debug|incomplete|unsafe", re.IGNORECASE)
_SAID: Final = re.compile(r"#.*(?:already|was|been|later|afterwards|just|no|not|n't|without)\b.*\bverif", re.IGNORECASE)

_OF_SDK: Final = "mcp.server.auth.middleware.auth_context.get_access_token"
_OF_FASTMCP: Final = "fastmcp.server.dependencies.get_access_token"
_VERIFIES: Final = re.compile(r"JWTVerifier|TokenVerifier|RemoteAuthProvider|BearerAuthProvider")
_OF_TEXT: Final = frozenset({"strip", "removeprefix", "replace", "split", "partition", "lower", "copy", "decode"})
_VERBS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send"})
_CLIENTS: Final = ("httpx.", "requests.", "aiohttp.", "urllib3.", "niquests.")
OWN_ISSUER: Final = re.compile(r"userinfo|introspect|tokeninfo|oidc|verif|validat|authenticat", re.IGNORECASE)


@rule(
    id="source/auth-disabled",
    title="Tokens are not verified, or callers need none",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-306",
    remediation="Verify the signature, the issuer, the audience and the end of every token, and ask for one by default"
    " wherever the server is reached over HTTP.",
    references=(
        "https://cwe.mitre.org/data/definitions/306.html",
        "https://cwe.mitre.org/data/definitions/347.html",
        "https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#token-handling",
    ),
    shown_by=("authorization/serves-anyone", "authorization/accepts-*", "tokens/*-accepted"),
)
def auth_disabled(module: PythonModule) -> Iterator[Hit]:
    """A token whose signature nobody verifies says whatever its sender likes; a switch that is off protects nothing.

    Flagged are switches that are off by default or in the code, and ways to decode tokens that leave verifying out.
    """
    for setting in settings_of(module):
        off = _AUTH_ON.search(setting.name) and setting.is_off(module)
        if (off or (_AUTH_OFF.search(setting.name) and setting.is_on(module))) and not _of_other(module, setting):
            yield hit_at(module, setting.node, f"{setting.name} leaves callers without authentication.")
    for call in module.each(ast.Call):
        left_out = _left_out(module, call)
        if left_out and _is_callers(module, call) and not _is_looked_into(module, call):
            yield hit_at(module, call, f"The token is decoded without verifying {left_out}.")


def _of_other(module: PythonModule, setting: Setting) -> bool:
    """Whether a setting is one of a server that this one is a client of: beside it is the command that starts that."""
    scope = module.parents.get(setting.node)
    fields = scope.body if isinstance(scope, ast.ClassDef) else ()
    names = {getattr(item.target, "id", "") for item in fields if isinstance(item, ast.AnnAssign)}
    return "command" in names


def _left_out(module: PythonModule, call: ast.Call) -> str:
    """Return what a call that decodes a token does not verify."""
    if module.called(call) not in {"jwt.decode", "jose.jwt.decode", "authlib.jose.jwt.decode"}:
        return ""
    options = keyword(call, "options")
    found = origins(module, options) if options is not None else ()
    objects = [zip(item.keys, item.values, strict=True) for item in found if isinstance(item, ast.Dict)]
    off = {constant(key) for pairs in objects for key, value in pairs if constant(value) is False}
    algorithms = keyword(call, "algorithms")
    named = {str(item.value).lower() for item in elements(module, algorithms)} if algorithms is not None else set()
    if "verify_signature" in off or constant(keyword(call, "verify")) is False or "none" in named:
        return "its signature"
    words = {"aud": "whom it is for", "exp": "whether it has ended", "iss": "who issued it"}
    missing = (word for name, word in words.items() if f"verify_{name}" in off and not _reads_claim(module, name))
    return next(missing, "")


def _reads_claim(module: PythonModule, name: str) -> bool:
    """Whether the module asks for a claim, or reads it: then it is compared by hand, as URLs of audiences are."""
    return re.search(rf"[\"']{name}[\"']|\.{name}\b", module.text) is not None


def _is_callers(module: PythonModule, call: ast.Call) -> bool:
    """Whether the token comes from elsewhere: a parameter, the request; not one that the function has just got."""
    given = call.args[0] if call.args else keyword(call, "jwt") or keyword(call, "token")
    if given is None or "id_token" in ast.unparse(given):
        return False  # the issuer itself sends that one, over TLS, when a user logs in (OpenID Connect Core, 3.1.3.7)
    if isinstance(given, ast.Name):
        return is_parameter(module, given) or any("request" in ast.unparse(found) for found in origins(module, given))
    return True


def _is_looked_into(module: PythonModule, call: ast.Call) -> bool:
    """Whether the token is only looked into before it is verified, or the author says that it is verified already."""
    lines = module.text.splitlines()[max(call.lineno - 3, 0) : call.end_lineno]
    parent = module.parents[call]
    target = ast.unparse(parent.targets[0]) if isinstance(parent, ast.Assign) else ""
    function = module.function_of(call)
    if _PEEKS.search(target) or _SAID.search("\n".join(lines)):
        return True
    if function is None or _PEEKS.search(function.name):
        return function is not None
    others = [node for node in ast.walk(function) if isinstance(node, ast.Call) and node is not call]
    again = (other for other in others if module.called(other) == module.called(call))
    return any(not _left_out(module, other) for other in again) or any(
        re.search(r"verif|introspect|validate_", ending(other)) for other in others
    )


@rule(
    id="source/token-passthrough",
    title="The caller's token is passed on to another service",
    severity=Severity.MEDIUM,
    aspect=Aspect.SECURITY,
    weakness="CWE-441",
    remediation="Accept only tokens that were issued for this server, and get a token of its own for the other service"
    " (token exchange, RFC 8693, or the server's own login there).",
    references=(
        "https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#token-passthrough",
        "https://cwe.mitre.org/data/definitions/441.html",
    ),
    shown_by=("authorization/accepts-foreign-audience", "tokens/*-audience-accepted"),
)
def token_passthrough(module: PythonModule) -> Iterator[Hit]:
    """The specification forbids it: the other service takes the server for the user, and its logs and limits for
    nothing; a stolen token of that service works here, too.

    Followed is a token from the request into the headers of an outgoing one, within the module.
    """
    for call in module.each(ast.Call):
        headers = keyword(call, "headers")
        source = _token_in(module, headers) if headers is not None and _goes_out(module, call) else None
        if source is not None:
            yield hit_at(module, call, f"The caller's token ({source}) goes into a request to another service.")


def _goes_out(module: PythonModule, call: ast.Call) -> bool:
    """Whether a call sends a request, or makes a client that will, other than to the issuer of the token."""
    called = module.called(call)
    sends = called.startswith(_CLIENTS) or (isinstance(call.func, ast.Attribute) and call.func.attr in _VERBS)
    function = module.function_of(call)
    if not sends or function is None or OWN_ISSUER.search(function.name):
        return False
    return not call.args or OWN_ISSUER.search(ast.unparse(call.args[0])) is None


def _token_in(module: PythonModule, headers: ast.expr) -> str | None:
    """Return what takes the token of the incoming request that is in these headers."""
    inner = reached(headers, lambda node: _carried(module, node))
    return next((source for node in inner if (source := _reads_token(module, node))), None)


def _carried(module: PythonModule, node: ast.expr) -> Iterator[ast.expr]:
    """Yield the expressions whose text a value carries on; what calls outside the module make of theirs is unknown."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _OF_TEXT:
            yield node.func.value
        elif module.called(node) in {"str", "dict"}:
            yield from node.args
        elif (caller := module.function_of(node)) is not None and (helper := callee(module, caller, node)) is not None:
            yield from (step.value for step in own_nodes(helper) if isinstance(step, ast.Return) and step.value)
    elif isinstance(node, ast.Name):
        yield from (found for found in origins(module, node) if found is not node)
    elif isinstance(node, ast.Subscript):
        yield node.value
    elif not isinstance(node, ast.Attribute | ast.Constant | ast.Lambda):
        yield from (inner for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.expr))


def _reads_token(module: PythonModule, node: ast.expr) -> str:
    """Return the expression if it takes the token of the request that is being served."""
    if isinstance(node, ast.Attribute) and node.attr == "token":
        behind = {module.called(found) for found in origins(module, node.value)}
        if _OF_SDK in behind or (_OF_FASTMCP in behind and _is_as_presented(module)):
            return "get_access_token().token"
    if isinstance(node, ast.Subscript) and _is_authorization(node.slice) and _is_incoming(module, node.value):
        return ast.unparse(node)
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"):
        return ""
    gets = bool(node.args) and _is_authorization(node.args[0]) and _is_incoming(module, node.func.value)
    return ast.unparse(node) if gets else ""


def _is_as_presented(module: PythonModule) -> bool:
    """Whether the token is the caller's own: proxies of fastmcp put that of the other service in its place."""
    return re.search(r"OAuthProxy|OIDCProxy", module.text) is None and _VERIFIES.search(module.text) is not None


def _is_authorization(node: ast.expr) -> bool:
    return str(constant(node)).lower() == "authorization"


def _is_incoming(module: PythonModule, node: ast.expr) -> bool:
    """Whether an expression is the headers of the request that is being served."""
    return any(_are_incoming(module, inner) for inner in reached(node, lambda item: _carried(module, item)))


def _are_incoming(module: PythonModule, node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return module.called(node).rpartition(".")[2] == "get_http_headers"
    if not (isinstance(node, ast.Attribute) and node.attr == "headers"):
        return False
    return ast.unparse(node.value).rpartition(".")[2] in {"request", "req", "get_http_request()"}
