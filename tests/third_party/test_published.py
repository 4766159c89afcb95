"""What reports/published says is whole and up to date in itself; no server is started."""

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.model import Revision

from .judged import PUBLISHED, Judged, merged, read
from .publish import README, readme, scrubbed
from .servers import SERVERS, Server


def test_every_published_finding_has_a_page_and_a_reason() -> None:
    assert [check for check, item in read().items() if not item.page or len(item.reasoning) < 40] == []


def test_published_findings_speak_of_servers_that_are_audited() -> None:
    titles = {server.title for server in SERVERS}
    assert [(check, title) for check, item in read().items() for title in item.seen if title not in titles] == []


def test_published_findings_speak_of_checks_that_exist_at_their_revisions() -> None:
    catalogue = load_catalogue()
    checks = {check.id: check for check in catalogue.checks}
    assert [check for check in read() if check not in checks] == []
    strange = [
        (check, title, revision)
        for check, item in read().items()
        for title, revisions in item.seen.items()
        for revision in revisions
        if not catalogue.applies(checks[check], Revision(revision))
    ]
    assert strange == []


def test_the_published_table_is_the_one_of_the_findings() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == readme(read().values(), text)


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.slug)
def test_every_server_has_a_published_report_without_port_or_directory(server: Server) -> None:
    text = (PUBLISHED / f"{server.slug}.md").read_text(encoding="utf-8")
    assert text == scrubbed(text)


@pytest.mark.parametrize(
    ("seen", "published"),
    [
        ("| Audited | 2026-11-21 |\n| Target |", "| Target |"),
        ("http://127.0.0.1:40981/mcp", "http://127.0.0.1:8000/mcp"),
        ("-H 'host: attacker.example:43147'", "-H 'host: attacker.example:8000'"),
        ("no file at /tmp/mcp-audit-0sfgshv_/files", "no file at /scratch/files"),
        (
            "-H 'last-event-id: f9f65c54-1979-4af8-9edf-4a6595cf50b7'",
            "-H 'last-event-id: 00000000-0000-0000-0000-000000000000'",
        ),
        (
            """  --data-binary '{"method":"ping","id":14,"params":{}}'""",
            """  --data-binary '{"method":"ping","id":1,"params":{}}'""",
        ),
        ("""  --data-binary '{"id":458416247}'""", """  --data-binary '{"id":458416247}'"""),
        ("""the answer to "id":14,""", """the answer to "id":14,"""),
    ],
)
def test_what_differs_from_run_to_run_is_not_published(seen: str, published: str) -> None:
    assert scrubbed(seen) == published


def test_an_audit_replaces_what_was_seen_before_and_leaves_what_was_written_by_hand() -> None:
    old = {"a/b": Judged("a/b", "page", "reason", {"one 1 stdio": ("2024-11-05",), "gone 0 stdio": ("2024-11-05",)})}
    new = merged(old, {"two 1 stdio": {"a/b": ("2025-11-25",), "c/d": ("2025-11-25",)}}, {"one 1 stdio", "two 1 stdio"})
    assert new["a/b"] == Judged(
        "a/b", "page", "reason", {"one 1 stdio": ("2024-11-05",), "two 1 stdio": ("2025-11-25",)}
    )
    assert new["c/d"] == Judged("c/d", "", "", {"two 1 stdio": ("2025-11-25",)})
