"""Commands of the alerts: the ledger, delivery, recipients."""

import asyncio
from collections.abc import Iterator
from datetime import time
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from alerts.addresses import examples, shown
from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, errors, fail, iso, prepare, print_json, print_table
from monitor.cli.wording import Commands
from monitor.i18n import _

if TYPE_CHECKING:
    from alerts.budget import Backtest
    from alerts.outbox import DeliveryReport

recipients_app = Commands(no_args_is_help=True, help=_("누가 무엇을 받는가"))


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("알림 장부"))(alerts)
    app.command(help=_("보낼 때가 된 알림을 한 번 보냅니다."))(deliver)
    app.add_typer(recipients_app, name="recipients")


def alerts(as_json: AsJson = False) -> None:
    """`monitor alerts`: prints the ledger of alerts of stories, the oldest first."""
    prepare()
    from alerts.models import Alert
    from monitor.config import settings

    # Of stories: summaries and what operators are told stand on the pages.
    stories = Alert.objects.exclude(story=None).select_related("recipient", "entry")
    rows = stories.order_by("id").iterator(chunk_size=500)
    if as_json:
        for alert in rows:
            print_json(
                {
                    "id": alert.id,
                    "recipient": shown(alert.recipient.address),
                    "story": alert.story_id,
                    "entry": alert.entry_id,
                    "state": alert.state,
                    "attempts": alert.attempts,
                    "queued_at": iso(alert.queued_at),
                    "sent_at": iso(alert.sent_at),
                    "external_id": alert.external_id or None,
                    "error": alert.error or None,
                }
            )
        return
    from review.labels import alert_state_name

    print_table(
        _("알림 장부"),
        (_("넣은 때"), _("받는 이"), _("상태"), _("제목"), _("오류")),
        (
            (
                alert.queued_at.astimezone(settings().timezone).strftime("%m.%d %H:%M"),
                alert.recipient.name or shown(alert.recipient.address),
                alert_state_name(alert.state),
                alert.entry.title if alert.entry else "",
                alert.error,
            )
            for alert in rows
        ),
    )


def deliver(as_json: AsJson = False) -> None:
    """`monitor deliver`: sends what is due once, and says what became of it; exit 1 where something failed or was stopped."""
    prepare()
    from alerts.channels import configured_channels
    from alerts.outbox import deliver_due

    report = asyncio.run(deliver_due(configured_channels(), now))
    if as_json:
        print_json(report.as_dict())
    else:
        console.print(_what_became(report), markup=False, soft_wrap=True)
    for words in _without_channel():
        (errors if as_json else console).print(words)
    raise typer.Exit(1 if report.failed or report.halted else 0)


def _what_became(report: "DeliveryReport") -> str:
    from review.labels import alert_state_name

    counts = [f"{alert_state_name(state)} {count}" for state, count in sorted(report.counts.items()) if count]
    stopped = [f"{channel}: {reason}" for channel, reason in report.halted.items()]
    return "; ".join(filter(None, (", ".join(counts), *stopped))) or _("보낼 것이 없습니다.")


def _without_channel() -> Iterator[str]:
    """What waits because its channel is not set up."""
    from alerts.channels import CHANNELS
    from alerts.models import Alert, Recipient, through
    from monitor.config import settings

    waiting = Alert.objects.filter(
        state=Alert.State.QUEUED, rolled=False, recipient__state=Recipient.State.ACTIVE
    )
    for name, way in CHANNELS.items():
        if not way.is_on(settings()) and waiting.filter(through(name)).exists():
            yield _(
                "{name}: 설정되지 않아 보내지 않았습니다. 알림은 장부에 남아 있습니다 ({setting})."
            ).format(name=_(way.name), setting=way.variable)


@recipients_app.command("list", help=_("받는 이와 그 조건"))
def recipients_list(as_json: AsJson = False) -> None:
    """`monitor recipients list`: prints the recipients with what each wants and when."""
    prepare()
    from alerts.recipients import listing

    rows = listing()
    if as_json:
        for row in rows:
            print_json(row)
        return
    from review.labels import recipient_state_name

    print_table(
        _("받는 이"),
        (_("주소"), _("이름"), _("상태"), _("조건"), _("때"), _("까닭")),
        (
            (
                row["address"],
                row["name"],
                recipient_state_name(str(row["state"])),
                _rules(row["subscriptions"]),
                _times(row),
                row["reason"],
            )
            for row in rows
        ),
    )


