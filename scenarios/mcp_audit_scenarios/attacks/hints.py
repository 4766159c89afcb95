"""Hints of tools that do not go with what their names, descriptions and parameters say (server/tools, annotations)."""

import re
from collections.abc import Callable
from typing import Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Severity, failed, not_applicable

from ..conformance.inventory import Item
from .definitions import Definitions, clean, definitions, spread
from .poisoning import parameters

_READING: Final = frozenset(
    {
        *("get", "list", "read", "show", "find", "search", "fetch", "query", "describe", "check", "validate", "verify"),
        *(
            "preview",
            "view",
            "count",
            "inspect",
            "lookup",
            "look",
            "plan",
            "explain",
            "compare",
            "diff",
            "status",
            "help",
        ),
        *("test", "is", "has", "can", "download", "browse", "crawl", "open", "visit", "navigate", "request", "scrape"),
        *("resolve", "summarize", "summarise", "analyze", "analyse", "dry"),
    }
)
_FETCHING: Final = frozenset({"fetch", "download", "browse", "crawl", "visit", "navigate", "scrape", "request", "http"})


def _with_third_person(*verbs: str) -> frozenset[str]:
    return frozenset({*verbs, *(f"{verb}s" for verb in verbs)})


_ENDING: Final = _with_third_person(
    "delete", "remove", "destroy", "erase", "wipe", "purge", "overwrite", "truncate", "drop", "uninstall"
)
_CHANGING: Final = _ENDING | _with_third_person(
    "write", "send", "rename", "move", "append", "upload", "publish", "modify", "update", "edit", "revoke"
)
_URL: Final = re.compile(r"(?:\w+_)?(?:url|urls|webhook)|\w+Url|\w+URL")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def verb(item: Item, wanted: frozenset[str]) -> str:
    """Return the first verb in the name of a tool, or the first word of its description, if it is a wanted one."""
    first = next((word for word in _words(item.name) if word in _READING | _CHANGING | _FETCHING), "")
    if first in wanted:
        return first
    opening = _words(str(item.value.get("description", ""))[:60])[:1]
    return opening[0] if not first and opening and opening[0] in wanted else ""


def _hint(item: Item, name: str) -> object:
    annotations = item.value.get("annotations")
    return annotations.get(name) if isinstance(annotations, dict) else None


def _judged(seen: Definitions, hinted: Callable[[Item], bool], trouble: Callable[[Item], str], hint: str) -> Verdicts:
    tools = [item for item in seen.items("tools") if hinted(item)]
    if not tools:
        return not_applicable(f"no tool says {hint}")
    failures = [failed(why, item.page, subject=item.subject) for item in tools if (why := trouble(item))]
    return spread(failures) or clean(seen)


@check(
    definitions,
    id="definitions/read-only-hint-on-changing-tool",
    title="Tool that changes something by its own words says that it only reads",
    requirements=("definitions/truthful-hints",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Set readOnlyHint to false for tools that write, send or delete.",
    references=("https://cwe.mitre.org/data/definitions/451.html",),
)
def read_only_hint_on_changing_tool(seen: Definitions) -> Verdicts:
    """Clients run tools that only read without asking. A tool called `delete_file` with that hint deletes unseen.
    Judged by the verb in its name, or else by the first word of its description, so it is likely, not certain.
    """

    def trouble(item: Item) -> str:
        word = verb(item, _CHANGING)
        return f"readOnlyHint is true, and by its words it is likely to {_base(word)}" if word else ""

    return _judged(seen, lambda item: _hint(item, "readOnlyHint") is True, trouble, "readOnlyHint: true")


@check(
    definitions,
    id="definitions/harmless-hint-on-destructive-tool",
    title="Tool that destroys something by its own words says that it does not",
    requirements=("definitions/truthful-hints",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Set destructiveHint to true for tools that delete or overwrite.",
    references=("https://cwe.mitre.org/data/definitions/451.html",),
)
def harmless_hint_on_destructive_tool(seen: Definitions) -> Verdicts:
    """Clients ask with more emphasis where something is lost. Judged by the verb in the name of the tool, or else by
    the first word of its description, so it is likely, not certain.
    """

    def trouble(item: Item) -> str:
        word = verb(item, _ENDING)
        return f"destructiveHint is false, and by its words it is likely to {_base(word)}" if word else ""

    def hinted(item: Item) -> bool:
        return _hint(item, "destructiveHint") is False and _hint(item, "readOnlyHint") is not True

    return _judged(seen, hinted, trouble, "destructiveHint: false")


@check(
    definitions,
    id="definitions/closed-world-hint-on-fetching-tool",
    title="Tool that fetches any URL says that it stays in a closed world",
    requirements=("definitions/truthful-hints",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Set openWorldHint to true for tools that reach addresses which their caller chooses.",
    references=("https://cwe.mitre.org/data/definitions/451.html",),
)
def closed_world_hint_on_fetching_tool(seen: Definitions) -> Verdicts:
    """What comes from an open world may hold orders for the model, and what goes there may be secret, so clients treat
    such tools with care. Judged by a verb like fetch beside a parameter like url: likely, not certain.
    """

    def trouble(item: Item) -> str:
        word = verb(item, _FETCHING)
        urls = [name for name in parameters(item) if _URL.fullmatch(name)]
        return f"openWorldHint is false, and it is likely to {word} what {urls[0]!r} names" if word and urls else ""

    return _judged(seen, lambda item: _hint(item, "openWorldHint") is False, trouble, "openWorldHint: false")


def _base(word: str) -> str:
    return word.removesuffix("s")
