"""Choosing faults by name, and putting them around an app."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from oraclepack_faults.fault import ASGIApp, Fault
from oraclepack_faults.http_layer import HttpLayer
from oraclepack_faults.messages import MessageFaults


class UnknownFault(ValueError):  # noqa: N818 - it names what was asked for
    """No fault has this name; the message names the closest ones."""


def choose(names: Iterable[str], faults: Mapping[str, Fault]) -> tuple[Fault, ...]:
    """Find faults by their names, in the order asked for; a name that comes twice counts once.

    Raises:
        UnknownFault: no fault has this name.
    """
    chosen: dict[str, Fault] = {}
    for name in names:
        if name not in faults:
            close = difflib.get_close_matches(name, faults, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(close)}?" if close else "--list-faults names them all"
            raise UnknownFault(f"unknown fault {name!r}: {hint}")
        chosen[name] = faults[name]
    return tuple(chosen.values())


def wrap_http(app: ASGIApp, faults: Sequence[Fault]) -> ASGIApp:
    """Put faults around an app: the message hooks nearest to it, then the wrappers, the last fault outermost."""
    if messages := MessageFaults(faults):
        app = HttpLayer(app, messages)
    for fault in faults:
        if fault.http is not None:
            app = fault.http(app)
    return app
