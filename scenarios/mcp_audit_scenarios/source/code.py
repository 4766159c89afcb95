"""Code that a client's text becomes."""

import ast
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.model import Aspect, Severity
from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.values import CHOSEN, Danger, Value
from mcp_audit_harness.source.rules import Hit, rule

from .reaching import hit, named, once_per_line, reached

_EVALUATING: Final = frozenset(
    """
    eval exec compile builtins.eval builtins.exec __import__ importlib.import_module pickle.loads cPickle.loads
    dill.loads cloudpickle.loads marshal.loads jsonpickle.decode pandas.eval numexpr.evaluate yaml.unsafe_load
    yaml.full_load jinja2.Template mako.template.Template sympy.sympify sympy.parsing.sympy_parser.parse_expr
    runpy.run_path code.interact
    """.split()  # noqa: SIM905 - a list of words is read as one
)
_SAFE_LOADERS: Final = frozenset({"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"})
_BY_DESIGN: Final = frozenset({"code", "python_code", "script", "source", "source_code", "program", "snippet"})


@rule(
    id="source/code-from-argument",
    title="An argument is run as code",
    severity=Severity.HIGH,
    aspect=Aspect.SECURITY,
    weakness="CWE-95",
    remediation="Parse the text with something that knows only what is needed (ast.literal_eval, json.loads, a grammar "
    "of your own, a sandboxed template environment); never hand it to eval, exec, pickle or a template's source.",
    references=("https://cwe.mitre.org/data/definitions/95.html", "https://cwe.mitre.org/data/definitions/1336.html"),
    shown_by=("injection/evaluates-code", "injection/evaluates-templates"),
)
def code_from_argument(module: PythonModule) -> Iterator[Hit]:
    """A formula, a module's name, a pickle or a template that a client writes is a program: it reads files and starts
    processes with the rights of the server, whatever names are hidden from it. A tool whose argument is code to be run
    is not meant: that is its offer.
    """
    yield from once_per_line(_evaluated(module))


def _evaluated(module: PythonModule) -> Iterator[Hit]:
    for arrival in reached(module):
        value = _code(module, arrival)
        if value is not None and value.dangerous(Danger.CODE) and not (value.whole and value.origins <= _BY_DESIGN):
            message = f"{arrival.name}() runs {named(value)} of a client as code"
            yield hit(arrival, value, message, "run as code here")


def _code(module: PythonModule, arrival: Arrival) -> Value | None:
    """Return what a call evaluates."""
    first = arrival.given(0, "source", "name", "template", "data", "stream")
    if arrival.called in {"importlib.import_module", "__import__"}:
        return first if first.template.startswith(CHOSEN) else None
    if arrival.called in _EVALUATING or (arrival.name == "from_string" and "nvironment" in arrival.called):
        return first
    if arrival.called in {"yaml.load", "yaml.load_all"}:
        every = [item for item in ast.walk(arrival.node) if isinstance(item, ast.Name | ast.Attribute)]
        return None if any(module.name_of(item) in _SAFE_LOADERS for item in every) else first
    return None
