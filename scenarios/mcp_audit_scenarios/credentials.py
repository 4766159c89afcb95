"""Texts that give secrets or the inside of a program away: only what its very form proves, no guesses by words."""

import re

_SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=]{16}",
    "an access key of a cloud": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{35}\b",
    "a token of a service": (
        r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_[A-Za-z0-9_]{50,255}\b"
        r"|\bxox[abprs]-[A-Za-z0-9-]{20,255}\b|\bsk-[A-Za-z0-9_-]{32,255}\b"
    ),
    "a JSON Web Token": r"\beyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,4096}\.[A-Za-z0-9_-]{10,4096}\b",
    "a URL with a password": r"\b[a-z][a-z0-9+]{1,20}://[^\s/@:]{1,64}:(?!\*+@)[^\s/@:]{3,128}@[\w.-]{1,128}\b",
}
_INSIDES = {
    "a stack trace of Python": r'Traceback \(most recent call last\):\s+File "',
    "a stack trace of JavaScript": r"\n\s+at [^\n]{1,200}\([^\n()]{1,200}:\d+:\d+\)\s*\n\s+at ",
    "a stack trace of Java": r"\n\s*at [\w.$]{3,200}\([\w$]{1,100}\.java:\d+\)",
    "a stack trace of Go": r"goroutine \d+ \[running\]:",
}


def secret_in(text: str, known: str = "") -> str:
    """Return what kind of secret a text holds that is not in `known`, which the client said itself; empty for none."""
    return _first(_SECRETS, text, known)


def inside_in(text: str, known: str = "") -> str:
    """Return what a text tells of the program behind it that is not in `known`; empty for nothing."""
    return _first(_INSIDES, text, known)


def _first(patterns: dict[str, str], text: str, known: str) -> str:
    for name, pattern in patterns.items():
        for match in re.finditer(pattern, text, re.ASCII):
            if match.group() not in known:
                return name
    return ""
