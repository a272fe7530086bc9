"""Pure: what a response's headers ask of those who come again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

#: No server's wish keeps us away longer.
LONGEST = timedelta(days=7)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """How long a server asks us to stay away: seconds or a date (RFC 9110 section 10.2.3), a week at most.

    None where it does not ask, or says what cannot be read. `headers` have their names in lower case; `now` is the wall
    clock's where it is not given.
    """
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return _seconds(value)
    at = _date(value)
    return None if at is None else max(timedelta(0), min(at - (now or datetime.now(UTC)), LONGEST))


def fresh_for(headers: Mapping[str, str]) -> timedelta:
    """How long a response stays fresh: max-age, else Expires against Date (RFC 9111 section 4.2.1); a week at most.

    0 where it does not say. `headers` have their names in lower case.
    """
    control = [part.strip().partition("=") for part in headers.get("cache-control", "").lower().split(",")]
    wishes = {name: value.strip().strip('"') for name, _, value in control}
    if wishes.keys() & {"no-cache", "no-store", "must-revalidate"} and "max-age" not in wishes:
        return timedelta(0)
    if (age := wishes.get("max-age", "")).isdecimal():
        spent = headers.get("age", "")
        return max(timedelta(0), _seconds(age) - (_seconds(spent) if spent.isdecimal() else timedelta(0)))
    expires, sent = _date(headers.get("expires", "")), _date(headers.get("date", ""))
    if expires is None or sent is None:
        return timedelta(0)
    return max(timedelta(0), min(expires - sent, LONGEST))


def _seconds(digits: str) -> timedelta:
    return min(timedelta(seconds=min(int(digits[:9]), 10**8)), LONGEST)


def _date(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
