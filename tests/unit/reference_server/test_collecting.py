"""How often a serving process looks for garbage."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from oraclepack_mcp.http.collecting import NEW_OBJECTS, collect_seldom


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class _Ring:
    """Refers to itself, so that only the collector finds it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_there_was_before_is_not_looked_at_again() -> None:
    kept = _Ring()
    collect_seldom()
    assert not any(found is kept for found in gc.get_objects())


def test_garbage_that_comes_later_is_found() -> None:
    collect_seldom()
    gone = weakref.ref(_Ring())
    assert gc.isenabled()
    rings = [_Ring() for _ in range(NEW_OBJECTS + 1)]
    assert len(rings) > NEW_OBJECTS
    assert gone() is None
