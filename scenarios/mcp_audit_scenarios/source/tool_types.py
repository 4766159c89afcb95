"""What a tool says of its arguments and of its effects: types, schema, annotations."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.syntax import constant, keyword, last_name, parameters, with_defaults
from mcp_audit_harness.source.python.tools import Tool
from mcp_audit_harness.source.rules import Hit, rule

_SCHEMAS: Final = frozenset({"input_schema", "inputSchema", "schema", "parameters", "args_schema", "json_schema"})
_INJECTED: Final = ("Depends", "Dependency", "CurrentContext", "Inject", "Resolve")
_WITHOUT_SCHEMA: Final = frozenset({
    *("typing.Any", "object", "dict", "typing.Dict", "list", "typing.List", "collections.abc.Mapping"),
    *("typing.Mapping", "collections.abc.Sequence", "typing.Sequence", "set", "tuple", "typing.Tuple"),
})  # fmt: skip
_FREE: Final = re.compile(
    r"(^|_)(values?|params|parameters|variables|metadata|meta|payload|arguments|args|data|body|json|content|extra|context"
    r"|headers|attributes|properties|document|policy|schema)$"
)
"""Names of what has no form of its own, or one that somebody else has set."""
_FOREIGN: Final = frozenset({
    *("langchain", "langchain_core", "pydantic_ai", "crewai", "smolagents", "agents", "llama_index", "strands"),
})  # fmt: skip


@rule(
    id="source/tool-without-type-hints",
    title="Tool takes arguments without a type",
    severity=Severity.LOW,
    aspect=Aspect.TYPES,
    weakness="CWE-20",
    remediation="Give every parameter of a tool a type: the SDK makes the input schema of it, and checks calls by it.",
    references=("https://modelcontextprotocol.io/specification/2025-11-25/server/tools",),
)
def tool_without_type_hints(module: PythonModule) -> Iterator[Hit]:
    """SDKs make the input schema of a tool from the types of its parameters, and check each call against it.

    A parameter without a type accepts anything: the model is not told what to send, and the tool has to cope with
    whatever comes.
    """
    for tool in _typed_by_hints(module):
        spec = tool.function.args
        filled = (item for item in _filled_by_clients(tool) if item not in (spec.vararg, spec.kwarg))
        bare = [item.arg for item in filled if item.annotation is None]
        if bare:
            yield _hit(tool, f"{', '.join(bare)} {'has' if len(bare) == 1 else 'have'} no type")


@rule(
    id="source/tool-takes-any",
    title="Tool takes arguments of any type",
    severity=Severity.LOW,
    aspect=Aspect.TYPES,
    weakness="CWE-20",
    remediation="Say what is inside: a model or TypedDict instead of dict, list[str] instead of list, a union instead "
    "of Any.",
    references=("https://modelcontextprotocol.io/specification/2025-11-25/server/tools",),
)
def tool_takes_any(module: PythonModule) -> Iterator[Hit]:
    """Any, object and a bare dict or list become a schema that accepts everything, so no call is ever refused for it.

    What the parameter is to hold, the model can only guess, and mistakes surface deep inside the tool. An object with
    free keys that is written as such (`dict[str, Any]`) is left alone, and so is one whose name says so (`metadata`).
    """
    for tool in _typed_by_hints(module):
        named = (item for item in _filled_by_clients(tool) if not _FREE.search(item.arg))
        loose = [item.arg for item in named if item.annotation is not None and _any(module, item.annotation)]
        if loose:
            yield _hit(tool, f"{', '.join(loose)} may be anything: the type says nothing of what is inside")


@rule(
    id="source/tool-takes-kwargs",
    title="Tool takes arguments that it does not name",
    severity=Severity.LOW,
    aspect=Aspect.TYPES,
    weakness="CWE-20",
    remediation="Name every argument as a parameter with a type; gather optional ones in a model.",
    references=("https://modelcontextprotocol.io/specification/2025-11-25/server/tools",),
)
def tool_takes_kwargs(module: PythonModule) -> Iterator[Hit]:
    """No schema can say what `*args` and `**kwargs` hold; SDKs refuse such a tool, or list a parameter named "kwargs".

    Whatever a client sends is handed through unchecked.
    """
    for tool in _typed_by_hints(module):
        spec = tool.function.args
        stars = [(item, sign) for item, sign in ((spec.vararg, "*"), (spec.kwarg, "**")) if item is not None]
        open_ended = [f"{sign}{item.arg}" for item, sign in stars if not _unpacked(item)]
        if open_ended:
            yield _hit(tool, f"takes {', '.join(open_ended)}, of which no schema says anything")


def _typed_by_hints(module: PythonModule) -> Iterator[Tool]:
    """Yield the tools whose schema is made from their parameters."""
    for tool in module.tools:
        call = tool.declared
        given = isinstance(call, ast.Call) and any(item.arg in _SCHEMAS or item.arg is None for item in call.keywords)
        stands_for = any("wraps" in ast.unparse(decorator) for decorator in tool.function.decorator_list)
        if not (tool.dispatches or tool.own or given or stands_for or foreign(module, tool)):
            yield tool


def foreign(module: PythonModule, tool: Tool) -> bool:
    """Return whether a tool belongs to a framework for agents, not to an MCP server."""
    declared = tool.declared.func if isinstance(tool.declared, ast.Call) else tool.declared
    return declared is not None and module.name_of(declared).partition(".")[0] in _FOREIGN


def _filled_by_clients(tool: Tool) -> Iterator[ast.arg]:
    """Yield the parameters that a client fills: none to which the server gives a value, as by `db=Depends(connect)`."""
    defaults = dict(with_defaults(tool.function))
    for item in parameters(tool.function):
        made = defaults.get(item)
        injected = isinstance(made, ast.Call) and last_name(made.func) in _INJECTED
        if item.arg in tool.arguments and not injected:
            yield item


def _any(module: PythonModule, annotation: ast.expr) -> bool:
    """Whether an annotation accepts everything, or a container of everything."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return _any(module, _parsed(annotation.value))
    if isinstance(annotation, ast.BinOp):
        return _any(module, annotation.left) or _any(module, annotation.right)
    if isinstance(annotation, ast.Subscript):
        owner = module.name_of(annotation.value).rpartition(".")[2]
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if owner == "Annotated":
            return _any(module, inner[0]) and not any(_adds_schema(module, item) for item in inner[1:])
        return owner in {"Optional", "Union"} and any(_any(module, item) for item in inner)
    return module.name_of(annotation) in _WITHOUT_SCHEMA


def _adds_schema(module: PythonModule, extra: ast.expr) -> bool:
    """Whether what is added to a type says what it may hold: only a description does not."""
    if not isinstance(extra, ast.Call):
        return not isinstance(constant(extra), str)
    is_field = module.called(extra).rpartition(".")[2] == "Field"
    return not is_field or keyword(extra, "json_schema_extra") is not None


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return ast.Constant(None)


def _unpacked(item: ast.arg) -> bool:
    """Whether a TypedDict says what the keywords are: `**options: Unpack[Options]`."""
    return isinstance(item.annotation, ast.Subscript) and "Unpack" in ast.dump(item.annotation.value)


def _hit(tool: Tool, message: str) -> Hit:
    return Hit(tool.function.lineno, message, tool.function.col_offset + 1, subject=tool.subject)
