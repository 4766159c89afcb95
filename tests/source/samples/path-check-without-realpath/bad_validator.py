import os

ALLOWED = ["/srv/a", "/srv/b"]


def validate_path(path: str) -> str:
    full = os.path.abspath(os.path.expanduser(path))
    if not any(full.startswith(root) for root in ALLOWED):  # bad
        raise PermissionError(path)
    return full


def is_path_allowed(path: str) -> bool:
    return os.path.normpath(path).startswith("/srv/a")  # bad
