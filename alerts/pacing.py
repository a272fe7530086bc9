"""Pure: how fast Telegram may be written to (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

At most one message a second to a chat, twenty a minute to a group, thirty a second in all. Edits count as messages.
Other channels are written to no faster.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field

#: Seconds between two messages to one chat; so many messages to one group, and in all, in so many seconds.
PER_CHAT_SECONDS = 1.0
GROUP_MESSAGES, GROUP_SECONDS = 20, 60.0
ALL_MESSAGES, ALL_SECONDS = 30, 1.0
#: A message without an answer for so many seconds has arrived by now, or never will.
_ARRIVES_WITHIN = 3.0


@dataclass
class _Chat:
    #: When its last messages were answered, oldest first.
    answered: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_MESSAGES))
    #: When the message under way left.
    left: float | None = None


class Pace:
    """Remembers what was sent when; times are seconds of a monotonic clock.

    A message counts from when it was answered, and as of now until then: so the other side, which sees it at some
    moment between the two, never sees more than the limits say, however long the ways are.
    """

    def __init__(self) -> None:
        self._chats: defaultdict[str, _Chat] = defaultdict(_Chat)
        self._all: deque[float] = deque()

    def wait(self, chat: str, now: float) -> float:
        """Seconds until a message to `chat` may go; 0 where it may go now, which then is under way."""
        pause = max(self._chat_pause(chat, now), self._pause_of_all(now))
        if pause <= 0:
            self._chats[chat].left = now
        return max(pause, 0.0)

    def answered(self, chat: str, now: float) -> None:
        """The message under way to `chat` arrived, or did not."""
        self._chats[chat].left = None
        self._chats[chat].answered.append(now)
        self._all.append(now)

    def learn(self, chat: str, at: float) -> None:
        """Counts in what another process sent, or this one before it was started anew."""
        known = self._chats[chat]
        known.answered = deque(sorted([*known.answered, at]), maxlen=GROUP_MESSAGES)
        self._all = deque(sorted([*self._all, at]))

    def _chat_pause(self, chat: str, now: float) -> float:
        known = self._chats[chat].answered
        pause = known[-1] + PER_CHAT_SECONDS - now if known else 0.0
        if chat.startswith("-") and len(known) == GROUP_MESSAGES:
            pause = max(pause, known[0] + GROUP_SECONDS - now)
        return pause

    def _pause_of_all(self, now: float) -> float:
        while self._all and self._all[0] <= now - ALL_SECONDS:
            self._all.popleft()
        under_way = [chat.left for chat in self._chats.values() if chat.left is not None]
        fresh = [left for left in under_way if left > now - _ARRIVES_WITHIN]
        over = len(self._all) + len(fresh) - ALL_MESSAGES
        if over < 0:
            return 0.0
        # Those under way are answered who knows when: look again soon.
        return self._all[over] + ALL_SECONDS - now if over < len(self._all) else 0.05
