"""The page in a browser: filters, findings, copying, keys, what a hostile target can do to it, and axe."""

import dataclasses
import enum
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp_audit_harness.model import Report
from mcp_audit_reports.html import render

from tests.browser import Page, browser, chromium
from tests.e2e.schemas import axe_script
from tests.unit.reports.load_samples import LOADED
from tests.unit.reports.samples import FINDINGS, FUZZED
from tests.unit.reports.source_samples import SOURCED

PROGRAM = chromium()
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium or Chrome on this machine"),
]
PAYLOAD = (
    "</pre></script></style></title><script>window.reached = 1; alert(1)</script>"
    "<img src=x onerror='window.reached = 1'>"
    '" onmouseover="window.reached = 1" x=\'<svg onload=window.reached=1><a href="javascript:window.reached=1">'
)
MANY = replace(
    SOURCED,
    loads=LOADED["hostile"].loads,
    fuzzing=FUZZED.fuzzing,
    findings=(
        *SOURCED.findings,
        *(replace(FINDINGS[1], id=f"M{place}", title=f"Of many the {place}.", subject="") for place in range(40)),
    ),
)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    assert PROGRAM is not None
    with browser(PROGRAM) as found:
        yield found


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> Iterator[Page]:
    """The page of a report with everything in it; whatever it complained about fails the test."""
    _open(page, MANY, tmp_path)
    yield page
    assert page.complaints == []
    assert {url.partition("#")[0] for url in page.requests} == {(tmp_path / "report.html").as_uri()}


def _open(page: Page, report: Report, directory: Path) -> None:
    file = directory / "report.html"
    file.write_text(render(report), encoding="utf-8")
    page.complaints.clear()
    page.requests.clear()
    page.look()
    page.open(file)


def _rows(page: Page, name: str) -> int:
    return int(page.run(f"document.querySelectorAll('#{name} [data-row]:not([hidden])').length"))


def _count(page: Page, name: str) -> str:
    return str(page.run(f"document.querySelector('[data-count={name}]').textContent"))


def _choose(page: Page, field: str, value: str) -> None:
    page.run(
        f"(() => {{ const field = document.getElementById('{field}'); field.value = {value!r};"
        " field.dispatchEvent(new Event('change')); })()"
    )


def test_filters_leave_the_findings_that_are_asked_for_and_say_how_many(shown: Page) -> None:
    every = len(MANY.findings)
    assert _count(shown, "found") == f"{every} of {every} shown"
    _choose(shown, "found-severity", "high")
    high = sum(finding.severity == "high" for finding in MANY.findings)
    assert _rows(shown, "found") == high
    assert _count(shown, "found") == f"{high} of {every} shown"
    shown.click("[data-reset=found]")
    assert _rows(shown, "found") == every


def test_a_text_is_looked_for_while_it_is_typed(shown: Page) -> None:
    shown.click("#found-text")
    shown.call("Input.insertText", text="OF MANY THE 7.")
    shown.await_("document.querySelector('[data-count=found]').textContent.startsWith('1 of')")
    assert shown.run("document.querySelector('#found [data-row]:not([hidden]) .id').textContent") == "M7"


def test_filters_of_the_matrix_work_together(shown: Page) -> None:
    every = _rows(shown, "duties")
    for field, value in {"state": "f", "level": "MUST", "at": "0"}.items():
        before = _rows(shown, "duties")
        _choose(shown, f"duties-{field}", value)
        assert _rows(shown, "duties") <= before
    assert _rows(shown, "duties") == 1
    assert shown.run("document.querySelectorAll('details.area:not([hidden])').length") == 1
    shown.click("[data-reset=duties]")
    assert _rows(shown, "duties") == every


def test_a_cell_of_the_heat_map_opens_its_duties(shown: Page) -> None:
    shown.click(".heat a[aria-label^='tools at 2025-11-25']")
    shown.await_("location.hash.startsWith('#area-')")
    areas = "[...document.querySelectorAll('details.area:not([hidden])')]"
    assert shown.run(f"{areas}.map((area) => area.querySelector('strong').textContent)") == ["tools"]
    assert shown.run(f"{areas}[0].open")
    assert shown.run("document.getElementById('duties-at').selectedOptions[0].text") == "2025-11-25"


