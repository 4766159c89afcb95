"""What a call of a tool runs, and what names hold, as far as a module shows it."""

import ast

from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.objects import class_of, imported_call
from mcp_audit_harness.source.python.reach import own_nodes, reached_from_tools

TOOLS = """
import asyncio

@mcp.tool()
async def look(path):
    first(path)
    await asyncio.to_thread(in_a_thread, path)
    later = lambda: in_a_lambda(path)
    Desk().open()

def first(path):
    def inner():
        second(path)
    return inner()

def second(path): return first(path)
def in_a_thread(path): ...
def in_a_lambda(path): ...
def alone(path): second(path)

class Desk:
    @mcp.tool()
    def tidy(self): self.sort()
    def sort(self): ...

class Shelf:
    def sort(self): ...
"""

CLIENTS = """
import httpx
from requests import Session as Web

shared = Web()

class Api:
    def __init__(self, client: httpx.AsyncClient | None):
        self.web: Web = Web()
        self.given = client

    async def ask(self, client: httpx.AsyncClient):
        use(client)
        use(self.web)
        use(shared)
        async with httpx.Client() as short, other() as foreign:
            use(short)
            use(foreign)

def ask(shared):
    use(shared)
"""


def reached(text: str) -> dict[str, list[str]]:
    module = PythonModule.parse("server.py", text)
    found = reached_from_tools(module)
    return {function.name: [ast.unparse(call.func) for _, call in way.by] for function, way in found.items()}


def used(text: str) -> list[str]:
    module = PythonModule.parse("server.py", text)
    calls = [call for call in module.each(ast.Call) if isinstance(call.func, ast.Name) and call.func.id == "use"]
    return [class_of(module, call.args[0]) for call in calls]


def test_functions_that_a_tool_calls_are_reached_by_the_shortest_way() -> None:
    assert reached(TOOLS) == {
        "look": [],
        "tidy": [],
        "first": ["first"],
        "inner": ["first", "inner"],
        "second": ["first", "inner", "second"],
        "sort": ["self.sort"],
    }


def test_what_is_handed_to_a_thread_or_put_off_does_not_run_in_the_thread_of_the_tool() -> None:
    assert not {"in_a_thread", "in_a_lambda", "alone"} & set(reached(TOOLS))


def test_a_function_does_not_run_what_it_only_defines() -> None:
    module = PythonModule.parse("server.py", "def outer():\n    def inner():\n        hidden()\n    shown()\n")
    calls = [node for node in own_nodes(module.functions[0]) if isinstance(node, ast.Call)]

    assert [module.called(call) for call in calls] == ["shown"]


def test_a_name_holds_what_made_it_or_what_its_type_says() -> None:
    assert used(CLIENTS)[:5] == ["httpx.AsyncClient", "requests.Session", "requests.Session", "httpx.Client", "other"]


def test_a_parameter_hides_what_the_module_calls_by_its_name() -> None:
    assert used(CLIENTS)[5:] == [""]


def test_a_name_that_two_things_made_holds_neither() -> None:
    text = "import httpx\nx = httpx.Client()\nx = httpx.AsyncClient()\nuse(x)\n"

    assert used(text) == [""]


def test_only_what_is_imported_is_a_library() -> None:
    text = "import requests as web\nweb.get(1)\nrequests.get(2)\n[].get(3)\n"
    module = PythonModule.parse("server.py", text)

    assert [imported_call(module, call) for call in module.each(ast.Call)] == ["requests.get", "", ""]
