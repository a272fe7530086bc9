"""What a new house has set up, and what it has not yet."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from alerts.models import Recipient
from classifiers.models import PastIssue
from classifiers.pastissues.files import FORMATS
from monitor.config import Settings, settings
from monitor.models import Source
from review import catalogue
from review.models import Issue


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up, whether it is, and how to."""

    id: str
    name: str
    done: bool
    #: How it stands.
    says: str
    #: What to do, where there is something to do.
    mend: str = ""
    #: To be typed: commands, or lines for `.env`.
    lines: tuple[str, ...] = ()
    #: The name of the page on which it is done.
    page: str = ""


def steps() -> list[Step]:
    """Everything there is to set up, in the order in which one would."""
    own = settings()
    return [
        _sources(),
        _address(own),
        _second_person(),
        _telegram(own),
        _mail(own),
        _recipients(),
        _past_issues(),
        _next_issue(),
    ]


def how_many_left() -> int:
    """How many things are not set up yet."""
    return sum(not step.done for step in steps())


def _sources() -> Step:
    enabled = [source.id for source in catalogue.sources().values() if source.enabled]
    polled = Source.objects.filter(id__in=enabled).exclude(last_polled_at=None).count()
    done = bool(enabled) and polled == len(enabled)
    return Step(
        "sources",
        _("소스 확인"),
        done,
        _("켜진 {n}곳 가운데 {polled}곳을 한 번 이상 확인했습니다.").format(n=len(enabled), polled=polled),
        ""
        if done
        else _(
            "프로그램이 켜져 있으면 저절로 확인합니다. 몇 분이 지나도 그대로면 인터넷 연결을 확인해 주십시오."
        ),
        () if done else ("monitor sources check",),
        "sources",
    )


def _address(own: Settings) -> Step:
    done = not _is_loopback(urlsplit(own.public_url).hostname or "")
    return Step(
        "address",
        _("남들도 열 수 있는 주소"),
        done,
        _("알림과 로그인 링크는 {url} 로 이어집니다.").format(url=own.public_url),
        ""
        if done
        else _(
            "이 주소는 이 컴퓨터에서만 열립니다. 함께 쓰려면 .env 에 주소를 적고 다시 시작해 주십시오. 다른 컴퓨터에서 바로 열게 하려면 --host 0.0.0.0 으로 시작합니다."
        ),
        () if done else ("MONITOR_PUBLIC_URL=https://monitor.example.kr",),
    )


def _second_person() -> Step:
    n = User.objects.filter(is_active=True).count()
    done = n > 1
    return Step(
        "people",
        _("함께 보는 사람"),
        done,
        _("{n}명이 들어올 수 있습니다.").format(n=n),
        "" if done else _("관리자가 ‘사람’ 화면에서 더하면 로그인 링크가 나옵니다."),
        page="people",
    )


def _telegram(own: Settings) -> Step:
    done = own.telegram_bot_token is not None
    return Step(
        "telegram",
        _("텔레그램 봇"),
        done,
        _("봇이 설정되어 있습니다.") if done else _("봇이 없습니다. 없어도 되지만, 있으면 휴대전화에서 알림을 받고 바로 결정할 수 있습니다."),
        "" if done else _("텔레그램에서 @BotFather 에게 /newbot 을 보내 받은 토큰을 .env 에 적고 다시 시작해 주십시오."),
        () if done else ("TELEGRAM_BOT_TOKEN=123456789:…",),
    )  # fmt: skip


def _mail(own: Settings) -> Step:
    done = own.smtp_url is not None
    return Step(
        "mail",
        _("메일"),
        done,
        _("메일 서버가 설정되어 있습니다.") if done else _("메일 서버가 없습니다. 매일 요약과 로그인 링크를 메일로 보낼 수 없습니다."),
        "" if done else _("메일 서버와 보내는 주소를 .env 에 적고 다시 시작해 주십시오."),
        () if done else ("SMTP_URL=smtp://user:password@smtp.example.kr:587?tls=starttls", "MAIL_FROM=monitor@example.kr"),
    )  # fmt: skip


def _recipients() -> Step:
    n = Recipient.objects.filter(state=Recipient.State.ACTIVE).count()
    return Step(
        "recipients",
        _("알림을 받는 이"),
        n > 0,
        _("{n}곳이 알림을 받습니다.").format(n=n) if n else _("아직 아무도 알림을 받지 않습니다."),
        "" if n else _("봇에게 /start 를 보낸 대화를 승인하거나, 메일 주소나 메신저를 더해 주십시오."),
        page="recipients",
    )


def _past_issues() -> Step:
    n = PastIssue.objects.count()
    return Step(
        "past-issues",
        _("지난 호"),
        n > 0,
        _("지난 호 {n}권을 알고 있습니다.").format(n=n) if n else _("아직 지난 호를 모릅니다."),
        "" if n else _("지난 호의 파일({formats})을 읽히면 이미 다룬 것을 알고, 무엇을 고르시는지 배웁니다.").format(formats=FORMATS),
        () if n else ("monitor learn 2026-10.hwpx",),
        "past_issues",
    )  # fmt: skip


def _next_issue() -> Step:
    issues = Issue.objects.filter(closed_at=None).order_by("created_at")
    names = {bulletin.id: bulletin.name for bulletin in catalogue.taxonomy().bulletins}
    opened = ", ".join(f"{names.get(issue.bulletin, issue.bulletin)} {issue.number}" for issue in issues)
    return Step(
        "next-issue",
        _("다음 호"),
        bool(opened),
        _("만들고 있습니다: {issues}").format(issues=opened) if opened else _("만들고 있는 호가 없습니다."),
        "" if opened else _("‘다음 호’ 화면에서 새 호를 열면 후보를 난마다 모을 수 있습니다."),
        page="issues",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
