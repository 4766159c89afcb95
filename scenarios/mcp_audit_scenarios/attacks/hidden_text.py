"""Text in definitions that people do not see as models do: tag characters, characters without a shape, escapes."""

from typing import Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, Severity

from .definitions import Definitions, definitions, judged
from .invisible import far_apart, hidden_words, mixed_scripts, terminal_codes, unseen
from .spoken import Said, shown_text

_POISONING: Final = "OWASP MCP03:2025 Tool Poisoning"


@check(
    definitions,
    id="definitions/hidden-text",
    title="Definition holds text that only a model can read",
    requirements=("definitions/nothing-hidden",),
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Find out how the characters came in, and take them out: tags, variation selectors, zero-width runs.",
    references=(_POISONING, "https://cwe.mitre.org/data/definitions/1007.html"),
)
def hidden_text(seen: Definitions) -> Verdicts:
    """Letters can be written in characters without any shape: Unicode tags, variation selectors, patterns of zero-width
    spaces. A person who approves the tool sees nothing, and the model reads an instruction. The finding says what the
    characters spell, so it is no guess. Flags and emoji are left alone.
    """

    def trouble(said: Said) -> str:
        words = hidden_words(said.text)
        return f"{said.place} holds hidden characters that spell '{shown_text(words)}'" if words else ""

    return judged(seen, seen.texts(), trouble)


@check(
    definitions,
    id="definitions/invisible-characters",
    title="Definition has characters without a shape, or that turn its writing around",
    requirements=("definitions/nothing-hidden",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Take zero-width characters and controls of the writing direction out of everything that you list.",
    references=(_POISONING, "CVE-2021-42574", "https://cwe.mitre.org/data/definitions/1007.html"),
)
def invisible_characters(seen: Definitions) -> Verdicts:
    """What reads alike need not be alike: a zero-width space makes a second `read_file`, an override shows a text back
    to front. Joiners in scripts that need them, emoji, and directions in right-to-left texts do not count.
    """

    def trouble(said: Said) -> str:
        if said.place == "title" or hidden_words(said.text):
            return ""
        found = unseen(said.text)
        return f"{said.place} has {found}" if found else ""

    return judged(seen, seen.texts(), trouble)


@check(
    definitions,
    id="definitions/terminal-escapes",
    title="Definition has characters that steer a terminal",
    requirements=("definitions/no-control-characters",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Keep control characters but for tabs and line ends out of everything that you list.",
    references=(_POISONING, "https://cwe.mitre.org/data/definitions/150.html"),
)
def terminal_escapes(seen: Definitions) -> Verdicts:
    """Clients in terminals print names and descriptions. An escape sequence there can hide a line, rewrite what was
    approved, fill the clipboard (OSC 52) or show a link that leads elsewhere (OSC 8).
    """

    def trouble(said: Said) -> str:
        found = terminal_codes(said.text)
        return f"{said.place} has {found}" if found else ""

    return judged(seen, seen.texts(), trouble)


@check(
    definitions,
    id="definitions/lookalike-letters",
    title="Name mixes letters of several scripts that look alike",
    requirements=("definitions/plain-names",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Write names in the letters of one script.",
    references=("Unicode Technical Report 36", "https://cwe.mitre.org/data/definitions/1007.html"),
)
def lookalike_letters(seen: Definitions) -> Verdicts:
    """With one Cyrillic letter in it a name looks like the one that a person trusts, and is another. Names in
    one script, whichever it is, do not count.
    """

    def trouble(said: Said) -> str:
        if said.member not in {"name", said.text} and said.place != "serverInfo/name":
            return ""
        mixed = [word for word in said.text.replace("_", " ").replace("-", " ").split() if mixed_scripts(word)]
        return f"'{shown_text(mixed[0], 60)}' mixes {mixed_scripts(mixed[0])}" if mixed else ""

    return judged(seen, seen.texts(), trouble)


@check(
    definitions,
    id="definitions/text-out-of-sight",
    title="Description goes on after a gap that no window shows",
    requirements=("definitions/nothing-hidden",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Take long runs of blanks and empty lines out of descriptions.",
    references=(_POISONING, "https://cwe.mitre.org/data/definitions/451.html"),
)
def text_out_of_sight(seen: Definitions) -> Verdicts:
    """Two hundred blanks, or thirty empty lines, push the rest of a text out of the dialog in which a person approves
    it. The model reads on.
    """

    def trouble(said: Said) -> str:
        words = far_apart(said.text)
        return f"after a gap {said.place} goes on: '{shown_text(words, 80)}'" if words else ""

    return judged(seen, seen.texts(), trouble)
