"""Telling whether the process that began something is still the one of that number: numbers are used again."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_BOOT_ID: Final = _PROC / "sys" / "kernel" / "random" / "boot_id"
_START_FIELD: Final = 19
"""Index of the start time among the fields after the name in `/proc/PID/stat`."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: `born` says when it started, and is empty where the system does not tell."""

    pid: int
    born: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """The process that has the number now."""
        return cls(pid, _born(pid))

    @classmethod
    def myself(cls) -> Self:
        """This process."""
        return cls.of(os.getpid())

    def is_alive(self) -> bool:
        """Whether that very process is still there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return _born(self.pid) == self.born


def _born(pid: int) -> str:
    try:
        fields = _PROC.joinpath(str(pid), "stat").read_bytes().rpartition(b")")[2].split()
        boot = _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
    if fields[0] in {b"Z", b"X"}:
        return "ended"
    return f"{boot}:{fields[_START_FIELD].decode('ascii')}"
