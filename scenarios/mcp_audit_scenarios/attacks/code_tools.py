"""Tools that run code or commands of their callers by design: that they do, and what that code reaches.

Nothing is written, deleted or installed: the code multiplies two numbers, and asks the auditor's listener.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mcp_audit_harness.declare import Bench, Unobservable, Verdicts, callable_tool, check, scenario
from mcp_audit_harness.model import (
    Category,
    Exchange,
    Impact,
    Planted,
    Severity,
    SeverityByExposure,
    failed,
    not_applicable,
    not_observed,
    passed,
)
from mcp_audit_harness.probe import Canary, Probe

from .argument_kinds import Slot, slots, takes_code
from .fetching import GRACE_S
from .occasions import newest_only
from .payloads import factors
from .tries import ask, text

_MOST = 4
_PATIENCE_S = 10.0
_NO_CODE = "no tool that may be called says that it runs code or commands"
_RULES = ("sandbox/code-is-isolated",)
_ISOLATION = "https://cwe.mitre.org/data/definitions/653.html"
_REACH: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("shell", lambda url: f"curl -s -m 2 {url} || wget -q -T 2 -O- {url}"),
    ("Python", lambda url: f"import urllib.request as u; print(u.urlopen({url!r}, timeout=2).read())"),
    ("JavaScript", lambda url: f"fetch({url!r}).then(r => r.text()).then(console.log)"),
)
_PRODUCT: Final[tuple[tuple[str, Callable[[int, int], str]], ...]] = (
    ("shell", lambda left, right: f"echo $(({left}*{right}))"),
    ("Python", lambda left, right: f"print({left}*{right})"),
    ("JavaScript", lambda left, right: f"console.log({left}*{right})"),
    ("SQL", lambda left, right: f"SELECT {left}*{right}"),
    ("an expression", lambda left, right: f"{left}*{right}"),
)
_READ: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("shell", lambda path: f"cat {path}"),
    ("Python", lambda path: f"print(open({path!r}).read())"),
    ("JavaScript", lambda path: f"console.log(require('fs').readFileSync({path!r}, 'utf8'))"),
)


@dataclass(frozen=True, slots=True)
class CodeTool:
    """One place for code; each language that worked there, with the answer that shows it."""

    subject: str
    label: str
    calls: tuple[Exchange, ...]
    ran: str
    """The language in which it multiplied; empty if in none."""
    multiplied: Exchange | None
    reached: str
    """The language in which it called the listener; empty if in none."""
    calling: Exchange | None
    read: str
    """The language in which it read a planted file outside of the directory that was granted; empty if in none."""
    reading: Exchange | None


@dataclass(frozen=True, slots=True)
class CodeTools:
    """Every place for code that was tried."""

    tools: tuple[CodeTool, ...]


@scenario(needs=(callable_tool, newest_only), impact=Impact.INTRUSIVE, timeout_s=90.0, bench=Bench.DIAGNOSTICS)
async def code_tools(probe: Probe) -> CodeTools:
    found = slots(probe.callable_tools(), takes_code, _MOST)
    if not found:
        return CodeTools(())
    try:
        planted = probe.plant()
    except Unobservable:
        planted = None
    async with probe.canary() as canary:
        return CodeTools(tuple([await _tool(probe, canary, slot, planted) for slot in found]))


async def _tool(probe: Probe, canary: Canary, slot: Slot, planted: Planted | None) -> CodeTool:
    calls: list[Exchange] = []
    ran, reached, read = "", "", ""
    for language, product in _PRODUCT:
        left, right = factors(probe.rng)
        calls.append(await ask(probe, slot, product(left, right), timeout=_PATIENCE_S))
        if str(left * right) in text(calls[-1]):
            ran = language
            break
    multiplied = calls[-1]
    for language, reach in _REACH:
        url = canary.url(host="127.0.0.1")
        calls.append(await ask(probe, slot, reach(url), timeout=_PATIENCE_S))
        if await canary.wait(url, timeout=GRACE_S):
            reached = language
            break
    calling = calls[-1]
    for language, reader in _READ if planted is not None else ():
        path = planted.beyond.path if planted is not None else ""
        calls.append(await ask(probe, slot, reader(path), timeout=_PATIENCE_S))
        if planted is not None and planted.beyond.text in text(calls[-1]):
            read = language
            break
    return CodeTool(
        slot.subject,
        slot.label,
        tuple(calls),
        ran,
        multiplied if ran else None,
        reached,
        calling if reached else None,
        read,
        calls[-1] if read else None,
    )


@check(
    code_tools,
    id="sandbox/runs-code-of-callers",
    title="Tool runs code of its callers",
    requirements=_RULES,
    severity=SeverityByExposure(local=Severity.INFO, remote=Severity.MEDIUM),
    category=Category.SECURITY,
    remediation="Offer it only where callers may do all that its account may; name what isolates it.",
    references=(_ISOLATION,),
)
def runs_code_of_callers(seen: CodeTools) -> Verdicts:
    """It says so, and it is true: what a caller sends is run. That is a capability, not a defect, and the most that a
    tool can grant. Whoever connects it hands it to everything that the model reads.
    """
    if not seen.tools:
        return not_applicable(_NO_CODE)
    found = [
        failed(f"The argument {one.label} was run ({one.ran}).", one.multiplied, subject=one.subject)
        for one in seen.tools
        if one.multiplied is not None
    ]
    answered = [call for one in seen.tools for call in one.calls if call.answered]
    return found or (passed(*answered[:10]) if answered else not_observed("no call with code was answered"))


@check(
    code_tools,
    id="sandbox/code-reaches-machine",
    title="Code of callers reaches the server's machine",
    requirements=_RULES,
    severity=SeverityByExposure(local=Severity.LOW, remote=Severity.HIGH),
    category=Category.SECURITY,
    remediation="Run it in a container of its own, without a network and without the host's files.",
    references=(
        _ISOLATION,
        "https://nvd.nist.gov/vuln/detail/CVE-2026-25904",
        "https://nvd.nist.gov/vuln/detail/CVE-2026-25905",
    ),
)
def code_reaches_machine(seen: CodeTools) -> Verdicts:
    """Isolation is what makes running foreign code bearable. Proof that there is none is a visit at the auditor's
    listener on the loopback of the machine, or the text of a planted file.
    """
    if not seen.tools:
        return not_applicable(_NO_CODE)
    failures = []
    for one in seen.tools:
        what = [
            *(["the loopback of the machine"] if one.calling is not None else []),
            *(["a file outside of the directory that was granted"] if one.reading is not None else []),
        ]
        evidence = [call for call in (one.calling, one.reading) if call is not None]
        if what:
            message = f"Code in the argument {one.label} reached {' and '.join(what)}."
            failures.append(failed(message, *evidence, subject=one.subject))
    answered = [call for one in seen.tools for call in one.calls if call.answered]
    return failures or (passed(*answered[:10]) if answered else not_observed("no call with code was answered"))
