"""Who gets what: the operations that the command line, the bot and the pages share."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from difflib import get_close_matches
from typing import Any, get_args
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from alerts import notices
from alerts.addresses import AddressError, parse_address, shown, stored_address
from alerts.backtest import backtest, load_week, words_of
from alerts.budget import Backtest
from alerts.matching import rule_of
from alerts.models import Alert, Recipient, Subscription
from alerts.quiet import hours_text
from alerts.rules import DEFAULT_MIN_RELEVANCE, Rule
from classifiers.taxonomy import Kind, taxonomy
from monitor.config import settings
from monitor.errors import ConfigError, Problem
from monitor.i18n import _
from monitor.logs import redact
from monitor.sourcesfile import load_sources


class UnknownTopicsError(ValueError):
    """A rule names a topic, bulletin, source or kind that there is none of; with those that were probably meant."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """When and how a recipient is told; None leaves it as it is."""

    name: str | None = None
    language: str | None = None
    zone_name: str | None = None
    #: From when to when; an empty tuple for no quiet hours.
    quiet: tuple[time, time] | tuple[()] | None = None
    digest_at: time | None = None


#: Changes nothing.
AS_IT_IS = Wishes()

#: Of a rule, also where they ask for nothing.
_ALWAYS_LISTED = ("topics", "words", "min_relevance")


@transaction.atomic
def add(
    address: str,
    *,
    topics: Sequence[str] = (),
    words: Sequence[str] = (),
    min_relevance: float | None = None,
    digest: bool = False,
    operator: bool = False,
    budget: int | None = None,
    also: bool = False,
    wishes: Wishes = AS_IT_IS,
    **more: Any,
) -> Recipient:
    """Makes a recipient, or gives one that exists this one subscription in place of its former ones.

    With neither topics, words nor relevance: everything that an editor would most likely want; but a mailbox that is to
    have the summary gets nothing else. `more` are the other fields of `alerts.rules.Rule`; `also` keeps what there was
    and has this one beside it. An `operator` is also told when a source breaks and when it heals. Quiet hours, zone,
    language and how far summaries have told stay as they are unless `wishes` says otherwise.

    Raises:
        AddressError: no alert can be sent there.
        UnknownTopicsError: with the names that were probably meant.
    """
    known = str(parse_address(address))
    asked = Rule(tuple(topics), words=tuple(words), **more)
    check_names([asked])
    rules = rules_for(known, asked, min_relevance, digest=digest, budget=budget)
    former = Recipient.objects.filter(address=known).first() if also else None
    if former is not None:
        rules = [*rules_of(former), *rules]
        digest, operator = digest or former.digest, operator or former.operator
        budget = former.budget if budget is None else budget
    recipient, _made = Recipient.objects.update_or_create(
        address=known,
        defaults={"state": Recipient.State.ACTIVE, "reason": "", "digest": digest, "operator": operator},
    )
    _settle(recipient, wishes)
    set_rules(recipient, rules, budget, timezone.now())
    return recipient


def rules_for(
    address: str, asked: Rule, min_relevance: float | None, *, digest: bool, budget: int | None
) -> list[Rule]:
    """The rules that a wish comes to: the relevance that fits it where none was asked for, none for a mere summary."""
    if min_relevance is not None:
        return [replace(asked, min_relevance=min_relevance)]
    if asked.narrows or budget is not None:
        return [asked]
    if digest and stored_address(address).way.letters:
        return []
    return [replace(asked, min_relevance=DEFAULT_MIN_RELEVANCE)]


def rules_of(recipient: Recipient) -> list[Rule]:
    """A recipient's rules, oldest first."""
    return [rule_of(subscription) for subscription in recipient.subscriptions.order_by("id")]


