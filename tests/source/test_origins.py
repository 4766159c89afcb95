"""Names lead to the values that they can have."""

import ast

import pytest
from mcp_audit_harness.source.python.module import PythonModule
from mcp_audit_harness.source.python.origins import constants, elements, origins


def read(text: str) -> tuple[PythonModule, ast.expr]:
    """Return a module, and the argument of its call of `use`."""
    module = PythonModule.parse("a.py", text)
    call = next(call for call in module.each(ast.Call) if getattr(call.func, "id", "") == "use")
    return module, call.args[0]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("use('a')", ["a"]),
        ("x = 'a'\nuse(x)", ["a"]),
        ("x = 'a'\ny = x\ndef f():\n    use(y)", ["a"]),
        ("x = 'a'\ndef f():\n    x = 'b'\n    use(x)", ["b"]),
        ("x = 'a'\ndef f(x):\n    use(x)", []),
        ("def f(x='a', *, y='b'):\n    use(y)", ["b"]),
        ("import os\nuse(os.getenv('X', 'a'))", ["a"]),
        ("import os\nuse(os.environ.get('X') or 'b')", ["b"]),
        ("x = x or 'a'\nuse(x)", ["a"]),
        ("class A:\n    x = 'a'\nuse(x)", []),
        ("for x in 'ab':\n    use(x)", []),
        ("x = y\ny = x\nuse(x)", []),
    ],
)
def test_a_name_leads_to_the_literals_that_it_is_set_to(text: str, values: list[str]) -> None:
    module, node = read(text)

    assert [found.value for found in constants(module, node)] == values


def test_the_items_of_a_list_behind_a_name_are_found() -> None:
    module, node = read("origins = ['a', 'b', other]\nuse(origins)")

    assert [found.value for found in elements(module, node)] == ["a", "b"]


def test_a_name_that_leads_nowhere_stands_for_itself() -> None:
    module, node = read("use(unknown)")

    assert origins(module, node) == (node,)


def test_names_that_fan_out_are_each_followed_once() -> None:
    lines = [f"x{number} = x{number - 1} or x{number - 1} or x{number - 1}" for number in range(1, 200)]
    module, node = read("x0 = 'a'\n" + "\n".join(lines) + "\nuse(x199)")

    assert "a" in {found.value for found in constants(module, node)}
