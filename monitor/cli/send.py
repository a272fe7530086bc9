"""Commands of the alerts: the ledger, delivery, recipients."""

import asyncio
from typing import Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, fail, iso, prepare, print_json, print_table
from monitor.i18n import _

recipients_app = typer.Typer(no_args_is_help=True, help=_("누가 무엇을 받는가"))


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command(help=_("알림 장부"))(alerts)
    app.command(help=_("보낼 때가 된 알림을 한 번 보냅니다."))(deliver)
    app.add_typer(recipients_app, name="recipients")


def alerts(as_json: AsJson = False) -> None:
    """`monitor alerts`."""
    prepare()
    from alerts.models import Alert
    from monitor.config import settings

    # Of stories: what operators are told of sources stands on the pages.
    stories = Alert.objects.filter(incident=None).select_related("recipient", "entry")
    rows = stories.order_by("id").iterator(chunk_size=500)
    if as_json:
        for alert in rows:
            print_json(
                {
                    "id": alert.id,
                    "recipient": alert.recipient.address,
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
    print_table(
        _("알림 장부"),
        (_("넣은 때"), _("받는 이"), _("상태"), _("제목"), _("오류")),
        (
            (
                alert.queued_at.astimezone(settings().timezone).strftime("%m.%d %H:%M"),
                alert.recipient,
                alert.state,
                alert.entry.title if alert.entry else "",
                alert.error,
            )
            for alert in rows
        ),
    )


def deliver(as_json: AsJson = False) -> None:
    """`monitor deliver`."""
    prepare()
    from alerts.channels import configured_channels
    from alerts.outbox import deliver_all

    channels = configured_channels()
    if not channels:
        console.print(
            _("텔레그램이 설정되지 않아 보내지 않았습니다. 알림은 장부에 남아 있습니다 (TELEGRAM_BOT_TOKEN).")
        )
        raise typer.Exit(0)
    report = asyncio.run(deliver_all(channels, now))
    if as_json:
        print_json(report.as_dict())
    else:
        console.print(str(report), markup=False)
    raise typer.Exit(1 if report.failed or report.halted else 0)


@recipients_app.command("list", help=_("받는 이와 그 조건"))
def recipients_list(as_json: AsJson = False) -> None:
    """`monitor recipients list`."""
    prepare()
    from alerts.recipients import listing

    rows = listing()
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table(
        _("받는 이"),
        (_("주소"), _("이름"), _("상태"), _("조건"), _("까닭")),
        (
            (row["address"], row["name"], row["state"], _rules(row["subscriptions"]), row["reason"])
            for row in rows
        ),
    )


def _rules(subscriptions: object) -> str:
    assert isinstance(subscriptions, list)
    return " | ".join(
        " ".join(
            (
                ",".join(rule["topics"]) or ("" if rule["words"] else _("모든 주제")),
                " ".join(f'"{word}"' for word in rule["words"]),
                f"≥{rule['min_relevance']:.2f}" if rule["min_relevance"] else "",
            )
        ).strip()
        for rule in subscriptions
    )


@recipients_app.command("add", help=_("받는 이를 더하거나 조건을 바꿉니다: telegram:CHAT"))
def recipients_add(
    address: Annotated[str, typer.Argument(help="telegram:CHAT")],
    topics: Annotated[str, typer.Option(help=_("쉼표로 나눈 주제 id"))] = "",
    words: Annotated[list[str] | None, typer.Option(help=_("제목이나 첫머리에 이 말이 있으면"))] = None,
    min_relevance: Annotated[float | None, typer.Option(help=_("관련도 하한"), min=0, max=1)] = None,
    digest: Annotated[bool, typer.Option("--digest", help=_("매일 요약도"))] = False,
    operator: Annotated[
        bool, typer.Option("--operator", help=_("소스가 고장 나거나 회복하면 알립니다."))
    ] = False,
) -> None:
    """`monitor recipients add`."""
    prepare()
    from alerts.recipients import UnknownTopicsError, add

    names = tuple(name.strip() for name in topics.split(",") if name.strip())
    try:
        recipient = add(
            address,
            topics=names,
            words=tuple(words or ()),
            min_relevance=min_relevance,
            digest=digest,
            operator=operator,
        )
    except (ValueError, UnknownTopicsError) as error:
        fail(str(error), code=2)
    console.print(_("{address}: 받는 이에 올렸습니다.").format(address=recipient.address), markup=False)


@recipients_app.command("approve", help=_("/start 로 청한 대화를 승인합니다."))
def recipients_approve(address: str) -> None:
    """`monitor recipients approve`."""
    prepare()
    from alerts.recipients import approve

    if approve(address) is None:
        fail(_('"{address}" 는 받는 이 가운데 없습니다.').format(address=address), code=2)
    console.print(_("{address}: 승인했습니다.").format(address=address), markup=False)


@recipients_app.command("remove", help=_("더는 보내지 않습니다. 장부는 남습니다."))
def recipients_remove(address: str) -> None:
    """`monitor recipients remove`."""
    prepare()
    from alerts.recipients import remove

    if remove(address) is None:
        fail(_('"{address}" 는 받는 이 가운데 없습니다.').format(address=address), code=2)
    console.print(_("{address}: 지웠습니다.").format(address=address), markup=False)
