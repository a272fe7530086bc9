"""Glue: what a recipient's next summary has to tell, read from the database and put into words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Max

from alerts.addresses import shown
from alerts.digests.contents import Contents, Item, Told, in_sections
from alerts.digests.due import MEMORY, TOLD_BY_NEXT
from alerts.matching import begun, bulletins_of, rule_of
from alerts.messages import country_sign
from alerts.models import Alert, Digest, Recipient
from alerts.rules import DEFAULT_MIN_RELEVANCE, Rule, Tagged, is_old, why_wanted
from classifiers.judging.reasons import phrases
from classifiers.models import Assessment
from classifiers.taxonomy import taxonomy
from monitor import sourcesfile
from monitor.config import settings
from monitor.documents import DateConfidence
from monitor.i18n import translate
from monitor.models import Entry, Incident, Story
from monitor.polls.health import words
from monitor.sources import SourceConfig
from monitor.texts.text import clean_line, clip

#: A transaction may commit what it tagged before our mark only after it: a story that no summary listed is found then.
LATE = timedelta(days=1)
#: What was tried within this time may still be under way (`alerts.ledger.LEASE`): the next summary tells of it.
UNSETTLED = timedelta(minutes=2)
#: Characters of a title, an address, and the reason of what was not delivered.
LONGEST_TITLE, LONGEST_URL, LONGEST_REASON = 200, 1000, 160

_MARKS = {Story.Queue.ACCEPTED: "후보", Story.Queue.REJECTED: "제외", Story.Queue.LATER: "나중에"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """A summary's contents, and what is settled when it arrives."""

    contents: Contents
    stories: list[int]


def gather(
    recipient: Recipient, day: date, since: datetime, until: datetime, links: Mapping[str, str], *, late: bool
) -> Gathered:
    """The daily summary of what came from `since` to `until`, and with `late` of what had not been told before."""
    rolled = rolled_alerts(recipient)
    why = _wanted(recipient, since - LATE if late else since, until)
    for story in _told_before(recipient, until):
        why.pop(story, None)
    for alert in rolled:
        assert alert.story_id is not None
        why[alert.story_id] = alert.why
    told = list(_told(recipient, why, {alert.story_id for alert in rolled}))
    undelivered = list(_undelivered(recipient, since - UNSETTLED, until - UNSETTLED))
    faults = list(_faults(recipient)) if recipient.operator else []
    contents = replace(
        _contents(recipient, day, told, links, quiet=False),
        undelivered=tuple(undelivered),
        undelivered_total=len(undelivered),
        faults=tuple(faults),
        faults_total=len(faults),
    )
    return Gathered(contents, [one.story for one in told])


def gather_quiet(recipient: Recipient, day: date, until: datetime, links: Mapping[str, str]) -> Gathered:
    """The summary of what came in the quiet hours that are over by `until`."""
    alerts = [alert for alert in rolled_alerts(recipient) if alert.not_before <= until]
    why = {alert.story_id: alert.why for alert in alerts if alert.story_id is not None}
    told = list(_told(recipient, why, set(why)))
    return Gathered(_contents(recipient, day, told, links, quiet=True), [one.story for one in told])


def rolled_alerts(recipient: Recipient) -> list[Alert]:
    """The recipient's alerts of quiet hours that no summary has told yet."""
    waiting = Alert.objects.filter(
        recipient=recipient, rolled=True, state=Alert.State.QUEUED, story__isnull=False
    )
    return list(waiting.order_by("id"))


def _contents(
    recipient: Recipient, day: date, told: Sequence[Told], links: Mapping[str, str], *, quiet: bool
) -> Contents:
    first = sorted((one for one in told if one.rolled), key=lambda one: -one.relevance)
    others = [one for one in told if not one.rolled]
    return Contents(
        day=day,
        language=recipient.language,
        quiet=quiet,
        rolled=tuple(one.item for one in first),
        rolled_total=len(first),
        sections=in_sections(
            others, taxonomy().bulletins, translate("그 밖의 주요 소식", recipient.language)
        ),
        links=links,
    )


