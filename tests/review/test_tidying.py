"""What a night takes away, and what it must not: a whole house, years later."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection, models

from alerts.models import Alert, Digest, Recipient
from classifiers.models import Assessment, EntryVector, ModelVersion, Objection, Tag
from classifiers.serving import versions
from classifiers.training.retraining import rollback
from monitor.cli.tidy import ALONG_ENTRY, ALONG_STORY, NAMES, do_nightly, surpluses
from monitor.config import settings
from monitor.documents import Feed, FeedEntry
from monitor.models import Chore, Entry, Forgotten, Incident, Poll, RobotsFile, Source, Story, StoryKey
from monitor.polls.keeping import Validators, keep
from monitor.sources import SourceConfig
from monitor.upkeep import chores
from monitor.upkeep.tidying import tidy
from review.deciding.decisions import decide
from review.models import (
    Assignment,
    Candidate,
    Decision,
    PasswordTries,
    Presence,
    RefusedTap,
    Sample,
    SignedIn,
    SignInLink,
    StoryEvent,
)
from review.search.asking import question
from review.search.index import found_by, index_stories
from tests.review.conftest import NOW, forget_settings

DAY = timedelta(days=1)
OLD, YOUNG = NOW - 800 * DAY, NOW - 700 * DAY
pytestmark = pytest.mark.django_db


def tidied(now: datetime = NOW, *, dry_run: bool = False) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for what, count in tidy(surpluses(now), dry_run=dry_run):
        counts[what] += count
    return {what: count for what, count in counts.items() if count}


def told(title: str, at: datetime = OLD, *, story: Story | None = None, source: str = "boj") -> Entry:
    """An entry as the steps leave it: tagged, indexed, its story's lead."""
    Source.objects.get_or_create(id=source)
    story = story or Story.objects.create(first_seen_at=at, relevance=0.4)
    entry = Entry.objects.create(
        source_id=source, story=story, title=title, first_seen_at=at, tagged_at=at, guid_key="a" * 32,
        link_key=f"{abs(hash(title)):032x}"[:32], title_key=f"{abs(hash(title)) + 1:032x}"[:32],
    )  # fmt: skip
    Story.objects.filter(pk=story.pk, lead=None).update(lead=entry)
    Assessment.objects.create(entry=entry, relevance=0.4, kind="policy", model="m", assessed_at=at)
    Tag.objects.create(entry=entry, topic="ai", probability=0.9, model="m")
    EntryVector.objects.create(entry=entry, vector=b"12", encoder="e", first_seen_at=at)
    StoryKey.objects.create(entry=entry, key=entry.pk, first_seen_at=at)
    index_stories([story.pk])
    return entry


@pytest.fixture(autouse=True)
def newest(db: None) -> Entry:
    """The source's newest entry: it stays whatever its age."""
    return told("그 소스의 가장 새로운 항목", NOW - DAY)


def test_an_old_story_goes_with_all_that_hung_on_it() -> None:
    entry = told("오래된 금리 결정")
    told("같은 이야기의 둘째 항목", OLD, story=entry.story)
    kept = told("아직 두는 항목", YOUNG)
    assert tidied() == {"stories": 1}
    assert list(Entry.objects.filter(first_seen_at__lt=NOW - 2 * DAY)) == [kept]
    assert not Story.objects.filter(pk=entry.story_id).exists()
    for model in (Assessment, Tag, EntryVector, StoryKey):
        assert model.objects.count() == 2, model
    asked = question("금리")
    assert asked is not None
    assert not Story.objects.filter(pk__in=found_by(asked)).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM review_search")
        assert cursor.fetchone() == (2,)
    assert Forgotten.objects.count() == 2


def test_a_story_of_which_something_new_was_told_stays_whole() -> None:
    entry = told("오래된 첫 항목")
    told("새 항목", YOUNG, story=entry.story)
    assert tidied() == {}
    assert entry.story.entries.count() == 2


def decided(entry: Entry, kim: User) -> None:
    decide(entry.story_id, kim, Decision.Choice.REJECT, "web", OLD)


def undone(entry: Entry, kim: User) -> None:
    Decision.objects.create(story=entry.story, editor=kim, choice="undo", decided_at=OLD)


def commented(entry: Entry, kim: User) -> None:
    StoryEvent.objects.create(story=entry.story, editor=kim, kind="comment", text="나중에 보자")


def candidate(entry: Entry, kim: User) -> None:
    Candidate.objects.create(story=entry.story, accepted_by=kim)


