"""The options, which are those of `mcp-audit run` with `--mcp-` before their names; and what they ask for."""

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..model import Target
    from ..policy import FailOn, Options

AUDIT = "mcp-audit"
"""The first part of the node ids of the audit's items."""

_LISTS = {
    "revision": "only this spec revision (repeatable)",
    "only": "only checks whose id, area or category matches (repeatable)",
    "skip": "leave out checks that match (repeatable)",
    "tool": "only call tools whose name matches (repeatable)",
    "header": "'Name: value', sent with every request (repeatable)",
    "header-env": "'Name=VARIABLE': value from the environment (repeatable)",
}
_TEXTS = {
    "bearer-env": ("VARIABLE", "variable that holds a bearer token"),
    "second-bearer-env": ("VARIABLE", "... the token of another user"),
    "low-scope-bearer-env": ("VARIABLE", "... a token that may do less"),
    "foreign-audience-bearer-env": ("VARIABLE", "... a token for another server"),
    "issuer-key": ("FILE", "key of a test issuer: tokens good and bad are signed with it"),
    "plant-dir": ("DIR", "a directory that the target may read: planted files go there"),
    "canary-host": ("NAME", "how the target reaches the loopback of this machine"),
    "pins": ("FILE", "a lock that `mcp-audit pin` wrote: report what has changed since"),
    "exposure": ("WHO", "local or remote: who can reach the server"),
    "save": ("FILE", "save what was seen, for `mcp-audit judge FILE`"),
}
_FLAGS = {
    "intrusive": "allow what may change the state of the target or load it",
    "insecure": "do not verify the TLS certificate",
}


def add_options(parser: pytest.Parser) -> None:
    """Add every option."""
    group = parser.getgroup("mcp", "audit of a Model Context Protocol server (mcp-audit)")
    group.addoption("--mcp-target", metavar="URL", help="audit the server at this URL, an item for each check")
    group.addoption("--mcp-stdio", metavar="COMMAND", help="audit the stdio server that this command starts")
    profiles, calls, bounds = (
        ("quick", "standard", "deep"),
        ("none", "readonly", "all"),
        ("critical", "high", "medium", "low", "info", "never"),
    )
    group.addoption("--mcp-profile", choices=profiles, default="standard", help="how thorough")
    group.addoption("--mcp-call", choices=calls, default="readonly", help="tools that may be called")
    group.addoption(
        "--mcp-fail-on",
        choices=bounds,
        default="low",
        help="lowest severity that fails an item; what is below is reported as xfailed",
    )
    group.addoption("--mcp-seed", type=int, default=0, metavar="N", help="seed of everything random")
    group.addoption("--mcp-timeout", type=float, default=10.0, metavar="SECONDS", help="for one probe")
    group.addoption("--mcp-budget", type=float, default=300.0, metavar="SECONDS", help="for the whole audit")
    for name, told in _LISTS.items():
        group.addoption(f"--mcp-{name}", action="append", default=[], metavar=name.upper(), help=told)
    for name, (metavar, told) in _TEXTS.items():
        group.addoption(f"--mcp-{name}", default="", metavar=metavar, help=told)
    for name, told in _FLAGS.items():
        group.addoption(f"--mcp-{name}", action="store_true", help=told)


def wanted(config: pytest.Config) -> bool:
    """Whether the options name a target."""
    return bool(config.getoption("mcp_target", None) or config.getoption("mcp_stdio", None))


def named_items(config: pytest.Config) -> None:
    """Take node ids of audit items off the arguments, where pytest would look for files, and remember them.

    Where nothing but such ids is named, nothing else is collected. xdist hands the remembered ids to its workers.
    """
    ids = [word for word in config.args if word.startswith(f"{AUDIT}::")]
    if ids:
        config.option.mcp_ids = ids
        config.option.mcp_ids_alone = len(ids) == len(config.args)
    if ids or getattr(config.option, "mcp_ids_alone", False):
        rest = [word for word in config.args if word not in ids]
        config.args[:] = [] if config.option.mcp_ids_alone else rest


@dataclass(frozen=True, slots=True)
class Order:
    """What the options ask for."""

    target: "Target"
    options: "Options"
    fail_on: "FailOn"
    infos: bool
    """Whether findings that are mere information fail, too."""
    save: str
    ids: tuple[str, ...]
    """The items that were named on the command line; empty: all."""


def order_of(config: pytest.Config) -> Order:
    """Return what the options ask for; raises pytest.UsageError for what cannot be done."""
    from ..policy import FailOn  # noqa: PLC0415 - start-up time

    bound = str(config.getoption("mcp_fail_on"))
    return Order(
        target=target_of(config),
        options=audit_options(config),
        fail_on=FailOn("low" if bound == "info" else bound),
        infos=bound == "info",
        save=str(config.getoption("mcp_save")),
        ids=tuple(getattr(config.option, "mcp_ids", ())),
    )


def target_of(config: pytest.Config) -> "Target":
    """Return the target that the options name; raises pytest.UsageError for none, two, or one that cannot be."""
    from ..cli.targets import make_target  # noqa: PLC0415 - start-up time
    from ..cli.usage import UsageError  # noqa: PLC0415
    from ..model import StdioTarget  # noqa: PLC0415
    from ..model.target import IDENTITIES  # noqa: PLC0415

    url, command = config.getoption("mcp_target"), config.getoption("mcp_stdio")
    others = {name: config.getoption(f"mcp_{name.replace('-', '_')}_bearer_env") or None for name in IDENTITIES}
    try:
        target = make_target(
            url or None,
            shlex.split(command or "", posix=os.name != "nt"),
            config.getoption("mcp_header"),
            config.getoption("mcp_header_env"),
            config.getoption("mcp_bearer_env") or None,
            verify_tls=not config.getoption("mcp_insecure"),
            identity_env=others,
            issuer_key=config.getoption("mcp_issuer_key"),
        )
    except (UsageError, ValueError) as error:
        raise pytest.UsageError(f"mcp-audit: {error}") from error
    here = str(config.invocation_params.dir)
    return replace(target, cwd=here) if isinstance(target, StdioTarget) else target


def audit_options(config: pytest.Config, **changes: Any) -> "Options":
    """Return the options of an audit, with `changes` by the names of `make_options`; raises pytest.UsageError."""
    from ..cli.pin import read_pins  # noqa: PLC0415 - start-up time
    from ..cli.targets import make_options  # noqa: PLC0415
    from ..cli.usage import UsageError  # noqa: PLC0415
    from ..policy import Profile  # noqa: PLC0415

    pins = config.getoption("mcp_pins")
    words: dict[str, Any] = {
        "revisions": config.getoption("mcp_revision"),
        "profile": config.getoption("mcp_profile"),
        "only": config.getoption("mcp_only"),
        "skip": config.getoption("mcp_skip"),
        "call": config.getoption("mcp_call"),
        "tools": config.getoption("mcp_tool"),
        "intrusive": config.getoption("mcp_intrusive"),
        "plant_dir": config.getoption("mcp_plant_dir"),
        "canary_host": config.getoption("mcp_canary_host"),
        "seed": config.getoption("mcp_seed"),
        "timeout_s": config.getoption("mcp_timeout"),
        "budget_s": config.getoption("mcp_budget"),
        "exposure": config.getoption("mcp_exposure"),
    } | changes
    try:
        words["profile"] = Profile(words["profile"])
        return make_options(**words, pins=read_pins(Path(pins)) if pins else None)
    except (UsageError, ValueError) as error:
        raise pytest.UsageError(f"mcp-audit: {error}") from error