@transaction.atomic
def set_rules(recipient: Recipient, rules: Sequence[Rule], budget: int | None, now: datetime) -> None:
    """Puts these rules in place of the recipient's former ones, with the budget's threshold by last week."""
    recipient.subscriptions.all().delete()
    Subscription.objects.bulk_create(
        Subscription(
            recipient=recipient,
            **{field.name: _plain(getattr(rule, field.name)) for field in fields(Rule)},
        )
        for rule in rules
    )
    recipient.budget = budget
    recipient.budget_relevance = None
    if budget is not None:
        recipient.budget_relevance = preview(rules, budget, recipient.zone, now).relevance
    recipient.save(update_fields=["budget", "budget_relevance"])


def set_budget(recipient: Recipient, budget: int | None, now: datetime) -> None:
    """About so many alerts a day from now on; None lets the rules alone decide."""
    set_rules(recipient, rules_under(recipient, budget), budget, now)


def rules_under(recipient: Recipient, budget: int | None) -> list[Rule]:
    """A recipient's rules as that budget would have them.

    A rule that names nothing has the usual relevance only where no budget sets one.
    """
    rules = rules_of(recipient)
    if (budget is None) == (recipient.budget is None):
        return rules
    former, usual = (0.0, DEFAULT_MIN_RELEVANCE) if budget is None else (DEFAULT_MIN_RELEVANCE, 0.0)
    return [
        replace(rule, min_relevance=usual) if not rule.narrows and rule.min_relevance == former else rule
        for rule in rules
    ]


def preview(rules: Sequence[Rule], budget: int | None, zone: ZoneInfo, now: datetime) -> Backtest:
    """What these rules would have brought last week, by the days of `zone`.

    `budget` is alerts a day, None for no budget.
    """
    return backtest(rules, budget, zone, load_week(now, words_of(rules)))


def check_names(rules: Iterable[Rule]) -> None:
    """Returns where all that rules name is known.

    Raises:
        UnknownTopicsError: with the names that were probably meant.
        ConfigError: a rule names sources, and sources.yaml cannot be read.
    """
    known = taxonomy()
    for rule in rules:
        _check(rule.topics, known.by_id, _('"{given}" 이라는 주제가 없습니다. 비슷한 주제: {near}'))
        bulletins = [bulletin.id for bulletin in known.bulletins]
        _check(rule.bulletins, bulletins, _('"{given}" 이라는 회보가 없습니다. 비슷한 회보: {near}'))
        _check(rule.kinds, get_args(Kind), _('"{given}" 이라는 종류가 없습니다. 비슷한 종류: {near}'))
        if rule.sources:
            # Anew: pages show the file as it is now.
            sources = [source.id for source in load_sources(settings().sources_file, settings().allow_hosts)]
            _check(rule.sources, sources, _('"{given}" 이라는 소스가 없습니다. 비슷한 소스: {near}'))


def _check(names: Sequence[str], known: Collection[str], words: str) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3) or list(known)[:40]
            raise UnknownTopicsError(words.format(given=name, near=", ".join(near)))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, list | tuple) else value


def _settle(recipient: Recipient, wishes: Wishes) -> None:
    given = {field.name: getattr(wishes, field.name) for field in fields(Wishes)}
    values = {name: value for name, value in given.items() if value is not None}
    if "quiet" in values:
        values["quiet_from"], values["quiet_until"] = values.pop("quiet") or (None, None)
    for name, value in values.items():
        setattr(recipient, name, value)
    recipient.save(update_fields=values.keys())


@transaction.atomic
def request(address: str, *, name: str, language: str) -> Recipient:
    """The recipient of a chat that asked by /start: pending until approved, or as it was.

    Raises:
        AddressError: no alert can be sent there.
    """
    recipient, _made = Recipient.objects.get_or_create(
        address=str(parse_address(address)),
        defaults={"name": name[:200], "language": language, "state": Recipient.State.PENDING},
    )
    return recipient


