"""200 feeds of which two thirds misbehave, through `monitor poll --all`: how long, how much memory, what was stored."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.servers.hostile import Feed, HostileFarm, make_feeds


def main(count: int = 200) -> None:
    """Prints the figures of a first poll of all, and what a second one asks of whom."""
    with tempfile.TemporaryDirectory() as home, HostileFarm(make_feeds(count)) as farm:
        folder = Path(home)
        environment = {
            **os.environ,
            "MONITOR_HOME": str(folder / "var"),
            "MONITOR_SOURCES": str(folder / "sources.yaml"),
            "MONITOR_ALLOW_HOSTS": ",".join(feed.host for feed in farm.feeds),
            "MONITOR_ENCODER": "none",
        }
        (folder / "sources.yaml").write_text(
            "".join(
                f"- id: {feed.name}\n  name: {feed.name}\n  url: {feed.url}\n  language: ko\n  timezone: Asia/Seoul\n"
                "  interval: {min: 1m, max: 6h}\n"
                for feed in farm.feeds
            )
        )
        _command(environment, "users", "list")
        seconds, peak, errors = _command(environment, "poll", "--all")
        print(f"poll --all of {count} feeds: {seconds:.1f} s, {peak:.0f} MB in all its processes (PSS)")
        if "Traceback" in errors:
            print(errors[-3000:])
        wrong = _compare(environment, farm.feeds)
        print(f"  feeds whose entries are not all there, or too many: {len(wrong)}", *wrong, sep="\n    ")
        print(f"  connections to a forbidden address: {farm.forbidden}")
        before = Counter({feed.name: len(feed.visits) for feed in farm.feeds})
        _command(environment, "poll")
        again = [feed.name for feed in farm.feeds if len(feed.visits) > before[feed.name]]
        print(f"a second `monitor poll` at once asks {len(again)} feeds again", *again[:20])


def _command(environment: dict[str, str], *arguments: str) -> tuple[float, float, str]:
    """Seconds, the most proportional memory in MB of the process and its children, and what it said to stderr."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", *arguments], env=environment, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    peak = 0.0
    said: list[str] = []
    assert process.stderr
    reading = threading.Thread(target=lambda: said.append(process.stderr.read()))  # type: ignore[union-attr]
    reading.start()
    while process.poll() is None:
        peak = max(peak, sum(map(_proportional_mb, _family(process.pid))))
        time.sleep(0.1)
    reading.join()
    return time.monotonic() - started, peak, "".join(said)


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in _family(int(child)))]


def _proportional_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass  # it ended meanwhile
    return 0.0


def _compare(environment: dict[str, str], feeds: list[Feed]) -> list[str]:
    listed = subprocess.run(
        [sys.executable, "-m", "monitor", "entries", "--json"],
        env=environment, text=True, capture_output=True, check=True,
    ).stdout  # fmt: skip
    import json

    stored = Counter(json.loads(line)["source"] for line in listed.splitlines())
    return [
        f"{feed.name}: {stored[feed.name]} of {feed.entries}"
        for feed in feeds
        if stored[feed.name] != feed.entries
    ]


if __name__ == "__main__":
    main()
