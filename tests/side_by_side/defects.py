"""What is planted in the vulnerable server, and how each tool would say that it found it."""

from dataclasses import dataclass

_INJECTION = r"inject"


@dataclass(frozen=True, slots=True)
class Defect:
    """One planted defect."""

    name: str
    ours: tuple[str, ...]
    """Ids of the checks of which one finds it."""
    theirs: str
    """A regular expression for the lines `rule tool message` of the other tools."""
    subject: str = ""
    """What our finding is about, if that matters: two defects of a kind are told apart by it."""
    with_token: bool = False
    """Whether it is planted in the mode that asks for tokens."""


DEFECTS = (
    Defect(
        "path traversal",
        ("paths/reads-any-file", "paths/leaves-allowed-directory", "paths/climbs-out", "paths/climbs-out-encoded"),
        r"path.traversal.*read_note",
        "tool:read_note",
    ),
    Defect("symlink escape", ("paths/follows-links-outside",), r"(traversal|symlink).*read_page", "tool:read_page"),
    Defect(
        "sibling-prefix escape",
        ("paths/takes-sibling-for-allowed",),
        r"(traversal|prefix|sibling).*read_document",
        "tool:read_document",
    ),
    Defect(
        "missing body limit", ("exhaustion/unbounded-body", "exhaustion/unbounded-chunked-body"), r"unbounded.*body"
    ),
    Defect("memory leak per call", ("churn/memory-per-call",), r"memory.*(leak|grow)"),
    Defect("SSRF by a fetch tool", ("ssrf/reaches-loopback",), r"ssrf", "tool:fetch_url"),
    Defect(
        "command injection",
        ("injection/runs-shell-commands", "injection/runs-commands-unseen"),
        r"(cmd|command).?" + _INJECTION,
        "tool:check_host",
    ),
    Defect(
        "argument injection",
        ("injection/reads-text-as-option",),
        r"(arg|argument|option).?" + _INJECTION,
        "tool:search_lines",
    ),
    Defect("SQL injection", ("injection/text-changes-sql",), r"sql.?" + _INJECTION, "tool:find_user"),
    Defect("hidden Unicode in a description", ("definitions/hidden-text",), r"hidden.?unicode", "tool:search_lines"),
    Defect(
        "tool poisoning",
        ("definitions/orders-to-model",),
        r"(tool.poisoning.*find_user|MCP-014.*find_user|prompt_injection_phrasing)",
        "tool:find_user",
    ),
    Defect(
        "stack trace in an error", ("leaks/stack-trace-in-error",), r"(error_leakage|stack.?trace|info_leak).*divide"
    ),
    Defect("secret in output", ("leaks/secret-in-answer", "leaks/likely-secret-in-answer"), r"secret.*show_config"),
    Defect("DNS rebinding: foreign Origin", ("rebinding/accepts-foreign-origin",), r"origin"),
    Defect("DNS rebinding: foreign Host", ("rebinding/accepts-foreign-host",), r"host.header"),
    Defect("CORS wildcard", ("rebinding/lets-any-page-read",), r"\bcors\b|wildcard"),
    Defect("session served after DELETE", ("sessions/serves-ended-session",), r"session.binding"),
    Defect("predictable session ids", ("sessions/id-guessable",), r"(predictable|guess|entropy)"),
    Defect(
        "escape sequences in output",
        ("outputs/terminal-escapes", "content/hidden-characters-in-output"),
        r"(ansi|escape|control.char).*show_status",
    ),
    Defect(
        "output schema violated",
        ("tools/structured-content-breaks-schema",),
        r"(output|structured).*schema.*count_words",
        "tool:count_words",
    ),
    Defect(
        "missing authentication on one method",
        ("authorization/method-skips-authorization",),
        r"auth.?bypass|unauthenticated",
        with_token=True,
    ),
)
