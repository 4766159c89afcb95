"""What a run may do, and what its outcome means: profiles, consent to call tools, the exit code."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .fuzz.settings import FuzzSettings
from .load.settings import LoadSettings
from .model import Call, Consent, Era, Impact, JsonObject, Report, Revision, Severity, Status
from .pins import Pins


class Profile(enum.StrEnum):
    """How thorough a run is."""

    QUICK = "quick"
    """The newest offered revision of each era, without what takes many requests."""
    STANDARD = "standard"
    """Every offered revision."""
    DEEP = "deep"
    """As standard; what takes minutes rather than seconds belongs here."""


class FailOn(enum.StrEnum):
    """The lowest severity that makes a run fail."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEVER = "never"


class Exit(enum.IntEnum):
    """Exit codes: a contract with scripts."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    NOT_AUDITED = 3
    OUR_BUG = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Options:
    """Everything about a run that is not its target."""

    profile: Profile = Profile.STANDARD
    consent: Consent = Consent()
    revisions: tuple[Revision, ...] = ()
    """Only these, where offered; empty: every one that is offered."""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    seed: int = 0
    timeout_s: float = 10.0
    """For one probe."""
    budget_s: float = 300.0
    """For the whole run."""
    concurrency: int = 8
    pins: Pins | None = None
    """The definitions that the operator has reviewed."""
    fuzz: FuzzSettings = FuzzSettings()
    """How much the scenarios that generate their requests play, and from which seed."""
    load: LoadSettings | None = None
    """The load that the operator asks for; None: no load."""
    exposure: str = ""
    """`local` or `remote` overrides what the survey finds; empty: as found."""

    @property
    def ceiling(self) -> Impact:
        """The gravest impact that a scenario may have."""
        return Impact.INTRUSIVE if self.consent.intrusive else Impact.PROBING


def may_call(tool: JsonObject, consent: Consent) -> bool:
    """Whether the operator lets the harness call `tool`, a tool object as the target listed it."""
    name = tool.get("name")
    if not isinstance(name, str):
        return False
    if consent.tools:
        return any(fnmatchcase(name, glob) for glob in consent.tools)
    if consent.call is not Call.READONLY:
        return consent.call is Call.ALL
    hints = tool.get("annotations")
    return isinstance(hints, dict) and hints.get("readOnlyHint") is True and hints.get("destructiveHint") is not True


def chosen_revisions(offered: Iterable[Revision], options: Options) -> tuple[Revision, ...]:
    """Return the offered revisions that the options ask for, oldest first; load goes to the newest unless asked."""
    wanted = [revision for revision in offered if not options.revisions or revision in options.revisions]
    if options.profile is Profile.QUICK and not options.revisions:
        newest = [max((rev for rev in wanted if rev.era is era), default=None) for era in Era]
        wanted = [revision for revision in newest if revision is not None]
    if options.load is not None and not options.revisions:
        wanted = [max(wanted)] if wanted else []
    return tuple(sorted(wanted))


def selects(options: Options, check_id: str, category: str) -> bool:
    """Whether `--only` and `--skip` leave the check in; globs match its id, its area or its category."""
    names = (check_id, check_id.partition("/")[0], category)

    def matches(globs: Iterable[str]) -> bool:
        return any(fnmatchcase(name, glob) for glob in globs for name in names)

    return (not options.only or matches(options.only)) and not matches(options.skip)


def exit_code(report: Report, fail_on: FailOn, *, strict: bool) -> Exit:
    """Return the exit code that the report deserves.

    Findings win over everything else that went wrong: a broken server is not made better by a spent budget.
    """
    if report.survey is None and report.source is None:
        return Exit.NOT_AUDITED
    if fail_on is not FailOn.NEVER:
        bound = Severity(fail_on.value).rank
        if report.stale or any(finding.severity.rank <= bound for finding in report.findings):
            return Exit.FINDINGS
    if any(result.status is Status.ERROR and result.blame == "harness" for result in report.results):
        return Exit.OUR_BUG
    if report.survey is None and report.source is not None:
        looked = bool(report.source.rules) and not (strict and report.source.unrun)
        return Exit.CLEAN if looked else Exit.NOT_AUDITED
    judged = any(result.status in {Status.PASS, Status.FAIL} for result in report.results)
    unseen = any(result.status in {Status.NOT_OBSERVED, Status.ERROR} for result in report.results)
    if not judged or (strict and unseen) or (strict and not report.complete):
        return Exit.NOT_AUDITED
    return Exit.CLEAN
