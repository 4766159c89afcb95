"""What fails under load: requests, the whole server for a while, streams, and whoever comes afterwards."""

from http import HTTPStatus
from typing import Final

from mcp_audit_harness.declare import check
from mcp_audit_harness.model import (
    Category,
    Effort,
    Severity,
    Transport,
    Verdict,
    failed,
    not_applicable,
    not_observed,
)
from mcp_audit_harness.model.loading import Bottleneck, LoadRun

from ..conformance.trials import how
from .under_load import under_load
from .words import ENDS_WITH_LOAD, held, kinds_of, limit_of, limited, load_of, without_refusals

_OF_A_SLOW_GENERATOR: Final = frozenset({"timeout", "transport"})
"""Failures that a generator may bring about by being slow itself."""
_DROPPED: Final = 0.01
"""Streams that may end early, as a part of all: servers may end one now and then."""
_CONSUMPTION: Final = "https://cwe.mitre.org/data/definitions/400.html"


@check(
    under_load,
    id="load/errors-under-load",
    title="Requests fail under load that succeed alone",
    requirements=("load/fails-rarely",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Read the server's log of one such request; refuse what is too much with 429 or 503 and Retry-After.",
    references=(
        "https://sre.google/sre-book/handling-overload/",
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4",
    ),
    effort=Effort.MEDIUM,
)
def errors_under_load(run: LoadRun) -> Verdict:
    """Each request that was sent had succeeded once, alone, so that what fails now fails because there are many: a pool
    that is empty, a race. A client shows it to the model as a tool that does not work, and the model gives up on it.
    What a limit on requests refuses (429) has not failed; it only makes the load a smaller one.
    """
    limit = limit_of(run, run.thresholds.error_percent, of_speed=False)
    if isinstance(limit, Verdict):
        return limit
    bound = run.bottleneck is Bottleneck.GENERATOR
    sent = without_refusals(run.errors)
    counted = tuple(error for error in sent if not (bound and error.kind in _OF_A_SLOW_GENERATOR))
    failures = run.all.errors if counted == run.errors else sum(error.count for error in counted)
    percent = 100 * failures / run.all.requests
    said = f"{failures} of {run.all.requests} requests failed, {percent:.2f} % (limit {limit:g} %), at {load_of(run)}"
    if failures and percent >= limit:
        return failed(f"{said}: {kinds_of(counted)}.", *run.samples)
    return limited(run) or held(run, said)


@check(
    under_load,
    id="load/falls-silent",
    title="For a while nobody is answered",
    requirements=("load/never-silent",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Look for what stops everything: a blocking call in the event loop, a global lock, a long collection.",
    references=("https://www.infoq.com/presentations/latency-response-time/", _CONSUMPTION),
    effort=Effort.MEDIUM,
)
def falls_silent(run: LoadRun) -> Verdict:
    """While requests wait, none is answered at all: to clients the server is gone. They time out, connect anew, ask
    again, and make it worse. Percentiles hardly show a stall; the longest time without any answer does.
    """
    limit = limit_of(run, run.thresholds.silence_s, of_ramp=False)
    if isinstance(limit, Verdict):
        return limit
    said = f"longest time without an answer while requests waited: {run.silence_s:.1f} s (limit {limit:g} s)"
    if run.silence_s > limit:
        return failed(f"The {said}, at {load_of(run)}.", *run.samples)
    return held(run, said)


@check(
    under_load,
    id="load/drops-streams",
    title="Open event streams are ended under load",
    requirements=("load/keeps-streams",),
    severity=Severity.MEDIUM,
    category=Category.ROBUSTNESS,
    remediation="Keep streams out of the time limits of requests, and send a comment by them now and then.",
    references=("https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes",),
)
def drops_streams(run: LoadRun) -> Verdict:
    """What a server says of its own accord, changes, progress, questions, comes by a stream. One that ends while the
    client listens loses what was said until the client is back. One stream in a hundred may end; servers may do that.
    """
    seen = run.streams
    if seen is None:
        return not_applicable("the profile opens no streams; see it with --profile streams")
    if not run.samples:
        return not_observed("no ordinary request was sent besides")
    if not seen.opened:
        return not_applicable(f"the target opened none of {seen.refused} streams; it need not offer any", *run.samples)
    said = f"{seen.dropped} of {seen.opened} event streams were ended by the target, at most {seen.most} open at a time"
    if seen.dropped > _DROPPED * seen.opened:
        return failed(f"{said}, at {load_of(run)}.", *run.samples)
    return held(run, said)


@check(
    under_load,
    id="load/does-not-recover",
    title="After the load an ordinary request is not answered",
    requirements=("load/recovers",),
    severity=Severity.HIGH,
    category=Category.ROBUSTNESS,
    remediation="Free what a request holds also when its client has gone; bound queues, so that old work is dropped.",
    references=("https://sre.google/sre-book/addressing-cascading-failures/", _CONSUMPTION),
    effort=Effort.MEDIUM,
)
def does_not_recover(run: LoadRun) -> Verdict:
    """A server may bend under too much; it has to stand up again when that is over. One that does not needs a person
    to restart it, after each busy hour. An ordinary client comes when every other one has left, and asks some times.
    """
    if len(run.samples) < 2 or not run.samples[0].ok:
        return not_observed("no ordinary request was sent before and after the load", *run.samples)
    before, after = run.samples[0], run.samples[-1]
    if after.transport is Transport.STDIO:
        return not_applicable(ENDS_WITH_LOAD, *run.samples)
    if after.ok:
        return held(run, f"an ordinary request after {run.all.requests} under load was answered")
    if after.status == HTTPStatus.TOO_MANY_REQUESTS:
        return not_observed(
            "a limit on requests still refuses an ordinary one: it is there, and says no", after, before
        )
    return failed(
        f"After {run.all.requests} requests ({load_of(run)}) an ordinary one gets {how(after)}; before, a result.",
        after,
        before,
    )
