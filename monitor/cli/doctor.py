"""`monitor doctor`: configuration, database, disk, upkeep, clock, Telegram, SMTP, sources; a line each, and the mend."""

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import typer

from monitor.cli.collect import now
from monitor.cli.common import AsJson, console, moment, prepare, print_json
from monitor.errors import ConfigError, MonitorError
from monitor.i18n import _

#: A night may be missed; two are a fault.
LATE_BACKUP = timedelta(days=2)
#: As `monitor.upkeep.chores` calls them, which reads the database.
BACKUP, TIDY = "backup", "tidy"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    what: str
    ok: bool | None  #: None for what is simply not set up
    says: str  #: in an operator's words, with the mend where it is not well


def register(app: typer.Typer) -> None:
    """Adds this command."""
    app.command(
        help=_("설정, 데이터베이스, 디스크, 백업, 시계, 텔레그램, 메일, 소스를 살피고 고칠 곳을 말합니다.")
    )(doctor)


def doctor(as_json: AsJson = False) -> None:
    """`monitor doctor`: a line for each thing looked at, with the mend; exit 1 where something is wrong."""
    from monitor.logs import redact

    findings = []
    for look in _looks():
        for finding in _looked(look):
            findings.append(finding)
            # What a source or a server answered may repeat what it was asked with.
            says = redact(finding.says)
            if as_json:
                print_json({"what": finding.what, "ok": finding.ok, "says": says})
            else:
                sign = {True: "✓", False: "✗", None: "·"}[finding.ok]
                console.print(f"{sign} {finding.what}  {says}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if any(finding.ok is False for finding in findings) else 0)


def _looks() -> tuple[Callable[[], Iterator[Finding]], ...]:
    """All of them; where the settings cannot be read, only the one that says why: every other needs them."""
    from monitor.config import settings

    try:
        settings()
    except ConfigError:
        return LOOKS[:1]
    return LOOKS


def _looked(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a look found; one that cannot even look says why and does not keep the others from looking."""
    from django.db import DatabaseError

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
    from monitor.sourcesfile import configured

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
    from monitor.upkeep.disk import Room

    room = Room.of(settings().home)
    text = _("{free:.1f} GB 비어 있음 ({home})").format(free=room.free / 1e9, home=settings().home.resolve())
    if room.is_low():
        text += _(" — 자리를 비우십시오. 모자라면 알림을 보내지 않고 기다립니다.")
    yield Finding(_("디스크"), not room.is_low(), text)


def _permissions() -> Iterator[Finding]:
    from monitor.config import settings

    home = settings().home
    open_to_others = [
        path
        for path in (home, home / "secret.key", home / "backups", Path(".env"))
        if path.exists() and path.stat().st_mode & 0o077
    ]
    for path in open_to_others:
        mend = "chmod 700" if path.is_dir() else "chmod 600"
        text = _("{path} 을(를) 다른 사용자도 볼 수 있습니다. {mend} {path}").format(path=path, mend=mend)
        yield Finding(_("권한"), False, text)
    if not open_to_others:
        yield Finding(_("권한"), True, _("비밀이 든 파일은 이 사용자만 볼 수 있습니다."))


def _backups() -> Iterator[Finding]:
    from monitor.config import settings
    from monitor.models import Chore
    from monitor.upkeep.backup import backups, folder_of

    own = settings()
    if own.database_url is not None:
        yield Finding(
            _("백업"),
            None,
            _("PostgreSQL 에서는 밤마다 만들지 않습니다. monitor backup 이나 pg_dump 로 백업하십시오."),
        )
        return
    if own.keep_backups == 0:
        yield Finding(_("백업"), None, _("밤마다 만들지 않습니다 (MONITOR_KEEP_BACKUPS=0)."))
        return
    made = backups(own)
    if not made:
        begun = Chore.objects.filter(name=BACKUP).values_list("done_at", flat=True).first()
        late = begun is not None and now() - begun > LATE_BACKUP
        text = _("아직 없습니다. monitor run 이 밤마다 {folder} 에 만듭니다.")
        yield Finding(_("백업"), False if late else None, text.format(folder=folder_of(own)))
        return
    newest = made[-1]
    at = datetime.fromtimestamp(newest.stat().st_mtime, own.timezone)
    text = _("{n}개, 마지막 것은 {at:%Y-%m-%d %H:%M} ({file}, {size:.1f} MB)").format(
        n=len(made), at=at, file=newest, size=newest.stat().st_size / 1e6
    )
    late = now() - at > LATE_BACKUP
    if late:
        text += _(" — 이틀 넘게 만들지 못했습니다. 기록에서 no backup 을 찾아보십시오.")
    yield Finding(_("백업"), not late, text)


def _keeping() -> Iterator[Finding]:
    from monitor.config import settings
    from monitor.models import Chore

    own = settings()
    if own.keep_entries is None:
        text = _("항목을 지우지 않습니다 (MONITOR_KEEP_ENTRIES=0).")
    else:
        text = _("아무도 손대지 않은 항목은 {days}일 뒤에 지웁니다.").format(days=own.keep_entries.days)
    tidied = Chore.objects.filter(name=TIDY).values_list("done_at", flat=True).first()
    if tidied:
        text += _(" 마지막 정리 {at:%Y-%m-%d %H:%M}").format(at=tidied.astimezone(own.timezone))
    yield Finding(_("보관"), True, text)


def _log_file() -> Iterator[Finding]:
    from monitor.config import settings

    file = settings().log_file
    if file is None:
        yield Finding(_("기록"), None, _("표준 오류로만 남깁니다 (MONITOR_LOG_FILE)."))
        return
    can = os.access(file if file.exists() else file.parent, os.W_OK)
    mend = "" if can else _(" — 쓸 수 없습니다. 폴더가 있는지, 권한이 있는지 확인하십시오.")
    yield Finding(_("기록"), can, f"{file}{mend}")


def _guard() -> Iterator[Finding]:
    from monitor.config import settings

    allowed = settings().allow_hosts
    if allowed:
        text = _("내부 주소라도 여는 곳: {hosts} (MONITOR_ALLOW_HOSTS)").format(hosts=", ".join(allowed))
        yield Finding(_("주소 검사"), None, text)
    else:
        yield Finding(_("주소 검사"), True, _("공인 주소만 엽니다."))


def _clock() -> Iterator[Finding]:
    from monitor.config import settings
    from monitor.models import Poll

    here = now()
    last = Poll.objects.order_by("-id").values_list("started_at", flat=True).first()
    text = f"{here.astimezone(settings().timezone):%Y-%m-%d %H:%M} {settings().timezone.key}"
    if last and last > here + timedelta(minutes=5):
        text += _(" — 마지막 확인보다 이릅니다. 시계를 맞추십시오.")
        yield Finding(_("시계"), False, text)
        return
    yield Finding(_("시계"), True, text)


def _classifier() -> Iterator[Finding]:
    from classifiers.serving.inforce import tagger
    from classifiers.serving.versions import ModelError, learned_at

    try:
        found = tagger()
        at = learned_at(found.name)
        model = _("{at} 에 여기서 배운 모델").format(at=moment(at)) if at else _("처음부터 들어 있는 모델")
        reads = _("문장 인코더 {name}").format(name=found.encoder) if found.encoder else _("문장 인코더 없음")
        yield Finding(_("분류기"), True, f"{model}, {reads}")
    except ModelError as error:
        text = _(
            "여러 대가 함께 쓰는 모델을 이 컴퓨터에서 읽을 수 없습니다. 파일을 옮겨 올 때까지 여기서는 주제를 붙이지 "
            "않습니다. [{reason}]"
        )
        yield Finding(_("분류기"), False, text.format(reason=error))


def _channels() -> Iterator[Finding]:
    from alerts.channels import CHANNELS

    for name, way in CHANNELS.items():
        if way.setting:
            ok, says = _of_channel(name)
            yield Finding(_(way.name), ok, says)


def _of_channel(name: str) -> tuple[bool | None, str]:
    """Whether anything can be sent through a channel, and how that stands; it is asked, and sends nothing."""
    from alerts.channels import CHANNELS, Channel, make_channel
    from alerts.models import Recipient
    from monitor.config import settings

    async def ask(channel: Channel) -> tuple[str, str]:
        try:
            return await channel.describe()
        finally:
            await channel.aclose()

    setting = CHANNELS[name].variable
    try:
        channel = make_channel(name, settings())
    except ConfigError as error:
        return False, "; ".join(map(str, error.problems))
    own = Recipient.objects.filter(state=Recipient.State.ACTIVE, address__startswith=f"{name}:").count()
    if channel is None:
        text = _("설정되지 않았습니다. 쓰시려면 .env 에 {setting} 을(를) 적으십시오.").format(setting=setting)
        waiting = _(" 받는 이 {n}곳의 알림이 장부에서 기다립니다.").format(n=own) if own else ""
        return None, text + waiting
    itself, reason = asyncio.run(ask(channel))
    if reason:
        return False, _("{error}. {setting} 과(와) 네트워크를 확인하십시오.").format(
            error=reason, setting=setting
        )
    ready = _("준비되었습니다. 받는 이 {n}곳").format(n=own)
    return True, " · ".join(filter(None, (itself, ready)))


def _sources() -> Iterator[Finding]:
    from monitor.models import Source
    from monitor.polls.health import State, words
    from monitor.sourcesfile import configured

    names = {source.id: source.name for source in configured() if source.enabled}
    rows = Source.objects.filter(id__in=names).exclude(state__in=[State.OK, State.NEW, State.SHAKY])
    for row in rows.order_by("state", "id"):
        yield Finding(f"{names[row.id]} ({row.id})", False, f"{words(row.state, row.fault)} [{row.reason}]")
    if not rows:
        visited = Source.objects.filter(id__in=names).exclude(last_polled_at=None)
        polled, failing = visited.count(), visited.filter(failures__gt=0).count()
        if not polled:
            text = _("켜진 {n}곳을 아직 확인하지 않았습니다. monitor run 이 확인합니다.")
        elif failing == polled:
            text = _("확인한 {polled}곳이 모두 실패했습니다. 인터넷 연결을 확인하십시오.")
        elif failing:
            text = _(
                "켜진 {n}곳 가운데 {polled}곳을 확인했습니다. {failing}곳은 방금 실패하여 곧 다시 확인합니다."
            )
        else:
            text = _("켜진 {n}곳 가운데 {polled}곳을 확인했고 탈이 없습니다.")
        ok = failing < polled if polled else None
        yield Finding(_("소스"), ok, text.format(n=len(names), polled=polled, failing=failing))


#: In the order in which they are told; the first looks at the settings, without which none of the others can.
LOOKS = (
    _configuration, _database, _disk, _permissions, _backups, _keeping, _log_file, _clock, _guard, _classifier, _channels,
    _sources,
)  # fmt: skip