def assigned(entry: Entry, kim: User) -> None:
    Assignment.objects.create(story=entry.story, assignee=kim, assigned_by=kim)


def sampled(entry: Entry, kim: User) -> None:
    Sample.objects.create(story=entry.story, week="2024-W37", place=0, below=10)


def retagged(entry: Entry, kim: User) -> None:
    Tag.objects.create(entry=entry, topic="bio-health", probability=1, editor=kim)


def corrected_by_command(entry: Entry, kim: User) -> None:
    Tag.objects.create(entry=entry, topic="bio-health", probability=0)


def objected(entry: Entry, kim: User) -> None:
    Objection.objects.create(entry=entry, topic="ai", term="AI", editor=kim, made_at=OLD)


def alert_waits(entry: Entry, kim: User) -> None:
    to = Recipient.objects.create(address="telegram:1")
    Alert.objects.create(recipient=to, story=entry.story, entry=entry, queued_at=OLD)


def alert_may_be_under_way(entry: Entry, kim: User) -> None:
    alert_waits(entry, kim)
    Alert.objects.update(state=Alert.State.SENDING)


@pytest.mark.parametrize(
    "touch",
    [decided, undone, commented, candidate, assigned, sampled, retagged, corrected_by_command, objected, alert_waits,
     alert_may_be_under_way],
    ids=lambda touch: touch.__name__,
)  # fmt: skip
def test_what_somebody_worked_on_or_waits_for_stays_for_ever(
    touch: Callable[[Entry, User], None], kim: User
) -> None:
    entry = told("누군가 손댄 항목")
    other = told("아무도 보지 않은 항목")
    touch(entry, kim)
    assert tidied() == {"stories": 1}
    assert Entry.objects.filter(pk=entry.pk).exists()
    assert not Entry.objects.filter(pk=other.pk).exists()


def test_whatever_points_at_a_story_or_an_entry_one_day_keeps_it_until_somebody_says_otherwise() -> None:
    """Every relation is on one side or the other: this test names those that do not keep a story."""
    assert {"entries", "alerts", "presences", "refused_taps"} == ALONG_STORY
    assert {"leads", "alerts", "tags", "assessment", "vector", "story_keys"} == ALONG_ENTRY
    for model, along in ((Story, ALONG_STORY), (Entry, ALONG_ENTRY)):
        known = {
            field.get_accessor_name()
            for field in model._meta.get_fields(include_hidden=True)
            if isinstance(field, models.ForeignObjectRel)
        }
        assert along <= known, f"{model.__name__} lost a relation that is named in monitor.cli.tidy"


def test_an_alert_that_was_sent_goes_with_its_story_and_not_before() -> None:
    """It is what keeps a story from being told twice."""
    to = Recipient.objects.create(address="telegram:1", created_at=OLD)
    for at in (OLD, YOUNG):
        entry = told(f"알린 항목 {at:%Y}", at)
        Alert.objects.create(
            recipient=to, story=entry.story, entry=entry, state="sent", queued_at=at, sent_at=at
        )
    assert tidied() == {"stories": 1}
    assert Alert.objects.count() == 1


def test_the_newest_entry_of_a_source_stays_whatever_its_age(newest: Entry) -> None:
    """A source's silence is measured from it."""
    quiet = told("조용한 소스의 마지막 항목", OLD, source="quiet")
    assert tidied(NOW + 2000 * DAY) == {}
    assert set(Entry.objects.all()) == {newest, quiet}


def test_with_0_entries_are_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told("오래된 항목")
    monkeypatch.setenv("MONITOR_KEEP_ENTRIES", "0")
    forget_settings()
    assert tidied() == {}


def test_a_dry_run_says_what_it_would_take_and_takes_nothing() -> None:
    told("오래된 항목")
    before = Entry.objects.count()
    assert tidied(dry_run=True) == {"stories": 1}
    assert Entry.objects.count() == before


BOJ = SourceConfig.for_url("https://boj.example/feed", "feed").model_copy(update={"id": "boj"})


def feed(*entries: FeedEntry) -> Feed:
    return Feed("rss20", entries)