def test_a_finding_opens_and_shows_request_and_answer(shown: Page) -> None:
    shown.click("#finding-1 > summary")
    shown.await_("document.getElementById('finding-1').open")
    shown.click("[data-all=found]")
    assert shown.run("[...document.querySelectorAll('#found > details')].every((one) => one.open)")
    assert shown.run("document.querySelector('.pair').getBoundingClientRect().height") > 40
    assert shown.run("document.querySelectorAll('.exchange mark').length") > 0


def test_a_command_is_copied_as_it_is_shown(shown: Page) -> None:
    shown.grant("clipboardReadWrite", "clipboardSanitizedWrite")
    shown.click("[data-copy=reproduce-0]")
    shown.await_("document.querySelector('[data-copy=reproduce-0]').textContent === 'Copied'")
    assert shown.run("document.getElementById('said').textContent") == "Copied to the clipboard"
    assert shown.run("navigator.clipboard.readText()") == shown.run(
        "document.getElementById('reproduce-0').textContent"
    )


def test_a_link_to_a_finding_opens_it_even_where_a_filter_hid_it(shown: Page) -> None:
    _choose(shown, "found-severity", "info")
    shown.click("#summary a[href='#finding-0']")
    shown.await_("document.getElementById('finding-0').open && !document.getElementById('finding-0').hidden")
    assert shown.run("document.activeElement.closest('details').id") == "finding-0"


def test_everything_can_be_reached_by_keys(shown: Page) -> None:
    shown.press("Tab", 9)
    assert shown.run("document.activeElement.className") == "skip"
    shown.press("Enter", 13)
    shown.await_("location.hash === '#main'")
    shown.run("document.querySelector('#finding-1 > summary').focus()")
    shown.press("Enter", 13)
    shown.await_("document.getElementById('finding-1').open")


def test_the_theme_follows_the_system_until_it_is_chosen(shown: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = shown.run(ground)
    shown.look(dark=True)
    dark = shown.run(ground)
    assert dark != light
    assert shown.run("document.getElementById('theme').getAttribute('aria-pressed')") == "true"
    shown.click("#theme")
    assert shown.run(ground) == light
    shown.look(dark=True, media="print")
    assert shown.run(ground) == light


def test_nothing_is_wider_than_a_narrow_window(shown: Page) -> None:
    shown.look(width=480)
    assert shown.run("document.documentElement.scrollWidth") <= 480


def _hostile(value: Any) -> Any:
    """Return the same with markup and script in every text of it."""
    match value:
        case enum.Enum():
            return value
        case str():
            return value + PAYLOAD
        case tuple() | list():
            return type(value)(_hostile(item) for item in value)
        case dict():
            return {_hostile(key): _hostile(item) for key, item in value.items()}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {item.name: _hostile(getattr(value, item.name)) for item in dataclasses.fields(value) if item.init}
            return type(value)(**fields)
        case _:
            return value


def test_a_hostile_target_reaches_nothing(page: Page, tmp_path: Path) -> None:
    _open(page, MANY, tmp_path)
    known = set(page.run("[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))]"))
    _open(page, _hostile(MANY), tmp_path)
    page.click("[data-all=found]")
    page.run("for (const one of document.querySelectorAll('details')) one.open = true")
    page.run("new Promise((done) => setTimeout(done, 200))")
    assert page.run("typeof window.reached") == "undefined"
    assert page.complaints == []
    assert {url.partition("#")[0] for url in page.requests} == {(tmp_path / "report.html").as_uri()}
    found = set(page.run("[...new Set([...document.querySelectorAll('*')].map((one) => one.localName))]"))
    assert found <= known
    assert page.run("[...document.querySelectorAll('a')].every((one) => /^(#|https?:)/.test(one.getAttribute('href')))")
    assert page.run("document.body.textContent.includes('alert(1)')")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 480])
def test_axe_has_nothing_against_it(
    page: Page, tmp_path: Path, pytestconfig: pytest.Config, width: int, *, dark: bool
) -> None:
    script = axe_script(pytestconfig)
    _open(page, MANY, tmp_path)
    page.look(width=width, dark=dark)
    page.run("document.querySelectorAll('#found > details').forEach((one, place) => { one.open = place < 4; })")
    page.run(f"{script}\n;0")
    kept = "({violations}) => violations.map((one) => [one.id, one.nodes.slice(0, 3).map((node) => node.html)])"
    assert page.run(f"axe.run(document, {{resultTypes: ['violations']}}).then({kept})") == []
