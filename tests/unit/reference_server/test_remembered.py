"""A bounded memory: what is used stays, what is heavy goes, and weights always add up."""

from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.remembered import Remembered


def test_what_is_used_stays_and_the_longest_unused_goes() -> None:
    memory = Remembered[str, int](2)
    memory.put("a", 1)
    memory.put("b", 2)
    assert memory.get("a") == 1
    assert memory.put("c", 3) == 3
    assert [memory.get(key) for key in "abc"] == [1, None, 3]
    memory.forget("a")
    memory.forget("a")
    assert memory.get("a") is None


def test_a_value_heavier_than_all_there_is_room_for_is_not_kept_and_drives_nothing_out() -> None:
    memory = Remembered[str, int](10)
    memory.put("a", 1, 10)
    assert memory.put("b", 2, 11) == 2
    assert (memory.get("a"), memory.get("b")) == (1, None)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6))))
def test_the_weights_of_what_is_kept_never_exceed_the_bound(puts: list[tuple[int, int]]) -> None:
    memory, weights = Remembered[int, int](10), dict[int, int]()
    for key, weight in puts:
        memory.put(key, weight, weight)
        weights[key] = weight
        kept = [found for found in map(memory.get, range(6)) if found is not None]
        assert sum(kept) <= 10
        assert memory.get(key) == weight
