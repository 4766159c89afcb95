"""Modules of TypeScript and JavaScript as rules read them: names, tools, places, the ways of values."""

import subprocess
import sys

import pytest
from mcp_audit_harness.source.rules import Reads
from mcp_audit_harness.source.script.module import LONGEST_LINE, ScriptModule
from mcp_audit_scenarios.source import source_rules

IMPORTS = """
import { exec as run } from "node:child_process";
import fs, { promises as later } from "fs";
import * as cp from "child_process";
const files = require("fs/promises");
const { execSync } = require("child_process");
const child_process_1 = __importStar(require("child_process"));
const soon = util.promisify(run);
"""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("run", "child_process.exec"),
        ("later.readFile", "fs.readFile"),
        ("fs.promises.readFile", "fs.readFile"),
        ("cp.spawn", "child_process.spawn"),
        ("files.open", "fs.open"),
        ("execSync", "child_process.execSync"),
        ("(0, child_process_1.exec)", "child_process.exec"),
        ("soon", "child_process.exec"),
        ("pattern.exec", "pattern.exec"),
    ],
)
def test_names_are_resolved_through_imports_requires_and_what_compilers_make_of_them(written: str, meant: str) -> None:
    module = ScriptModule.parse("a.js", f"{IMPORTS}\n{written}(1);\n")

    assert [module.called(call) for call in module.each("call_expression")][-1] == meant


def test_columns_are_counted_in_characters() -> None:
    module = ScriptModule.parse("a.ts", 'const ü = "ä€"; call();\n')
    call = next(module.each("call_expression"))

    assert (module.line(call), module.column(call)) == (1, 17)
    assert module.line_of(call) == 'const ü = "ä€"; call();'


def test_casts_in_brackets_are_typescript_and_elements_are_tsx() -> None:
    assert not ScriptModule.parse("a.ts", "const a = <string>b;").root.has_error
    assert not ScriptModule.parse("a.tsx", "const a = <b>{c}</b>;").root.has_error
    assert not ScriptModule.parse("a.js", "const a = async () => { for await (const b of c) d?.(b); };").root.has_error


def test_what_is_no_valid_program_is_read_as_far_as_it_goes() -> None:
    module = ScriptModule.parse("a.ts", "const a = {;\nserver.tool('echo', async () => ({}));\n")

    assert [tool.name for tool in module.tools] == ["echo"]


def test_a_minified_module_is_refused() -> None:
    with pytest.raises(ValueError, match="minified"):
        ScriptModule.parse("a.js", "a();" * LONGEST_LINE)


DEEP = {
    "sum": "sink(" + "+\n".join(["x"] * 3000) + ");",
    "blocks": "{\n" * 3000 + "sink(x);" + "}\n" * 3000,
    "conditions": "if (x)\n" * 3000 + "sink(x);",
    "lists": "sink(" + "[\n" * 3000 + "x" + "]\n" * 3000 + ");",
    "calls": "sink(" + "f(\n" * 3000 + "x" + ")\n" * 3000 + ");",
    "texts": "console.log(" + "`${\n" * 3000 + "token" + "}`\n" * 3000 + ");",
    "patterns": "const " + "{ a:\n" * 3000 + "b" + "}\n" * 3000 + " = x; sink(b);",
    "functions": "\n".join(f"function f{n}(a) {{ f{n + 1}(a); f{n + 2}(a); }}" for n in range(1000)) + "f0(x);",
}


@pytest.mark.parametrize("shape", DEEP)
def test_no_depth_and_no_length_of_a_program_ends_a_rule(shape: str) -> None:
    module = ScriptModule.parse(
        "a.ts", f"server.tool('t', {{ x: z.string() }}, async ({{ x }}) => {{ {DEEP[shape]} }});"
    )

    for rule in source_rules():
        if rule.reads is Reads.SCRIPT:
            assert isinstance(list(rule.inspect(module)), list)


def test_what_a_bundle_has_of_other_packages_is_left_out() -> None:
    text = "// node_modules/a/index.js\ntheirs();\n// src/index.ts\nours();\n"
    module = ScriptModule.parse("dist/index.js", text)

    assert [module.called(call) for call in module.each("call_expression")] == ["ours"]


