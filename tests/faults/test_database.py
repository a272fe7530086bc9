"""A database that takes no writes for a while: nothing is sent or fetched in vain, nothing is lost, and it is said once."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from django.db import DatabaseError, connections
from structlog.testing import capture_logs

from alerts import outbox as outbox_module
from alerts.channels import Outcome
from alerts.messages import Message
from alerts.models import Alert
from alerts.outbox import Outbox
from monitor.database import bring_up_to_date, only_instance
from monitor.errors import Damaged, StoreError
from monitor.fetching.fetch import Fetched, Fetcher, FetchRequest, NotModified
from monitor.fetching.guard import Guard
from monitor.models import Entry, Poll, Source
from monitor.polls import store
from monitor.polls.polling import Poller
from monitor.rests import failing
from monitor.sources import SourceConfig
from monitor.threads import in_database
from monitor.upkeep.disk import Room
from tests.alerts.conftest import NOW, queued, recipient
from tests.alerts.test_outbox import Recorder, Tell, Unhurried, states
from tests.faults.machine import BREAKAGES, full_disk
from tests.monitor.test_polling import rss, source
from tests.servers.feeds import FeedServer, Page
from tests.servers.simulated import Parsing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("short_waits")]
Break = Callable[[], AbstractContextManager[None]]


async def looked(outbox: Outbox) -> None:
    """A look of the step, with all that it begins; a database that cannot even be read fails the step alone."""
    with suppress(DatabaseError):
        await outbox.look()
    if outbox._lanes:
        await asyncio.wait(outbox._lanes.values())
        await asyncio.sleep(0)


def rested(outbox: Outbox) -> None:
    outbox._rest._until = 0.0


@pytest.mark.parametrize("broken", BREAKAGES)
async def test_nothing_is_sent_while_its_sending_could_not_be_written_down(broken: Break, tell: Tell) -> None:
    def prepare() -> None:
        for number in range(1, 4):
            queued(recipient(f"telegram:{number}", words=["x"]), [tell("하나"), tell("둘")])

    await in_database(prepare)
    channel = Recorder()
    outbox = Outbox({"telegram": channel}, lambda: NOW, pace=Unhurried)
    with capture_logs() as told, broken():
        for _ in range(4):
            rested(outbox)
            await looked(outbox)
        assert channel.targets == []
        assert failing().keys() >= {"outbox's database"}
    rested(outbox)
    await outbox.finish()
    assert sorted(channel.targets) == ["1", "1", "2", "2", "3", "3"]
    assert await in_database(states) == ["sent"] * 6
    assert [row["event"] for row in told if row.get("what") == "outbox's database"] == ["failed"]
    assert "outbox's database" not in failing()


@pytest.mark.sqlite  # it fills the disk
async def test_a_mark_that_cannot_be_written_is_kept_until_it_can_and_nothing_goes_twice(tell: Tell) -> None:
    """The disk fills between the claim and the mark, and stays full for longer than the lease."""
    at, disk = [NOW], ExitStack()

    class Filling(Recorder):
        async def send(self, target: str, message: Message) -> Outcome:
            if not self.targets:
                disk.enter_context(full_disk())
            return await super().send(target, message)

    await in_database(lambda: queued(recipient("telegram:1", words=["x"]), [tell("하나"), tell("둘")]))
    channel = Filling()
    outbox = Outbox({"telegram": channel}, lambda: at[0], pace=Unhurried)
    with disk:
        for _ in range(5):
            await looked(outbox)
            at[0] += timedelta(minutes=1)
            rested(outbox)
        assert channel.targets == ["1"]
    await outbox.finish()
    assert channel.targets == ["1", "1"]
    assert await in_database(lambda: list(Alert.objects.values_list("state", "error"))) == [("sent", "")] * 2


async def test_nothing_is_sent_on_a_disk_with_hardly_any_room(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_database(lambda: queued(recipient("telegram:1", words=["x"]), [tell("하나")]))
    channel = Recorder()
    outbox = Outbox({"telegram": channel}, lambda: NOW, pace=Unhurried)
    monkeypatch.setattr(outbox_module, "Room", type("Full", (), {"of": lambda _: Room(10**11, 9_000_000)}))
    report = await outbox.finish()
    assert (channel.targets, report.as_dict()["error"]) == ([], "database: OSError")
    monkeypatch.undo()
    rested(outbox)
    await outbox.finish()
    assert channel.targets == ["1"]


class Filed:
    """A poller with a feed that it could keep."""

    def __init__(self, poller: Poller, one: SourceConfig, server: FeedServer) -> None:
        self.poller, self.one, self.server = poller, one, server

    async def poll(self) -> str:
        return (await self.poller.poll(self.one)).error


@pytest_asyncio.fixture
async def filed(feed_server: FeedServer) -> AsyncIterator[Filed]:
    feed_server.pages["/feed"] = Page(rss(("a", "하나"), ("b", "둘")))
    fetcher = Fetcher("test", Guard([feed_server.host]))
    one = source(feed_server)
    await in_database(store.register, [one])
    yield Filed(Poller(fetcher, Parsing(), lambda: NOW), one, feed_server)  # type: ignore[arg-type]
    await fetcher.aclose()


@pytest.mark.parametrize("broken", BREAKAGES)
async def test_nothing_is_fetched_that_could_not_be_kept(filed: Filed, broken: Break) -> None:
    with capture_logs() as told, broken():
        errors = {await filed.poll() for _ in range(3)}
    of_sqlite = {f"SQLITE_{name}" for name in ("FULL", "IOERR_WRITE", "READONLY", "BUSY")}
    assert errors < {f"database: {name}" for name in of_sqlite | {"InternalError", "OperationalError"}}
    assert len(errors) == 1
    assert filed.server.seen == []
    assert len([row for row in told if row["event"] == "failed"]) == 1
    assert await filed.poll() == ""
    assert await Entry.objects.acount() == 2


@pytest.mark.sqlite  # it fills the disk
async def test_what_was_fetched_and_could_not_be_kept_is_fetched_again_and_is_no_fault_of_the_sources(
    filed: Filed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills after the claim, while the answer comes."""
    fetch = filed.poller._fetcher.fetch
    disk = ExitStack()

    async def filling(request: FetchRequest) -> Fetched | NotModified:
        answer = await fetch(request)
        disk.enter_context(full_disk())
        return answer

    monkeypatch.setattr(filed.poller._fetcher, "fetch", filling)
    with capture_logs(), disk:
        assert (await filed.poll()).startswith("database: ")
    monkeypatch.undo()
    row = await Source.objects.aget()
    assert (row.failures, row.body_hash, await Poll.objects.acount()) == (0, "", 0)
    # Its claim runs out by itself; until then others leave it alone.
    assert (await filed.poller.poll(filed.one)).status == "busy"
    assert (await filed.poller.poll(filed.one, take_over=True)).new == 2


