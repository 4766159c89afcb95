"""The actions that Stage 3 finds, in the two forms of `_actions.json`: from answers (taskify) and from tickets."""

import re
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from oraclepack_mcp.taskify.fields import Fields
from oraclepack_mcp.taskify.json_text import read_json
from oraclepack_mcp.taskify.model import (
    MAX_ACTIONS,
    ActionItem,
    ActionKind,
    ActionsForm,
    Effort,
    Executor,
    TaskProblem,
    TicketAction,
)
from oraclepack_mcp.taskify.problems import Problems

MAX_ITEMS: Final = 20
"""Items of the taskify form."""

_ID: Final = re.compile(r"0[1-9]|1[0-9]|20")
_NUMBER: Final = re.compile(r"[0-9]{2,9}")
_FENCE: Final = "```"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Actions:
    """A file of either form, as far as it can be read."""

    form: ActionsForm
    metadata: dict[str, Any]
    items: list[ActionItem]
    actions: list[TicketAction]
    problems: list[TaskProblem]


def read_actions(raw: bytes) -> Actions:
    """Read and check an `_actions.json`; whatever it holds, its problems are told and nothing is raised."""
    problems = Problems()
    value = read_json(raw, problems)
    if value is None and problems:
        return Actions("unknown", {}, [], [], problems.told())
    root = value if isinstance(value, dict) else {}
    fields = Fields(root, "", problems)
    items: list[ActionItem] = []
    actions: list[TicketAction] = []
    metadata: dict[str, Any] = {}
    form: ActionsForm = "unknown"
    if "items" in root or "metadata" in root:
        form, metadata, items = "taskify", _metadata(fields), _items(fields)
    elif "actions" in root:
        form, actions = "ticketify", _ticket_actions(fields)
        metadata = {name: root[name] for name in ("version", "out_dir", "count") if name in root}
    else:
        problems.add("ACTIONS_UNKNOWN_FORM", "the file has neither items nor actions")
    return Actions(form, metadata, items, actions, problems.told())


def _metadata(root: Fields) -> dict[str, Any]:
    found = Fields.of(root.value.get("metadata"), "metadata", root.problems)
    if found is None:
        return {}
    for name in ("generated_at", "pack_date", "source_out_dir"):
        found.text(name)
    found.integer("top_n", 1)
    for name in ("repo", "tooling"):
        if name in found.value:
            Fields.of(found.value[name], f"metadata.{name}", root.problems)
    return found.value


def _items(root: Fields) -> list[ActionItem]:
    values = root.array("items")
    if len(values) > MAX_ITEMS:
        root.note("ACTIONS_TOO_MANY", "items", f"there are {len(values)} items, more than {MAX_ITEMS}")
    places = [Fields.of(value, f"items[{index}]", root.problems) for index, value in enumerate(values[:MAX_ITEMS])]
    items = [_item(place) for place in places if place is not None]
    _check_order(root, [item.id for item in items if item.id is not None])
    return items


def _item(fields: Fields) -> ActionItem:
    _note_fences(fields)
    dependencies = fields.texts("dependencies", required=False)
    if not all(_ID.fullmatch(dependency) for dependency in dependencies):
        fields.note("ACTIONS_BAD_VALUE", "dependencies", "a dependency is the id of an item, 01 to 20")
    return ActionItem(
        id=_item_id(fields),
        source_file=fields.text("source_file"),
        category=fields.text("category"),
        priority_score=fields.number("priority_score"),
        recommended_next_action=fields.text("recommended_next_action"),
        missing_artifacts=fields.texts("missing_artifacts"),
        acceptance_criteria=fields.texts("acceptance_criteria"),
        risk_notes=fields.texts("risk_notes"),
        estimated_effort=cast("Effort | None", fields.choice("estimated_effort", get_args(Effort))),
        dependencies=dependencies,
        executor=cast("Executor | None", fields.choice("executor", get_args(Executor), required=False)),
        exec_prompt=fields.text("exec_prompt", required=False),
        inputs=fields.texts("inputs", required=False),
    )


def _note_fences(fields: Fields) -> None:
    """A fence would end the block of the text that an item is put into."""
    for name, value in fields.value.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and _FENCE in text for text in texts):
            fields.note("ACTIONS_FENCE", name[:60], "the text holds a code fence")


def _item_id(fields: Fields) -> str | None:
    found = fields.text("id")
    if found is not None and not _ID.fullmatch(found):
        fields.note("ACTIONS_BAD_VALUE", "id", "an id is 01 to 20")
        return None
    return found


def _check_order(root: Fields, ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        root.note("ACTIONS_DUPLICATE", "items", "two items have one id")
    if ids != sorted(ids):
        root.note("ACTIONS_UNSORTED", "items", "items are sorted by id")


def _ticket_actions(root: Fields) -> list[TicketAction]:
    if root.integer("version", _VERSION) not in {None, _VERSION}:
        root.note("ACTIONS_BAD_VALUE", "version", "version 1 is known")
    root.text("out_dir")
    values = root.array("actions")
    if root.integer("count", 0) not in {None, len(values)}:
        root.note("ACTIONS_BAD_VALUE", "count", f"there are {len(values)} actions")
    if len(values) > MAX_ACTIONS:
        root.note("ACTIONS_TOO_MANY", "actions", f"only the first {MAX_ACTIONS} actions are read")
    known = values[:MAX_ACTIONS]
    places = [Fields.of(value, f"actions[{index}]", root.problems) for index, value in enumerate(known)]
    actions = [action for place in places if place is not None and (action := _ticket_action(place)) is not None]
    if len({action.action_id for action in actions}) < len(actions):
        root.note("ACTIONS_DUPLICATE", "actions", "two actions have one id")
    return actions


def _ticket_action(fields: Fields) -> TicketAction | None:
    action_id, ticket_id, path = fields.text("action_id"), fields.text("ticket_id"), fields.text("ticket_path")
    line, text = fields.integer("source_line", 1), fields.text("text")
    kind = cast("ActionKind | None", fields.choice("kind", get_args(ActionKind)))
    if action_id is None or ticket_id is None or path is None or line is None or text is None or kind is None:
        return None
    start = f"{ticket_id}-A"
    if not action_id.startswith(start) or not _NUMBER.fullmatch(action_id.removeprefix(start)):
        fields.note("ACTIONS_BAD_VALUE", "action_id", "an action id is that of its ticket, -A and a number")
    return TicketAction(action_id, kind, line, text, ticket_id, path)
