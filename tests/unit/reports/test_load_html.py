"""The page about load: it fetches nothing, runs nothing, and says in words what it draws."""

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mcp_audit_harness.model import Status
from mcp_audit_harness.model.loading import Arrivals, Bottleneck, LoadRun
from mcp_audit_reports import render_load_html
from mcp_audit_reports.load.scales import Scale, around, clock, linear, logarithmic, nines, timed
from syrupy.assertion import SnapshotAssertion

from tests.unit.load.runs import load_run
from tests.unit.reports.hostile import STEADY, TEXTS, instances
from tests.unit.reports.load_samples import CALM, CALM_RUN, HOSTILE, HOSTILE_RUN, LOADED, verdict
from tests.unit.reports.pages import Page
from tests.unit.reports.samples import CLEAN, NEW

_ELEMENTS = """
    html head meta title style body header section h1 h2 h3 p span dl div dt dd small table caption thead tbody tr
    th td code figure figcaption ul li svg desc rect line text path circle details summary
"""


def page(report_run: LoadRun) -> Page:
    return Page(render_load_html(replace(CLEAN, loads=((NEW, report_run),))))


@pytest.mark.parametrize("name", LOADED)
def test_a_page_is_written_as_before(name: str, golden: SnapshotAssertion) -> None:
    text = render_load_html(LOADED[name])
    assert re.sub(r"(?<=<style>).*?(?=</style>)|(?<='sha256-)[^']*", "", text, flags=re.DOTALL) == golden


@STEADY
@given(instances(LoadRun), TEXTS)
def test_any_run_gives_a_page_of_our_elements_that_fetches_nothing(run: LoadRun, label: str) -> None:
    text = render_load_html(replace(CLEAN, target_label=label, loads=((NEW, run),)))
    found = Page(text)
    assert set(found.elements) <= set(_ELEMENTS.split())
    assert found.open == []
    assert not {name for _, name, _ in found.attributes if name.startswith("on")}
    assert not {name for _, name, _ in found.attributes} & {"style", "href", "src", "srcset", "action", "xlink:href"}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert "nan" not in {value for _, name, value in found.attributes if name in {"x", "y", "width", "cx", "cy"}}


def test_the_policy_allows_the_style_sheet_and_nothing_else() -> None:
    text = render_load_html(CALM)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    hashed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
    assert not re.search(r"url\(|@import|https?://|<script|javascript:", re.sub(r"<code>.*?</code>", "", text))


def test_a_target_cannot_mark_up_anything() -> None:
    text = render_load_html(HOSTILE)
    assert "<script" not in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_every_drawing_has_a_title_and_a_description_of_its_own() -> None:
    found = Page(render_load_html(HOSTILE))
    drawings = found.elements.count("svg")
    assert drawings == 9 + 6
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids)) == 2 * drawings
    labels = [value.split() for _, name, value in found.attributes if name == "aria-labelledby"]
    assert [name for label in labels for name in label] == ids


def test_drawings_without_anything_to_show_are_left_out() -> None:
    titles = re.findall(r"<figcaption><h3>([^<]*?) <", render_load_html(CALM))
    assert titles == [
        "Latency over time",
        "Latency by percentile",
        "Throughput",
        "Memory",
        "Processor",
        "Handles and threads",
    ]
    elsewhere = replace(CALM_RUN, processes=(), memory=None, handles=None, seconds=())
    titles = re.findall(r"<figcaption><h3>([^<]*?) <", render_load_html(replace(CALM, loads=((NEW, elsewhere),))))
    assert titles == ["Latency by percentile"]


def test_the_verdicts_come_before_the_drawings_with_words_and_not_colour_alone() -> None:
    text = render_load_html(HOSTILE)
    assert text.index("✗ fail") < text.index("<svg")
    assert '<span class="unsure">○ not observed</span>' in text


def test_other_verdicts_are_worded_as_what_is_wanted_and_what_does_not_apply_is_left_out() -> None:
    results = (
        *CALM.results,
        verdict("load/does-not-recover", Status.PASS, "an ordinary request was answered"),
        verdict("load/drops-streams", Status.NOT_APPLICABLE, "the profile opens no streams"),
        verdict("load/newer", Status.FAIL, "it broke"),
    )
    text = render_load_html(replace(CALM, results=results))
    assert re.search(r"answers after the load</th><td class=\"text\"><span class=\"pass\">✓ pass", text)
    assert "streams stay open" not in text
    assert "Check of load/newer</th>" in text


