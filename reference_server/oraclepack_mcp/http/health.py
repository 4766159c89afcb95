"""`/livez`, `/readyz` and `/metrics`: what a supervisor, a load balancer and Prometheus ask."""

import hmac
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeAlias

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.security.roots import Roots
from oraclepack_mcp.telemetry.metrics import CONTENT_TYPE, Metrics
from oraclepack_mcp.telemetry.settings import TelemetrySettings

Check: TypeAlias = Callable[[], None]
"""Looks at one dependency, in a thread; it raises OSError, sqlite3.Error or DomainError when the dependency is down."""
Condition: TypeAlias = Literal["ok", "failed", "slow"]

_CHECK_SECONDS: Final = 5.0
_FRESH_SECONDS: Final = 1.0
_NO_STORE: Final = {"Cache-Control": "no-store"}


class Readiness:
    """Whether everything that the server stands on is there; answers stay good for a second, however many ask."""

    def __init__(self, checks: Mapping[str, Check], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = dict(checks)
        self._clock = clock
        self._lock = anyio.Lock()
        self._looked_at: float | None = None
        self._conditions: dict[str, Condition] = {}
        self._being_looked_at: set[str] = set()

    async def look(self) -> dict[str, Condition]:
        """The condition of each dependency."""
        async with self._lock:
            if self._looked_at is None or self._clock() - self._looked_at >= _FRESH_SECONDS:
                self._conditions = dict.fromkeys(self._checks, "slow")
                async with anyio.create_task_group() as tasks:
                    for name, check in self._checks.items():
                        tasks.start_soon(self._look_at, name, check)
                self._looked_at = self._clock()
            return self._conditions

    async def _look_at(self, name: str, check: Check) -> None:
        if name in self._being_looked_at:  # a thread still waits for it: no second one
            return
        self._being_looked_at.add(name)
        with anyio.move_on_after(_CHECK_SECONDS):
            works = await anyio.to_thread.run_sync(self._works, name, check, abandon_on_cancel=True)
            self._conditions[name] = "ok" if works else "failed"

    def _works(self, name: str, check: Check) -> bool:
        try:
            check()
        except (OSError, sqlite3.Error, DomainError):
            return False
        finally:
            self._being_looked_at.discard(name)
        return True


def roots_readable(roots: Roots) -> None:
    """Check that every root can still be listed.

    Raises:
        OSError: one cannot.
    """
    for root in roots.roots:
        with os.scandir(root.descriptor) as entries:
            next(entries, None)


def disk_has_room(paths: Iterable[Path], min_free_bytes: int) -> None:
    """Check the free bytes on the disks of some paths.

    Raises:
        OSError: a path is gone, or its disk is nearly full.
    """
    for path in paths:
        if shutil.disk_usage(path).free < min_free_bytes:
            raise OSError("a disk is nearly full")


class OperationsRoutes:
    """The routes for operators, to be served behind the check of Host and Origin that everything is behind.

    Where a `metrics_token` is set, `/metrics` asks for it; it is left out where others than this machine can ask
    (`exposed`) and no token is set.
    """

    def __init__(
        self, settings: TelemetrySettings, metrics: Metrics, readiness: Readiness, *, exposed: bool = False
    ) -> None:
        token = settings.metrics_token
        self._token = token.get_secret_value() if token else None
        self._metrics = metrics if settings.metrics and (self._token or not exposed) else None
        self._readiness = readiness if settings.health else None

    def routes(self) -> list[Route]:
        """The routes that are switched on."""
        found: list[Route] = []
        if self._readiness is not None:
            found.append(Route("/livez", self._live, methods=["GET"]))
            found.append(Route("/readyz", partial(self._ready, self._readiness), methods=["GET"]))
        if self._metrics is not None:
            found.append(Route("/metrics", partial(self._expose, self._metrics), methods=["GET"]))
        return found

    async def _live(self, _: Request) -> Response:
        return PlainTextResponse("alive\n", headers=_NO_STORE)

    async def _ready(self, readiness: Readiness, _: Request) -> Response:
        conditions = await readiness.look()
        ready = all(condition == "ok" for condition in conditions.values())
        content = {"status": "ready" if ready else "unavailable", "dependencies": conditions}
        return JSONResponse(content, status_code=200 if ready else 503, headers=_NO_STORE)

    async def _expose(self, metrics: Metrics, request: Request) -> Response:
        if self._token is not None and not _presents(request, self._token):
            return Response(status_code=401, headers={**_NO_STORE, "WWW-Authenticate": 'Bearer realm="metrics"'})
        exposition = await anyio.to_thread.run_sync(metrics.exposition)
        return Response(exposition, media_type=CONTENT_TYPE, headers=_NO_STORE)


def _presents(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
