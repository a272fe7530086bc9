"""Polling a farm of feeds: this program, lemon24/reader, and bare httpx with feedparser, in one run on one farm.

`python -m bench.peers [FEEDS] [--rounds N] [--only NAME,…]`. In each round each of them is a new process that polls again
and again: cold (all new), warm (nothing new, all with validators), lacking (nothing new, three in ten feeds without
validators) and changed (one entry in twenty new, three in ten without); then a second process polls once more with nothing
new (restart). CPU is user and system time of the process and its children from the first request to the last write: imports
and the farm do not count. Memory is the greatest sum of their proportional set sizes so far, imports included.
"""

import argparse
import asyncio
import html
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

#: Feeds and rounds; feeds of slow servers, and the seconds that each of their answers takes.
FEEDS, ROUNDS, SLOW, SLOWNESS = 1000, 3, 300, 0.2
#: reader's, and bare httpx's; reader's own default is one.
WORKERS = 10
OURS, READER, BARE = "bulletin-monitor", "reader", "httpx+feedparser"
#: A Python with reader in it; made with `python3 -m venv build/peers && build/peers/bin/pip install reader`.
PEERS = Path("build/peers/bin/python")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one phase of one of them took."""

    cpu: float
    wall: float
    #: Held by the process, and by it and its children, at most so far.
    own: float
    megabytes: float


# What runs in the measured processes: loads, says that it is ready, polls at a word, says that it is done.


def _asked(word: str = "ready") -> bool:
    """Says that it is done and with what; whether another poll is wanted."""
    print(word, flush=True)
    return sys.stdin.readline() == "poll\n"


def poll_with_ours(urls: list[str], languages: list[str], _state: Path) -> None:
    """Polls as `monitor poll --all` does, without tagging."""
    from monitor.cli.collect import edges, now
    from monitor.cli.common import prepare

    prepare()
    from monitor.config import settings
    from monitor.fetching.robots import Robots
    from monitor.polls import store
    from monitor.polls.polling import Poller
    from monitor.sources import SourceConfig

    sources = [
        SourceConfig.model_validate({"id": f"f{number}", "url": url, "language": language, "interval": {"min": "5m", "max": "6h"}})
        for number, (url, language) in enumerate(zip(urls, languages, strict=True))
    ]  # fmt: skip
    store.register(sources)

    async def run() -> None:
        async with edges() as (fetcher, parsing):
            poller = Poller(
                fetcher, parsing, now, robots=Robots(fetcher, now), sources=sources, budget=settings().requests_per_day
            )  # fmt: skip
            told = "ready"
            while _asked(told):
                told = json.dumps(
                    Counter([one.status async for one in poller.poll_all(sources, take_over=True)])
                )

    asyncio.run(run())


Texts = tuple[str, str, str]


def entries_of_ours(count: int) -> Iterator[dict[str, Texts]]:
    """What is stored, feed by feed: title, summary and content by address."""
    from monitor.cli.common import prepare

    prepare()
    from monitor.models import Entry

    for number in range(count):
        rows = Entry.objects.filter(source_id=f"f{number}").values_list("url", "title", "summary", "content")
        yield {url: (title, summary, content) for url, title, summary, content in rows}


def poll_with_reader(urls: list[str], _languages: list[str], state: Path) -> None:
    """Polls by lemon24/reader's own update."""
    from reader import make_reader  # type: ignore[import-not-found]

    reader = make_reader(str(state / "reader.sqlite"))
    for url in urls:
        reader.add_feed(url, exist_ok=True)
    told = "ready"
    while _asked(told):
        reader.update_feeds(scheduled=False, workers=WORKERS)
        told = json.dumps({"error": sum(feed.last_exception is not None for feed in reader.get_feeds())})


def entries_of_reader(urls: list[str], state: Path) -> Iterator[dict[str, Texts]]:
    """As `entries_of_ours`."""
    from reader import make_reader

    reader = make_reader(str(state / "reader.sqlite"))
    for url in urls:
        # It takes what stands in for a summary for content.
        yield {entry.link: (entry.title, entry.summary or _first(entry), _first(entry) if entry.summary else "") for entry in reader.get_entries(feed=url)}  # fmt: skip


def _first(entry: Any) -> str:
    return entry.content[0].value if entry.content else ""


