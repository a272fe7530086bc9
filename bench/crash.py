"""The program killed at random moments under load: feeds publish, Telegram and mail are flaky, an editor decides.

`python -m bench.crash [KILLS [SEED [postgresql]]]`: `monitor run` alone on SQLite; or on a PostgreSQL of its own
`monitor run`, two workers and a clock, of which one dies at a time.
"""

import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.servers import smtp, telegram
from tests.servers.feeds import FeedServer, Page
from tests.servers.postgres import PostgresServer
from tests.whole.program import Program, eventually

NAMES = ("a", "b", "c", "d", "e")
#: A feed shows so many; the program must have seen each before it is gone.
SHOWN = 400
#: Each recipient is told of stories with one word, so that one message a second to each keeps up.
CHATS = {"42": "금리", "43": "환율", "44": "수출", "45": "물가"}
MAILBOXES = {f"desk{chat}@example.kr": word for chat, word in CHATS.items()}


class Load:
    """What goes on outside while the program lives and dies."""

    def __init__(self, feeds: FeedServer, program: Program, seed: int) -> None:
        self._feeds = feeds
        self._program = program
        self._chance = random.Random(seed)
        self.published: dict[str, list[str]] = {name: [] for name in NAMES}
        #: What the program said it had taken: (story, choice).
        self.decided: list[tuple[int, str]] = []
        self._base = f"http://127.0.0.1:{program.port}"
        self._cookies = httpx.Cookies()
        self.stopped = threading.Event()
        self.resting = threading.Event()
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._publish, self._edit)]

    def start(self) -> None:
        """Begins to publish and to decide."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Publishes and decides no more."""
        self.stopped.set()
        for thread in self._threads:
            thread.join(30)

    def show(self) -> None:
        """Serves every feed as it stands."""
        for name, titles in self.published.items():
            self._feeds.pages["/" + name] = _document(name, titles)

    def _publish(self) -> None:
        # Half of all lives end before they deliver anything: faster than this, alerts would only pile up.
        while not self.stopped.wait(self._chance.uniform(1.0, 3.0)):
            if self.resting.is_set():
                continue
            name = self._chance.choice(NAMES)
            words = "".join(self._chance.choices("가나다라마바사아자차카타파하", k=9))
            about = self._chance.choice(list(CHATS.values()))
            self.published[name].append(f"{about} {words} {len(self.published[name])}")
            self.show()

    def sign_in(self, link: str) -> None:
        """The editor's session; it outlives every kill."""
        with self._browser(60) as browser:
            browser.get(link)
            self._cookies = browser.cookies

    def is_served(self) -> bool:
        """Whether the queue's page comes within ten seconds."""
        try:
            with self._browser(10) as browser:
                return browser.get("/").status_code == 200
        except httpx.HTTPError:
            return False

    def _browser(self, timeout: float) -> httpx.Client:
        return httpx.Client(base_url=self._base, trust_env=False, timeout=timeout, cookies=self._cookies)

    def _edit(self) -> None:
        while not self.stopped.wait(0.1):
            with suppress(httpx.HTTPError), self._browser(10) as browser:
                self._sit_down(browser)
            if self.resting.is_set():
                time.sleep(0.2)

    def _sit_down(self, browser: httpx.Client) -> None:
        page = browser.get("/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        for story in re.findall(r'id="story-(\d+)"', page.text)[:5]:
            if self.resting.is_set() or token is None:
                return
            choice = self._chance.choice(("accept", "reject", "later"))
            answer = browser.post(
                f"/stories/{story}/decide",
                data={"choice": choice, "seen": "waiting", "csrfmiddlewaretoken": token[1]},
                headers={"HX-Request": "true", "Referer": self._base + "/"},
            )
            if answer.status_code == 200:
                self.decided.append((int(story), choice))
            time.sleep(self._chance.uniform(0.0, 0.1))


class Alone:
    """`monitor run`, which is everything."""

    def __init__(self, program: Program, load: Load, chance: random.Random) -> None:
        self._program = program
        self._load = load
        self._chance = chance

    def start(self) -> None:
        """Starts the program, to live until it is stopped."""
        self._program.start()

    def live_and_die(self) -> None:
        """Starts the program and kills it at a random moment."""
        self._program.start()
        if self._chance.random() < 0.5:
            # The other half die while they start.
            eventually(self._load.is_served, 30)
        time.sleep(self._chance.uniform(0.0, 4.0))
        self._program.stop(signal.SIGKILL)

    def stop(self) -> None:
        """Ends the program in peace."""
        self._program.stop()


class Together(Alone):
    """`monitor run` beside two workers and a clock."""

    PARTS = ("worker", "worker", "clock")

    def start(self) -> None:
        """Starts the program and its parts, where they are not running."""
        if self._program.process is None or self._program.process.poll() is not None:
            self._program.start()
            self._parts = [self._program.start_machine(part) for part in self.PARTS]

    def live_and_die(self) -> None:
        """A while of their lives, and the end of one of them, which then begins anew."""
        self.start()
        time.sleep(self._chance.uniform(0.0, 6.0))
        number = self._chance.randrange(len(self.PARTS) + 1)
        if number == len(self.PARTS):
            self._program.stop(signal.SIGKILL)
            time.sleep(self._chance.uniform(0.0, 3.0))
            self._program.start()
            return
        self._parts[number].kill()
        self._parts[number].wait()
        time.sleep(self._chance.uniform(0.0, 3.0))
        self._parts[number] = self._program.start_machine(self.PARTS[number])

    def stop(self) -> None:
        """Ends all of them in peace."""
        self._program.stop()
        for part in self._parts:
            part.terminate()
            part.wait(20)


def main(kills: int = 300, seed: int = 11, database: str = "sqlite") -> None:
    """Prints what was lost and doubled, which is to be nothing."""
    chance = random.Random(seed)
    with (
        _database(database) as url,
        tempfile.TemporaryDirectory() as folder,
        FeedServer() as feeds,
        telegram.TelegramServer() as bot,
        smtp.SmtpServer() as mail,
    ):
        program = Program(Path(folder), feeds, bot)
        program.environment |= {"SMTP_URL": mail.url, "MAIL_FROM": "monitor@example.kr", **url}
        _set_up(program, feeds)
        load = Load(feeds, program, seed)
        load.show()
        for chat in CHATS:
            bot.faults[chat] = list(_telegram_faults(chance, 40 * kills))
        mail.fault = lambda _to: _mail_fault(chance)
        load.sign_in(program.start())
        program.stop(signal.SIGKILL)
        load.start()
        started = time.monotonic()
        living = (Together if url else Alone)(program, load, chance)
        for done in range(kills):
            living.live_and_die()
            if (done + 1) % 25 == 0:
                print(f"  {done + 1} kills, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        load.resting.set()
        for chat in CHATS:
            bot.faults[chat] = []
        mail.fault = lambda _to: None
        living.start()
        settled = eventually(lambda: _is_settled(program, load), 900)
        load.end()
        living.stop()
        print(f"{kills} kills in {time.monotonic() - started:.0f} s, settled at the end: {settled}")
        for line in _judge(program, load, bot, mail):
            print("  " + line)
        print(f"  tracebacks in the log: {program.log().count('Traceback')}")
        if os.environ.get("KEEP"):
            shutil.copytree(folder, os.environ["KEEP"], dirs_exist_ok=True)


@contextmanager
def _database(kind: str) -> Iterator[dict[str, str]]:
    """What the environment says of it."""
    if kind == "sqlite":
        yield {}
        return
    with PostgresServer() as server:
        yield {"DATABASE_URL": server.url("postgres")}


def _set_up(program: Program, feeds: FeedServer) -> None:
    (program.home / "sources.yaml").write_text(
        "".join(f"- id: {n}\n  url: {feeds.url('/' + n)}\n  interval: {{min: 1s, max: 2s}}\n" for n in NAMES)
    )
    recipients = {f"telegram:{chat}": word for chat, word in CHATS.items()}
    recipients |= {f"mailto:{mailbox}": word for mailbox, word in MAILBOXES.items()}
    for address, word in recipients.items():
        program.command("recipients", "add", address, "--words", word).check_returncode()


def _document(name: str, titles: list[str]) -> Page:
    first = max(0, len(titles) - SHOWN)
    items = "".join(
        f"<item><title>{title}</title><link>https://{name}.example/{number}</link><guid>{name}-{number}</guid></item>"
        for number, title in enumerate(titles[first:], first)
    )
    return Page(f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode())


def _telegram_faults(chance: random.Random, count: int) -> "list[telegram.Fault]":
    kinds = [
        telegram.Fault(429, "Too Many Requests: retry after 1", {"retry_after": 1}),
        telegram.Fault(502, body=b"<html>Bad Gateway</html>"),
        telegram.Fault(drop="before"),
    ]
    return [chance.choice(kinds) if chance.random() < 0.1 else telegram.Fault() for _ in range(count)]


def _mail_fault(chance: random.Random) -> "smtp.Fault | None":
    kinds = [smtp.Fault("RCPT", "450 4.2.0 greylisted"), smtp.Fault(drop="before")]
    return chance.choice(kinds) if chance.random() < 0.1 else None


def _is_settled(program: Program, load: Load) -> bool:
    published = sum(map(len, load.published.values()))
    entries, untagged = program.rows("SELECT COUNT(*), COUNT(*) - COUNT(tagged_at) FROM monitor_entry")[0]
    waiting = program.rows("SELECT COUNT(*) FROM alerts_alert WHERE state IN ('queued', 'sending')")[0][0]
    return entries == published and untagged == 0 and waiting == 0


def _judge(
    program: Program, load: Load, bot: "telegram.TelegramServer", mail: "smtp.SmtpServer"
) -> "list[str]":
    expected = Counter(title for titles in load.published.values() for title in titles)
    stored = Counter(str(row[0]) for row in program.rows("SELECT title FROM monitor_entry"))
    decided = Counter(
        (int(str(story)), str(choice))
        for story, choice in program.rows("SELECT story_id, choice FROM review_decision")
    )
    kept = [one for one in load.decided if one not in decided]
    alerts = program.rows(
        "SELECT r.address, e.title, a.state, a.error, a.attempts FROM alerts_alert a"
        " JOIN alerts_recipient r ON r.id = a.recipient_id JOIN monitor_entry e ON e.id = a.entry_id"
    )
    stories = program.rows("SELECT COUNT(*) FROM monitor_story")[0][0]
    arrived: Counter[tuple[str, str]] = Counter(
        (f"telegram:{message.chat}", _title(message.text)) for message in bot.delivered
    )
    letters: dict[tuple[str, str], set[str]] = {}
    for letter in mail.letters:
        key = f"mailto:{letter.to}", str(letter.message["Subject"])
        letters.setdefault(key, set()).add(letter.message_id)
    lost, doubled, in_flight, states = [], [], 0, Counter(str(row[2]) for row in alerts)
    for address, title, state, error, _attempts in alerts:
        key = str(address), str(title)
        times = arrived[key] if str(address).startswith("telegram") else _letters(letters, *key)
        if state == "sent" and not times:
            lost.append(f"{address} {title}")
        marked = state == "sending" or "perhaps twice" in str(error)
        in_flight += times > 1 and marked
        if times > 1 and not marked:
            doubled.append(f"{address} {title} {times} {state} {error}")
    rows = Counter((row[0], row[1]) for row in alerts)
    return [
        f"entries: {sum(expected.values())} published, {len(expected - stored)} lost, {len(stored - expected)} doubled",
        f"decisions: {len(load.decided)} answered for, {len(kept)} lost",
        f"alerts: {len(alerts)} of {stories} stories, to a chat and a mailbox: {dict(states)}",
        f"  missing {2 * int(str(stories)) - len(alerts)}, rows doubled {sum(n > 1 for n in rows.values())}",
        f"  lost {len(lost)}, doubled {len(doubled)}, doubled in flight and marked so {in_flight}",
        *lost[:5],
        *doubled[:5],
    ]


def _title(text: str) -> str:
    return text.split("\n")[0].removeprefix("<b>").removesuffix("</b>")


def _letters(letters: "dict[tuple[str, str], set[str]]", address: str, title: str) -> int:
    """How many different letters told of it: two with one Message-ID are one to whoever reads them."""
    return sum(len(found) for (to, subject), found in letters.items() if to == address and title in subject)


if __name__ == "__main__":
    kills, seed, kind = [*sys.argv[1:], *("300", "11", "sqlite")[len(sys.argv) - 1 :]]
    main(int(kills), int(seed), kind)