def test_samples_are_drawn_in_the_order_of_time() -> None:
    shuffled = replace(CALM_RUN, processes=CALM_RUN.processes[::-1])
    assert render_load_html(replace(CALM, loads=((NEW, shuffled),))) == render_load_html(CALM)


def test_what_takes_the_figures_their_meaning_is_said_above_them() -> None:
    run = replace(CALM_RUN, bottleneck=Bottleneck.GENERATOR, arrivals=Arrivals.CLOSED)
    text = render_load_html(replace(CALM, loads=((NEW, run),)))
    assert text.index("The generator was the bottleneck") < text.index('<dl class="tiles">')
    assert "stalls are hidden.</p>" in text
    assert 'warning">' not in render_load_html(CALM)
    assert "ended before its time.</p>" in render_load_html(HOSTILE)


def test_a_stretch_without_answers_is_shaded() -> None:
    text = render_load_html(HOSTILE)
    assert text.count('<rect class="silent"') == 8, "in every chart over time"
    assert "no answers" in text
    assert '<rect class="silent"' not in render_load_html(CALM)


def test_a_long_run_is_thinned() -> None:
    run = load_run(3, seconds=1500, rate=2)
    text = render_load_html(replace(CLEAN, loads=((NEW, run),)))
    longest = max(path.count("L") for path in re.findall(r' d="(M[^"]*)"', text))
    assert 250 <= longest <= 301
    assert text.count("<tr>") < 200
    assert "Each row is 13 seconds" in text


def test_a_comparison_says_what_regressed() -> None:
    text = render_load_html(HOSTILE)
    assert "17.20 to 22.10" in text
    assert text.count("✗ regression") == sum(item.regressed for item in HOSTILE_RUN.comparisons)
    assert "Beside the earlier run" not in render_load_html(CALM)


def test_the_newest_revision_comes_first() -> None:
    assert re.findall(r"<h2>(.*?)</h2>", render_load_html(HOSTILE)) == [
        "spike &lt;b&gt; at 2025-11-25",
        "sustained-100 at 2025-06-18",
    ]


def test_without_a_load_run_the_page_says_why() -> None:
    failed = verdict("load/slow-tail", Status.ERROR, "the load generator failed: <IndexError>")
    text = render_load_html(replace(CLEAN, results=(failed,)))
    assert "<h2>No load was produced</h2>" in text
    assert "the load generator failed: &lt;IndexError&gt;</li>" in text
    assert Page(text).open == []


@pytest.mark.parametrize("make", [linear, around, lambda values: logarithmic(values, 0.1)])
@example(values=[5e-324])
@example(values=[])
@given(values=st.lists(st.floats(0, 1e9), max_size=20))
def test_a_scale_holds_its_values_and_has_few_marks(make: type[Scale], values: list[float]) -> None:
    scale = make(values)  # type: ignore[call-arg, arg-type]
    assert scale.low < scale.high
    assert 2 <= len(scale.marks) <= 16
    assert all(scale.low * (1 - 1e-9) <= mark <= scale.high * (1 + 1e-9) for mark, _ in scale.marks)
    assert all(value <= scale.high * (1 + 1e-9) for value in values)
    places = [scale.place(value) for value in sorted(values)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)


def test_a_logarithmic_scale_gives_each_power_the_same_room() -> None:
    scale = logarithmic([1.5, 900.0], 0.1)
    assert [scale.place(value) for value in (1, 10, 100, 1000)] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_each_nine_is_as_wide_as_the_one_before() -> None:
    scale = nines(5000)
    assert [label for _, label in scale.marks] == ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"]
    assert [scale.place(value) for value in (90, 99, 99.9, 99.99, 100)] == pytest.approx([0.25, 0.5, 0.75, 1, 1])


@pytest.mark.parametrize(
    ("last", "labels"),
    [
        (30.0, ["-5 s", "0 s", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]),
        (300.0, ["0 min", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (7200.0, ["0 min", "30 min", "1:00:00", "1:30:00", "2:00:00"]),
    ],
)
def test_time_is_marked_in_round_steps(last: float, labels: list[str]) -> None:
    assert [label for _, label in timed(-5.0, last).marks] == labels


def test_a_moment_is_read_like_a_clock() -> None:
    assert [clock(at) for at in (-5, 59, 150, 3723)] == ["-5 s", "59 s", "2:30", "1:02:03"]
