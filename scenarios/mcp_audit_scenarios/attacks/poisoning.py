"""Orders to the model in what ought to describe: tool poisoning, shadowing of other tools, parameters that hoard.

Words cannot prove an intention. What stands here is a suspicion with its span, for a person to read.
"""

from collections.abc import Iterator

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Severity, failed

from ..conformance.inventory import Item
from .definitions import Definitions, clean, definitions, judged, spread
from .invisible import skeleton
from .spoken import Said, shown_text
from .suspicions import hoards, suspicion

_MCP03 = "OWASP MCP03:2025 Tool Poisoning"
_CWE = "https://cwe.mitre.org/data/definitions/1427.html"


@check(
    definitions,
    id="definitions/orders-to-model",
    title="Definition seems to give orders to the model",
    requirements=("definitions/no-orders-to-models",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Describe what the tool does; say nothing about secrets, users, other tools or earlier instructions.",
    references=(_MCP03, "OWASP MCP06:2025 Intent Flow Subversion", _CWE),
)
def orders_to_model(seen: Definitions) -> Verdicts:
    """A description goes to the model as it is, and the model may take it for an order: to read a key, to fill it into
    a parameter, to tell nobody. All texts are looked at, defaults, examples and titles in schemas among them. This is a
    suspicion by patterns, with the words that caused it; quoted words and advice about such attacks weigh less.
    """

    def trouble(said: Said) -> str:
        found = suspicion(said.text)
        return f"{said.place} holds a {found.sentence}: '{shown_text(found.span)}'" if found else ""

    return judged(seen, seen.texts(), trouble)


@check(
    definitions,
    id="definitions/hoarding-parameter",
    title="Parameter asks for what the model was told elsewhere",
    requirements=("definitions/no-orders-to-models",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take what the tool needs as parameters of their own; leave the conversation to the client.",
    references=(_MCP03, "OWASP MCP10:2025 Context Injection & Over-Sharing"),
)
def hoarding_parameter(seen: Definitions) -> Verdicts:
    """A model fills in what it is asked for. A parameter called `sidenote`, `conversation_history` or `system_prompt`
    gets the user's words and those of other servers. Judged by the name of parameters; tools that summarise
    conversations need one, so read the finding as a question.
    """
    failures = [
        failed(f"there is likely too much in the parameter {name!r}", item.page, subject=item.subject)
        for item in seen.items("tools", "prompts")
        for name in parameters(item)
        if hoards(name)
    ]
    return spread(failures) or clean(seen)


def parameters(item: Item) -> Iterator[str]:
    """Yield the names of the parameters of a tool, or of the arguments of a prompt."""
    schema = item.value.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    yield from properties if isinstance(properties, dict) else ()
    arguments = item.value.get("arguments")
    for argument in arguments if isinstance(arguments, list) else ():
        if isinstance(argument, dict) and isinstance(argument.get("name"), str):
            yield argument["name"]


@check(
    definitions,
    id="definitions/lookalike-names",
    title="Two names differ only in what a reader overlooks",
    requirements=("definitions/distinct-names",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Give tools and prompts names that differ in more than case, separators or look-alike letters.",
    references=(_MCP03, "https://cwe.mitre.org/data/definitions/694.html"),
)
def lookalike_names(seen: Definitions) -> Verdicts:
    """Models and people take one for the other: `read_file` and `read-file`, `Search` and `search`. Who approved the
    one may have called the other.
    """
    first: dict[tuple[str, str], Item] = {}
    failures = []
    for item in seen.items("tools", "prompts"):
        other = first.setdefault((item.kind, skeleton(item.name)), item)
        if other.name != item.name and item.name:
            text = f"'{shown_text(item.name, 60)}' looks like '{shown_text(other.name, 60)}'"
            failures.append(failed(text, item.page, other.page, subject=item.subject))
    return spread(failures) or clean(seen)