def bring_up(file: Path, monkeypatch: pytest.MonkeyPatch, pragma: str = "cache_size=-100") -> None:
    """A start with this database, on a thread of its own, and so with a connection of its own."""
    known = connections["default"].settings_dict
    monkeypatch.setitem(known, "NAME", file)
    command = f"PRAGMA journal_mode=WAL; PRAGMA {pragma};"
    monkeypatch.setitem(known, "OPTIONS", {"timeout": 0.05, "init_command": command})

    def start() -> None:
        try:
            bring_up_to_date(read_through=True)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(start).result()


@pytest.mark.sqlite  # its file
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"SQLite format 3\0" + b"\xff" * 5000, id="its pages are not pages"),
        pytest.param(b"<html>" * 1000, id="something else"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_damaged_database_is_not_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    file = tmp_path / "monitor.sqlite3"
    file.write_bytes(damage)
    with pytest.raises(Damaged) as refused:
        bring_up(file, monkeypatch)
    assert str(file) in str(refused.value)
    assert "monitor restore" in str(refused.value)
    assert file.read_bytes() == damage


@pytest.mark.sqlite  # its file
def test_a_damaged_page_in_the_middle_is_found_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The schema reads well; only a look through the whole file finds it."""
    file = tmp_path / "monitor.sqlite3"
    with closing(sqlite3.connect(connections["default"].settings_dict["NAME"])) as whole:
        whole.execute("VACUUM INTO ?", (str(file),))
    bring_up(file, monkeypatch)
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'monitor_entry'"
        [root] = reader.execute(query).fetchone()
    pages = bytearray(file.read_bytes())
    pages[(root - 1) * 4096 : root * 4096] = b"\xa5" * 4096
    file.write_bytes(pages)
    with pytest.raises(Damaged):
        bring_up(file, monkeypatch)


@pytest.mark.sqlite  # its file
@pytest.mark.parametrize(
    ("pragma", "held", "words"),
    [
        pytest.param("query_only=ON", False, "쓸 수 없습니다", id="read-only"),
        pytest.param("busy_timeout=20", True, "다른 프로그램이", id="held by another program"),
    ],
)
def test_a_new_database_that_cannot_be_written_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pragma: str, held: bool, words: str
) -> None:
    file = tmp_path / "monitor.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE x (y)")
        if held:
            other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=words):
            bring_up(file, monkeypatch, pragma)


@pytest.mark.sqlite  # its journal
def test_what_is_committed_is_on_the_disk_before_anything_is_sent() -> None:
    """A power cut may undo a commit of WAL with synchronous=NORMAL, and so send an alert again that was sent."""
    with connections["default"].cursor() as cursor:
        found = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]


def test_a_second_instance_is_told_who_holds_the_home(tmp_path: Path) -> None:
    with only_instance(tmp_path, NOW), pytest.raises(StoreError, match=f"pid {os.getpid()}"):
        only_instance(tmp_path, NOW)
    only_instance(tmp_path, NOW).release()