TOOLS = """
server.tool("a", "says", { x: z.string() }, async ({ x }) => run(x));
server.registerTool("b", { inputSchema: { x: z.string() }, annotations: { readOnlyHint: true } }, handleB);
server.addTool({ name: "c", parameters: z.object({}), execute: async (args) => run(args) });
server.setRequestHandler(CallToolRequestSchema, async (request) => run(request.params.arguments));
class D extends MCPTool { name = "d"; schema = {}; async execute(input) { return input; } }
async function handleB(args) { return args; }
"""


def test_tools_of_every_form_are_found() -> None:
    tools = ScriptModule.parse("a.ts", TOOLS).tools

    assert [tool.name for tool in tools] == ["a", "b", "c", "", "d"]
    assert [tool.dispatches for tool in tools] == [False, False, False, True, False]
    assert [tool.annotations is not None for tool in tools] == [False, True, False, False, False]
    assert all(tool.handler is not None for tool in tools)


def test_the_description_of_a_tool_makes_the_function_exported_beside_it_one() -> None:
    module = ScriptModule.parse(
        "a.ts",
        'export const schema = { name: "drain", inputSchema: { type: "object" } };\n'
        "export async function drain(cluster: Cluster, input: { node: string }) { return run(input.node); }\n",
    )

    assert [(tool.name, tool.argument) for tool in module.tools] == [("drain", 1)]
    assert [arrival.name for arrival in module.arrivals] == ["run"]


@pytest.mark.parametrize(
    ("body", "arrives"),
    [
        ("sink(x)", True),
        ("sink(`a ${x}`)", True),
        ("const y = x.trim(); sink('a' + y)", True),
        ("let y; y = x; sink(y)", True),
        ("for (const y of x.split(',')) sink(y)", True),
        ("x.split(',').forEach((y) => sink(y))", True),
        ("const later = async () => { sink(x); }; await later()", True),
        ("if (x) { sink(x); }", True),
        ("sink({ a: { b: x } })", True),
        ("sink(Number(x))", False),
        ("sink(x.length)", False),
        ("if (!NAMES.includes(x)) throw new Error(); sink(x)", False),
        ("if (NAMES.includes(x)) { sink(x); }", False),
        ("if (!/^[a-z]+$/.test(x)) return; sink(x)", False),
        ("assertName(x); sink(x)", False),
        ("sink(sanitizeName(x))", False),
        ("sink(NAMES[0])", False),
        ("if (x !== 'a' && x !== 'b') { throw new Error(); } sink(x)", False),
        ("if (x === 'all') { return; } sink(x)", True),
    ],
)
def test_values_of_a_client_arrive_unless_they_are_checked(body: str, arrives: bool) -> None:
    module = ScriptModule.parse("a.ts", f"server.tool('t', {{ x: z.string() }}, async ({{ x }}) => {{ {body}; }});")

    assert any(arrival.name == "sink" for arrival in module.arrivals) is arrives


def test_the_way_of_a_value_is_told_from_its_argument_on() -> None:
    text = "server.tool('t', { x: z.string() }, async (args) => {\n const y = args.x;\n sink(`${y}!`);\n});"
    (arrival,) = ScriptModule.parse("a.ts", text).arrivals

    assert arrival.values[0] is not None
    assert [mark.line for mark in arrival.values[0].trail] == [2, 2, 3]
    assert arrival.values[0].argument == "x"
    assert not arrival.values[0].whole


def test_rules_can_be_listed_without_the_grammar() -> None:
    told = "import sys; sys.modules['tree_sitter'] = sys.modules['tree_sitter_typescript'] = None\n"
    told += "from mcp_audit_scenarios.source import source_rules; print(len(source_rules()))"

    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)

    assert int(done.stdout) == len(source_rules())


def test_of_two_ways_to_a_call_the_one_without_a_check_is_told() -> None:
    module = ScriptModule.parse(
        "a.ts",
        "function run(x) { sink(x); }\n"
        "server.tool('a', {}, { x: z.string() }, async ({ x }) => { if (x.startsWith('-')) throw x; run(x); });\n"
        "server.tool('b', {}, { x: z.string() }, async ({ x }) => run(x));\n",
    )

    assert [arrival.tool.name for arrival in module.arrivals if arrival.name == "sink"] == ["b"]
