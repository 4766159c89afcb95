"""The correct server: each tool does what its twin in `vulnerable` does, without the defect."""

import os
import re
import socket
import sqlite3
import subprocess
import urllib.request
from collections import deque
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from .tools import Tool, Toolbox, ToolError, text

USERS = (("ada", "engineer"), ("grace", "admiral"), ("alan", "reader"))
COUNTED = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}
_ALLOWED_HOSTS = frozenset({"docs.example.org"})
_MOST = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


class Correct:
    """What the tools do; all they can read lies in one directory."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.notes: deque[str] = deque(maxlen=32)

    def read_inside(self, path: str) -> str:
        """Read a file whose whole path, links resolved, lies in the directory."""
        try:
            resolved = (self.root / path).resolve(strict=True)
            if not resolved.is_relative_to(self.root) or not resolved.is_file():
                raise ToolError("There is no such file.")
            with os.fdopen(_opened(self.root, resolved.relative_to(self.root)), encoding="utf-8") as stream:
                return stream.read(_MOST)
        except (OSError, ValueError):
            raise ToolError("There is no such file.") from None

    def fetch_url(self, url: str) -> str:
        """Fetch from the hosts of a list, over https, without following redirects."""
        try:
            parts = urlsplit(url)
            if parts.scheme != "https" or parts.hostname not in _ALLOWED_HOSTS or parts.username or parts.port:
                raise ToolError("That host is not on the list of allowed hosts.")
            with urllib.request.build_opener(_NoRedirect).open(url, timeout=5) as answer:
                return str(answer.read(_MOST).decode("utf-8", "replace"))
        except (OSError, ValueError):
            raise ToolError("It cannot be fetched.") from None

    def check_host(self, host: str) -> str:
        """Say whether a host name has the form of one; no shell is involved."""
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", host):
            raise ToolError("That is no host name.")
        done = subprocess.run(["/bin/echo", "checking", host], capture_output=True, text=True, timeout=5, check=False)
        return done.stdout

    def search_lines(self, pattern: str) -> str:
        """Look for a fixed text in the notes of the directory; nothing of it is taken for an option."""
        if "\0" in pattern:
            raise ToolError("A text has no NUL.")
        command = ["grep", "-rhF", "-e", pattern, "--", str(self.root)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
        return done.stdout[:_MOST] if done.returncode == 0 else "no line"

    def find_user(self, name: str) -> str:
        """Look a user up; the name is a parameter of the statement."""
        with _users() as base:
            rows = base.execute("SELECT name, role FROM users WHERE name = ?", (name,)).fetchall()
        return "\n".join(f"{found}: {role}" for found, role in rows) or "no such user"

    def remember(self, note: str) -> str:
        """Keep a note; the oldest one goes."""
        self.notes.append(note)
        return f"{len(self.notes)} notes"

    def divide(self, a: int, b: int) -> str:
        """Divide two numbers."""
        if b == 0:
            raise ToolError("Nothing can be divided by zero.")
        return str(a // b)

    def show_config(self) -> str:
        """Show the settings, secrets left out."""
        return "region = eu-west-1\naccess key = (set)\nprivate key = (set)"

    def show_status(self) -> str:
        """Say how the server is."""
        return f"running on {socket.AF_INET.name}"

    def count_words(self, sentence: str) -> dict[str, object]:
        """Count words."""
        return {"words": len(sentence.split())}


def _opened(root: Path, path: PurePath) -> int:
    """Open a file below `root`, each part in the directory before it and none through a link: what was looked at
    before can have been swapped since.
    """
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in path.parts[:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=at)
    finally:
        os.close(at)


def _users() -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE users (name TEXT, role TEXT)")
    base.executemany("INSERT INTO users VALUES (?, ?)", USERS)
    return base


def toolbox(root: Path) -> Toolbox:
    """Return the tools over a directory."""
    does = Correct(root)
    path = text("Path of the file, relative to the notes directory.")
    return Toolbox(
        (
            Tool("read_note", "Reads a note inside the notes directory.", {"path": path}, does.read_inside),
            Tool("read_page", "Reads a page inside the notes directory.", {"path": path}, does.read_inside),
            Tool("read_document", "Reads a document inside the notes directory.", {"path": path}, does.read_inside),
            Tool(
                "fetch_url",
                "Fetches a page from an allowed host.",
                {"url": text("The URL.")},
                does.fetch_url,
                annotations={"readOnlyHint": True, "openWorldHint": True},
            ),
            Tool("check_host", "Checks the form of a host name.", {"host": text("A host name.")}, does.check_host),
            Tool("search_lines", "Searches the notes for a text.", {"pattern": text("The text.")}, does.search_lines),
            Tool("find_user", "Finds a user by name.", {"name": text("The name.")}, does.find_user),
            Tool(
                "remember",
                "Keeps a note in memory.",
                {"note": text("The note.", 500_000)},
                does.remember,
                annotations={"readOnlyHint": False, "destructiveHint": False},
            ),
            Tool("divide", "Divides two integers.", {"a": {"type": "integer"}, "b": {"type": "integer"}}, does.divide),
            Tool("show_config", "Shows the settings.", {}, does.show_config),
            Tool("show_status", "Shows how the server is.", {}, does.show_status),
            Tool("count_words", "Counts words.", {"sentence": text("The sentence.")}, does.count_words, COUNTED),
        )
    )
