"""Whether work grows no faster than its input."""

import gc
import time
from collections.abc import Callable
from itertools import pairwise

GROWTH = 8
SIZES = (1024, 8 * 1024, 64 * 1024)
"""Each `GROWTH` times the one before."""
SLACK = 3
"""How much worse than linear a measurement may be; work that grows with the square is worse by 8."""
LEAST_SECONDS = 0.0005
"""What the smaller input is taken to cost at least, so that no limit is within the noise of a clock."""
ROUNDS = 3


def _cost(work: Callable[[bytes], object], data: bytes) -> float:
    """The processor seconds that work takes in this thread, whatever else the machine is doing."""
    gc.disable()  # what it finds was left by others
    try:
        start = time.thread_time()
        work(data)
        return time.thread_time() - start
    finally:
        gc.enable()


def grows_linearly(
    work: Callable[[bytes], object], data: Callable[[int], bytes], sizes: tuple[int, ...] = SIZES
) -> bool:
    """Whether work takes about `GROWTH` times as long for as much more input, at least once in some rounds."""
    for small, large in pairwise(map(data, sizes)):
        limit = GROWTH * SLACK * max(_cost(work, small), LEAST_SECONDS)
        if all(_cost(work, large) > limit for _ in range(ROUNDS)):
            return False
    return True
