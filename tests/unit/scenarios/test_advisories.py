"""What a server says of its version, against published advisories."""

from mcp_audit_harness.model import Package, Status, Transport
from mcp_audit_harness.versions import in_any
from mcp_audit_scenarios import catalogue
from mcp_audit_scenarios.advisories import load_advisories
from mcp_audit_scenarios.attacks.advisories import Introductions, known_vulnerable_version

from tests.exchanges import exchange, verdicts
from tests.third_party.advisories import replays


def said(*infos: dict[str, object], transport: Transport = Transport.HTTP) -> Introductions:
    openings = [exchange(result={"serverInfo": info}, method="initialize", transport=transport) for info in infos]
    return Introductions(tuple(openings), transport)


def test_a_version_with_an_advisory_is_named_with_it() -> None:
    found = verdicts(known_vulnerable_version, said({"name": "mcp-server-kubernetes", "version": "3.5.1"}))
    assert [verdict.status for verdict in found] == [Status.FAIL]
    assert found[0].subject == "advisory:CVE-2026-46519"
    assert "<3.6.0" in found[0].message


def test_the_version_of_an_sdk_counts_over_the_transport_that_the_advisory_is_about() -> None:
    info: dict[str, object] = {"name": "mcp-git", "version": "1.22.0"}
    http = verdicts(known_vulnerable_version, said(info))
    assert "advisory:CVE-2025-66416" in [verdict.subject for verdict in http]
    stdio = verdicts(known_vulnerable_version, said(info, transport=Transport.STDIO))
    assert [verdict.status for verdict in stdio] == [Status.PASS]


def test_a_version_without_an_advisory_passes() -> None:
    found = verdicts(known_vulnerable_version, said({"name": "mcp-server-kubernetes", "version": "3.6.0"}))
    assert [verdict.status for verdict in found] == [Status.PASS]


def test_an_unknown_name_passes_and_says_what_was_looked_up() -> None:
    (found,) = verdicts(known_vulnerable_version, said({"name": "mine", "version": "1"}))
    assert (found.status, found.message) == (Status.PASS, "no advisory is known for mine 1")


def test_a_server_that_does_not_say_what_it_is_was_not_observed() -> None:
    assert verdicts(known_vulnerable_version, said())[0].status is Status.NOT_OBSERVED
    assert verdicts(known_vulnerable_version, said({"name": "mine"}))[0].status is Status.NOT_OBSERVED


def test_a_version_that_says_nothing_of_the_package_was_not_observed() -> None:
    info: dict[str, object] = {"name": "secure-filesystem-server", "version": "0.2.0"}
    assert verdicts(known_vulnerable_version, said(info))[0].status is Status.NOT_OBSERVED


def test_what_proves_an_advisory_is_a_check() -> None:
    ids = {check.id for check in catalogue().checks}
    rows = load_advisories().advisories
    assert [(row.id, check) for row in rows for check in row.proven_by if check not in ids] == []


def test_what_is_replayed_proves_its_advisory() -> None:
    rows = {row.id: row for row in load_advisories().advisories}
    wrong = [replay.advisory for replay in replays() if not {*replay.checks} <= {*rows[replay.advisory].proven_by}]
    assert wrong == []
    assert len(replays()) >= 15


def test_what_is_replayed_is_affected_in_the_one_version_and_not_in_the_other() -> None:
    rows = {row.id: row for row in load_advisories().advisories}
    for replay in replays():
        ecosystem, _, name = replay.package.partition(":")
        ranges = [item.versions for item in rows[replay.advisory].affected if item.package == Package(ecosystem, name)]
        assert len(ranges) == 1, replay.advisory
        assert in_any(ecosystem, replay.vulnerable, ranges[0]), replay.advisory
        assert not in_any(ecosystem, replay.fixed, ranges[0]), replay.advisory


def test_what_proves_an_advisory_is_known_by_the_attacks_that_it_names() -> None:
    rows = load_advisories().advisories
    assert [row.id for row in rows if row.proven_by and not row.attacks] == []