def poll_with_bare(urls: list[str], _languages: list[str], state: Path) -> None:
    """Conditional requests, and feedparser on what is new; nothing is stored but in one file at the end."""
    from concurrent.futures import ThreadPoolExecutor

    import feedparser
    import httpx

    file = state / "bare.pickle"
    known: dict[str, Any] = pickle.loads(file.read_bytes()) if file.exists() else {}
    client = httpx.Client(trust_env=False, timeout=20)

    def poll(url: str) -> None:
        etag, kept = known.get(url, ("", {}))
        response = client.get(url, headers={"If-None-Match": etag} if etag else {})
        if response.status_code == 200:
            headers = {"content-type": response.headers["content-type"], "content-location": url}
            found = feedparser.parse(response.content, response_headers=headers)
            fresh = {
                entry.get("link", ""): (entry.get("title", ""), entry.get("summary", ""), "".join(part.value for part in entry.get("content", ())))
                for entry in found.entries
            }  # fmt: skip
            known[url] = response.headers.get("etag", ""), kept | fresh

    told = "ready"
    while _asked(told):
        with ThreadPoolExecutor(WORKERS) as threads:
            list(threads.map(poll, urls))
        file.write_bytes(pickle.dumps(known))
        told = "{}"


def entries_of_bare(urls: list[str], state: Path) -> Iterator[dict[str, Texts]]:
    """As `entries_of_ours`."""
    known = pickle.loads((state / "bare.pickle").read_bytes())
    for url in urls:
        yield known.get(url, ("", {}))[1]


def measured(name: str, state: Path, what: str) -> None:
    """The part of the bench that runs in a process of its own: polls, or writes down what it stored."""
    told = json.loads((state / "feeds.json").read_text())
    urls, languages = told["urls"], told["languages"]
    if what == "poll":
        {OURS: poll_with_ours, READER: poll_with_reader, BARE: poll_with_bare}[name](urls, languages, state)
        return
    found = (
        entries_of_ours(len(urls)) if name == OURS
        else entries_of_reader(urls, state) if name == READER
        else entries_of_bare(urls, state)
    )  # fmt: skip
    (state / "entries.json").write_text(json.dumps(list(found)))


# What measures them.


class _Watched:
    """A process and its children: what they use and hold."""

    def __init__(self, pid: int) -> None:
        import psutil  # type: ignore[import-untyped]

        self._gone = psutil.Error
        self._process = psutil.Process(pid)
        self.peak = self.own = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _all(self) -> list[Any]:
        return [self._process, *self._process.children(recursive=True)]

    def _look(self) -> None:
        while not self._over.wait(0.1):
            with suppress(self._gone):
                own = held = self._process.memory_full_info().pss / 1_000_000
                for one in self._all()[1:]:
                    with suppress(self._gone):
                        held += one.memory_full_info().pss / 1_000_000
                self.own, self.peak = max(self.own, own), max(self.peak, held)

    def cpu(self) -> float:
        """Seconds of user and system time so far, ended children included."""
        total = 0.0
        for one in self._all():
            with suppress(self._gone):
                total += sum(one.cpu_times()[:4])
        return total

    def close(self) -> None:
        self._over.set()
        self._thread.join()


def _start(name: str, state: Path, hosts: list[str], what: str) -> "subprocess.Popen[str]":
    python = str(PEERS) if name == READER else sys.executable
    paths = (str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", ""))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "MONITOR_HOME": str(state / "home"),
        "MONITOR_ALLOW_HOSTS": ",".join(hosts),
        "MONITOR_ENCODER": "none",
    }
    command = [python, "-m", "bench.peers", "--measured", name, "--state", str(state), "--what", what]
    with (state / "errors.txt").open("a") as errors:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )  # fmt: skip


class Polling:
    """One of them, running: polls all feeds when told to."""

    def __init__(self, name: str, state: Path, hosts: list[str]) -> None:
        self._name = name
        self._process = _start(name, state, hosts, "poll")
        self._watched = _Watched(self._process.pid)
        if self._line() != "ready\n":
            raise SystemExit(f"{name} did not start: {(state / 'errors.txt').read_text()[-500:]}")

    def poll(self) -> Cost:
        """One poll of all feeds, measured."""
        assert self._process.stdin is not None
        before, begun = self._watched.cpu(), time.perf_counter()
        self._process.stdin.write("poll\n")
        self._process.stdin.flush()
        told = json.loads(self._line())
        wall = time.perf_counter() - begun
        if told.get("error"):
            print(f"  {self._name}: {told['error']} feeds failed", flush=True)
        return Cost(self._watched.cpu() - before, wall, self._watched.own, self._watched.peak)

    def close(self) -> None:
        """Ends it."""
        self._watched.close()
        self._process.communicate(timeout=60)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def judge(name: str, state: Path, hosts: list[str], published: list[list[dict[str, str]]]) -> Counter[str]:
    """How many of the farm's entries stand with their texts as published, wrong, or not at all."""
    _start(name, state, hosts, "entries").communicate(timeout=600)
    stored = json.loads((state / "entries.json").read_text())
    found: Counter[str] = Counter()
    for items, entries in zip(published, stored, strict=True):
        for item in items:
            texts = entries.get(item["link"])
            if texts is None:
                found["missing"] += 1
            elif [_plain(text) for text in texts] == [_plain(html.escape(item[name])) for name in ("title", "summary", "content")]:  # fmt: skip
                found["right"] += 1
            else:
                found["wrong"] += 1
    return found


