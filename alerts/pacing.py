"""Pure: how fast Telegram may be written to (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

At most one message a second to a chat, twenty a minute to a group, thirty a second in all.
"""

from collections import deque

PER_CHAT_SECONDS = 1.0
GROUP_MESSAGES, GROUP_SECONDS = 20, 60.0
ALL_MESSAGES, ALL_SECONDS = 30, 1.0


class Pace:
    """Remembers what was sent when; times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._all: deque[float] = deque(maxlen=ALL_MESSAGES)
        self._chats: dict[str, deque[float]] = {}

    def wait(self, chat: str, now: float) -> float:
        """Seconds until a message to `chat` may go; 0 where it may go now, which then counts as sent."""
        sent = self._chats.setdefault(chat, deque(maxlen=GROUP_MESSAGES))
        free = [now]
        if sent:
            free.append(sent[-1] + PER_CHAT_SECONDS)
        if chat.startswith("-") and len(sent) == GROUP_MESSAGES:
            free.append(sent[0] + GROUP_SECONDS)
        if len(self._all) == ALL_MESSAGES:
            free.append(self._all[0] + ALL_SECONDS)
        pause = max(free) - now
        if pause <= 0:
            sent.append(now)
            self._all.append(now)
        return pause
