"""Which features of clients the server makes use of, as far as the tools show it that may be called."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mcp_audit_harness.declare import feature
from mcp_audit_harness.model import Effort, Exchange, JsonObject, Priority, Sighting, implemented, missing, unseen

from .asking import NOBODY_ASKED, URL_REQUIRED, Consultation, of_kind
from .client_replies import form_fields
from .exploration import Asking, exploration

_ELICITATION: Final = "client/elicitation"
_SAMPLING: Final = "client/sampling"


@feature(
    exploration,
    id="sampling/requests",
    title="Asks the client's model",
    since="2024-11-05",
    until="2026-07-28",
    page=f"{_SAMPLING}#creating-messages",
    priority=Priority.LOW,
    effort=Effort.MEDIUM,
    remediation="Send sampling/createMessage where a tool needs a model, instead of a key for one of your own.",
)
def sampling_requests(seen: Asking) -> Sighting:
    """A server that samples works with the model that the user has, and needs no key. The last revision gives it up."""
    return _used(seen, "sampling")


@feature(
    exploration,
    id="sampling/tools",
    title="Lets the client's model use tools",
    since="2025-11-25",
    page=f"{_SAMPLING}#tools-in-sampling",
    priority=Priority.MEDIUM,
    effort=Effort.LARGE,
    remediation="Offer tools in sampling/createMessage to clients that declare sampling.tools, and run what it uses.",
)
def sampling_tools(seen: Asking) -> Sighting:
    """With tools the model can look things up before it answers: an agent, without a model of the server's own."""
    calls = [call for call, question in of_kind(seen.calls, "sampling") if question.params.get("tools")]
    return _seen(seen, calls, "sampling with tools")


@feature(
    exploration,
    id="roots/requests",
    title="Asks for the client's roots",
    since="2024-11-05",
    until="2026-07-28",
    page="client/roots",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Ask for roots/list where tools touch files, and keep to what it says.",
)
def roots_requests(seen: Asking) -> Sighting:
    """Roots say which directories the user means; without them the user has to configure each server by hand. The last
    revision gives them up.
    """
    if any(question.kind == "roots" for question in seen.before) and seen.calls:
        return implemented("asked for when a session begins", *_evidence(seen, seen.calls))
    return _used(seen, "roots")


@feature(
    exploration,
    id="elicitation/forms",
    title="Asks people by forms",
    since="2025-06-18",
    page=_ELICITATION,
    priority=Priority.MEDIUM,
    effort=Effort.MEDIUM,
    remediation="Send elicitation/create where a tool lacks something that a person knows, instead of failing.",
    requirements=("elicitation/mode-may-be-omitted", "elicitation/may-elicit-by-mrtr"),
)
def elicitation_forms(seen: Asking) -> Sighting:
    """A tool that can ask back needs no second call with better arguments, and can have what it does confirmed."""
    return _used(seen, "form")


@feature(
    exploration,
    id="elicitation/pages",
    title="Asks people on pages of its own",
    since="2025-11-25",
    page=f"{_ELICITATION}#url-mode-elicitation-requests",
    priority=Priority.HIGH,
    effort=Effort.LARGE,
    remediation="Use URL mode for passwords, payments and the consent of third parties.",
    requirements=("elicitation/may-return-32042",),
)
def elicitation_pages(seen: Asking) -> Sighting:
    """Secrets do not belong into forms of the client. A page is the one way to ask for them, and to have people sign in
    to a third party.
    """
    required = [call for call in (*seen.calls, *seen.restricted) if call.end.error_code == URL_REQUIRED]
    return _seen(seen, [*(call for call, _ in of_kind(seen.calls, "url")), *required], "opening a page")


@feature(
    exploration,
    id="elicitation/defaults",
    title="Fills in forms as far as it can",
    since="2025-11-25",
    page=f"{_ELICITATION}#requested-schema",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Give fields a default where there is an answer that most people would give.",
)
def elicitation_defaults(seen: Asking) -> Sighting:
    """A form that is filled in already takes one click."""
    return _in_forms(seen, lambda field: "default" in field, "a default")


@feature(
    exploration,
    id="elicitation/titled-choices",
    title="Gives choices a title, or lets people choose several",
    since="2025-11-25",
    page=f"{_ELICITATION}#requested-schema",
    priority=Priority.LOW,
    effort=Effort.SMALL,
    remediation="Write choices as oneOf with const and title, and several at a time as an array of them.",
)
def elicitation_titled_choices(seen: Asking) -> Sighting:
    """People read titles, programs values. Without titles one of them has to do with what is meant for the other."""
    choices = [call for call, question in of_kind(seen.calls, "form") if any(map(_is_choice, _fields(question.params)))]
    if not choices:
        return unseen(NOBODY_ASKED.format("a form with choices"))
    return _in_forms(seen, _is_titled, "choices with titles")


def _is_choice(field: JsonObject) -> bool:
    return "enum" in field or _is_titled(field)


def _is_titled(field: JsonObject) -> bool:
    return "oneOf" in field or "enumNames" in field or field.get("type") == "array"


def _fields(params: JsonObject) -> Iterable[JsonObject]:
    return form_fields(params.get("requestedSchema")).values()


def _in_forms(seen: Asking, has: Callable[[JsonObject], bool], what: str) -> Sighting:
    forms = list(of_kind(seen.calls, "form"))
    with_it = [call for call, question in forms if any(map(has, _fields(question.params)))]
    if with_it:
        return implemented(f"{_names(with_it)}: a form has {what}", *_evidence(seen, with_it))
    if not forms:
        return unseen(NOBODY_ASKED.format("a form"))
    return missing(f"{len(forms)} forms, none has {what}", *_evidence(seen, [forms[0][0]]))


def _used(seen: Asking, kind: str) -> Sighting:
    words = {"form": "a form", "roots": "its roots"}
    return _seen(seen, [call for call, _ in of_kind(seen.calls, kind)], words.get(kind, kind))


def _seen(seen: Asking, calls: list[Consultation], what: str) -> Sighting:
    if not calls:
        return unseen(NOBODY_ASKED.format(what))
    return implemented(f"{_names(calls)} asked for {what}", *_evidence(seen, calls))


def _evidence(seen: Asking, calls: Sequence[Consultation]) -> tuple[Exchange, ...]:
    """Return the first of the calls and, if it went without an answer, the stream on which the question came."""
    first = calls[0].evidence
    return first if any(exchange.answered for exchange in first) else (*first, *seen.asides, *seen.evidence)


def _names(calls: list[Consultation]) -> str:
    names = list(dict.fromkeys(call.tool for call in calls))
    rest = f" and {len(names) - 2} more" if len(names) > 2 else ""
    return f"{', '.join(names[:2])}{rest}"
