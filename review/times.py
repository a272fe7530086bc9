"""Pure: instants and days in the words of a Korean page: 오늘 09:12, 어제 18:40, 11.18."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.documents import DateConfidence
from monitor.i18n import _

#: Years that an address may ask for; beyond them days have no instants in some zones.
YEARS = range(2000, 2100)
#: "나중에" brings a story back at this hour …
MORNING = time(8)
#: … of the first morning that is not this very one: pressed at 07:50, it does not come back in ten minutes.
LEAST_REST = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class When:
    """A time as a page shows it."""

    text: str
    #: For the tooltip and for screen readers.
    exact: str
    #: For the `datetime` attribute.
    machine: str
    #: What the time is, where it is not when the source published.
    note: str = ""


def instant(at: datetime, now: datetime, zone: ZoneInfo) -> When:
    """An instant in the words of a page, by the clock of `zone`."""
    local = at.astimezone(zone)
    text = day_words(local.date(), now.astimezone(zone).date(), f"{local:%H:%M}")
    return When(text, f"{local:%Y-%m-%d %H:%M} {local:%Z}", f"{local:%Y-%m-%dT%H:%M%z}")


def published(
    at: datetime | None,
    confidence: str,
    first_seen_at: datetime,
    now: datetime,
    zone: ZoneInfo,
    source_zone: ZoneInfo,
) -> When:
    """When an entry was published, no more exactly than its source said; when we first saw it, where it said nothing."""
    if at is None:
        seen = instant(first_seen_at, now, zone)
        return When(seen.text, seen.exact, seen.machine, _("처음 본 시각"))
    if confidence == DateConfidence.DAY:
        # A day is kept as that day's midnight where the source is; anywhere else it may be the day before.
        day = at.astimezone(source_zone).date()
        return When(day_words(day, now.astimezone(zone).date()), f"{day:%Y-%m-%d}", f"{day:%Y-%m-%d}")
    return instant(at, now, zone)


def day_words(day: date, today: date, clock: str = "") -> str:
    """A day near `today` by its word, with `clock` where one is given; another as the bulletins print it, without."""
    near = {0: _("오늘"), 1: _("어제"), -1: _("내일")}
    word = near.get((today - day).days)
    if word:
        return f"{word} {clock}".strip()
    return f"{day.month}.{day.day}" if day.year == today.year else f"{day.year}.{day.month}.{day.day}"


def next_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """When a story that was put off at `at` comes back, by the clock of `zone`."""
    rested = at.astimezone(zone) + LEAST_REST
    morning = datetime.combine(rested.date(), MORNING, zone)
    return (
        morning if rested <= morning else datetime.combine(rested.date() + timedelta(days=1), MORNING, zone)
    )
