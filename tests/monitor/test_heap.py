"""The heap goes back to the system, a process that read something large is small again; and what stays is left alone."""

import gc
import subprocess
import sys

import pytest

from monitor import heap

GROW = """
import sys, threading
from pathlib import Path
from monitor import heap
def held():
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * 4096 / 1e6
if sys.argv[1] == "small":
    heap.keep_small()
def work():
    kept = [bytearray(int(sys.argv[2])) for _ in range(40_000_000 // int(sys.argv[2]))]
    last = bytearray(1_000)
    kept.clear()
    ends.append(last)
ends = []
for _ in range(6):
    one = threading.Thread(target=work)
    one.start()
    one.join()
if sys.argv[1] == "given back":
    heap.give_back()
print(held())
"""


def held(how: str, size: int) -> float:
    done = subprocess.run(
        [sys.executable, "-c", GROW, how, str(size)], capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone keeps so much")
@pytest.mark.parametrize(("how", "size"), [("small", 200_000), ("given back", 50_000)])
def test_what_nobody_uses_goes_back(how: str, size: int) -> None:
    assert held(how, size) < 0.75 * held("as ever", size)


def test_nobody_looks_for_garbage_in_what_is_loaded_meanwhile_or_later() -> None:
    with pytest.raises(ImportError), heap.loading():
        kept: list[list[int]] = [[] for _ in range(1000)]
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()
    assert not any(one is kept for one in gc.get_objects()), "frozen"
