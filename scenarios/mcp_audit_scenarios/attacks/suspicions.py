"""Texts that give orders to a model: patterns with weights, never a proof.

One rule alone is seldom enough: honest descriptions say "important", "first call", "instead of". Orders to keep
something from the user, or to forget other instructions, weigh enough by themselves; the rest has to come together in
one text. What is quoted, or stands in a text about such attacks, weighs less.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_ENOUGH: Final = 3
_LIKELY: Final = 5
_MOST_CHARACTERS: Final = 100_000
_SHORTEST: Final = 20
_NEAR: Final = 160


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, what it means, and how much it weighs."""

    name: str
    weight: int
    pattern: re.Pattern[str]


def _rule(name: str, weight: int, pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> Rule:
    return Rule(name, weight, re.compile(pattern, flags))


_USER: Final = r"(?:the |your |any )?(?:users?|humans?|operators?|persons?|people|developers?|anyone|anybody)"
_NOT: Final = r"\b(?:do not|don't|never|must not|mustn't|should not|shouldn't|avoid)\b (?:ever |please )?"
_TREASURE: Final = (
    r"(?:~/\.ssh|\bid_(?:rsa|ed25519|ecdsa)\b|\.env\b|/etc/(?:passwd|shadow)|\.aws/credentials|\.npmrc|\.netrc"
    r"|\.cursor/mcp\.json|mcp\.json|claude_desktop_config|\.kube/config|\b(?:api|ssh|private|secret|access) keys?\b"
    r"|\bpasswords?\b|\bcredentials\b|\benvironment variables\b|\b(?:access|auth|bearer) tokens?\b)"
)
_HOARD: Final = (
    r"(?:conversation|chat history|previous messages?|message history|system prompt|whole context|entire context"
    r"|full context|user'?s (?:messages?|prompts?|requests?))"
)
_RULES: Final = (
    _rule(
        "keeps something from the user",
        3,
        rf"{_NOT}(?:tell|inform|notify|alert|warn) {_USER}\b(?= ?(?:[.,;:!]|$|\n|about|this|of this"
        r"|that (?:you|this|it)|any|what you|you\b))",
    ),
    _rule(
        "keeps something from the user",
        3,
        rf"{_NOT}(?:mention|reveal|disclose|say|show|report|explain|display|output|repeat)\w* "
        r"(?:(?:this|that|it|these|any of (?:this|it)|anything|these instructions|this instruction)\b[^.\n]{0,30}? ?)?"
        rf"\bto {_USER}\b",
    ),
    _rule(
        "keeps something from the user",
        3,
        rf"{_NOT}(?:mention|reveal|disclose)\w* (?:(?:this|that|it|any of this|these instructions|this instruction)"
        r"(?: step| instruction| note| tag| parameter| field)?)(?= ?(?:[.,;:!]|$|\n|in your|anywhere|at all))",
    ),
    _rule(
        "keeps something from the user",
        2,
        rf"(?<!not )\bwithout (?:ever )?(?:telling|informing|notifying|alerting|asking) {_USER}\b",
    ),
    _rule("keeps something from the user", 3, rf"\b(?:secret|hidden|hide (?:this|it)|conceal\w*) from {_USER}\b"),
    _rule("keeps something from the user", 3, rf"\b{_USER} (?:must|should|need) not (?:know|see|notice|be told)\b"),
    _rule(
        "wants other instructions forgotten",
        3,
        r"\b(?:ignore|disregard|forget|override|bypass)\b (?:all |any |the |your |of |these |those )*"
        r"(?:previous|prior|earlier|other|above|preceding|existing|system|safety)\b[^.\n]{0,30}"
        r"\b(?:instructions?|prompts?|rules?|guidelines?|messages?|guardrails?)\b",
    ),
    _rule(
        "looks like a message of the system",
        2,
        r"<\s*/?\s*(?:important|system|instructions?|critical|secret|hidden|admin|override)\s*>|<\|im_start\|>"
        r"|\[/?(?:system|inst)\]|<<SYS>>|^#{1,4} *system(?: prompt| message)? *:?$",
        re.IGNORECASE | re.MULTILINE,
    ),
    _rule(
        "wants secrets read",
        2,
        r"\b(?:read|open|cat|load|access|fetch|include|attach|collect|retrieve|extract|print|copy|get|upload|send|pass)\b"
        rf"[^.\n]{{0,80}}?{_TREASURE}",
    ),
    _rule(
        "wants data handed over",
        2,
        r"\b(?:pass|put|include|insert|append|attach|copy|write|provide|send|forward|place|summari[sz]e)\b[^.\n]{0,60}?"
        rf"(?:{_HOARD}|\b(?:its|the|their) contents?\b)[^.\n]{{0,60}}?"
        r"\b(?:as|in|into|to|with|via) (?:the |this |a |an )?[`'\"]?(?:\w+[`'\"]? (?:parameter|argument|field)\b|https?://)",
    ),
    _rule("wants data sent elsewhere", 2, r"\b(?:send|forward|upload|post|bcc|cc|exfiltrate|transmit)\b[^.\n]{0,60}?"
          r"\b(?:to|at) (?:https?://|[\w.+-]+@[\w-]+\.\w)"),
    _rule(
        "gives orders about other tools",
        2,
        r"\b(?:when(?:ever)?|if|before|after|each time|every time)\b[^.\n]{0,40}?"
        r"(?:\b(?:any|all|every)(?: other)? tools?\b|\b(?:other|another) tools?\b|[`'\"]\w+[`'\"](?: tool)?"
        r"|\b[a-z]+_\w+\b tool)"
        r"[^.\n]{0,40}?\b(?:is|are|gets?) (?:used|called|invoked|available|present)\b[^.\n]{0,60}?"
        r"\b(?:must|always|should|have to|instead|first|also|change|redirect|replace|only)\b",
    ),
    _rule(
        "wants to be called before anything else",
        1,
        r"\b(?:always|must|have to|need to)\b[^.\n]{0,30}?\b(?:call|use|run|invoke)\b (?:this|the following)\b"
        r"[^.\n]{0,30}?\b(?:before|first|prior)\b|\bbefore (?:using|calling|running|answering|doing|any)\b[^.\n]{0,50}?"
        r"\b(?:you (?:must|have to|need)|always|first)\b",
    ),
    _rule(
        "presses",
        1,
        r"\b(?:IMPORTANT|CRITICAL|URGENT|MANDATORY|WARNING|ATTENTION)\b ?[:!]|\b(?:otherwise|or else)\b[^.\n]{0,40}?"
        r"\b(?:crash|fail|break|not work|be lost|lose|error)",
        re.NOFLAG,
    ),
    _rule("speaks to a model", 1, r"\byou are (?:now )?an? (?:ai|assistant|language model|agent)\b|\bas an ai\b"),
)  # fmt: skip
_BLOB: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{60,4000}={0,2}(?![A-Za-z0-9+/=_-])")
_ABOUT: Final = re.compile(
    r"prompt.injection|tool.poisoning|jail.?break|\battacks?\b|\bmalicious|\bsuspicious|\bdetect|\bscan(?:s|ner)?\b"
    r"|for example|\be\.g\.|such as",
    re.IGNORECASE,
)
_FORBIDS: Final = re.compile(r"\b(?:not|never|n't|nothing|no \w+)\b[^.\n]{0,80}$", re.IGNORECASE)
_QUOTES: Final = "\"'`\u201c\u2018\u00ab"
_HOARDING: Final = re.compile(
    r"side_?notes?|(?:full_|entire_|whole_)?(?:conversation|chat)(?:_?history|_?log|_?context)|system_?prompt"
    r"|previous_?messages|message_?history",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Why a text looks like an order to a model."""

    score: int
    rules: tuple[str, ...]
    span: str
    """The words that weigh most."""

    @property
    def sentence(self) -> str:
        """How sure it is, what it looks like, without the words."""
        sure = "likely" if self.score >= _LIKELY else "possible"
        return f"{sure} order to the model ({', '.join(self.rules)})"


@lru_cache(maxsize=4096)
def suspicion(text: str) -> Suspicion | None:
    """Return why a text looks like an order to a model; None where too little speaks for it."""
    if len(text) < _SHORTEST:
        return None
    seen = text[:_MOST_CHARACTERS]
    found = {**dict(_matches(seen)), **dict(_encoded(seen))}
    score = sum(weight for weight, _ in found.values())
    if score < _ENOUGH:
        return None
    heaviest = max(found.values())[1]
    return Suspicion(score, tuple(found), heaviest)


def _matches(text: str) -> Iterator[tuple[str, tuple[int, str]]]:
    best: dict[str, tuple[int, str]] = {}
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            weight = rule.weight - _doubt(text, match)
            if weight > best.get(rule.name, (0, ""))[0]:
                best[rule.name] = (weight, match.group())
    yield from best.items()


def _doubt(text: str, match: re.Match[str]) -> int:
    """Return how much less a match weighs: it is quoted, or the words before it speak about such texts."""
    before = text[max(0, match.start() - _NEAR) : match.start()]
    quoted = bool(before) and before[-1] in _QUOTES
    forbidden = match.group().startswith("without") and _FORBIDS.search(before)
    return 2 if quoted or forbidden or _ABOUT.search(before) else 0


def _encoded(text: str) -> Iterator[tuple[str, tuple[int, str]]]:
    """Yield base64 that spells words in which an order stands."""
    for blob in _BLOB.finditer(text):
        try:
            words = base64.b64decode(blob.group() + "=" * (-len(blob.group()) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        if words.isprintable() and any(rule.weight > 1 and rule.pattern.search(words) for rule in _RULES):
            yield "encodes it", (_ENOUGH, words)
            return


def hoards(name: str) -> bool:
    """Whether a parameter asks by its name for what the model was told elsewhere."""
    return _HOARDING.fullmatch(name) is not None
