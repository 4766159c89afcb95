"""Characters that a person does not see and a model reads: found, decoded, and told from honest uses.

Sources: Unicode Technical Standard 51 (emoji sequences), Unicode Technical Report 36 (visual spoofing), UAX 9 (bidi).
Emoji use joiners, variation selectors and, for flags of regions, tag characters; joiners also belong to scripts like
Persian and Hindi. Those are left alone.
"""

import re
import unicodedata
from typing import Final

_FLAGS: Final = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,20}\U000e007f")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]+")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_BINARY: Final = re.compile("[\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff]{8,}")
_TERMINAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]|\r(?!\n)")
_OVERRIDES: Final = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_UNSEEN: Final = frozenset("\u200b\u2060\u2061\u2062\u2063\u2064\u00ad\u180e\u3164\u115f\u1160\uffa0\u034f")
_JOINERS: Final = frozenset("\u200c\u200d")
_BLANKS: Final = re.compile(r"(?:(?<![^\S\n])[^\S\n]{200,}|(?<!\s)(?:[^\S\n]*\n){30,}[^\S\n]*)(?=\S)")
_LEAST: Final = 3
"""Decoded characters from which on a run is a text and no accident."""


def decoded_tags(text: str) -> str:
    """Return what runs of tag characters say in ASCII, flags of regions left out."""
    bare = _FLAGS.sub("", text)
    return " ".join(filter(None, (_plain(run.group()) for run in _TAGS.finditer(bare))))


def _plain(run: str) -> str:
    return "".join(chr(ord(char) - 0xE0000) for char in run if 0x20 <= ord(char) - 0xE0000 < 0x7F)


def decoded_selectors(text: str) -> str:
    """Return the bytes that runs of variation selectors spell (VS1 to VS256 are 0 to 255), as text."""
    found = [bytes(map(_selected, run.group())).decode("utf-8", "replace") for run in _SELECTORS.finditer(text)]
    return " ".join(words for words in found if len(words) >= _LEAST)


def _selected(char: str) -> int:
    point = ord(char)
    return point - 0xFE00 if point < 0xE0000 else point - 0xE0100 + 16


def decoded_bits(text: str) -> str:
    """Return the ASCII text that a run of two kinds of zero-width characters spells bit by bit; empty if none."""
    for run in _BINARY.finditer(text):
        kinds = sorted(set(run.group()))
        if len(kinds) != 2:
            continue
        for zero in kinds:
            bits = "".join("0" if char == zero else "1" for char in run.group())
            spelled = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - 7, 8))
            if len(spelled) >= _LEAST and all(0x20 <= byte < 0x7F for byte in spelled):
                return spelled.decode("ascii")
    return ""


def hidden_words(text: str) -> str:
    """Return what a text says in characters that nobody sees; empty if it says nothing there."""
    if text.isascii():
        return ""
    found = [words for words in (decoded_tags(text), decoded_selectors(text), decoded_bits(text)) if words.strip()]
    return " ".join(found) if len("".join(found)) >= _LEAST else ""


def terminal_codes(text: str) -> str:
    """Return the characters by which a text steers a terminal, as their numbers; empty if none."""
    found = sorted(set(_TERMINAL.findall(text)))
    return ", ".join(f"U+{ord(char):04X}" for char in found[:5])


def unseen(text: str) -> str:
    """Return characters without a shape, or that turn the writing around, as their numbers; empty if none.

    Joiners count between letters of Latin, Greek and Cyrillic only, directions only in a text without right-to-left
    letters, a byte order mark anywhere but at the beginning.
    """
    if text.isascii():
        return ""
    found = {char for char in text if char in _UNSEEN}
    if _OVERRIDES & set(text) and not any(unicodedata.bidirectional(char) in {"R", "AL"} for char in text):
        found |= _OVERRIDES & set(text)
    found |= {"\u202d", "\u202e"} & set(text)
    if "\ufeff" in text[1:]:
        found.add("\ufeff")
    found |= {char for at, char in enumerate(text) if char in _JOINERS and _between_plain_letters(text, at)}
    return ", ".join(f"U+{ord(char):04X}" for char in sorted(found)[:5])


def _between_plain_letters(text: str, at: int) -> bool:
    around = (text[at - 1 : at], text[at + 1 : at + 2])
    return all(side and script_of(side) in {"LATIN", "GREEK", "CYRILLIC"} for side in around)


def script_of(char: str) -> str:
    """Return the script of a letter, by the first word of its name; empty for what is no letter."""
    return unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""


def mixed_scripts(word: str) -> str:
    """Return the scripts that one word mixes and that look alike; empty if it mixes none."""
    if word.isascii():
        return ""
    scripts = {script_of(char) for char in word} & {"LATIN", "CYRILLIC", "GREEK", "FULLWIDTH", "MATHEMATICAL"}
    letters = {char for char in word if char.isalpha() and script_of(char) != "LATIN"}
    return " and ".join(sorted(scripts)) if len(scripts) > 1 and letters else ""


def far_apart(text: str) -> str:
    """Return the words that follow a gap that no window shows at once; empty if there is none."""
    gap = _BLANKS.search(text)
    return text[gap.end() : gap.end() + 80] if gap is not None and gap.start() > 0 else ""


def skeleton(name: str) -> str:
    """Return a name as it looks: compatibility forms, case, separators and common look-alikes made equal."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(_ALIKE.get(char, char) for char in plain)


_ALIKE: Final = {
    **dict(
        zip(
            "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u04bb\u04cf",
            "aeopcyxijsdhl",
            strict=True,
        )
    ),
    **dict(zip("\u03b1\u03bf\u03c1\u03b9\u03c5\u03bd\u03ba\u03c4\u03c7", "aopiuvktx", strict=True)),
    **dict(zip("\u0131\u0269\u01c0", "iil", strict=True)),
    **dict.fromkeys("-_. \u2010\u2011\u2012\u2013\u2014", "_"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
}
