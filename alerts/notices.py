"""What operators are told besides faults of sources: queued as alerts, worded when they are sent."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from alerts.messages import LONGEST, Message, cut
from alerts.models import Alert, Recipient
from monitor.i18n import translate
from monitor.text import clean_line, clip


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


_WORDS = {
    "suspended": (
        "⚠ 받는 이에게 보낼 수 없어 멈췄습니다: {name}",
        "다시 보내려면 고친 뒤 승인해 주십시오: monitor recipients approve",
    ),
    "refused": (
        "⚠ 메일 서버가 받지 않았습니다: {name}",
        "까닭을 보고 메일 서버와 보내는 주소(MAIL_FROM)를 확인해 주십시오.",
    ),
}


def words(notice: Mapping[str, str | int], language: str) -> Message:
    """A notice as people read it: "suspended" or "refused", with `name` and `reason`."""
    headline, mend = _WORDS[str(notice["kind"])]
    title = translate(headline, language).format(name=clean_line(str(notice["name"])))
    body = translate(mend, language)
    reason = clip(clean_line(str(notice["reason"])), 300)
    html = "\n".join([f"<b>{escape(title)}</b>", escape(body), f"<code>{escape(reason)}</code>"])
    return Message(html, cut("\n".join([title, body, reason]), LONGEST), subject=title)
