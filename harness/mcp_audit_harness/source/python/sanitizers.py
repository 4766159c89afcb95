"""Which calls make a client's text harmless, and for what; which carry it on."""

import re
from typing import Final

from .values import EVERY, Danger

PATH, SHELL, OPTION, SQL, URL, CODE = (
    Danger.PATH,
    Danger.SHELL,
    Danger.OPTION,
    Danger.SQL,
    Danger.URL,
    Danger.CODE,
)

CONVERSIONS: Final = frozenset(
    {
        "int",
        "float",
        "complex",
        "uuid.UUID",
        "decimal.Decimal",
        "datetime.datetime.fromisoformat",
        "datetime.datetime.strptime",
        "datetime.date.fromisoformat",
        "dateutil.parser.parse",
        "zoneinfo.ZoneInfo",
    }
)
"""They raise for any other text: what got through is harmless, and so is the argument after it."""

HARMLESS: Final = frozenset(
    {
        "len",
        "bool",
        "hash",
        "ord",
        "id",
        "isinstance",
        "issubclass",
        "hasattr",
        "callable",
        "any",
        "all",
        "range",
        "type",
    }
)
"""What they return holds no text of a client."""

CLEANERS: Final = {
    "shlex.quote": {SHELL},
    "pipes.quote": {SHELL},
    "shlex.join": {SHELL},
    "urllib.parse.quote": {URL},
    "urllib.parse.quote_plus": {URL, PATH},
    "urllib.parse.urlencode": {URL, PATH},
    "os.path.basename": {PATH},
    "ntpath.basename": {PATH},
    "ipaddress.ip_address": EVERY - {URL},
    "ipaddress.ip_network": EVERY - {URL},
    "re.sub": EVERY,
    "re.escape": {SHELL, SQL, OPTION},
    "glob.escape": {SHELL},
    "base64.b64encode": EVERY,
    "base64.urlsafe_b64encode": EVERY,
    "werkzeug.utils.secure_filename": EVERY,
    "psycopg.sql.Identifier": {SQL},
    "psycopg2.sql.Identifier": {SQL},
    "psycopg.sql.Literal": {SQL},
    "psycopg2.sql.Literal": {SQL},
}
"""What they return is harmless for some uses."""

CLEANING_METHODS: Final = {
    "translate": EVERY,
    "hexdigest": EVERY,
    "digest": EVERY,
    "isalnum": EVERY,
    "isdigit": EVERY,
    "isidentifier": EVERY,
    "isalpha": EVERY,
    "isnumeric": EVERY,
    "isdecimal": EVERY,
}

CARRIERS: Final = frozenset(
    {
        "str",
        "repr",
        "bytes",
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "sorted",
        "reversed",
        "min",
        "max",
        "iter",
        "next",
        "enumerate",
        "zip",
        "map",
        "filter",
        "getattr",
        "ascii",
        "format",
        "typing.cast",
        "copy.copy",
        "copy.deepcopy",
        "json.loads",
        "json.dumps",
        "base64.b64decode",
        "base64.urlsafe_b64decode",
        "binascii.unhexlify",
        "shlex.split",
        "textwrap.dedent",
        "unicodedata.normalize",
        "html.unescape",
        "urllib.parse.unquote",
        "urllib.parse.unquote_plus",
        "urllib.parse.urlparse",
        "urllib.parse.urlsplit",
        "urllib.parse.urlunparse",
        "urllib.parse.parse_qs",
        "os.fspath",
        "os.fsdecode",
        "os.path.expanduser",
        "os.path.expandvars",
        "os.path.split",
        "os.path.splitext",
        "os.path.dirname",
        "string.Template",
        "sqlalchemy.text",
        "sqlalchemy.sql.text",
        "psycopg.sql.SQL",
        "psycopg2.sql.SQL",
        "urllib.request.Request",
        "httpx.URL",
        "yarl.URL",
        "socket.gethostbyname",
        "socket.getaddrinfo",
    }
)
"""What they return holds the text that they were given."""

ANSWERS: Final = frozenset(
    """
    startswith endswith count find rfind index rindex exists is_file is_dir is_symlink is_absolute read_text read_bytes
    open stat lstat iterdir glob rglob walk write_text write_bytes mkdir unlink rmdir touch samefile is_relative_to
    match_ owner chmod
    """.split()  # noqa: SIM905 - a list of words is read as one
)
"""Methods of text and paths that return no text of a client: answers, or what a file holds."""

CHECKED_HOSTS: Final = frozenset(
    {"is_private", "is_loopback", "is_global", "is_link_local", "is_reserved", "is_multicast", "is_unspecified"}
)
"""Attributes of an address by which it is let through or not."""

_CHECKING: Final = re.compile(
    r"valid|check|safe|allow|saniti[sz]|verif|guard|restrict|permit|contain|within|inside|is_sub|authori[sz]|whitelist"
    r"|assert_|confine|secure|escape|slug|forbid|denied|deny|block|reject|ensure_(?:in|under|no|not)|enforce|jail|protect"
    r"|resolve_(?:in|under|below)|clean_|_clean|quote|parse_and_|identifier",
    re.IGNORECASE,
)
_NOT_CHECKING: Final = re.compile(
    r"check_(?:output|call)|model_validate|validate_(?:python|json)|(?:un|in)safe|exist|safe_(?:load|dump|get|run|exec|open)"
    r"|unescape|checkout|unquote|checksum|checkpoint|contains?_?key|block(?:s|_id|_size)|_blocks?$|content"
)
_TRUSTED: Final = ("subprocess.", "os.", "yaml.", "asyncio.", "git.", "json", "logging.", "shutil.")


def says_it_checks(called: str) -> bool:
    """Return whether the name of a function promises that what it lets through, or returns, is harmless."""
    name = called.rpartition(".")[2]
    if called.startswith(_TRUSTED) or _NOT_CHECKING.search(name):
        return False
    return bool(_CHECKING.search(name))
