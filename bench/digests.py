"""Summaries against a mail server with faults, in a process that is killed at random moments, over simulated days.

Counts by recipient and story: what was never told, and what two letters with different Message-IDs told; and raw copies
at the server, which a kill or a lost reply may leave one of. `python -m bench.digests [--kills N] [--seed N]`.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

STORIES_A_DAY = 3
#: When the simulated days begin: eight of them hold both changes of Berlin's clocks' year.
FIRST_DAY = date(2026, 10, 22)
ZONES = ("Asia/Seoul", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")
#: Seconds of simulated time between a kill and the next start: within a lease, over it, over some rests.
PAUSES = (0, 3, 20, 61, 90, 400)
_TOPICS = (
    "bulletins:\n  - {{id: watch, name: 워치, cadence: daily, sections: [{sections}]}}\ntopics:\n{topics}"
)


def main() -> None:
    """Prints what a whole campaign came to; exit code 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--recipients", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options, _rest = parser.parse_known_args()
    result = campaign(options.kills, options.recipients, random.Random(options.seed))
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:28} {value}" for name, value in result.items()))
    wrong = ("stories lost", "stories doubled", "days doubled", "copies without a cause", "left unsent")
    sys.exit(1 if any(result[name] for name in wrong) else 0)


def campaign(kills: int, recipients: int, chance: random.Random) -> dict[str, Any]:
    """Kills a worker so often, lets the last day end in peace, and counts."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="monitor-digests-") as home:
        _prepare_home(Path(home))
        from tests.servers.smtp import SmtpServer

        with SmtpServer() as mail:
            os.environ["SMTP_URL"] = mail.url
            _set_up(recipients)
            with _zygote() as zygote:
                counts = _run_days(zygote, mail, kills, chance)
            return {
                **_counted(mail.letters), **counts, "seconds": round(time.monotonic() - started, 1)
            }  # fmt: skip


def _run_days(zygote: "Zygote", mail: Any, kills: int, chance: random.Random) -> dict[str, Any]:
    from alerts.models import Alert, Recipient
    from tests.servers.smtp import Fault

    people = Recipient.objects.count()
    faults = Counter[str]()

    def fault(_to: str) -> Fault | None:
        kind = chance.choices(
            ["", "slow", "4xx", "data-4xx", "421", "before", "after"], [55, 15, 8, 6, 4, 6, 6]
        )[0]
        faults[kind] += 1
        return {
            "slow": Fault(delay=chance.uniform(0.05, 0.3)),
            "4xx": Fault("RCPT", "450 4.2.0 greylisted"),
            "data-4xx": Fault("DATA", "451 4.3.0 later"),
            "421": Fault("RCPT", "421 4.3.2 closing"),
            "before": Fault(drop="before"),
            "after": Fault(drop="after"),
        }.get(kind)

    mail.fault = fault
    day, done, in_the_middle, cut_short, causeless = FIRST_DAY, 0, 0, 0, 0
    while done < kills:
        # Everywhere it is later than half past eight.
        at = begun = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
        _publish(day, at - timedelta(hours=chance.uniform(1, 20)))
        # Now and then the lid is closed soon after, till the next day.
        cycles = chance.randint(1, 2) if chance.random() < 0.15 else 40
        cut_short += cycles < 40
        while done < kills and cycles:
            settled, seen = _settled(), len(mail.letters)
            zygote.run_until_killed(at, chance.uniform(0.02, 0.9))
            causeless += _causeless(mail.letters[seen:], settled)
            done, cycles = done + 1, cycles - 1
            in_the_middle += Alert.objects.filter(state=Alert.State.SENDING).exists()
            at += timedelta(seconds=chance.choice(PAUSES))
            if _told_since(begun) == people:
                break
        day += timedelta(days=1)
    mail.fault = lambda _to: None
    end = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
    _publish(day, end - timedelta(hours=1))
    for minutes in range(0, 100, 10):
        if _told_since(end) < people:
            zygote.run_until_killed(end + timedelta(minutes=minutes), 6.0, lambda: _told_since(end) == people)
    return {
        "kills": done,
        "kills while sending": in_the_middle,
        "days": (day - FIRST_DAY).days + 1,
        "days cut short": cut_short,
        "copies without a cause": causeless,
        "replies lost": faults["after"],
        "faults": sum(faults.values()) - faults[""],
        "given up for the next": Alert.objects.filter(error="told by the next summary").count(),
        "left unsent": Alert.objects.filter(state__in=["queued", "sending"]).count(),
    }


def _settled() -> set[str]:
    """The Message-IDs of what the ledger knows to be sent."""
    from alerts.models import Alert, Digest

    return set(Digest.objects.filter(alert__state=Alert.State.SENT).values_list("message_id", flat=True))


def _causeless(letters: list[Any], settled: set[str]) -> int:
    """Of one worker's letters: copies of what was known to be sent, or sent again although an answer had come."""
    copies = 0
    for number, letter in enumerate(letters):
        answered = any(other.message_id == letter.message_id and other.answered for other in letters[:number])
        copies += answered or letter.message_id in settled
    return copies


def _told_since(begun: datetime) -> int:
    """To how many a summary has been sent that covers the time until then."""
    from alerts.models import Alert

    return Alert.objects.filter(state=Alert.State.SENT, digest__covers_to__gte=begun).count()


