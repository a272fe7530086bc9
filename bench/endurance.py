"""A month with every fault at once (sources, Telegram, mail), through poller, classifier and outbox: memory, and the log.

Time and the web are imitated; the database, the Bot API server and the mail server are real. Memory is what this
process holds (RSS) at each midnight; the first week fills caches. The log is written at its most talkative, with
planted secrets that nothing in it may tell.
"""

import asyncio
import logging
import os
import random
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean

from bench.month import _in_memory

#: A secret in a setting, which no line of the log may tell.
PASSWORD = "planted-mail-p4ssword"
SOURCES, DAYS, REQUESTS_A_DAY = 30, 30, 12
#: In some of the imitated titles.
WORDS = ("양자 분야",)
#: Days until what is loaded and learned has settled.
SETTLED = 7


def main(count: int = SOURCES, days: int = DAYS) -> None:
    """Prints the memory of each day, and every secret that the log tells, which is to be none."""
    from tests.servers.smtp import SmtpServer
    from tests.servers.telegram import TOKEN, TelegramServer

    with (
        tempfile.TemporaryDirectory(dir=_in_memory()) as home,
        TelegramServer() as bot,
        SmtpServer(password=PASSWORD) as mail,
    ):
        log = Path(home) / "log.txt"
        os.environ |= {
            "MONITOR_HOME": home,
            "MONITOR_ENCODER": "none",
            "DJANGO_SETTINGS_MODULE": "monitor.settings",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": bot.url,
            "SMTP_URL": mail.url.replace("smtp://", f"smtp://monitor:{PASSWORD}@"),
            "MAIL_FROM": "monitor@example.kr",
        }
        import django

        django.setup()
        from django.conf import settings as django_settings
        from django.core.management import call_command

        from monitor import logs

        secrets = (TOKEN, PASSWORD, str(django_settings.SECRET_KEY))
        logs.configure("text", secrets, logging.DEBUG, log)
        # To the file alone.
        logging.getLogger().handlers = logging.getLogger().handlers[1:]
        call_command("migrate", verbosity=0)
        from tests.servers.simulated import make_sites, run

        memory: dict[int, float] = {}
        begun = time.perf_counter()
        day = _Day(memory, _flaky(bot, mail))
        report = asyncio.run(run(make_sites(count, days), days, requests_a_day=REQUESTS_A_DAY, look=day.look))
        lines = log.read_text(encoding="utf-8")
        told = [secret[:6] for secret in secrets for one in logs.spellings(secret) if one in lines]
        from alerts.models import Alert

        states = {
            state: Alert.objects.filter(state=state).count()
            for state in Alert.State.values
            if Alert.objects.filter(state=state).exists()
        }
    print(
        f"{count} sources, {days} days: {report.polls} polls, {report.entries} entries in {time.perf_counter() - begun:.0f} s"
    )
    print(f"  alerts: {states}; at Telegram {len(bot.delivered)}, by mail {len(mail.letters)}")
    for what in ("untold", "late", "unhealed", "hasty", "missed", "doubled"):
        print(f"  {what:10} {len(getattr(report, what))}")
    print("  MB at midnight:", " ".join(f"{mb:.0f}" for mb in memory.values()))
    settled = [mb for number, mb in memory.items() if number >= SETTLED]
    first, last = mean(settled[:5]), mean(settled[-5:])
    print(
        f"  days {SETTLED}-{SETTLED + 4}: {first:.0f} MB; the last five: {last:.0f} MB, {last / first - 1:+.1%}"
    )
    print(f"  {lines.count(chr(10))} lines of log; secrets told: {len(told)}", *told)


class _Day:
    """What the rest of the program does beside the polls, and what it holds at each midnight."""

    def __init__(self, memory: dict[int, float], break_something: Callable[[], None]) -> None:
        self._memory = memory
        self._break_something = break_something
        self._begun: datetime | None = None
        self._tried: datetime | None = None

    def look(self, now: datetime) -> None:
        """Tags what waits; every two hours delivers; once a day sends summaries and weighs."""
        from alerts.channels import configured_channels
        from alerts.digests.making import make_due
        from alerts.models import Recipient
        from alerts.outbox import deliver_due
        from alerts.recipients import add
        from classifiers.serving.loading import classifier
        from classifiers.tagging import tag_untagged

        if self._begun is None or self._tried is None:
            self._begun = self._tried = now
            add("telegram:42", topics=(), words=WORDS, digest=True)
            add("mailto:desk@example.kr", topics=(), words=WORDS, digest=True)
            # They were here before the month began, by its own time.
            Recipient.objects.update(created_at=now)
        while tag_untagged(classifier(), now):
            pass
        if now - self._tried < timedelta(hours=2):
            return
        self._tried = now
        make_due(now)
        self._break_something()
        asyncio.run(deliver_due(configured_channels(), lambda: now, pace=_Unpaced))
        self._memory[(now - self._begun).days] = _resident_mb()


class _Unpaced:
    """No pace: the month would take a month of seconds."""

    def wait(self, _chat: str, _now: float) -> float:
        return 0.0

    def answered(self, _chat: str, _now: float) -> None:
        return

    def learn(self, _chat: str, _at: float) -> None:
        return


def _flaky(bot: "TelegramServer", mail: "SmtpServer") -> Callable[[], None]:  # type: ignore[name-defined]  # noqa: F821
    from tests.servers import smtp, telegram

    chance = random.Random(3)
    kinds = [
        telegram.Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}),
        telegram.Fault(502, body=b"<html>Bad Gateway</html>"),
        telegram.Fault(drop="before"),
        telegram.Fault(400, "Bad Request: can't parse entities"),
        telegram.Fault(drop="after"),
    ]

    def again() -> None:
        bot.faults["42"] = [
            chance.choice(kinds) if chance.random() < 0.3 else telegram.Fault() for _ in range(50)
        ]
        refusal = smtp.Fault("RCPT", "450 4.2.0 greylisted") if chance.random() < 0.3 else None
        mail.fault = lambda _to: refusal

    return again


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


if __name__ == "__main__":
    import sys

    main(*map(int, sys.argv[1:]))
