"""Putting the parts of the domain together as the settings say."""

import os
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

from oraclepack_mcp.catalogue import Limits
from oraclepack_mcp.domain import Domain
from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.library import Library
from oraclepack_mcp.overrides.book import OverrideBook
from oraclepack_mcp.packs.authoring import PackAuthor
from oraclepack_mcp.runs.plan import Lookups, Planner
from oraclepack_mcp.runs.preparation import Surroundings
from oraclepack_mcp.runs.service import RunService
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.runs.tokens import PlanTokens
from oraclepack_mcp.runs.tool_search import tool_search
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.settings import RootSetting, Settings
from oraclepack_mcp.steps import StepViews
from oraclepack_mcp.taskify.service import Taskify
from oraclepack_mcp.telemetry.breaker import Breaker
from oraclepack_mcp.urls.book import UrlBook

SAMPLES: Final = Path(__file__).parent / "samples"
"""The packs that are served when no root is configured."""


def open_library(settings: Settings) -> Library:
    """Open the roots, or the sample packs where there are none.

    Raises:
        OSError: a root is absent or no directory.
    """
    chosen = settings.roots or (RootSetting(name="samples", path=SAMPLES),)
    roots = tuple(Root.open(root.name, root.path, writable=root.writable) for root in chosen)
    return Library(Roots(roots), Limits(settings.max_read_bytes, settings.max_pack_bytes))


def compose(settings: Settings) -> Domain:
    """Make the domain. Nothing is started, and nothing is written before a client asks for it.

    Raises:
        OSError: a configured root, or the directory of the operator's URLs, is absent or no directory.
        ValueError: the working directory lies in no writable root, and packs may be run.
    """
    library = open_library(settings)
    roots, limits, execution = library.roots, library.limits, settings.execution
    workdir = _workdir(roots, settings)
    operators = settings.urls.global_dir
    store = Root.open("global", operators, writable=True) if operators else None
    urls = UrlBook(roots, workdir, store, settings.urls.hosts)
    overrides = OverrideBook(roots, workdir, urls, settings.overrides, pack_bytes=limits.pack_bytes)
    oracle = Breaker("the oracle program")
    surroundings = Surroundings(lambda name, pack: urls.resolve(name, pack).url, overrides.ready, oracle.guard)
    has_tool = tool_search(execution, os.environ)
    runs = RunService(roots, workdir, execution, surroundings)
    lookups = Lookups(urls.resolve, overrides.ready, has_tool)
    packs, states = library.catalogue(), StateFiles(roots, workdir, limits.pack_bytes)
    return Domain(
        roots=roots,
        packs=packs,
        steps=StepViews(
            roots,
            workdir,
            packs,
            states,
            overrides,
            is_executable=lambda name: has_tool(name, None),
            parse=library.parse,
            pack_bytes=limits.pack_bytes,
        ),
        author=PackAuthor(roots, limits),
        planner=Planner(roots, workdir, lookups, PlanTokens(_key(settings), runs), limits.pack_bytes),
        states=states,
        runs=runs,
        overrides=overrides,
        urls=urls,
        taskify=Taskify(roots, workdir),
        execution=execution,
    )


def _workdir(roots: Roots, settings: Settings) -> Location:
    """Where packs run; a server that runs none may look for states in a root that it cannot write to."""
    if settings.workdir is None:
        first = next((root for root in roots.roots if root.writable), roots.roots[0])
        workdir = Location(first, ())
    else:
        try:
            workdir = roots.locate_directory(settings.workdir)
        except DomainError as error:
            raise ValueError(f"the working directory has to lie in a root: {error.sentence}") from error
    if settings.execution.policy != "off" and not workdir.root.writable:
        raise ValueError("packs run in a writable root: end a --root with :rw, and choose it with --workdir")
    return workdir


def _key(settings: Settings) -> bytes:
    """What plan tokens are sealed with: the workers of one address share it, and no two purposes do."""
    shared = settings.request_state_key
    if shared is None:
        return secrets.token_bytes(32)
    return sha256(b"plan tokens:" + shared.get_secret_value().encode()).digest()
