"""Who gets what: those who ask, those who get alerts, and what their rules would have brought last week."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.addresses import examples, shown
from alerts.budget import WEEK, Backtest, Wanted
from alerts.matching import rule_of
from alerts.models import Alert, Recipient
from alerts.notices import queue_word
from alerts.quiet import hours_text
from alerts.recipients import approve, preview, remove, rules_of, set_rules
from alerts.rules import DEFAULT_MIN_RELEVANCE, Rule
from monitor.config import settings
from monitor.logs import logger, redact
from review import catalogue
from review.accounts.actions import recipient_words, record
from review.deciding.cards import percent
from review.labels import kind_name, region_name
from review.pages.frame import editor_of, page
from review.recipient_forms import MUTES, ZONES, Draft, draft_of, muted_until, read_draft
from review.times import instant

State = Recipient.State

_SETTINGS = (
    "name", "language", "zone_name", "quiet_from", "quiet_until", "digest", "digest_at", "operator",
)  # fmt: skip


@require_safe
def recipients_page(request: HttpRequest) -> HttpResponse:
    """`/recipients/`: who asks, who gets alerts and how many they got in seven days, who was removed or has gone."""
    now = timezone.now()
    since = now - WEEK
    sent = Count("alerts", filter=Q(alerts__state=Alert.State.SENT, alerts__sent_at__gte=since))
    recipients = Recipient.objects.annotate(sent=sent).prefetch_related("subscriptions").order_by("id")
    rows = [_row(recipient, now) for recipient in recipients]
    context = {
        "pending": [row for row in rows if row["state"] == State.PENDING],
        "active": [row for row in rows if row["state"] == State.ACTIVE],
        "suspended": [row for row in rows if row["state"] == State.SUSPENDED],
        "may_edit": editor_of(request).is_staff,
    }
    return page(request, "recipients.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def recipient_page(request: HttpRequest, recipient_id: int | None = None) -> HttpResponse:
    """`/recipients/ID/` and `/recipients/new/`: the form, with what its rules would have brought last week.

    A POST previews; with `action=save` it saves, or answers 422 with what is wrong.

    Raises:
        PermissionDenied: whoever asks is no admin.
    """
    _only_admins(request)
    recipient = get_object_or_404(Recipient, pk=recipient_id) if recipient_id is not None else None
    now = timezone.now()
    if request.method != "POST":
        return _form(request, draft_of(recipient), recipient, now)
    draft = read_draft(request.POST, is_new=recipient is None)
    if request.POST.get("action") != "save":
        return _form(request, draft, recipient, now)
    if not draft.is_valid():
        return _form(request, draft, recipient, now, status=422)
    with transaction.atomic():
        saved = _save(draft, recipient, now)
        deed = "added" if recipient is None else "changed"
        rules = " / ".join(", ".join(words for _what, words in _facts(rule)) for rule in rules_of(saved))
        record(f"recipient.{deed}", recipient_words(saved), by=editor_of(request), rules=rules)
    logger.info("recipient saved", recipient=shown(saved.address), editor=editor_of(request).pk)
    messages.success(request, _("‘{name}’ 을(를) 저장했습니다.").format(name=_name(saved)))
    return redirect("review:recipients")


@require_POST
def act_on_recipient(request: HttpRequest, recipient_id: int) -> HttpResponse:
    """Approves a recipient, sends it a test, or removes it, as `action` says.

    Raises:
        PermissionDenied: whoever pressed is no admin.
    """
    _only_admins(request)
    recipient = get_object_or_404(Recipient, pk=recipient_id)
    if request.POST.get("action") == "approve":
        with transaction.atomic():
            approve(recipient.address)
            record("recipient.approved", recipient_words(recipient), by=editor_of(request))
        messages.success(
            request, _("‘{name}’ 을(를) 승인했습니다. 지금부터 알림이 갑니다.").format(name=_name(recipient))
        )
    elif request.POST.get("action") == "test" and recipient.state == Recipient.State.ACTIVE:
        queue_word("test", recipient, timezone.now())
        messages.success(request, _("‘{name}’ 에게 시험 알림을 보냅니다.").format(name=_name(recipient)))
    elif request.POST.get("action") == "remove":
        with transaction.atomic():
            remove(recipient.address)
            record("recipient.removed", recipient_words(recipient), by=editor_of(request))
        messages.success(request, _("‘{name}’ 에게 더는 보내지 않습니다.").format(name=_name(recipient)))
    return redirect("review:recipients")


def _only_admins(request: HttpRequest) -> None:
    if not editor_of(request).is_staff:
        raise PermissionDenied


@transaction.atomic
def _save(draft: Draft, recipient: Recipient | None, now: datetime) -> Recipient:
    said = draft.settings.cleaned_data
    if recipient is None:
        assert draft.address is not None
        recipient = Recipient.objects.create(address=draft.address.cleaned_data["address"])
    values = {name: said[name] for name in _SETTINGS}
    values["muted_until"] = muted_until(said["mute"], recipient, now)
    for name, value in values.items():
        setattr(recipient, name, value)
    # How far summaries have told may have moved since the form was read.
    recipient.save(update_fields=values.keys())
    set_rules(recipient, draft.wanted(recipient.address), said["budget"], now)
    return recipient


def _form(
    request: HttpRequest, draft: Draft, recipient: Recipient | None, now: datetime, *, status: int = 200
) -> HttpResponse:
    is_sent = draft.settings.is_bound
    context = {
        "recipient": recipient and _row(recipient, now),
        "draft": draft,
        "address_examples": examples(),
        "wrong": is_sent and not draft.is_valid(),
        "mutes": [
            (hours, _mute_words(hours)) for hours in MUTES if hours or (recipient and recipient.muted_until)
        ],
        "zones": ZONES,
        "house_zone": settings().timezone.key,
        "house_digest_at": f"{settings().digest_at:%H:%M}",
        "found": _found(draft, recipient, now),
        "here": request.path,
    }
    return page(request, "recipient.html", context, status)


def _found(draft: Draft, recipient: Recipient | None, now: datetime) -> dict[str, Any] | None:
    """The back-test of the form as it stands; None where it cannot be read or asks for no alerts."""
    if not draft.settings.is_bound:
        rules, budget = (rules_of(recipient), recipient.budget) if recipient else ([_usual()], None)
        zone = recipient.zone if recipient else settings().timezone
    elif all([draft.settings.is_valid(), *(form.is_valid() for form in draft.rules)]):
        rules, budget = (
            draft.wanted(recipient.address if recipient else ""),
            draft.settings.cleaned_data["budget"],
        )
        zone = draft.settings.zone
    else:
        return None
    return _shown(preview(rules, budget, zone, now), budget, now) if rules else None


def _usual() -> Rule:
    return Rule(min_relevance=DEFAULT_MIN_RELEVANCE)


def _shown(found: Backtest, budget: int | None, now: datetime) -> dict[str, Any]:
    most = max((count for _day, count in found.days), default=0)
    return {
        "whole": found.whole,
        "daily": f"{found.daily:.1f}",
        "total": found.total,
        "budget": budget,
        "line": None if found.relevance is None else percent(min(found.relevance, 1)),
        "days": [
            {"day": day, "count": count, "share": round(100 * count / most) if most else 0}
            for day, count in found.days
        ],
        "top": [_example(story, now) for story in found.top],
        "below": [_example(story, now) for story in found.below],
    }


def _example(story: Wanted, now: datetime) -> dict[str, Any]:
    return {
        "story": story.story,
        "title": story.title,
        "lang": story.lang,
        "percent": percent(story.relevance),
        "when": instant(story.first_seen_at, now, settings().timezone),
    }


def _name(recipient: Recipient) -> str:
    return recipient.name or shown(recipient.address)


def _row(recipient: Recipient, now: datetime) -> dict[str, Any]:
    zone = recipient.zone
    muted = recipient.muted_until if recipient.muted_until and recipient.muted_until > now else None
    return {
        "id": recipient.pk,
        "name": _name(recipient),
        "address": shown(recipient.address) if recipient.name else "",
        "state": recipient.state,
        "reason": redact(recipient.reason),
        "asked": instant(recipient.created_at, now, settings().timezone),
        "rules": [list(_facts(rule_of(subscription))) for subscription in recipient.subscriptions.all()],
        "budget": recipient.budget,
        "line": None if recipient.budget_relevance is None else percent(min(recipient.budget_relevance, 1)),
        "quiet": hours_text(recipient.quiet_from, recipient.quiet_until)
        if recipient.quiet_from and recipient.quiet_until
        else "",
        "muted": instant(muted, now, settings().timezone) if muted else None,
        "digest": f"{recipient.digest_at or settings().digest_at:%H:%M}" if recipient.digest else "",
        "zone": zone.key if zone.key != settings().timezone.key else "",
        "operator": recipient.operator,
        "sent": getattr(recipient, "sent", None),
        "edit": reverse("review:recipient", args=[recipient.pk]),
    }


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    """What a rule asks for, as (what, which): people read them one after the other."""
    bulletins = {bulletin.id: bulletin.name for bulletin in catalogue.taxonomy().bulletins}
    lists = (
        (_("주제"), [catalogue.topic_name(topic) for topic in rule.topics]),
        (_("회보"), [bulletins.get(bulletin, bulletin) for bulletin in rule.bulletins]),
        (_("종류"), [kind_name(kind) for kind in rule.kinds]),
        (_("나라"), [region_name(region) for region in rule.regions]),
        (_("소스"), [catalogue.source_name(source) for source in rule.sources]),
        (_("찾을 낱말"), rule.words),
        (_("모두 있는 낱말"), rule.words_all),
        (_("없어야 하는 낱말"), rule.words_not),
    )
    yield from ((what, ", ".join(which)) for what, which in lists if which)
    if not rule.narrows:
        yield _("주제"), _("모두")
    if rule.min_probability:
        yield _("주제 확률"), f"{percent(rule.min_probability)}%"
    if rule.min_relevance:
        yield _("관련도"), _("{n}부터").format(n=percent(rule.min_relevance))


def _mute_words(hours: int) -> str:
    return {
        1: _("한 시간 끄기"),
        8: _("여덟 시간 끄기"),
        24: _("하루 끄기"),
        168: _("한 주 끄기"),
        0: _("다시 켜기"),
    }[hours]