@pytest.mark.parametrize(
    "again",
    [
        pytest.param({}, id="as it was"),
        pytest.param({"summary": "고친 글"}, id="corrected"),
        pytest.param({"guid": "urn:other"}, id="guid changed"),
        pytest.param({"link": "https://boj.example/new/1"}, id="moved"),
    ],
)
def test_what_a_feed_shows_again_after_it_was_tidied_away_is_not_news(again: dict[str, str]) -> None:
    first = {
        "guid": "urn:1",
        "link": "https://boj.example/1",
        "title": "금융정책 결정",
        "summary": "주요 의견을 공표하였다.",
    }
    other = {
        "guid": "urn:2",
        "link": "https://boj.example/2",
        "title": "그 뒤의 일",
        "summary": "그 뒤에 온 글이다.",
    }
    keep(BOJ, feed(entry_of(first)), Validators("", "", ""), OLD)
    keep(BOJ, feed(entry_of(other)), Validators("", "", ""), NOW - DAY)
    assert tidied() == {"stories": 1}
    assert keep(BOJ, feed(entry_of(first | again), entry_of(other)), Validators("", "", ""), NOW).new == 0
    # A second change on top of the first is recognised, too: the keys went along.
    later = first | again | {"title": "금융정책 결정 (정정)"}
    assert keep(BOJ, feed(entry_of(later)), Validators("", "", ""), NOW).new == 0
    third = {
        "guid": "urn:3",
        "link": "https://boj.example/3",
        "title": "정말 새 소식",
        "summary": "처음 보는 글이다.",
    }
    assert keep(BOJ, feed(entry_of(third), entry_of(later)), Validators("", "", ""), NOW).new == 1


def entry_of(said: dict[str, str]) -> FeedEntry:
    return FeedEntry(position=int(said["link"][-1]), **said)


def test_old_visits_to_sources_go_but_for_the_last_of_each() -> None:
    Source.objects.create(id="idle")
    for source, days in (("boj", 100), ("boj", 91), ("boj", 89), ("idle", 500), ("idle", 400)):
        Poll.objects.create(source_id=source, started_at=NOW - days * DAY, status="ok")
    assert tidied() == {"polls": 3}
    assert sorted(Poll.objects.values_list("source", "started_at")) == [
        ("boj", NOW - 89 * DAY), ("idle", NOW - 400 * DAY),
    ]  # fmt: skip


def summary(to: Recipient, at: datetime, state: str = "sent") -> Digest:
    made = Digest.objects.create(
        recipient=to, day=at.date(), covers_from=at - DAY, covers_to=at, created_at=at, message_id=f"<{to.pk}{at}>",
        subject="s", plain="p",
    )  # fmt: skip
    Alert.objects.create(
        recipient=to, digest=made, state=state, queued_at=at, sent_at=at if state == "sent" else None
    )
    return made


def test_summaries_of_years_ago_go_and_the_mark_up_to_which_they_told_stands() -> None:
    mark = NOW - 380 * DAY
    to = Recipient.objects.create(address="mailto:a@b.kr", digest=True, digest_covered_to=mark)
    unreached = Recipient.objects.create(address="mailto:c@d.kr", digest=True)
    summary(to, NOW - 400 * DAY)
    waiting = summary(to, NOW - 390 * DAY, "queued")
    last = summary(to, NOW - 380 * DAY)
    first = summary(unreached, NOW - 500 * DAY, "failed")
    summary(unreached, NOW - 499 * DAY, "failed")
    assert tidied() == {"digests": 1}
    assert {waiting, last, first} <= set(Digest.objects.all())
    to.refresh_from_db()
    assert to.digest_covered_to == mark
    assert Alert.objects.count() == 4


def test_notices_and_faults_of_years_ago_go_unless_someone_is_still_to_be_told() -> None:
    to = Recipient.objects.create(address="telegram:1", operator=True)
    past = NOW - 400 * DAY
    over = Incident.objects.create(source_id="boj", opened_at=past, closed_at=past, state="broken")
    untold = Incident.objects.create(source_id="boj", opened_at=past, closed_at=past, state="broken")
    standing = Incident.objects.create(source_id="boj", opened_at=past, state="broken")
    Alert.objects.create(recipient=to, incident=over, state="sent", queued_at=past)
    Alert.objects.create(recipient=to, incident=untold, queued_at=past)
    Alert.objects.create(recipient=to, notice={"kind": "refused"}, state="sent", queued_at=past)
    Alert.objects.create(recipient=to, notice={"kind": "refused"}, queued_at=past)
    assert tidied() == {"notices": 1, "incidents": 1}
    assert set(Incident.objects.all()) == {untold, standing}
    assert Alert.objects.count() == 2


