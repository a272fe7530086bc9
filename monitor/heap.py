"""The C library's heap: glibc keeps what nobody uses any more, unless it is told otherwise (mallopt(3), malloc_trim(3))."""

import ctypes
import sys

#: Of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
#: Bytes: what is larger has pages of its own, which go back at once; the heap's end goes back from so many unused on.
_THRESHOLD = 131_072
#: Heaps; glibc makes eight for each core, one a thread, and each keeps its own largest moment.
_HEAPS = 2

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_mallopt = getattr(_libc, "mallopt", None)
_trim = getattr(_libc, "malloc_trim", None)


def keep_small() -> None:
    """Makes this process keep little of what it does not use; before it has threads. Only glibc listens."""
    if _mallopt is not None and _trim is not None:
        _mallopt(_M_ARENA_MAX, _HEAPS)
        _mallopt(_M_MMAP_THRESHOLD, _THRESHOLD)
        _mallopt(_M_TRIM_THRESHOLD, _THRESHOLD)


def give_back() -> None:
    """Unused memory to the system, now: after a large document that is 25 to 60 MB, for a fifth of a millisecond."""
    if _trim is not None:
        _trim(0)
