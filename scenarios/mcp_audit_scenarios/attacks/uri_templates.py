"""URI templates (RFC 6570) that a target lists, and how their variables are filled in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from mcp_audit_harness.model import JsonObject

from .path_arguments import PATH_WORDS, words

_EXPRESSION: Final = re.compile(r"\{([+#./;?&]?)(\w+)(\*?)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A URI template (RFC 6570) with variables."""

    text: str

    @property
    def subject(self) -> str:
        """How findings name it."""
        return f"template:{self.text[:80]}"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of its plain variables."""
        return tuple(name for _, name, _ in _EXPRESSION.findall(self.text))

    @property
    def exploded(self) -> tuple[str, ...]:
        """The names of variables that stand for lists."""
        return tuple(name for _, name, star in _EXPRESSION.findall(self.text) if star)

    @property
    def takes_path(self) -> bool:
        """Whether a variable is named as a path is, or the template is one of files."""
        named = any(PATH_WORDS & {*words(name)} for name in self.variables)
        return bool(self.variables) and (named or self.text.startswith("file:"))

    @property
    def pattern(self) -> re.Pattern[str]:
        """What URIs that fit look like, read widely."""
        return re.compile(".*".join(re.escape(part) for part in re.split(r"\{[^{}]*\}", self.text)))

    def filled(self, value: str, *, raw: bool = False) -> str:
        """Return the URI with the last variable filled in and the others plain; `raw` encodes nothing."""
        last = self.variables[-1] if self.variables else ""

        def one(match: re.Match[str]) -> str:
            operator, name, _ = match.groups()
            given = value if name == last else "mcp-audit"
            coded = given if raw else quote(given, safe="/" if operator == "+" else "")
            return {"?": f"?{name}=", "&": f"&{name}=", "/": "/", ".": ".", "#": "#"}.get(operator, "") + coded

        return _EXPRESSION.sub(one, self.text)


def templates(listed: Iterable[JsonObject]) -> list[Template]:
    """Return the listed templates."""
    texts = (item.get("uriTemplate") for item in listed)
    return [Template(text) for text in texts if isinstance(text, str) and _EXPRESSION.search(text)]
