"""Audits from within a test: of the session's target, of any other, of an application in the test's own process."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import anyio
import pytest

from ..api import audit
from ..cli.targets import make_target
from ..model import HttpTarget, Report, StdioTarget, Target
from ..policy import Options
from .options import audit_options
from .serving import application_of, serving


class Audits:
    """Holds audits, with the options of the command line unless a call says otherwise."""

    def __init__(self, config: pytest.Config, session_target: Callable[[], Target]) -> None:
        self._config = config
        self._session_target = session_target

    def __call__(self, server: Any = None, *, path: str = "/mcp", **options: Any) -> Report:
        """Audit `server` and return the report.

        `server` is a target, a URL, an ASGI application, or an object of an SDK that can make one (`FastMCP`), which is
        then served on a free port of 127.0.0.1 with `path` as its endpoint; nothing is the fixture `mcp_target`.
        `options` are `profile`, `revisions`, `only`, `skip`, `call`, `tools`, `intrusive`, `plant_dir`, `seed`,
        `timeout_s`, `budget_s`, `canary_host`, `exposure`.
        """
        chosen = audit_options(self._config, **options)
        if server is None:
            return _held(self._session_target(), chosen)
        if isinstance(server, HttpTarget | StdioTarget):
            return _held(server, chosen)
        if isinstance(server, str):
            return _held(make_target(server, (), (), (), None, verify_tls=True), chosen)
        with serving(application_of(server)) as url:
            return _held(HttpTarget(f"{url}{path}"), chosen)


def _held(target: Target, options: Options) -> Report:
    """Audit in this thread, or in another one where this one has a running event loop: an async test."""
    run = partial(anyio.run, partial(audit, target, profile=options.profile, options=options))
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()
