"""A month of 60 imitated sources with every fault injected, in the program's own poller and database."""

import os
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median


def _in_memory() -> str | None:
    """Where files cost no disk: a month of synchronous commits would measure the disk."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() else None


def main(count: int = 60, days: int = 30, requests_a_day: int = 24) -> None:
    """Prints what was told and when, and all that went wrong, which is to be nothing."""
    with tempfile.TemporaryDirectory(dir=_in_memory()) as home:
        os.environ |= {"MONITOR_HOME": home, "DJANGO_SETTINGS_MODULE": "monitor.settings"}
        import django

        django.setup()
        import logging

        import structlog
        from django.core.management import call_command

        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        call_command("migrate", verbosity=0)
        from tests.servers.simulated import live

        started = time.perf_counter()
        report = live(count, days, requests_a_day=requests_a_day)
        seconds = time.perf_counter() - started
    print(
        f"{count} sources, {days} days: {report.polls} polls, {report.requests} requests, {report.entries} entries"
        f" in {seconds:.0f} s"
    )
    by_fault: dict[str, list[float]] = defaultdict(list)
    for _name, fault, hours in report.told:
        by_fault[fault].append(hours)
    for fault, hours in sorted(by_fault.items()):
        print(
            f"  {fault:10} told {len(hours)} times, after {median(hours):5.1f} h (at most {max(hours):.1f})"
        )
    for what in ("untold", "late", "false", "unhealed", "hasty", "missed", "doubled"):
        found = getattr(report, what)
        print(f"  {what:10} {len(found)}", *found, sep="\n    " if found else " ")


if __name__ == "__main__":
    import sys

    main(*map(int, sys.argv[1:]))
