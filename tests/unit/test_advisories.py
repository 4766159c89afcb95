"""Which advisories a server has to do with: by its own words, by its answers, by its behaviour."""

from dataclasses import replace

import pytest
from mcp_audit_harness.advisories import identity, introductions, marked, matching, named
from mcp_audit_harness.model import (
    Advisory,
    AdvisoryDatabase,
    Affected,
    KnownServer,
    Mark,
    Package,
    Relation,
    Severity,
    Transport,
)
from mcp_audit_scenarios.advisories import load_advisories

from tests.exchanges import exchange

SDK, GIT, OTHER = Package("PyPI", "mcp"), Package("PyPI", "mcp-git-server"), Package("npm", "files-server")


def advisory(name: str, package: Package, versions: str, *proven_by: str, component: str = "server") -> Advisory:
    affected = (Affected(package, (versions,), "9.9.9"),)
    return Advisory(name, (), component, Severity.HIGH, "2026-01-01", (), "Bad.", affected, proven_by=proven_by)


DATABASE = AdvisoryDatabase(
    advisories=(
        advisory("CVE-1", SDK, "<1.23.0", "rebinding/host", component="server-sdk"),
        advisory("CVE-2", OTHER, "<2.0.0", "rebinding/host", "paths/link"),
        advisory("CVE-3", SDK, "<1.30.0", component="client-sdk"),
    ),
    servers=(KnownServer("mcp-git", GIT, SDK), KnownServer("secure-files", OTHER)),
    marks=(Mark(SDK, '"id":"server-error"'),),
)


def relations(check: str, info: dict[str, object], *bodies: str) -> list[tuple[str, Relation]]:
    marks = marked([exchange(body=body) for body in bodies], DATABASE)
    return [
        (item.id, item.relation) for item in named(check, identity([info], Transport.HTTP, DATABASE), marks, DATABASE)
    ]


def test_a_version_that_agrees_with_the_behaviour_confirms_an_advisory() -> None:
    info: dict[str, object] = {"name": "mcp-git", "version": "1.22.0"}
    assert relations("rebinding/host", info) == [("CVE-1", Relation.CONFIRMED), ("CVE-2", Relation.RELATED)]


def test_a_fixed_version_with_the_behaviour_is_only_related() -> None:
    info: dict[str, object] = {"name": "mcp-git", "version": "1.23.0"}
    assert relations("rebinding/host", info) == [("CVE-1", Relation.RELATED), ("CVE-2", Relation.RELATED)]


def test_a_known_name_without_a_version_makes_an_advisory_possible() -> None:
    info: dict[str, object] = {"name": "secure-files", "version": "0.2.0"}
    assert relations("paths/link", info) == [("CVE-2", Relation.POSSIBLE)]


def test_the_wording_of_answers_makes_an_advisory_possible() -> None:
    body = '{"jsonrpc":"2.0","id":"server-error","error":{}}'
    assert relations("rebinding/host", {"name": "mine"}, "{}", body)[0] == ("CVE-1", Relation.POSSIBLE)


def test_the_name_of_a_package_in_the_database_stands_for_it() -> None:
    known = identity([{"name": "files-server", "version": "1.9.0"}], Transport.STDIO, DATABASE)
    assert [(found.id, version) for found, _, version in matching(known, DATABASE)] == [("CVE-2", "1.9.0")]


@pytest.mark.parametrize("info", [{}, {"name": None}, {"name": ["mcp-git"]}, {"name": "mcp-git", "version": 1}])
def test_odd_words_about_oneself_match_nothing(info: dict[str, object]) -> None:
    assert list(matching(identity([info], Transport.STDIO, DATABASE), DATABASE)) == []


def test_what_is_about_http_says_nothing_of_a_stdio_server() -> None:
    http = AdvisoryDatabase((replace(DATABASE.advisories[0], http_only=True),), DATABASE.servers)
    info = {"name": "mcp-git", "version": "1.22.0"}
    assert list(matching(identity([info], Transport.HTTP, http), http))
    assert not list(matching(identity([info], Transport.STDIO, http), http))


def test_a_server_introduces_itself_in_server_info_and_in_banners() -> None:
    headers = (("server", "files-server/1.2.3 (Linux)"), ("x-powered-by", "Express"))
    opening = exchange(result={"serverInfo": {"name": "mcp-git"}}, method="initialize", headers=headers)
    said = introductions([opening, exchange(result={"serverInfo": {"name": "no opening"}})])
    assert said == ({"name": "mcp-git"}, {"name": "files-server", "version": "1.2.3"})


def test_an_advisory_on_clients_is_no_matter_of_servers() -> None:
    known = identity([{"name": "mcp-git", "version": "1.29.0"}], Transport.STDIO, DATABASE)
    assert list(matching(known, DATABASE)) == []


def test_every_advisory_of_the_database_can_be_read() -> None:
    database = load_advisories()
    assert len(database.advisories) >= 93
    assert [row.id for row in database.advisories if not (row.summary and row.confirmation and row.url)] == []
    assert [row.id for row in database.advisories if not row.affected] == []
