"""Slack, Teams, Discord, ntfy, webhooks and whatever else Apprise knows: its log into outcomes, for it tells no more.

A service that answered has taken the message or not. Where the connection broke before an answer, it may have.
"""

import logging
import re
from collections.abc import Sequence
from typing import Any

from alerts.channels import Channel, Gone, Outcome, Refused, Retry, Sent, Uncertain
from alerts.messages import Message
from monitor.config import Settings
from monitor.fetching.guard import Guard, guarded_sockets
from monitor.texts.text import clean_line

#: Seconds for the whole of one message, and for each step of its connection.
WHOLE, STEP = 50.0, 10.0
_STATUS = re.compile(r"\berror=(\d{3})\b")
#: What urllib3 says where there was no connection: not a byte left.
_NEVER_LEFT = "Max retries exceeded"
#: Replies of services whose webhook is no more, or not ours any more.
_GONE = {401, 403, 404, 410}


class AppriseChannel(Channel):
    """Sends to Apprise URLs, but to no private address that `allow_hosts` does not name."""

    def __init__(self, allow_hosts: Sequence[str] = ()) -> None:
        self._guard = Guard(allow_hosts)

    async def send(self, target: str, message: Message) -> Outcome:
        """Sends as plain text, with the links under it; `target` is the whole URL."""
        # The library is large, and most installations have no such recipient.
        from apprise import Apprise, AppriseAsset, NotifyFormat

        # Its log is all that tells one failure from another, and it holds addresses: it goes nowhere else.
        log = logging.getLogger("apprise")
        log.propagate = False
        log.setLevel(logging.DEBUG)
        service = Apprise(asset=AppriseAsset(app_id="Bulletin Monitor", service_timeout=WHOLE))
        if not service.add(_with_time_outs(target)):
            return Gone("Apprise does not know this address any more")
        title, body = _as_text(message)
        with guarded_sockets(self._guard) as watch:
            result = await service.async_notify(
                body, title=title, body_format=NotifyFormat.TEXT, log_level=logging.DEBUG
            )
        if watch.refused and not result:
            return Gone(f"{watch.refused}; MONITOR_ALLOW_HOSTS may name it")
        return Sent("") if result else _outcome(result)


def make(settings: Settings) -> AppriseChannel:
    """The channel; addresses hold all else that it needs."""
    return AppriseChannel(settings.allow_hosts)


def _with_time_outs(url: str) -> str:
    return url if "rto=" in url else f"{url}{'&' if '?' in url else '?'}cto={STEP:.0f}&rto={STEP:.0f}"


def _as_text(message: Message) -> tuple[str, str]:
    """Title and body; the title is not said twice."""
    links = [f"{button.label}: {button.url}" for row in message.rows for button in row if button.url]
    first, _, rest = message.plain.partition("\n")
    body = "\n".join(filter(None, [rest if first == message.subject else message.plain, *links]))
    return message.subject, body or message.subject


def _outcome(result: Any) -> Outcome:
    said = [(entry.level, entry.message) for entry in result.logs()]
    # Warnings name the service and its status; debug lines, which are read but not shown, may hold the address.
    reason = clean_line("; ".join(text for level, text in said if level in {"WARNING", "ERROR"}))[:300]
    reason = reason or f"not sent: {result.status.name.lower()}"
    statuses = [int(status) for _level, text in said for status in _STATUS.findall(text)]
    if statuses:
        status = statuses[-1]
        if status == 429 or status >= 500:
            return Retry(reason)
        return Gone(reason) if status in _GONE else Refused(reason)
    if any(_NEVER_LEFT in text for _level, text in said):
        return Retry(reason)
    return Uncertain(reason)
