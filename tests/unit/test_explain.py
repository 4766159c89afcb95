"""What `explain` and the generated pages say of checks, requirements and features."""

from dataclasses import dataclass

import pytest
from mcp_audit_harness.api import load_catalogue
from mcp_audit_harness.catalogue import Catalogue
from mcp_audit_harness.cli.check_pages import pages
from mcp_audit_harness.cli.explain import check_lines, explain_command, feature_lines, requirement_lines
from mcp_audit_harness.cli.probing import probed, reproduced
from mcp_audit_harness.cli.usage import UsageError
from mcp_audit_harness.declare import Bench, Check, Feature, capability, check, feature, listed, scenario
from mcp_audit_harness.model import (
    STDIO_ONLY,
    Category,
    Citation,
    Example,
    Impact,
    Level,
    Priority,
    Requirement,
    Revision,
    Role,
    Severity,
    Sighting,
    Verdict,
    not_observed,
    unseen,
)
from mcp_audit_harness.probe import Probe

PAGE = "specification/2025-11-25/server/tools"
CITED = (Citation(Revision.V2025_11_25, Level.MUST, PAGE, "names"),)
DUTY = Requirement("tools/named", "Every tool has a name.", CITED)
HIDDEN = Requirement(
    "tools/kept", "Tools are kept.", CITED, Role.BOTH, "not-observable", applies_if="tools", excluded="out of sight"
)
THEIRS = Requirement("tools/shown", "Clients show tools.", CITED, Role.CLIENT)
MAY = Requirement("tools/titled", "Tools may have titles.", CITED)
EXAMPLE = Example("tools/nameless", "2025-11-25", "stdio", "It has no name.", "ask", '{"a": 1}', '{"a": "```"}')


@dataclass(frozen=True, slots=True)
class Facts:
    """Nothing."""


@scenario(impact=Impact.PROBING, needs=(capability("tools"), listed("tools")))
async def looks(probe: Probe) -> Facts:
    """Look at the list."""
    return Facts()


@scenario(observes=True)
async def watches(probe: Probe) -> Facts:
    return Facts()


@scenario(transports=STDIO_ONLY, bench=Bench.DIAGNOSTICS, alone=True)
async def types(probe: Probe) -> Facts:
    return Facts()


def _check(source: object, name: str) -> Check:
    @check(
        source,  # type: ignore[arg-type]
        id=name,
        title=f"About {name}",
        requirements=(DUTY.id,),
        severity=Severity.LOW,
        category=Category.CONFORMANCE,
        remediation="Name it.",
        references=("https://example.com/why",),
    )
    def judge(_: Facts) -> Verdict:
        """Nobody can call what has no name."""
        return not_observed("nothing")

    return judge


@feature(
    looks,
    id="tools/titles",
    title="Titles",
    since="2025-06-18",
    page="server/tools#titles",
    priority=Priority.LOW,
    remediation="Add titles.",
    requirements=(MAY.id,),
)
def titles(_: Facts) -> Sighting:
    """People read titles."""
    return unseen("nothing")


TITLES: Feature = titles
NAMELESS = _check(looks, "tools/nameless")
WATCHED = _check(watches, "tools/watched")
TYPED = _check(types, "tools/typed")
CATALOGUE = Catalogue(
    (NAMELESS, WATCHED, TYPED), (DUTY, HIDDEN, THEIRS, MAY), (TITLES,), {"tools/nameless": EXAMPLE}.get
)


def test_a_scenario_is_told_by_its_words_its_impact_and_its_needs() -> None:
    assert probed(NAMELESS) == [
        "Look at the list.",
        "It sends something malformed or odd, beside the same without the defect; no state is changed.",
        "It needs a server that declares tools, and tools in the lists of the server.",
    ]
    assert probed(WATCHED)[0].startswith("It sends nothing of its own")
    assert probed(TYPED)[0].endswith("No other conversation goes on meanwhile.")


def test_the_commands_that_show_a_check_fit_what_it_needs() -> None:
    assert [command for command, _ in reproduced(NAMELESS)] == ["mcp-audit URL --only tools/nameless"]
    assert [command for command, _ in reproduced(WATCHED)] == ["mcp-audit URL"]
    assert [command for command, _ in reproduced(TYPED)] == ["mcp-audit --call all --only tools/typed -- COMMAND"]


def test_the_reference_server_shows_the_checks_that_it_has_faults_for() -> None:
    own = {check.id: [command for command, _ in reproduced(check)] for check in load_catalogue().checks}
    assert own["tools/duplicate-name"] == [
        "mcp-audit URL --only tools/duplicate-name",
        "mcp-audit demo --fault tools/duplicate-name",
    ]
    assert own["leaks/environment-in-answer"] == [
        "mcp-audit --call all --only leaks/environment-in-answer -- COMMAND",
        "mcp-audit calibrate --only 'fault leaks/environment-in-answer'",
    ]
    assert {len(commands) for commands in own.values()} == {2}


def test_a_check_is_explained_with_what_was_recorded_of_it() -> None:
    text = "\n".join(check_lines(NAMELESS, CATALOGUE))
    for part in ("Nobody can call", "before, with the fault", '{"a": 1}', "after, without it", "> It has no name."):
        assert part in text
    assert "before, with" not in "\n".join(check_lines(WATCHED, CATALOGUE))


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        (DUTY, ("binds       server", "seen by     anybody", "judged by   tools/nameless: About tools/nameless")),
        (HIDDEN, ("binds       server and client", "excluded    out of sight", "applies if  tools", "nobody from")),
        (THEIRS, ("binds       client", "judged by   nothing: it does not bind servers")),
        (MAY, ("answered by tools/titles: Titles",)),
    ],
)
def test_a_requirement_is_explained_with_who_judges_it(row: Requirement, parts: tuple[str, ...]) -> None:
    text = "\n".join(requirement_lines(row, CATALOGUE))
    for part in (*parts, "2025-11-25  MUST", f"https://modelcontextprotocol.io/{PAGE}#names"):
        assert part in text


def test_a_feature_is_explained_with_its_section() -> None:
    text = "\n".join(feature_lines(TITLES, CATALOGUE))
    for part in ("People read titles.", "since       revision 2025-06-18", "Add titles.", "tools/titled"):
        assert part in text


def test_a_page_shows_before_and_after_in_blocks_that_hold() -> None:
    page = dict(pages(CATALOGUE))["tools/nameless.md"]
    for part in (
        "## Why it matters",
        "## How it is probed",
        'Before, with the fault:\n\n```text\n{"a": 1}\n```',
        'After, without it:\n\n````text\n{"a": "```"}\n````',
        "| since | 0.1.0 |",
        "- https://example.com/why",
    ):
        assert part in page
    assert "Before" not in dict(pages(CATALOGUE))["tools/watched.md"]


def test_requirements_and_features_of_the_catalogue_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("basic/meta-prefix-labels", "logging/log-messages", "tools/duplicate-name"):
        assert explain_command(name) == 0
        assert name in capsys.readouterr().out


def test_an_unknown_id_is_answered_with_close_ones() -> None:
    with pytest.raises(UsageError, match="did you mean basic/meta-prefix-labels"):
        explain_command("basic/meta-prefix-label")
    with pytest.raises(UsageError, match="which one"):
        explain_command(None)