def _rules(subscriptions: object) -> str:
    assert isinstance(subscriptions, list)
    return " | ".join(" ".join(_rule(rule)) for rule in subscriptions)


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    """What a rule asks for, list by list."""
    lists = ("topics", "bulletins", "regions", "sources", "kinds")
    named = [",".join(rule[name]) for name in lists if rule.get(name)]
    words = [
        f'{sign}"{word}"'
        for sign, name in (("", "words"), ("+", "words_all"), ("-", "words_not"))
        for word in rule.get(name, ())
    ]
    yield from named or ([] if words else [_("모든 주제")])
    yield from words
    if rule.get("min_probability"):
        yield f"p≥{rule['min_probability']:.2f}"
    if rule["min_relevance"]:
        yield f"≥{rule['min_relevance']:.2f}"


def _times(row: dict[str, Any]) -> str:
    """How often and when, where somebody set it."""
    parts = (
        _("하루 {n}건쯤").format(n=row["budget"]) if row["budget"] else "",
        _("매일 요약") if row["digest"] else "",
        _("조용한 시간 {hours}").format(hours=row["quiet"]) if row["quiet"] else "",
    )
    return ", ".join(filter(None, parts))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _quiet(text: str | None) -> tuple[time, time] | tuple[()] | None:
    from alerts.quiet import parse_hours

    return () if text == "none" else parse_hours(text) if text is not None else None


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text is not None else None
    except ValueError:
        raise ValueError(
            _('"{given}" 은(는) 시각이 아닙니다. 08:30 처럼 적으십시오.').format(given=text)
        ) from None


def _zone(text: str | None) -> str | None:
    if not text:
        return text
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = _('"{given}" 이라는 시간대가 없습니다. Asia/Seoul 처럼 적으십시오.').format(given=text)
        raise ValueError(message) from None


@recipients_app.command("add", help=_("받는 이를 더하거나 조건을 바꿉니다."))
def recipients_add(
    address: Annotated[
        str, typer.Argument(help=_("{examples}, 또는 Apprise 주소").format(examples=", ".join(examples())))
    ],
    topics: Annotated[str, typer.Option(help=_("쉼표로 나눈 주제 id"))] = "",
    words: Annotated[list[str] | None, typer.Option(help=_("제목이나 첫머리에 이 말이 있으면"))] = None,
    words_all: Annotated[list[str] | None, typer.Option(help=_("이 말이 모두 있어야"))] = None,
    words_not: Annotated[list[str] | None, typer.Option(help=_("이 말이 있으면 빼고"))] = None,
    bulletins: Annotated[str, typer.Option(help=_("쉼표로 나눈 회보 id: 그 회보의 난에 들 글"))] = "",
    regions: Annotated[str, typer.Option(help=_("쉼표로 나눈 나라: JP,US,EU"))] = "",
    sources: Annotated[str, typer.Option(help=_("쉼표로 나눈 소스 id"))] = "",
    kinds: Annotated[
        str, typer.Option(help=_("쉼표로 나눈 종류: economy, policy, industry, technology, other"))
    ] = "",
    min_probability: Annotated[float, typer.Option(help=_("주제 확률 하한"), min=0, max=1)] = 0.0,
    min_relevance: Annotated[float | None, typer.Option(help=_("관련도 하한"), min=0, max=1)] = None,
    budget: Annotated[
        int | None, typer.Option(help=_("하루에 이만큼쯤 오도록 관련도를 맞춥니다."), min=1, max=1000)
    ] = None,
    also: Annotated[bool, typer.Option("--also", help=_("있던 조건을 두고 하나 더합니다."))] = False,
    digest: Annotated[bool, typer.Option("--digest", help=_("매일 요약도"))] = False,
    digest_at: Annotated[str | None, typer.Option(help=_("요약을 보낼 시각: 08:30"))] = None,
    quiet: Annotated[
        str | None, typer.Option(help=_("조용한 시간: 22:00-07:00. none 이면 없앱니다."))
    ] = None,
    zone: Annotated[str | None, typer.Option(help=_("받는 이의 시간대: Asia/Seoul"))] = None,
    language: Annotated[str | None, typer.Option(help=_("알림의 언어: ko 또는 en"))] = None,
    name: Annotated[str | None, typer.Option(help=_("목록에 보일 이름"))] = None,
    operator: Annotated[
        bool, typer.Option("--operator", help=_("소스가 고장 나거나 회복하면 알립니다."))
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("저장하지 않고, 지난주였다면 무엇이 왔을지 보입니다."))
    ] = False,
) -> None:
    """`monitor recipients add`: adds a recipient, or changes what one wants; exit 2 where something given is wrong.

    With `--dry-run` nothing is kept, and what last week would have brought is printed.
    """
    prepare()
    from django.db import transaction

    from alerts.recipients import Wishes, add, preview, rules_of

    if language not in {None, "ko", "en"}:
        fail(_('"{given}" 대신 ko 나 en 을 적으십시오.').format(given=language), code=2)
    try:
        wishes = Wishes(
            name=name[:200] if name is not None else None,
            language=language,
            zone_name=_zone(zone),
            quiet=_quiet(quiet),
            digest_at=_time(digest_at),
        )
        with transaction.atomic():
            recipient = add(
                address,
                topics=_listed(topics),
                words=tuple(words or ()),
                min_relevance=min_relevance,
                digest=digest,
                operator=operator,
                budget=budget,
                also=also,
                wishes=wishes,
                words_all=tuple(words_all or ()),
                words_not=tuple(words_not or ()),
                bulletins=_listed(bulletins),
                regions=_listed(regions.upper()),
                sources=_listed(sources),
                kinds=_listed(kinds),
                min_probability=min_probability,
            )
            if dry_run:
                found = preview(rules_of(recipient), recipient.budget, recipient.zone, now())
                transaction.set_rollback(True)
    except ValueError as error:
        fail(str(error), code=2)
    if dry_run:
        _print_backtest(found)
        return
    from review.accounts.actions import by_command_line, recipient_words

    by_command_line("recipient.added", recipient_words(recipient))
    console.print(
        _("{address}: 받는 이에 올렸습니다.").format(address=shown(recipient.address)), markup=False
    )


