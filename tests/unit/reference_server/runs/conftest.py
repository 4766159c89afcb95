"""A writable root, a run service on it, and packs that are made from a few lines of bash."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from oraclepack_mcp.overrides.model import Overrides
from oraclepack_mcp.runs import reaper
from oraclepack_mcp.runs.environment import mark_of
from oraclepack_mcp.runs.model import RunModel, RunOptions
from oraclepack_mcp.runs.preparation import Surroundings
from oraclepack_mcp.runs.service import RunService
from oraclepack_mcp.runs.settings import ExecutionSettings
from oraclepack_mcp.security.roots import Location, Root, Roots


def pack_text(steps: Mapping[int, str], prelude: str = "", count: int = 20) -> str:
    """A pack whose other steps succeed without a word."""
    lines = [prelude] if prelude else []
    for number in range(1, count + 1):
        lines += [f"# {number:02})", steps.get(number, "true")]
    return "# A pack\n\n```bash\n" + "\n".join(lines) + "\n```\n"


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@dataclass
class Bench:
    directory: Path
    records: Path
    url: str | None = None
    stored: Overrides | None = None
    services: list[RunService] = field(default_factory=list)

    def roots(self) -> Roots:
        return Roots((Root.open("w", self.directory, writable=True),))

    def service(self, **settings: Any) -> RunService:
        """A service of its own on the same records, as another worker would have one."""
        chosen = {"policy": "confirm", "grace_s": 0.5, "state_dir": self.records, **settings}
        roots = self.roots()
        surroundings = Surroundings(
            resolve_url=lambda name, pack: self.url,
            overrides=lambda pack, given: given or self.stored,
            guard=nullcontext,
        )
        service = RunService(
            roots, Location(roots.roots[0], ()), ExecutionSettings.model_validate(chosen), surroundings
        )
        self.services.append(service)
        return service

    def pack(self, steps: Mapping[int, str], prelude: str = "", *, name: str = "p.md", count: int = 20) -> str:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pack_text(steps, prelude, count))
        return name

    def run(self, service: RunService, pack: str = "p.md", **options: Any) -> RunModel:
        return service.start(RunOptions(pack, **options), "local")

    def begin(self, service: RunService, pack: str = "p.md", **options: Any) -> RunModel:
        """A detached run, once its first step has touched the file `begun`."""
        run = service.start(RunOptions(pack, **options), "local", detach=True)
        eventually((self.directory / "begun").exists)
        return run


def nothing_is_left(run: RunModel) -> bool:
    return reaper.members(0, mark_of(run.run_id)) == set()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "root").mkdir()
    bench = Bench(tmp_path / "root", tmp_path / "records")
    yield bench
    for service in bench.services:
        service.shutdown(5)
