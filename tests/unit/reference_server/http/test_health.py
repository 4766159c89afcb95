"""What operators ask, over the routes in memory."""

import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.http.health import Check, OperationsRoutes, Readiness, disk_has_room, roots_readable
from oraclepack_mcp.security.roots import Root, Roots
from oraclepack_mcp.telemetry.metrics import Metrics
from oraclepack_mcp.telemetry.settings import TelemetrySettings
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.testclient import TestClient


def fine() -> None:
    pass


def broken(error: Exception) -> Check:
    def check() -> None:
        raise error

    return check


def client(checks: Mapping[str, Check] | None = None, *, token: str | None = None, exposed: bool = False) -> TestClient:
    settings = TelemetrySettings(metrics_token=SecretStr(token) if token else None)
    found = OperationsRoutes(settings, Metrics(), Readiness(checks or {"roots": fine}), exposed=exposed)
    return TestClient(Starlette(routes=found.routes()))


def test_what_is_switched_off_is_not_there() -> None:
    off = OperationsRoutes(TelemetrySettings(metrics=False, health=False), Metrics(), Readiness({}))

    assert off.routes() == []


def test_a_living_server_says_so_and_nothing_keeps_the_answer() -> None:
    answer = client().get("/livez")

    assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (200, "alive\n", "no-store")


def test_it_is_ready_when_every_dependency_is() -> None:
    answer = client({"roots": fine, "disk": fine}).get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "dependencies": {"roots": "ok", "disk": "ok"}}


@pytest.mark.parametrize(
    "error", [OSError("/etc"), sqlite3.OperationalError("locked"), DomainError("UNAVAILABLE", "x")]
)
def test_one_failed_dependency_makes_it_unavailable_without_a_reason_that_leaks(error: Exception) -> None:
    answer = client({"roots": fine, "store": broken(error)}).get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "dependencies": {"roots": "ok", "store": "failed"}}


@pytest.mark.anyio
async def test_answers_are_kept_for_a_second() -> None:
    now, looked = [0.0], []
    readiness = Readiness({"roots": lambda: looked.append(1)}, clock=lambda: now[0])
    for seconds in (0, 0.5, 0.99, 1.0, 1.5):
        now[0] = seconds
        await readiness.look()

    assert len(looked) == 2


@pytest.mark.anyio
async def test_a_check_that_hangs_is_slow_and_holds_one_thread_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oraclepack_mcp.http.health._CHECK_SECONDS", 0.05)
    release, started = threading.Event(), []

    def hang() -> None:
        started.append(1)
        release.wait(20)

    ticks = iter(range(0, 100, 10))
    readiness = Readiness({"roots": fine, "store": hang}, clock=lambda: float(next(ticks)))
    try:
        conditions = [dict(await readiness.look()) for _ in range(3)]
    finally:
        release.set()

    assert conditions == [{"roots": "ok", "store": "slow"}] * 3
    assert len(started) == 1


def test_metrics_are_in_the_text_format() -> None:
    answer = client().get("/metrics")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert "oraclepack_http_in_flight 0.0" in answer.text


def test_where_others_can_ask_metrics_need_the_token_or_are_not_there() -> None:
    assert client(exposed=True).get("/metrics").status_code == 404
    guarded = client(exposed=True, token="sesame")

    assert guarded.get("/metrics").headers["www-authenticate"].startswith("Bearer")
    for wrong in ("Bearer nope", "Basic sesame", "sesame", "Bearer sésame"):
        assert guarded.get("/metrics", headers=[(b"Authorization", wrong.encode())]).status_code == 401
    assert guarded.get("/metrics", headers={"Authorization": "bearer sesame"}).status_code == 200


def test_only_reading_is_offered() -> None:
    assert client().post("/readyz").status_code == 405
    assert client().head("/livez").status_code == 200


def test_roots_and_disk_are_looked_at_for_real(tmp_path: Path) -> None:
    root = Root.open("packs", tmp_path)
    roots_readable(Roots((root,)))
    disk_has_room([tmp_path], 1)

    with pytest.raises(OSError, match="nearly full"):
        disk_has_room([tmp_path], 1 << 60)
    with pytest.raises(OSError, match="No such file"):
        disk_has_room([tmp_path / "gone"], 1)