def test_what_nobody_can_use_any_more_goes(kim: User) -> None:
    entry = told("눌린 항목", YOUNG)
    for key, days in (("live", 1), ("dead", -1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + days * DAY)
        SignedIn.objects.create(user=kim, session_key=key, door="link")
        SignInLink.objects.create(user=kim, token_hash=key, expires_at=NOW + days * DAY)
        PasswordTries.objects.create(key=key, last_tried_at=NOW + min(days, 0) * DAY)
        Presence.objects.create(page=key, editor=kim, story=entry.story, seen_at=NOW + 2 * min(days, 0) * DAY)
        RefusedTap.objects.create(
            story=entry.story,
            telegram_id=1,
            choice="accept",
            reason="stranger",
            tapped_at=NOW + 400 * min(days, 0) * DAY,
        )
        RobotsFile.objects.create(origin=key, fetched_at=NOW + 40 * min(days, 0) * DAY)
    names = ("sessions", "signed_in", "signin_links", "password_tries", "presences", "refused_taps", "robots")
    assert tidied() == dict.fromkeys(names, 1)
    assert SignedIn.objects.get().session_key == "live"
    assert tidied() == {}


def test_what_a_killed_process_left_half_written_goes_after_a_day() -> None:
    import os

    home = settings().home
    stale = [home / "secret.key.0a1b2c3d", home / "restore-x", home / "backups" / ".backup-y", home / "backups" / ".daily-2026-01-01.zip.12"]  # fmt: skip
    (home / "backups").mkdir(exist_ok=True)
    for path in stale[1:3]:
        path.mkdir()
        (path / "monitor.sqlite3").write_text("half")
    for path in (stale[0], stale[3]):
        path.write_text("half")
    fresh = home / "backups" / ".daily-2026-11-21.zip.13"
    fresh.write_text("being written")
    for path in stale:
        os.utime(path, ((NOW - 2 * DAY).timestamp(),) * 2)
    os.utime(fresh, (NOW.timestamp(),) * 2)
    try:
        assert tidied() == {"drafts": 4}
        assert fresh.exists()
        assert not any(path.exists() for path in stale)
    finally:
        fresh.unlink()


def test_old_models_go_and_rolling_back_never_leads_to_one_that_went() -> None:
    folder = settings().home / "models"
    folder.mkdir(exist_ok=True)
    names = [f"own-{number}-words" for number in range(8)]
    for number, name in enumerate(names):
        row = ModelVersion.objects.create(name=name, data={"encoder": "", "promoted": True})
        ModelVersion.objects.filter(pk=row.pk).update(created_at=OLD + number * DAY)
        for end in ("skops", "json"):
            (folder / f"{name}.{end}").write_text("{}")
    try:
        versions.activate(folder, "", names[-1])
        ModelVersion.objects.filter(name=names[-1]).update(active=True)
        assert tidied() == {"models": 3}
        assert sorted({file.stem for file in folder.glob("own-*")}) == names[3:]
        assert tidied() == {}
        assert [rollback("") for _step in range(5)] == [*reversed(names[3:-1]), ""]
    finally:
        for file in folder.glob("*own-*"):
            file.unlink()
        versions.activate(folder, "", "")


def test_every_kind_of_surplus_has_a_name_for_people() -> None:
    assert {surplus.what for surplus in surpluses(NOW)} == set(NAMES)


def test_the_night_backs_up_and_tidies_once_and_a_new_home_waits_for_its_first_night(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from monitor.cli import tidy as command

    told("오래된 항목")
    made: list[datetime] = []
    moments = iter([NOW, NOW + timedelta(minutes=30), NOW + DAY, NOW + DAY + timedelta(minutes=30)])
    monkeypatch.setattr(command, "now", lambda: next(moments))
    monkeypatch.setattr(command, "PAUSE", 0)
    monkeypatch.setattr("monitor.upkeep.backup.back_up_daily", lambda own, at: made.append(at))
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    for stories in (2, 2, 1, 1):
        do_nightly()
        assert Story.objects.count() == stories
    assert made == [NOW + DAY]
    assert set(Chore.objects.values_list("name", "done_at")) == {("backup", NOW + DAY), ("tidy", NOW + DAY)}


def test_a_backup_that_failed_is_tried_again_and_keeps_nothing_from_being_tidied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from monitor.cli import tidy as command
    from monitor.errors import StoreError

    def full(own: object, at: datetime) -> None:
        raise StoreError("no room")

    for name in (chores.BACKUP, chores.TIDY):
        chores.done(name, NOW - DAY)
    monkeypatch.setattr(command, "now", lambda: NOW)
    monkeypatch.setattr(command, "PAUSE", 0)
    monkeypatch.setattr("monitor.upkeep.backup.back_up_daily", full)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    do_nightly()
    assert chores.due(NOW, settings().timezone) == ["backup"]
