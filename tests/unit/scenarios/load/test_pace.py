"""How long requests take alone, and how many clients that takes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_audit_harness.load.plan import Ask, Profile, Stage
from mcp_audit_harness.model.loading import Arrivals
from mcp_audit_scenarios.load.pace import UNLIKE_OTHERS_S, Tried, average_s, clients_needed, in_pace

RISING = Profile("ours", "Ours", (Stage(10.0, 5.0), Stage(40.0, 5.0)), clients=8)
ASKS = (Ask("a", "tools/call", 6.0, ({},)), Ask("b", "tools/call", 6.0, ({},)), Ask("c", "tools/list", 2.0, ({},)))
QUICK, SLOW = Tried({}, 0.01), Tried({}, UNLIKE_OTHERS_S + 0.1)


def test_what_takes_long_goes_where_the_rest_is_half_of_the_mix_or_more() -> None:
    assert in_pace(ASKS, {"a": [SLOW], "b": [QUICK], "c": [QUICK]}) == {"b": [QUICK], "c": [QUICK]}
    most = {"a": [SLOW], "b": [SLOW], "c": [QUICK]}
    assert in_pace(ASKS, most) == most


def test_what_failed_counts_for_neither_side() -> None:
    tried = {"b": [SLOW], "c": [QUICK]}
    assert in_pace(ASKS, tried) == tried, "the one tool that is left has six of eight parts"


def test_the_average_minds_the_weights() -> None:
    tried = {"a": [Tried({}, 0.1), Tried({}, 0.3)], "c": [Tried({}, 1.0)]}
    assert average_s([ASKS[0], ASKS[2]], tried) == pytest.approx((6 * 0.2 + 2 * 1.0) / 8)
    assert average_s([], {}) == 0


def test_clients_are_needed_for_the_highest_rate_and_of_a_ramp_for_its_first_step() -> None:
    assert clients_needed(RISING, 0.06) == 4
    assert clients_needed(replace(RISING, steps=True), 0.06) == 1
    assert clients_needed(replace(RISING, arrivals=Arrivals.CLOSED), 9.0) == 1


@given(st.floats(0.001, 2.0), st.floats(1.0, 1000.0))
def test_as_many_as_needed_are_never_all_busy(alone_s: float, rate: float) -> None:
    profile = Profile("ours", "Ours", (Stage(rate, 5.0),))
    assert rate * alone_s < clients_needed(profile, alone_s)