def _wanted(recipient: Recipient, since: datetime, until: datetime) -> dict[int, list[str]]:
    """The stories that the recipient's rules want by an entry tagged in that time, each with what matched.

    The budget of alerts does not count here: a summary tells the rest.
    """
    rules = [rule_of(one) for one in recipient.subscriptions.order_by("id")]
    rules = rules or [Rule(min_relevance=DEFAULT_MIN_RELEVANCE)]
    # The bound on first_seen_at is there for its index.
    entries = Entry.objects.filter(
        tagged_at__gte=since,
        tagged_at__lt=until,
        first_seen_at__gte=since - MEMORY,
        assessment__relevance__gte=min(rule.min_relevance for rule in rules),
    )
    with_text = any(rule.words or rule.words_all or rule.words_not for rule in rules)
    if not with_text:
        entries = entries.defer("summary", "content", "text")
    rows = list(entries.select_related("assessment").prefetch_related("tags").order_by("id"))
    first = begun({entry.source_id for entry in rows})
    wanted: dict[int, list[str]] = {}
    for entry in rows:
        if entry.story_id not in wanted:
            tagged = _tagged(entry, first[entry.source_id], with_text=with_text)
            found = (why_wanted(rule, tagged) for rule in rules)
            why = next((why for why in found if why is not None), None)
            if why is not None:
                wanted[entry.story_id] = why
    return wanted


def _tagged(entry: Entry, begun_at: datetime, *, with_text: bool) -> Tagged:
    """The entry as rules read it; reading its text is most of the work, and only rules with words want it."""
    topics = {tag.topic: tag.probability for tag in entry.tags.all() if tag.probability > 0}
    said = entry.assessment
    old = is_old(entry.published_at, entry.date_confidence, entry.first_seen_at)
    return Tagged(
        entry.title,
        entry.lead if with_text else "",
        topics,
        said.relevance,
        old and entry.first_seen_at == begun_at,
        entry.source_id,
        said.kind,
        said.regions,
        bulletins_of(topics, said.kind, said.regions),
    )


def _told_before(recipient: Recipient, until: datetime) -> set[int]:
    arrived = Digest.objects.filter(
        recipient=recipient, alert__state=Alert.State.SENT, created_at__gte=until - MEMORY - LATE
    )
    return {story for stories in arrived.values_list("stories", flat=True) for story in stories}


def _told(
    recipient: Recipient, why: Mapping[int, list[str]], rolled: Collection[int | None]
) -> Iterator[Told]:
    rows = Story.objects.select_related("lead", "lead__assessment").prefetch_related("lead__tags")
    ids = sorted(why)
    # SQLite takes a limited number of values at once.
    for start in range(0, len(ids), 500):
        stories = rows.filter(id__in=ids[start : start + 500]).annotate(told=Count("entries"))
        for story in stories.order_by("id"):
            lead = story.lead or story.entries.order_by("id").first()
            if lead is not None:
                yield _one(recipient, story, lead, why[story.id], rolled=story.id in rolled)


def _one(recipient: Recipient, story: Story, lead: Entry, why: Sequence[str], *, rolled: bool) -> Told:
    language = recipient.language
    source = sourcesfile.known().get(lead.source_id)
    said = _assessment(lead)
    tags = sorted((tag for tag in lead.tags.all() if tag.probability > 0), key=lambda tag: -tag.probability)
    words_found = [word for word in why if word.startswith('"')]
    reasons = words_found or (phrases(tags[0].reasons) if tags else []) or (said.why if said else [])
    mark = _MARKS.get(Story.Queue(story.queue))
    item = Item(
        title=clip(clean_line(lead.title), LONGEST_TITLE) or lead.url[:LONGEST_TITLE] or f"#{story.id}",
        page=f"{settings().public_url}/stories/{story.id}",
        url=lead.url if _is_web(lead.url) else "",
        lang=lead.lang,
        source=clean_line(source.name if source else lead.source_id),
        country=country_sign(source.country) if source else "",
        when=_when(lead, source, recipient.zone, language),
        topics=tuple(taxonomy().name(tag.topic, language) for tag in tags[:3]),
        why=", ".join(clip(clean_line(str(reason)), 40) for reason in reasons[:4]),
        similar=getattr(story, "told", 1) - 1,
        mark=translate(mark, language) if mark else "",
    )
    return Told(
        story.id,
        item,
        topics=tuple(tag.topic for tag in tags),
        kind=said.kind if said else "",
        regions=tuple(said.regions) if said else (),
        relevance=story.relevance or 0.0,
        rolled=rolled,
    )


