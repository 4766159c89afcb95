"""Files that the operator names: one that cannot be read or written is wrong usage, in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .usage import UsageError


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """Return what a file holds; raises UsageError if it cannot be read, or is larger than `most` bytes."""
    try:
        if most is not None and path.stat().st_size > most:
            raise UsageError(f"{path} is larger than {most} bytes")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def write_text(path: Path, text: str) -> None:
    """Write a file; raises UsageError if that cannot be done."""
    with _writing(str(path)):
        path.write_text(text, encoding="utf-8")


@contextmanager
def writing_to(directory: Path) -> Iterator[None]:
    """Raise UsageError where what is done here with the directory cannot be done."""
    with _writing(f"to {directory}"):
        yield


@contextmanager
def _writing(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}") from error
