"""The dashboard of a load run, and the files that show it."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from mcp_audit_harness.load.dashboards import write_dashboards
from mcp_audit_harness.load.grafana import DATASOURCE_UID, UID, dashboard, dashboard_json, expressions


def _panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard()["panels"]
    return found


def test_every_panel_has_a_number_of_its_own_and_fits_into_the_grid() -> None:
    places = [panel["gridPos"] for panel in _panels()]
    assert len({panel["id"] for panel in _panels()}) == len(places) > 15
    assert all(place["x"] >= 0 and place["w"] > 0 and place["x"] + place["w"] <= 24 for place in places)


def test_no_two_panels_lie_upon_each_other() -> None:
    def apart(one: dict[str, int], other: dict[str, int]) -> bool:
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        return beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]

    crossing = [
        (one["title"], other["title"])
        for one, other in combinations(_panels(), 2)
        if not apart(one["gridPos"], other["gridPos"])
    ]
    assert crossing == []


def test_every_diagram_says_what_it_shows_in_which_unit_and_asks_the_provisioned_source() -> None:
    drawn = [panel for panel in _panels() if panel["type"] != "row"]
    assert {panel["type"] for panel in drawn} == {"stat", "timeseries"}
    for panel in drawn:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["targets"]
        assert [target["refId"] for target in panel["targets"]] == list("ABCDEFG"[: len(panel["targets"])])
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {DATASOURCE_UID}


def test_every_query_is_balanced_and_every_rate_has_a_range() -> None:
    for expr in expressions():
        for opening, closing in ("()", "{}", "[]"):
            assert expr.count(opening) == expr.count(closing), expr
        assert len(re.findall(r"\brate\(", expr)) == expr.count("[$__rate_interval]"), expr


def test_the_load_and_the_reference_server_stand_beside_each_other() -> None:
    assert any("mcp_load_latency_seconds_bucket" in expr for expr in expressions())
    assert any("oraclepack_http_request_seconds_bucket" in expr for expr in expressions())


def test_the_files_fit_together(tmp_path: Path) -> None:
    written = write_dashboards(tmp_path / "grafana", metrics_port=9999, server="127.0.0.1:8765")
    assert all(path.is_file() for path in written)
    root = tmp_path / "grafana"
    read = {path.relative_to(root).as_posix(): path.read_text() for path in written}
    assert json.loads(read["dashboards/mcp-load.json"]) == dashboard()
    assert read["dashboards/mcp-load.json"] == dashboard_json()
    source = yaml.safe_load(read["provisioning/datasources/prometheus.yaml"])["datasources"][0]
    assert (source["uid"], source["url"]) == (DATASOURCE_UID, "http://127.0.0.1:9090")
    jobs = yaml.safe_load(read["prometheus.yml"])["scrape_configs"]
    assert {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs} == {
        "mcp-load": ["127.0.0.1:9999"],
        "mcp-server": ["127.0.0.1:8765"],
    }
    provider = yaml.safe_load(read["provisioning/dashboards/load.yaml"])["providers"][0]
    mounts = yaml.safe_load(read["compose.yaml"])["services"]["grafana"]["volumes"]
    assert f"./dashboards:{provider['options']['path']}:ro" in mounts
    assert dashboard()["uid"] == UID
    assert f"/d/{UID}" in read["compose.yaml"]


def test_what_is_started_is_pinned_listens_on_loopback_only_and_lets_nobody_in_to_change_it(tmp_path: Path) -> None:
    write_dashboards(tmp_path)
    services = yaml.safe_load((tmp_path / "compose.yaml").read_text())["services"]
    assert set(services) == {"prometheus", "grafana"}
    for service in services.values():
        assert re.fullmatch(r"[a-z]+/[a-z]+:v?\d+\.\d+\.\d+", service["image"])
        assert service["network_mode"] == "host"
        assert "ports" not in service
        assert service["cap_drop"] == ["ALL"]
    assert "--web.listen-address=127.0.0.1:9090" in services["prometheus"]["command"]
    settings = services["grafana"]["environment"]
    assert settings["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"
    assert settings["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
    assert settings["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"


@pytest.mark.parametrize(
    "server", ["8000", ":8000", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "a\n b:1", 'x"]:1', "http://x:1"]
)
def test_what_is_no_address_is_refused_before_anything_is_written(server: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        write_dashboards(tmp_path / "out", server=server)
    assert not (tmp_path / "out").exists()
