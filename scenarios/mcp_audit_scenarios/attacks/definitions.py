"""What a server says of itself and of what it offers, as the survey has read it: the scenario, and plain rules."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mcp_audit_harness.declare import Verdicts, check, scenario
from mcp_audit_harness.model import Category, Exchange, Severity, Verdict, failed, not_observed, passed
from mcp_audit_harness.probe import Probe

from ..conformance.inventory import LISTS, Item
from .occasions import newest_of_era
from .spoken import Said, defined, listed, shown_text

_SURVEY: Final = "survey"
_OPENINGS: Final = ("initialize", "server/discover")
_MOST_VERDICTS, _SHOWN = 10, 5
_MOST_TOOLS: Final = 128
"""What OpenAI's API and Visual Studio Code take in one request."""
_LONGEST_TEXT: Final = 16_000
_MOST_CHARACTERS: Final = 400_000
"""About 100 000 tokens: half of a common context window, before the first word of the user."""
_SHELL: Final = re.compile(r"[`;|&<>\"\n\r\\]|\$[({]")


@dataclass(frozen=True, slots=True, eq=False)
class Definitions:
    """The first answer, and every page of every list."""

    openings: tuple[Exchange, ...]
    pages: tuple[Exchange, ...]

    def texts(self) -> list[Said]:
        """Return every text of the definitions."""
        return _texts(self)

    def items(self, *kinds: str) -> list[Item]:
        """Return what is listed, of some kinds or of all."""
        return [item for item in _items(self) if not kinds or item.kind in kinds]


@lru_cache(maxsize=4)
def _texts(seen: Definitions) -> list[Said]:
    """Walk the definitions once for all checks."""
    return defined(seen.openings, seen.pages)


@lru_cache(maxsize=4)
def _items(seen: Definitions) -> list[Item]:
    return listed(seen.pages)


@scenario(needs=(newest_of_era,))
async def definitions(probe: Probe) -> Definitions:
    """Look at what the survey was told: the introduction and all lists."""
    return Definitions(*told_to_survey(probe))


def told_to_survey(probe: Probe) -> tuple[tuple[Exchange, ...], tuple[Exchange, ...]]:
    """Return the introduction and the pages of lists that the survey was given."""
    told = [seen for seen in probe.transcript if seen.scenario == _SURVEY and seen.result is not None]
    openings = [seen for seen in told if seen.sent.method in _OPENINGS][:1]
    return tuple(openings), tuple(seen for seen in told if seen.sent.method in LISTS)


def judged(seen: Definitions, texts: Iterable[Said], trouble: Callable[[Said], str]) -> Verdicts:
    """Fail for each text in which `trouble` says what is wrong, once for each subject and trouble; else pass."""
    found: dict[tuple[str, str], Verdict] = {}
    for said in texts:
        if what := trouble(said):
            found.setdefault((said.subject, what), failed(what, said.shown, subject=said.subject))
    return spread(list(found.values())) or clean(seen)


def spread(failures: Sequence[Verdict]) -> list[Verdict]:
    """Return the first failure of each subject, as many as a reader can use."""
    first: dict[str, Verdict] = {}
    for verdict in failures:
        first.setdefault(verdict.subject, verdict)
    return list(first.values())[:_MOST_VERDICTS]


def clean(seen: Definitions) -> Verdict:
    """Return PASS with what was looked at; NOT_OBSERVED if nothing was."""
    shown = [one for one in (*seen.openings, *seen.pages) if one.answered]
    return passed(*shown[:_SHOWN]) if shown else not_observed("the server has not said what it offers")


@check(
    definitions,
    id="definitions/too-large",
    title="Definitions take more room than clients have",
    requirements=("definitions/moderate-size",),
    severity=Severity.LOW,
    category=Category.QUALITY,
    remediation="Shorten descriptions and instructions, offer fewer tools, or offer them when they are needed.",
    references=("OWASP MCP10:2025 Context Injection & Over-Sharing",),
)
def too_large(seen: Definitions) -> Verdicts:
    """Everything that is listed goes into the context of the model, in each conversation, and pushes out what the user
    said; instructions can be buried there. Clients cut long texts and refuse more than 128 tools. Judged are texts of
    more than 16 000 characters, definitions of more than 400 000 in all, and more than 128 tools.
    """
    texts = seen.texts()
    total, tools = sum(len(said.text) for said in texts), len(seen.items("tools"))
    shown = (*seen.pages, *seen.openings)
    failures = [
        failed(f"{said.place} has {len(said.text)} characters", said.shown, subject=said.subject)
        for said in texts
        if len(said.text) > _LONGEST_TEXT
    ]
    if total > _MOST_CHARACTERS:
        failures.append(failed(f"all texts together have {total} characters", *shown[:_SHOWN], subject="server"))
    if tools > _MOST_TOOLS:
        failures.append(failed(f"{tools} tools are listed", *shown[:_SHOWN], subject="list:tools"))
    return spread(failures) or clean(seen)


@check(
    definitions,
    id="definitions/name-with-shell-characters",
    title="Name has characters that mean something to a shell",
    requirements=("definitions/plain-names",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Name the server and its prompts with letters, digits, blanks, dots, hyphens and underscores.",
    references=("CVE-2025-62801", "CVE-2025-64340", "https://cwe.mitre.org/data/definitions/78.html"),
)
def name_with_shell_characters(seen: Definitions) -> Verdicts:
    """Installers and clients put the name of a server into command lines, file names and configuration. Where one of
    them forgets to quote, a name with an ampersand or a backtick runs a command. Names of tools have a check of their
    own.
    """

    def trouble(said: Said) -> str:
        found = _SHELL.search(said.text)
        return f"the name '{shown_text(said.text, 60)}' has '{shown_text(found.group())}' in it" if found else ""

    return judged(seen, _names(seen), trouble)


def _names(seen: Definitions) -> list[Said]:
    """Return the name of the server and of each prompt."""
    return [
        said
        for said in seen.texts()
        if said.place == "serverInfo/name" or (said.place == "name" and said.subject.startswith("prompt:"))
    ]
