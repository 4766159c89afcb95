"""Each weakness of the original that is known has a fault that brings it back, and an attack that meets it."""

import re
from pathlib import Path

import pytest
from oraclepack_faults import FAULTS

ROWS = [f"S-{number:02}" for number in range(1, 43)]
_ATTACKED = re.compile(r'@attack\(\s*"(oraclepack/[^"]+)"')
_ROW = re.compile(r"oraclepack/s([0-9]{2})-[a-z0-9-]+")


def attacked() -> set[str]:
    """The faults that the tests beside this one name."""
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    return {name for text in texts for name in _ATTACKED.findall(text)}


def row_of(fault: str) -> str | None:
    found = _ROW.fullmatch(fault)
    return f"S-{found[1]}" if found else None


@pytest.mark.parametrize("row", ROWS)
def test_the_row_has_a_fault_that_is_attacked(row: str) -> None:
    faults = {name for name, fault in FAULTS.items() if fault.level == "security" and row_of(name) == row}
    assert faults, f"no fault brings {row} back"
    assert faults <= attacked(), f"no attack meets {sorted(faults - attacked())}"


def test_every_fault_that_is_attacked_belongs_to_a_row() -> None:
    names = attacked() | {name for name, fault in FAULTS.items() if fault.level == "security"}
    assert {row_of(name) for name in names} <= set(ROWS)
