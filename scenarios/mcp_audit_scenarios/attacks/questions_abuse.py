"""Questions that ask too much: secrets in plain words, a model for other ends than the tool's, endless rounds."""

import re
from collections.abc import Iterator
from typing import Final

from mcp_audit_harness.declare import Verdicts, check
from mcp_audit_harness.model import Category, JsonObject, Revision, Severity, failed, not_applicable

from ..conformance.asking import NOBODY_ASKED, Consultation, Question, is_interim, judged, of_kind
from ..conformance.client_replies import ACCEPT, LOOP, form_fields
from ..conformance.exploration import Asking, exploration
from .invisible import hidden_words
from .spoken import shown_text, strings
from .suspicions import suspicion

_NO_SAMPLING: Final = NOBODY_ASKED.format("sampling")
_NO_FORM: Final = NOBODY_ASKED.format("a form")
_MOST_SAMPLES, _MOST_TOKENS, _MOST_CHARACTERS = 10, 100_000, 200_000
_MOST_ROUNDS: Final = 10
_STATELESS: Final = str(Revision.V2026_07_28)
_WANTS: Final = re.compile(
    r"\b(?:enter|provide|type(?: in)?|give|send|paste|share|confirm|supply|input|need|what is|tell (?:us|me))\b"
    r"[^.?!\n]{0,40}"
    r"\b(?:your|the|an?|current|login|account)\b[^.?!\n]{0,20}?"
    r"\b(password|passphrase|passcode|api[ -]?key|secret key|private key|access token|bearer token|recovery phrase"
    r"|seed phrase|security code|credit card number|card number|cvv|pin code|one[- ]time (?:code|password))\b"
    r"(?!s? (?:file|name|length|policy|id)\b)",
    re.IGNORECASE,
)


