"""Texts that are harmless as data and work something out as code: two factors go in, and only who ran them has the
product.

Each form fits several contexts at once: unquoted, in single and in double quotes. None changes anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

SHELL, TEMPLATE, CODE = "shell", "template", "code"
WORD: Final = "mcpaudit"
"""Harmless in each language."""
_LEAST, _MOST = 20_000, 46_000
"""The product of two such numbers fits 31 bits, which is as far as some interpreters of commands count."""

Form: TypeAlias = Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class Payload:
    """One form with its factors filled in."""

    kind: str
    how: str
    value: str
    proof: str


def _separated(mark: str) -> Form:
    """Return a form that ends a command with `mark` and begins another, unquoted and out of either quotes."""

    def form(left: int, right: int) -> str:
        echo = f"{mark}echo $(({left}*{right})){mark if mark != '|' else ' '}#"
        return f"{WORD}{echo}\"{echo}'{echo}"

    return form


def _braced(term: str) -> tuple[str, ...]:
    return f"{{{{{term}}}}}", f"${{{term}}}", f"#{{{term}}}"


SHELL_FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("$( )", lambda left, right: f"{WORD}$(({left}*{right}))'$(({left}*{right}))'"),
    ("a semicolon", _separated(";")),
    ("a line break", _separated("\n")),
    ("a pipe", _separated("|")),
    ("backticks", lambda left, right: f"{WORD}`expr {left} \\* {right}`'`expr {left} \\* {right}`'"),
    ("& of cmd.exe", lambda left, right: f'{WORD}&set /a {left}*{right}&rem "&set /a {left}*{right}&rem '),
)
TEMPLATE_FORMS: Final[tuple[tuple[str, Form], ...]] = (
    (
        "{{ }}, ${ } or #{ }",
        lambda left, right: f"{WORD} {{{{{left}*{right}}}}} ${{{left}*{right}}} #{{{left}*{right}}}",
    ),
    ("<%= %> or { }", lambda left, right: f"{WORD} <%= {left}*{right} %> {{{left}*{right}}}"),
)
CODE_FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("a Python expression", lambda left, right: f"len('ab'*{left})*{right}//2"),
    ("a JavaScript expression", lambda left, right: f"'ab'.repeat({left}).length*{right}/2"),
    ("a Python expression out of quotes", lambda left, right: f"{WORD}'+str({left}*{right})+'"),
    ("an expression out of quotes", lambda left, right: f"{WORD}'+({left}*{right})+'"),
    ("an expression out of double quotes", lambda left, right: f'{WORD}"+str({left}*{right})+"'),
)
YAML_FORMS: Final[tuple[tuple[str, Form], ...]] = (
    ("a YAML tag", lambda left, right: f"!!python/object/apply:operator.mul [{left}, {right}]"),
)


def factors(rng: Random) -> tuple[int, int]:
    """Return two numbers whose product nobody guesses."""
    return rng.randrange(_LEAST, _MOST), rng.randrange(_LEAST, _MOST)


def filled(kind: str, how: str, form: Form, rng: Random) -> Payload:
    """Return a form with fresh factors."""
    left, right = factors(rng)
    return Payload(kind, how, form(left, right), str(left * right))


def forms(*, templates: bool, yaml: bool) -> Iterator[tuple[str, str, Form]]:
    """Yield the forms to try in a place, each with its kind and name."""
    for how, form in SHELL_FORMS:
        yield SHELL, how, form
    if templates:
        for how, form in TEMPLATE_FORMS:
            yield TEMPLATE, how, form
    for how, form in (*CODE_FORMS, *(YAML_FORMS if yaml else ())):
        yield CODE, how, form
