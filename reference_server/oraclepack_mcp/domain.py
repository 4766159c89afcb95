"""All that the server can be asked, and what it may do: one value, of which a wrapper can replace any part."""

from dataclasses import dataclass

from oraclepack_mcp.catalogue import Catalogue
from oraclepack_mcp.overrides.book import OverrideBook
from oraclepack_mcp.packs.authoring import PackAuthor
from oraclepack_mcp.runs.plan import Planner
from oraclepack_mcp.runs.service import RunService
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.runs.state import StateFiles
from oraclepack_mcp.security.roots import Roots
from oraclepack_mcp.steps import StepViews
from oraclepack_mcp.taskify.service import Taskify
from oraclepack_mcp.urls.book import UrlBook


@dataclass(frozen=True, slots=True)
class Domain:
    """One part for each concern. Every call may block, is safe in any thread, and refuses with `DomainError`."""

    roots: Roots
    packs: Catalogue
    steps: StepViews
    author: PackAuthor
    planner: Planner
    states: StateFiles
    runs: RunService
    overrides: OverrideBook
    urls: UrlBook
    taskify: Taskify
    execution: ExecutionSettings
