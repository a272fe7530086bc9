"""200 feeds of which two thirds misbehave, through `monitor poll --all`: how long, how much memory, what was stored."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from bench.memory import watch
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
        watch(("users", "list"), environment)
        spent = watch(("poll", "--all"), environment)
        print(
            f"poll --all of {count} feeds: {spent.seconds:.1f} s, {spent.peak:.0f} MB in all its processes (PSS)"
        )
        if "Traceback" in spent.said:
            print(spent.said[-3000:])
        wrong = _compare(environment, farm.feeds)
        print(f"  feeds whose entries are not all there, or too many: {len(wrong)}", *wrong, sep="\n    ")
        print(f"  connections to a forbidden address: {farm.forbidden}")
        before = Counter({feed.name: len(feed.visits) for feed in farm.feeds})
        watch(("poll",), environment)
        again = [feed.name for feed in farm.feeds if len(feed.visits) > before[feed.name]]
        print(f"a second `monitor poll` at once asks {len(again)} feeds again", *again[:20])


def _compare(environment: dict[str, str], feeds: list[Feed]) -> list[str]:
    listed = subprocess.run(
        [sys.executable, "-m", "monitor", "entries", "--json"],
        env=environment, text=True, capture_output=True, check=True,
    ).stdout  # fmt: skip
    stored = Counter(json.loads(line)["source"] for line in listed.splitlines())
    return [
        f"{feed.name}: {stored[feed.name]} of {feed.entries}"
        for feed in feeds
        if stored[feed.name] != feed.entries
    ]


if __name__ == "__main__":
    main()
