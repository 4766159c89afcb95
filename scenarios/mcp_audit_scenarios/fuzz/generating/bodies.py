"""Arguments as schemathesis makes them: its strategy for one operation, and banks of what fits and what does not."""

import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import HypothesisWarning
from hypothesis.strategies import SearchStrategy
from schemathesis.errors import SchemathesisError

from ..openapi import arguments_document
from ..operations import Operation
from .values import is_plain, simplest_first

_BANK: Final = 20
_WRONG: Final = 16
_MOST_BYTES: Final = 4096
"""Of a banked case: more are made of it."""
_PATIENCE_S: Final = 5.0
"""Of computing, for a bank; a schema that takes longer is fuzzed with what there is by then."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """What schemathesis makes of an operation; no strategy where it cannot."""

    fitting: SearchStrategy[Any] | None = None
    bank: tuple[Any, ...] = ()
    """Fitting ones, the simplest first."""
    wrong: tuple[Any, ...] = ()
    """Unfitting ones, likewise. Their strategy shrinks a hundred times slower than ours, so that it makes no more."""


def bodies(operation: Operation, fits: Callable[[Any], bool]) -> Bodies:
    """Return what schemathesis makes of the operation, judged by `fits`.

    What cannot be interrupted is left behind when time is up: nobody waits for a schema without end.
    """
    made: list[Bodies] = []
    worker = threading.Thread(target=lambda: made.append(_bodies(operation, fits)), daemon=True)
    worker.start()
    worker.join(3 * _PATIENCE_S)
    return made[0] if made else Bodies()


def _bodies(operation: Operation, fits: Callable[[Any], bool]) -> Bodies:
    try:
        loaded = schemathesis.openapi.from_dict(arguments_document(operation), config=schemathesis.Config())
        offered = loaded["/"]["POST"]
    except SchemathesisError:
        return Bodies()
    modes = schemathesis.GenerationMode
    fitting, bank = _drawn(lambda: offered.as_strategy(modes.POSITIVE).map(_body), fits, _BANK)
    _, wrong = _drawn(lambda: offered.as_strategy(modes.NEGATIVE).map(_body), lambda value: not fits(value), _WRONG)
    return Bodies(fitting, bank, wrong)


def _body(case: "schemathesis.Case[Any]") -> Any:
    return case.body


def _drawn(
    make: Callable[[], SearchStrategy[Any]], wanted: Callable[[Any], bool], cases: int
) -> tuple[SearchStrategy[Any] | None, tuple[Any, ...]]:
    """Return a strategy, and what it gave of what is wanted, each once; no strategy if it gave nothing in time."""
    found: dict[str, Any] = {}
    end = time.thread_time() + _PATIENCE_S

    def note(value: Any) -> None:
        if is_plain(value, _MOST_BYTES) and wanted(value):
            found.setdefault(repr(value), value)
        if time.thread_time() > end:
            raise _EnoughError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)  # of long descriptions, which nobody reads
            strategy = make()
            _quietly(strategy, note, cases)
    except Exception:  # noqa: BLE001 - whatever a foreign generator comes to grief with on a schema that is made for it
        return None, simplest_first(found.values())
    return (strategy if found else None), simplest_first(found.values())


class _EnoughError(Exception):
    """Time is up."""


def _quietly(strategy: SearchStrategy[Any], note: Callable[[Any], None], cases: int) -> None:
    configured = hypothesis.settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )(hypothesis.seed(0)(hypothesis.given(strategy)(note)))
    configured()