def _counted(letters: list[Any]) -> dict[str, Any]:
    """What every recipient got, by story and by day; copies with one Message-ID are one letter."""
    from alerts.models import Digest, Recipient
    from monitor.models import Entry

    mailboxes = {(letter.to, letter.message_id): letter for letter in letters}
    told = Counter[tuple[str, str]]()
    days = Counter[tuple[str, str]]()
    for (to, message_id), letter in mailboxes.items():
        days[to, message_id.split(".")[1]] += 1
        told.update((to, title) for title in re.findall(r"^\d+\. (.*)$", letter.text("plain"), re.M))
    titles = list(Entry.objects.values_list("title", flat=True))
    people = [address.partition(":")[2] for address in Recipient.objects.values_list("address", flat=True)]
    return {
        "stories lost": sum(not told[to, title] for to in people for title in titles),
        "stories doubled": sum(count > 1 for count in told.values()),
        "days doubled": sum(count > 1 for count in days.values()),
        "stories told": sum(told.values()),
        "summaries made": Digest.objects.count(),
        "letters": len(mailboxes),
        "raw copies beyond those": len(letters) - len(mailboxes),
    }


def _prepare_home(home: Path) -> None:
    topics = [f"t{number}" for number in range(6)]
    sections = ", ".join(f"{{name: 난 {topic}, topics: [{topic}]}}" for topic in topics)
    rows = "".join(f"  - {{id: {topic}, name: {{ko: 주제 {topic}}}}}\n" for topic in topics)
    (home / "topics.yaml").write_text(_TOPICS.format(sections=sections, topics=rows), encoding="utf-8")
    for name in [
        name for name in os.environ if name.startswith(("MONITOR_", "TELEGRAM_", "SMTP_", "DIGEST_"))
    ]:
        del os.environ[name]
    os.environ |= {
        "MONITOR_HOME": str(home),
        "MONITOR_TOPICS": str(home / "topics.yaml"),
        "MONITOR_ENCODER": "none",
        "MAIL_FROM": "monitor@example.kr",
        "DATABASE_URL": "",
    }


def _set_up(recipients: int) -> None:
    from monitor.cli.common import prepare

    prepare()
    from alerts.models import Recipient
    from monitor.models import Source

    Source.objects.create(id="meti-press")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(recipients):
        Recipient.objects.create(
            address=f"mailto:editor{number}@example.kr",
            digest=True,
            zone_name=ZONES[number % len(ZONES)],
            created_at=long_ago,
        )


def _publish(day: date, at: datetime) -> None:
    from classifiers.models import Assessment, Tag
    from monitor.models import Entry, Story

    for number in range(STORIES_A_DAY):
        story = Story.objects.create(first_seen_at=at, relevance=0.9)
        entry = Entry.objects.create(
            source_id="meti-press", story=story, title=f"소식 {day} {number}", first_seen_at=at, tagged_at=at
        )
        Story.objects.filter(id=story.id).update(lead=entry)
        Assessment.objects.create(entry=entry, relevance=0.9, kind="policy", model="bench", assessed_at=at)
        Tag.objects.create(
            entry=entry, topic=f"t{(day.toordinal() + number) % 6}", probability=0.9, model="bench"
        )


class Zygote:
    """A process with everything loaded that makes workers by fork: a kill costs no second start of Python."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run_until_killed(
        self, at: datetime, seconds: float, enough: Callable[[], bool] = lambda: False
    ) -> None:
        """A worker whose clock shows `at`, killed after so many seconds of its life or as soon as it did enough."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{at.isoformat()}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not enough():
            time.sleep(min(left, 0.05))
        os.kill(pid, signal.SIGKILL)
        status = int(self._process.stdout.readline())
        assert os.WIFSIGNALED(status), f"the worker ended by itself: {status}"


@contextmanager
def _zygote() -> Iterator[Zygote]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.digests", "--zygote"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield Zygote(process)
    finally:
        process.kill()
        process.wait()


def _serve_forks() -> None:
    from monitor.cli.common import prepare

    prepare(database=False)
    from django.db import connection

    import alerts.outbox  # noqa: F401 -- loaded before the first fork, as are the files
    from alerts.digests import making, rendering
    from classifiers.taxonomy import taxonomy
    from monitor import sourcesfile

    assert making
    taxonomy(), sourcesfile.known(), rendering._template(), rendering._inliner()
    for line in sys.stdin:
        connection.close()
        pid = os.fork()
        if pid == 0:
            asyncio.run(_work(datetime.fromisoformat(line.strip())))
        print(pid, flush=True)
        print(os.waitpid(pid, 0)[1], flush=True)


async def _work(at: datetime) -> None:
    """The two steps of `monitor run` that make and send summaries, as often as a loop can."""
    from alerts.channels import make_channel
    from alerts.digests.making import make_due
    from alerts.outbox import Outbox
    from monitor.config import settings
    from monitor.threads import in_database

    started = time.monotonic()

    def now() -> datetime:
        return at + timedelta(seconds=time.monotonic() - started)

    channel = make_channel("mailto", settings())
    assert channel is not None
    outbox = Outbox({"mailto": channel}, now)
    while True:
        await in_database(make_due, now())
        await outbox.look()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    if "--zygote" in sys.argv:
        _serve_forks()
    else:
        main()
