"""The row of fields above a list, by which the script of the page shows a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..escape import html


@dataclass(frozen=True, slots=True)
class Choice:
    """A field that takes one of some values."""

    what: str
    """What of a row it asks for, as the script calls it."""
    label: str
    values: Sequence[str | tuple[str, str]]
    """Each as it is shown, or with what the script knows it by before that."""


def filters(name: str, label: str, choices: Sequence[Choice]) -> str:
    """Return the choices, of which none is the default, then search, reset and the count of rows of the list `name`."""
    return (
        f'<div class="filters scripted" role="search" aria-label="{label}" data-filters="{name}">'
        f"{''.join(_select(name, choice) for choice in choices)}"
        f'<label>Text <input type="search" data-filter="text" id="{name}-text" autocomplete="off"></label>'
        f'<button type="button" data-reset="{name}">Reset</button>'
        f'<span class="count" role="status" aria-live="polite" data-count="{name}"></span>'
        f'<button type="button" data-all="{name}">Open all</button></div>'
    )


def _select(name: str, choice: Choice) -> str:
    pairs = [(value, value) if isinstance(value, str) else value for value in choice.values]
    options = "".join(f'<option value="{html(value)}">{html(shown)}</option>' for value, shown in pairs)
    return (
        f'<label>{choice.label} <select data-filter="{choice.what}" id="{name}-{choice.what}">'
        f'<option value="">all</option>{options}</select></label>'
    )
