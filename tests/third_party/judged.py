"""What was said by hand about every FAIL on the servers of others: reports/published/findings.toml.

The file is data for people and for programs: `page` and `reasoning` are written by hand, `seen` is what the audits
showed, rewritten by `publish`.
"""

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

PUBLISHED: Final = Path(__file__).resolve().parents[2] / "reports" / "published"
FINDINGS: Final = PUBLISHED / "findings.toml"

Seen: TypeAlias = Mapping[str, tuple[str, ...]]
"""A server's title (name, version, transport) to the revisions at which the check failed."""
Fails: TypeAlias = Mapping[str, tuple[str, ...]]
"""A check to the revisions at which it failed on one server."""

_HEAD = """\
# Every FAIL on the servers of others, looked at by hand. `page` and `reasoning` are written by people: the page of the
# specification ({revision} stands for each revision) and why the sentence there makes the FAIL true. `seen` is what the
# audits showed; `python -m tests.third_party.publish` rewrites it, and adds new checks with an empty reasoning.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One check, and why its FAILs are true."""

    check: str
    page: str
    reasoning: str
    seen: Seen

    def pages(self, revisions: Iterable[str]) -> tuple[str, ...]:
        """Return the pages that the revisions have."""
        return tuple(dict.fromkeys(self.page.replace("{revision}", revision) for revision in revisions))


def read(path: Path = FINDINGS) -> dict[str, Judged]:
    """Return what the file says, by check; nothing if there is no file."""
    if not path.exists():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        item["check"]: Judged(
            item["check"],
            item["page"],
            item["reasoning"].strip(),
            {title: tuple(revisions) for title, revisions in item.get("seen", {}).items()},
        )
        for item in table.get("finding", ())
    }


def write(findings: Iterable[Judged], path: Path = FINDINGS) -> None:
    """Write the file: checks in the order of their ids, and those that no server fails left out."""
    ordered = sorted((item for item in findings if item.seen), key=lambda item: item.check)
    path.write_text("\n".join([_HEAD, *("\n".join(_lines(item)) + "\n" for item in ordered)]), encoding="utf-8")


def _lines(item: Judged) -> Iterable[str]:
    yield "[[finding]]"
    yield f"check = {_quoted(item.check)}"
    yield f"page = {_quoted(item.page)}"
    yield f'reasoning = """\n{item.reasoning}\n"""'
    yield "[finding.seen]"
    for title, revisions in sorted(item.seen.items()):
        yield f"{_quoted(title)} = [{', '.join(_quoted(revision) for revision in revisions)}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def merged(known: Mapping[str, Judged], shown: Mapping[str, Fails], titles: Collection[str]) -> dict[str, Judged]:
    """Return `known` with what the audits have `shown`; of the other servers those whose `titles` still exist."""
    checks = {*known, *(check for fails in shown.values() for check in fails)}
    return {check: _renewed(known.get(check, Judged(check, "", "", {})), shown, titles) for check in checks}


def _renewed(old: Judged, shown: Mapping[str, Fails], titles: Collection[str]) -> Judged:
    kept = {title: seen for title, seen in old.seen.items() if title in titles and title not in shown}
    fresh = {title: fails[old.check] for title, fails in shown.items() if old.check in fails}
    return replace(old, seen={**kept, **fresh})
