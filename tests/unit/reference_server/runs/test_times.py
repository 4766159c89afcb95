"""Times keep their nine digits and become UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oraclepack_mcp.runs.times import ZERO, in_utc, nanoseconds, time_text


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-07T20:35:28.45875924-06:00", "2026-01-08T02:35:28.45875924Z"),
        ("2026-01-07T20:35:28Z", "2026-01-07T20:35:28Z"),
        ("2024-02-29T23:59:59.999999999+00:00", "2024-02-29T23:59:59.999999999Z"),
        ("2026-01-07T20:35:28.1000Z", "2026-01-07T20:35:28.1Z"),
        (ZERO, ZERO),
        ("0001-01-01T00:00:00+06:00", "0001-01-01T00:00:00+06:00"),
        ("9999-12-31T23:59:59-06:00", "9999-12-31T23:59:59-06:00"),
        ("0000-02-29T00:00:00Z", "0000-02-29T00:00:00Z"),
    ],
)
def test_a_moment_is_shown_in_utc_unless_no_date_can_hold_it(text: str, utc: str) -> None:
    assert in_utc(text) == utc


def test_the_zero_time_is_the_origin_and_the_year_before_it_a_leap_year() -> None:
    assert nanoseconds(ZERO) == 0
    assert nanoseconds("0000-01-01T00:00:00Z") == -366 * 86_400 * 10**9
    assert nanoseconds("0001-01-01T00:00:00.0000000019Z") == 1


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_our_own_times_are_read_back_exactly(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    difference = zoned - datetime(1, 1, 1, tzinfo=UTC)

    assert nanoseconds(time_text(zoned)) == (difference // timedelta(microseconds=1)) * 1000
