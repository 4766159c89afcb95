"""Faults of a server that keeps what it used: memory of each request, files, a table that grows too large."""

import os
from typing import IO, Final

from oraclepack_faults.fault import ASGIApp, wraps_http
from oraclepack_faults.load.passages import before_each

_KEPT_BYTES: Final = 60_000
_OPENS: Final = 5
"""One in so many requests opens a file."""
_ROWS, _ROW_BYTES = 160, 1_000_000


@wraps_http("load/leaks-memory", "load")
def keeps_every_request(app: ASGIApp) -> ASGIApp:
    """Of each request sixty kilobytes stay in memory."""
    kept: list[bytes] = []

    async def keep(_: int) -> None:
        kept.append(b"k" * _KEPT_BYTES)

    return before_each(app, keep)


@wraps_http("load/memory-over-budget", "load")
def builds_a_table(app: ASGIApp) -> ASGIApp:
    """A table grows by a megabyte with each request, until it has 160, which is more than a small container has."""
    rows: list[bytes] = []

    async def build(_: int) -> None:
        if len(rows) < _ROWS:
            rows.append(b"t" * _ROW_BYTES)

    return before_each(app, build)


@wraps_http("load/leaks-handles", "load")
def forgets_to_close(app: ASGIApp) -> ASGIApp:
    """Every fifth request opens a file that nobody closes."""
    forgotten: list[IO[bytes]] = []

    async def forget(number: int) -> None:
        if number % _OPENS == 0:
            forgotten.append(open(os.devnull, "rb"))  # noqa: ASYNC230, PTH123, SIM115 - that is the fault

    return before_each(app, forget)
