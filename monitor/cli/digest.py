"""`monitor digest`: the daily summary now, or its text."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.collect import now
from monitor.cli.common import console, fail, prepare
from monitor.i18n import _

if TYPE_CHECKING:
    from alerts.models import Recipient

_AT = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command(help=_("매일 요약을 지금 만들어 보냅니다. 하루에 한 번만 보냅니다."))(digest)


def digest(
    recipient: Annotated[str, typer.Option(help=_("이 받는 이에게만: mailto:ADDRESS, telegram:CHAT"))] = "",
    at: Annotated[
        datetime | None, typer.Option(help=_("지금이 이때인 것처럼 (ISO 8601)"), formats=_AT)
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=_("보내지도 저장하지도 않고 제목과 글만 보입니다."))
    ] = False,
) -> None:
    """`monitor digest`: makes today's summaries and sends them, or with `--dry-run` prints them; exit 1 where one failed."""
    prepare()
    from alerts.digests.making import draft_now
    from monitor.config import settings

    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=settings().timezone)
    clock = _clock_from(at)
    chosen = _chosen(recipient)
    if not chosen:
        console.print(
            _("요약을 받는 이가 없습니다. monitor recipients add mailto:ADDRESS --digest 로 더하십시오.")
        )
        return
    if dry_run:
        for one in chosen:
            rendered = draft_now(one, clock()).rendered
            console.print(f"{rendered.subject}\n\n{rendered.plain}", markup=False, soft_wrap=True)
        return
    raise typer.Exit(1 if _send(chosen, clock) else 0)


def _clock_from(at: datetime | None) -> Callable[[], datetime]:
    """A clock that shows `at` now; the wall clock without one."""
    if at is None:
        return now
    started = time.monotonic()
    return lambda: at + timedelta(seconds=time.monotonic() - started)


def _chosen(name: str) -> "list[Recipient]":
    from alerts.models import Recipient
    from alerts.recipients import ensure_mailboxes, find
    from monitor.config import settings

    ensure_mailboxes(settings().digest_to)
    if not name:
        wanting = Recipient.objects.filter(digest=True, state=Recipient.State.ACTIVE)
        return list(wanting.order_by("id"))
    found = find(name) or find(f"mailto:{name}")
    if found is None:
        fail(_('"{address}" 는 받는 이 가운데 없습니다.').format(address=name), code=2)
    if found.state != Recipient.State.ACTIVE:
        fail(
            _('"{address}" 로는 지금 보내지 않습니다: {reason}').format(
                address=name, reason=found.reason or found.state
            ),
            code=1,
        )
    return [found]


def _send(chosen: "list[Recipient]", clock: Callable[[], datetime]) -> bool:
    """Makes and sends; whether something of it failed."""
    from alerts.addresses import shown, stored_address
    from alerts.channels import configured_channels
    from alerts.digests.making import Outcome, draft_now, write_down
    from alerts.models import Alert
    from alerts.outbox import deliver_due

    said = {
        Outcome.THERE: _("{address}: 오늘 요약은 이미 있습니다. 다시 보내지 않습니다."),
        Outcome.BUSY: _("{address}: 지난 요약을 보내는 중입니다. 잠시 뒤에 다시 하십시오."),
    }
    made = []
    for one in chosen:
        at = clock()
        draft = draft_now(one, at)
        outcome = write_down(one, draft, at)
        if outcome is Outcome.MADE:
            made.append((one, draft))
        else:
            console.print(said[outcome].format(address=shown(one.address)), markup=False)
    channels = configured_channels()
    if channels:
        asyncio.run(deliver_due(channels, clock))
    failed = False
    for one, draft in made:
        alert = Alert.objects.get(recipient=one, digest__kind=draft.kind, digest__day=draft.day)
        sent = alert.state == Alert.State.SENT
        failed |= not sent
        line = (
            _("{address}: 보냈습니다. {subject}")
            if sent
            else _("{address}: 아직 보내지 못했습니다. 장부에 남아 있습니다. {reason}")
        )
        unset = _("보낼 길이 설정되지 않았습니다 ({setting}).")
        reason = alert.error or unset.format(setting=stored_address(one.address).way.variable)
        console.print(
            line.format(address=shown(one.address), subject=draft.rendered.subject, reason=reason),
            markup=False,
            soft_wrap=True,
        )
    return failed
