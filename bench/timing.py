"""How long something takes: the middle of several runs, with the spread."""

import time
from collections.abc import Callable
from statistics import median


def measure(work: Callable[[], object], runs: int = 5) -> tuple[float, float, float]:
    """(least, median, most) milliseconds over `runs`, after one that does not count."""
    work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return min(times), median(times), max(times)


def line(name: str, times: tuple[float, float, float], unit: float, what: str) -> None:
    """Prints one row: the median a unit, and the spread of the whole."""
    least, middle, most = times
    print(f"{name:28} {middle / unit:8.2f} ms a {what}   ({least:.0f} / {middle:.0f} / {most:.0f} ms in all)")
