"""What fuzzing found: facts of the scenarios that generate their requests, and the part of the report about them."""

from dataclasses import dataclass
from typing import Any

from .exchange import Exchange
from .spec import Revision


@dataclass(frozen=True, slots=True)
class Flaw:
    """What an oracle says against the target's behaviour in one case."""

    oracle: str
    """The id of the check that it belongs to: `fuzz/leaks-internals`."""
    cause: str
    """Two flaws of one oracle, subject and cause are one: never anything random, nor a text that follows the input."""
    message: str


@dataclass(frozen=True, slots=True)
class FuzzFailure:
    """A flaw with the smallest case that shows it, played again on the record."""

    oracle: str
    subject: str
    """`tool:echo`, `prompt:greet`, `resource_template:NAME`, `completion:…`, or `protocol`."""
    cause: str
    message: str
    minimal: Any
    """The case as JSON: `{"method": …, "params": …}`, `{"bytes": base64}`, or `{"steps": […]}`."""
    exchanges: tuple[Exchange, ...]
    """What the target answered to the minimal case when it was played again."""
    control: Exchange | None = None
    """An ordinary request that the same target answered."""
    again: bool = True
    """Whether the flaw showed when the minimal case was played again, on a session of its own."""
    cases: int = 0
    """After how many cases it was first seen."""


@dataclass(frozen=True, slots=True)
class FuzzedOperation:
    """One thing that was fuzzed, and how much of its schema the cases made use of."""

    subject: str
    cases: int
    valid: int = 0
    """Cases that fit the schema; of a protocol, correct messages."""
    invalid: int = 0
    covered: tuple[str, ...] = ()
    """Places in the schema (`/properties/n/minimum+`: fits, `…-`: violated) that some case made use of."""
    coverable: int = 0
    seconds: float = 0.0
    note: str = ""
    """Why it was not fuzzed, or not in full."""
    broken_schema: str = ""
    """What is wrong with its schema, if no case can be made from it."""
    samples: tuple[Exchange, ...] = ()
    """A few recorded answers: the evidence of a pass."""
    watched: tuple[str, ...] = ()
    """The oracles that had something to look at."""


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """The facts of every fuzzing scenario."""

    operations: tuple[FuzzedOperation, ...]
    failures: tuple[FuzzFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class FailingInput:
    """The smallest input that shows a flaw, as a report has it."""

    check: str
    """The oracle that says so."""
    subject: str
    revision: Revision
    cause: str
    message: str
    minimal: Any
    evidence: tuple[str, ...]
    """Ids of the exchanges of the replay, in order: whoever repeats them sees the flaw."""
    reproduced: bool
    """Whether it showed again on a session of its own while the target answered an ordinary request."""
    first_after: int
    """After how many cases it was first seen."""
    reproduce: str = ""
    """Shell text that repeats it; empty where there is none."""
    finding: str = ""
    """Id of the finding; empty where there is none."""
    control: str = ""
    """Id of the exchange in which the target answered an ordinary request; empty where there is none."""


@dataclass(frozen=True, slots=True)
class FuzzedSchema:
    """How much of one schema the cases at one revision made use of."""

    subject: str
    revision: Revision
    cases: int
    valid: int
    invalid: int
    covered: int
    coverable: int
    trouble: str = ""
    """Why it was not fuzzed, or not in full."""


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """What a report says of fuzzing."""

    cases: int
    seconds: float
    """Of all scenarios that generate their requests, which run one after another."""
    seed: int
    failures: tuple[FailingInput, ...] = ()
    schemas: tuple[FuzzedSchema, ...] = ()

    @property
    def cases_per_s(self) -> float:
        """How many cases were played in a second, with all that was done about them; 0 of less than a millisecond."""
        return round(self.cases / self.seconds, 1) if self.seconds >= 0.001 else 0.0

    @property
    def covered(self) -> tuple[int, int]:
        """Of all schemas together: the places that the cases made use of, and how many there are."""
        return sum(schema.covered for schema in self.schemas), sum(schema.coverable for schema in self.schemas)
