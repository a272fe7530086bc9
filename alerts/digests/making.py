"""Glue: summaries that are due, written down with the alert that carries each; the outbox does the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from django.db import IntegrityError, transaction

from alerts.addresses import stored_address
from alerts.asking import ask_for_delivery
from alerts.digests.due import PERHAPS, TOLD_BY_NEXT, covers_from, due_day, occasion
from alerts.digests.gathering import Gathered, gather, gather_quiet
from alerts.digests.rendering import Rendered, as_chat, as_mail
from alerts.digests.telling import mail_domain
from alerts.digests.unsubscribing import stop_link
from alerts.models import Alert, Digest, Recipient
from monitor.config import settings
from monitor.logs import logger

#: What an unsent summary of these kinds would have told stands in one of that kind.
_TOLD_BY = {
    Digest.Kind.DAILY: (Digest.Kind.DAILY, Digest.Kind.QUIET),
    Digest.Kind.QUIET: (Digest.Kind.QUIET,),
}


class Outcome(StrEnum):
    """What came of writing a summary down."""

    MADE = "made"
    THERE = "there"  # this day has its summary already
    BUSY = "busy"  # the last one is on its way, or is to be sent again since it may have arrived


@dataclass(frozen=True, slots=True)
class Draft:
    """A summary before it is written down."""

    kind: Digest.Kind
    day: date
    covers_from: datetime
    covers_to: datetime
    rendered: Rendered
    stories: list[int]
    #: How many summaries had arrived when this one was begun.
    arrived: int


def make_due(now: datetime) -> int:
    """Makes every summary whose time has come, and those of quiet hours that are over; how many."""
    made = 0
    for recipient in Recipient.objects.filter(state=Recipient.State.ACTIVE).order_by("id"):
        if recipient.muted_until is not None and now < recipient.muted_until:
            continue
        day = due_today(recipient, now) if recipient.digest else quiet_over(recipient, now)
        if day is None:
            continue
        draft = draft_daily(recipient, day, now) if recipient.digest else draft_quiet(recipient, day, now)
        outcome = write_down(recipient, draft, now)
        logger.info("summary", recipient=recipient.pk, day=str(day), kind=draft.kind, outcome=outcome)
        made += outcome is Outcome.MADE
    return made


def due_today(recipient: Recipient, now: datetime) -> date | None:
    """The day whose daily summary the recipient is to get now; None where none is due."""
    at = recipient.digest_at or settings().digest_at
    return due_day(now, at, recipient.zone, set(_last_days(recipient, now)), recipient.created_at)


def quiet_over(recipient: Recipient, now: datetime) -> date | None:
    """Today, where something waits that came in quiet hours which are over, and today had no such summary yet."""
    waiting = recipient.alerts.filter(rolled=True, state=Alert.State.QUEUED, not_before__lte=now)
    day = _today(recipient, now)
    if not waiting.exists() or recipient.digests.filter(kind=Digest.Kind.QUIET, day=day).exists():
        return None
    return day


def draft_daily(recipient: Recipient, day: date, now: datetime) -> Draft:
    """The daily summary of what came since the last one that arrived."""
    at = occasion(day, recipient.digest_at or settings().digest_at, recipient.zone)
    mark = recipient.digest_covered_to or _begun(recipient)
    since = covers_from(mark, recipient.created_at, at, now)
    before = _arrived(recipient)
    links = _links()
    if _gets_letters(recipient):
        links["unsubscribe"] = stop_link(recipient)
    gathered = gather(recipient, day, since, now, links, late=mark is not None)
    return Draft(Digest.Kind.DAILY, day, since, now, _render(recipient, gathered), gathered.stories, before)


def draft_quiet(recipient: Recipient, day: date, now: datetime) -> Draft:
    """The summary of the quiet hours that are over by `now`; `day` is the recipient's own."""
    before = _arrived(recipient)
    gathered = gather_quiet(recipient, day, now, _links())
    since = now - timedelta(days=1)
    return Draft(Digest.Kind.QUIET, day, since, now, _render(recipient, gathered), gathered.stories, before)


def draft_now(recipient: Recipient, now: datetime) -> Draft:
    """Today's daily summary, whether or not its time has come."""
    return draft_daily(recipient, _today(recipient, now), now)


def write_down(recipient: Recipient, draft: Draft, now: datetime) -> Outcome:
    """Stores a summary and queues it; what an earlier one that never left would have told is in it."""
    try:
        with transaction.atomic():
            unsent = Alert.objects.filter(
                recipient=recipient,
                digest__kind__in=_TOLD_BY[draft.kind],
                state__in=[Alert.State.QUEUED, Alert.State.SENDING],
            )
            # What never arrived for certain is given up. What may have arrived goes again, and the next waits for it:
            # told anew under another Message-ID it would be read twice.
            given_up = (
                unsent.filter(state=Alert.State.QUEUED)
                .exclude(error__startswith=PERHAPS)
                .update(state=Alert.State.FAILED, error=TOLD_BY_NEXT)
            )
            if unsent.exists() or _arrived(recipient) != draft.arrived:
                transaction.set_rollback(True)
                return Outcome.BUSY
            digest = Digest.objects.create(
                recipient=recipient,
                kind=draft.kind,
                day=draft.day,
                covers_from=draft.covers_from,
                covers_to=draft.covers_to,
                created_at=now,
                message_id=message_id(recipient, draft.kind, draft.day),
                subject=draft.rendered.subject,
                plain=draft.rendered.plain,
                html=draft.rendered.html,
                stories=draft.stories,
            )
            Alert.objects.create(recipient=recipient, digest=digest, queued_at=now, not_before=now)
            ask_for_delivery([recipient.address])
    except IntegrityError:
        # Another process made it a moment ago.
        return Outcome.THERE
    if given_up:
        logger.warning("summary given up", recipient=recipient.pk, reason=TOLD_BY_NEXT)
    return Outcome.MADE


def message_id(recipient: Recipient, kind: str, day: date) -> str:
    """The Message-ID of a recipient's summary of a day, the same whoever makes it and however often it is sent."""
    key = sha256(f"{settings().public_url} {recipient.pk} {recipient.address}".encode()).hexdigest()[:16]
    return f"<{kind}.{day:%Y%m%d}.{key}@{mail_domain()}>"


def _render(recipient: Recipient, gathered: Gathered) -> Rendered:
    render = as_mail if _gets_letters(recipient) else as_chat
    return render(gathered.contents)


def _gets_letters(recipient: Recipient) -> bool:
    return stored_address(recipient.address).way.letters


def _begun(recipient: Recipient) -> datetime | None:
    """From when on summaries were made of which none has arrived; None where there was none yet."""
    daily = recipient.digests.filter(kind=Digest.Kind.DAILY)
    return daily.order_by("covers_from").values_list("covers_from", flat=True).first()


def _arrived(recipient: Recipient) -> int:
    """How many of the recipient's summaries have arrived."""
    return recipient.digests.filter(alert__state=Alert.State.SENT).count()


def _last_days(recipient: Recipient, now: datetime) -> Iterator[date]:
    recent = recipient.digests.filter(
        kind=Digest.Kind.DAILY, day__gte=_today(recipient, now) - timedelta(days=2)
    )
    yield from recent.values_list("day", flat=True)


def _today(recipient: Recipient, now: datetime) -> date:
    return now.astimezone(recipient.zone).date()


def _links() -> dict[str, str]:
    public = settings().public_url
    return {"queue": f"{public}/", "alerts": f"{public}/alerts/", "sources": f"{public}/sources/"}
