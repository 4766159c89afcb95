"""`nox -s audit`: the same gate at the desk and in CI."""

import nox


@nox.session
def audit(session: nox.Session) -> None:
    """Audit the server over stdio; arguments behind `--` go to mcp-audit."""
    session.install(".", "mcp-audit")
    session.run("mcp-audit", "--fail-on", "high", *session.posargs, "--", "python", "server.py")
