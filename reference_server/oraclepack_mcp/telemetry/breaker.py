"""A circuit breaker: a dependency that keeps failing is left alone for a while, and its callers are told at once.

| state     | a call            | it works          | it fails                       | the cooldown ends |
|-----------|-------------------|-------------------|--------------------------------|-------------------|
| closed    | goes through      | failures are nil  | counts; the last allowed opens | -                 |
| open      | is refused        | -                 | -                              | half-open         |
| half-open | one goes through  | closed            | open again                     | -                 |
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal, TypeAlias

from oraclepack_mcp.errors import DomainError

State: TypeAlias = Literal["closed", "open", "half-open"]
_UNWELL: Final = frozenset({"TIMEOUT", "UNAVAILABLE"})


class Breaker:
    """Guards one dependency; thread-safe. After `failures` in a row it opens for `cooldown_s` seconds.

    `trips` are the exceptions that mean the dependency is unwell. A DomainError means so by the codes TIMEOUT and
    UNAVAILABLE, and by others that the dependency answered. Any other exception, like being cancelled, teaches
    nothing. `clock` tells seconds that never go back.
    """

    def __init__(
        self,
        dependency: str,
        *,
        failures: int = 5,
        cooldown_s: float = 30.0,
        trips: tuple[type[Exception], ...] = (OSError,),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._dependency = dependency
        self._allowed = failures
        self._cooldown_s = cooldown_s
        self._trips = trips
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._on_trial = False

    @property
    def state(self) -> State:
        """Where the breaker stands now."""
        with self._lock:
            if self._opened_at is None:
                return "closed"
            return "open" if self._remaining_s() > 0 else "half-open"

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Run the body as one call of the dependency.

        Raises:
            DomainError: UNAVAILABLE, without running the body; `retry_after_s` in its details says when to come back.
        """
        tried = self._admit()
        works: bool | None = None
        try:
            yield
            works = True
        except DomainError as error:
            works = error.code not in _UNWELL
            raise
        except self._trips:
            works = False
            raise
        finally:
            self._record(works, tried=tried)

    def _admit(self) -> bool:
        """Whether the call that may go through is the one that tries whether the dependency works again."""
        with self._lock:
            if self._opened_at is None:
                return False
            remaining_s = self._remaining_s()
            if remaining_s > 0 or self._on_trial:
                retry_after_s = max(1, math.ceil(remaining_s))
                raise DomainError(
                    "UNAVAILABLE",
                    f"{self._dependency} keeps failing and is left alone; try again in {retry_after_s} s.",
                    {"retry_after_s": retry_after_s},
                )
            self._on_trial = True
            return True

    def _record(self, works: bool | None, *, tried: bool) -> None:
        with self._lock:
            if tried:
                self._on_trial = False
            if works:
                self._failures, self._opened_at = 0, None
            elif works is False:
                self._failures += 1
                if tried or self._failures >= self._allowed:
                    self._opened_at = self._clock()

    def _remaining_s(self) -> float:
        opened_at = self._clock() if self._opened_at is None else self._opened_at
        return opened_at + self._cooldown_s - self._clock()
