"""The worker that parses: whatever a document does to it, the next one is read."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from monitor.documents import Document, Feed
from monitor.errors import ParseError, ParseFault
from monitor.parsers.parsing import Parsing, _resident
from monitor.sources import SourceConfig

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
GOOD = Document("http://a.kr/", b"<rss version='2.0'><channel><item><title>x</title></item></channel></rss>")
SOURCE = SourceConfig.for_url("http://a.kr/")
_KEPT: list[bytes] = []


def parse(document: Document, _source: SourceConfig, _now: datetime) -> Feed:
    """What a hostile document makes of a parser; runs in the worker."""
    match document.body:
        case b"hang":
            while True:
                pass
        case b"eat":
            _hoard = bytearray(10**10)
        case b"die":
            os._exit(3)
        case b"segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"large":
            # Many small pieces, and one behind them that stays: the C library keeps their room.
            _KEPT.append([bytes(1000) for _ in range(60_000)][-1])
        case b"held":
            return Feed(f"{_resident() // 1_000_000}", ())
        case b"no feed":
            raise ParseError(ParseFault.NOT_A_FEED, "no feed")
    return Feed("x", ())


@pytest_asyncio.fixture
async def hostile() -> AsyncIterator[Parsing]:
    parsing = Parsing(workers=1, deadline=1.5, parse="tests.monitor.test_parsing:parse")
    yield parsing
    parsing.close()


@pytest.mark.parametrize(
    ("body", "fault"),
    [(b"hang", ParseFault.HANGS), (b"eat", ParseFault.CRASHED), (b"die", ParseFault.CRASHED), (b"segfault", ParseFault.CRASHED), (b"no feed", ParseFault.NOT_A_FEED)],
)  # fmt: skip
async def test_a_document_that_breaks_the_worker_is_named_and_the_next_is_read(
    hostile: Parsing, body: bytes, fault: ParseFault
) -> None:
    with pytest.raises(ParseError) as error:
        await hostile.parse(Document("http://a.kr/", body), SOURCE, NOW)
    assert error.value.fault == fault
    assert (await hostile.parse(GOOD, SOURCE, NOW)).format == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
async def test_a_worker_gives_back_the_memory_that_a_large_document_took(hostile: Parsing) -> None:
    async def held() -> int:
        return int((await hostile.parse(Document("http://a.kr/", b"held"), SOURCE, NOW)).format)

    await hostile.parse(GOOD, SOURCE, NOW)
    before = await held()
    await hostile.parse(Document("http://a.kr/", b"large"), SOURCE, NOW)
    assert await held() < before + 20


async def test_a_hanging_document_does_not_hold_up_the_one_beside_it() -> None:
    import asyncio

    parsing = Parsing(workers=2, deadline=3, parse="tests.monitor.test_parsing:parse")
    await parsing.parse(GOOD, SOURCE, NOW)
    stuck = asyncio.create_task(parsing.parse(Document("http://a.kr/", b"hang"), SOURCE, NOW))
    await asyncio.sleep(0.05)
    await parsing.parse(GOOD, SOURCE, NOW)
    assert not stuck.done()
    with pytest.raises(ParseError):
        await stuck
    parsing.close()


async def test_closing_takes_no_time_whatever_the_worker_is_at(hostile: Parsing) -> None:
    import asyncio

    await hostile.parse(GOOD, SOURCE, NOW)
    stuck = asyncio.create_task(hostile.parse(Document("http://a.kr/", b"hang"), SOURCE, NOW))
    await asyncio.sleep(0.2)
    stuck.cancel()
    started = time.monotonic()
    hostile.close()
    assert time.monotonic() - started < 1.5


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_a_killed_parent_takes_its_workers_along(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, sys, time\n"
        "from datetime import datetime, UTC\n"
        "from monitor.documents import Document\n"
        "from monitor.parsers.parsing import Parsing\n"
        "from monitor.sources import SourceConfig\n"
        "def main():\n"
        "    parsing = Parsing(workers=1)\n"
        "    asyncio.run(parsing.parse(Document('http://a.kr/', b'<rss version=\"2.0\"/>'), SourceConfig.for_url('http://a.kr/'), datetime.now(UTC)))\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
        "if __name__ == '__main__': main()\n"
    )
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    children = _children(parent.pid)
    assert children
    parent.kill()
    parent.wait()
    assert _eventually(lambda: not any(_is_worker(child) for child in children))


def _children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_worker(pid: int) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    # The resource tracker of multiprocessing ends by itself when its pipe does.
    return b"spawn_main" in line


def _eventually(test: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not test():
        time.sleep(0.05)
    return test()
