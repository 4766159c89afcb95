"""One search: Hypothesis makes cases in a thread of its own, and each is played in the event loop.

Each distinct flaw is shrunk by itself; once known it no longer counts, so that the rest of the cases look for others.
"""

import concurrent.futures
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Flaky, HypothesisException, Unsatisfiable
from hypothesis.internal import lambda_sources
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy

from ..model.fuzzing import Flaw
from .known import KnownInputs
from .settings import FuzzSettings, SearchEnds, Tick

T = TypeVar("T")
Play = Callable[[T], Coroutine[Any, Any, Flaw | Sequence[Flaw] | None]]
"""Plays one case against the target and says what is wrong, the gravest first; raises nothing but `SearchEnds`."""
Measure: TypeAlias = Callable[[], tuple[int, int]]
"""Says how much of a schema the cases have made use of, and how much there is: covered, coverable."""
_MEASURED_EVERY = 20


@dataclass(frozen=True, slots=True)
class Minimal(Generic[T]):
    """The smallest case that showed a flaw."""

    flaw: Flaw
    case: T
    first_after: int
    """Cases of this search until the flaw was first seen."""
    steady: bool
    """Whether it showed each time that the case was played."""


@dataclass(frozen=True, slots=True)
class Searched(Generic[T]):
    """What came of a search."""

    cases: int
    found: tuple[Minimal[T], ...]
    trouble: str = ""
    """Why no case could be made."""


async def search(
    strategy: SearchStrategy[T],
    play: Play[T],
    *,
    subject: str,
    cases: int,
    settings: FuzzSettings,
    measure: Measure | None = None,
) -> Searched[T]:
    """Play about `cases` cases of `strategy`, and shrink each distinct flaw that one shows (that takes further cases).

    The same seed, strategy, target and known inputs give the same cases. What failed before is played first. Ends
    early at `settings.until`; what was found by then is not shrunk further.
    """
    _draw_the_same_everywhere()
    _describe_no_lambdas()
    known = KnownInputs(settings.database, subject)
    hunt = _Hunt(strategy, play, subject, cases, settings, known, measure)
    try:
        await anyio.to_thread.run_sync(hunt.run, abandon_on_cancel=True, limiter=anyio.CapacityLimiter(1))
    finally:
        hunt.over = True
        known.keep()
    return Searched(hunt.played, tuple(hunt.found.values()), hunt.trouble)


def _draw_the_same_everywhere() -> None:
    """Keep Hypothesis from drawing constants of the modules that happen to be loaded: a seed would mean little."""
    providers._get_local_constants = lambda: providers._local_constants  # noqa: SLF001 - there is no setting for it


def _describe_no_lambdas() -> None:
    """Keep Hypothesis from parsing the sources of lambdas for descriptions that nobody reads.

    It takes time, and parsing in several threads at once breaks in Python 3.11 ("AST constructor recursion depth
    mismatch", python/cpython#106905).
    """
    lambda_sources.lambda_description = lambda _: "lambda: <unknown>"


class _Shown(Exception):  # noqa: N818 - one subclass for each flaw: Hypothesis tells failures apart by their type
    """A case showed a flaw."""


class _Ended(BaseException):
    """The time is over, or the run: no failure, so that Hypothesis lets it pass."""


@dataclass(slots=True)
class _Hunt(Generic[T]):
    strategy: SearchStrategy[T]
    play: Play[T]
    subject: str
    cases: int
    settings: FuzzSettings
    inputs: KnownInputs
    measure: Measure | None = None
    measured: tuple[int, int] = (0, 0)
    played: int = 0
    searched: int = 0
    """Cases that count against `cases`: shrinking does not."""
    found: dict[tuple[str, str], Minimal[T]] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)
    shown: dict[tuple[str, str], type[_Shown]] = field(default_factory=dict)
    trouble: str = ""
    over: bool = False
    """Whether nobody waits for it any more: its thread may be between two cases then."""

    def run(self) -> None:
        round_ = 0
        while self.searched < self.cases and not self.trouble:
            before = len(self.known)
            try:
                self._round(self.cases - self.searched, round_)
            except _Ended:
                return
            self.known.update(self.found)
            round_ += 1
            if len(self.known) == before:
                return

    def _round(self, cases: int, round_: int) -> None:
        """Search until a flaw is found and shrunk, or `cases` are spent."""
        begun = self.played

        def test(case: T) -> None:
            self._try(case)

        configured = hypothesis.settings(
            max_examples=cases,
            database=self.inputs,
            deadline=None,
            phases=(*((Phase.reuse,) if round_ == 0 else ()), Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=True,
            print_blob=False,
        )(hypothesis.seed(self.settings.seed * 1000 + round_)(hypothesis.given(self.strategy)(test)))
        found = len(self.found)
        try:
            configured()
        except (_Shown, BaseExceptionGroup, Flaky) as error:
            self._settle(error)
        except Unsatisfiable:
            self.trouble = "no value fits the schema"
        except HypothesisException as error:
            self.trouble = f"{type(error).__name__}: {error}"
        first = min((item.first_after for item in list(self.found.values())[found:]), default=self.played)
        self.searched += max(1, min(first - begun if first > begun else self.played - begun, cases))

    def _settle(self, error: BaseException) -> None:
        """Keep what was found; whatever is none of ours goes on."""
        if isinstance(error, BaseExceptionGroup):
            _, rest = error.split((_Shown, Flaky))
            if rest is not None and not isinstance(error, Flaky):
                raise rest
        if isinstance(error, Flaky):
            self.found.update(
                {
                    key: Minimal(old.flaw, old.case, old.first_after, steady=False)
                    for key, old in self.found.items()
                    if key not in self.known
                }
            )

    def _try(self, case: T) -> None:
        if self.over or time.monotonic() >= self.settings.until:
            raise _Ended
        self.played += 1
        try:
            shown = anyio.from_thread.run(self.play, case)
        except (SearchEnds, concurrent.futures.CancelledError, anyio.RunFinishedError):
            raise _Ended from None
        flaws = (shown,) if isinstance(shown, Flaw) else shown or ()
        new = next((flaw for flaw in flaws if (flaw.oracle, flaw.cause) not in self.known), None)
        if new is not None:
            key = (new.oracle, new.cause)
            first = self.found[key].first_after if key in self.found else self.played
            self.found[key] = Minimal(new, case, first, steady=True)
        if self.measure is not None and self.played % _MEASURED_EVERY == 1:
            self.measured = self.measure()
        self.settings.tell(Tick(self.subject, len(self.found), *self.measured))
        if new is not None:
            raise self.shown.setdefault(key, type("Shown", (_Shown,), {}))(new.message)