def _assessment(entry: Entry) -> Assessment | None:
    try:
        return entry.assessment
    except ObjectDoesNotExist:
        return None


def _is_web(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= LONGEST_URL


def _when(entry: Entry, source: SourceConfig | None, zone: ZoneInfo, language: str) -> str:
    if entry.published_at is None:
        seen = f"{entry.first_seen_at.astimezone(zone):%m.%d %H:%M}"
        return translate("{time} 처음 봄", language).format(time=seen)
    if entry.date_confidence == DateConfidence.DAY:
        # Kept as that day's midnight where the source is; anywhere else it may be the day before.
        return f"{entry.published_at.astimezone(source.zone if source else zone):%m.%d}"
    return f"{entry.published_at.astimezone(zone):%m.%d %H:%M}"


def _undelivered(recipient: Recipient, since: datetime, until: datetime) -> Iterator[str]:
    """What the recipient should have got and did not, or perhaps not; for an operator then also what others did not.

    `not_before` is when an alert was tried last: its row has no other time of that.
    """
    lost = (
        Alert.objects.filter(
            state__in=[Alert.State.FAILED, Alert.State.UNCERTAIN], not_before__gte=since, not_before__lt=until
        )
        .exclude(error=TOLD_BY_NEXT)
        .order_by("not_before", "id")
    )
    language = recipient.language
    for alert in lost.filter(recipient=recipient).select_related("entry", "incident", "digest"):
        yield translate(_LOST[Alert.State(alert.state)], language).format(
            time=f"{alert.queued_at.astimezone(recipient.zone):%m.%d %H:%M}", what=_about(alert, language)
        )
    if recipient.operator:
        others = lost.exclude(recipient=recipient).order_by().values(
            "recipient__name", "recipient__address", "state", "error"
        )  # fmt: skip
        for row in others.annotate(n=Count("id"), last=Max("not_before")).order_by("-last"):
            yield translate(_OTHERS_LOST[Alert.State(row["state"])], language).format(
                time=f"{row['last'].astimezone(recipient.zone):%m.%d %H:%M}",
                who=clean_line(row["recipient__name"]) or shown(row["recipient__address"]),
                n=row["n"],
                reason=clip(clean_line(row["error"]), LONGEST_REASON),
            )


_LOST = {
    Alert.State.FAILED: "{time} {what}: 보내지 못했습니다.",
    Alert.State.UNCERTAIN: "{time} {what}: 도착했는지 알 수 없습니다.",
}
_OTHERS_LOST = {
    Alert.State.FAILED: "{time} {who}: {n}건을 보내지 못했습니다. ({reason})",
    Alert.State.UNCERTAIN: "{time} {who}: {n}건이 도착했는지 알 수 없습니다. ({reason})",
}


def _about(alert: Alert, language: str) -> str:
    if alert.entry is not None:
        return clip(clean_line(alert.entry.title), LONGEST_TITLE)
    if alert.incident is not None:
        source = sourcesfile.known().get(alert.incident.source_id)
        name = source.name if source else alert.incident.source_id
        return translate("소스 {name} 소식", language).format(name=clean_line(name))
    if alert.digest is not None:
        return translate("{day:%m.%d} 요약", language).format(day=alert.digest.day)
    return translate("운영 알림", language)


def _faults(recipient: Recipient) -> Iterator[str]:
    """The sources that have a fault now, in an operator's words."""
    enabled = {source.id: source for source in sourcesfile.known().values() if source.enabled}
    for incident in Incident.objects.filter(closed_at=None, source__in=enabled).order_by("-opened_at"):
        yield translate("{name}: {words} ({time}부터)", recipient.language).format(
            name=clean_line(enabled[incident.source_id].name),
            words=words(incident.state, incident.fault, recipient.language),
            time=f"{incident.opened_at.astimezone(recipient.zone):%m.%d %H:%M}",
        )
