"""How long is searched: the same few hundred inputs in every ordinary run, many times as many where it is asked for."""

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

VARIABLE = "MCP_AUDIT_PROPERTY_EXAMPLES"
_TIMES = int(os.environ.get(VARIABLE, "1"))


def searched(examples: int) -> settings:
    """Return settings for `examples` inputs, times what the environment asks for."""
    return settings(
        max_examples=examples * _TIMES,
        deadline=None,
        derandomize=_TIMES == 1,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )


def spoiled(whole: Sequence[bytes], pieces: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Return a strategy for texts that are nearly right: parts of `whole` and `pieces`, cut, doubled and mixed."""
    bits = st.sampled_from(whole) | st.sampled_from(pieces) | st.binary(max_size=6)
    cut = st.builds(lambda text, start, length: text[start : start + length], st.sampled_from(whole), _SMALL, _SMALL)
    return st.lists(bits | cut, max_size=12).map(b"".join) | st.binary(max_size=60)


def chunks(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Return the stream in pieces, as it might arrive."""
    places = sorted(cut % (len(stream) + 1) for cut in cuts)
    return [stream[start:stop] for start, stop in zip([0, *places], [*places, len(stream)], strict=True)]


_SMALL = st.integers(0, 200)
CUTS = st.lists(st.integers(0, 10_000), max_size=6)
