"""`monitor doctor`: configuration, database, clock, disk, Telegram, SMTP, sources; a line each, and the mend."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import typer
from django.db import DatabaseError

from monitor.cli.collect import configured, now
from monitor.cli.common import AsJson, console, prepare, print_json
from monitor.errors import ConfigError, MonitorError
from monitor.i18n import _

#: Less and the database may soon not be written.
LEAST_FREE = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found. `ok` is None for what is simply not set up."""

    what: str
    ok: bool | None
    says: str


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command(
        help=_("설정, 데이터베이스, 시계, 디스크, 텔레그램, 메일, 소스를 살피고 고칠 곳을 말합니다.")
    )(doctor)


def doctor(as_json: AsJson = False) -> None:
    """`monitor doctor`."""
    findings = []
    for look in (_configuration, _database, _disk, _clock, _classifier, _telegram, _smtp, _sources):
        for finding in _looked(look):
            findings.append(finding)
            if as_json:
                print_json({"what": finding.what, "ok": finding.ok, "says": finding.says})
            else:
                sign = {True: "✓", False: "✗", None: "·"}[finding.ok]
                console.print(f"{sign} {finding.what}  {finding.says}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if any(finding.ok is False for finding in findings) else 0)


def _looked(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a look found; one that cannot even look says why and does not keep the others from looking."""
    try:
        yield from look()
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(_("설정"), False, str(problem))
    except (MonitorError, DatabaseError) as error:
        yield Finding(look.__name__.strip("_"), False, str(error))


def _configuration() -> Iterator[Finding]:
    from classifiers.taxonomy import taxonomy
    from monitor.config import settings

    own = settings()
    sources = configured()
    yield Finding("sources.yaml", True, _("{n}곳, 켜진 것 {on}곳 ({file})").format(
        n=len(sources), on=sum(source.enabled for source in sources), file=own.sources_file))  # fmt: skip
    yield Finding(
        "topics.yaml", True, _("주제 {n}개 ({file})").format(n=len(taxonomy().topics), file=own.topics_file)
    )


def _database() -> Iterator[Finding]:
    prepare()
    from django.db import connection

    from monitor.models import Entry

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA quick_check(1)")
            answer = cursor.fetchone()[0]
            if answer != "ok":
                message = _("손상되었습니다: {reason}. 백업을 복원하십시오.").format(reason=answer)
                yield Finding(_("데이터베이스"), False, message)
                return
    waiting = Entry.objects.untagged().count()
    text = _("{vendor}, 항목 {n}건").format(vendor=connection.vendor, n=Entry.objects.count())
    yield Finding(
        _("데이터베이스"), True, text + (_(", 주제를 기다리는 것 {n}건").format(n=waiting) if waiting else "")
    )


def _disk() -> Iterator[Finding]:
    from monitor.config import settings

    free = shutil.disk_usage(settings().home).free
    text = _("{free:.1f} GB 비어 있음 ({home})").format(free=free / 1e9, home=settings().home.resolve())
    yield Finding(_("디스크"), free >= LEAST_FREE, text)


def _clock() -> Iterator[Finding]:
    from monitor.config import settings
    from monitor.models import Poll

    here = now()
    last = Poll.objects.order_by("-started_at").values_list("started_at", flat=True).first()
    text = f"{here.astimezone(settings().timezone):%Y-%m-%d %H:%M} {settings().timezone.key}"
    if last and last > here + timedelta(minutes=5):
        text += _(" — 마지막 확인보다 이릅니다. 시계를 맞추십시오.")
        yield Finding(_("시계"), False, text)
        return
    yield Finding(_("시계"), True, text)


def _classifier() -> Iterator[Finding]:
    from classifiers.loading import classifier

    yield Finding(_("분류기"), True, classifier().name)


def _telegram() -> Iterator[Finding]:
    from monitor.config import settings

    own = settings()
    if own.telegram_bot_token is None:
        yield Finding(
            _("텔레그램"), None, _("설정되지 않았습니다. 알림은 장부에 남습니다 (TELEGRAM_BOT_TOKEN).")
        )
        return
    from alerts.channels.telegram import describe_bot

    name, error = asyncio.run(describe_bot(own.telegram_bot_token.get_secret_value(), own.telegram_api_url))
    if error:
        yield Finding(
            _("텔레그램"),
            False,
            _("{error}. TELEGRAM_BOT_TOKEN 과 네트워크를 확인하십시오.").format(error=error),
        )
        return
    from alerts.models import Recipient

    chats = Recipient.objects.filter(state=Recipient.State.ACTIVE).count()
    yield Finding(_("텔레그램"), True, _("@{name}, 받는 이 {n}곳").format(name=name, n=chats))


def _smtp() -> Iterator[Finding]:
    from monitor.config import settings

    if settings().smtp_url is None:
        yield Finding(_("메일"), None, _("설정되지 않았습니다 (SMTP_URL)."))
        return
    from alerts.channels.mail import mail_channel

    channel = mail_channel(settings())
    assert channel is not None, "SMTP_URL is set"
    reason = asyncio.run(channel.check())
    yield Finding(_("메일"), not reason, reason or _("연결과 로그인을 확인했습니다."))


def _sources() -> Iterator[Finding]:
    from monitor.health import State, words
    from monitor.models import Source

    names = {source.id: source.name for source in configured() if source.enabled}
    rows = Source.objects.filter(id__in=names).exclude(state__in=[State.OK, State.NEW, State.SHAKY])
    for row in rows.order_by("state", "id"):
        yield Finding(f"{names[row.id]} ({row.id})", False, f"{words(row.state, row.fault)} [{row.reason}]")
    if not rows:
        polled = Source.objects.filter(id__in=names).exclude(last_polled_at=None).count()
        yield Finding(
            _("소스"),
            True,
            _("켜진 {n}곳 가운데 {polled}곳을 확인했고 탈이 없습니다.").format(n=len(names), polled=polled),
        )
