"""`openapi`: what a server offers, as a document that tools for HTTP interfaces read."""

import json
import sys
from pathlib import Path

import anyio

from ..api import load_catalogue, take_survey
from ..model import HttpTarget, Target
from ..policy import Exit, Options, may_call
from .files import write_text
from .usage import UsageError

_NOWHERE = "http://127.0.0.1/mcp"
"""A stdio server has no address: whoever uses the document puts theirs in its place."""


def openapi_command(target: Target, options: Options, out: str) -> int:
    """Write the document of what the target offers at its newest revision, to standard output for `-`.

    Raises:
        UsageError: if the file cannot be written, or no check pack can make such a document.
        TargetError: if the target cannot be read.
    """
    project = load_catalogue().project
    if project is None:
        raise UsageError("no installed check pack projects a server into OpenAPI")
    survey = anyio.run(take_survey, target, options)
    offer = survey.offers[-1]
    tools = tuple(tool for tool in offer.tools if may_call(tool, options.consent))
    url = target.label if isinstance(target, HttpTarget) else _NOWHERE
    document = project(offer, tools, url)
    text = json.dumps(document, indent=2) + "\n"
    if out == "-":
        sys.stdout.write(text)
        return Exit.CLEAN
    write_text(Path(out), text)
    count = len(document.get("paths", {}))
    left_out = len(offer.tools) - len(tools)
    told = f"{out}: {count} operations at {offer.revision}"
    told += f"; {left_out} tools are left out, since they may not be called: --call all" if left_out else ""
    sys.stderr.write(f"{told}\n")
    return Exit.CLEAN
