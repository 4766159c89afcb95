"""XML of a caller: entities that are declared in it, and ones that lie elsewhere."""

from dataclasses import dataclass

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import Category, Exchange, Impact, Severity, failed, not_applicable, not_observed, passed
from mcp_audit_harness.probe import Canary, Probe

from .argument_kinds import Slot, slots, takes_markup
from .fetching import GRACE_S
from .occasions import newest_only
from .tries import ask, ask_afresh, is_slow, succeeded, text

_MOST = 4
_NO_MARKUP = "no tool that may be called takes XML"
_RULES = ("markup/no-external-entities",)


@dataclass(frozen=True, slots=True)
class Document:
    """One place for XML: a plain document, one with entities of its own, and ones with entities from elsewhere."""

    subject: str
    label: str
    control: Exchange
    inner: Exchange
    expanded: str
    """What the entities come to; no request holds it."""
    outer: tuple[Exchange, ...]
    visited: bool
    again: tuple[Exchange, ...] = ()
    visited_again: bool = False
    file: Exchange | None = None
    """The answer to a document of which a planted file is a part; None where nothing is planted."""
    file_text: str = ""
    """What that file holds."""


@dataclass(frozen=True, slots=True)
class Documents:
    """Every place for XML that was tried."""

    places: tuple[Document, ...]
    any: bool
    """Whether there is such a place."""


@scenario(needs=(callable_tool, newest_only), impact=Impact.PROBING, timeout_s=40.0, bench=Bench.DIAGNOSTICS)
async def documents(probe: Probe) -> Documents:
    found = slots(probe.callable_tools(), takes_markup, _MOST)
    if not found:
        return Documents((), any=False)
    places = []
    async with probe.canary() as canary:
        for slot in found:
            control = await ask(probe, slot, _document("", "plain"))
            if not is_slow(control):
                places.append(await _place(probe, canary, slot, control))
    return Documents(tuple(places), any=True)


async def _place(probe: Probe, canary: Canary, slot: Slot, control: Exchange) -> Document:
    left, right = (str(probe.rng.randrange(10**5, 10**6)) for _ in range(2))
    inner = await ask(probe, slot, _document(f'<!ENTITY a "{left}"><!ENTITY b "&a;{right}">', "&b;"))
    file, file_text = await _file(probe, slot)
    urls = (canary.url(body="x"), canary.url(body=""))
    outer = [await ask(probe, slot, document) for document in _elsewhere(*urls)]
    if any(map(succeeded, outer)):
        await canary.wait(urls[0], timeout=GRACE_S)
    visited = any(map(canary.visits, urls))
    if not visited:
        return Document(
            slot.subject,
            slot.label,
            control,
            inner,
            left + right,
            tuple(outer),
            visited,
            file=file,
            file_text=file_text,
        )
    urls = (canary.url(body="x"), canary.url(body=""))
    again = [await ask_afresh(probe, slot, document) for document in _elsewhere(*urls)]
    return Document(
        slot.subject,
        slot.label,
        control,
        inner,
        left + right,
        tuple(outer),
        visited,
        tuple(again),
        any(map(canary.visits, urls)),
        file,
        file_text,
    )


async def _file(probe: Probe, slot: Slot) -> tuple[Exchange | None, str]:
    """Hand over a document of which a planted file is a part; return the answer, and what the file holds."""
    try:
        planted = probe.plant()
    except Unobservable:
        return None, ""
    document = _document(f'<!ENTITY a SYSTEM "{planted.beyond.uri}">', "&a;")
    return await ask(probe, slot, document), planted.beyond.text


def _document(declared: str, content: str) -> str:
    kind = f"<!DOCTYPE note [{declared}]>" if declared else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>{kind}<note>{content}</note>'


def _elsewhere(general: str, parameter: str) -> tuple[str, str]:
    """Return a document with an entity from an address, and one with declarations from another."""
    return (
        _document(f'<!ENTITY a SYSTEM "{general}">', "&a;"),
        _document(f'<!ENTITY % a SYSTEM "{parameter}"> %a;', "plain"),
    )


@check(
    documents,
    id="injection/resolves-external-entities",
    title="XML of a caller makes the server open files and addresses",
    requirements=_RULES,
    severity=Severity.HIGH,
    category=Category.SECURITY,
    remediation="Turn off DTDs and external entities in the parser (in Python: defusedxml).",
    references=("https://cwe.mitre.org/data/definitions/611.html",),
)
def resolves_external_entities(seen: Documents) -> Verdicts:
    """A document can name files and addresses as parts of itself. A parser that follows them reads the server's files
    into the answer, and asks services of its network. Proof is the text of a planted file, or two visits of random
    addresses of the auditor's listener.
    """
    if not seen.any:
        return not_applicable(_NO_MARKUP)
    failures = []
    for one in seen.places:
        if one.file is not None and one.file_text and one.file_text in text(one.file):
            message = f"An entity in the argument {one.label} brought the text of a planted file."
            failures.append(failed(message, one.file, one.control, subject=one.subject))
        elif one.visited and one.visited_again:
            message = f"An entity in the argument {one.label} was fetched from the listener."
            failures.append(failed(message, *one.outer, *one.again, one.control, subject=one.subject))
    answered = [answer for one in seen.places for answer in one.outer if answer.answered]
    return failures or (passed(*answered) if answered else not_observed("no document was answered"))


@check(
    documents,
    id="injection/expands-entities",
    title="XML of a caller may define its own entities",
    requirements=_RULES,
    severity=Severity.LOW,
    category=Category.ROBUSTNESS,
    remediation="Refuse documents with a DTD (in Python: defusedxml).",
    references=("https://cwe.mitre.org/data/definitions/776.html",),
)
def expands_entities(seen: Documents) -> Verdicts:
    """Entities that hold entities grow without bound: a document of a kilobyte can become one of gigabytes. Proof is a
    text that two entities make up, which the document holds in two parts.
    """
    if not seen.any:
        return not_applicable(_NO_MARKUP)
    failures = [
        failed(f"Entities in the argument {one.label} were expanded.", one.inner, one.control, subject=one.subject)
        for one in seen.places
        if one.expanded in text(one.inner)
    ]
    answered = [one.inner for one in seen.places if one.inner.answered]
    return failures or (passed(*answered) if answered else not_observed("no document was answered"))
