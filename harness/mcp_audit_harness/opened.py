"""A conversation with a target outside any audit: for tests that people write of their own servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import anyio

from .api import operator_secrets, operator_tokens, take_survey
from .errors import TargetError
from .lab.planting import Plantation
from .model import Revision, Survey, Target
from .policy import Options, may_call
from .probe import Probe
from .session.bounds import Bounds
from .session.connect import connect
from .session.credentials import Credentials
from .session.live import LiveProbe, SessionPool
from .session.transcript import Transcript

_SCENARIO = "own.test"


@asynccontextmanager
async def open_probe(
    target: Target, revision: Revision | None = None, *, options: Options | None = None, survey: Survey | None = None
) -> AsyncIterator[Probe]:
    """Yield a probe of `target` at `revision`, or at the newest that it offers.

    `survey` saves asking the target again what it offers. Nothing that the target does raises, once it is reached.

    Raises:
        TargetError: if the target cannot be reached, is no MCP server, or does not offer the revision.
    """
    chosen = options or Options()
    wanted = (revision,) if revision else chosen.revisions
    known = survey or await take_survey(target, replace(chosen, revisions=wanted))
    if revision is not None and revision not in known.revisions:
        offered = ", ".join(str(offer) for offer in known.revisions)
        raise TargetError(f"the server does not offer {revision}; it offers {offered}")
    transcript = _transcript(target)
    connector = await connect(target, transcript, Bounds(probe_timeout_s=chosen.timeout_s))
    plantation = Plantation(chosen.consent.plant_dir) if chosen.consent.plant_dir else None
    try:
        async with (
            SessionPool(connector) as pool,
            LiveProbe(
                connector,
                pool,
                transcript,
                scenario=_SCENARIO,
                revision=revision or known.revisions[-1],
                survey=known,
                consent=chosen.consent,
                may_call=partial(may_call, consent=chosen.consent),
                seed=chosen.seed,
                credentials=Credentials.of(target),
                plantation=plantation,
                pins=chosen.pins,
                fuzzing=chosen.fuzz,
            ) as probe,
        ):
            yield probe
    finally:
        if plantation is not None:
            plantation.clear()
        with anyio.CancelScope(shield=True), anyio.move_on_after(5):
            await connector.aclose()


def _transcript(target: Target) -> Transcript:
    return Transcript(secrets=operator_secrets(target), tokens=operator_tokens(target))
