"""Text from a hostile target made safe to show: in a terminal, in Markdown, in HTML.

What a reader cannot see must not reach them as it is: control characters drive terminals (ECMA-48), bidirectional
controls reorder what is read (Unicode UAX #9, CVE-2021-42574), invisible characters hide text. All of them are shown
as the escapes that Python would write, `\\x1b` or `\\u202e`. A backslash that was there before stays as it is, so
that the same text is never escaped twice; the exact characters are in report.json.
"""

import re
from html import escape as _entities

_CONTROLS = "\x00-\x1f\x7f-\x9f"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default ignorable code points (Unicode DerivedCoreProperties), line and paragraph separators, interlinear marks."""
_SURROGATES = "\ud800-\udfff"
_UNSAFE = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_SURROGATES}]")
_UNSAFE_IN_BLOCK = re.compile(f"(?!\n)[{_CONTROLS}{_INVISIBLE}{_SURROGATES}]")
_BEYOND_ASCII_CONTROLS = re.compile(f"[\x7f-\x9f{_INVISIBLE}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_MARKUP = re.compile(r"[\\`*_{}\[\]<>&|~$#]|@+|^[-+=]|:(?=//)|(?<=mailto):|(?<=xmpp):|(?<=www)\.", re.IGNORECASE)
_AS_ENTITY = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}
_NUMBERED = re.compile(r"^(\d+)([.)])")
_SAFE_URL = re.compile(r"https?://[\w.~:/?#%+,;=-]+", re.ASCII)


def line(text: str) -> str:
    """Return `text` on one line, every unsafe character visible; a line break becomes `\\n`."""
    return _UNSAFE.sub(_visible, text)


def block(text: str) -> str:
    """Return `text` with its line feeds, every other unsafe character visible."""
    return _UNSAFE_IN_BLOCK.sub(_visible, text)


def json_text(document: str) -> str:
    r"""Return the same JSON document, with the unsafe characters that JSON allows in strings as `\u` escapes.

    RFC 8259 asks for escapes of U+0000 to U+001F only; a terminal obeys U+009B too.
    """
    return _BEYOND_ASCII_CONTROLS.sub(_json_escape, document)


def shortened(text: str, length: int) -> str:
    """Return at most `length` characters of `text`, and how many there were if that is not all of it."""
    return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"


def prose(text: str) -> str:
    """Return `text` for a Markdown sentence, heading or table cell: it reads the same and marks up nothing.

    No HTML, link, image, emphasis or code comes out of it, nor what GitHub would link by itself: addresses, e-mail
    addresses and mentions.
    """
    shown = _MARKUP.sub(_inert, line(text).strip(" "))
    return _NUMBERED.sub(r"\1\\\2", shown)


def code(text: str) -> str:
    """Return `text` as a Markdown code span that is also safe in a table; the empty text gives the empty text.

    A pipe is written `\\x7c`: how `\\|` reads behind another backslash differs from renderer to renderer.
    """
    shown = line(text).replace("|", "\\x7c")
    if not shown.strip(" "):
        return ""
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str, language: str = "") -> str:
    """Return `text` as a Markdown code block whose fence is longer than any run of backticks inside."""
    shown = block(text).rstrip("\n")
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def html(text: str) -> str:
    """Return `text` for an element or a quoted attribute of an HTML page: it reads the same and marks up nothing."""
    return _entities(line(text))


def html_block(text: str) -> str:
    """Return `text` for an element that keeps its line feeds; quotes stay, so it is for no attribute."""
    return _entities(block(text), quote=False)


def is_address(url: str) -> bool:
    """Whether an address is plain http(s), so that a page may link to it."""
    return _SAFE_URL.fullmatch(url) is not None


def link(label: str, url: str) -> str:
    """Return a Markdown link to an address of ours, or the label alone if the address is not plain http(s)."""
    return f"[{prose(label)}]({url})" if _SAFE_URL.fullmatch(url) else prose(label)


def address(url: str) -> str:
    """Return an address of ours as a Markdown link to itself, or as text if it is not plain http(s)."""
    return f"<{url}>" if _SAFE_URL.fullmatch(url) else prose(url)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    number = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _inert(match: re.Match[str]) -> str:
    if match[0].startswith("@"):
        return f"`{match[0]}`"
    return _AS_ENTITY.get(match[0], f"\\{match[0]}")


def _json_escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
