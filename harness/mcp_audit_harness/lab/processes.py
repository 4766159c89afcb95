"""The process view: what a target on this machine holds of memory, files and threads.

A stdio target's process is known; an HTTP target's is found by the port on which it listens. Only processes of the
same user can be looked into. Whatever merely passes connections on (a container's proxy, a tunnel) is no server.
"""

import os
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import psutil

from ..errors import TargetError
from ..model import ProcessReading

_SUMMED = ("processes", "rss_bytes", "handles", "threads", "cpu_s")
_PASSES_ON = ("docker-proxy", "com.docker", "rootlesskit", "slirp4netns", "gvproxy", "ssh", "kubectl", "socat")


def listening(port: int) -> tuple[int, ...]:
    """Return the ids of the processes that listen on a port of this machine, without those that one of them started.

    Raises:
        TargetError: with the reason, if there is none that may be looked into.
    """
    found = {_eldest(pid, port) for pid in _listeners(port) if pid is not None}
    if os.getpid() in found:
        raise TargetError("the target runs inside the auditor's own process")
    roots = tuple(sorted(pid for pid in found if not found.intersection(_ancestors(pid))))
    if not roots:
        raise TargetError(f"no process that may be looked into listens on port {port} of this machine")
    for pid in roots:
        name = _name(pid)
        if name.startswith(_PASSES_ON):
            raise TargetError(f"what listens on port {port} is {name}, which only passes connections on")
    return roots


def reading(roots: Iterable[int]) -> ProcessReading:
    """Return what some processes, and all that they started, hold together.

    Raises:
        TargetError: if the first one has ended, or may not be looked into.
    """
    whole = [_one(pid) for pid in roots]
    if not whole:
        raise TargetError("the target has no process")
    return ProcessReading(
        whole[0].pid,
        whole[0].name,
        *(sum(getattr(part, name) for part in whole) for name in _SUMMED),
    )


def _one(pid: int) -> ProcessReading:
    try:
        process = psutil.Process(pid)
        name, own = process.name(), _counted(process)
        children = process.children(recursive=True)
    except psutil.Error as error:
        raise TargetError(f"the target's process {pid} cannot be looked into: {type(error).__name__}") from error
    counts = [own]
    for child in children:
        try:
            counts.append(_counted(child))
        except psutil.Error:
            continue  # it has ended in between
    return ProcessReading(
        pid,
        name,
        len(counts),
        sum(one.rss for one in counts),
        sum(one.handles for one in counts),
        sum(one.threads for one in counts),
        sum(one.cpu_s for one in counts),
    )


class _Counts(NamedTuple):
    rss: int
    handles: int
    threads: int
    cpu_s: float


def _counted(process: psutil.Process) -> _Counts:
    with process.oneshot():
        used = process.cpu_times()
        return _Counts(
            process.memory_info().rss, _handles(process), process.num_threads(), float(used.user + used.system)
        )


def _handles(process: psutil.Process) -> int:
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()


def _listeners(port: int) -> Iterable[int | None]:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:  # macOS shows the connections of all processes to root only
        yield from _listeners_one_by_one(port)
        return
    yield from (one.pid for one in connections if _listens(one, port))


def _listeners_one_by_one(port: int) -> Iterable[int]:
    for process in psutil.process_iter():
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.Error:
            continue
        if any(_listens(one, port) for one in connections):
            yield process.pid


def _eldest(pid: int, port: int) -> int:
    """Return the first ancestor of a process, or itself, that holds the socket, too.

    Workers inherit it from a parent that may not serve anything; of all that hold one socket the system names one.
    """
    try:
        parent = psutil.Process(pid).parent()
        holds = parent is not None and any(_listens(one, port) for one in parent.net_connections(kind="tcp"))
    except psutil.Error:
        return pid
    return _eldest(parent.pid, port) if parent is not None and holds else pid


def _listens(connection: Any, port: int) -> bool:
    return bool(connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port)


def _ancestors(pid: int) -> set[int]:
    try:
        return {parent.pid for parent in psutil.Process(pid).parents()}
    except psutil.Error:
        return set()


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return ""
