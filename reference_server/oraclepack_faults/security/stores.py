"""Weaknesses of the files that lie beside packs: states, reports, overrides and URLs, and of the JSON in them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oraclepack_mcp.packs.text import displayable
from oraclepack_mcp.runs.go_json import Number
from oraclepack_mcp.runs.model import LogSlice, RunModel

from oraclepack_faults.fault import replaces

Function = Callable[..., Any]


@replaces("oraclepack/s27-anybodys-state", "security", "oraclepack_mcp.runs.state.stranger")
def anybodys_state(_: Function) -> Function:
    """A state belongs to whichever pack has its base name."""
    return lambda *_: None


@replaces("oraclepack/s27-state-of-any-text", "security", "oraclepack_mcp.runs.state.StateFiles.begin")
def state_of_any_text(begin: Function) -> Function:
    """A state is continued whatever text of the pack it is about."""
    return lambda self, *what, **_: begin(self, *what, allow_changed_pack=True)


@replaces("oraclepack/s27-fixed-temporary-name", "security", "oraclepack_mcp.security.writing._replace")
def fixed_temporary_name(_: Function) -> Function:
    """A file is written to the same name with .tmp behind it, whatever has that name already."""

    def written(name: str, data: bytes, parent: int) -> None:
        temporary = f"{name}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644, dir_fd=parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)

    return written


@replaces("oraclepack/s28-forgets-broken-states", "security", "oraclepack_mcp.runs.state.StoredState.continued")
def forgets_broken_states(_: Function) -> Function:
    """A state that cannot be read counts as none, and is written over."""
    return lambda self, _remedy: self.state


@replaces("oraclepack/s28-crashes-on-empty-states", "security", "oraclepack_mcp.runs.state.StateFiles.begin")
def crashes_on_empty_states(begin: Function) -> Function:
    """A state without statuses ends the runner at the first step."""

    def begun(self: Any, pack: Any, *what: Any, **how: Any) -> Any:
        stored = self.load(pack).state
        if stored is not None and stored.step_statuses is None:
            raise TypeError("assignment to an entry of nothing")
        return begin(self, pack, *what, **how)

    return begun


@replaces("oraclepack/s29-ids-as-paths", "security", "oraclepack_mcp.runs.service.read_step_log")
def ids_as_paths(_: Function) -> Function:
    """The path of a log is made of whatever somebody gives as the id of a step."""

    def read(records: Path, run: RunModel, step_id: str, attempt: int | None, offset: int, limit: int) -> LogSlice:
        number = attempt or 1
        raw = (records / "runs" / run.run_id / f"{step_id}-{number}.log").read_bytes()
        part = displayable(raw[offset : offset + limit].decode("utf-8", "surrogateescape"))
        return LogSlice(run.run_id, step_id, number, part, offset, offset + len(part), True, 0)

    return read


@replaces("oraclepack/s30-writes-over-broken-stores", "security", "oraclepack_mcp.urls.shelf.Loaded.usable")
def writes_over_broken_stores(_: Function) -> Function:
    """A store that cannot be read counts as empty, and the next URL is written over it."""
    return lambda self: self.store


@replaces("oraclepack/s30-any-host", "security", "oraclepack_mcp.urls.book.check_url")
def any_host(_: Function) -> Function:
    """A URL need not be encrypted, and may lead to any host."""
    return lambda *_: None


@replaces("oraclepack/s30-readable-by-all", "security", "oraclepack_mcp.security.writing.MODE")
def readable_by_all(_: int) -> int:
    """Whoever has an account on the machine can read the stored URLs."""
    return 0o644


@replaces("oraclepack/s37-any-depth", "security", "oraclepack_mcp.runs.go_json._require_shallow")
def any_depth(_: Function) -> Function:
    """JSON is read however deeply it is nested."""
    return lambda *_: None


@replaces("oraclepack/s37-takes-nan", "security", "oraclepack_mcp.runs.go_json._refuse_constant")
def takes_nan(_: Function) -> Function:
    """JSON may hold NaN and infinities."""
    return Number


@replaces("oraclepack/s37-any-size", "security", "oraclepack_mcp.runs.state.MAX_BYTES")
def any_size(_: int) -> int:
    """A state is read however large it is."""
    return 1 << 62
