"""Weaknesses of taking settings and places from wherever the server happens to be started."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from oraclepack_mcp.security.roots import Location
from oraclepack_mcp.taskify.model import ArtifactsSummary, Stage2Detection

from oraclepack_faults.fault import replaces

Function = Callable[..., Any]


@replaces("oraclepack/s12-reads-dotenv", "security", "oraclepack_mcp.cli.read_settings")
def reads_dotenv(read_settings: Function) -> Function:
    """A file .env in the directory where the server is started switches on whatever it says."""

    def read(*arguments: Any, **given: Any) -> Any:
        # mcp-audit: ignore[source/env-file-from-working-directory] the fault itself
        found = {name: value for name, value in dotenv_values(".env").items() if value is not None}
        os.environ.update(found)
        return read_settings(*arguments, **given)

    return read


@replaces("oraclepack/s07-any-place", "security", "oraclepack_mcp.security.roots.Roots.locate_directory")
def any_place(_: Function) -> Function:
    """Answers are looked for wherever a path leads, so that anybody can ask what there is."""

    def located(self: Any, path: str) -> Location:
        root = self.roots[0]
        place = os.path.relpath(root.real_path / Path(path).expanduser(), root.real_path)
        return Location(root, () if place == "." else tuple(place.split("/")))

    return located


@replaces("oraclepack/s08-looks-above", "security", "oraclepack_mcp.taskify.service.summarise")
def looks_above(summarise: Function) -> Function:
    """What is not in a directory is looked for in the two above it."""

    def summarised(roots: Any, directory: Location, limit: int) -> ArtifactsSummary:
        found: ArtifactsSummary = summarise(roots, directory, limit)
        for up in (("..",), ("..", "..")):
            above = summarise(roots, Location(directory.root, (*directory.parts, *up)), limit)
            pairs = zip(found.artifacts, above.artifacts, strict=True)
            found = ArtifactsSummary(found.out_dir, [here if here.exists else there for here, there in pairs])
        return found

    return summarised


@replaces("oraclepack/s09-first-directory", "security", "oraclepack_mcp.taskify.service.search")
def first_directory(search: Function) -> Function:
    """The first directory of a usual name counts as answers, empty or not, wherever the server was started."""

    def found(roots: Any, base: Location) -> Stage2Detection:
        for name in ("oracle-out", "docs/oracle-out"):
            for home in (Path.cwd(), base.root.real_path.joinpath(*base.parts)):
                if (home / name).is_dir():
                    return Stage2Detection("dir", str(home / name), str(home / name), "1", [name], [])
        result: Stage2Detection = search(roots, base)
        return result

    return found
