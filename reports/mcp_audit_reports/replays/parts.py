# ruff: noqa: S101 - copied into tests
"""What emitted tests are made of: steps, answers, and what is expected of them. Copied into each file of tests.

Stands alone: nothing here may use anything else of the project.
"""

import importlib
import json
import re
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing that is sent, as it was sent when the failure was found."""

    verb: str
    """An HTTP method; LINE for a line on standard input; BYTES for bytes on a connection of their own."""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    path: str = ""
    rpc_id: Any = None
    """The id of the request, if it is one."""
    opens: str = ""
    """The session that it opened then; another one now."""


@dataclass
class Answer:
    """What came back for one step."""

    step: Step
    messages: list[Any] = field(default_factory=list)
    """Every JSON value that came, in order."""
    status: int | None = None
    text: str = ""
    strays: list[str] = field(default_factory=list)
    """What came in the place of messages and is no JSON."""
    seconds: float = 0.0
    broke: str = ""
    """How the answer broke off, if it did."""

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The messages that are objects, those inside batches included."""
        values = [item for value in self.messages for item in (value if isinstance(value, list) else [value])]
        return [value for value in values if isinstance(value, dict)]

    @property
    def responses(self) -> list[dict[str, Any]]:
        """Results and errors."""
        return [item for item in self.objects if "method" not in item and ("result" in item or "error" in item)]

    @property
    def results(self) -> list[dict[str, Any]]:
        """The results that do not say that the tool failed."""
        found = [item["result"] for item in self.responses if isinstance(item.get("result"), dict)]
        return [result for result in found if result.get("isError") is not True]

    @property
    def codes(self) -> list[Any]:
        """The codes of the errors."""
        errors = [item["error"] for item in self.responses if isinstance(item.get("error"), dict)]
        return [error.get("code") for error in errors]

    @property
    def told(self) -> str:
        """Everything that the server said, as one text; JSON strings as they are."""
        return "\n".join([self.text, *(json.dumps(item, ensure_ascii=False) for item in self.messages), *self.strays])


def expect_answers(answers: list[Answer]) -> None:
    """Expect that everything is answered."""
    for answer in answers:
        assert answer.broke == "", answer.broke


def expect_no_server_error(answers: list[Answer], code: int = -32603) -> None:
    """Expect that nothing broke inside the server."""
    for answer in answers:
        status = answer.status or 0
        assert status < 500 or status in {501, 503, 505}, f"HTTP {status}"
        assert code not in answer.codes, f"error {code}"


def expect_refusal(answers: list[Answer]) -> None:
    """Expect that what is malformed, or does not fit the schema, is refused."""
    for answer in answers:
        assert not answer.results, f"it was accepted: {answer.results}"


def expect_well_formed(answers: list[Answer]) -> None:
    """Expect JSON-RPC responses, each with the id of the request."""
    for answer in answers:
        assert answer.broke == "", answer.broke
        assert not answer.strays, f"no JSON: {answer.strays}"
        if answer.step.rpc_id is not None and (answer.status or 200) < 400:
            assert answer.responses, f"no response: {answer.told[:500]}"
        for response in answer.responses:
            assert response.get("jsonrpc") == "2.0", response
            assert ("result" in response) != ("error" in response), response
            if "error" in response:
                error = response["error"]
                assert isinstance(error, dict), response
                assert isinstance(error.get("code"), int), response
                assert isinstance(error.get("message"), str), response
            wanted = answer.step.rpc_id
            if "result" in response or (response.get("id") is not None and wanted is not None):
                assert (type(response.get("id")), response.get("id")) == (type(wanted), wanted), response


def expect_no_trace(answers: list[Answer]) -> None:
    """Expect that no answer shows the inside of the server."""
    traces = (
        r"Traceback \(most recent call last\)",
        r'File "[^"\n]+", line \d+',
        r"\bat [\w.$<>]+ ?\([^)\n]*:\d+(?::\d+)?\)",
        r"\bat (?:async )?(?:file://)?/[^\s:]+:\d+:\d+",
        r"goroutine \d+ \[",
        r"panicked at ",
        r"Exception in thread ",
        r"(?:node:internal|site-packages|node_modules)/",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    )
    for answer in answers:
        sent = answer.step.body.decode("utf-8", "replace")
        for pattern in traces:
            found = re.search(pattern, answer.told)
            assert found is None or found[0] in sent, found


def expect_absent(answers: list[Answer], text: str) -> None:
    """Expect that no answer holds a text that is the server's own affair."""
    for answer in answers:
        assert text not in answer.told


def expect_clean_stdout(answers: list[Answer]) -> None:
    """Expect nothing but messages on standard output."""
    for answer in answers:
        assert not answer.strays, answer.strays


def expect_within(answers: list[Answer], seconds: float) -> None:
    """Expect answers in time."""
    for answer in answers:
        assert answer.seconds < seconds, f"it took {answer.seconds:.1f} s"


def expect_same_again(answers: list[Answer]) -> None:
    """Expect that a call which succeeded succeeds again."""
    succeeded: set[str] = set()
    for answer in answers:
        message = json.loads(answer.step.body)
        call = json.dumps({name: message.get(name) for name in ("method", "params")}, sort_keys=True)
        if answer.results:
            succeeded.add(call)
        else:
            assert call not in succeeded, f"it fails when it is repeated: {answer.told[:500]}"


def expect_output(answers: list[Answer], schema: dict[str, Any]) -> None:
    """Expect structured content that fits the output schema of the tool."""
    import jsonschema_rs  # noqa: PLC0415 - only such tests need it

    for result in (result for answer in answers for result in answer.results):
        assert "structuredContent" in result, "the result has no structuredContent"
        jsonschema_rs.validator_for(schema).validate(result["structuredContent"])


def expect_fits_the_wire(answers: list[Answer], revision: str) -> None:
    """Expect messages that the schema of the revision allows; it comes with mcp-audit."""
    model = importlib.import_module("mcp_audit_harness.model")
    schema = importlib.import_module("mcp_audit_harness.wire.schema")
    for answer in answers:
        sent = json.loads(answer.step.body)
        method = sent.get("method") if isinstance(sent, dict) else None
        for message in answer.objects:
            asked = method if message in answer.responses else None
            found = list(schema.violations(message, model.Revision(revision), method=asked))
            assert not found, found


def expect_another_end(answers: list[Answer], kind: str) -> None:
    """Expect that the last answer is not of the kind that showed the failure."""
    assert kind_of(answers[-1]) != kind, answers[-1].told[:500]


def kind_of(answer: Answer) -> str:
    """Return what kind of answer it is."""
    if answer.broke:
        return "none"
    if answer.results:
        return "result"
    return f"error {answer.codes[0]}" if answer.codes else f"HTTP {answer.status}"


def renumbered(steps: list[Step], number: int) -> list[Step]:
    """Return the same requests with other ids."""
    found = []
    for place, step in enumerate(steps):
        message = {**json.loads(step.body), "id": f"{number}.{place}"}
        found.append(replace(step, body=json.dumps(message).encode(), rpc_id=message["id"]))
    return found


def contents(answer: Answer) -> str:
    """Return what a result says, without what differs each time by rule."""
    return json.dumps([{**result, "_meta": None} for result in answer.results], sort_keys=True)
