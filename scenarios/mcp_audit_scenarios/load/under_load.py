"""The load: an ordinary request, each request of the mix once, the load itself, and an ordinary request again."""

from dataclasses import replace
from typing import Final

import anyio
from mcp_audit_harness.declare import Bench, Unobservable, scenario
from mcp_audit_harness.load.plan import Profile
from mcp_audit_harness.model import Exchange, Impact, Transport
from mcp_audit_harness.model.loading import LoadRun
from mcp_audit_harness.probe import Probe

from ..conformance.trials import how, plain_method
from .mix import Mix, mix_of, subscribable
from .pace import clients_needed
from .trying import tried

_SPOKEN: Final = frozenset({Transport.HTTP, Transport.STDIO})
"""The generator does not speak HTTP+SSE."""
_TRIES: Final = 5
_PAUSE_S: Final = 1.0
_PATIENCE_S: Final = 3.0
_NOTHING: Final = "nothing is left to ask; allow some tools with --tool NAME or --call all, or choose another mix"


@scenario(load=True, transports=_SPOKEN, impact=Impact.INTRUSIVE, bench=Bench.PROCESS)
async def under_load(probe: Probe) -> LoadRun:
    """Send each request of the mix once, then all of them as the profile says, and an ordinary one afterwards."""
    profile = probe.loading.profile
    # A client that declares nothing is not asked anything, under load as here.
    async with probe.session(capabilities={}) as session:
        if session.opening is not None and not session.usable:
            raise Unobservable(f"no session could be opened: {how(session.opening)}", session.opening)
        before = await session.request(plain_method(probe))
        if not before.ok:
            raise Unobservable(f"an ordinary request was answered with {how(before)}", before)
        tools = probe.callable_tools()
        mix = await tried(session, mix_of(probe.offer, tools, profile), profile.payload_bytes, tools)
    if not mix.asks:
        raise Unobservable("; ".join((*mix.left_out, _NOTHING)), before)
    _demand_clients(profile, mix, before)
    run = await probe.load(mix.asks, subscribable(probe.offer) if profile.streams else ())
    return _with_samples(run, (before, *await _afterwards(probe)), mix)


def _demand_clients(profile: Profile, mix: Mix, before: Exchange) -> None:
    """Raise Unobservable where requests would wait for a client rather than for the target."""
    needed = clients_needed(profile, mix.alone_s)
    if needed > profile.clients:
        raise Unobservable(
            f"alone a request takes {1000 * mix.alone_s:.0f} ms, and a client waits for each: {profile.clients} "
            f"clients are too few for this load; see --clients {needed}, or offer less with --rate",
            before,
        )


def _with_samples(run: LoadRun, samples: tuple[Exchange, ...], mix: Mix) -> LoadRun:
    return replace(run, samples=samples, left_out=(*mix.left_out, *run.left_out))


async def _afterwards(probe: Probe) -> tuple[Exchange, ...]:
    """Return an ordinary request with its answer, as soon as there is one; the last of a few that had none.

    Nothing where there is nobody to ask: a program over stdio that does not start once more.
    """
    last: tuple[Exchange, ...] = ()
    for _ in range(_TRIES):
        await anyio.sleep(_PAUSE_S)
        try:
            last = (await _control(probe),)
        except Unobservable as reason:
            last = reason.evidence[-1:]
        if last and last[0].ok:
            break
    return last


async def _control(probe: Probe) -> Exchange:
    """Ask as a client does that comes now: with a session of its own."""
    async with probe.session() as session:
        if session.opening is not None and not session.usable:
            return session.opening
        return await session.request(plain_method(probe), timeout=_PATIENCE_S)
