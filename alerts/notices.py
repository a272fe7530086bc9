"""What operators are told besides faults of sources, and recipients of their own alerts: queued as alerts, worded when they are sent."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from alerts.asking import ask_for_delivery
from alerts.channels import CHANNELS
from alerts.messages import LONGEST, Message, cut
from alerts.models import Alert, Recipient
from monitor.config import settings
from monitor.i18n import translate
from monitor.texts.text import clean_line, clip

#: Kind of what `alerts.troubles` tells.
TROUBLE = "trouble"


def queue_notice(kind: str, facts: Mapping[str, str | int], now: datetime) -> int:
    """Queues word to every operator but the one whose id is `facts["recipient"]`; how many."""
    operators = Recipient.objects.filter(operator=True, state=Recipient.State.ACTIVE)
    if "recipient" in facts:
        operators = operators.exclude(id=facts["recipient"])
    alerts = Alert.objects.bulk_create(
        Alert(recipient=operator, notice={"kind": kind, **facts}, queued_at=now, not_before=now)
        for operator in operators
    )
    return len(alerts)


def queue_word(kind: str, recipient: Recipient, now: datetime) -> None:
    """Queues word to a recipient of its own alerts: that it was approved ("approved"), or a test of the way to it ("test")."""
    Alert.objects.create(recipient=recipient, notice={"kind": kind}, queued_at=now, not_before=now)
    ask_for_delivery([recipient.address])


_WORDS = {
    "approved": (
        "✅ 지금부터 알림을 보내 드립니다",
        "조건에 맞는 새 글이 나오면 여기로 옵니다.",
    ),
    "test": (
        "🔔 시험 알림입니다",
        "이 글이 보이면 알림이 제대로 옵니다.",
    ),
    "suspended": (
        "⚠ 받는 이에게 보낼 수 없어 멈췄습니다: {name}",
        "다시 보내려면 고친 뒤 승인해 주십시오: monitor recipients approve",
    ),
    "refused": (
        "⚠ 메일 서버가 받지 않았습니다: {name}",
        "까닭을 보고 메일 서버와 보내는 주소(MAIL_FROM)를 확인해 주십시오.",
    ),
    "disk": (
        "⚠ 디스크가 거의 찼습니다 ({since}부터)",
        "자리를 비워 주십시오. 다 차면 보내기를 멈추고, 자리가 나면 저절로 이어 갑니다.",
    ),
    "network": (
        "⚠ 어느 소스에도 닿지 못합니다 ({since}부터)",
        "인터넷 연결을 확인해 주십시오. 이어지면 저절로 다시 확인합니다.",
    ),
    "channel": (
        "⚠ {name}: 알림이 나가지 않습니다 ({since}부터)",
        "까닭을 보고 고쳐 주십시오. 기다리는 알림은 그대로 두었다가 이어지면 보냅니다.",
    ),
}
#: Of a trouble that is over, the headline alone.
_OVER = {
    "disk": "✅ 디스크에 다시 자리가 있습니다 (모자란 때: {since} ~ {until})",
    "network": "✅ 소스에 다시 닿습니다 (끊긴 때: {since} ~ {until})",
    "channel": "✅ {name}: 알림이 다시 나갑니다 (멈춘 때: {since} ~ {until})",
}


def words(notice: Mapping[str, str | int], language: str) -> Message:
    """A notice as people read it, by its `kind`; of a trouble by `what`, and by whether there is an `until`."""
    kind = str(notice["kind"])
    channel = None
    if kind == TROUBLE:
        channel = CHANNELS.get(str(notice["what"]))
        kind = "channel" if channel else str(notice["what"])
    headline, mend = _WORDS[kind]
    lines = [translate(mend, language)]
    if "until" in notice:
        headline, lines = _OVER[kind], []
    facts = {name: _time(str(notice[name])) for name in ("since", "until") if name in notice}
    name = translate(channel.name, language) if channel else notice.get("name", "")
    title = translate(headline, language).format(name=clean_line(str(name)), **facts)
    reason = clip(clean_line(str(notice.get("reason", ""))), 300)
    reasons = [reason] if reason else []
    html = "\n".join(
        [f"<b>{escape(title)}</b>", *map(escape, lines), *(f"<code>{escape(one)}</code>" for one in reasons)]
    )
    return Message(html, cut("\n".join([title, *lines, *reasons]), LONGEST), subject=title)


def _time(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(settings().timezone):%m.%d %H:%M}"