def find(text: str) -> Recipient | None:
    """The recipient of an address, as it is kept, as somebody writes it, or as lists show it; None where there is none.

    None also where several are shown alike.
    """
    recipient = Recipient.objects.filter(address=text.strip()).first()
    if recipient is None:
        try:
            recipient = Recipient.objects.filter(address=str(parse_address(text))).first()
        except AddressError:
            recipient = None
    if recipient is None:
        alike = [other for other in Recipient.objects.all() if shown(other.address) == text.strip()]
        recipient = alike[0] if len(alike) == 1 else None
    return recipient


@transaction.atomic
def approve(address: str) -> Recipient | None:
    """Lets a recipient receive from now on, and tells it so; None where there is none of that address."""
    recipient = find(address)
    if recipient is None:
        return None
    if recipient.state != Recipient.State.ACTIVE:
        notices.queue_word("approved", recipient, timezone.now())
    recipient.state, recipient.reason = Recipient.State.ACTIVE, ""
    # What came while it waited is not news any more.
    recipient.created_at = timezone.now()
    recipient.save(update_fields=["state", "reason", "created_at"])
    if not recipient.subscriptions.exists():
        rules = rules_for(recipient.address, Rule(), None, digest=recipient.digest, budget=recipient.budget)
        set_rules(recipient, rules, recipient.budget, timezone.now())
    return recipient


@transaction.atomic
def remove(address: str, reason: str = "removed") -> Recipient | None:
    """Stops sending to a recipient; the ledger of what it got stays. None where there is none of that address."""
    recipient = find(address)
    if recipient is None:
        return None
    recipient.subscriptions.all().delete()
    Alert.objects.filter(recipient=recipient, state=Alert.State.QUEUED).update(
        state=Alert.State.FAILED, error=reason
    )
    recipient.state, recipient.reason = Recipient.State.SUSPENDED, reason
    recipient.save(update_fields=["state", "reason"])
    return recipient


def listing() -> list[dict[str, object]]:
    """Every recipient with its subscriptions, as JSON carries them."""
    return [
        {
            "address": shown(recipient.address),
            "name": recipient.name or None,
            "language": recipient.language,
            "state": recipient.state,
            "reason": redact(recipient.reason) or None,
            "digest": recipient.digest,
            "digest_at": f"{recipient.digest_at:%H:%M}" if recipient.digest_at else None,
            "operator": recipient.operator,
            "zone": recipient.zone.key,
            "quiet": hours_text(recipient.quiet_from, recipient.quiet_until)
            if recipient.quiet_from and recipient.quiet_until
            else None,
            "muted_until": f"{recipient.muted_until:%Y-%m-%dT%H:%M:%SZ}" if recipient.muted_until else None,
            "budget": recipient.budget,
            "budget_relevance": recipient.budget_relevance,
            "subscriptions": [
                {
                    field.name: value
                    for field in fields(Rule)
                    if (value := getattr(rule, field.name)) or field.name in _ALWAYS_LISTED
                }
                for rule in recipient.subscriptions.all()
            ],
        }
        for recipient in Recipient.objects.prefetch_related("subscriptions").order_by("id")
    ]


def ensure_chats(chats: Sequence[str]) -> None:
    """Makes the chats of TELEGRAM_CHATS recipients from the start; those that exist stay as people set them.

    The first of them is the operator's, where there is none yet.
    """
    for chat in chats:
        if not Recipient.objects.filter(address=f"telegram:{chat}").exists():
            add(f"telegram:{chat}", operator=not Recipient.objects.filter(operator=True).exists())


def ensure_mailboxes(mailboxes: Sequence[str]) -> None:
    """Makes the addresses of DIGEST_TO recipients of the summary; those that exist stay as people set them.

    Raises:
        ConfigError: one is no mail address.
    """
    for mailbox in mailboxes:
        try:
            address = str(parse_address(f"mailto:{mailbox.removeprefix('mailto:')}"))
        except AddressError as error:
            raise ConfigError([Problem("environment", 0, "DIGEST_TO", str(error))]) from error
        if not Recipient.objects.filter(address=address).exists():
            add(address, digest=True)
