"""Points in time as Go writes them: RFC 3339 with up to nine fractional digits, more than `datetime` can hold."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

ZERO: Final = "0001-01-01T00:00:00Z"
"""Go's zero time, which stands for no time at all."""

_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))\Z"
)
_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146_097
_EPOCH: Final = datetime(1, 1, 1)  # noqa: DTZ001 - only added to, in UTC
_NANO: Final = 1_000_000_000


def nanoseconds(text: str) -> int:
    """Nanoseconds since the zero time; digits beyond the ninth are cut.

    Raises:
        ValueError: it is no time as Go reads one.
    """
    found = _TIME.match(text)
    if found is None:
        raise ValueError("not an RFC 3339 time")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("time of day out of range")
    seconds = (_day_number(year, month, day) * 24 + hour) * 3600 + minute * 60 + second - _offset(found)
    return seconds * _NANO + int((found[7] or "")[:9].ljust(9, "0"))


def in_utc(text: str) -> str:
    """The same moment with the zone Z; one before the year 1 or after 9999 stays as it is written.

    Raises:
        ValueError: as `nanoseconds`.
    """
    whole, fraction = divmod(nanoseconds(text), _NANO)
    try:
        moment = _EPOCH + timedelta(seconds=whole)
    except OverflowError:
        return text
    digits = f"{fraction:09d}".rstrip("0")
    return f"{moment.isoformat(timespec='seconds')}{'.' if digits else ''}{digits}Z"


def time_text(moment: datetime) -> str:
    """A moment with a zone, as this server writes it: UTC, microseconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _day_number(year: int, month: int, day: int) -> int:
    """Days since the first of January of the year 1; the calendar repeats every 400 years, so the year 0 works too."""
    shift = _CYCLE_YEARS if year == 0 else 0
    return date(year + shift, month, day).toordinal() - 1 - (_CYCLE_DAYS if shift else 0)


def _offset(found: re.Match[str]) -> int:
    if found[8] is None:
        return 0
    hours, minutes = int(found[9]), int(found[10])
    if hours > 23 or minutes > 59:
        raise ValueError("zone offset out of range")
    seconds = hours * 3600 + minutes * 60
    return -seconds if found[8] == "-" else seconds
