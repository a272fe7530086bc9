"""Glue: an alert of the outbox as the message that it is now; worded afresh each time it is sent or edited."""

from dataclasses import replace

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from alerts import notices
from alerts.digests.telling import mail_domain
from alerts.digests.telling import message_of as summary_message
from alerts.messages import Message, Story, alert_message, incident_message
from alerts.models import Alert
from classifiers.judging.reasons import phrases
from classifiers.taxonomy import taxonomy
from monitor import sourcesfile
from monitor.articles.byhand import BY_HAND, by_hand_name
from monitor.config import settings
from monitor.models import Entry, Incident
from monitor.polls.health import words


def message_of(alert: Alert) -> Message:
    """What `alert` says now, in its recipient's language and zone.

    Its Message-ID (RFC 5322, 3.6.4) is the same in every try.
    """
    if alert.digest:
        return summary_message(alert.digest)
    # The same in every try: a mailbox drops the second of two copies.
    message_id = f"<alert.{alert.id}.{alert.queued_at:%Y%m%d%H%M%S}@{mail_domain()}>"
    return replace(_wording(alert), headers={"Message-ID": message_id})


def _wording(alert: Alert) -> Message:
    if alert.incident:
        return _of_incident(alert, alert.incident)
    if alert.notice:
        return notices.words(alert.notice, alert.recipient.language)
    assert alert.entry is not None, "the database holds one of the four"
    return _of_story(alert, alert.entry)


def _of_incident(alert: Alert, incident: Incident) -> Message:
    return incident_message(
        _name(incident.source_id),
        words(incident.state, incident.fault, alert.recipient.language),
        incident.reason,
        f"{settings().public_url}/sources/#{incident.source_id}",
        opened=f"{incident.opened_at.astimezone(alert.recipient.zone):%m.%d %H:%M}",
        healed=alert.healed,
        language=alert.recipient.language,
    )


def _of_story(alert: Alert, entry: Entry) -> Message:
    language = alert.recipient.language
    source = sourcesfile.known().get(entry.source_id)
    tags = list(entry.tags.filter(probability__gt=0).order_by("-probability")[:4])
    others = Entry.objects.filter(story=alert.story_id).exclude(id=entry.id).order_by("-first_seen_at", "-id")
    told = [(_name(source_id), at) for source_id, at in others.values_list("source_id", "first_seen_at")]
    # What came after the message is news to those who read it; what it told of already is not.
    followups = [(name, at) for name, at in told if alert.sent_at and at > alert.sent_at]
    matched = [taxonomy().name(why, language) for why in alert.why if why.startswith('"')]
    return alert_message(
        Story(
            id=entry.story_id if alert.story_id is None else alert.story_id,
            title=entry.title,
            url=entry.url,
            page=f"{settings().public_url}/stories/{alert.story_id}",
            source=_name(entry.source_id),
            country=source.country if source else "",
            topics=[taxonomy().name(tag.topic, language) for tag in tags],
            published_at=entry.published_at,
            date_confidence=entry.date_confidence,
            first_seen_at=entry.first_seen_at,
            why=matched or (phrases(tags[0].reasons) if tags else []),
            similar=len(told) - len(followups),
            followups=followups,
            verdict=_verdict(alert, language),
        ),
        alert.recipient.zone,
        language,
    )


def _verdict(alert: Alert, language: str) -> str:
    """What editors decided about the story, as `settings.STORY_VERDICT` words it: alerts know no decisions."""
    verdict: str = import_string(django_settings.STORY_VERDICT)(alert.story_id, language)
    return verdict


def _name(source_id: str) -> str:
    source = sourcesfile.known().get(source_id)
    return source.name if source else by_hand_name() if source_id == BY_HAND else source_id
