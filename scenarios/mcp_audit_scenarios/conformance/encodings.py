"""Texts that stand for something else: base64, URIs, media types; and characters that nobody sees."""

import base64
import binascii
import re

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*", re.ASCII)
_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,127}"
_MEDIA_TYPE = re.compile(rf"{_NAME}/{_NAME}(?:[ \t]*;.*)?", re.ASCII)
_FLAGS = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,20}\U000e007f")
"""Flags of regions: the one honest use of tag characters (Unicode Technical Standard 51, annex C)."""
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u202d\u202e\U000e0000-\U000e007f]")
"""Control characters but for white space, overrides of the writing direction, tag characters."""


def is_base64(text: str) -> bool:
    """Whether a text is base64 in the standard alphabet, with padding (RFC 4648, section 4)."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def is_uri(text: str) -> bool:
    """Whether a text has a scheme, and only characters that a URI may have (RFC 3986)."""
    return _URI.fullmatch(text) is not None


def is_media_type(text: str) -> bool:
    """Whether a text is a type and a subtype, with or without parameters (RFC 6838, section 4.2)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def unseen_characters(text: str) -> str:
    """Return the characters that a terminal obeys or that a person cannot see, as their numbers; empty if none."""
    found = sorted(set(_UNSEEN.findall(_FLAGS.sub("", text))))
    return ", ".join(f"U+{ord(character):04X}" for character in found[:5])
