"""From ticket files to an index, actions, product requirements and, when asked for, an action pack (6.7)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.packs.templating import fill, find_template
from oraclepack_mcp.security.roots import MAX_ENTRIES, Location, Roots
from oraclepack_mcp.taskify.model import (
    MAX_ACTIONS,
    MAX_TICKETS,
    Ticket,
    TicketAction,
    TicketActions,
    Ticketified,
    TicketifyOptions,
    TicketsIndex,
)
from oraclepack_mcp.taskify.patterns import matches, split_pattern
from oraclepack_mcp.taskify.places import below, from_workdir, in_root_of
from oraclepack_mcp.taskify.tickets import read_ticket, ticket_actions
from oraclepack_mcp.taskify.written import Derived, has_keys, put, sorted_json, starts_with

MAX_TICKET_BYTES: Final = 1024 * 1024
"""Bytes of one ticket."""
MAX_ALL_BYTES: Final = 16 * 1024 * 1024
"""Bytes of all tickets of one call."""

MAX_PATTERNS: Final = 200
"""Patterns to include, and to exclude; also the characters of each."""

_ACTIONS_TITLE: Final = "# Actions (canonical, deterministic)"
_PRD_TITLE: Final = "# Product Requirements Document (from tickets)"
_PACK_NAME: Final = "ticket-action-pack.md"
_TEMPLATE: Final = "ticketify"


@dataclass(frozen=True, slots=True)
class _Derivation:
    """Everything that follows from the tickets, before anything is written."""

    index: TicketsIndex
    actions: TicketActions


def ticketify(roots: Roots, workdir: Location, options: TicketifyOptions) -> Ticketified:
    """Derive the files and write them, unless it is a dry run. The same tickets always lead to the same bytes.

    Raises:
        DomainError: NOT_FOUND, no file is a ticket; INVALID_ARGUMENT, an option is out of bounds, two tickets have one
            id, or a path cannot be put into a pack; TOO_LARGE; CONFLICT, a target holds something else; or what a path
            is refused for.
    """
    _require_bounds(options)
    directory, out_dir = roots.locate_directory(options.tickets_dir), roots.locate_directory(options.out_dir)
    prd = in_root_of(out_dir, options.prd_path, roots)
    made = {prd.id, *(below(out_dir, name).id for name in ("_actions.md", _PACK_NAME))}
    derived = _derive(roots, directory, out_dir, options, made)
    files = [
        Derived(below(out_dir, "_tickets_index.json"), _json(derived.index), has_keys("tickets", "tickets_dir")),
        Derived(below(out_dir, "_actions.json"), _json(derived.actions), has_keys("actions", "count")),
        Derived(
            below(out_dir, "_actions.md"), _actions_text(derived.actions.actions), starts_with(f"{_ACTIONS_TITLE}\n")
        ),
        Derived(prd, _prd_text(derived), starts_with(f"{_PRD_TITLE}\n")),
    ]
    pack = below(out_dir, _PACK_NAME) if options.mode == "pack" else None
    if pack is not None:
        text = _pack_text(options, workdir, {"tickets_dir": directory, "out_dir": out_dir, "prd_path": prd})
        files.append(Derived(pack, text.encode(), starts_with(text.splitlines()[0])))
    written = put(roots, files, dry_run=options.dry_run)
    return Ticketified(derived.index, derived.actions, prd.id, pack.id if pack else None, written, options.dry_run)


def _require_bounds(options: TicketifyOptions) -> None:
    if not 1 <= options.top_n <= MAX_TICKETS:
        raise DomainError("INVALID_ARGUMENT", f"top_n is a number from 1 to {MAX_TICKETS}")
    for patterns in (options.include, options.exclude):
        if max(len(patterns), *map(len, patterns), 0) > MAX_PATTERNS:
            sentence = f"there are at most {MAX_PATTERNS} patterns of at most {MAX_PATTERNS} characters"
            raise DomainError("INVALID_ARGUMENT", sentence)


def _derive(
    roots: Roots, directory: Location, out_dir: Location, options: TicketifyOptions, made: set[str]
) -> _Derivation:
    chosen = _select(roots, directory, options, made)
    contents = _read_all(roots, chosen)
    tickets = [read_ticket(place.path, raw) for place, raw in zip(chosen, contents, strict=True)]
    _require_distinct(tickets)
    pairs = sorted(zip(tickets, contents, strict=True), key=lambda pair: pair[0].ticket_id)
    actions = [action for ticket, raw in pairs for action in ticket_actions(ticket, raw)]
    if len(actions) > MAX_ACTIONS:
        raise DomainError("TOO_LARGE", f"the tickets lead to {len(actions)} actions, more than {MAX_ACTIONS}")
    index = TicketsIndex(
        exclude=list(options.exclude),
        include=list(options.include),
        selected_count=len(tickets),
        ticket_glob=options.ticket_glob,
        tickets=tickets,
        tickets_dir=directory.path or ".",
        top_n=options.top_n,
    )
    return _Derivation(index, TicketActions(actions, len(actions), out_dir.path or "."))


def _select(roots: Roots, directory: Location, options: TicketifyOptions, made: set[str]) -> list[Location]:
    """The first tickets by path; patterns to include or exclude are matched against the path below the root.

    What is `made` of tickets is none, also where it lies among them.
    """
    pattern = split_pattern(options.ticket_glob)
    listing = roots.files(directory, recursive=True, suffix="")
    if listing.is_cut:
        raise DomainError("TOO_LARGE", f"{directory.id} holds more than {MAX_ENTRIES} entries")
    depth = len(directory.parts)
    found = [file for file in listing.files if matches(pattern, file.parts[depth:]) and file.id not in made]
    if not found:
        raise DomainError("NOT_FOUND", f"no file below {directory.id} matches {options.ticket_glob!r}")
    kept = [file for file in found if not options.include or _matches_any(file.path, options.include)]
    kept = [file for file in kept if not _matches_any(file.path, options.exclude)]
    if not kept:
        raise DomainError("NOT_FOUND", f"none of {len(found)} tickets is left by include and exclude")
    return sorted(kept, key=lambda file: file.path)[: options.top_n]


def _matches_any(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _read_all(roots: Roots, files: list[Location]) -> list[bytes]:
    contents: list[bytes] = []
    left = MAX_ALL_BYTES
    for file in files:
        raw = roots.read_whole(file, MAX_TICKET_BYTES)
        left -= len(raw)
        if left < 0:
            raise DomainError("TOO_LARGE", f"the tickets hold more than {MAX_ALL_BYTES} bytes together")
        contents.append(raw)
    return contents


def _require_distinct(tickets: list[Ticket]) -> None:
    paths: dict[str, str] = {}
    for ticket in tickets:
        other = paths.setdefault(ticket.ticket_id, ticket.path)
        if other != ticket.path:
            sentence = f"the tickets {other} and {ticket.path} have one id, {ticket.ticket_id!r}"
            raise DomainError("INVALID_ARGUMENT", sentence, {"ticket_id": ticket.ticket_id})


def _json(value: TicketsIndex | TicketActions) -> bytes:
    return f"{sorted_json(asdict(value))}\n".encode()


def _actions_text(actions: list[TicketAction]) -> bytes:
    lines = [f"- [{action.action_id}] ({action.ticket_id}) {action.text}" for action in actions]
    return _text([_ACTIONS_TITLE, "", *lines])


def _prd_text(derived: _Derivation) -> bytes:
    tickets = derived.index.tickets
    requirements = [
        line
        for ticket in tickets
        for line in (f"### {ticket.ticket_id}: {ticket.title}", *([ticket.summary] if ticket.summary else []), "")
    ]
    return _text(
        [
            _PRD_TITLE,
            "",
            "## Overview",
            "This PRD is deterministically derived from repository ticket Markdown files.",
            "",
            "## Goals",
            "- Convert ticket intent into an actionable, trackable task plan.",
            "",
            "## Non-goals",
            "- Introducing undocumented scope beyond what is present in tickets.",
            "",
            "## Ticket Inventory",
            *(f"- [{ticket.ticket_id}] {ticket.title} ({ticket.path})" for ticket in tickets),
            "",
            "## Requirements (by ticket)",
            *requirements,
            "## Derived Actions",
            *(f"- {one.action_id}: {one.text} (ticket {one.ticket_id})" for one in derived.actions.actions),
            "",
            "## Acceptance Criteria",
            "- All derived actions are implemented and validated per ticket intent.",
            "",
            "## Open Questions",
            "- TODO: fill unknowns discovered during implementation.",
        ]
    )


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines).rstrip() + "\n").encode()


def _pack_text(options: TicketifyOptions, workdir: Location, places: dict[str, Location]) -> str:
    names = split_pattern(options.ticket_glob)
    values = {name: from_workdir(place, workdir) for name, place in places.items()}
    values |= {"project": "tickets", "ticket_glob": names[-1]}
    return fill(find_template(_TEMPLATE), values)[0]
