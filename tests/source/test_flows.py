"""What is told of the ways that a client's values take through a module."""

from mcp_audit_harness.source.python.arrivals import Arrival
from mcp_audit_harness.source.python.flows import arrivals_of
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.values import Danger, Value, argument, merged, written

HEAD = "from mcp.server.fastmcp import FastMCP\nmcp = FastMCP('x')\n"


def arrived(text: str, name: str) -> Arrival:
    module = PythonModule.parse("server.py", HEAD + text)
    return next(item for item in arrivals_of(module) if item.name == name)


def test_the_trail_goes_from_the_parameter_over_each_function_to_the_call() -> None:
    found = arrived(
        "def inner(target):\n    sink(target)\n"
        "@mcp.tool()\ndef tool(path: str):\n    full = '/srv/' + path\n    inner(full)\n",
        "sink",
    )
    assert [mark.note for mark in found.arguments[0].trail] == [
        "a client chooses `path`",
        "is put into a text",
        "goes to inner() as `target`",
    ]


def test_a_dispatcher_tells_which_tool_is_called_where() -> None:
    found = arrived(
        "from mcp.server import Server\nserver = Server('x')\n@server.call_tool()\n"
        "async def call_tool(name: str, arguments: dict):\n"
        "    if name == 'one':\n        pass\n    elif name == 'two':\n        sink(arguments['path'])\n",
        "sink",
    )
    assert found.subject == "tool:two"
    assert found.arguments[0].origins == {"path"}


def test_the_names_of_imports_and_of_classes_are_resolved() -> None:
    found = arrived(
        "import subprocess as sp\n@mcp.tool()\ndef tool(path: str):\n    sp.run(['ls', path])\n",
        "run",
    )
    assert found.called == "subprocess.run"
    items = found.arguments[0].items or ()
    assert [item.text for item in items] == ["ls", None]


def test_a_function_that_calls_itself_comes_to_an_end() -> None:
    found = arrived(
        "def again(path, depth):\n    sink(path)\n    return again(path + '/x', depth - 1)\n"
        "@mcp.tool()\ndef tool(path: str):\n    again(path, 3)\n",
        "sink",
    )
    assert found.arguments[0].origins == {"path"}


def test_expressions_and_branches_of_any_depth_are_survived() -> None:
    branches = "".join(f"    elif path == '{index}':\n        pass\n" for index in range(800))
    text = f"@mcp.tool()\ndef tool(path: str):\n    if path == 'x':\n        pass\n{branches}    sink(path)\n"
    assert arrived(text, "sink").arguments[0].origins == {"path"}
    deep = "@mcp.tool()\ndef tool(path: str):\n    sink(path)\n    return " + " + ".join(["path"] * 900) + "\n"
    assert arrived(deep, "sink").arguments[0].origins == {"path"}


def test_a_check_on_one_of_two_ways_is_no_check() -> None:
    text = "@mcp.tool()\ndef tool(path: str, strict: bool):\n    if strict:\n        if path not in KNOWN:\n"
    found = arrived(text + "            raise ValueError\n    sink(path)\n", "sink")
    assert found.arguments[0].dangerous(Danger.PATH)


def test_a_check_in_a_function_of_the_module_counts_where_it_is_called() -> None:
    text = "def only(path):\n    if path not in KNOWN:\n        raise ValueError\n@mcp.tool()\ndef tool(path: str):\n"
    found = arrived(text + "    only(path)\n    sink(path)\n", "sink")
    assert not found.arguments[0].dangerous(Danger.PATH)


def test_of_two_values_the_one_of_a_client_is_kept() -> None:
    chosen = argument("path", PythonModule.parse("a.py", "x").tree, "chosen")
    assert merged(chosen, written("/srv")).origins == {"path"}
    assert merged(written("/srv"), chosen).dangerous(Danger.PATH)
    assert merged(chosen.clean(), chosen).dangerous(Danger.SQL)
    assert not Value().dangerous(Danger.PATH)
