"""A wall clock that jumps, that NTP corrects, and that is changed twice a year: no flood, no standstill, one summary a day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alerts.digests.making import make_due
from alerts.ledger import LEASE
from alerts.models import Alert, Digest, Recipient
from alerts.setback import WallClock, move_back, since_last_run
from monitor.config import settings
from monitor.models import Entry, Source
from monitor.polls import store
from monitor.polls.polling import due_sources
from monitor.sources import SourceConfig
from tests.alerts.conftest import NOW, queued, recipient
from tests.alerts.test_outbox import Tell, deliver, states
from tests.servers.telegram import TelegramServer

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "wall", "back"),
    [
        pytest.param(30, timedelta(seconds=30), timedelta(0), id="it goes as it should"),
        pytest.param(30, timedelta(seconds=29), timedelta(0), id="NTP slows it"),
        pytest.param(30, timedelta(seconds=-60), timedelta(0), id="NTP sets it back by a minute and a half"),
        pytest.param(30, timedelta(seconds=30) - DAY, DAY, id="set back by a day"),
        pytest.param(30, timedelta(seconds=30) + DAY, timedelta(0), id="set forward by a day"),
        pytest.param(30, 8 * HOUR, timedelta(0), id="the machine slept"),
    ],
)
def test_a_jump_back_is_seen(seconds: float, wall: timedelta, back: timedelta) -> None:
    watch = WallClock(NOW, 1000.0)
    assert watch.set_back(NOW + wall, 1000.0 + seconds) == back
    assert watch.set_back(NOW + wall + MINUTE, 1060.0 + seconds) == timedelta(0)


@pytest.mark.django_db(transaction=True)
class TestADayBack:
    """It is three o'clock, as it was for all that happened until now; then it is three o'clock of the day before."""

    then = NOW - DAY

    @pytest.fixture
    def sources(self) -> dict[str, SourceConfig]:
        known = [SourceConfig.model_validate({"id": f"s{n}", "url": f"http://a.kr/{n}"}) for n in range(20)]
        store.register(known)
        for minutes, one in enumerate(known):
            Source.objects.filter(id=one.id).update(
                next_poll_at=NOW + minutes * MINUTE, last_polled_at=NOW - MINUTE, last_success_at=NOW - MINUTE
            )
        return {one.id: one for one in known}

    @pytest.mark.sqlite  # on PostgreSQL nothing is moved
    def test_sources_are_visited_as_they_were_going_to_be(self, sources: dict[str, SourceConfig]) -> None:
        Source.objects.filter(id="s5").update(leased_until=NOW + store.LEASE)
        assert list(due_sources(sources, self.then + 20 * MINUTE)) == []
        move_back(DAY, self.then)
        # Neither all at once, nor a day later.
        assert len(list(due_sources(sources, self.then))) == 1
        assert len(list(due_sources(sources, self.then + 9 * MINUTE))) == 10
        assert since_last_run(self.then) == timedelta(0)

    def test_a_jump_while_it_was_off_is_known_by_the_last_visit(
        self, sources: dict[str, SourceConfig]
    ) -> None:
        assert since_last_run(self.then) == DAY - MINUTE
        assert since_last_run(NOW - 2 * MINUTE) == timedelta(0)

    @pytest.mark.sqlite  # on PostgreSQL nothing is moved
    def test_alerts_go_once_each_and_after_the_rest_they_were_asked_to_take(
        self, telegram: TelegramServer, tell: Tell
    ) -> None:
        queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
        one, two = Alert.objects.order_by("id")
        Alert.objects.filter(id=one.id).update(state="sent", sent_at=NOW - MINUTE)
        Alert.objects.filter(id=two.id).update(not_before=NOW + HOUR)
        deliver(telegram, at=self.then + 2 * HOUR)
        assert telegram.texts(1) == []
        move_back(DAY, self.then)
        deliver(telegram, at=self.then + HOUR - MINUTE)
        assert telegram.texts(1) == []
        deliver(telegram, at=self.then + HOUR)
        assert (states(), len(telegram.texts(1))) == (["sent", "sent"], 1)

    def test_what_a_killed_process_held_is_free_after_a_lease(
        self, telegram: TelegramServer, tell: Tell
    ) -> None:
        """Also where nobody saw the jump: no lease is that long."""
        queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
        Alert.objects.filter(id=Alert.objects.earliest("id").id).update(
            state="sending", attempts=1, leased_until=NOW + LEASE
        )
        Alert.objects.update(not_before=self.then)
        deliver(telegram, at=self.then)
        assert telegram.texts(1) == []
        deliver(telegram, at=self.then + LEASE + MINUTE)
        assert states() == ["sent", "sent"]

    @pytest.mark.sqlite  # on PostgreSQL nothing is moved
    def test_quiet_hours_end_when_they_end_and_pages_are_read_when_they_were_going_to_be(
        self, tell: Tell
    ) -> None:
        entry = tell("하나")
        queued(recipient("telegram:1", words=["x"]), [entry])
        Alert.objects.update(rolled=True, not_before=NOW + 4 * HOUR)
        Entry.objects.update(page_due_at=NOW + MINUTE)
        move_back(DAY, self.then)
        assert Alert.objects.get().not_before == NOW + 4 * HOUR
        assert Entry.objects.filter(id=entry.id, page_due_at=self.then + MINUTE).exists()


@pytest.mark.django_db(transaction=True)
def test_a_day_forward_makes_nothing_wait_and_nothing_come_twice(
    telegram: TelegramServer, tell: Tell
) -> None:
    queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")])
    Alert.objects.filter(id=Alert.objects.earliest("id").id).update(not_before=NOW + HOUR)
    for at in (NOW, NOW + DAY, NOW + DAY + MINUTE):
        deliver(telegram, at=at)
    assert (states(), len(telegram.texts(1))) == (["sent", "sent"], 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)], ids=["23 hours", "25 hours"]
)
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Seoul"])
def test_one_summary_a_local_day_whatever_the_clocks_do(
    monkeypatch: pytest.MonkeyPatch, day: date, hours: int, zone: str
) -> None:
    """A house in Seoul with readers in Berlin and in Seoul, looked at every half an hour for three days."""
    berlin = ZoneInfo("Europe/Berlin")
    begins = datetime(day.year, day.month, day.day, tzinfo=berlin).astimezone(UTC)
    ends = datetime(day.year, day.month, day.day + 1, tzinfo=berlin).astimezone(UTC)
    assert ends - begins == timedelta(hours=hours)
    assert settings().timezone.key == "Asia/Seoul"
    reader = recipient("telegram:1", digest=True)
    # Half past two is skipped on the one day and comes twice on the other.
    Recipient.objects.filter(id=reader.id).update(
        zone_name=zone, digest_at="02:30", created_at=begins - 30 * DAY
    )
    at = begins - DAY
    while at < ends + DAY:
        make_due(at)
        Alert.objects.filter(digest__isnull=False, state="queued").update(state="sent", sent_at=at)
        Recipient.objects.update(digest_covered_to=at)
        at += 30 * MINUTE
    days = list(Digest.objects.order_by("created_at").values_list("day", flat=True))
    first = (begins - DAY).astimezone(ZoneInfo(zone))
    wanted = [first.date() + timedelta(days=n) for n in range(4)]
    # Of the first and the last local day only those whose hour lay within.
    assert days == [one for one in wanted if one in days]
    assert len(days) == len(set(days)) >= 3
    assert day in days


@pytest.mark.django_db(transaction=True)
def test_summaries_after_a_day_back_are_one_a_local_day(telegram: TelegramServer) -> None:
    recipient("telegram:1", digest=True)
    moments = [NOW, NOW + DAY, NOW, NOW + HOUR, NOW + DAY, NOW + 2 * DAY]
    for at in moments:
        make_due(at)
        deliver(telegram, at=at)
    assert list(Digest.objects.order_by("id").values_list("day", flat=True)) == [
        date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22),
    ]  # fmt: skip
    assert len(telegram.texts(1)) == 3
