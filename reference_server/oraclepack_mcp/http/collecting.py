"""How often a serving process looks for garbage that refers to itself.

Nearly all that a request makes goes when its last reference does, and the collector has only few cycles to find. Yet
with the thresholds of CPython it looks after 700 new objects, which is with every few requests, and again and again at
all modules, schemas and settings: a sixth of the processor's time.
"""

import gc
from typing import Final

NEW_OBJECTS: Final = 20_000
"""How many more objects there are than at the last look; a look at so many takes some 20 ms."""
YOUNG_LOOKS: Final = 20
OLD_LOOKS: Final = 10
"""Ended sessions are such cycles, and have grown old: with 50 they were kept for a quarter of an hour at 300/s."""


def collect_seldom() -> None:
    """Leave out of every look what there is now, and look less often; for a process that does nothing but serve."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNG_LOOKS, OLD_LOOKS)
