"""The hostile corpus of tests/hostile as long as a fetch allows: seconds and memory of each family; a part through `monitor poll`."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

#: Characters of an endless field; the suite uses 20,000.
LONG = 300_000
#: Seconds and bytes that one document may take.
DEADLINE = 20.0
MEMORY = 700_000_000
#: Of each family, so many documents are polled.
POLLED = 12


def main(scale: int = LONG) -> None:
    """Prints a table, and what was not as it must be."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "monitor.settings")
    from tests.hostile.corpus import FAMILIES

    print(f"{'family':<12}{'documents':>10}{'seconds':>9}{'slowest':>9}{'peak MB':>9}")
    for family in FAMILIES:
        with get_context("spawn").Pool(1) as pool:
            count, total, slowest, name, peak, wrong = pool.apply(_family, (family, scale))
        print(f"{family:<12}{count:>10}{total:>9.1f}{slowest:>9.2f}{peak:>9.0f}  {name}")
        for line in wrong:
            print(f"    {line[:200]}")
    _poll()


def _family(family: str, scale: int) -> tuple[int, float, float, str, float, list[str]]:
    """One family in one worker: how many, seconds of all and of the slowest with its name, most memory, what is wrong."""
    from monitor.errors import ParseError, ParseFault
    from tests.hostile import corpus
    from tests.hostile.claims import read
    from tests.hostile.judge import verdict

    corpus.SCALE = scale
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    took: list[tuple[float, str]] = []
    wrong = []
    for given in corpus.FAMILIES[family]():
        started = time.process_time()
        result: object
        try:
            result = read(given.body, given.form, given.content_type)
        except MemoryError:
            result = ParseError(ParseFault.CRASHED, "out of memory")
        seconds = time.process_time() - started
        took.append((seconds, given.name))
        if said := verdict(given, result):
            wrong.append(f"{given}: {said}")
        if seconds > DEADLINE:
            wrong.append(f"{given}: killed at the deadline")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return len(took), sum(one for one, _ in took), *max(took), peak, wrong


def _poll() -> None:
    """Some of each family, served from this machine, polled by the whole program."""
    from tests.hostile.corpus import FAMILIES, Hostile
    from tests.servers.feeds import FeedServer, Page

    def chosen() -> Iterator[Hostile]:
        for make in FAMILIES.values():
            every = [given for given in make() if given.form == "feed"]
            yield from every[:: max(1, len(every) // POLLED)]

    with tempfile.TemporaryDirectory() as home, FeedServer() as server:
        stanzas = []
        for number, given in enumerate(chosen()):
            server.pages[f"/{number}"] = Page(given.body, "text/xml", validators=False)
            stanzas.append(
                f"- {{id: h{number}, name: h{number}, url: '{server.url(f'/{number}')}', timezone: Asia/Seoul}}\n"
            )
        (Path(home) / "sources.yaml").write_text("".join(stanzas))
        environment = {
            **os.environ, "MONITOR_HOME": f"{home}/var", "MONITOR_SOURCES": f"{home}/sources.yaml",
            "MONITOR_ALLOW_HOSTS": server.host, "MONITOR_ENCODER": "none",
        }  # fmt: skip
        started = time.monotonic()
        polled = subprocess.run(
            [sys.executable, "-m", "monitor", "poll", "--all", "--json"], env=environment, text=True, capture_output=True, timeout=600,
        )  # fmt: skip
        lines = polled.stdout.splitlines()
        bugs = polled.stderr.count("Traceback")
        print(
            f"monitor poll of {len(stanzas)}: {time.monotonic() - started:.0f} s, {len(lines)} reports, {bugs} tracebacks"
        )
        peers = [
            seen for seen in server.seen if not seen.path.strip("/").isdecimal() and "robots" not in seen.path
        ]
        print(f"    requests for anything but the feeds: {len(peers)}")
        if bugs:
            print(polled.stderr[-3000:])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LONG)
