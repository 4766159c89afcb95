"""Sampling: what is asked of the client's model, and what becomes of its answer (page `client/sampling`)."""

from collections.abc import Iterator
from typing import Any, Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, JsonObject, Severity, failed

from .asking import NOBODY_ASKED, Consultation, Question, judged, of_kind
from .client_replies import LOOP, MOST_USES, WRONG
from .exploration import Asking, exploration

_NO_SAMPLING: Final = NOBODY_ASKED.format("sampling")
_NO_TOOLS: Final = NOBODY_ASKED.format("sampling with tools")


@check(
    exploration,
    id="sampling/takes-unknown-content",
    title="A model's answer of an unknown type is taken",
    requirements=("sampling/validate-sampling-content",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Check the type of the content before you use it, and give an error where it is none that you know.",
    references=("https://cwe.mitre.org/data/definitions/20.html",),
)
def takes_unknown_content(seen: Asking) -> Verdicts:
    """What a model says is input like any other. The answer had content of a type that does not exist; a result that
    repeats its text shows that nobody looked.
    """
    looked: list[Consultation] = []
    failures = []
    for call in seen.calls:
        if call.manner != WRONG or not call.asked("sampling"):
            continue
        if call.went_on:
            failures.append(failed("The tool used content of an unknown type.", *call.evidence, subject=call.subject))
        if call.refused:
            looked.append(call)
    return judged(failures, looked, _NO_SAMPLING)


@check(
    exploration,
    id="sampling/asks-undeclared-sampling",
    title="A model is asked of a client that declared none",
    requirements=("lifecycle/only-negotiated-capabilities",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Look for the client's sampling capability before you ask, and say in the result what is missing.",
)
def asks_undeclared_sampling(seen: Asking) -> Verdicts:
    """A client without the capability answers method not found, or nothing, and the call hangs or fails."""
    looked = [call for call in _again(seen, "sampling") if "sampling" not in (call.declared or {})]
    failures = [
        failed("The server asked for sampling, which the client did not declare.", *call.evidence, subject=call.subject)
        for call in looked
        if call.asked("sampling")
    ]
    return judged(failures, looked, _NO_SAMPLING)


@check(
    exploration,
    id="sampling/tools-without-capability",
    title="A model is offered tools through a client that cannot do that",
    requirements=("sampling/no-tools-without-capability",),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Leave tools and toolChoice out unless the client declares sampling.tools.",
)
def tools_without_capability(seen: Asking) -> Verdicts:
    """Such a client has to refuse, or leaves the tools out, and the answer is none that the server can use."""
    looked = [call for call in _again(seen, "sampling") if "tools" not in _sampling(call)]
    failures = [
        failed(
            "The server offered tools, and the client did not declare sampling.tools.",
            *call.evidence,
            subject=call.subject,
        )
        for call in looked
        if any({"tools", "toolChoice"} & question.params.keys() for question in call.asked("sampling"))
    ]
    return judged(failures, looked, _NO_SAMPLING)


@check(
    exploration,
    id="sampling/context-without-capability",
    title="A model is to be told context by a client that cannot do that",
    requirements=("sampling/include-context-limited",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Leave includeContext out, or say none, unless the client declares sampling.context.",
)
def context_without_capability(seen: Asking) -> Verdicts:
    """The server counts on context that the model does not get."""
    looked = [call for call in _again(seen, "sampling") if "context" not in _sampling(call)]
    failures = [
        failed(
            f"includeContext is {wanted!r}, and the client did not declare it.", *call.evidence, subject=call.subject
        )
        for call in looked
        for question in call.asked("sampling")
        if (wanted := question.params.get("includeContext", "none")) != "none"
    ]
    return judged(failures, looked, _NO_SAMPLING)


def _again(seen: Asking, kind: str) -> list[Consultation]:
    """Return the calls by restricted clients of tools that ask for something of this kind."""
    asking = {call.tool for call in seen.calls if call.asked(kind)}
    return [call for call in seen.restricted if call.tool in asking]


def _sampling(call: Consultation) -> JsonObject:
    declared = (call.declared or {}).get("sampling")
    return declared if isinstance(declared, dict) else {}


@check(
    exploration,
    id="sampling/leaves-tool-use-unanswered",
    title="A model's use of a tool gets no result",
    requirements=("sampling/answer-tool-use", "sampling/tool-use-balanced"),
    severity=Severity.MEDIUM,
    category=Category.CONFORMANCE,
    remediation="Follow every message that uses tools with one message that holds a result for each use.",
)
def leaves_tool_use_unanswered(seen: Asking) -> Verdicts:
    """Providers of models refuse a conversation in which a use of a tool has no result right after it."""
    looked: list[Consultation] = []
    failures = []
    for call, question in of_kind(seen.calls, "sampling"):
        messages = _messages(question)
        for place, message in enumerate(messages):
            uses = {str(item.get("id")) for item in _items(message, "tool_use")}
            if uses:
                looked.append(call)
                following = messages[place + 1] if place + 1 < len(messages) else {}
                left = uses - {str(item.get("toolUseId")) for item in _items(following, "tool_result")}
                if left:
                    text = f"The use {min(left)!r} of a tool has no result in the message after it."
                    failures.append(failed(text, *call.evidence, subject=call.subject))
    return judged(failures, looked, _NO_TOOLS)


@check(
    exploration,
    id="sampling/mixes-tool-results",
    title="Results of tools share a message with other content",
    requirements=("sampling/tool-result-messages-only",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Put results of tools into a message of their own.",
)
def mixes_tool_results(seen: Asking) -> Verdicts:
    """Providers of models have a role of its own for results, and cannot translate such a message."""
    looked = list(_with_results(seen))
    failures = [
        failed("A message holds a result of a tool and something else.", *call.evidence, subject=call.subject)
        for call, _, message in looked
        if len(_items(message)) != len(_items(message, "tool_result"))
    ]
    return judged(failures, (call for call, _, _ in looked), _NO_TOOLS)


@check(
    exploration,
    id="sampling/result-of-unknown-use",
    title="The result of a tool names no use of it",
    requirements=("schema/tool-result-id-matches",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Give every result the id of the use that it answers.",
)
def result_of_unknown_use(seen: Asking) -> Verdicts:
    """A result that belongs to no use is refused by providers, or taken for the result of another."""
    looked = list(_with_results(seen))
    failures = []
    for call, question, message in looked:
        known = {str(item.get("id")) for other in _messages(question) for item in _items(other, "tool_use")}
        named = {str(item.get("toolUseId")) for item in _items(message, "tool_result")}
        if not named <= known:
            text = f"A result names the use {min(named - known)!r}, which is not in the conversation."
            failures.append(failed(text, *call.evidence, subject=call.subject))
    return judged(failures, (call for call, _, _ in looked), _NO_TOOLS)


@check(
    exploration,
    id="sampling/endless-tool-loop",
    title="A model can use tools without end",
    requirements=("sampling/tool-loop-limit",),
    severity=Severity.LOW,
    category=Category.CONFORMANCE,
    remediation="Stop after a number of rounds: send toolChoice none, or give an error.",
)
def endless_tool_loop(seen: Asking) -> Verdicts:
    """A model that does not come to an end costs the user money with every round. Fifty rounds in one call count as
    endless.
    """
    looped = [call for call in seen.calls if call.manner == LOOP]
    failures = [
        failed(f"The model used tools {len(call.asked('sampling'))} times.", *call.evidence, subject=call.subject)
        for call in looped
        if len(call.asked("sampling")) > MOST_USES
    ]
    ended = [call for call in looped if call.succeeded or call.refused]
    return judged(failures, ended, _NO_TOOLS)


def _with_results(seen: Asking) -> Iterator[tuple[Consultation, Question, JsonObject]]:
    """Yield the messages that hold results of tools."""
    for call, question in of_kind(seen.calls, "sampling"):
        for message in _messages(question):
            if _items(message, "tool_result"):
                yield call, question, message


def _messages(question: Question) -> list[JsonObject]:
    messages = question.params.get("messages")
    return [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []


def _items(message: JsonObject, kind: str = "") -> list[JsonObject]:
    content: Any = message.get("content")
    items = content if isinstance(content, list) else [content]
    return [item for item in items if isinstance(item, dict) and kind in {"", item.get("type")}]
