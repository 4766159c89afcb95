"""A run while it lasts: the web page, the metrics, and whether the Grafana dashboard asks for what there is."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from mcp_audit_harness.load.grafana import expressions
from mcp_audit_harness.load.plan import Ask
from prometheus_client.parser import text_string_to_metric_families

from tests.generating import PATIENCE_S, PING, generator, plan_of
from tests.loaded_server import LoadedServer
from tests.servers import closed_port

pytestmark = pytest.mark.e2e

HOSTILE = "tools/call <img src=x onerror=alert(1)>"
UNKNOWN = Ask(HOSTILE, "tools/call", 1.0, ({"name": "no-such-tool", "arguments": {}},))
VALIDATE = Ask(
    "tools/call oraclepack_validate_pack",
    "tools/call",
    1.0,
    ({"name": "oraclepack_validate_pack", "arguments": {"pack": "release-readiness.md"}},),
)


def _port() -> int:
    return int(closed_port().rpartition(":")[2])


@contextmanager
def reference_server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "oraclepack_mcp", "--transport", "streamable-http", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        yield process.stderr.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


@pytest.fixture(scope="module")
def scraped() -> tuple[dict[str, Any], dict[str, Any]]:
    """Metric families by the names of their samples: of a run, and of the server that it loaded."""
    port = _port()
    with reference_server() as url:
        plan = plan_of(url, rate=40, duration_s=5, asks=(PING, VALIDATE, UNKNOWN), metrics_port=port, streams=1)
        with generator(plan) as running:
            while running.until("second")["at_s"] < 2:
                pass
            run = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
            server = httpx2.get(url.replace("/mcp", "/metrics")).text
    return _samples(run), _samples(server)


def _samples(text: str) -> dict[str, Any]:
    return {
        name: family
        for family in text_string_to_metric_families(text)
        for name in {*(sample.name for sample in family.samples), *_declared(family)}
    }


def _declared(family: Any) -> tuple[str, ...]:
    """Return the names that a family has even while it has no sample."""
    return (f"{family.name}_total",) if family.type == "counter" else (family.name,)


def test_every_query_of_the_dashboard_asks_for_what_the_run_or_the_reference_server_exposes(scraped: Any) -> None:
    run, server = scraped
    asked = {name for expr in expressions() for name in re.findall(r"\b(?:mcp_load|oraclepack|process)_\w+", expr)}
    assert {name for name in asked if name.startswith("mcp_load_")} <= set(run)
    assert {name for name in asked if not name.startswith("mcp_load_")} <= set(server)
    assert len(asked) > 20


def test_every_label_of_a_query_is_one_of_its_metric(scraped: Any) -> None:
    known = {**scraped[0], **scraped[1]}
    by = r"sum by \(([^)]*)\) \(rate\((\w+)"
    asked = [(labels, name) for expr in expressions() for labels, name in re.findall(by, expr)]
    asked += [(label, name) for expr in expressions() for name, label in re.findall(r"(mcp_load_\w+)\{(\w+)=", expr)]
    for labels, name in asked:
        found = {label for sample in known[name].samples for label in sample.labels}
        assert {label.strip() for label in labels.split(",")} <= found, name


def test_the_metrics_of_a_run_add_up_and_follow_the_conventions(scraped: Any) -> None:
    run, _ = scraped

    def value(name: str, **labels: str) -> float:
        samples = [sample for sample in run[name].samples if sample.name == name]
        return float(sum(sample.value for sample in samples if labels.items() <= sample.labels.items()))

    assert all(name.startswith("mcp_load_") for name in run)
    assert all(family.documentation for family in run.values())
    done = value("mcp_load_requests_total", traffic="load")
    assert 0 < done <= value("mcp_load_requests_due_total")
    assert value("mcp_load_latency_seconds_count", traffic="load") == done
    assert value("mcp_load_latency_seconds_bucket", traffic="load", le="+Inf") == done
    assert value("mcp_load_latency_seconds_bucket", traffic="load", le="0.001") <= done
    assert value("mcp_load_latency_seconds_sum", traffic="load") > 0
    assert value("mcp_load_errors_total", label=HOSTILE) == value("mcp_load_requests_total", label=HOSTILE) > 0
    assert value("mcp_load_errors_total", label="ping") == 0
    assert value("mcp_load_clients") == 5
    assert value("mcp_load_generator_processes") == 1
    assert value("mcp_load_generator_cpu_seconds_total") > 0
    [info] = run["mcp_load_run"].samples
    assert info.labels == {"profile": "test", "arrivals": "open", "revision": "2025-11-25", "transport": "http"}


def test_the_page_shows_methods_tools_sessions_and_errors_apart_and_belongs_to_itself_only() -> None:
    port = _port()
    with (
        reference_server() as url,
        generator(plan_of(url, rate=40, duration_s=8, asks=(PING, UNKNOWN), web_port=port)) as running,
    ):
        page = httpx2.URL(running.until("web"))
        assert (page.host, page.port) == ("127.0.0.1", port)
        while running.until("second")["at_s"] < 2:
            pass
        html = httpx2.get(page)
        assert html.status_code == 200
        assert '"title": "MCP"' in html.text
        stats = httpx2.get(page.copy_with(path="/stats/requests", query=None))
        tables = {table["key"]: table["data"] for table in stats.json()["extended_stats"]}
        rows = {row["name"]: row for row in tables["mcp"]}
        assert {row["method"] for row in rows.values()} == {"initialize", "ping", "tools/call"}
        assert rows["ping"]["done"] > 0
        assert rows["ping"]["jsonrpc"] == rows["ping"]["http"] == rows["ping"]["tool"] == 0
        assert rows[HOSTILE]["subject"] == "<img src=x onerror=alert(1)>"
        assert rows[HOSTILE]["jsonrpc"] + rows[HOSTILE]["tool"] == rows[HOSTILE]["done"] > 0
        assert {row["name"] for row in tables["mcpErrors"]} == {HOSTILE}
        assert {row["name"]: row["value"] for row in tables["mcpClients"]}["Clients"] == 4
        assert "<img" not in html.text
        assert _refused(page)
        assert httpx2.post(page.copy_with(path="/stop", query=None)).status_code == 200
        done = running.finish()
    assert done.interrupted
    assert done.duration_s < 8


def _refused(page: httpx2.URL) -> bool:
    """Hold that neither another name, another origin nor anything but looking and stopping is let in."""
    swarm = page.copy_with(path="/swarm", query=None)
    answers = [
        httpx2.get(page, headers={"Host": "evil.example"}),
        httpx2.get(page, headers={"Origin": "https://evil.example"}),
        httpx2.post(page.copy_with(path="/stop", query=None), headers={"Origin": "https://evil.example"}),
        httpx2.post(swarm, data={"user_count": "1000", "spawn_rate": "100", "host": "http://192.0.2.1"}),
        httpx2.get(page.copy_with(path="/stats/reset", query=None), headers={"Origin": "null"}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 405, 403]
    assert not any("access-control-allow-origin" in answer.headers for answer in answers)
    return True


def test_the_master_of_several_processes_answers_for_all_of_them() -> None:
    metrics, web = _port(), _port()
    with (
        LoadedServer().running() as server,
        generator(
            plan_of(server.url, rate=40, duration_s=30, processes=2, metrics_port=metrics, web_port=web)
        ) as running,
    ):
        page = httpx2.URL(running.until("web"))
        while running.until("second")["at_s"] < 2:
            pass
        run = _samples(httpx2.get(f"http://127.0.0.1:{metrics}/metrics").text)
        stats = httpx2.get(page.copy_with(path="/stats/requests", query=None)).json()
        assert httpx2.post(page.copy_with(path="/stop", query=None), timeout=PATIENCE_S).status_code == 200
        done = running.finish()
    assert done.interrupted
    assert done.duration_s < 30
    assert run["mcp_load_generator_processes"].samples[0].value == 2
    assert run["mcp_load_clients"].samples[0].value == 4
    [row] = [row for row in stats["extended_stats"][0]["data"] if row["name"] == "ping"]
    assert row["done"] > 40
    assert len(stats["workers"]) == 2


@pytest.mark.parametrize("which", ["web_port", "metrics_port"])
def test_a_port_that_is_taken_ends_the_run_before_anything_is_sent(which: str) -> None:
    with LoadedServer().running() as server:
        taken: dict[str, Any] = {which: int(server.url.split(":")[2].split("/")[0])}
        with generator(plan_of(server.url, **taken)) as running:
            assert running.process.wait(PATIENCE_S) == 1
        assert server.requests == 0
