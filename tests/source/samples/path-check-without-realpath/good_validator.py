import os
from pathlib import Path

ROOTS = [Path("/srv/a"), Path("/srv/b")]


def validate_path(path: str) -> Path:
    full = Path(os.path.expanduser(path)).resolve()
    for root in ROOTS:
        if full.is_relative_to(root):  # good
            return full
    raise PermissionError(path)


def within_roots(path: Path) -> bool:
    return any(path.is_relative_to(root) for root in ROOTS)  # good


def allowed(path: str) -> bool:
    return within_roots(Path(path).resolve())  # good


def is_path_inside(base: str, path: str) -> bool:
    base, path = os.path.realpath(base), os.path.realpath(path)
    return path == base or path.startswith(base + os.sep)  # good
