"""JSON-RPC batches: to be received at 2025-03-26, gone since 2025-06-18."""

from dataclasses import dataclass

from mcp_audit_harness.declare import check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Severity,
    Verdict,
    failed,
    not_observed,
    passed,
    since,
)
from mcp_audit_harness.probe import Probe

from .trials import control_and_template, error_of, fresh_id, how, patience, refused_by_status, served


@dataclass(frozen=True, slots=True)
class Batch:
    """Two plain requests in one array; `control` is one of them alone."""

    control: Exchange
    batch: Exchange
    ids: tuple[int, ...]

    @property
    def answered_ids(self) -> tuple[int, ...]:
        """Return the ids of the batch that got a result."""
        got = [response.get("id") for response in self.batch.responses if "result" in response]
        return tuple(item for item in self.ids if item in got)


@scenario(spec=since("2025-03-26"), impact=Impact.PROBING)
async def batches(probe: Probe) -> Batch:
    """Send the plain request twice in one array."""
    control, template = await control_and_template(probe)
    first = fresh_id(probe)
    ids = (first, first + 1)
    batch = await probe.send([{**template, "id": rpc_id} for rpc_id in ids], timeout=patience(control))
    return Batch(control, batch, ids)


@check(
    batches,
    id="jsonrpc/refuses-batch",
    title="A batch is refused in the revision that has batches",
    requirements=("basic/batch-receive",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Accept JSON arrays of messages at 2025-03-26, or do not offer that revision.",
)
def refuses_batch(seen: Batch) -> Verdict:
    """Sending batches is optional at 2025-03-26, receiving them is not. Clients of that revision may bundle requests
    without asking.
    """
    if seen.answered_ids:
        return passed(seen.batch, seen.control)
    if error_of(seen.batch) is not None or refused_by_status(seen.batch):
        return failed(f"The server answered a batch of two requests with {how(seen.batch)}.", seen.batch, seen.control)
    return not_observed(f"the batch got {how(seen.batch)}", seen.batch, seen.control)


@check(
    batches,
    id="jsonrpc/answers-batch-in-part",
    title="Only some requests of a batch are answered",
    requirements=("basic/batch-receive",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Answer every request of a batch, in one array or as messages of the stream.",
)
def answers_batch_in_part(seen: Batch) -> Verdict:
    """A request that got lost in a batch looks to the client like a server that hangs."""
    if not seen.answered_ids:
        return not_observed(f"the batch got {how(seen.batch)}", seen.batch, seen.control)
    if len(seen.answered_ids) < len(seen.ids):
        message = f"The server answered {len(seen.answered_ids)} of the {len(seen.ids)} requests of a batch."
        return failed(message, seen.batch, seen.control)
    return passed(seen.batch, seen.control)


@check(
    batches,
    id="jsonrpc/processes-batch",
    title="A batch is processed in a revision without batches",
    requirements=("derived/batch-rejected",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Answer JSON arrays with error -32600, over HTTP with status 400, from 2025-06-18 on.",
)
def processes_batch(seen: Batch) -> Verdict:
    """Batches were removed since rate limits, authorization and logs that count messages see one where many are
    executed.
    """
    if served(seen.batch):
        count = len(seen.answered_ids)
        return failed(f"The server served {count or 'some'} of two requests in an array.", seen.batch, seen.control)
    if not seen.batch.answered:
        return not_observed("no answer came to the array", seen.batch, seen.control)
    return passed(seen.batch, seen.control)