def _plain(text: str | None) -> str:
    """A text without tags, entities and spaces: readers differ in how they keep those."""
    # A tag begins with a letter or a slash; "3 < 5" has none.
    return "".join(html.unescape(html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", text or ""))).split())


def _row(phase: str, name: str, costs: list[Cost], than: list[Cost] | None) -> None:
    cpus, walls = [cost.cpu for cost in costs], [cost.wall for cost in costs]
    ratio = f"{mean(cpus) / mean(cost.cpu for cost in than):6.3f}x" if than else " " * 7
    by_wall = f"{mean(walls) / mean(cost.wall for cost in than):6.3f}x" if than else " " * 7
    print(
        f"  {phase:8} {name:17} CPU {mean(cpus):7.2f} s ({min(cpus):.2f}-{max(cpus):.2f}) {ratio}"
        f"   wall {mean(walls):7.2f} s ({min(walls):.2f}-{max(walls):.2f}) {by_wall}"
        f"   peak {max(cost.own for cost in costs):4.0f} MB, with children {max(cost.megabytes for cost in costs):4.0f} MB",
        flush=True,
    )


def compare(count: int, rounds: int, names: list[str]) -> None:
    """The phases, round after round, all names on the same documents."""
    from bench.farm import Farm

    phases = ("cold", "warm", "lacking", "changed", "restart")
    costs: dict[tuple[str, str], list[Cost]] = {(phase, name): [] for phase in phases for name in names}
    verdicts: dict[str, Counter[str]] = {name: Counter() for name in names}
    with Farm(count) as farm:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                states = {name: _state(Path(folder) / name, farm.urls, farm.languages) for name in names}
                running = {name: Polling(name, states[name], farm.hosts) for name in names}
                for phase in phases:
                    farm.lacking(phase in {"lacking", "changed"})
                    if phase == "changed":
                        farm.publish()
                    if phase == "restart":
                        for one in running.values():
                            # The validators that the last phase was not given.
                            one.poll()
                            one.close()
                        running = {name: Polling(name, states[name], farm.hosts) for name in names}
                    for name in names:
                        costs[phase, name].append(running[name].poll())
                for one in running.values():
                    one.close()
                published = farm.published()
                for name in names:
                    verdicts[name] += judge(name, states[name], farm.hosts, published)
    print(f"{count} feeds, {rounds} rounds; ratios to {READER}")
    for phase in phases:
        for name in names:
            _row(phase, name, costs[phase, name], costs.get((phase, READER)))
    for name, found in verdicts.items():
        print(
            f"  entries  {name:17} "
            + ", ".join(f"{found[what]} {what}" for what in ("right", "wrong", "missing"))
        )


def compare_slow(rounds: int, names: list[str]) -> None:
    """How long a warm poll of feeds takes whose servers are slow, and how many requests a host had at once."""
    from bench.farm import Farm

    costs: dict[str, list[Cost]] = {}
    most: dict[str, int] = dict.fromkeys(names, 0)
    with Farm(SLOW) as farm, tempfile.TemporaryDirectory() as folder:
        farm.lacking(False)
        for name in names:
            state = _state(Path(folder) / name, farm.urls, farm.languages)
            farm.delay(0)
            running = Polling(name, state, farm.hosts)
            running.poll()
            farm.delay(SLOWNESS)
            farm.asked()
            costs[name] = [running.poll() for _ in range(rounds)]
            running.close()
            most[name] = farm.asked()["most_in_flight"]
    print(
        f"{SLOW} feeds on servers that take {SLOWNESS * 1000:.0f} ms, warm; {READER} with {WORKERS} workers"
    )
    for name in names:
        _row("slow", name, costs[name], costs.get(READER))
        print(f"  {'':8} {name:17} most requests at once to one host: {most[name]}")


def _state(folder: Path, urls: list[str], languages: list[str]) -> Path:
    folder.mkdir()
    (folder / "feeds.json").write_text(json.dumps({"urls": urls, "languages": languages}))
    return folder


def main(count: int = FEEDS, rounds: int = ROUNDS, only: str = "") -> None:
    """Prints what each phase costs each of them, and what became of the entries."""
    names = [name for name in (OURS, READER, BARE) if not only or name in only.split(",")]
    if READER in names and not PEERS.exists():
        print(
            "reader is not installed: python3 -m venv build/peers && build/peers/bin/pip install reader; going on without it"
        )
        names.remove(READER)
    compare(count, rounds, names)
    compare_slow(rounds, names)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("feeds", type=int, nargs="?", default=FEEDS)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--measured", default="")
    arguments.add_argument("--state", type=Path)
    arguments.add_argument("--what", default="poll")
    given = arguments.parse_args()
    if given.measured:
        measured(given.measured, given.state, given.what)
    else:
        main(given.feeds, given.rounds, given.only)
