"""A writable root in which packs run, and the service over it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from oraclepack_mcp.security.roots import Location, Root, Roots
from oraclepack_mcp.taskify.service import Taskify


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = tmp_path / "outer" / "work"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def taskify(tree: Path) -> Iterator[Taskify]:
    root = Root.open("work", tree, writable=True)
    yield Taskify(Roots((root,)), Location(root, ()))
    os.close(root.descriptor)