@check(
    exploration,
    id="elicitation/talks-of-secret",
    title="The words of a form ask for a secret",
    requirements=("elicitation/no-talk-of-secrets",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Ask for passwords, keys, tokens and card data on a page of your own (URL mode), never in a form.",
    references=("https://cwe.mitre.org/data/definitions/522.html",),
)
def talks_of_secret(seen: Asking) -> Verdicts:
    """A field called `value` takes a password as well as one called `password` does, if the message asks for it. What
    is typed goes through the client, its logs and often the model's context. Judged by the words of message, titles and
    descriptions, so it is likely, not certain.
    """
    asked = list(of_kind(seen.calls, "form"))
    failures = [
        failed(
            f"a form says '{shown_text(words)}', which likely asks for a secret", *call.evidence, subject=call.subject
        )
        for call, question in asked
        for words in _wanted(question)
    ]
    return judged(failures, (call for call, _ in asked), _NO_FORM)


def _wanted(question: Question) -> Iterator[str]:
    texts = [question.params.get("message")]
    for field in form_fields(question.params.get("requestedSchema")).values():
        texts += [field.get("title"), field.get("description")]
    for text in texts:
        found = _WANTS.search(text) if isinstance(text, str) else None
        if found is not None:
            yield found.group()


@check(
    exploration,
    id="sampling/orders-in-prompt",
    title="A model is asked with hidden text, or with orders that have nothing to do with the tool",
    requirements=("sampling/modest-requests",),
    severity=Severity.MEDIUM,
    category=Category.SECURITY,
    remediation="Ask for what the tool needs, in words that its user may read.",
    references=("OWASP MCP06:2025 Intent Flow Subversion", "https://cwe.mitre.org/data/definitions/1427.html"),
)
def orders_in_prompt(seen: Asking) -> Verdicts:
    """Sampling lets a server speak to the user's model, at the user's cost. A prompt that wants earlier instructions
    forgotten, or something kept from the user, uses that against both. Orders are a suspicion by patterns; text in
    characters that nobody sees is certain, and is spelled out.
    """
    asked = list(of_kind(seen.calls, "sampling"))
    failures = [
        failed(why, *call.evidence, subject=call.subject)
        for call, question in asked
        for place, text in strings(question.params, names=False)
        if (why := _abuse(place, text))
    ]
    return judged(failures, (call for call, _ in asked), _NO_SAMPLING)


def _abuse(place: str, text: str) -> str:
    if words := hidden_words(text):
        return f"{place} holds hidden characters that spell '{shown_text(words)}'"
    found = suspicion(text)
    return f"{place} holds a {found.sentence}: '{shown_text(found.span)}'" if found else ""


@check(
    exploration,
    id="sampling/wants-all-context",
    title="A model is to be told the context of all servers",
    requirements=("sampling/modest-requests",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Leave includeContext out, or say thisServer; put what the model needs into the messages.",
    references=("OWASP MCP10:2025 Context Injection & Over-Sharing",),
)
def wants_all_context(seen: Asking) -> Verdicts:
    """With `allServers` the model is told what other servers said, and its answer goes to this one. No tool of a server
    needs that to do its own work.
    """
    asked = list(of_kind(seen.calls, "sampling"))
    failures = [
        failed("includeContext is allServers", *call.evidence, subject=call.subject)
        for call, question in asked
        if question.params.get("includeContext") == "allServers"
    ]
    return judged(failures, (call for call, _ in asked), _NO_SAMPLING)


@check(
    exploration,
    id="sampling/without-measure",
    title="A model is asked too often, or for too much",
    requirements=("sampling/modest-requests",),
    severity=Severity.LOW,
    category=Category.SECURITY,
    remediation="Ask once, for a few thousand tokens, with messages that are no longer than the question needs.",
    references=("https://cwe.mitre.org/data/definitions/770.html",),
)
def without_measure(seen: Asking) -> Verdicts:
    """The user pays for every token. More than ten questions to the model in one call, a hundred thousand tokens
    wanted, or two hundred thousand characters sent, are more than a tool needs. Loops of a model's own tools have a
    check of their own.
    """
    plain = [call for call in seen.calls if call.manner != LOOP and call.asked("sampling")]
    failures = [failed(why, *call.evidence, subject=call.subject) for call in plain if (why := _excess(call))]
    return judged(failures, plain, _NO_SAMPLING)


def _excess(call: Consultation) -> str:
    asked = call.asked("sampling")
    if len(asked) > _MOST_SAMPLES:
        return f"the model was asked {len(asked)} times in one call"
    for question in asked:
        wanted = question.params.get("maxTokens")
        if isinstance(wanted, int | float) and wanted > _MOST_TOKENS:
            return f"maxTokens is {wanted}"
        length = sum(len(text) for _, text in strings(question.params, names=False))
        if length > _MOST_CHARACTERS:
            return f"the question has {length} characters"
    return ""


def _asks(result: JsonObject | None) -> bool:
    """Whether a result asks for something: one that asks for nothing is a finding of its own."""
    return result is not None and is_interim(result) and not {"inputRequests", "requestState"}.isdisjoint(result)


@check(
    exploration,
    id="mrtr/asks-without-end",
    title="A request that is answered asks again and again",
    requirements=("mrtr/comes-to-an-end",),
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Keep count of the rounds in requestState, and end with a result or an error after a few of them.",
    references=("https://cwe.mitre.org/data/definitions/835.html",),
)
def asks_without_end(seen: Asking) -> Verdicts:
    """A client that answers each question must get a result some time. One that is asked for ever keeps its user busy,
    and its model paying. Ten rounds with a proper answer to everything count as endless.
    """
    calls = [call for call in seen.calls if call.manner == ACCEPT]
    if calls and all(call.first.revision != _STATELESS for call in calls):
        return not_applicable("questions are requests of the server in this era")
    asked = [call for call in calls if len(call.rounds) > 1]
    failures = [
        failed(f"after {len(call.rounds)} rounds it still asks", *call.evidence, subject=call.subject)
        for call in asked
        if len(call.rounds) > _MOST_ROUNDS and _asks(call.end.result)
    ]
    return judged(failures, asked, NOBODY_ASKED.format("anything"))