def _print_backtest(found: "Backtest") -> None:
    """What last week would have brought, and what stood nearest to it."""
    if not found.days:
        console.print(_("들어온 글이 아직 없어 견줄 수 없습니다."))
        return
    brought = _("지난주였다면 하루 평균 {daily:.1f}건, 모두 {total}건이 왔습니다.")
    so_far = _("아직 하루가 다 차지 않았습니다. 이제까지의 글로는 모두 {total}건이 왔습니다.")
    words = brought if found.whole else so_far
    console.print(words.format(daily=found.daily, total=found.total))
    if found.relevance is not None:
        console.print(_("예산에 맞는 관련도는 {line:.2f} 부터입니다.").format(line=found.relevance))
    console.print(" · ".join(f"{day:%m.%d} {count}" for day, count in found.days))
    for heading, stories in ((_("왔을 글"), found.top), (_("아깝게 오지 않았을 글"), found.below)):
        if stories:
            print_table(heading, (_("관련도"), _("제목")), ((f"{s.relevance:.2f}", s.title) for s in stories))


def _fail_unknown(address: str) -> NoReturn:
    message = _(
        '받는 이 가운데 "{address}" 이(가) 없습니다. monitor recipients list 에 있는 주소를 적으십시오.'
    )
    fail(message.format(address=address), code=2)


@recipients_app.command("approve", help=_("/start 로 청한 대화를 승인합니다."))
def recipients_approve(address: str) -> None:
    """`monitor recipients approve`: lets a chat that asked by /start have alerts; exit 2 where none did."""
    prepare()
    from alerts.recipients import approve

    recipient = approve(address)
    if recipient is None:
        _fail_unknown(address)
    from review.accounts.actions import by_command_line, recipient_words

    by_command_line("recipient.approved", recipient_words(recipient))
    console.print(_("{address}: 승인했습니다.").format(address=shown(recipient.address)), markup=False)


@recipients_app.command("test", help=_("받는 이에게 시험 알림을 보냅니다."))
def recipients_test(address: str) -> None:
    """`monitor recipients test`: queues a test message; exit 2 where there is no such recipient or it is not active."""
    prepare()
    from alerts.models import Recipient
    from alerts.notices import queue_word
    from alerts.recipients import find

    recipient = find(address)
    if recipient is None:
        _fail_unknown(address)
    if recipient.state != Recipient.State.ACTIVE:
        fail(
            _("{address}: 아직 승인하지 않았거나 멈춘 받는 이입니다. 먼저 승인하십시오.").format(
                address=shown(recipient.address)
            ),
            code=2,
        )
    queue_word("test", recipient, now())
    console.print(
        _(
            "{address}: 시험 알림을 넣었습니다. monitor run 이 보냅니다. 돌고 있지 않으면 monitor deliver 로 보내십시오."
        ).format(address=shown(recipient.address)),
        markup=False,
        soft_wrap=True,
    )


@recipients_app.command("remove", help=_("더는 보내지 않습니다. 장부는 남습니다."))
def recipients_remove(address: str) -> None:
    """`monitor recipients remove`: sends a recipient nothing more; exit 2 where there is none. The ledger stays."""
    prepare()
    from alerts.recipients import remove

    recipient = remove(address)
    if recipient is None:
        _fail_unknown(address)
    from review.accounts.actions import by_command_line, recipient_words

    by_command_line("recipient.removed", recipient_words(recipient))
    console.print(_("{address}: 지웠습니다.").format(address=shown(recipient.address)), markup=False)
