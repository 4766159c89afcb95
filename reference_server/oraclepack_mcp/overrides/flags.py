"""Which flags a step gets (OV-02, OV-03, X-16), and how they are put into its script (X-15).

The original pastes flags as they are. Here a flag that a shell could take for something else is refused, and what is
left is escaped. Escaping is by backslashes, not by quotes: a line of a quoted text may look like a call too, and there
a quote would end the text, while a backslash is only one more character of it.
"""

import re
from collections.abc import Iterable
from typing import Final

from oraclepack_mcp.errors import DomainError
from oraclepack_mcp.overrides.model import Overrides

URL_FLAG: Final = "--chatgpt-url"

_URL_FLAGS: Final = (URL_FLAG, "--browser-url")
_CALL: Final = re.compile(r"^([ \t]*oracle)(?=[ \t]|$)", re.MULTILINE)
_SAFE: Final = re.compile(r"[A-Za-z0-9@%+:,./_=?#&~-]+")
_ESCAPED: Final = re.compile(r"([?#&~])")


def is_targeted(step_id: str, overrides: Overrides | None) -> bool:
    """Whether overrides are about a step."""
    return overrides is not None and step_id in overrides.apply_to_steps


def effective_flags(step_id: str, baseline: Iterable[str], overrides: Overrides | None) -> list[str]:
    """The flags of a step before the URL of the run is known; as the original has them.

    A removed flag goes by itself: its value, when it is an argument of its own, stays.
    """
    if overrides is None or step_id not in overrides.apply_to_steps:
        return list(baseline)
    kept = [flag for flag in baseline if flag not in overrides.removed_flags]
    url = [URL_FLAG, overrides.chatgpt_url] if overrides.chatgpt_url else []
    return [*kept, *overrides.added_flags, *url]


def apply_url_rule(flags: Iterable[str], url: str | None) -> list[str]:
    """The flags without any URL of their own, with the given one at the end."""
    kept: list[str] = []
    is_value = False
    for flag in flags:
        if is_value:
            is_value = False
        elif flag in _URL_FLAGS:
            is_value = True
        elif flag.partition("=")[0] not in _URL_FLAGS:
            kept.append(flag)
    return [*kept, URL_FLAG, url] if url else kept


def step_flags(step_id: str, overrides: Overrides | None, run_url: str | None) -> list[str]:
    """The flags of a step when it runs; a URL of the overrides wins over that of the run, which the original forgets.

    Raises:
        DomainError: OVERRIDE_INVALID, the overrides still name a URL that should have been looked up.
    """
    own = overrides if is_targeted(step_id, overrides) else None
    if own is not None and own.url_name and not own.chatgpt_url:
        raise DomainError("OVERRIDE_INVALID", "the name of the URL has not been looked up", {"url_name": own.url_name})
    return apply_url_rule(effective_flags(step_id, (), own), own.chatgpt_url if own and own.chatgpt_url else run_url)


def inject_text(script: str, text: str) -> str:
    """The script with a text behind each `oracle` that starts a line, as the original does it; nothing is escaped."""
    return _CALL.sub(lambda found: f"{found[1]} {text}", script) if text else script


def inject_flags(script: str, flags: Iterable[str]) -> str:
    """The script with flags behind each `oracle` that starts a line, each one word wherever the line stands.

    Raises:
        DomainError: OVERRIDE_INVALID, a flag holds a character that could end a word or start something in a shell.
    """
    return inject_text(script, " ".join(map(_word, flags)))


def effective_script(step_id: str, code: str, overrides: Overrides | None, run_url: str | None) -> str:
    """The script of a step with its flags put in; without any it stays as it is.

    Raises:
        DomainError: OVERRIDE_INVALID, as `step_flags` and `inject_flags`.
    """
    return inject_flags(code, step_flags(step_id, overrides, run_url))


def _word(flag: str) -> str:
    if not _SAFE.fullmatch(flag):
        raise DomainError("OVERRIDE_INVALID", "a flag or URL holds a character that is not put into scripts")
    return _ESCAPED.sub(r"\\\1", flag)
