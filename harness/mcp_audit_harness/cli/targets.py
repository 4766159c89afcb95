"""From the words of the command line to a target and options; every mistake is a `UsageError` of one line."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from ..errors import HarnessError
from ..fuzz.settings import FuzzSettings
from ..load.settings import LoadSettings
from ..model import Call, Consent, HttpTarget, Revision, StdioTarget, Target
from ..pins import Pins
from ..policy import Options, Profile
from .usage import UsageError

_BUDGET_S = 300.0
_DEEP_S = 1800.0
"""What generates its requests takes minutes, and of a slow target half an hour."""
_A_RUN_S = 4 * 3600
"""How long a token for a whole run lives, in seconds."""


def make_target(
    url: str | None,
    command_line: Sequence[str],
    headers: Sequence[str],
    header_env: Sequence[str],
    bearer_env: str | None,
    *,
    verify_tls: bool,
    identity_env: Mapping[str, str | None] | None = None,
    issuer_key: str = "",
) -> Target:
    """Return the target that the command line names; `identity_env` names variables with the tokens of others.

    Raises:
        UsageError: for no target or two, a URL that is none, a header without a name, a variable that is not set.
    """
    others = {name: variable for name, variable in (identity_env or {}).items() if variable}
    if command_line:
        if url is not None:
            raise UsageError(f"two targets: {url} and the command after --; give one")
        if headers or header_env or bearer_env or others or issuer_key:
            raise UsageError("headers are for URLs; a stdio server takes credentials from its environment")
        return StdioTarget(tuple(command_line))
    if url is None:
        raise UsageError("no target: give a URL, or a stdio command after --")
    _demand_url(url)
    pairs = [_header(text) for text in headers]
    pairs += [(name, _variable(variable)) for name, variable in map(_assignment, header_env)]
    if bearer_env:
        pairs.append(("authorization", f"Bearer {_variable(bearer_env)}"))
    identities = tuple((name, f"Bearer {_variable(variable)}") for name, variable in others.items())
    target = HttpTarget(url, tuple(pairs), verify_tls=verify_tls, identities=identities, issuer_key=issuer_key)
    return _bearing(target) if issuer_key else target


def _bearing(target: HttpTarget) -> HttpTarget:
    """Return a target to which the operator shows a token signed with the issuer's key, if they gave none."""
    from ..lab.minting import Mint  # noqa: PLC0415 - start-up time

    own = dict(target.headers).get("authorization", "")
    try:
        mint = Mint.read(target.issuer_key, own.partition(" ")[2], target.label)
        signed = (("authorization", f"Bearer {mint.token({'exp': _A_RUN_S})}"),) if not own else ()
    except HarnessError as error:
        raise UsageError(str(error)) from error
    return replace(target, headers=(*target.headers, *signed))


def _demand_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is not a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        hint = "a stdio command goes after --" if "://" not in url else "it has to start with http:// or https://"
        raise UsageError(f"{url!r} is not the URL of a server; {hint}")
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
        raise UsageError(f"{url!r} has white space or control characters in it")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise UsageError("a --header looks like 'Name: value'")
    return _checked(name.strip().lower(), value.strip())


def _assignment(text: str) -> tuple[str, str]:
    name, equals, variable = text.partition("=")
    if not equals or not name.strip() or not variable:
        raise UsageError("a --header-env looks like 'Name=VARIABLE'")
    return _checked(name.strip().lower(), variable.strip())


def _checked(name: str, value: str) -> tuple[str, str]:
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise UsageError(f"{name!r} is not the name of a header")
    if any(char in "\r\n\0" for char in value):
        raise UsageError(f"the value of the header {name} has a line break in it")
    return name, value


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise UsageError(f"the environment variable {name} is not set")
    return _checked(name, value)[1]


def make_options(
    *,
    revisions: Sequence[str] = (),
    profile: Profile = Profile.STANDARD,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    call: str = "readonly",
    tools: Sequence[str] = (),
    intrusive: bool = False,
    plant_dir: str = "",
    canary_host: str = "",
    seed: int = 0,
    timeout_s: float = 10.0,
    budget_s: float | None = None,
    exposure: str = "",
    pins: Pins | None = None,
    fuzz: FuzzSettings | None = None,
    load: LoadSettings | None = None,
) -> Options:
    """Return the options of a run; raises UsageError for words that are none of the allowed ones."""
    if call not in set(Call):
        raise UsageError(f"--call takes none, readonly or all, not {call!r}")
    if plant_dir and not os.access(plant_dir, os.W_OK | os.X_OK):
        raise UsageError(f"--plant-dir takes a directory that can be written, not {plant_dir!r}")
    if exposure not in {"", "local", "remote"}:
        raise UsageError(f"--exposure takes local or remote, not {exposure!r}")
    return Options(
        profile=profile,
        consent=Consent(Call(call), tuple(tools), intrusive, plant_dir, canary_host),
        revisions=tuple(revision_of(name) for name in revisions),
        only=tuple(only),
        skip=tuple(skip),
        seed=seed,
        timeout_s=timeout_s,
        budget_s=budget_s or (_DEEP_S if profile is Profile.DEEP else _BUDGET_S),
        pins=pins,
        fuzz=replace(fuzz or FuzzSettings(), seed=seed),
        load=load,
        exposure=exposure,
    )


def revision_of(name: str) -> Revision:
    """Return the revision that an option names; raises UsageError for what is none."""
    try:
        return Revision(name)
    except ValueError:
        known = ", ".join(str(revision) for revision in Revision)
        raise UsageError(f"{name!r} is not a revision of the specification; there are {known}") from None
