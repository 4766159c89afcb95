"""The duties that our checks hold servers to. Ours are not in the specification, and so their level is ADVICE."""

from mcp_audit_harness.model import Citation, Level, Requirement, Revision

_PAGE = "https://handbook.example/mcp-servers#names"

RULES = (
    Requirement(
        id="house/names-begin-alike",
        text="The names of all tools of a server begin with the same word, followed by an underscore.",
        citations=tuple(Citation(revision, Level.ADVICE, _PAGE) for revision in Revision),
    ),
)
